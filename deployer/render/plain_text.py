"""Plain text for a terminal, a pipe or a log: findings, then one line per workflow, evals, notices, the outcome and what to do next."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from deployer.model.console import Level
from deployer.model.evals import EvalCase, EvalSuite
from deployer.model.failure import Failure
from deployer.model.outcome import Outcome
from deployer.model.report import DoctorRow, Report
from deployer.model.shown import ShownWorkflow
from deployer.render import diff_text, evals_summary, graph_text, headline, summary
from deployer.render.escape import terminal
from deployer.render.findings import as_text

MAX_DIFF_LINES = 300  # about what changes inside, for all workflows together
MAX_WORKFLOW_DIFF_LINES = 24
SIGNS = {
    "import": "+",
    "create": "+",
    "update": "~",
    "release": "^",
    "delete": "-",
    "adopt": "+",
    "hold": "!",
    "unchanged": "=",
    "superseded": "<",
    "drift": "!",
    "fail": "x",
}
_CASE_SIGNS = {"passed": "ok  ", "failed": "FAIL", "skipped": "skip", "not_run": "????"}

_LEVELS: Mapping[str, Level] = {"+": "added", "~": "changed", "^": "changed", "-": "removed"}  # of a line that begins with this sign

Line = tuple[Level, str]


class Section(NamedTuple):
    """Lines that belong together, each escaped; whoever prints a line adds its level."""

    title: str
    lines: tuple[Line, ...]


def sections(report: Report, spell: Callable[[str], str] = str) -> list[Section]:
    """The sections that have lines, in order, and last the outcome: its title is the headline. `spell`: see `deployer.config.spelling`."""
    notes = filter(None, [spell(summary.unlisted_notes(report))])
    listed = [
        Section("Findings", _info([*as_text(summary.listed_findings(report)).splitlines(), *notes])),
        Section("Targets", tuple(line for rows in summary.same_problems(report.doctor) for line in _doctor(rows))),
        Section("Plan", _plan(report)) if report.mode == "plan" else Section("Workflows", _outcomes(report)),
        *(_shown(workflow, alone=len(report.shown) == 1) for workflow in report.shown),
        Section("Evals", tuple(line for suite in report.evals for line in _suite(suite))),
        Section("Notices", tuple(("notice", terminal(notice)) for notice in report.notices)),
    ]
    return [*(section for section in listed if section.lines), Section(headline.headline(report), _end(report, spell))]


def render(report: Report) -> str:
    """All of it as text; every line is escaped and ends with a line break."""
    *listed, end = sections(report)
    lines = [line for section in listed for line in section.lines]
    return _text((*lines, ("info", end.title), *end.lines))


def plan_text(report: Report) -> str:
    """The plan alone: a sign, an action and a workflow a line, and a last line of counts."""
    return _text((*_plan(report), ("info", headline.plan_line(report))))


def one_line(outcome: Outcome, others: Sequence[Outcome] = ()) -> str:
    """`triage: released, 1.0.3 (was 1.0.2), live, 0.41 s`; for the log while a run goes on. `others`: those that failed in the same way."""
    parts = [summary.state(outcome)]
    if version := summary.version(outcome):
        previous = summary.previous(outcome)
        parts.append(f"{version} (was {previous})" if previous and previous != version else version)
    if summary.live(outcome) and not outcome.change.preview:
        parts.append("live")
    elif outcome.status == "unchanged" and version and not outcome.change.preview:
        parts.append("draft")
    if location := summary.preview_location(outcome):
        parts.append(f"in {location}")
    if outcome.outcome is not None and outcome.change.writes:
        parts.append(f"{outcome.seconds:.2f} s")
    facts = f"{parts[0]} ({len(others) + 1} workflows)" if others else ", ".join(parts)
    return terminal(f"{summary.names_of([outcome, *others])}: {facts}{_reason(outcome)}")


def _text(lines: tuple[Line, ...]) -> str:
    labelled = ("notice", "warning", "error")
    return "".join(f"{level}: {text}\n" if level in labelled else f"{text}\n" for level, text in lines)


def _info(lines: list[str]) -> tuple[Line, ...]:
    return tuple(("info", line) for line in lines)


def _reason(outcome: Outcome) -> str:
    why = summary.failure_text(outcome.error) if outcome.error else outcome.change.why
    return f": {why}" if why else ""


def _shown(workflow: ShownWorkflow, *, alone: bool) -> Section:
    """A workflow's graph, and below it what changes inside; of many workflows one line each. Where it is `alone`, the headline has its counts."""
    counts = "" if alone else f": {headline.shown_line(workflow)}"
    title = terminal(f"{workflow.name} ({workflow.platform}, {workflow.path}){counts}")
    problem = [terminal(workflow.problem)] * bool(workflow.problem)
    if not workflow.in_full:
        return Section("", (("info", title), *(("warning", line) for line in problem)))
    graph = [terminal(line) for line in graph_text.lines(workflow.difference.graph)]
    diff = [terminal(line) for line in diff_text.lines(workflow.difference, MAX_DIFF_LINES)] if workflow.compared and graph else []
    changes = ["", *diff] if diff and not workflow.difference.all_new and workflow.difference.parts else []
    return Section("", (("info", title), *(("warning", line) for line in problem), *_info([*graph, *changes])))


def _outcomes(report: Report) -> tuple[Line, ...]:
    return _with_diffs(report, lambda outcome, others: ("error" if outcome.error else "info", one_line(outcome, others)))


def _plan(report: Report) -> tuple[Line, ...]:
    first = summary.release_line(report)
    return (*_info([terminal(first)] if first else []), *_with_diffs(report, lambda outcome, others: _by_sign(_planned(outcome, others))))


def _with_diffs(report: Report, first: Callable[[Outcome, Sequence[Outcome]], Line]) -> tuple[Line, ...]:
    """Each workflow's line, its fix, warnings and what changes inside, unless that was shown. Without room for that, its changes are one line."""
    lines: list[Line] = []
    room = MAX_DIFF_LINES
    for outcome, *others in summary.same_failures(report.outcomes):
        diff = () if report.plan_shown else _diff(outcome, MAX_WORKFLOW_DIFF_LINES if room > 0 else 1)
        room -= len(diff)
        lines += [first(outcome, others), *_details(outcome), *diff]
    return tuple(lines)


def _diff(outcome: Outcome, max_lines: int) -> tuple[Line, ...]:
    """What changes inside. None for drift, whose warning names it, nor for a workflow that is all new and was written."""
    difference = outcome.change.difference
    if difference is None or not difference.known or outcome.change.action == "drift" or (difference.all_new and outcome.outcome):
        return ()
    lines = diff_text.lines(difference, max_lines) if max_lines > 1 else (diff_text.summary(difference),)
    return tuple(_by_sign(f"      {terminal(line)}") for line in lines)


def _by_sign(line: str) -> Line:
    """The line with the level of the sign that it begins with."""
    return _LEVELS.get(line.lstrip(" ")[:2].rstrip(" "), "info"), line


def _planned(outcome: Outcome, others: Sequence[Outcome]) -> str:
    change = outcome.change
    if others:
        names = summary.names_of([outcome, *others])
        return terminal(f"{SIGNS[change.action]} {change.action:<10} {names} ({len(others) + 1} workflows){_reason(outcome)}")
    workflow, previous, version = change.workflow, summary.previous(outcome), summary.version(outcome)
    versions = f"{previous} -> {version}" if previous and version and previous != version else version or (f"now {previous}" if previous else "")
    facts = ", ".join(filter(None, (workflow.platform, workflow.path, versions)))
    then = ", then release" if change.action == "import" and change.release else ""
    return terminal(f"{SIGNS[change.action]} {change.action:<10} {workflow.name} ({facts}){then}{_reason(outcome)}")


def _details(outcome: Outcome) -> tuple[Line, ...]:
    name = outcome.change.workflow.name
    lines = [*_fix(outcome.error)]
    if warning := summary.warning(outcome):
        lines.append(("warning", terminal(f"{name}: {warning}")))
    if limitations := summary.preview_limitations(outcome):
        lines.append(("notice", terminal(f"{name}: the preview is reduced: {limitations}")))
    return tuple(lines)


def _doctor(rows: Sequence[DoctorRow]) -> tuple[Line, ...]:
    """A row, or several with the same problem."""
    row, *others = rows
    facts = ", ".join([f"target {row.target}"] * bool(row.target) + list(row.facts))
    result = summary.failure_text(row.problem) if row.problem else facts or "ready"
    environments = ", ".join(dict.fromkeys(target.environment for target in rows))
    number = f"{len(rows)} targets, " if others else ""
    first = terminal(f"{'ok  ' if row.ok else 'FAIL'}  {summary.names_of(rows)} ({number}{environments}, {row.platform}): {result}")
    return (("info", first), *_fix(row.problem))


def _fix(problem: Failure | None) -> tuple[Line, ...]:
    return (("info", f"    Fix: {terminal(problem.fix)}"),) if problem and problem.fix else ()


def _end(report: Report, spell: Callable[[str], str]) -> tuple[Line, ...]:
    """The problem, the next steps and what it took. Nothing after a cancelled run: its headline says it all."""
    if report.problem and report.problem.code == "CANCELLED":
        return ()
    stopped: tuple[Line, ...] = (("error", terminal(summary.failure_text(report.problem))), *_fix(report.problem)) if report.problem else ()
    plan_hash = [f"Plan hash: {report.plan_hash}"] * bool(report.plan_hash)
    return (*stopped, *_info([*map(spell, summary.next_steps(report)), *plan_hash, *summary.request_lines(report), f"{report.seconds:.1f} s"]))


def _suite(suite: EvalSuite) -> Iterator[Line]:
    """A suite's verdict, its cases, failed ones first, and its comparison."""
    level: Level = "info" if suite.passed else "error" if suite.blocking else "warning"
    yield level, terminal(f"{suite.workflow}: {evals_summary.summary(suite)} [{suite.path}]")
    for case in evals_summary.failed_first(suite):
        yield from _case(case, suite)
    if suite.comparison:
        yield "info", terminal(f"    compared with {suite.comparison.version}, which was live before:")
        for name, previous, current in evals_summary.figure_rows(suite.comparison.before, suite.comparison.after):
            yield "info", terminal(f"      {name}: {previous} before, {current} now")
        for compared in evals_summary.differing_cases(suite):
            yield "info", terminal(f"      {compared.case}: {evals_summary.compared(compared)}{'; another output' * compared.changed}")
    for note in suite.notes:
        yield "notice", terminal(f"{suite.workflow}: {note}")
    if suite.follow_up:
        yield level, terminal(f"{suite.workflow}: {suite.follow_up}")


def _case(case: EvalCase, suite: EvalSuite) -> Iterator[Line]:
    reason = evals_summary.reason(case)
    place = f" ({suite.path}:{case.line})" if case.status == "failed" else ""
    yield "info", terminal(f"  {_CASE_SIGNS[case.status]}  {case.name}{f': {reason}' if reason else ''}{place}")
    for run in evals_summary.failures(case) if case.status == "failed" else ():
        for miss in run.misses[: evals_summary.MAX_MISSES]:
            yield "info", terminal(f"        {miss.matcher}: expected {miss.expected}")
            yield "info", terminal(f"        {' ' * len(miss.matcher)}  got      {miss.actual}")
        if len(run.misses) > evals_summary.MAX_MISSES:
            yield "info", f"        and {len(run.misses) - evals_summary.MAX_MISSES} more"
