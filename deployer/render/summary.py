"""The texts of a report, for every rendering: what each status code means, headline, next steps. The one place that turns codes into texts.

Our own words and counts only: nothing here needs escaping but versions, warnings and failures, which may be the platform's words.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from deployer.model.exit_codes import has_errors
from deployer.model.failure import Failure
from deployer.model.finding import Finding
from deployer.model.outcome import Outcome, Status
from deployer.model.report import DoctorRow, Report
from deployer.model.text import count, first_names
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
_REQUEST = re.compile(r" \((?:GET|POST|PUT|PATCH|DELETE) [^()]*\)$")  # at the end of a platform's error
MAX_NAMES = 20  # of workflows that failed in the same way
READS = ("lint", "plan", "drift", "doctor", "show")  # the modes that write nothing
SEVERE = ("failed", "unknown", "skipped", "held", "done", None)


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


def same_failures(outcomes: Iterable[Outcome]) -> list[list[Outcome]]:
    """The outcomes in their order, those that failed in the same way (status, code, message and fix) together at the place of the first.

    A platform's error names the request. Where only that differs, the group's error is the same without it.
    """
    groups: dict[object, list[Outcome]] = {}
    for outcome in outcomes:
        key = (outcome.status, _without_request(outcome.error)) if outcome.error and not warning(outcome) else (id(outcome),)
        groups.setdefault(key, []).append(outcome)
    return [_with_one_error(group) for group in groups.values()]


def _with_one_error(group: list[Outcome]) -> list[Outcome]:
    if len({outcome.error for outcome in group}) == 1:
        return group
    return [replace(outcome, error=outcome.error and _without_request(outcome.error)) for outcome in group]


def _without_request(error: Failure) -> Failure:
    return replace(error, message=_REQUEST.sub("", error.message))


def same_problems(rows: Iterable[DoctorRow]) -> list[list[DoctorRow]]:
    """The same of `doctor`: rows with the same problem together, and ready ones of an environment with the same facts."""
    groups: dict[object, list[DoctorRow]] = {}
    for row in rows:
        key = (row.platform, row.problem) if row.problem else (row.platform, row.environment, row.facts)
        groups.setdefault((id(row),) if row.target else key, []).append(row)
    return list(groups.values())


def names_of(group: Iterable[Outcome | DoctorRow]) -> str:
    """`triage`, `triage, onboarding and 3 more workflows`."""
    names = list(dict.fromkeys(row.workflow if isinstance(row, DoctorRow) else row.change.workflow.name for row in group))
    if len(names) <= MAX_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:MAX_NAMES])} and {count(len(names) - MAX_NAMES, 'more workflow')}"


def listed_findings(report: Report) -> tuple[Finding, ...]:
    """The findings to show one by one. Notes are listed only where that was asked for; else they are counted (`unlisted_notes`)."""
    return tuple(finding for finding in report.findings if report.notes or finding.severity != "info")


def unlisted_notes(report: Report) -> str:
    """The number of notes that are not listed, as a sentence; "" when there are none."""
    left_out = len(report.findings) - len(listed_findings(report))
    return f"{count(left_out, 'note')} on the files: `notes: true` shows them." if left_out else ""


def next_steps(report: Report) -> tuple[str, ...]:
    """What a person must do next; empty when there is nothing to do, and for another plan than the approved one, whose fix says it."""
    if report.problem and report.problem.code == "plan-changed":
        return ()
    steps = _after_failures(report)
    if any(outcome.change.restored and outcome.live for outcome in report.outcomes):
        steps.append("Correct the file and release it. What was rolled back is released again only with `release: force`.")
    drifted = {outcome.status for outcome in report.outcomes if outcome.change.action == "drift"}
    if "modified" in drifted:
        steps.append("Copy the edits into the files, or release the files over them with `on-drift: overwrite`.")
    if "missing" in drifted:
        steps.append("A release creates a missing workflow again, if the platform allows it. If it was not deleted, check the key.")
    steps += _waiting(report)
    adopted = [outcome for outcome in report.outcomes if outcome.change.action == "adopt" and outcome.outcome == "done"]
    if any(outcome.change.observed.exists for outcome in adopted):  # of the others there is no file yet, as a notice says
        steps.append("Read the files and run `flowship plan`: it lists what was adopted as unchanged. Then commit the files and the manifest.")
    if is_plan(report) and report.plan_hash and report.changed and not _has_unseen(report):
        steps.append(f"To apply exactly this plan, give its hash to `plan-hash` in a {'rollback' if report.mode == 'rollback' else 'deploy'}.")
    return tuple(steps)


def _after_failures(report: Report) -> list[str]:
    steps: list[str] = []
    errors = sum(finding.severity == "error" for finding in report.findings)
    if report.unknown:
        them = "this workflow" if report.unknown == 1 else f"these {report.unknown} workflows"
        steps.append(f"Look at {them} in the platform's console: it is unknown whether the change arrived. Then run again.")
    if errors:
        then = "before you deploy them" if report.mode == "adopt" else "and run again"
        steps.append(f"Correct {count(errors, 'error')} in the files {then}.")
    if report.failed:
        steps.append(f"Fix the failures above and run again.{'' if is_plan(report) or report.mode in READS else ' Finished workflows are skipped.'}")
    return steps + evals_summary.next_steps(report.evals)


def release_line(report: Report) -> str:
    """The first line of a plan: what will go live, and why; "" of other reports, and where an error kept the run from planning."""
    stopped = not report.outcomes and (report.problem or has_errors(report.findings))
    if report.mode != "plan" or not report.release_why or stopped:
        return ""
    names = [outcome.change.workflow.name for outcome in report.outcomes if outcome.change.release and outcome.change.writes]
    if names:
        return f"Goes live in {report.environment}: {first_names(names)} ({report.release_why})."
    return f"Nothing goes live in {report.environment}: {'no change needs a release' if report.release else report.release_why}."


def _waiting(report: Report) -> list[str]:
    """The steps that make drafts and held workflows live, and delete those that no file stands for; none when nothing waits."""
    drafts = sum(outcome.status == "imported" and not outcome.change.preview for outcome in report.outcomes)
    changes = [outcome.change for outcome in report.outcomes if outcome.status == "held_for_release"]
    pruned = sum(not change.workflow.path for change in changes)
    held = len(changes) - pruned
    if report.mode not in ("plan", "preview") and (drafts or changes) and not report.release:
        parts = [count(drafts, "draft")] * bool(drafts) + [count(held, "held workflow")] * bool(held)
        tag = "push a release tag, or " if report.release_policy in ("", "on-tag", "always") else ""
        steps = [f"To make {' and '.join(parts)} live: {tag}run again with `release: always`."] * bool(parts)
        return steps + [f"To delete {count(pruned, 'held workflow')}: run again with `prune: true` and `release: always`."] * bool(pruned)
    if report.held and report.release:
        return [f"{count(report.held, 'workflow')} held although a release was requested: read the reason beside each name."]
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
