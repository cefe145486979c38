"""The outcome of a run in one line, for every place that shows a report."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import get_args

from deployer.model.change import SyncStatus
from deployer.model.failure import Failure
from deployer.model.outcome import Outcome, Status
from deployer.model.report import Report
from deployer.model.shown import ShownWorkflow
from deployer.model.text import count
from deployer.render import diff_text, evals_summary
from deployer.render.findings import totals
from deployer.render.summary import READS, most_severe_first, status_text


def headline(report: Report) -> str:
    """The outcome in one line: `3 released, 1 held for the next release`."""
    errors = sum(finding.severity == "error" for finding in report.findings)
    if report.mode == "nothing":
        return "Nothing to do"
    if report.problem and (stopped := _nothing_done(report, report.problem)):
        return stopped
    if report.mode in _HEADLINES:
        return _HEADLINES[report.mode](report)
    if errors and not report.outcomes:
        return f"Nothing was written: {count(errors, 'error')} in the files"
    counts = ", ".join(filter(None, [_mode_counts(report), evals_summary.headline(report.evals)]))
    return f"Stopped early: {counts}" if report.problem else counts


def _nothing_done(report: Report, problem: Failure) -> str:
    """The headline of a run that ended before it did anything; "" of any other."""
    if problem.code == "CANCELLED":
        return f"Cancelled: {problem.message[:1].lower()}{problem.message[1:].rstrip('.')}"
    if problem.code == "plan-changed":
        return "Nothing was written: this is another plan than the approved one"
    if report.outcomes:
        return ""
    before = "Stopped" if report.mode in READS else "Stopped before any write"
    return {2: before, 3: "Stopped by a bug in Flowship"}.get(report.exit_code, "Stopped")


def _shown_headline(report: Report) -> str:
    if len(report.shown) == 1:
        (workflow,) = report.shown
        return f"{workflow.name}: {shown_line(workflow)}"
    changed = sum(workflow.compared and bool(workflow.difference.parts) for workflow in report.shown)
    compared = f", {changed or 'none'} changed" if any(workflow.compared for workflow in report.shown) else ""
    return f"{count(len(report.shown), 'workflow')}{compared}" if report.shown else "No workflows"


def shown_line(workflow: ShownWorkflow) -> str:
    """`10 nodes, 11 edges; 2 added, 1 changed, compared with commit 1a2b3c4`"""
    graph = workflow.difference.graph
    size = f"{count(len(graph.nodes), 'node')}, {count(len(graph.edges), 'edge')}"
    changes = diff_text.summary(workflow.difference) if workflow.compared else ""
    return "; ".join(filter(None, (size if graph.nodes else "no graph", changes)))


def _targets_ready(report: Report) -> str:
    return f"{sum(row.ok for row in report.doctor)} of {count(len(report.doctor), 'target')} ready"


def _lint_headline(report: Report) -> str:
    text = totals(report.findings, report.files)
    return f"{text[:1].upper()}{text[1:]}"


_HEADLINES: Mapping[str, Callable[[Report], str]] = {"doctor": _targets_ready, "lint": _lint_headline, "show": _shown_headline}


def _mode_counts(report: Report) -> str:
    if report.mode == "eval":
        return "" if report.evals else "No evals"
    if report.mode == "cleanup" or (report.mode == "preview" and not _only_planned(report)):
        return _preview_counts(report)
    if report.mode == "adopt":
        return _adopt_counts(report)
    if report.mode == "drift":
        return _drift_counts(report)
    return plan_line(report) if _only_planned(report) else _deploy_counts(report)


def _only_planned(report: Report) -> bool:
    return report.mode != "deploy" and all(outcome.outcome is None for outcome in report.outcomes)


def _deploy_counts(report: Report) -> str:
    undone = sum(outcome.outcome == "failed" and outcome.status == "rolled_back" for outcome in report.outcomes)
    severe = [(report.failed - undone, "failed"), (undone, "rolled back"), (report.unknown, "unknown")]
    parts = [f"{number} {word}" for number, word in severe if number]
    parts.append(f"{report.released} {'rolled back' if report.mode == 'rollback' else 'released'}")
    parts += _counts(report.outcomes, "imported", "created", "updated", "deleted")
    parts += _counts(report.outcomes, "held_for_release", "held_edited", "held_rolled_back", "held")
    return ", ".join(parts + _counts(report.outcomes, "skipped", "superseded", "unchanged"))


def _counts(outcomes: Iterable[Outcome], *order: Status) -> list[str]:
    """The number of outcomes with each of these statuses, in this order, without zeros."""
    totals = Counter(outcome.status for outcome in outcomes)
    return [f"{totals[status]} {status_text(status)}" for status in order if totals[status]]


def _preview_counts(report: Report) -> str:
    """`1 previewed, 2 only planned`; of a cleanup `3 deleted`."""
    tried = [outcome for outcome in report.outcomes if outcome.outcome is not None]
    parts = _counts(
        tried, "failed", "unknown", "skipped", "previewed", "imported", "released", "not_previewed", "deleted", "slot_freed", "unchanged"
    )  # fmt: skip
    parts += [f"{len(report.outcomes) - len(tried)} only planned"] * (len(tried) < len(report.outcomes))
    return ", ".join(parts) or "No preview was deleted"


def _adopt_counts(report: Report) -> str:
    """`2 adopted, 1 unchanged`"""
    counts = _counts(report.outcomes, "failed", "failed_to_plan", "skipped", "adopted", "would_adopt", "unchanged")
    return ", ".join(counts) or "Nothing to adopt"


def _drift_counts(report: Report) -> str:
    """`1 edited on the platform, 3 in sync`: differences first."""
    same = get_args(SyncStatus)
    statuses = dict.fromkeys(outcome.status for outcome in most_severe_first(report.outcomes))
    order = [*(status for status in statuses if status not in same), *same]
    return ", ".join(_counts(report.outcomes, *order)) or "No workflows"


def plan_line(report: Report) -> str:
    """`Plan: 2 to import, 1 to release, 1 held, 3 unchanged.`; a write that makes live counts as both."""
    changes = [outcome.change for outcome in report.outcomes]
    actions = [change.action for change in changes]
    releases = sum(change.writes and change.release and change.action != "delete" for change in changes)
    counts = [(actions.count("fail"), status_text("failed_to_plan"))]
    counts += [(actions.count(action), f"to {action}") for action in ("import", "create", "update")]
    counts += [(releases, "to release"), (actions.count("delete"), "to delete"), (actions.count("hold"), "held")]
    counts += [(actions.count("superseded"), "superseded"), (actions.count("unchanged"), "unchanged")]
    parts = [f"{number} {word}" for number, word in counts if number]
    return f"Plan: {', '.join(parts)}." if parts else "Plan: no workflows."
