"""A state that lasts as long as the process: for `state: none` and the sandbox inside a step."""

import threading
import time
from collections.abc import Collection, Mapping

from deployer.state import concurrency, events
from deployer.state.base import ConcurrentRuns, DeployRecord, EnvironmentState, EvalRecord, Intent


class MemoryStateStore:
    """See `deployer.state.base.State`."""

    def __init__(self) -> None:
        self._facts: list[events.Event] = []
        self._lock = threading.Lock()

    @property
    def is_durable(self) -> bool:
        return False

    def read(self, environment: str) -> EnvironmentState:
        with self._lock:
            return events.merge(self._facts, environment)

    def intend(self, environment: str, run: str, commit: str, plan_hash: str, intended: Mapping[str, Intent], until: int = 0) -> None:
        self._say(events.intent_event(environment, run, commit, plan_hash, intended, until))

    def record(self, environment: str, run: str, workflow: str, *, draft: DeployRecord | None = None, live: DeployRecord | None = None) -> None:
        self._say(events.recorded_event(environment, run, workflow, draft, live))

    def remove(self, environment: str, run: str, workflow: str) -> None:
        self._say(events.removed_event(environment, run, workflow))

    def finish(self, environment: str, run: str, workflow: str, outcome: str) -> None:
        self._say(events.finished_event(environment, run, workflow, outcome))

    def record_evals(self, environment: str, run: str, workflow: str, checked: EvalRecord) -> None:
        self._say(events.evals_event(environment, run, workflow, checked))

    def concurrent_runs(self, environment: str, run: str, workflows: Collection[str]) -> ConcurrentRuns:
        with self._lock:
            return concurrency.concurrent_runs(EnvironmentState(), self._facts, environment, run, workflows, time.time_ns() // 1_000_000)

    def flush(self) -> tuple[str, ...]:
        return ()

    def _say(self, fact: events.Event) -> None:
        with self._lock:
            self._facts.append(fact)
