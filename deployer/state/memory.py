"""A ledger that lasts as long as the process: for `ledger: none` and the sandbox inside a step."""

import threading
import time
from collections.abc import Collection, Mapping

from deployer.state import concurrency, events
from deployer.state.base import Checked, Entry, Intended, Others, State


class MemoryLedger:
    """See `deployer.state.base.Ledger`."""

    def __init__(self) -> None:
        self._facts: list[events.Fact] = []
        self._lock = threading.Lock()

    @property
    def lasts(self) -> bool:
        return False

    def read(self, environment: str) -> State:
        with self._lock:
            return events.merge(self._facts, environment)

    def intend(self, environment: str, run: str, commit: str, plan_hash: str, intended: Mapping[str, Intended], until: int = 0) -> None:
        self._say(events.intent(environment, run, commit, plan_hash, intended, until))

    def keep(self, environment: str, run: str, workflow: str, *, draft: Entry | None = None, live: Entry | None = None) -> None:
        self._say(events.kept(environment, run, workflow, draft, live))

    def forget(self, environment: str, run: str, workflow: str) -> None:
        self._say(events.forgotten(environment, run, workflow))

    def close(self, environment: str, run: str, workflow: str, outcome: str) -> None:
        self._say(events.closed(environment, run, workflow, outcome))

    def checked(self, environment: str, run: str, workflow: str, checked: Checked) -> None:
        self._say(events.checked(environment, run, workflow, checked))

    def others(self, environment: str, run: str, workflows: Collection[str]) -> Others:
        with self._lock:
            return concurrency.others(State(), self._facts, environment, run, workflows, time.time_ns() // 1_000_000)

    def flush(self) -> tuple[str, ...]:
        return ()

    def _say(self, fact: events.Fact) -> None:
        with self._lock:
            self._facts.append(fact)
