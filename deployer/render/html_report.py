"""A run, or what `flowship show` shows, as one HTML page: the outcome first, then what to do, every workflow, and each with its graph."""

from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from deployer.model.difference import Difference
from deployer.model.failure import Failure
from deployer.model.finding import SEVERITIES, Finding
from deployer.model.outcome import Outcome
from deployer.model.report import DoctorRow, Report
from deployer.model.shown import ShownWorkflow
from deployer.model.text import count
from deployer.render import headline, summary
from deployer.render.findings import place
from deployer.render.html_changes import change_parts, graph_parts, legend
from deployer.render.html_evals import history_parts, suite_section
from deployer.render.html_page import page
from deployer.render.html_parts import Part, bullets, code, element, folded, paragraph, prose, section, table

MAX_GRAPHS: Final = 400  # in one page: some megabytes
MAX_ROWS: Final = 5000  # of each table
UNFOLDED: Final = 12  # workflows whose graph is open in the page of a run
_BADGES: Final = {"failed": "removed", "unknown": "removed", "skipped": "changed", "held": "changed", "done": "added"}


def render(report: Report) -> str:
    """The whole page, of a report that is redacted already."""
    first_line = headline.headline(report)
    header = [element("p", *_facts(report), class_="eyebrow"), element("h1", *_verdict(report), first_line)]
    footer = [*report_facts(report)]
    return page(f"{first_line} · Flowship", header, [*_sections(report)], [element("p", " · ".join(footer))])


def report_facts(report: Report) -> Iterator[str]:
    """Plan hash, requests, seconds."""
    yield from [f"Plan hash {report.plan_hash}"] * bool(report.plan_hash)
    yield from summary.request_lines(report)
    yield f"{report.seconds:.1f} seconds"
    yield from filter(None, [summary.unlisted_notes(report)])


def _verdict(report: Report) -> list[Part]:
    """Nothing for workflows that are only shown."""
    badge = element("span", "ok" if report.ok else "failed", class_=f"badge {'added' if report.ok else 'removed'}")
    return [badge, " "] if report.mode != "show" or not report.ok else []


def _facts(report: Report) -> Iterator[Part]:
    yield from ("Flowship ", code(report.mode))
    if report.environment:
        yield from (" to " if report.mode == "deploy" else " for ", code(report.environment))
    if report.project:
        yield from (" of the project ", code(report.project))
    if report.commit:
        yield from (" at commit ", code(report.commit[:7]))


def _sections(report: Report) -> Iterator[Element]:
    ordered = sorted(summary.most_severe_first(report.outcomes), key=lambda outcome: outcome.change.action == "unchanged")
    if report.problem:
        yield section("Stopped", element("p", *_problem(report.problem)), class_="failed")
    if failed := [_failed(outcome) for outcome in ordered if outcome.error]:
        yield section("Failed", bullets(failed[:MAX_ROWS]), class_="failed")
    if steps := summary.next_steps(report):
        yield section("Next", bullets([prose(step) for step in steps]))
    if ordered:
        rows = [_row(outcome) for outcome in ordered[:MAX_ROWS]]
        yield section("Workflows", table(_rows_caption(len(ordered), "workflow"), ("Workflow", "State", "Version", "Live", "Previous"), rows))
    if report.doctor:
        yield section("Targets", table(_rows_caption(len(report.doctor), "target"), ("Target", "Ready", "Facts"), map(_target, report.doctor)))
    if previews := [_preview(outcome) for outcome in ordered if summary.preview_location(outcome)]:
        yield section("Try it", bullets(previews))
    yield from _findings(report)
    yield from _changes(ordered)
    yield from _shown(report.shown)
    if report.evals:
        yield section("Evals", *(suite_section(suite) for suite in sorted(report.evals, key=lambda suite: (suite.passed, suite.workflow))))
    if warned := [(code(outcome.change.workflow.name), ": ", *prose(text)) for outcome in ordered if (text := summary.warning(outcome))]:
        yield section("Warnings", bullets(warned))
    if report.notices:
        yield section("Notices", bullets([prose(notice) for notice in report.notices]))


def _rows_caption(number: int, noun: str) -> str:
    return count(number, noun) + (f", the first {MAX_ROWS} of them; the JSON report has all" if number > MAX_ROWS else "")


def _problem(problem: Failure) -> list[Part]:
    head: list[Part] = [element("strong", code(problem.code)), " "] if problem.code else []
    fix = [element("span", element("strong", "Fix:"), " ", *prose(problem.fix), class_="fix")] if problem.fix else []
    return [*head, *prose(problem.message), *fix]


def _failed(outcome: Outcome) -> list[Part]:
    workflow = outcome.change.workflow
    return [code(workflow.name), f" ({workflow.path}) {summary.state(outcome)}: ", *(_problem(outcome.error) if outcome.error else ())]


def _row(outcome: Outcome) -> Sequence[Part]:
    workflow, why = outcome.change.workflow, outcome.change.why
    badge = _BADGES.get(outcome.outcome or "", "changed" if outcome.change.writes else "")
    state = element("span", element("span", summary.state(outcome), class_=f"badge {badge}".strip()))
    if why and outcome.outcome in ("held", "skipped", None):
        state.append(element("span", *prose(why), class_="soft fix"))
    name = element("span", code(workflow.name), element("span", f" {workflow.platform}, {workflow.path}", class_="soft"))
    return name, state, summary.version(outcome) or "-", summary.live_or_draft(outcome), summary.previous(outcome) or "-"


def _target(row: DoctorRow) -> Sequence[Part]:
    name = element("span", code(row.workflow), f" in {row.environment} ({row.platform})")
    badge = element("span", "yes" if row.ok else "no", class_=f"badge {'added' if row.ok else 'removed'}")
    facts: list[Part] = [", ".join([*([f"target {row.target}"] if row.target else []), *row.facts])]
    return name, badge, element("span", *(_problem(row.problem) if row.problem else facts))


def _preview(outcome: Outcome) -> list[Part]:
    facts = ", ".join(filter(None, [summary.target(outcome), f"version {version}" if (version := summary.version(outcome)) else ""]))
    reduced = f". Reduced: {limitations}" if (limitations := summary.preview_limitations(outcome)) else ""
    place_ = code(summary.preview_location(outcome))
    return [code(outcome.change.workflow.name), f": on {outcome.change.workflow.platform}, in ", place_, f" ({facts})" * bool(facts), *prose(reduced)]


def _findings(report: Report) -> Iterator[Element]:
    listed = sorted(summary.listed_findings(report), key=lambda finding: SEVERITIES.index(finding.severity))
    if listed:
        columns = ("Where", "Severity", "What", "Rule")
        yield section("Findings", table(_rows_caption(len(listed), "finding"), columns, [_finding(finding) for finding in listed[:MAX_ROWS]]))


def _finding(finding: Finding) -> Sequence[Part]:
    colour = {"error": "removed", "warning": "changed"}.get(finding.severity, "")
    fix = [element("span", element("strong", "Fix:"), " ", *prose(finding.fix), class_="fix")] if finding.fix else []
    where = code(place(finding)) if finding.path else "-"
    badge = element("span", finding.severity, class_=f"badge {colour}".strip())
    return where, badge, element("span", *prose(finding.message), *fix), code(finding.rule)


def _changes(outcomes: Sequence[Outcome]) -> Iterator[Element]:
    """What changes inside each workflow."""
    differences = [(outcome.change.workflow.name, outcome.change.difference) for outcome in outcomes if _is_shown(outcome.change.difference)]
    shown = [(name, difference) for name, difference in differences if difference][:MAX_GRAPHS]
    if not shown:
        return
    parts: list[Part] = legend([difference.graph for _, difference in shown])
    for name, difference in shown:
        inside = change_parts(name, difference)
        parts.append(section(code(name), *(inside if len(shown) <= UNFOLDED else [inside[0], folded("Graph and changes", *inside[1:])]), level=3))
    if len(differences) > len(shown):
        parts.append(element("p", f"… and {count(len(differences) - len(shown), 'more workflow')}, left out here.", class_="soft"))
    yield section("What changes", *parts)


def _is_shown(difference: Difference | None) -> bool:
    return difference is not None and (bool(difference.parts) or not difference.known)


def _shown(workflows: Sequence[ShownWorkflow]) -> Iterator[Element]:
    """Each workflow, and before several of them a list that leads to each."""
    if len(workflows) > 1:
        rows = [_listed(index, workflow) for index, workflow in enumerate(workflows[:MAX_GRAPHS])]
        yield section("Workflows", table(_rows_caption(len(workflows), "workflow"), ("Workflow", "Platform", "File", "Graph"), rows))
    for index, workflow in enumerate(workflows[:MAX_GRAPHS]):
        facts = element("p", f"{workflow.platform}, ", code(workflow.path), "", class_="soft")
        yield section(workflow.name, facts, *_shown_parts(workflow), id=f"workflow-{index}")
    if len(workflows) > MAX_GRAPHS:
        yield section("More", element("p", f"{count(len(workflows) - MAX_GRAPHS, 'more workflow')} left out: name those to show."))


def _listed(index: int, workflow: ShownWorkflow) -> Sequence[Part]:
    link = element("a", workflow.name, href=f"#workflow-{index}")
    return link, workflow.platform, code(workflow.path), headline.shown_line(workflow)


def _shown_parts(workflow: ShownWorkflow) -> list[Part]:
    parts: list[Part] = [paragraph(workflow.problem)] if workflow.problem else []
    if workflow.compared:
        parts += [*legend([workflow.difference.graph]), *change_parts(workflow.name, workflow.difference)]
    else:
        parts += graph_parts(workflow.name, workflow.difference.graph)
    history = history_parts(workflow.name, workflow.history)
    return [*parts, section("Evals of its releases", *history, level=3)] if history else parts
