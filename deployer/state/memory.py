"""A state that lasts as long as the process: for `state: none` and the sandbox inside a step."""

import threading
import time
from collections.abc import Collection, Mapping

from deployer.state import events
from deployer.state.base import ConcurrentRuns, DeployRecord, EnvironmentState, EvalRecord, Intent, RepositoryState, StateOwner, WorkflowRecord
from deployer.state.concurrency import find_concurrent_runs
from deployer.state.replay import replay, replay_all


class MemoryStateStore:
    """See `deployer.state.base.StateStore`."""

    def __init__(self) -> None:
        self._events: list[events.Event] = []
        self._lock = threading.Lock()

    @property
    def is_durable(self) -> bool:
        return False

    def read(self, environment: str) -> EnvironmentState:
        with self._lock:
            return replay(self._events, environment)

    def read_all(self) -> RepositoryState:
        with self._lock:
            return RepositoryState(replay_all(self._events))

    def intend(self, environment: str, run: str, commit: str, plan_hash: str, intents: Mapping[str, Intent], gives_up_at: int = 0) -> None:
        self._append(events.intent_event(environment, run, commit, plan_hash, intents, gives_up_at))

    def record(self, environment: str, run: str, workflow: str, *, draft: DeployRecord | None = None, live: DeployRecord | None = None) -> None:
        self._append(events.record_event(environment, run, workflow, draft, live))

    def put(self, environment: str, run: str, workflow: str, record: WorkflowRecord) -> None:
        self._append(events.put_event(environment, run, workflow, record))

    def remove(self, environment: str, run: str, workflow: str, *, owner: StateOwner | None = None) -> None:
        self._append(events.owned(events.removed_event(environment, run, workflow), owner or StateOwner()))

    def finish(self, environment: str, run: str, workflow: str, outcome: str) -> None:
        self._append(events.outcome_event(environment, run, workflow, outcome))

    def record_evals(self, environment: str, run: str, workflow: str, evals: EvalRecord) -> None:
        self._append(events.evals_event(environment, run, workflow, evals))

    def concurrent_runs(self, environment: str, run: str, workflows: Collection[str]) -> ConcurrentRuns:
        with self._lock:
            return find_concurrent_runs(EnvironmentState(), self._events, environment, run, workflows, time.time_ns() // 1_000_000)

    def flush(self) -> tuple[str, ...]:
        return ()

    def _append(self, event: events.Event) -> None:
        with self._lock:
            self._events.append(event)
