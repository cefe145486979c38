"""The fold of the event log: events in the order in which they were recorded make a state. Pure."""

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import replace
from typing import Any

from deployer.model.fingerprint import same_hash
from deployer.state.base import ROLLBACK, DeployRecord, EnvironmentState, EvalRecord, Intent, ProjectState, WorkflowRecord
from deployer.state.events import Event, intents_by_workflow, project_of, read_value

MAX_INTENTS = 30  # of one workflow without an outcome: the newest
MAX_ROLLED_BACK = 100  # fingerprints of one workflow: the newest


def replay(events: Iterable[Event], environment: str) -> EnvironmentState:
    """The state of one environment after these events, all of one project."""
    replayed = _EnvironmentReplay()
    for event in events:
        if event.get("environment") == environment:
            replayed.apply(event)
    return replayed.result()


def replay_all(events: Iterable[Event]) -> tuple[ProjectState, ...]:
    """The state of every project and environment that has one after these events, in name order."""
    replays: dict[tuple[str, str], _EnvironmentReplay] = {}
    for event in events:
        if isinstance(environment := event.get("environment"), str):
            replays.setdefault((project_of(event), environment), _EnvironmentReplay()).apply(event)
    states = (ProjectState(project, environment, replayed.result()) for (project, environment), replayed in sorted(replays.items()))
    return tuple(state for state in states if state.state.workflows)


class _EnvironmentReplay:
    """The state of one environment after the events so far."""

    def __init__(self) -> None:
        self._workflows: dict[str, _WorkflowReplay] = {}
        self._plans = _PlanReplay()
        self._manifest = ""

    def apply(self, event: Event) -> None:
        self._manifest = str(event.get("manifest", self._manifest))
        if event.get("kind") != "intent":
            self._plans.apply(event)
            self._of(str(event.get("workflow"))).apply(event)
            return
        intents = intents_by_workflow(event)
        self._plans.add_intents(str(event.get("plan_hash", "")), intents)
        for name, intent in intents.items():
            self._of(name).add_intent(intent)

    def _of(self, workflow: str) -> "_WorkflowReplay":
        if workflow not in self._workflows:
            self._workflows[workflow] = _WorkflowReplay()
        return self._workflows[workflow]

    def result(self) -> EnvironmentState:
        records = ((name, workflow.result()) for name, workflow in self._workflows.items())
        return EnvironmentState(
            {name: record for name, record in records if record != WorkflowRecord()}, plans=self._plans.remaining(), manifest=self._manifest
        )


class _PlanReplay:
    """The recorded plans that are not done."""

    def __init__(self) -> None:
        self._hashes: dict[str, None] = {}
        self._by_workflow: dict[str, dict[str, Intent]] = {}

    def add_intents(self, plan_hash: str, intents: Mapping[str, Intent]) -> None:
        """A different intent for a workflow replaces those of earlier plans; one that resumes them does not."""
        self._hashes[plan_hash] = None
        for name, intent in intents.items():
            recorded = self._by_workflow.get(name, {})
            resumed = {hash_: earlier for hash_, earlier in recorded.items() if intent.resumes(earlier)}
            self._by_workflow[name] = {**resumed, plan_hash: intent}
            _keep_newest(self._by_workflow[name], MAX_INTENTS)

    def apply(self, event: Event) -> None:
        """What one run has done is done for every plan that intended it."""
        name, run = str(event.get("workflow")), str(event.get("run"))
        done = event.get("kind") == "outcome" and event.get("outcome") == "done"
        if done and any(intent.run == run for intent in self._by_workflow.get(name, {}).values()):
            del self._by_workflow[name]

    def remaining(self) -> dict[str, dict[str, Intent]]:
        """The intents by plan hash and workflow. A plan that is done has an empty entry."""
        plans: dict[str, dict[str, Intent]] = {plan_hash: {} for plan_hash in self._hashes}
        for name, intents in self._by_workflow.items():
            for plan_hash, intent in intents.items():
                plans[plan_hash][name] = intent
        return plans


class _WorkflowReplay:
    """The state of one workflow after the events so far. `superseded`: unfinished intents after which another run left a record."""

    __slots__ = ("awaiting_evals", "draft", "evals", "intents", "releases", "rolled_back", "superseded")

    def __init__(self) -> None:
        self.draft: DeployRecord | None = None
        self.releases: list[DeployRecord] = []
        self.rolled_back: dict[str, None] = {}
        self.intents: dict[str, Intent] = {}
        self.superseded: dict[str, Intent] = {}
        self.evals: list[EvalRecord] = []
        self.awaiting_evals: DeployRecord | None = None

    def add_intent(self, intent: Intent) -> None:
        """The newest intent of a run replaces its earlier one."""
        self.intents.pop(intent.run, None)
        self.superseded.pop(intent.run, None)
        self.intents[intent.run] = intent
        _keep_newest(self.intents, MAX_INTENTS)

    def apply(self, event: Event) -> None:
        match event.get("kind"):
            case "record":
                self._apply_record(event)
            case "removed":
                self.draft, self.releases, self.rolled_back, self.awaiting_evals = None, [], {}, None
                self._close_intents_of_others(str(event.get("run")))
            case "outcome":
                self._apply_outcome(str(event.get("run")), str(event.get("outcome")))
            case "evals":
                self._apply_evals(read_value(EvalRecord, event["evals"]))
            case "known":
                self._apply_known(event)

    def _apply_known(self, event: Event) -> None:
        draft, awaiting = event.get("draft"), event.get("awaiting_evals")
        self.draft = read_value(DeployRecord, draft) if draft else None
        self.releases = [read_value(DeployRecord, release) for release in event["releases"]]
        self.rolled_back = dict.fromkeys(event["rolled_back"])
        _keep_newest(self.rolled_back, MAX_ROLLED_BACK)
        self.evals = [read_value(EvalRecord, evals) for evals in event["evals"]]
        self.awaiting_evals = read_value(DeployRecord, awaiting) if awaiting else None
        self.intents = {}
        self.superseded = {intent["run"]: read_value(Intent, intent) for intent in event["unfinished_intents"]}
        for intent in event["open_intents"]:
            self.add_intent(read_value(Intent, intent))

    def _apply_outcome(self, run: str, outcome: str) -> None:
        intent = self.intents.pop(run, None)
        self.superseded.pop(run, None)
        if intent and outcome == "unknown":
            self.intents[run] = replace(intent, finished=True)

    def _apply_evals(self, evals: EvalRecord) -> None:
        self.evals.append(evals)
        if evals.passed:
            self._clear_rolled_back(evals.fingerprint)
            if self.awaiting_evals and same_hash(self.awaiting_evals.fingerprint, evals.fingerprint):
                self.awaiting_evals = None
        elif evals.gate:
            self._add_rolled_back(evals.fingerprint)

    def _apply_record(self, event: Event) -> None:
        run = str(event.get("run"))
        records = {name: read_value(DeployRecord, event[name]) for name in ("draft", "live") if name in event}
        if "live" in records and self.releases and records["live"].fills_in(self.releases[-1]):
            self._fill_in(records["live"])
            return
        time = max((record.time for record in records.values()), default=0)
        self._close_intents_of_others(run)
        self.superseded = {other: intent for other, intent in self.superseded.items() if intent.gives_up_at >= time}
        if "draft" in records:
            self.draft = self._with_creator(records["draft"])
        if "live" in records:
            self._add_release(self._with_creator(records["live"]), self.intents.get(run))

    def _fill_in(self, release: DeployRecord) -> None:
        """What is live was read after all: nothing else has changed."""
        if self.awaiting_evals == self.releases[-1]:
            self.awaiting_evals = release
        self.releases[-1] = release

    def _add_release(self, release: DeployRecord, intent: Intent | None) -> None:
        self.releases.append(release)
        self.awaiting_evals = release if intent and intent.evaluate else None
        if intent and intent.action == ROLLBACK:
            del self.intents[intent.run]  # a rollback has this one step
        self._clear_rolled_back(release.fingerprint)
        if release.reverted_fingerprint:
            self._add_rolled_back(release.reverted_fingerprint)

    def _clear_rolled_back(self, fingerprint: str) -> None:
        self.rolled_back = {rolled_back: None for rolled_back in self.rolled_back if not same_hash(rolled_back, fingerprint)}

    def _add_rolled_back(self, fingerprint: str) -> None:
        self.rolled_back[fingerprint] = None
        _keep_newest(self.rolled_back, MAX_ROLLED_BACK)

    def _with_creator(self, record: DeployRecord) -> DeployRecord:
        """The record with `created_with_key` of the records before it, when they are of the same target."""
        earlier = (earlier.created_with_key for earlier in (self.draft, *self.releases[-1:]) if earlier and earlier.target == record.target)
        creator = "" if record.created_with_key else next(filter(None, earlier), "")
        return replace(record, created_with_key=creator) if creator else record

    def _close_intents_of_others(self, run: str) -> None:
        """A run that leaves a record has looked at what earlier runs wrote. They may still be running, or waiting."""
        self.superseded |= {other: intent for other, intent in self.intents.items() if other != run and not intent.finished}
        self.intents = {other: intent for other, intent in self.intents.items() if other == run}
        _keep_newest(self.superseded, MAX_INTENTS)

    def result(self) -> WorkflowRecord:
        return WorkflowRecord(
            self.draft,
            self.releases[-1] if self.releases else None,
            tuple(self.intents.values()),
            tuple(self.releases),
            frozenset(self.rolled_back),
            tuple(self.evals),
            self.awaiting_evals,
            tuple(intent for intent in (*self.superseded.values(), *self.intents.values()) if not intent.finished),
        )


def _keep_newest(entries: MutableMapping[str, Any], most: int) -> None:
    while len(entries) > most:
        del entries[next(iter(entries))]
