"""Rivals: other runs that write the same workflows. Who gives way to whom, asked before every write and at most every 30 seconds.

Two runs never write one workflow at once (`deployer.apply.run_queue`). The earlier one gives way to the later, unless it ships the newer
commit: both can tell, from what the state says of the two.
"""

import threading
import time
from collections.abc import Collection, Mapping

from deployer.model.errors import FlowshipError
from deployer.model.policy import Policy
from deployer.platforms.write_context import WriteContext
from deployer.state.base import ROLLBACK, ConcurrentRuns, Intent

LOOK_INTERVAL_S = 30.0  # seconds: leaves most of the token's 1,000 calls an hour (docs/contracts/github-actions.md, "Token")
FIX = "Let one run at a time deploy an environment. Run it again once the other one is over: it looks first."


class Preempted(FlowshipError):  # noqa: N818 - what was done, as an exception
    """A newer run has said that it writes this workflow: nothing more is sent for it."""

    def __init__(self, other: Intent) -> None:
        super().__init__(f"The run {other.run} writes the same workflow and goes first: this one was preempted.", fix=FIX, code="RIVAL")


class ConflictGuard:
    """Safe to use from threads: one of them asks, the others wait for its answer. A state that cannot be read knows of none.

    `blocked`: those that were there before us and do not give way, by workflow; `seen`: the answer of a look taken `at` (monotonic seconds).
    """

    def __init__(
        self, context: WriteContext, workflows: Collection[str], blocked: Mapping[str, Intent], seen: ConcurrentRuns | None, at: float
    ) -> None:
        self._context = context
        self._workflows = workflows
        self._blocked = blocked
        self._lock = threading.Lock()
        self._asked = at if seen else None
        self._known = seen or ConcurrentRuns()

    def refuse(self, workflow: str) -> None:
        """Raises StoodBack where another run goes first."""
        with self._lock:
            now = time.monotonic()
            if self._asked is None or now - self._asked >= LOOK_INTERVAL_S:
                self._known = self._ask()
                self._asked = now
            later = self._known.latest_intent.get(workflow)
        other = self._blocked.get(workflow) or (later if later and yields_to(later, self._context.policy) else None)
        if other:
            raise Preempted(other)

    def _ask(self) -> ConcurrentRuns:
        try:
            return self._context.state.concurrent_runs(self._context.environment, self._context.run, self._workflows)
        except FlowshipError:
            return self._known


def yields_to(later: Intent, policy: Policy) -> bool:
    """Does this run give way to one that came later? Not to an older commit; a rollback goes to an older one on purpose."""
    return later.action == ROLLBACK or not policy.is_newer(later.commit)


def outranks(earlier: Intent, policy: Policy, *, rollback: bool) -> bool:
    """Does that run, which came earlier, not give way to this one? The same question, asked from the other side."""
    return not rollback and policy.is_older(earlier.commit)
