"""The texts of a report, for every rendering: what each status code means, headline, next steps. The one place that turns codes into texts.

Our own words and counts only: nothing here needs escaping but versions, warnings and failures, which may be the platform's words.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import get_args

from deployer.model.change import SyncStatus
from deployer.model.failure import Failure
from deployer.model.finding import SEVERITIES, Finding
from deployer.model.outcome import Outcome, Status
from deployer.model.report import Report
from deployer.model.text import count
from deployer.render import evals_summary

TEXTS: Mapping[Status, str] = {
    "would_import": "would be imported as draft",
    "would_import_and_release": "would be imported and released",
    "would_create": "would be created",
    "would_update": "would be updated",
    "would_release": "would be released",
    "would_delete": "would be deleted",
    "would_adopt": "would be adopted",
    "would_roll_back": "would be rolled back",
    "held_for_release": "held for the next release",
    "held_edited": "held: edited elsewhere",
    "held_rolled_back": "held: rolled back",
    "imported": "imported as draft",
    "undetermined": "cannot tell",
    "modified": "edited on the platform",
    "missing": "gone",
}
SEVERE = ("failed", "unknown", "skipped", "held", "done", None)
MAX_LIVE_NAMES = 5  # in the first line of a plan


def status_text(status: Status) -> str:
    """A status in a word or three: `released`, `held`, `imported as draft`, `unchanged`."""
    return TEXTS.get(status, status.replace("_", " "))


def state(outcome: Outcome) -> str:
    """The text of a workflow's status."""
    return status_text(outcome.status)


def failure_text(failure: Failure) -> str:
    """`403202: The file is not a workflow.`"""
    return f"{failure.code}: {failure.message}" if failure.code else failure.message


def preview_location(outcome: Outcome) -> str:
    """Where a preview is: the copy's name, or the name of the slot's key. "" where there is none to try."""
    preview = outcome.change.preview
    if preview is None or preview.ended or outcome.outcome != "done":
        return ""
    return outcome.location or preview.location


def preview_limitations(outcome: Outcome) -> str:
    """What a preview lacks of the workflow; "" when nothing."""
    return outcome.limitations or (outcome.change.preview.limitations if outcome.change.preview else "")


def version(outcome: Outcome) -> str | None:
    return outcome.version or outcome.change.version


def previous(outcome: Outcome) -> str | None:
    return outcome.previous_version or outcome.change.previous_version


def target(outcome: Outcome) -> str:
    return outcome.target or outcome.change.target


def warning(outcome: Outcome) -> str | None:
    return outcome.warning or outcome.change.warning


def live(outcome: Outcome) -> bool:
    """Whether the wanted content is live; in a plan, whether it was when it was observed."""
    return outcome.change.live if outcome.outcome is None else outcome.live


def live_or_draft(outcome: Outcome) -> str:
    """Where the wanted content is: `live`, `in preview`, `draft`, `not yet`, `no longer`; "-" where the question does not arise."""
    if live(outcome):
        return "in preview" if outcome.change.preview else "live"
    if outcome.change.action in ("superseded", "drift", "delete", "adopt"):
        return "-"
    if outcome.outcome == "unknown" or outcome.change.action == "fail":
        return "unknown"
    if outcome.status == "rolled_back":
        return "no longer"
    return "draft" if version(outcome) else "not yet"


def most_severe_first(outcomes: tuple[Outcome, ...]) -> list[Outcome]:
    """Failed, unknown, skipped, held, done; each in the order given."""
    return sorted(outcomes, key=lambda outcome: SEVERE.index(outcome.outcome))


def headline(report: Report) -> str:
    """The outcome in one line: `3 released, 1 held for the next release`."""
    errors = sum(finding.severity == "error" for finding in report.findings)
    if report.mode == "nothing":
        return "Nothing to do"
    if report.problem and not report.outcomes:
        return {2: "Stopped before any write", 3: "Stopped by a bug in Flowship"}.get(report.exit_code, "Stopped")
    if report.mode == "doctor":
        return f"{sum(row.ok for row in report.doctor)} of {count(len(report.doctor), 'target')} ready"
    if report.mode == "lint":
        return _finding_counts(report)
    if errors and not report.outcomes:
        return f"Nothing was written: {count(errors, 'error')} in the files"
    counts = ", ".join(filter(None, [_mode_counts(report), evals_summary.headline(report.evals)]))
    return f"Stopped early: {counts}" if report.problem else counts


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


def listed_findings(report: Report) -> tuple[Finding, ...]:
    """The findings to show one by one. Notes are listed by `lint` only; elsewhere they are counted (`unlisted_notes`)."""
    return tuple(finding for finding in report.findings if report.mode == "lint" or finding.severity != "info")


def unlisted_notes(report: Report) -> str:
    """The number of notes that are not listed, as a sentence; "" when there are none."""
    left_out = len(report.findings) - len(listed_findings(report))
    return f"{count(left_out, 'note')} on the files: `flowship lint` lists them." if left_out else ""


def _finding_counts(report: Report) -> str:
    totals = Counter(finding.severity for finding in report.findings)
    nouns = {"error": "error", "warning": "warning", "info": "note"}
    return ", ".join(count(totals[severity], nouns[severity]) for severity in SEVERITIES if totals[severity]) or "No findings"


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
    """`Plan: 2 to import, 1 to release, 1 held, 3 unchanged.`; an import that releases counts as both."""
    changes = [outcome.change for outcome in report.outcomes]
    actions = [change.action for change in changes]
    releases = sum(change.action == "release" or (change.action == "import" and change.release) for change in changes)
    counts = [(actions.count("fail"), status_text("failed_to_plan"))]
    counts += [(actions.count(action), f"to {action}") for action in ("import", "create", "update")]
    counts += [(releases, "to release"), (actions.count("delete"), "to delete"), (actions.count("hold"), "held")]
    counts += [(actions.count("superseded"), "superseded"), (actions.count("unchanged"), "unchanged")]
    parts = [f"{number} {word}" for number, word in counts if number]
    return f"Plan: {', '.join(parts)}." if parts else "Plan: no workflows."


def next_steps(report: Report) -> tuple[str, ...]:
    """What a person must do next; empty when there is nothing to do."""
    steps = _after_failures(report)
    if any(outcome.change.restored and outcome.live for outcome in report.outcomes):
        steps.append("What was rolled back is only released again with `release: force`. Correct the file, and release that.")
    if any(outcome.change.action == "drift" for outcome in report.outcomes):
        steps.append(
            "Bring what was edited into the files, or release what is in them. A release creates what is gone, where the platform allows it."
        )
    steps += _waiting(report)
    if any(outcome.change.action == "adopt" and outcome.outcome == "done" for outcome in report.outcomes):
        steps.append("Look at the files and run `flowship plan`: what was adopted is unchanged. Then commit them with the manifest.")
    if is_plan(report) and report.plan_hash and report.changed and not _has_unseen(report):
        steps.append(f"To apply exactly this plan, give its hash to `plan-hash` in a {'rollback' if report.mode == 'rollback' else 'deploy'}.")
    return tuple(steps)


def _after_failures(report: Report) -> list[str]:
    steps: list[str] = []
    errors = sum(finding.severity == "error" for finding in report.findings)
    if report.unknown:
        them = "this workflow" if report.unknown == 1 else f"these {report.unknown} workflows"
        steps.append(f"A person must look at {them} in the platform's console: whether the change arrived is unknown. Then run again.")
    if errors:
        then = "before you deploy them" if report.mode == "adopt" else "and run again"
        steps.append(f"Correct {count(errors, 'error')} in the files {then}.")
    if report.failed:
        steps.append("Fix the failures above and run again. Finished workflows are skipped.")
    return steps + evals_summary.next_steps(report.evals)


def release_line(report: Report) -> str:
    """The first line of a plan: what will go live, and why; "" of other reports."""
    if report.mode != "plan" or not report.release_why:
        return ""
    names = [outcome.change.workflow.name for outcome in report.outcomes if outcome.change.release and outcome.change.writes]
    if names:
        more = f" and {len(names) - MAX_LIVE_NAMES} more" if len(names) > MAX_LIVE_NAMES else ""
        return f"Goes live in {report.environment}: {', '.join(names[:MAX_LIVE_NAMES])}{more} ({report.release_why})."
    return f"Nothing goes live in {report.environment}: {'no change needs a release' if report.release else report.release_why}."


def _waiting(report: Report) -> list[str]:
    """The step that makes drafts and held workflows live; none when nothing waits."""
    drafts = sum(outcome.status == "imported" and not outcome.change.preview for outcome in report.outcomes)
    held = sum(outcome.status == "held_for_release" for outcome in report.outcomes)
    if report.mode not in ("plan", "preview") and (drafts or held) and not report.release:
        parts = [count(drafts, "draft")] * bool(drafts) + [f"{held} held"] * bool(held)
        tag = "push a tag that releases, or " if report.release_policy in ("", "on-tag", "always") else ""
        return [f"To make live what waits ({', '.join(parts)}): {tag}run again with the input `release: always`."]
    if report.held and report.release:
        return [f"{count(report.held, 'workflow')} held although a release was asked for: read the reason beside each."]
    return []


def is_plan(report: Report) -> bool:
    """Whether the run was only to show what would be done."""
    tried = any(outcome.outcome is not None for outcome in report.outcomes)
    return report.mode == "plan" or (report.mode == "rollback" and not tried and not report.problem)


def _has_unseen(report: Report) -> bool:
    """Whether a workflow was planned that could not be observed. A deploy, which observes it, will have another plan hash."""
    return any(not (outcome.change.observed.readable or outcome.change.observed.failure) for outcome in report.outcomes)


def request_lines(report: Report) -> tuple[str, ...]:
    """One line per platform: its name, `3 requests, budget left 57`; in a plan also what applying it needs."""
    lines = []
    for platform in sorted({*report.requests, *report.requests_needed}):
        used, needed = report.requests.get(platform), report.requests_needed.get(platform)
        parts = [count(used.count, "request")] if used else []
        parts += [f"{needed} more needed to apply"] if needed is not None and is_plan(report) else []
        parts += [f"budget left {used.remaining}"] if used and used.remaining is not None else []
        lines.append(f"{platform}: {', '.join(parts)}")
    return tuple(lines)
