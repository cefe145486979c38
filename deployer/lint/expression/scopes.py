"""The expressions of a document that need a closer look: each taken apart, and what is wrong with it told at its place."""

from deployer.formats.quoting import shown
from deployer.lint.expression.check import ANY, ExpressionProblem, Result, Scope, Value, check
from deployer.lint.expression.nodes import ExpressionNode
from deployer.lint.expression.template import TemplatePart, condition, parts
from deployer.lint.rule import Diagnostic, Document
from deployer.lint.workflow.control_flow import ControlFlow
from deployer.lint.workflow.texts import ExpressionText

MOST = 1000
"""Problems after which reading ends: who made a thousand mistakes corrects these first."""
_NO_RESULT = Result((), (), ANY)


class ExpressionReading:
    """`found` are the problems by rule, `count` says how many there are."""

    def __init__(self, document: Document, order: ControlFlow) -> None:
        self.order = order
        self.found: dict[str, list[Diagnostic]] = {}
        self.count = 0
        self.kept: dict[tuple[str, bool], Result] = {}
        variables = document.data.get("variables", {})
        known = variables if isinstance(variables, dict) else None
        whole = isinstance(document.data.get("steps", []), list) and order.whole
        self.scopes = [Scope(order.ids, known, in_loop, whole) for in_loop in (False, True)]

    @property
    def is_enough(self) -> bool:
        return self.count > MOST

    def text(self, text: ExpressionText) -> None:
        for part in parts(text.value):
            if self.is_enough:
                return
            self.tell(text, part, self.result(part, self.in_loop(text)))

    def in_loop(self, text: ExpressionText) -> bool:
        return text.step >= 0 and bool(self.order.steps[text.step].loop)

    def result(self, part: TemplatePart, in_loop: bool) -> Result:
        """The same expressions come again and again: one answer for each."""
        key = (part.text, in_loop)
        found = self.kept.get(key)
        if found is None or part.mistake:
            found = self.kept[key] = check(part, self.scopes[in_loop])
        return found

    def condition(self, text: ExpressionText) -> None:
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
            self.add("expression-type", Diagnostic(text.path, message, "Compare it with something: `{{input.priority}} == 'high'`."))

    def tell(self, text: ExpressionText, part: TemplatePart, result: Result) -> None:
        for complaint in result.complaints:
            self.complain(text, part, complaint)
        for node in result.steps:
            self.in_order(text, part, node)

    def complain(self, text: ExpressionText, part: TemplatePart, complaint: ExpressionProblem) -> None:
        within = (text.value, part.start + complaint.start, part.start + complaint.end)
        self.add(complaint.rule, Diagnostic(text.path, complaint.message, complaint.fix, within=within))

    def add(self, rule: str, problem: Diagnostic) -> None:
        self.found.setdefault(rule, []).append(problem)
        self.count += 1

    def in_order(self, text: ExpressionText, part: TemplatePart, node: ExpressionNode) -> None:
        """A step that is there: whether it can have run by then. Of two with one id either may be meant."""
        places = self.order.ids[node.value]
        if len(places) > 1:
            return
        place = places[0]
        within = (text.value, part.start + node.start, part.start + node.end)
        related = ((*self.order.steps[place].path, "id"), "it stands here")
        if not self.order.can_run_before(place, text.step):
            message, fix = _too_early(shown(node.value), place, text.step)
            self.add("reference-order", Diagnostic(text.path, message, fix, related=related, within=within))
            return
        decider = self.order.only_on_other_branch(place, text.step)
        if decider >= 0:
            name = shown(self.order.steps[decider].data.get("id"))
            message = f"The step {shown(node.value)} is on the other branch of {name}: it has not run when this branch is taken."
            fix = "Name a step that comes before the condition."
            self.add("reference-branch", Diagnostic(text.path, message, fix, related=related, within=within))


def _too_early(name: str, place: int, reader: int) -> tuple[str, str]:
    if reader < 0:
        return f"The step {name} has not run when the trigger is read.", "Name `secrets`, `variables` or `env`, or write the value."
    if place == reader:
        return f"The step {name} reads itself: it has no output yet.", "Name a step that comes before it."
    return f"The step {name} runs later: it has no output yet.", "Name a step that comes earlier, or move this one behind it."
