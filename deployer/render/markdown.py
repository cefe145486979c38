"""The job summary and what the pull request's comment shares with it, in GitHub's Markdown: outcome first, what failed and its fix next, then
every workflow, then who does what.
"""

from deployer.model.failure import Failure
from deployer.model.finding import SEVERITIES, Finding
from deployer.model.outcome import Outcome
from deployer.model.report import DoctorRow, Report
from deployer.model.text import cut
from deployer.render import summary
from deployer.render.diff_markdown import put_changes
from deployer.render.escape import code, markdown
from deployer.render.evals_markdown import put_evals
from deployer.render.findings_text import place
from deployer.render.page import LimitedPage

SUMMARY_LIMIT = 1_000_000  # bytes; GitHub takes 1 MiB a step, other steps' text not counted
COMMENT_LIMIT = 60_000  # GitHub takes 65,536 characters
LONGEST_NAME = 200
LONGEST_TEXT = 600


def render(report: Report, *, limit: int = SUMMARY_LIMIT) -> str:
    """At most `limit` bytes of UTF-8 (at least 20,000): long listings are cut, each with a count of what was left out."""
    return compose(report, LimitedPage(limit, "the JSON report has all"), most_lines=400)


def compose(report: Report, page: LimitedPage, *, most_lines: int) -> str:
    """The whole page. What stands first here has room first: graphs are left out before fields, fields before workflows.

    `most_lines`: of the fields of one workflow.
    """
    ordered = sorted(summary.most_severe_first(report.outcomes), key=lambda outcome: outcome.change.action == "unchanged")
    page.put("head", _head(report))
    page.put("tail", _tail(report))
    page.listing("failed", "Failed", [each for each in ordered if each.error], _failed, "failure", share=0.35)
    page.table("targets", ["Target", "Ready", "Facts"], report.doctor, _doctor, "target", share=0.9)
    page.listing("try", "Try it", [each for each in ordered if summary.place(each)], _place, "preview", share=0.3)
    page.listing("findings", "Findings", _by_severity(summary.listed(report)), _finding, "finding", share=0.3)
    page.listing("warnings", "Warnings", [each for each in ordered if summary.warning(each)], _warning, "warning", share=0.2)
    page.listing("notices", "Notices", report.notices, _notice, "notice", share=0.2)
    # Not all of the room: what is left out below is counted.
    page.table("workflows", ["Workflow", "State", "Version", "Live", "Previous"], ordered, _row, "workflow", share=0.95)
    put_evals(page, report.evals)
    put_changes(page, ordered, most_lines=most_lines)
    return page.text


def notice(text: str) -> str:
    """One line more, for a summary that is written already."""
    return f"\n- {_text(text)}\n"


def _head(report: Report) -> str:
    sign = "✅" if report.ok else "❌"
    where = [f"`{report.mode}`"]
    where += [f"{'to' if report.mode == 'deploy' else 'for'} {_code(report.environment)}"] if report.environment else []
    where += [f"at commit {_code(report.commit[:7])}"] if report.commit else []
    stopped = f"\nStopped: {_problem(report.problem)}\n" if report.problem else ""
    return f"## {sign} {summary.headline(report)}\n\n{' '.join(where)}\n{stopped}"


def _tail(report: Report) -> str:
    steps = summary.next_steps(report)
    told = "\n### Next\n\n" + "".join(f"- {step}\n" for step in steps) if steps else ""
    facts = [f"Plan hash `{report.plan_hash}`"] if report.plan_hash else []
    facts += [*summary.spent(report), f"{report.seconds:.1f} seconds", *filter(None, [summary.notes(report)])]
    return f"{told}\n{' · '.join(facts)}\n"


def _text(text: str, *, cell: bool = False) -> str:
    return markdown(cut(text, LONGEST_TEXT), cell=cell)


def _code(text: str, *, cell: bool = False) -> str:
    return code(cut(text, LONGEST_NAME), cell=cell)


def _problem(problem: Failure) -> str:
    said = f"**{_code(problem.code)}** {_text(problem.message)}" if problem.code else _text(problem.message)
    return f"{said} **Next:** {_text(problem.fix)}" if problem.fix else said


def _failed(outcome: Outcome) -> str:
    workflow = outcome.change.workflow
    said = f" {_problem(outcome.error)}" if outcome.error else ""
    return f"- {_code(workflow.name)} ({_code(workflow.path)}) {summary.state(outcome)}:{said}"


def _place(outcome: Outcome) -> str:
    """Where a preview can be tried. Addresses are left out: whoever reads this may not be whoever may run it."""
    workflow, place = outcome.change.workflow, _code(summary.place(outcome))
    where = f"on GPTBots, the Workflow of the key {place}" if workflow.platform == "gptbots" else f"on meinGPT, {place}"
    facts = [_code(summary.target(outcome))] * bool(summary.target(outcome))
    facts += [f"version {_code(version)}"] if (version := summary.version(outcome)) else []
    less = f". Reduced: {_text(why)}" if (why := summary.reduced(outcome)) else ""
    return f"- {_code(workflow.name)}: {' '.join([where, *[f'({fact})' for fact in facts]])}{less}"


def _warning(outcome: Outcome) -> str:
    return f"- {_code(outcome.change.workflow.name)}: {_text(summary.warning(outcome) or '')}"


def _notice(notice: str) -> str:
    return f"- {_text(notice)}"


def _row(outcome: Outcome) -> str:
    workflow = outcome.change.workflow
    reason = f": {_text(outcome.change.why, cell=True)}" if outcome.change.why and outcome.outcome in ("held", "skipped", None) else ""
    cells = [f"{_code(workflow.name, cell=True)} ({workflow.platform})", summary.state(outcome) + reason]
    cells += [_version(summary.version(outcome)), summary.live_or_draft(outcome), _version(summary.previous(outcome))]
    return f"| {' | '.join(cells)} |"


def _version(version: str | None) -> str:
    return _code(version, cell=True) if version else "-"


def _doctor(row: DoctorRow) -> str:
    facts = [*([f"target {_code(row.target, cell=True)}"] if row.target else []), *(_text(fact, cell=True) for fact in row.facts)]
    said = _cell_problem(row.problem) if row.problem else ", ".join(facts)
    return f"| {_code(row.workflow, cell=True)} in {_code(row.environment, cell=True)} ({row.platform}) | {'yes' if row.ok else '**no**'} | {said} |"


def _cell_problem(problem: Failure) -> str:
    """Like `_problem`, for a table, where a code span has its own rule."""
    head = f"{_code(problem.code, cell=True)}: " if problem.code else ""
    return f"{head}{_text(problem.message, cell=True)} {_text(problem.fix, cell=True)}".strip()


def _by_severity(findings: tuple[Finding, ...]) -> list[Finding]:
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def _finding(finding: Finding) -> str:
    where = f"{_code(place(finding))} " if finding.path else ""
    fix = f" **Next:** {_text(finding.fix)}" if finding.fix else ""
    return f"- {where}{finding.severity}: {_text(finding.message)} ({_code(finding.rule)}){fix}"
