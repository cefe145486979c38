"""A ledger that lasts as long as the process: for `ledger: none` and the sandbox inside a step."""

import threading
from collections.abc import Collection, Mapping

from deployer.ledger import lines
from deployer.ledger.base import Entry, Intended, State


class MemoryLedger:
    """See `deployer.ledger.base.Ledger`."""

    def __init__(self) -> None:
        self._facts: list[lines.Fact] = []
        self._lock = threading.Lock()

    @property
    def lasts(self) -> bool:
        return False

    def read(self, environment: str) -> State:
        with self._lock:
            return lines.merge(self._facts, environment)

    def intend(self, environment: str, run: str, commit: str, plan_hash: str, intended: Mapping[str, Intended]) -> None:
        self._say(lines.intent(environment, run, commit, plan_hash, intended))

    def keep(self, environment: str, run: str, workflow: str, *, draft: Entry | None = None, live: Entry | None = None) -> None:
        self._say(lines.kept(environment, run, workflow, draft, live))

    def forget(self, environment: str, run: str, workflow: str) -> None:
        self._say(lines.forgotten(environment, run, workflow))

    def close(self, environment: str, run: str, workflow: str, outcome: str) -> None:
        self._say(lines.closed(environment, run, workflow, outcome))

    def rivals(self, environment: str, run: str, workflows: Collection[str]) -> Mapping[str, str]:
        with self._lock:
            return lines.rivals(self._facts, environment, run, workflows)

    def flush(self) -> tuple[str, ...]:
        return ()

    def _say(self, fact: lines.Fact) -> None:
        with self._lock:
            self._facts.append(fact)
