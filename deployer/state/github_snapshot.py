"""The event log of one environment, assembled from its deployments; and snapshots, which shorten it. Pure.

A *snapshot* is a batch that begins with `{"kind": "snapshot", "up_to": ID}` and continues with the state up to that deployment. It replaces
everything up to there; later batches, posted before or after the snapshot itself, are applied on top of it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from deployer.model.text import count
from deployer.state.base import EnvironmentState, ProjectState
from deployer.state.events import Event, known_event, owned
from deployer.state.github_payload import PayloadPart, unpack
from deployer.state.replay import replay

Parts = Mapping[int, PayloadPart | None]  # by deployment id; None: not our shape


class EventLog(NamedTuple):
    """`events` in the order in which they were recorded, the snapshot's first. `base`: up to which deployment the snapshot goes, 0 without one.

    `newest`: id of the newest deployment; `later`: number of deployments after `base`; `torn`: number of batches that lack a part or cannot
    be read; `foreign`: number of deployments that others made; `truncated`: older deployments were not read.
    """

    events: tuple[Event, ...] = ()
    base: int = 0
    newest: int = 0
    later: int = 0
    torn: int = 0
    foreign: int = 0
    truncated: bool = False


def assemble(parts: Parts, *, since: int | None = None) -> EventLog:
    """The complete batches, in the order of their last parts. `since`: only those after that deployment, without snapshots."""
    batches: dict[str, dict[int, tuple[int, PayloadPart]]] = {}
    for id_, part in sorted(parts.items()):
        if part is not None:
            batches.setdefault(part.batch, {})[part.number] = (id_, part)
    complete: list[tuple[int, list[Event]]] = []
    for numbered in batches.values():
        events = unpack([part for _, part in numbered.values()])
        if events is not None:
            complete.append((max(id_ for id_, _ in numbered.values()), events))
    complete.sort(key=lambda batch: batch[0])
    base, snapshot_events = _newest_snapshot(complete) if since is None else (since, [])
    later = [event for id_, events in complete if id_ > base and not _snapshot_up_to(events) for event in events]
    torn = len(batches) - len(complete) + sum(part is None for part in parts.values())
    return EventLog((*snapshot_events, *later), base, max(parts, default=0), sum(id_ > base for id_ in parts), torn)


def snapshot_events(log: EventLog, states: Iterable[ProjectState], environment: str, depth: int) -> list[Event]:
    """`states`, read from `log`, as the events of a batch. `depth`: how many releases of each workflow it keeps."""
    known = [
        owned(known_event(environment, name, record, depth), state.owner)
        for state in states
        for name, record in sorted(state.state.workflows.items())
    ]
    return [{"kind": "snapshot", "environment": environment, "up_to": log.newest}, *known]


def without_unreachable_commits(log: EventLog, environment: str, reached: Callable[[str], bool | None]) -> tuple[EnvironmentState, tuple[str, ...]]:
    """The state without records of commits that no branch or tag reaches, and notices about them. Asks only for commits that would count."""
    events = list(log.events)
    ignored: Counter[str] = Counter()
    asked: set[str] = set()
    while True:
        state = replay(events, environment)
        commits = [commit for commit in dict.fromkeys(_commits(state)) if commit not in asked]
        asked.update(commits)
        unreachable = {commit for commit in commits if reached(commit) is False}
        if not unreachable:
            return state, tuple(_unreachable_notices(ignored))
        events = [_without_commits(event, unreachable, ignored) for event in events]


def _newest_snapshot(batches: list[tuple[int, list[Event]]]) -> tuple[int, list[Event]]:
    newest = max((events for _, events in batches), key=_snapshot_up_to, default=[])
    return (_snapshot_up_to(newest), newest[1:]) if _snapshot_up_to(newest) else (0, [])


def _snapshot_up_to(events: list[Event]) -> int:
    """Up to which deployment these events are a snapshot; 0 when they are none."""
    return int(events[0]["up_to"]) if events and events[0].get("kind") == "snapshot" else 0


def _commits(state: EnvironmentState) -> Iterator[str]:
    for workflow in state.workflows.values():
        yield from (record.commit for record in (workflow.draft, workflow.live) if record and record.commit)


def _without_commits(event: Event, unreachable: Collection[str], ignored: Counter[str]) -> Event:
    """The event without its records of these commits, which are counted in `ignored`."""
    if event.get("kind") == "known":
        records = [event["draft"], *event["releases"]]
        ignored.update(record["commit"] for record in records if record and record.get("commit") in unreachable)
        draft = event["draft"] if event["draft"] and event["draft"].get("commit") not in unreachable else None
        return {**event, "draft": draft, "releases": [release for release in event["releases"] if release.get("commit") not in unreachable]}
    if event.get("kind") != "record":
        return event
    dropped = [name for name in ("draft", "live") if name in event and event[name].get("commit") in unreachable]
    ignored.update(event[name]["commit"] for name in dropped)
    return {name: value for name, value in event.items() if name not in dropped}


def _unreachable_notices(ignored: Counter[str]) -> Iterator[str]:
    for commit, number in sorted(ignored.items()):
        yield f"{count(number, 'record')} of the state did not count: no branch or tag reaches commit {commit[:7]}."
