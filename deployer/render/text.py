"""Plain text for a terminal, a pipe or a log: findings, then one line per workflow, then the outcome and what to do next."""

from collections.abc import Callable
from typing import NamedTuple

from deployer.model.console import Level
from deployer.model.failure import Failure
from deployer.model.outcome import Outcome
from deployer.model.report import DoctorRow, Report
from deployer.render import diff_text, evals_text, summary
from deployer.render.escape import terminal
from deployer.render.findings_text import as_text

MOST_LINES = 300  # about what changes inside, for all workflows together
MOST_LINES_EACH = 24
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

Line = tuple[Level, str]


class Section(NamedTuple):
    """Lines that belong together, each escaped. The level is said by whoever prints it."""

    title: str
    lines: tuple[Line, ...]


def sections(report: Report) -> list[Section]:
    """What there is to say, in order. The last one is always there: its title is the outcome in one line."""
    found = [
        Section("Findings", _plainly([*as_text(summary.listed(report)).splitlines(), *filter(None, [summary.notes(report)])])),
        Section("Targets", tuple(line for row in report.doctor for line in _doctor(row))),
        Section("Plan", _plan(report)) if report.mode == "plan" else Section("Workflows", _outcomes(report)),
        Section("Evals", evals_text.lines(report.evals)),
        Section("Notices", tuple(("notice", terminal(notice)) for notice in report.notices)),
    ]
    end = Section(summary.headline(report), _end(report))
    return [*(section for section in found if section.lines), end]


def render(report: Report) -> str:
    """All of it as text; every line is escaped and ends with a line break."""
    *before, end = sections(report)
    lines = [line for section in before for line in section.lines]
    return _text((*lines, ("info", end.title), *end.lines))


def plan_text(report: Report) -> str:
    """The plan alone: a sign, an action and a workflow a line, and a last line of counts."""
    return _text((*_plan(report), ("info", summary.plan_line(report))))


def one_line(outcome: Outcome) -> str:
    """`triage: released, 1.0.3 (was 1.0.2), live, 0.41 s`; for the log while a run goes on."""
    parts = [summary.state(outcome)]
    if version := summary.version(outcome):
        was = summary.previous(outcome)
        parts.append(f"{version} (was {was})" if was and was != version else version)
    if summary.live(outcome) and not outcome.change.preview:
        parts.append("live")
    if place := summary.place(outcome):
        parts.append(f"in {place}")
    if outcome.outcome is not None and outcome.change.writes:
        parts.append(f"{outcome.seconds:.2f} s")
    why = _said(outcome.error) if outcome.error else outcome.change.why
    return terminal(f"{outcome.change.workflow.name}: {', '.join(parts)}{f': {why}' if why else ''}")


def _text(lines: tuple[Line, ...]) -> str:
    return "".join(f"{text}\n" if level == "info" else f"{level}: {text}\n" for level, text in lines)


def _plainly(lines: list[str]) -> tuple[Line, ...]:
    return tuple(("info", line) for line in lines)


def _outcomes(report: Report) -> tuple[Line, ...]:
    return _with_insides(report, lambda outcome: (_level(outcome), one_line(outcome)))


def _plan(report: Report) -> tuple[Line, ...]:
    return _with_insides(report, lambda outcome: ("info", _planned(outcome)))


def _with_insides(report: Report, first: Callable[[Outcome], Line]) -> tuple[Line, ...]:
    """Each workflow's line, what else there is to say, and what changes inside. Where there is no more room for that, one line each."""
    lines: list[Line] = []
    room = MOST_LINES
    for outcome in report.outcomes:
        told = _inside(outcome, MOST_LINES_EACH if room > 0 else 1)
        room -= len(told)
        lines += [first(outcome), *_details(outcome), *told]
    return tuple(lines)


def _inside(outcome: Outcome, most: int) -> tuple[Line, ...]:
    """What drift is about is said by its warning; that all is new is news in a plan only."""
    difference = outcome.change.difference
    if difference is None or not difference.known or outcome.change.action == "drift" or (difference.all_new and outcome.outcome):
        return ()
    said = diff_text.lines(difference, most) if most > 1 else (diff_text.summary(difference),)
    return tuple(("info", f"      {terminal(line)}") for line in said)


def _level(outcome: Outcome) -> Level:
    return "error" if outcome.error else "info"


def _planned(outcome: Outcome) -> str:
    change = outcome.change
    workflow, was, version = change.workflow, summary.previous(outcome), summary.version(outcome)
    versions = f"{was} -> {version}" if was and version and was != version else version or (f"now {was}" if was else "")
    facts = ", ".join(each for each in (workflow.platform, workflow.path, versions) if each)
    then = ", then release" if change.action == "import" and change.release else ""
    why = _said(outcome.error) if outcome.error else change.why
    return terminal(f"{SIGNS[change.action]} {change.action:<10} {workflow.name} ({facts}){then}{f': {why}' if why else ''}")


def _details(outcome: Outcome) -> tuple[Line, ...]:
    warning = summary.warning(outcome)
    name = outcome.change.workflow.name
    warned: tuple[Line, ...] = (("warning", terminal(f"{name}: {warning}")),) if warning else ()
    less: tuple[Line, ...] = (("notice", terminal(f"{name}: the preview is reduced: {why}")),) if (why := summary.reduced(outcome)) else ()
    return (*_fix(outcome.error), *warned, *less)


def _doctor(row: DoctorRow) -> tuple[Line, ...]:
    facts = ", ".join([f"target {row.target}"] * bool(row.target) + list(row.facts))
    said = _said(row.problem) if row.problem else facts or "ready"
    first = terminal(f"{'ok  ' if row.ok else 'FAIL'}  {row.workflow} ({row.environment}, {row.platform}): {said}")
    return (("info", first), *_fix(row.problem))


def _said(problem: Failure) -> str:
    return f"{problem.code}: {problem.message}" if problem.code else problem.message


def _fix(problem: Failure | None) -> tuple[Line, ...]:
    return (("info", f"    {terminal(problem.fix)}"),) if problem and problem.fix else ()


def _end(report: Report) -> tuple[Line, ...]:
    stopped: tuple[Line, ...] = (("error", terminal(_said(report.problem))), *_fix(report.problem)) if report.problem else ()
    lines = [*summary.next_steps(report)]
    lines += [f"Plan hash: {report.plan_hash}"] if report.plan_hash else []
    return (*stopped, *_plainly([*lines, *summary.spent(report), f"{report.seconds:.1f} s"]))
