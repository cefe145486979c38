"""All expressions of a meinGPT workflow, read once: what is wrong with them, by rule.

Nearly all are like `{{input.name}}`, and nearly all conditions compare one of these with a literal: a pattern finds them, and only
the rest is taken apart.
"""

import re
from collections.abc import Mapping
from typing import Any

from deployer.lint.expression.check import ANY, Complaint, Result, Scope, Value, check
from deployer.lint.expression.nodes import Node
from deployer.lint.expression.template import Part, condition, parts
from deployer.lint.order import Order, order
from deployer.lint.rule import Document, Problem
from deployer.lint.texts import Text, templates
from deployer.source.words import shown

_CHAIN = r"\{\{\s*([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*))?\s*\}\}"
_SIMPLE = re.compile(_CHAIN)
_COMPARISON = re.compile(rf"""\s*{_CHAIN}(?:\s*(?:[=!]=|[<>]=?)\s*(?:\d+(?:\.\d+)?|'[^'\\{{]*'|"[^"\\{{]*"|true|false))?\s*""")
_OPEN = ("input", "secrets", "env", "response")
_NO_RESULT = Result((), (), ANY)


def problems(document: Document, rule: str) -> tuple[Problem, ...]:
    """What that rule has to say about the expressions of the document."""
    if "expressions" not in document.memo:
        document.memo["expressions"] = _Reader(document).read()
    found: Mapping[str, list[Problem]] = document.memo["expressions"]
    return tuple(found.get(rule, ()))


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.order: Order = order(document)
        self.found: dict[str, list[Problem]] = {}
        self.kept: dict[tuple[str, bool], Result] = {}
        self.scopes = [self._scope(in_loop) for in_loop in (False, True)]

    def _scope(self, in_loop: bool) -> Scope:
        data = self.document.data
        variables = data.get("variables", {})
        whole = isinstance(data.get("steps", []), list) and self.order.whole
        return Scope(self.order.ids, variables if isinstance(variables, dict) else None, in_loop, whole)

    def read(self) -> dict[str, list[Problem]]:
        for text in templates(self.document):
            if text.path[-1] == "condition" and text.step >= 0 and self.order.is_condition(text.step):
                simple = _COMPARISON.fullmatch(text.value)
                if simple is None or simple[1] == "variables" or not self.are_fine(text.step, [simple.groups()]):
                    self.condition(text)
            else:
                found = _SIMPLE.findall(text.value)
                if len(found) != text.value.count("{{") or not self.are_fine(text.step, found):
                    for part in parts(text.value):
                        self.tell(text, part, self.result(part, self.in_loop(text)))
        return self.found

    def are_fine(self, reader: int, found: list[tuple[Any, ...]]) -> bool:
        """Whether these (root, member, what follows) need no closer look; False says nothing."""
        ids, variables = self.order.ids, self.scopes[0].variables
        for root, member, more in found:
            places = ids.get(root)
            if places:
                if places[-1] >= reader or reader in self.order.heads:
                    return False
            elif root == "variables":
                if more or variables is None or member not in variables:
                    return False
            elif root not in _OPEN and not (root == "item" and reader >= 0 and self.order.steps[reader].loop):
                return False
        return True

    def in_loop(self, text: Text) -> bool:
        return text.step >= 0 and bool(self.order.steps[text.step].loop)

    def result(self, part: Part, in_loop: bool) -> Result:
        """The same expressions come again and again: one answer for each."""
        key = (part.text, in_loop)
        found = self.kept.get(key)
        if found is None or part.mistake:
            found = self.kept[key] = check(part, self.scopes[in_loop])
        return found

    def condition(self, text: Text) -> None:
        in_loop = self.in_loop(text)
        operands: dict[int, Value] = {}
        result = _NO_RESULT
        for part in condition(text.value):
            result = check(part, self.scopes[in_loop], operands) if part.outer else self.result(part, in_loop)
            operands[part.start - 2] = result.value
            self.tell(text, part, result)
        kind = result.value.type
        if kind in ("text", "number", "list", "mapping", "null"):
            what = {"null": "empty", "text": "text"}.get(kind, f"a {kind}")
            message = f"This condition is {what}, and neither true nor false."
            self.add("expression-type", Problem(text.path, message, "Compare it with something: `{{input.priority}} == 'high'`."))

    def tell(self, text: Text, part: Part, result: Result) -> None:
        for complaint in result.complaints:
            self.complain(text, part, complaint)
        for node in result.steps:
            self.in_order(text, part, node)

    def complain(self, text: Text, part: Part, complaint: Complaint) -> None:
        within = (text.value, part.start + complaint.start, part.start + complaint.end)
        self.add(complaint.rule, Problem(text.path, complaint.message, complaint.cure, within=within))

    def add(self, rule: str, problem: Problem) -> None:
        self.found.setdefault(rule, []).append(problem)

    def in_order(self, text: Text, part: Part, node: Node) -> None:
        """A step that is there: whether it can have run by then. Of two with one id either may be meant."""
        places = self.order.ids[node.value]
        if len(places) > 1:
            return
        place = places[0]
        within = (text.value, part.start + node.start, part.start + node.end)
        related = ((*self.order.steps[place].path, "id"), "it stands here")
        if not self.order.can_run_before(place, text.step):
            message, cure = _too_early(shown(node.value), place, text.step)
            self.add("reference-order", Problem(text.path, message, cure, related=related, within=within))
            return
        decider = self.order.only_on_other_branch(place, text.step)
        if decider >= 0:
            name = shown(self.order.steps[decider].data.get("id"))
            message = f"The step {shown(node.value)} is on the other branch of {name}: it has not run when this branch is taken."
            cure = "Name a step that comes before the condition."
            self.add("reference-branch", Problem(text.path, message, cure, related=related, within=within))


def _too_early(name: str, place: int, reader: int) -> tuple[str, str]:
    if reader < 0:
        return f"The step {name} has not run when the trigger is read.", "Name `secrets`, `variables` or `env`, or write the value."
    if place == reader:
        return f"The step {name} reads itself: it has no output yet.", "Name a step that comes before it."
    return f"The step {name} runs later: it has no output yet.", "Name a step that comes earlier, or move this one behind it."
