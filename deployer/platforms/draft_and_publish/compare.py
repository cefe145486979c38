"""Drift where a platform keeps versions: whether the newest and the live version are those that were deployed last. Pure."""

from typing import Any

from deployer.model.change import Change, Drift, InSync
from deployer.model.observation import Observed, Version
from deployer.state.base import WorkflowRecord


def compare(common: dict[str, Any], observed: Observed, record: WorkflowRecord) -> Change:
    """`common`: the fields of the change."""
    live, draft = record.live, record.draft
    is_live = live is not None and observed.live is not None and observed.live.version == live.version
    common |= {"version": live.version if live else draft.version if draft else None}
    listed = {version.version for version in observed.versions}
    lost = [entry.version for entry in (live, draft) if entry and entry.version not in listed]
    if lost:
        return Drift(**common, status="missing", live=is_live, warning=f"Version {lost[0]} is not in the list any more.")
    differences = [*_live_differences(observed, record), *_draft_differences(observed, record)]
    if differences:
        return Drift(**common, status="modified", live=is_live, warning=" ".join(differences))
    return InSync(**common, status="in_sync", live=live is not None)


def _live_differences(observed: Observed, record: WorkflowRecord) -> list[str]:
    """What was recorded as live is live, and nothing of ours went live by itself. Where we never released, what is live was there before."""
    live, published = record.live, observed.live
    if published is None:
        return [f"Nothing is live any more; {live.version} was released."] if live else []
    if _intended(published, record, released=True):
        return []
    if live and published.version != live.version:
        return [f"Version {published.version} is live{_origin(published, record)}; {live.version} was released last."]
    if live is None and record.draft and published.version == record.draft.version:
        return [f"Version {published.version} is live, and no release of it is recorded."]
    return []


def _draft_differences(observed: Observed, record: WorkflowRecord) -> list[str]:
    """Nothing newer than what was imported last was made elsewhere."""
    last, draft = record.draft, observed.draft
    if last is None or draft is None or draft.version == last.version or draft.published or _intended(draft, record):
        return []
    return [f"The draft {draft.version} is newer than {last.version}, which was imported last{_origin(draft, record)}."]


def _origin(version: Version, record: WorkflowRecord) -> str:
    if any(entry.version == version.version for entry in record.releases):
        return ", an earlier release"
    return "" if version.marker else ", and was not made by Flowship"


def _intended(version: Version, record: WorkflowRecord, *, released: bool = False) -> bool:
    """Whether a run that did not finish made it, or made it live: the next deploy will record it."""
    intents = (intent for intent in record.open_intents if intent.release or not released)
    return any(version.marker and version.marker.marks(intent.fingerprint) for intent in intents)
