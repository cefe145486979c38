"""An expression held against what the workflow offers: names that are there, and types where they are known.

Only literals, `variables` and results of operators have a known type. What `input`, an `output`, `secrets`, `env`, `item` and
`response` hold is unknown, and never wrong.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from deployer.formats.quoting import did_you_mean, nearest, shown
from deployer.lint.expression.nodes import ExpressionNode
from deployer.lint.expression.template import TemplatePart
from deployer.lint.workflow.shapes import RESERVED, ROOTS

ALIKE = 0.8
"""How much of two names must be the same, of 1, for one to be the other mistyped."""
LONGEST_NAME = 200

_NO_DIGITS = dict.fromkeys(map(ord, "0123456789"))
_WORDS = {"boolean": "true or false", "number": "a number", "text": "text", "list": "a list", "mapping": "a mapping", "null": "empty"}


class ExpressionProblem(NamedTuple):
    """`rule` is a rule's name; `start` and `end` are offsets in the part's text."""

    rule: str
    message: str
    fix: str
    start: int
    end: int


class Value(NamedTuple):
    """What is known of a value: its type, `any` for nothing; of a variable, also `data` and its name as written."""

    type: str
    data: Any = None
    name: str = ""


ANY = Value("any")
NUMBER = Value("number")
TEXT = Value("text")
BOOLEAN = Value("boolean")


class Scope(NamedTuple):
    """What a place in a workflow can name. `variables` is None when they cannot be read; `steps` are all ids, valid or not.

    `whole` is False when a step is broken or has no id: then any name may be meant for it.
    """

    steps: Mapping[str, Any]
    variables: Mapping[str, Any] | None
    in_loop: bool
    whole: bool


class Result(NamedTuple):
    """`steps` are the nodes that name a step; `value` is what is known of the whole."""

    complaints: tuple[ExpressionProblem, ...]
    steps: tuple[ExpressionNode, ...]
    value: Value


def check(part: TemplatePart, scope: Scope, operands: Mapping[int, Value] | None = None) -> Result:
    """`operands` of an outer part: what is known of each `{{…}}`, by its offset."""
    if part.mistake:
        message, fix, start, end, unknown = part.mistake
        return Result((ExpressionProblem("expression-unknown" if unknown else "expression-syntax", message, fix, start, end),), (), ANY)
    return _Checker(part, scope, operands or {}).result()


class _Checker:
    """A stack machine over the nodes. A complaint makes its value unknown, so that one mistake is told once."""

    def __init__(self, part: TemplatePart, scope: Scope, operands: Mapping[int, Value]) -> None:
        self.part = part
        self.scope = scope
        self.operands = operands
        self.complaints: list[ExpressionProblem] = []
        self.steps: list[ExpressionNode] = []

    def result(self) -> Result:
        stack: list[Value] = []
        nodes = self.part.nodes
        for place, node in enumerate(nodes):
            kind = node.kind
            if kind == "name":
                stack.append(self.name(place, node))
            elif kind == "member":
                stack[-1] = self.member(stack[-1], node)
            elif kind == "literal":
                stack.append(_of(node.value))
            elif kind == "operand":
                stack.append(self.operands.get(node.start, ANY))
            elif kind == "unary":
                stack[-1] = self.unary(stack[-1], node)
            elif kind == "ternary":
                no, yes = stack.pop(), stack.pop()
                stack[-1] = Value(yes.type) if yes.type == no.type else ANY
            else:
                right = stack.pop()
                before = nodes[place - 1]
                stack[-1] = self.index(stack[-1], right, node, before) if kind == "index" else self.binary(stack[-1], right, node)
        return Result(tuple(self.complaints), tuple(self.steps), stack[-1] if stack else ANY)

    def complain(self, rule: str, node: ExpressionNode, message: str, fix: str) -> Value:
        self.complaints.append(ExpressionProblem(rule, message, fix, node.start, node.end))
        return ANY

    def name(self, place: int, node: ExpressionNode) -> Value:
        name = node.value
        scope = self.scope
        if self.part.outer:
            return self.bare(place, node)
        if name in scope.steps:
            if name not in RESERVED:  # else it may be either: step-id-reserved says so at the step
                self.steps.append(node)
            return ANY
        if name == "variables":
            return ANY if scope.variables is None else Value("mapping", scope.variables, "variables")
        if name == "item" and not scope.in_loop:
            return self.complain("reference-item", node, "`item` means something only in the steps of a loop.", "Move the step into the loop.")
        return ANY if name in ROOTS else self.unknown(place, node)

    def bare(self, place: int, node: ExpressionNode) -> Value:
        """A name outside of the braces, with the members after it."""
        last = place
        while last + 1 < len(self.part.nodes) and self.part.nodes[last + 1].kind == "member":
            last += 1
        words = self.part.text[node.start : self.part.nodes[last].end]
        is_reference = node.value in ROOTS or node.value in self.scope.steps
        fix = f"Put it into braces: {shown('{{' + words + '}}')}." if is_reference else f"Put it in quotes: {shown(repr(words))}."
        whole = node._replace(end=self.part.nodes[last].end)
        return self.complain("condition-words", whole, f"{shown(words)} stands outside of the braces, and is no value there.", fix)

    def unknown(self, place: int, node: ExpressionNode) -> Value:
        name, scope = node.value, self.scope
        if not scope.whole or self.written_with_dashes(node) in scope.steps:
            return ANY
        following = self.part.nodes[place + 1] if place + 1 < len(self.part.nodes) else None
        near = nearest(name, scope.steps)
        if near and following is not None and following.kind == "member" and following.value == "output" and _is_typing_mistake(name, near):
            return self.complain("reference-step", node, f"There is no step {shown(name)}.", f"Did you mean {shown(near)}?")
        return self.complain("reference-unknown", node, f"Nothing here is called {shown(name)}.", self.fix(node))

    def fix(self, node: ExpressionNode) -> str:
        name, scope = node.value, self.scope
        if scope.variables and name in scope.variables:
            return f"Write `variables.{name}`."
        if self.part.text[: node.start].endswith("-") and self.part.text[: node.start - 1][-1:].isalnum():
            return "A `-` subtracts. A name that holds one goes in brackets: `input['a-b']`."
        return did_you_mean(name, [*scope.steps, *(root for root in ROOTS if root != "item" or scope.in_loop)])

    def written_with_dashes(self, node: ExpressionNode) -> str:
        """The word around a name with `-` taken for a letter: an id that a step should not have, and has."""
        text = self.part.text
        start, end = node.start, node.end
        while start and (text[start - 1] in "-_" or text[start - 1].isalnum()):
            start -= 1
        while end < len(text) and (text[end] in "-_" or text[end].isalnum()):
            end += 1
        return text[start:end]

    def member(self, value: Value, node: ExpressionNode) -> Value:
        name = node.value
        if value.type == "any":
            return ANY
        if isinstance(value.data, Mapping):
            if name in value.data:
                return _of(value.data[name], f"{value.name}.{name}")
            return ANY if name == "length" else self.no_variable(value, name, node)
        if name == "length" and value.type in ("text", "list"):
            return NUMBER
        only = " but `.length`" if value.type in ("text", "list") else ""
        return self.complain("expression-type", node, f"{_first(value)} has no `.{name}`, nor any member{only}.", "Remove it, or name another value.")

    def no_variable(self, value: Value, name: str, node: ExpressionNode) -> Value:
        if value.name == "variables":
            fix = did_you_mean(name, value.data) or "Add `variables:` with its value."
            return self.complain("reference-variable", node, f"There is no variable {shown(name)}.", fix)
        fix = did_you_mean(name, value.data) or "Add it there."
        return self.complain("reference-variable", node, f"The variable {shown(value.name)} has no {shown(name)}.", fix)

    def index(self, value: Value, at: Value, node: ExpressionNode, before: ExpressionNode) -> Value:
        if value.type == "mapping" and before.kind == "literal" and isinstance(before.value, str):
            return self.member(value, before)
        if value.type in ("number", "boolean", "null"):
            return self.complain("expression-type", node, f"{_first(value)} cannot be indexed.", "Index a list or a mapping.")
        if value.type in ("list", "text") and at.type in ("text", "boolean", "null", "list", "mapping"):
            return self.complain("expression-type", node, f"{_first(value)} is indexed by numbers, and this is {_WORDS[at.type]}.", "Write `[0]`.")
        return ANY

    def unary(self, value: Value, node: ExpressionNode) -> Value:
        if node.value == "!":
            return BOOLEAN
        return NUMBER if self.is_number(value, node) else ANY

    def binary(self, left: Value, right: Value, node: ExpressionNode) -> Value:
        sign = node.value
        if sign in ("&&", "||"):
            return BOOLEAN if left.type == right.type == "boolean" else ANY
        if sign in ("==", "!="):
            return BOOLEAN
        if sign in ("<", "<=", ">", ">="):
            return self.order(left, right, node)
        if sign == "+":
            return TEXT if "text" in (left.type, right.type) else NUMBER if left.type == right.type == "number" else ANY
        return NUMBER if self.is_number(left, node) and self.is_number(right, node) else ANY

    def order(self, left: Value, right: Value, node: ExpressionNode) -> Value:
        known = left.type != "any" and right.type != "any"
        if known and (left.type != right.type or left.type not in ("number", "text")):
            message = f"`{node.value}` compares {_WORDS[left.type]} with {_WORDS[right.type]}."
            self.complain("expression-type", node, message, "Compare numbers with numbers, or text with text.")
        return BOOLEAN

    def is_number(self, value: Value, node: ExpressionNode) -> bool:
        if value.type not in ("any", "number"):
            self.complain(
                "expression-type", node, f"`{node.value}` takes numbers, and {_named(value)} is none.", "Use a number; text is joined by `+`."
            )
            return False
        return True


def _is_typing_mistake(name: str, meant: str) -> bool:
    """Whether only a letter or two differ. `step_3` for `step_2` is none: there may be a third."""
    from difflib import SequenceMatcher

    if name.translate(_NO_DIGITS) == meant.translate(_NO_DIGITS):
        return False
    return SequenceMatcher(None, name[:LONGEST_NAME], meant[:LONGEST_NAME]).ratio() >= ALIKE


def _of(data: object, name: str = "") -> Value:
    """What is known of a value that stands in the file. A text with braces may become anything."""
    if data is None:
        return Value("null", None, name)
    if isinstance(data, bool):
        return Value("boolean", None, name)
    if isinstance(data, int | float):
        return Value("number", None, name)
    if isinstance(data, str):
        return ANY if "{{" in data else Value("text", None, name)
    return Value("mapping", data, name) if isinstance(data, Mapping) else Value("list", None, name)


def _named(value: Value) -> str:
    return f"{shown(value.name)}, {_WORDS[value.type]}," if value.name else _WORDS[value.type]


def _first(value: Value) -> str:
    """At the start of a sentence."""
    name = _named(value)
    return name[0].upper() + name[1:]
