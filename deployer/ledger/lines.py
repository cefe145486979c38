"""The ledger as a sequence of facts, merged into a state: the part that every ledger shares, pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from deployer.ledger.base import Entry, Intended, Recorded, State

Fact = Mapping[str, Any]
_ENTRY_FIELDS = frozenset(field.name for field in fields(Entry))


def intent(environment: str, run: str, commit: str, plan_hash: str, intended: Mapping[str, Intended]) -> dict[str, Any]:
    return {
        "kind": "intent",
        "environment": environment,
        "run": run,
        "commit": commit,
        "plan_hash": plan_hash,
        "workflows": {name: asdict(each) for name, each in sorted(intended.items())},
    }


def kept(environment: str, run: str, workflow: str, draft: Entry | None, live: Entry | None) -> dict[str, Any]:
    entries = {name: asdict(entry) for name, entry in (("draft", draft), ("live", live)) if entry}
    return {"kind": "record", "environment": environment, "run": run, "workflow": workflow, **entries}


def closed(environment: str, run: str, workflow: str, outcome: str) -> dict[str, Any]:
    return {"kind": "outcome", "environment": environment, "run": run, "workflow": workflow, "outcome": outcome}


def merge(facts: Iterable[Fact], environment: str, notices: tuple[str, ...] = ()) -> State:
    """Facts in the order they were said; of two records of one thing the later one counts."""
    drafts: dict[str, Entry] = {}
    lives: dict[str, list[Entry]] = {}
    intents: dict[tuple[str, str], Intended] = {}
    for fact in facts:
        if fact.get("environment") != environment:
            continue
        run, workflow = str(fact.get("run")), str(fact.get("workflow"))
        match fact.get("kind"):
            case "intent":
                intents.update({(run, name): Intended(**each) for name, each in fact["workflows"].items()})
            case "record":
                drafts.update({workflow: _entry(fact["draft"])} if "draft" in fact else {})
                lives.setdefault(workflow, []).extend([_entry(fact["live"])] if "live" in fact else [])
            case "outcome":
                intents.pop((run, workflow), None)
    names = {*drafts, *lives, *(name for _, name in intents)}
    return State({name: _recorded(drafts.get(name), lives.get(name, []), _open(intents, name)) for name in names}, notices)


def _recorded(draft: Entry | None, releases: list[Entry], open_intents: tuple[Intended, ...]) -> Recorded:
    taken_back: set[str] = set()
    for release in releases:
        taken_back.discard(release.fingerprint)
        taken_back.update({release.took_back} - {""})
    return Recorded(draft, releases[-1] if releases else None, open_intents, tuple(releases), frozenset(taken_back))


def _open(intents: Mapping[tuple[str, str], Intended], workflow: str) -> tuple[Intended, ...]:
    return tuple(each for (_, name), each in intents.items() if name == workflow)


def _entry(fields_: Mapping[str, Any]) -> Entry:
    return Entry(**{name: value for name, value in fields_.items() if name in _ENTRY_FIELDS})
