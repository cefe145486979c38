"""The state: what was deployed to each environment, so that a run knows what earlier runs left.

Per environment and workflow two records, *draft* and *live*; an *intent* before the first write and an outcome after it.
The platform is believed first, where it can be read; else the state.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from deployer.model.fingerprint import same_hash

ROLLBACK = "rollback"  # the action of a rollback's intent
ADOPTED = "adopted"  # in place of a run: not released by Flowship, but found on the platform when it was adopted


class StateOwner(NamedTuple):
    """Whose state it is. `project` is "" for the manifest at the repository's top, and without one; `manifest`: its path from the repository's
    top, "" without one."""

    project: str = ""
    manifest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployRecord:
    """What one run wrote. `host`: the platform's base URL; `target`: its id. A record of another host or target does not apply.

    `time`: epoch milliseconds. `readback_fingerprint`, `updated_at`: of what the platform returned after the write, where it changes
    what it is sent; `read_back` is False where it took the write and could not be read after it, until a later run fills them in.
    `reverted_fingerprint` (a rollback's record): what this release replaced because it was bad. `created_with_key`: the name of the key with
    which Flowship created the workflow; "" when it did not create it. `dirty`: the file differed from that commit.
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
    dirty: bool = False
    read_back: bool = True

    def fills_in(self, earlier: "DeployRecord") -> bool:
        """True when this is `earlier`, with what could not be read back then."""
        return self.read_back and replace(self, readback_fingerprint="", updated_at="", read_back=False) == earlier


@dataclass(frozen=True, slots=True)
class Intent:
    """What a run is about to do to one workflow. `attempt`: the marker's, or the name to create, by which the write is recognised later.

    `release`: it goes live after that; `evaluate`: then its evals run, and a failure rolls it back; `dirty`: as in its record. Set on reading,
    the same for all workflows of the run: `run`, `commit` and `gives_up_at` (epoch milliseconds), after which that run writes nothing any more,
    whatever its outcome. `finished`: the run has recorded that it sends nothing more.
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
    dirty: bool = field(default=False, compare=False)

    def resumes(self, earlier: "Intent") -> bool:
        """True when this is the rest of `earlier`: the import may be done, so that only its release is left."""
        return (self.fingerprint, self.release) == (earlier.fingerprint, earlier.release)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalRecord:
    """The eval result of a release. `gate`: a failure rolls it back. `rate`: the share of runs that passed; `seconds`: the median of a run;
    `time`: epoch milliseconds."""

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
    """The state of one workflow. `open_intents`: of runs that recorded no outcome (or `unknown`), and after which no other run left a
    record: a later writer has looked at what they wrote. `unfinished_intents`: of all runs that may still write.

    `releases`: what was live, oldest first, ending with `live`. `rolled_back_fingerprints`: rolled back, and not released since.
    `evals`: results of releases, oldest first. `awaiting_evals`: the live release, when its evals never finished, or failed without a rollback.
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
        return any(same_hash(fingerprint, rolled_back) for rolled_back in self.rolled_back_fingerprints)

    @property
    def is_unclear(self) -> bool:
        """Whether a run may have written what the state does not show, or could not read it back."""
        return bool(self.open_intents) or (self.live is not None and not self.live.read_back)

    @property
    def last(self) -> DeployRecord | None:
        """The last record, live or draft."""
        return self.live or self.draft

    def of_host(self, host: str) -> "WorkflowRecord":
        """Without what was deployed to other hosts."""
        if all(entry is None or entry.host == host for entry in (self.draft, self.live, self.awaiting_evals, *self.releases)):
            return self
        draft, live, awaiting = (entry if entry and entry.host == host else None for entry in (self.draft, self.live, self.awaiting_evals))
        return replace(self, draft=draft, live=live, releases=tuple(entry for entry in self.releases if entry.host == host), awaiting_evals=awaiting)

    def of_target(self, target: str) -> "WorkflowRecord":
        """Without the entries for another target, where `target` is known: version numbers are alike everywhere and prove nothing."""
        if not target or all(entry is None or entry.target == target for entry in (self.draft, self.live, *self.releases)):
            return self
        draft, live = (entry if entry and entry.target == target else None for entry in (self.draft, self.live))
        return replace(self, draft=draft, live=live, releases=tuple(entry for entry in self.releases if entry.target == target))


@dataclass(frozen=True, slots=True)
class EnvironmentState:
    """The state of one environment. `notices`: problems met while reading it (a torn last line), for people. `manifest`: the path of the
    manifest that last recorded anything in it, "" without one.

    `plans`: by plan hash and workflow, the intents of recorded plans that are neither done nor replaced by a later, different intent.
    """

    workflows: Mapping[str, WorkflowRecord] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    plans: Mapping[str, Mapping[str, Intent]] = field(default_factory=dict)
    manifest: str = ""

    def of(self, workflow: str) -> WorkflowRecord:
        return self.workflows.get(workflow, WorkflowRecord())

    def without(self, run: str) -> "EnvironmentState":
        """The state without the intents of that run."""
        workflows = {
            name: replace(
                record, open_intents=_of_other_runs(record.open_intents, run), unfinished_intents=_of_other_runs(record.unfinished_intents, run)
            )
            for name, record in self.workflows.items()
        }
        plans = {plan_hash: {name: intent for name, intent in intents.items() if intent.run != run} for plan_hash, intents in self.plans.items()}
        return replace(self, workflows=workflows, plans={plan_hash: intents for plan_hash, intents in plans.items() if intents})


def _of_other_runs(intents: tuple[Intent, ...], run: str) -> tuple[Intent, ...]:
    return tuple(intent for intent in intents if intent.run != run)


class ProjectState(NamedTuple):
    """The state of one environment of one project of this repository."""

    project: str
    environment: str
    state: EnvironmentState

    @property
    def owner(self) -> StateOwner:
        return StateOwner(self.project, self.state.manifest)


class RepositoryState(NamedTuple):
    """The states of all projects and environments of this repository. `notices`: what of them could not be read, for people."""

    states: tuple[ProjectState, ...] = ()
    notices: tuple[str, ...] = ()


class ConcurrentRuns(NamedTuple):
    """Other runs, by workflow. `earlier_intents`: recorded before this run's, of runs that may still write; `latest_intent`: the newest one
    recorded after this run's; `possibly_changed`: another run may have written since this run first read the state; `written`: one has
    recorded that it did."""

    earlier_intents: Mapping[str, tuple[Intent, ...]] = {}
    latest_intent: Mapping[str, Intent] = {}
    possibly_changed: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()


class StateStore(Protocol):
    """Keeps the state of one project. All calls are thread-safe. An intent is durable when the call returns; other records then or after `flush`.

    `is_durable`: the next job, on another machine, will find what is recorded here.
    """

    @property
    def is_durable(self) -> bool: ...

    def read(self, environment: str) -> EnvironmentState: ...

    def read_all(self) -> RepositoryState:
        """The states of all projects of this repository, this one's too."""

    def intend(self, environment: str, run: str, commit: str, plan_hash: str, intents: Mapping[str, Intent], gives_up_at: int = 0) -> None:
        """Record what a run is about to write: before its first write, and again after it planned anew. `gives_up_at`: see `Intent`."""

    def record(self, environment: str, run: str, workflow: str, *, draft: DeployRecord | None = None, live: DeployRecord | None = None) -> None:
        """Record what is draft or live, as soon as it is."""

    def put(self, environment: str, run: str, workflow: str, record: WorkflowRecord) -> None:
        """Record all that is known of a workflow anew: its records were kept under another name, or by another project."""

    def remove(self, environment: str, run: str, workflow: str, *, owner: StateOwner | None = None) -> None:
        """Record that a workflow was deleted, or that its records were put elsewhere, which ends them here. `owner`: of another project's state."""

    def finish(self, environment: str, run: str, workflow: str, outcome: str) -> None:
        """Record that this run sends nothing more for a workflow. That closes its intent, unless the outcome is `unknown`: then the next run
        looks for what was sent."""

    def record_evals(self, environment: str, run: str, workflow: str, evals: EvalRecord) -> None:
        """Record the eval result of a release. A release that fails them under `gate` counts as rolled back."""

    def concurrent_runs(self, environment: str, run: str, workflows: Collection[str]) -> ConcurrentRuns:
        """What other runs recorded for these workflows, relative to this run's first intent. An intent that was closed without a record
        (`failed`, `skipped`) is no longer a `latest_intent`."""

    def flush(self) -> tuple[str, ...]:
        """Make all records durable; called at the end and on signals. Returns notices: what could not be recorded, and why."""
