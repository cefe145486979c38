"""The analysis of the expressions of a document: each is parsed and checked, and its problems become diagnostics at their places."""

from collections.abc import Callable, Iterable, Mapping

from deployer.formats.quoting import shown
from deployer.lint.expression.nodes import ExpressionNode
from deployer.lint.expression.template import TemplatePart, parse_condition, parse_parts
from deployer.lint.expression.type_checker import ANY, CheckResult, KnownValue, Scope, check_expression
from deployer.lint.rule import Diagnostic, Document
from deployer.lint.workflow.control_flow import ControlFlow
from deployer.lint.workflow.texts import ExpressionText

MAX_DIAGNOSTICS = 1000
"""The analysis ends after these."""
_NOT_BOOLEAN = ("text", "number", "list", "mapping", "null")
_References = tuple[tuple[str, str, str], ...]
_Variables = Iterable[tuple[str, object]]


def references_of_part(part: TemplatePart, variables: _Variables) -> _References | None:
    """The names of an expression, as references (root, "", "") that decide whether it has a finding; None where more decides, or it has one.

    `variables`: name and value of those that are neither a list nor a mapping; of a value only the type counts.
    """
    names = _names((part,))
    return _references(names) if names is not None and not check_expression(part, _scope_of(names, variables)).problems else None


def references_of_condition(value: str, variables: _Variables) -> _References | None:
    """As `references_of_part`, of a whole condition."""
    names = _names(parse_condition(value))
    if names is None:
        return None
    scope = _scope_of(names, variables)
    rows, result = _check_condition(value, scope, lambda part: check_expression(part, scope))
    has_problem = result.type in _NOT_BOOLEAN or any(of_part.problems for _, of_part in rows)
    return None if has_problem else _references(names)


def _names(parts: Iterable[TemplatePart]) -> dict[str, None] | None:
    """The names in these expressions but for `variables`, whose values are known. None where one cannot be parsed."""
    names: dict[str, None] = {}
    for part in parts:
        if part.problem:
            return None
        names |= dict.fromkeys(node.value for node in part.nodes if node.kind == "name" and node.value != "variables")
    return names


def _scope_of(names: Mapping[str, None], variables: _Variables) -> Scope:
    """A scope in which these names are valid, and of any type."""
    return Scope(names, dict(variables), in_loop=True, whole=True)


def _references(names: Iterable[str]) -> _References:
    return tuple((name, "", "") for name in names)


def _check_condition(
    value: str, scope: Scope, check_part: Callable[[TemplatePart], CheckResult]
) -> tuple[list[tuple[TemplatePart, CheckResult]], KnownValue]:
    """The result of each expression of a condition, and what is known of its value. `check_part` is for those in braces."""
    rows = []
    operands: dict[int, KnownValue] = {}
    known = ANY
    for part in parse_condition(value):
        result = check_expression(part, scope, operands) if part.outer else check_part(part)
        known = operands[part.start - 2] = result.value
        rows.append((part, result))
    return rows, known


class ExpressionAnalysis:
    """`diagnostics` by rule, and their `count`."""

    def __init__(self, document: Document, flow: ControlFlow) -> None:
        self.flow = flow
        self.diagnostics: dict[str, list[Diagnostic]] = {}
        self.count = 0
        self.results: dict[tuple[str, bool], CheckResult] = {}
        variables = document.data.get("variables", {})
        known = variables if isinstance(variables, dict) else None
        whole = isinstance(document.data.get("steps", []), list) and flow.whole
        self.scopes = [Scope(flow.ids, known, in_loop, whole) for in_loop in (False, True)]

    @property
    def is_full(self) -> bool:
        return self.count > MAX_DIAGNOSTICS

    def check_text(self, text: ExpressionText) -> None:
        """Add the diagnostics of a text in which each `{{…}}` is an expression of its own."""
        for part in parse_parts(text.value):
            if self.is_full:
                return
            self._add_result(text, part, self._check_part(part, self._is_in_loop(text)))

    def check_condition(self, text: ExpressionText) -> None:
        """Add the diagnostics of a condition, in which each `{{…}}` is an operand."""
        in_loop = self._is_in_loop(text)
        rows, value = _check_condition(text.value, self.scopes[in_loop], lambda part: self._check_part(part, in_loop))
        for part, result in rows:
            self._add_result(text, part, result)
        if value.type in _NOT_BOOLEAN:
            kind = value.type if value.type in ("null", "text") else f"a {value.type}"
            fix = "Compare it with something: `{{input.priority}} == 'high'`."
            self._add("expression-type", Diagnostic(text.path, f"Expected true or false, got {kind}.", fix))

    def _is_in_loop(self, text: ExpressionText) -> bool:
        return text.step >= 0 and bool(self.flow.steps[text.step].loop)

    def _check_part(self, part: TemplatePart, in_loop: bool) -> CheckResult:
        """The result, cached: the same expressions occur many times."""
        key = (part.text, in_loop)
        result = self.results.get(key)
        if result is None or part.problem:
            result = self.results[key] = check_expression(part, self.scopes[in_loop])
        return result

    def _add(self, rule: str, diagnostic: Diagnostic) -> None:
        self.diagnostics.setdefault(rule, []).append(diagnostic)
        self.count += 1

    def _add_result(self, text: ExpressionText, part: TemplatePart, result: CheckResult) -> None:
        for problem in result.problems:
            within = (text.value, part.start + problem.start, part.start + problem.end)
            self._add(problem.rule, Diagnostic(text.path, problem.message, problem.fix, within=within))
        for node in result.steps:
            self._check_order(text, part, node)

    def _check_order(self, text: ExpressionText, part: TemplatePart, node: ExpressionNode) -> None:
        """Whether the step that the node names can have run by then. Undecided when two steps have its id."""
        places = self.flow.ids[node.value]
        if len(places) > 1:
            return
        place = places[0]
        within = (text.value, part.start + node.start, part.start + node.end)
        related = ((*self.flow.steps[place].path, "id"), "the step is here")
        if not self.flow.can_run_before(place, text.step):
            message, fix = _not_run_yet(shown(node.value), place, text.step)
            self._add("reference-order", Diagnostic(text.path, message, fix, related=related, within=within))
            return
        decider = self.flow.find_excluding_condition(place, text.step)
        if decider >= 0:
            name = shown(self.flow.steps[decider].data.get("id"))
            message = f"The step {shown(node.value)} is on the other branch of {name}: it has not run when this branch is taken."
            fix = "Name a step that comes before the condition."
            self._add("reference-branch", Diagnostic(text.path, message, fix, related=related, within=within))


def _not_run_yet(name: str, place: int, reader: int) -> tuple[str, str]:
    """The message and the fix for a reference to a step that has not run."""
    if reader < 0:
        return f"The step {name} has not run when the trigger is read.", "Name `secrets`, `variables` or `env`, or write the value."
    if place == reader:
        return f"The step {name} reads itself: it has no output yet.", "Name a step that comes before it."
    return f"The step {name} runs later: it has no output yet.", "Name a step that comes earlier, or move this one behind it."
