"""A run in GitHub's Markdown: the job summary, and the pull request's comment with as much of it as there is room for. Outcome first, what failed
and its fix next, then every workflow, then what to do.
"""

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

from deployer.model.failure import Failure
from deployer.model.finding import SEVERITIES, Finding
from deployer.model.outcome import Outcome
from deployer.model.report import DoctorRow, Report
from deployer.model.text import count
from deployer.render import headline, summary
from deployer.render.diff_markdown import put_changes
from deployer.render.escape import short_code, short_markdown
from deployer.render.evals_markdown import put_evals
from deployer.render.findings import place
from deployer.render.page import LimitedPage, size

MAX_SUMMARY_BYTES: Final = 1_000_000  # GitHub takes 1 MiB a step, other steps' text not counted
MAX_COMMENT_BYTES: Final = 60_000  # GitHub takes 65,536 characters
_SUMMARY_FIELD_LINES: Final = 400  # of one workflow
_COMMENT_FIELD_LINES: Final = 60
_TRY: Final = "Try it"
_EARLIER: Final = " (from an earlier run)"
_MAX_EARLIER: Final = 50  # lines
_URL = re.compile(r"https?://[\w.:/@~-]+", re.ASCII)


def render(report: Report, *, limit: int = MAX_SUMMARY_BYTES) -> str:
    """The job summary, of at most `limit` bytes of UTF-8 (at least 20,000). Long listings are cut, each with the number of what is left out."""
    return _compose(report, LimitedPage(limit, "the JSON report has all"), _SUMMARY_FIELD_LINES)


def comment_marker(project: str, environment: str, manifest: str, only: Iterable[str] = (), files: Iterable[str] = ()) -> str:
    """The comment's first line, which pages do not show. One for each project, environment and list of workflows (`only`) or files: jobs of a
    matrix keep apart. `manifest`: the file's name."""
    about = json.dumps([project, environment, manifest, sorted(set(only)), sorted(set(files))]).encode()
    return f"<!-- flowship:{hashlib.sha256(about).hexdigest()[:32]} -->"


def update_comment(report: Report, marker: str, run_url: str, previous: str) -> str:
    """The comment in place of an earlier one, `previous`, while the previews that it names are up: nothing of where to try them is lost.

    It stays as it is where this run only planned the same commit, and so has less to say.
    """
    earlier = _earlier_previews(report, previous)
    only_planned = report.ok and all(outcome.outcome is None for outcome in report.outcomes)
    if earlier and only_planned and _commit(report) in previous.partition("\n###")[0]:
        return previous
    return render_comment(report, marker, run_url, earlier=earlier)


def render_comment(report: Report, marker: str, run_url: str, *, limit: int = MAX_COMMENT_BYTES, earlier: Sequence[str] = ()) -> str:
    """The comment, of at most `limit` bytes, and so characters (at least 20,000). `run_url`: where the job summary is, "" when not known.
    `earlier`: lines about previews that an earlier run wrote."""
    url = run_url if _URL.fullmatch(run_url) else ""
    more = f"the [job summary]({url}) has more" if url else "the job summary has more"
    first, last = f"{marker}\n", f"\n[Job summary]({url})\n" if url else ""
    return first + _compose(report, LimitedPage(limit - size(first + last), more), _COMMENT_FIELD_LINES, earlier) + last


def _earlier_previews(report: Report, comment: str) -> list[str]:
    """The lines of an earlier comment that say where to try what this report does not mention."""
    section = comment.replace("\r\n", "\n").partition(f"\n### {_TRY}\n\n")[2]
    lines = itertools.takewhile(lambda line: line.startswith("- "), section.split("\n"))
    mentioned = tuple(f"- {short_code(outcome.change.workflow.name)}: " for outcome in report.outcomes if summary.preview_location(outcome))
    kept = [line.removesuffix(_EARLIER) + _EARLIER for line in lines if not line.startswith(mentioned)]
    return kept[:_MAX_EARLIER]


def notice_line(text: str) -> str:
    """A line to add to a summary that is written already."""
    return f"\n{_notice(text)}\n"


def _compose(report: Report, page: LimitedPage, max_field_lines: int, earlier: Sequence[str] = ()) -> str:
    """The whole page. What is put first here has room first: graphs are left out before fields, fields before workflows.

    `max_field_lines`: of one workflow. `earlier`: see `render_comment`.
    """
    ordered = sorted(summary.most_severe_first(report.outcomes), key=lambda outcome: outcome.change.action == "unchanged")
    failed = summary.same_failures(outcome for outcome in ordered if outcome.error)
    previews = [outcome for outcome in ordered if summary.preview_location(outcome)]
    warned = [outcome for outcome in ordered if summary.warning(outcome)]
    findings = sorted(summary.listed_findings(report), key=lambda finding: SEVERITIES.index(finding.severity))
    page.put("head", _head(report))
    page.put("tail", _tail(report))
    page.listing("failed", "Failed", failed, _failed, "failure", share=0.35)
    page.table("targets", ["Target", "Ready", "Facts"], report.doctor, _doctor, "target", share=0.9)
    page.listing("try", _TRY, [*map(_preview, previews), *earlier], str, "preview", share=0.3)
    page.listing("findings", "Findings", findings, _finding, "finding", share=0.3)
    page.listing("warnings", "Warnings", warned, _warning, "warning", share=0.2)
    page.listing("notices", "Notices", report.notices, _notice, "notice", share=0.2)
    # Not all of the room: what is left out below is counted.
    page.table("workflows", ["Workflow", "State", "Version", "Live", "Previous"], ordered, _row, "workflow", share=0.95)
    put_evals(page, report.evals)
    put_changes(page, ordered, max_field_lines=max_field_lines)
    return page.text


def _head(report: Report) -> str:
    sign = "✅" if report.ok else "❌"
    where = [f"`{report.mode}`"]
    where += [f"{'to' if report.mode == 'deploy' else 'for'} {short_code(report.environment)}"] if report.environment else []
    where += [f"of the project {short_code(report.project)}"] if report.project else []
    where += [_commit(report)] if report.commit else []
    stopped = f"\nStopped: {_problem(report.problem)}\n" if report.problem else ""
    live = summary.release_line(report)
    live = f"\n{short_markdown(live)}\n" if live else ""
    return f"## {sign} {headline.headline(report)}\n\n{' '.join(where)}\n{live}{stopped}"


def _commit(report: Report) -> str:
    return f"at commit {short_code(report.commit[:7])}"


def _tail(report: Report) -> str:
    steps = summary.next_steps(report)
    listed = "\n### Next\n\n" + "".join(f"- {step}\n" for step in steps) if steps else ""
    facts = [f"Plan hash `{report.plan_hash}`"] if report.plan_hash else []
    facts += [*summary.request_lines(report), f"{report.seconds:.1f} seconds", *filter(None, [summary.unlisted_notes(report)])]
    return f"{listed}\n{' · '.join(facts)}\n"


def _problem(problem: Failure) -> str:
    what = f"**{short_code(problem.code)}** {short_markdown(problem.message)}" if problem.code else short_markdown(problem.message)
    return f"{what} **Fix:** {short_markdown(problem.fix)}" if problem.fix else what


def _failed(group: Sequence[Outcome]) -> str:
    """One workflow, or several that failed in the same way."""
    outcome = group[0]
    problem = f" {_problem(outcome.error)}" if outcome.error else ""
    listed = [f"{short_code(row.change.workflow.name)} ({short_code(row.change.workflow.path)})" for row in group[: summary.MAX_NAMES]]
    rest = f" and {count(len(group) - len(listed), 'more workflow')}" if len(group) > len(listed) else ""
    return f"- {', '.join(listed)}{rest} {summary.state(outcome)}:{problem}"


def _preview(outcome: Outcome) -> str:
    """Where a preview can be tried. Addresses are left out: not every reader of this may run it."""
    workflow = outcome.change.workflow
    facts = [short_code(summary.target(outcome))] * bool(summary.target(outcome))
    facts += [f"version {short_code(version)}"] if (version := summary.version(outcome)) else []
    where = " ".join([f"on {workflow.platform}, in {short_code(summary.preview_location(outcome))}", *(f"({fact})" for fact in facts)])
    reduced = f". Reduced: {short_markdown(limitations)}" if (limitations := summary.preview_limitations(outcome)) else ""
    return f"- {short_code(workflow.name)}: {where}{reduced}"


def _warning(outcome: Outcome) -> str:
    return f"- {short_code(outcome.change.workflow.name)}: {short_markdown(summary.warning(outcome) or '')}"


def _notice(notice: str) -> str:
    return f"- {short_markdown(notice)}"


def _row(outcome: Outcome) -> str:
    workflow = outcome.change.workflow
    reason = f": {short_markdown(outcome.change.why, cell=True)}" if outcome.change.why and outcome.outcome in ("held", "skipped", None) else ""
    cells = [f"{short_code(workflow.name, cell=True)} ({workflow.platform})", summary.state(outcome) + reason]
    cells += [_version(summary.version(outcome)), summary.live_or_draft(outcome), _version(summary.previous(outcome))]
    return f"| {' | '.join(cells)} |"


def _version(version: str | None) -> str:
    return short_code(version, cell=True) if version else "-"


def _doctor(row: DoctorRow) -> str:
    facts = [*([f"target {short_code(row.target, cell=True)}"] if row.target else []), *(short_markdown(fact, cell=True) for fact in row.facts)]
    result = _cell_problem(row.problem) if row.problem else ", ".join(facts)
    target = f"{short_code(row.workflow, cell=True)} in {short_code(row.environment, cell=True)} ({row.platform})"
    return f"| {target} | {'yes' if row.ok else '**no**'} | {result} |"


def _cell_problem(problem: Failure) -> str:
    """Like `_problem`, for a table, where a code span has its own rule."""
    head = f"{short_code(problem.code, cell=True)}: " if problem.code else ""
    return f"{head}{short_markdown(problem.message, cell=True)} {short_markdown(problem.fix, cell=True)}".strip()


def _finding(finding: Finding) -> str:
    where = f"{short_code(place(finding))} " if finding.path else ""
    fix = f" **Fix:** {short_markdown(finding.fix)}" if finding.fix else ""
    return f"- {where}{finding.severity}: {short_markdown(finding.message)} ({short_code(finding.rule)}){fix}"
