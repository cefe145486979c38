"""Snapshots, which shorten the event log of one environment, and the records in it that do not count. Pure.

A *snapshot* is a batch that begins with `{"kind": "snapshot", "up_to": ID}` and continues with the state up to that deployment. It replaces
everything up to there; later batches, posted before or after the snapshot itself, are applied on top of it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator

from deployer.model.text import count
from deployer.state.base import EnvironmentState, ProjectState
from deployer.state.events import Event, known_event, owned
from deployer.state.github_log import EventLog
from deployer.state.replay import replay

MAX_ROUNDS = 30  # of dropping records that cover others
MAX_WORKFLOWS = 10_000  # of one snapshot, those with a record first
MAX_UNREACHABLE = 5  # commits that are named


def snapshot_events(log: EventLog, states: Iterable[ProjectState], environment: str, depth: int) -> list[Event]:
    """`states`, read from `log`, as the events of a batch. `depth`: how many releases of each workflow it keeps."""
    workflows = [(state.owner, name, record) for state in states for name, record in sorted(state.state.workflows.items())]
    workflows.sort(key=lambda workflow: workflow[2].last is None)
    known = [owned(known_event(environment, name, record, depth), owner) for owner, name, record in workflows[:MAX_WORKFLOWS]]
    return [{"kind": "snapshot", "environment": environment, "up_to": log.newest}, *known]


def without_unreachable_commits(log: EventLog, environment: str, reached: Callable[[str], bool | None]) -> tuple[EnvironmentState, tuple[str, ...]]:
    """The state without records of commits that no branch or tag reaches, and notices about them. Asks only for commits that would count."""
    events = list(log.events)
    ignored: Counter[str] = Counter()
    asked: set[str] = set()
    rounds = 0
    while True:
        state, rounds = replay(events, environment), rounds + 1
        commits = [commit for commit in dict.fromkeys(_commits(state)) if commit not in asked]
        asked.update(commits)
        unreachable = {commit for commit in commits if reached(commit) is False}
        if not unreachable or rounds == MAX_ROUNDS:
            return state, tuple(_unreachable_notices(ignored))
        events = [_without_commits(event, unreachable, ignored) for event in events]


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
    for commit, number in sorted(ignored.items())[:MAX_UNREACHABLE]:
        yield f"{count(number, 'record')} of the state did not count: no branch or tag reaches commit {commit[:7]}."
    others = dict(sorted(ignored.items())[MAX_UNREACHABLE:])
    if others:
        yield f"{count(sum(others.values()), 'record')} of the state did not count: no branch or tag reaches their {count(len(others), 'commit')}."
