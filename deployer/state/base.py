"""The state: what was deployed to each environment, so that a run knows what the last one left.

Per environment and workflow two records, *draft* and *live*; an *intent* before the first write and an outcome after it.
The platform is believed first, where it can be read; else the state; else nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from deployer.model.fingerprint import fingerprints_match

ROLLBACK = "rollback"  # the action of an intent to go back
ADOPTED = "adopted"  # in place of a run: nobody's release, but what was found there when it was adopted


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployRecord:
    """One record. `given_back` and `updated_at` (meinGPT): what the platform gave back after the write.

    `host` is the platform's base URL and `target` its id: an entry for another host or target is not about this one.
    `time` is epoch milliseconds. `took_back` (a rollback's record): the fingerprint that this release replaced because it was bad.
    `created` (meinGPT): the name of the key with which we made the workflow; "" when somebody else made it.
    """

    fingerprint: str
    version: str = ""
    target: str = ""
    host: str = ""
    commit: str = ""
    run: str = ""
    time: int = 0
    readback_fingerprint: str = ""
    updated_at: str = ""
    reverted_fingerprint: str = ""
    created_with_key: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a run said it would do to one workflow. `attempt` is the marker's (GPTBots) or the name to create (meinGPT).

    `release`: it goes live after that. `eval`: after this release its evals run, and a failure takes it back. `run`, `commit` and `until`
    are filled in by whoever reads a state: the writer says them once for all its workflows. `until` (epoch milliseconds): from then on
    that run writes nothing any more, whatever became of it. `over`: it has said that it sends nothing more.
    """

    action: str
    fingerprint: str
    attempt: str = ""
    run: str = field(default="", compare=False)
    commit: str = field(default="", compare=False)
    gives_up_at: int = field(default=0, compare=False)
    evaluate: bool = False
    release: bool = False
    finished: bool = field(default=False, compare=False)

    def resumes(self, earlier: "Intent") -> bool:
        """Is this what is left of that? An import that was to be released may be there already: then its release is left."""
        return (self.fingerprint, self.release) == (earlier.fingerprint, earlier.release)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalRecord:
    """How the evals of what was released went. `gate`: a failure takes it back. `rate`: the share of runs that passed; `seconds`: the
    median of a run; `time` is epoch milliseconds."""

    fingerprint: str
    version: str = ""
    commit: str = ""
    run: str = ""
    time: int = 0
    passed: bool = True
    gate: bool = False
    rate: float = 0.0
    runs: int = 0
    seconds: float | None = None
    tokens: float | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class WorkflowRecord:
    """All the state knows of one workflow. `open_intents`: intents of runs that never told what became of them, and after which
    no other run left a record (who wrote later has looked). `unended`: those of runs that have not said yet that they send nothing more,
    whether somebody has looked or not.

    `releases` are what was live, oldest first, the last one being `live`. `rolled_back` are the fingerprints that a rollback
    rolled back and nobody released since.
    `evals`: how the evals of releases went, oldest first. `unchecked`: what is live, and whose evals never came to an end, or failed
    without it having been rolled back.
    """

    draft: DeployRecord | None = None
    live: DeployRecord | None = None
    open_intents: tuple[Intent, ...] = ()
    releases: tuple[DeployRecord, ...] = ()
    rolled_back_fingerprints: frozenset[str] = frozenset()
    evals: tuple[EvalRecord, ...] = ()
    awaiting_evals: DeployRecord | None = None
    unfinished_intents: tuple[Intent, ...] = ()

    def was_rolled_back(self, fingerprint: str) -> bool:
        return any(fingerprints_match(fingerprint, each) for each in self.rolled_back_fingerprints)


@dataclass(frozen=True, slots=True)
class EnvironmentState:
    """The state of one environment, merged. `notices`: what was odd about it (a torn last line), for people.

    `plans`: what is left of what was said under each plan hash, by workflow, as far back as the state goes: what is not done, and nobody
    meant otherwise since.
    """

    workflows: Mapping[str, WorkflowRecord] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    plans: Mapping[str, Mapping[str, Intent]] = field(default_factory=dict)

    def of(self, workflow: str) -> WorkflowRecord:
        return self.workflows.get(workflow, WorkflowRecord())

    def without(self, run: str) -> "EnvironmentState":
        """As if that run had not said yet what it would do."""
        rest = {
            name: replace(each, open_intents=_without(each.open_intents, run), unfinished_intents=_without(each.unfinished_intents, run))
            for name, each in self.workflows.items()
        }
        plans = {hash_: {name: each for name, each in said.items() if each.run != run} for hash_, said in self.plans.items()}
        return replace(self, workflows=rest, plans={hash_: left for hash_, left in plans.items() if left})


def _without(intents: tuple[Intent, ...], run: str) -> tuple[Intent, ...]:
    return tuple(intent for intent in intents if intent.run != run)


class ConcurrentRuns(NamedTuple):
    """What a look at the state tells of other runs, by workflow. `ahead`: intents said before ours, of runs that may still write;
    `later`: the newest one said after ours; `moved`: another run may have written since this run first read the state."""

    earlier_intents: Mapping[str, tuple[Intent, ...]] = {}
    latest_intent: Mapping[str, Intent] = {}
    possibly_changed: frozenset[str] = frozenset()


class StateStore(Protocol):
    """Where records are kept. All calls are safe from threads. An intent is durable when the call returns; records are by then, or with `flush`.

    `lasts`: the next job on another machine will find what is said here.
    """

    @property
    def is_durable(self) -> bool: ...

    def read(self, environment: str) -> EnvironmentState: ...

    def intend(self, environment: str, run: str, commit: str, plan_hash: str, intended: Mapping[str, Intent], gives_up_at: int = 0) -> None:
        """Said before the first write of a run, and anew when it decided anew. `until`: see `Intended`."""

    def record(self, environment: str, run: str, workflow: str, *, draft: DeployRecord | None = None, live: DeployRecord | None = None) -> None:
        """Said as soon as a version is a draft, or live."""

    def remove(self, environment: str, run: str, workflow: str) -> None:
        """Said when a workflow was deleted: its records are about nothing any more."""

    def finish(self, environment: str, run: str, workflow: str, outcome: str) -> None:
        """Said when nothing more will be sent for a workflow. Its intent is open no more, but for `unknown`: then the next run looks
        for what was sent."""

    def record_evals(self, environment: str, run: str, workflow: str, evals: EvalRecord) -> None:
        """Said when the evals of what this run released have come to an end. What fails there counts as rolled back from then on."""

    def concurrent_runs(self, environment: str, run: str, workflows: Collection[str]) -> ConcurrentRuns:
        """What other runs said of these workflows, seen from this run's first intent. An intent that was closed without leaving a
        record (`failed`, `skipped`) is not `later` any more."""

    def flush(self) -> tuple[str, ...]:
        """Make everything durable that was said. Returns notices: what could not be recorded, and why. Said at the end, and on signals."""
