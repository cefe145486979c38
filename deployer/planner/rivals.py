"""Standing back: has a newer run said that it will write the same workflows? Asked before the first write and every 30 seconds."""

import threading
import time
from collections.abc import Collection, Mapping

from deployer.errors import FlowshipError
from deployer.planner.writing import Context

EVERY = 30.0  # seconds (behaviour.md, Apply)


class Rivals:
    """Safe to use from threads: one of them asks, the others wait for its answer. A ledger that cannot be read knows of none."""

    def __init__(self, context: Context, workflows: Collection[str]) -> None:
        self._context = context
        self._workflows = workflows
        self._lock = threading.Lock()
        self._asked: float | None = None
        self._known: Mapping[str, str] = {}

    def of(self, workflow: str) -> str:
        """The newer run that writes this workflow, "" when there is none."""
        with self._lock:
            now = time.monotonic()
            if self._asked is None or now - self._asked >= EVERY:
                self._known = self._ask()
                self._asked = now
            return self._known.get(workflow, "")

    def _ask(self) -> Mapping[str, str]:
        try:
            return self._context.ledger.rivals(self._context.environment, self._context.run, self._workflows)
        except FlowshipError:
            return self._known
