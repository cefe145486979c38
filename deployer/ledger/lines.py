"""The ledger as a sequence of facts, merged into a state: the part that every ledger shares, pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from deployer.domain.fingerprint import same
from deployer.ledger.base import ROLLBACK, Entry, Intended, Recorded, State

Fact = Mapping[str, Any]
WITHOUT_EFFECT = ("failed", "skipped", "held")
_ENTRY_FIELDS = frozenset(field.name for field in fields(Entry))
_SAID = ("action", "fingerprint", "attempt")


def intent(environment: str, run: str, commit: str, plan_hash: str, intended: Mapping[str, Intended]) -> dict[str, Any]:
    return {
        "kind": "intent",
        "environment": environment,
        "run": run,
        "commit": commit,
        "plan_hash": plan_hash,
        "workflows": {name: _said(each) for name, each in sorted(intended.items())},
    }


def kept(environment: str, run: str, workflow: str, draft: Entry | None, live: Entry | None) -> dict[str, Any]:
    entries = {name: asdict(entry) for name, entry in (("draft", draft), ("live", live)) if entry}
    return {"kind": "record", "environment": environment, "run": run, "workflow": workflow, **entries}


def forgotten(environment: str, run: str, workflow: str) -> dict[str, Any]:
    return {"kind": "forgotten", "environment": environment, "run": run, "workflow": workflow}


def closed(environment: str, run: str, workflow: str, outcome: str) -> dict[str, Any]:
    return {"kind": "outcome", "environment": environment, "run": run, "workflow": workflow, "outcome": outcome}


def known(environment: str, workflow: str, recorded: Recorded, depth: int) -> dict[str, Any]:
    """All that is known of one workflow as one fact, which stands for every fact before it. `depth`: how many releases to carry on."""
    return {
        "kind": "known",
        "environment": environment,
        "workflow": workflow,
        "draft": _short(recorded.draft) if recorded.draft else None,
        "releases": [_short(entry) for entry in recorded.releases[-depth:]],
        "taken_back": sorted(recorded.taken_back),
        "open": [{**_said(each), "run": each.run, "commit": each.commit} for each in recorded.open_intents],
    }


def is_fact(fact: object) -> bool:
    """Can this be read as a fact? A file that somebody edited by hand may hold anything."""
    if not isinstance(fact, dict):
        return False
    try:
        merge([fact], fact["environment"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return True


def merge(facts: Iterable[Fact], environment: str, notices: tuple[str, ...] = ()) -> State:
    """Facts in the order they were said; of two records of one thing the later one counts."""
    found: dict[str, _Workflow] = {}
    plans: dict[str, dict[str, Intended]] = {}
    for fact in facts:
        if fact.get("environment") != environment:
            continue
        if fact.get("kind") == "intent":
            said = {name: Intended(**{key: each[key] for key in _SAID}) for name, each in fact["workflows"].items()}
            plans.setdefault(str(fact.get("plan_hash", "")), {}).update(said)
            for name, each in fact["workflows"].items():
                found.setdefault(name, _Workflow()).intend(each, str(fact.get("run")), str(fact.get("commit", "")))
        else:
            found.setdefault(str(fact.get("workflow")), _Workflow()).learn(fact)
    return State({name: each.recorded() for name, each in found.items() if each.recorded() != Recorded()}, notices, plans)


def rivals(facts: Sequence[Fact], environment: str, run: str, workflows: Collection[str]) -> dict[str, str]:
    """See `deployer.ledger.base.Ledger.rivals`. Facts in the order they were said."""
    ours = [place for place, fact in enumerate(facts) if _is_intent(fact, environment) and fact.get("run") == run]
    if not ours:
        return {}
    found: dict[str, dict[str, bool]] = {}  # by workflow, runs in the order of their intents, and whether each left a record
    for fact in facts[ours[0] + 1 :]:
        other = str(fact.get("run"))
        if fact.get("environment") != environment or other == run:
            continue
        if _is_intent(fact, environment):
            for name in fact["workflows"]:
                found.setdefault(name, {})[other] = False
            continue
        runs = found.get(str(fact.get("workflow")), {})
        if other in runs and fact.get("kind") in ("record", "forgotten"):
            runs[other] = True
        elif runs.get(other) is False and fact.get("outcome") in WITHOUT_EFFECT:
            del runs[other]
    return {name: list(runs)[-1] for name, runs in found.items() if runs and name in workflows}


class _Workflow:
    """What the facts so far say of one workflow."""

    def __init__(self) -> None:
        self.draft: Entry | None = None
        self.releases: list[Entry] = []
        self.taken_back: set[str] = set()
        self.intents: dict[str, Intended] = {}

    def intend(self, said: Mapping[str, Any], run: str, commit: str) -> None:
        self.intents.pop(run, None)
        self.intents[run] = replace(Intended(**{name: said[name] for name in _SAID}), run=run, commit=commit)

    def learn(self, fact: Fact) -> None:
        match fact.get("kind"):
            case "record":
                self._record(fact)
            case "forgotten":
                self.draft, self.releases, self.taken_back = None, [], set()
                self._close_others(str(fact.get("run")))
            case "outcome":
                self.intents.pop(str(fact.get("run")), None)
            case "known":
                self.draft = _entry(fact["draft"]) if fact["draft"] else None
                self.releases = [_entry(each) for each in fact["releases"]]
                self.taken_back = set(fact["taken_back"])
                self.intents = {}
                for each in fact["open"]:
                    self.intend(each, each["run"], each["commit"])

    def _record(self, fact: Fact) -> None:
        self._close_others(str(fact.get("run")))
        if "draft" in fact:
            self.draft = self._ours(_entry(fact["draft"]))
        if "live" in fact:
            release = self._ours(_entry(fact["live"]))
            self.releases.append(release)
            said = self.intents.get(str(fact.get("run")))
            if said and said.action == ROLLBACK:
                del self.intents[said.run]  # that was its one step
            self.taken_back = {each for each in self.taken_back if not same(each, release.fingerprint)} | ({release.took_back} - {""})

    def _ours(self, entry: Entry) -> Entry:
        """What was said once of a target, that we made it, stays true of it."""
        before = (each.created for each in (self.draft, *self.releases[-1:]) if each and each.target == entry.target)
        return replace(entry, created=entry.created or next(filter(None, before), ""))

    def _close_others(self, run: str) -> None:
        """Who leaves a record has looked at what earlier runs left."""
        self.intents = {other: each for other, each in self.intents.items() if other == run}

    def recorded(self) -> Recorded:
        live = self.releases[-1] if self.releases else None
        return Recorded(self.draft, live, tuple(self.intents.values()), tuple(self.releases), frozenset(self.taken_back))


def _is_intent(fact: Fact, environment: str) -> bool:
    return fact.get("kind") == "intent" and fact.get("environment") == environment


def _said(each: Intended) -> dict[str, str]:
    return {"action": each.action, "fingerprint": each.fingerprint, "attempt": each.attempt}


def _short(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if value}


def _entry(fields_: Mapping[str, Any]) -> Entry:
    return Entry(**{name: value for name, value in fields_.items() if name in _ENTRY_FIELDS})
