"""What was read of one environment's deployments, put in order: pure.

A *snapshot* is a parcel that begins with `{"kind": "snapshot", "upto": ID}` and goes on with all that was known up to that deployment.
It stands for everything up to there; what came later, before or after the snapshot itself, is merged on top of it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from deployer.model.text import count
from deployer.state import events, github_payload
from deployer.state.base import EnvironmentState
from deployer.state.events import Event

Parts = Mapping[int, github_payload.PayloadPart | None]  # by deployment; None: not of our shape


class EventLog(NamedTuple):
    """`facts` in the order they were said, the snapshot's first. `base`: up to which deployment that one speaks, 0 without one.

    `upto`: the newest deployment seen; `later`: how many there are after `base`; `torn`: how many parcels lack a part or cannot be
    read; `foreign`: how many others made; `cut`: there is more, unread.
    """

    facts: tuple[Event, ...] = ()
    base: int = 0
    upto: int = 0
    later: int = 0
    torn: int = 0
    foreign: int = 0
    cut: bool = False


def assemble(seen: Parts, *, since: int | None = None) -> EventLog:
    """Whole parcels, in the order of their last parts. `since`: only what was said in so many words after that deployment, no snapshot."""
    parcels: dict[str, dict[int, tuple[int, github_payload.PayloadPart]]] = {}
    for id_, part in sorted(seen.items()):
        if part is not None:
            parcels.setdefault(part.parcel, {})[part.number] = (id_, part)
    whole: list[tuple[int, list[Event]]] = []
    for numbered in parcels.values():
        facts = github_payload.unpack([part for _, part in numbered.values()])
        if facts is not None:
            whole.append((max(id_ for id_, _ in numbered.values()), facts))
    whole.sort(key=lambda each: each[0])
    base, held = _newest_snapshot(whole) if since is None else (since, [])
    later = [fact for id_, facts in whole if id_ > base and not _upto(facts) for fact in facts]
    torn = len(parcels) - len(whole) + sum(part is None for part in seen.values())
    return EventLog((*held, *later), base, max(seen, default=0), sum(id_ > base for id_ in seen), torn)


def snapshot(shelf: EventLog, state: EnvironmentState, environment: str, depth: int) -> list[Event]:
    """All that `state` knows, as the facts of a parcel. `depth`: how many releases of each workflow are carried on."""
    known = [events.known(environment, name, recorded, depth) for name, recorded in sorted(state.workflows.items())]
    return [{"kind": "snapshot", "environment": environment, "upto": shelf.upto}, *known]


def without_unreachable_commits(shelf: EventLog, environment: str, reached: Callable[[str], bool | None]) -> tuple[EnvironmentState, tuple[str, ...]]:
    """The state without records of commits that no branch or tag reaches, and notices of them. Only commits that would count are asked for."""
    facts = list(shelf.facts)
    ignored: Counter[str] = Counter()
    asked: set[str] = set()
    while True:
        state = events.merge(facts, environment)
        new = {commit for commit in _commits(state) if commit not in asked}
        asked |= new
        lost = {commit for commit in new if reached(commit) is False}
        if not lost:
            return state, tuple(_unreached(ignored))
        facts = [_without(fact, lost, ignored) for fact in facts]


def _newest_snapshot(whole: list[tuple[int, list[Event]]]) -> tuple[int, list[Event]]:
    best = max((facts for _, facts in whole), key=_upto, default=[])
    return (_upto(best), best[1:]) if _upto(best) else (0, [])


def _upto(facts: list[Event]) -> int:
    """Up to which deployment these facts are a snapshot; 0 when they are none."""
    return int(facts[0]["upto"]) if facts and facts[0].get("kind") == "snapshot" else 0


def _commits(state: EnvironmentState) -> Iterator[str]:
    for recorded in state.workflows.values():
        yield from (entry.commit for entry in (recorded.draft, recorded.live) if entry and entry.commit)


def _without(fact: Event, lost: Collection[str], ignored: Counter[str]) -> Event:
    """The fact without its entries of these commits."""
    if fact.get("kind") == "known":
        entries = [fact["draft"], *fact["releases"]]
        ignored.update(entry["commit"] for entry in entries if entry and entry.get("commit") in lost)
        draft = fact["draft"] if fact["draft"] and fact["draft"].get("commit") not in lost else None
        return {**fact, "draft": draft, "releases": [entry for entry in fact["releases"] if entry.get("commit") not in lost]}
    if fact.get("kind") != "record":
        return fact
    gone = [name for name in ("draft", "live") if name in fact and fact[name].get("commit") in lost]
    ignored.update(fact[name]["commit"] for name in gone)
    return {name: value for name, value in fact.items() if name not in gone}


def _unreached(ignored: Counter[str]) -> Iterator[str]:
    for commit, number in sorted(ignored.items()):
        yield f"{count(number, 'record')} of the state did not count: no branch or tag reaches commit {commit[:7]}."
