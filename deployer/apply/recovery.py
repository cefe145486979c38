"""What an earlier run did and could not say any more: it was cut off between a write and its record. Whoever finds it says it for that run:
so the next one knows the workflow, and going back knows the release.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

from deployer.model.change import Change, Unchanged
from deployer.model.errors import FlowshipError
from deployer.model.fingerprint import same
from deployer.model.observation import Definition, Versions
from deployer.platforms.in_place.plan import given_back
from deployer.state.base import ROLLBACK, Entry, Intended, Ledger, Recorded


class Unsaid(NamedTuple):
    """Records to make for the run that meant `intent`. `ended`: nothing is left of that intent."""

    workflow: str
    intent: Intended
    draft: Entry | None
    live: Entry | None
    ended: bool


def say(found: Sequence[Unsaid], ledger: Ledger, environment: str, run: str) -> tuple[str, ...]:
    """Record it, but not for a run that may still do so itself. Gives back what went wrong with that. One request more on GitHub, and only
    where there is something to say."""
    if not found:
        return ()
    try:
        going = ledger.others(environment, run, [each.workflow for each in found]).ahead
        for each in found:
            if all(intent.run != each.intent.run for intent in going.get(each.workflow, ())):
                _say(each, ledger, environment, run)
    except FlowshipError as error:
        return (f"What an earlier run had done to {', '.join(each.workflow for each in found)} could not be recorded: {error.message}",)
    return ()


def _say(each: Unsaid, ledger: Ledger, environment: str, run: str) -> None:
    ledger.keep(environment, each.intent.run if each.ended else run, each.workflow, draft=each.draft, live=each.live)
    if each.ended:
        ledger.close(environment, each.intent.run, each.workflow, "done")


def find(change: Change, recorded: Recorded, host: str) -> Unsaid | None:
    """What there is to say. A rollback that was cut off is gone on with, and nothing is said for it."""
    if not recorded.open_intents or any(intent.action == ROLLBACK for intent in recorded.open_intents):
        return None
    match change.observed:
        case Versions() as seen if isinstance(change, Unchanged):
            return _imported(change, seen, recorded, host)
        case Definition() as seen:
            return _written(change, seen, recorded, host)
    return None


def _imported(change: Change, seen: Versions, recorded: Recorded, host: str) -> Unsaid | None:
    intent = _intent(change, recorded)
    if intent is None:
        return None
    entry = _entry(change, intent, host)
    is_draft = seen.draft is not None and seen.draft.version == change.version
    draft = entry if is_draft and not _knows(recorded.draft, entry) else None
    live = entry if change.live and not _knows(recorded.live, entry) else None
    return Unsaid(change.workflow.name, intent, draft, live, ended=True) if draft or live else None


def _written(change: Change, seen: Definition, recorded: Recorded, host: str) -> Unsaid | None:
    """That one of ours created it is said whatever is done to it now: nothing else tells."""
    name, known = change.workflow.name, any(each and (each.host, each.target) == (host, change.target) for each in (recorded.live, recorded.draft))
    created = next((intent for intent in recorded.open_intents if intent.action == "create" and not (known or change.workflow.id)), None)
    key = change.workflow.key if created else ""
    intent = _intent(change, recorded) if isinstance(change, Unchanged) and change.live else None
    if intent:
        entry = _entry(change, intent, host, given_back=given_back(seen), updated_at=seen.updated_at, created=key)
        return Unsaid(name, intent, None, entry, ended=True) if not _knows(recorded.live, entry) else None
    return Unsaid(name, created, _entry(change, created, host, created=key), None, ended=False) if created else None


def _intent(change: Change, recorded: Recorded) -> Intended | None:
    return next((each for each in reversed(recorded.open_intents) if same(each.fingerprint, change.fingerprint)), None)


def _knows(recorded: Entry | None, entry: Entry) -> bool:
    """Versions tell content apart on GPTBots; on meinGPT, where there are none, the fingerprint does."""
    told = recorded and (recorded.host, recorded.target, recorded.version) == (entry.host, entry.target, entry.version)
    return bool(told and recorded and (entry.version or same(recorded.fingerprint, entry.fingerprint)))


def _entry(change: Change, intent: Intended, host: str, *, given_back: str = "", updated_at: str = "", created: str = "") -> Entry:
    return Entry(
        fingerprint=intent.fingerprint,
        version=change.version or "",
        target=change.target,
        host=host,
        commit=intent.commit,
        run=intent.run,
        time=time.time_ns() // 1_000_000,
        given_back=given_back,
        updated_at=updated_at,
        created=created,
    )
