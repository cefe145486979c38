"""The state as a sequence of facts, merged into a state: the part that every state shares, pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from deployer.model.fingerprint import fingerprints_match
from deployer.state.base import ROLLBACK, DeployRecord, EnvironmentState, EvalRecord, Intent, WorkflowRecord

Event = Mapping[str, Any]
_ENTRY_FIELDS = frozenset(field.name for field in fields(DeployRecord))
_CHECKED_FIELDS = frozenset(field.name for field in fields(EvalRecord))
_SAID = ("action", "fingerprint", "attempt")


def intent_event(environment: str, run: str, commit: str, plan_hash: str, intended: Mapping[str, Intent], until: int = 0) -> dict[str, Any]:
    return {
        "kind": "intent",
        "environment": environment,
        "run": run,
        "commit": commit,
        "plan_hash": plan_hash,
        "until": until,
        "workflows": {name: _said(each) for name, each in sorted(intended.items())},
    }


def recorded_event(environment: str, run: str, workflow: str, draft: DeployRecord | None, live: DeployRecord | None) -> dict[str, Any]:
    entries = {name: asdict(entry) for name, entry in (("draft", draft), ("live", live)) if entry}
    return {"kind": "record", "environment": environment, "run": run, "workflow": workflow, **entries}


def removed_event(environment: str, run: str, workflow: str) -> dict[str, Any]:
    return {"kind": "forgotten", "environment": environment, "run": run, "workflow": workflow}


def finished_event(environment: str, run: str, workflow: str, outcome: str) -> dict[str, Any]:
    return {"kind": "outcome", "environment": environment, "run": run, "workflow": workflow, "outcome": outcome}


def evals_event(environment: str, run: str, workflow: str, found: EvalRecord) -> dict[str, Any]:
    return {"kind": "checked", "environment": environment, "run": run, "workflow": workflow, "checked": asdict(found)}


def known(environment: str, workflow: str, recorded: WorkflowRecord, depth: int) -> dict[str, Any]:
    """All that is known of one workflow as one fact, which stands for every fact before it. `depth`: how many releases to carry on."""
    return {
        "kind": "known",
        "environment": environment,
        "workflow": workflow,
        "draft": _short(recorded.draft) if recorded.draft else None,
        "releases": [_short(entry) for entry in recorded.releases[-depth:]],
        "rolled_back": sorted(recorded.rolled_back_fingerprints),
        "open": [_carried(each) for each in recorded.open_intents],
        "unended": [_carried(each) for each in recorded.unfinished_intents],
        "evals": [asdict(each) for each in recorded.evals[-depth:]],
        "unchecked": _short(recorded.awaiting_evals) if recorded.awaiting_evals else None,
    }


def is_event(fact: object) -> bool:
    """Can this be read as a fact? A file that somebody edited by hand may hold anything."""
    if not isinstance(fact, dict):
        return False
    try:
        merge([fact], fact["environment"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return True


def merge(facts: Iterable[Event], environment: str, notices: tuple[str, ...] = ()) -> EnvironmentState:
    """Facts in the order they were said; of two records of one thing the later one counts."""
    found: dict[str, _WorkflowReplay] = {}
    plans = _PlanReplay()
    for fact in facts:
        if fact.get("environment") != environment:
            continue
        if fact.get("kind") == "intent":
            said = intended_by(fact)
            plans.intend(str(fact.get("plan_hash", "")), said)
            for name, each in said.items():
                found.setdefault(name, _WorkflowReplay()).intend(each)
        else:
            plans.learn(fact)
            found.setdefault(str(fact.get("workflow")), _WorkflowReplay()).learn(fact)
    return EnvironmentState({name: each.recorded() for name, each in found.items() if each.recorded() != WorkflowRecord()}, notices, plans.left())


def intended_by(fact: Event) -> dict[str, Intent]:
    """What an intent says, by workflow."""
    return {name: _read(each, fact) for name, each in fact["workflows"].items()}


class _PlanReplay:
    """What is left of the plans that were begun."""

    def __init__(self) -> None:
        self._hashes: dict[str, None] = {}
        self._by_workflow: dict[str, dict[str, Intent]] = {}

    def intend(self, plan_hash: str, said: Mapping[str, Intent]) -> None:
        """Who means something else for a workflow leaves nothing of what others meant for it."""
        self._hashes[plan_hash] = None
        for name, each in said.items():
            before = self._by_workflow.get(name, {})
            self._by_workflow[name] = {**{hash_: other for hash_, other in before.items() if each.resumes(other)}, plan_hash: each}

    def learn(self, fact: Event) -> None:
        """Who has done it has done it for all that meant it."""
        name, run = str(fact.get("workflow")), str(fact.get("run"))
        done = fact.get("kind") == "outcome" and fact.get("outcome") == "done"
        if done and any(each.run == run for each in self._by_workflow.get(name, {}).values()):
            del self._by_workflow[name]

    def left(self) -> dict[str, dict[str, Intent]]:
        """By hash and workflow."""
        found: dict[str, dict[str, Intent]] = {hash_: {} for hash_ in self._hashes}
        for name, said in self._by_workflow.items():
            for hash_, each in said.items():
                found[hash_][name] = each
        return found


class _WorkflowReplay:
    """What the facts so far say of one workflow."""

    def __init__(self) -> None:
        self.draft: DeployRecord | None = None
        self.releases: list[DeployRecord] = []
        self.rolled_back: set[str] = set()
        self.intents: dict[str, Intent] = {}
        self.looked_after: dict[str, Intent] = {}  # and not ended
        self.evals: list[EvalRecord] = []
        self.unchecked: DeployRecord | None = None

    def intend(self, said: Intent) -> None:
        self.intents.pop(said.run, None)
        self.looked_after.pop(said.run, None)
        self.intents[said.run] = said

    def learn(self, fact: Event) -> None:
        match fact.get("kind"):
            case "record":
                self._record(fact)
            case "forgotten":
                self.draft, self.releases, self.rolled_back, self.unchecked = None, [], set(), None
                self._close_others(str(fact.get("run")))
            case "outcome":
                self._end(str(fact.get("run")), str(fact.get("outcome")))
            case "checked":
                self._checked(EvalRecord(**{name: each for name, each in fact["checked"].items() if name in _CHECKED_FIELDS}))
            case "known":
                self.draft = _entry(fact["draft"]) if fact["draft"] else None
                self.releases = [_entry(each) for each in fact["releases"]]
                self.rolled_back = set(fact["rolled_back"])
                self.intents = {}
                self.evals = [
                    EvalRecord(**{name: value for name, value in each.items() if name in _CHECKED_FIELDS}) for each in fact.get("evals", ())
                ]
                self.unchecked = _entry(fact["unchecked"]) if fact.get("unchecked") else None
                self.looked_after = {each["run"]: _read(each, each) for each in fact.get("unended", ())}
                for each in fact["open"]:
                    self.intend(_read(each, each))

    def _end(self, run: str, outcome: str) -> None:
        said = self.intents.pop(run, None)
        self.looked_after.pop(run, None)
        if said and outcome == "unknown":
            self.intents[run] = replace(said, finished=True)

    def _checked(self, found: EvalRecord) -> None:
        self.evals.append(found)
        if found.passed:
            self.rolled_back = {each for each in self.rolled_back if not fingerprints_match(each, found.fingerprint)}
        elif found.gate:
            self.rolled_back |= {found.fingerprint}
        if found.passed and self.unchecked and fingerprints_match(self.unchecked.fingerprint, found.fingerprint):
            self.unchecked = None

    def _record(self, fact: Event) -> None:
        self._close_others(str(fact.get("run")))
        now = max((_entry(fact[name]).time for name in ("draft", "live") if name in fact), default=0)
        self.looked_after = {run: each for run, each in self.looked_after.items() if each.gives_up_at >= now}
        if "draft" in fact:
            self.draft = self._ours(_entry(fact["draft"]))
        if "live" in fact:
            release = self._ours(_entry(fact["live"]))
            self.releases.append(release)
            said = self.intents.get(str(fact.get("run")))
            self.unchecked = release if said and said.evaluate else None
            if said and said.action == ROLLBACK:
                del self.intents[said.run]  # that was its one step
            self.rolled_back = {each for each in self.rolled_back if not fingerprints_match(each, release.fingerprint)} | (
                {release.reverted_fingerprint} - {""}
            )

    def _ours(self, entry: DeployRecord) -> DeployRecord:
        """What was said once of a target, that we made it, stays true of it."""
        before = (each.created_with_key for each in (self.draft, *self.releases[-1:]) if each and each.target == entry.target)
        return replace(entry, created_with_key=entry.created_with_key or next(filter(None, before), ""))

    def _close_others(self, run: str) -> None:
        """Who leaves a record has looked at what earlier runs left. Some of them may go on all the same, or wait for their turn."""
        self.looked_after |= {other: each for other, each in self.intents.items() if other != run and not each.finished}
        self.intents = {other: each for other, each in self.intents.items() if other == run}

    def recorded(self) -> WorkflowRecord:
        live = self.releases[-1] if self.releases else None
        unended = tuple(each for each in (*self.looked_after.values(), *self.intents.values()) if not each.finished)
        return WorkflowRecord(
            self.draft,
            live,
            tuple(self.intents.values()),
            tuple(self.releases),
            frozenset(self.rolled_back),
            tuple(self.evals),
            self.unchecked,
            unended,
        )


def _carried(each: Intent) -> dict[str, Any]:
    return {**_said(each), "run": each.run, "commit": each.commit, "until": each.gives_up_at, "over": each.finished}


def _said(each: Intent) -> dict[str, Any]:
    said = {"action": each.action, "fingerprint": each.fingerprint, "attempt": each.attempt}
    return {**said, **{name: True for name in ("evaluate", "release") if getattr(each, name)}}


def _read(said: Mapping[str, Any], by: Mapping[str, Any]) -> Intent:
    """`by`: who said it, where and until when."""
    until = by.get("until")
    fields_ = {name: said[name] for name in _SAID}
    run, commit, over = str(by.get("run")), str(by.get("commit", "")), by.get("over") is True
    evaluate, release = said.get("evaluate") is True, said.get("release") is True
    return Intent(
        **fields_, run=run, commit=commit, gives_up_at=until if isinstance(until, int) else 0, evaluate=evaluate, release=release, finished=over
    )


def _short(entry: DeployRecord) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if value}


def _entry(fields_: Mapping[str, Any]) -> DeployRecord:
    return DeployRecord(**{name: value for name, value in fields_.items() if name in _ENTRY_FIELDS})
