"""When a pull request is previewed: only with its label, where the base branch's settings name one; and not anew when it was merely edited.

The labels are those that GitHub shows now, so a repeated or late run makes no preview that the label no longer asks for.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from deployer.github.event import FOLLOWING
from deployer.model.report import Report
from deployer.pipeline import pull_request
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.context import RunContext
from deployer.previews import targets
from deployer.previews.teardown import delete_previews, find_previewed


class MissingLabels(NamedTuple):
    """The label that the pull request lacks, by the name of the workflow whose previews need it. `known`: GitHub shows its labels now."""

    by_name: Mapping[str, str] = {}
    known: bool = False


def find_missing_labels(context: RunContext, base: BaseBranch, number: int) -> MissingLabels:
    """The labels that are missing now. GitHub is asked only where the settings name a label; where it does not answer, the event's count."""
    entries = base.manifest.entries if base.manifest else ()
    wanted = {entry.name: entry.preview_label for entry in entries if entry.preview_label and entry.preview_keys}
    pull = pull_request.seen_now(context, number).pull if wanted else None
    labels = pull.labels if pull else context.event.labels
    return MissingLabels({name: label for name, label in wanted.items() if label.lower() not in labels}, pull is not None)


def reasons_against(context: RunContext, base: BaseBranch, changed: Collection[str], missing: MissingLabels, number: int) -> dict[str, str]:
    """Why a changed workflow is not previewed in this run, by name."""
    reasons = {
        name: f"pull request {number} does not have the label {missing.by_name[name]!r}, which `preview.label` names"
        for name in changed
        if name in missing.by_name
    }
    if context.settings.mode != "auto" or context.event.action not in FOLLOWING or base.manifest is None:
        return reasons
    free = {entry.name for entry in base.manifest.entries if entry.name in changed and not entry.preview_label}
    unpreviewed = free - find_previewed(context, base, number, free)
    return reasons | dict.fromkeys(unpreviewed, f"it has no preview yet, and none is made when a pull request is {context.event.action}")


def without_label(context: RunContext, base: BaseBranch, report: Report, missing: MissingLabels, number: int) -> Report:
    """The report, with the previews deleted that the pull request has under a label that it lacks by now."""
    names: Collection[str] = missing.by_name
    if not names or context.event.fork or not context.settings.credentials.keys:
        return report
    if context.event.action != "unlabeled":  # its run may have been dropped from the queue for this one
        names = find_previewed(context, base, number, names) if missing.known else ()
    if not names:
        return report
    deleted = delete_previews(context, base, lambda numbers: numbers & {number}, names, "its pull request no longer has the label")
    return targets.merge_report(report, deleted.outcomes, deleted.notices, deleted.requests)
