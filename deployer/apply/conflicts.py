"""Conflicts: other runs that write the same workflows, read from the state before a write and at most every 30 seconds.

Two runs never write one workflow at once (`deployer.apply.run_queue`). The earlier one yields to the later, unless it deploys the newer
commit: both runs can tell from the state.
"""

import threading
import time
from collections.abc import Collection, Mapping

from deployer.model.errors import FlowshipError
from deployer.model.policy import Policy
from deployer.platforms.write_context import WriteContext
from deployer.state import run_names
from deployer.state.base import ROLLBACK, ConcurrentRuns, Intent

LOOK_INTERVAL_S = 30.0  # leaves most of the token's 1,000 calls an hour (docs/contracts/github-actions.md, "Token")
FIX = "Let one run at a time deploy an environment. Run it again once the other one is over: it looks first."


class Preempted(FlowshipError):  # noqa: N818 - the outcome, as an exception
    """Another run deploys this workflow and takes precedence: nothing more is sent for it."""

    def __init__(self, other: Intent, own: str) -> None:
        name = run_names.shown(other.run, own)
        super().__init__(f"{name[0].upper()}{name[1:]} is deploying the same workflow and takes precedence.", fix=FIX, code="RIVAL")


class ConflictGuard:
    """Refuses writes where another run takes precedence. Safe to use from threads. A state that cannot be read changes nothing.

    `blocked`: intents of earlier runs that do not yield, by workflow; `look`: the other runs as read `at` (monotonic seconds).
    """

    def __init__(
        self, context: WriteContext, workflows: Collection[str], blocked: Mapping[str, Intent], look: ConcurrentRuns | None, at: float
    ) -> None:
        self._context = context
        self._workflows = workflows
        self._blocked = blocked
        self._lock = threading.Lock()
        self._asked = at if look else None
        self._known = look or ConcurrentRuns()

    def refuse(self, workflow: str) -> None:
        """Raises Preempted where another run takes precedence."""
        with self._lock:
            now = time.monotonic()
            if self._asked is None or now - self._asked >= LOOK_INTERVAL_S:
                self._known = self._ask()
                self._asked = now
            newest = self._known.latest_intent.get(workflow)
        other = self._blocked.get(workflow) or (newest if newest and yields_to(newest, self._context.policy) else None)
        if other:
            raise Preempted(other, self._context.run)

    def _ask(self) -> ConcurrentRuns:
        try:
            return self._context.state.concurrent_runs(self._context.environment, self._context.run, self._workflows)
        except FlowshipError:
            return self._known


def yields_to(later: Intent, policy: Policy) -> bool:
    """Does this run yield to one that came later? Not to an older commit, but to a rollback, which goes to an older one on purpose."""
    return later.action == ROLLBACK or not policy.is_newer(later.commit)


def outranks(earlier: Intent, policy: Policy, *, rollback: bool) -> bool:
    """Does that earlier run not yield to this one? The same rule as `yields_to`, seen from the later run."""
    return not rollback and policy.is_older(earlier.commit)
