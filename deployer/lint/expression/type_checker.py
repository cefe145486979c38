"""The check of a parsed expression: its names against those that the workflow defines, and its types where they are known.

Only literals, `variables` and results of operators have a known type. The type of `input`, an `output`, `secrets`, `env`, `item` and
`response` is unknown, and never wrong.
"""

from __future__ import annotations

from collections.abc import Mapping

from deployer.formats.quoting import did_you_mean, find_nearest, shown
from deployer.lint.expression.lexer import GLOBALS, RESERVED_WORDS
from deployer.lint.expression.nodes import ExpressionNode, ExpressionProblem
from deployer.lint.workflow.step_types import RESERVED, ROOTS
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.lint.expression.template import TemplatePart

MIN_SIMILARITY = 0.8
"""Of two names, from 0 to 1, for one to be a typing mistake for the other."""
MAX_NAME_CHARS = 200

_NO_DIGITS = dict.fromkeys(map(ord, "0123456789"))
_WORDS = {"boolean": "true or false", "number": "a number", "text": "text", "list": "a list", "mapping": "a mapping", "null": "null"}


class KnownValue(NamedTuple):
    """What is known of a value: its type (`any` for unknown) and, of a variable, its data and its name as written."""

    type: str
    data: Any = None
    name: str = ""


ANY = KnownValue("any")
NUMBER = KnownValue("number")
TEXT = KnownValue("text")
BOOLEAN = KnownValue("boolean")


class Scope(NamedTuple):
    """The names that an expression can use. `variables` is None when they are no mapping; `steps` are all ids, valid or not.

    `whole` is False when a step is broken or has no id: then any name may be that step's.
    """

    steps: Mapping[str, Any]
    variables: Mapping[str, Any] | None
    in_loop: bool
    whole: bool


class CheckResult(NamedTuple):
    """`steps` are the nodes that name a step; `value` is what is known of the expression's value."""

    problems: tuple[ExpressionProblem, ...]
    steps: tuple[ExpressionNode, ...]
    value: KnownValue


def check_expression(part: TemplatePart, scope: Scope, operands: Mapping[int, KnownValue] | None = None) -> CheckResult:
    """The problems of one expression. `operands` of an outer part: what is known of each `{{…}}`, by its offset."""
    if part.problem:
        return CheckResult((part.problem,), (), ANY)
    return _Checker(part, scope, operands or {}).check()


class _Checker:
    """A stack machine over the nodes. A problem makes its value unknown, so that one mistake is reported once."""

    def __init__(self, part: TemplatePart, scope: Scope, operands: Mapping[int, KnownValue]) -> None:
        self.part = part
        self.scope = scope
        self.operands = operands
        self.problems: list[ExpressionProblem] = []
        self.steps: list[ExpressionNode] = []

    def check(self) -> CheckResult:
        stack: list[KnownValue] = []
        nodes = self.part.nodes
        for place, node in enumerate(nodes):
            kind = node.kind
            if kind == "name":
                stack.append(self.check_name(place, node))
            elif kind == "member":
                stack[-1] = self.check_member(stack[-1], node)
            elif kind == "literal":
                stack.append(_known(node.value))
            elif kind == "operand":
                stack.append(self.operands.get(node.start, ANY))
            elif kind == "unary":
                stack[-1] = self.check_unary(stack[-1], node)
            elif kind == "ternary":
                no, yes = stack.pop(), stack.pop()
                stack[-1] = KnownValue(yes.type) if yes.type == no.type else ANY
            elif kind == "unproven":
                self.problems.append(node.value)
                stack = [ANY]
            elif kind == "index":
                index = stack.pop()
                stack[-1] = self.check_index(stack[-1], index, node, nodes[place - 1])
            else:
                right = stack.pop()
                stack[-1] = self.check_binary(stack[-1], right, node)
        return CheckResult(tuple(self.problems), tuple(self.steps), stack[-1] if stack else ANY)

    def report(self, rule: str, node: ExpressionNode, message: str, fix: str) -> KnownValue:
        self.problems.append(ExpressionProblem(rule, message, fix, node.start, node.end))
        return ANY

    def report_type(self, node: ExpressionNode, message: str, fix: str) -> KnownValue:
        return self.report("expression-type", node, message, fix)

    def check_name(self, place: int, node: ExpressionNode) -> KnownValue:
        name = node.value
        scope = self.scope
        if name not in scope.steps and name not in ROOTS and (name in GLOBALS or name in RESERVED_WORDS):
            return self.check_word_of_javascript(node)
        if self.part.outer:
            return self.report_bare_word(place, node)
        if name in scope.steps:
            if name not in RESERVED:  # otherwise ambiguous: step-id-reserved reports the step
                self.steps.append(node)
            return ANY
        if name == "variables":
            return ANY if scope.variables is None else KnownValue("mapping", scope.variables, "variables")
        if name == "item" and not scope.in_loop:
            return self.report("reference-item", node, "`item` means something only in the steps of a loop.", "Move the step into the loop.")
        return ANY if name in ROOTS else self.check_unknown_name(place, node)

    def check_word_of_javascript(self, node: ExpressionNode) -> KnownValue:
        if node.value in RESERVED_WORDS:
            message = f"{shown(node.value)} is a word of JavaScript's own, and no value here."
            return self.report("expression-syntax", node, message, "Name a value, such as `input.message`; text goes in quotes.")
        if self.part.nodes[-1].kind == "unproven":
            return ANY
        message = f"The platform's page shows no {shown(node.value)} in expressions: it may not work."
        return self.report("expression-unproven", node, message, "Compute the value in a step of its own.")

    def report_bare_word(self, place: int, node: ExpressionNode) -> KnownValue:
        """A name outside of the braces, with the members after it."""
        last = place
        while last + 1 < len(self.part.nodes) and self.part.nodes[last + 1].kind == "member":
            last += 1
        words = self.part.text[node.start : self.part.nodes[last].end]
        is_reference = node.value in ROOTS or node.value in self.scope.steps
        fix = f"Put it into braces: {shown('{{' + words + '}}')}." if is_reference else f"Put it in quotes: {shown(repr(words))}."
        whole = node._replace(end=self.part.nodes[last].end)
        return self.report("condition-words", whole, f"{shown(words)} is outside of the braces, and is no value there.", fix)

    def check_unknown_name(self, place: int, node: ExpressionNode) -> KnownValue:
        name, scope = node.value, self.scope
        if not scope.whole or self.written_with_dashes(node) in scope.steps:
            return ANY
        following = self.part.nodes[place + 1] if place + 1 < len(self.part.nodes) else None
        near = find_nearest(name, scope.steps)
        if near and following is not None and following.kind == "member" and following.value == "output" and _is_typing_mistake(name, near):
            return self.report("reference-step", node, f"There is no step {shown(name)}.", f"Did you mean {shown(near)}?")
        return self.report("reference-unknown", node, f"There is no {shown(name)} here.", self.fix_for_name(node))

    def fix_for_name(self, node: ExpressionNode) -> str:
        name, scope = node.value, self.scope
        if scope.variables and name in scope.variables:
            return f"Write `variables.{name}`."
        if self.part.text[: node.start].endswith("-") and self.part.text[: node.start - 1][-1:].isalnum():
            return "Write a name that holds a `-` in brackets: `input['a-b']`. Outside of them it subtracts."
        return did_you_mean(name, [*scope.steps, *(root for root in ROOTS if root != "item" or scope.in_loop)])

    def written_with_dashes(self, node: ExpressionNode) -> str:
        """The word around a name with `-` taken as a letter: an invalid id that a step has anyway."""
        text = self.part.text
        start, end = node.start, node.end
        while start and (text[start - 1] in "-_" or text[start - 1].isalnum()):
            start -= 1
        while end < len(text) and (text[end] in "-_" or text[end].isalnum()):
            end += 1
        return text[start:end]

    def check_member(self, value: KnownValue, node: ExpressionNode) -> KnownValue:
        name = node.value
        if value.type == "any":
            return ANY
        if isinstance(value.data, Mapping):
            if name in value.data:
                return _known(value.data[name], f"{value.name}.{name}")
            return ANY if name == "length" else self.report_variable(value, name, node)
        if name == "length" and value.type in ("text", "list"):
            return NUMBER
        only = " but `.length`" if value.type in ("text", "list") else ""
        return self.report_type(node, f"{_at_start(value)} has no `.{name}`, nor any member{only}.", "Remove it, or name another value.")

    def report_variable(self, value: KnownValue, name: str, node: ExpressionNode) -> KnownValue:
        if value.name == "variables":
            fix = did_you_mean(name, value.data) or "Add `variables:` with its value."
            return self.report("reference-variable", node, f"There is no variable {shown(name)}.", fix)
        fix = did_you_mean(name, value.data) or "Add it there."
        return self.report("reference-variable", node, f"The variable {shown(value.name)} has no {shown(name)}.", fix)

    def check_index(self, value: KnownValue, index: KnownValue, node: ExpressionNode, index_node: ExpressionNode) -> KnownValue:
        if value.type == "mapping" and index_node.kind == "literal" and isinstance(index_node.value, str):
            return self.check_member(value, index_node)
        if value.type in ("number", "boolean", "null"):
            return self.report_type(node, f"{_at_start(value)} cannot be indexed.", "Index a list or a mapping.")
        if value.type in ("list", "text") and index.type in ("text", "boolean", "null", "list", "mapping"):
            return self.report_type(node, f"The index of {_with_name(value)}: expected a number, got {_WORDS[index.type]}.", "Write `[0]`.")
        return ANY

    def check_unary(self, value: KnownValue, node: ExpressionNode) -> KnownValue:
        if node.value == "!":
            return BOOLEAN
        return NUMBER if self.is_number(value, node) else ANY

    def check_binary(self, left: KnownValue, right: KnownValue, node: ExpressionNode) -> KnownValue:
        sign = node.value
        if sign in ("&&", "||"):
            return BOOLEAN if left.type == right.type == "boolean" else ANY
        if sign in ("==", "!="):
            return BOOLEAN
        if sign in ("<", "<=", ">", ">="):
            return self.check_comparison(left, right, node)
        if sign == "+":
            return TEXT if "text" in (left.type, right.type) else NUMBER if left.type == right.type == "number" else ANY
        return NUMBER if self.is_number(left, node) and self.is_number(right, node) else ANY

    def check_comparison(self, left: KnownValue, right: KnownValue, node: ExpressionNode) -> KnownValue:
        known = left.type != "any" and right.type != "any"
        if known and (left.type != right.type or left.type not in ("number", "text")):
            message = f"`{node.value}` compares {_WORDS[left.type]} with {_WORDS[right.type]}."
            self.report_type(node, message, "Compare numbers with numbers, or text with text.")
        return BOOLEAN

    def is_number(self, value: KnownValue, node: ExpressionNode) -> bool:
        if value.type not in ("any", "number"):
            self.report_type(node, f"`{node.value}`: expected a number, got {_with_name(value)}.", "Use a number, or join texts with `+`.")
            return False
        return True


def _is_typing_mistake(name: str, meant: str) -> bool:
    """Whether only a letter or two differ. `step_3` for `step_2` is no mistake: there may be a third."""
    from difflib import SequenceMatcher

    if name.translate(_NO_DIGITS) == meant.translate(_NO_DIGITS):
        return False
    return SequenceMatcher(None, name[:MAX_NAME_CHARS], meant[:MAX_NAME_CHARS]).ratio() >= MIN_SIMILARITY


def _known(data: object, name: str = "") -> KnownValue:
    """What is known of a value in the file. A text with braces may become anything."""
    if data is None:
        return KnownValue("null", None, name)
    if isinstance(data, bool):
        return KnownValue("boolean", None, name)
    if isinstance(data, int | float):
        return KnownValue("number", None, name)
    if isinstance(data, str):
        return ANY if "{{" in data else KnownValue("text", None, name)
    return KnownValue("mapping", data, name) if isinstance(data, Mapping) else KnownValue("list", None, name)


def _with_name(value: KnownValue) -> str:
    return f"{_WORDS[value.type]} ({shown(value.name)})" if value.name else _WORDS[value.type]


def _at_start(value: KnownValue) -> str:
    """At the start of a sentence."""
    words = _with_name(value)
    return words[0].upper() + words[1:]
