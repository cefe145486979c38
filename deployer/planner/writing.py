"""What the writers of both platforms share: the run they belong to, and what one workflow's write has come to so far."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deployer.domain.change import Change
from deployer.domain.workflow import Workflow
from deployer.ledger.base import Entry, Ledger
from deployer.planner.clients import Clients
from deployer.planner.policy import Policy
from deployer.platforms.clock import Clock

POLLS = (0.5, 1.0, 2.0, 4.0)  # seconds between looks for an effect; the last one repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One run's writing. `save(change, body)` keeps a definition that is about to be replaced and tells where."""

    clients: Clients
    ledger: Ledger
    clock: Clock
    policy: Policy
    run: str
    message: str
    redact: Callable[[str], str]
    save: Callable[[Change, Mapping[str, Any]], str]

    @property
    def environment(self) -> str:
        return self.policy.environment

    @property
    def commit(self) -> str:
        return self.policy.commit

    def entry(self, workflow: Workflow, step: "Step", *, given_back: str = "", updated_at: str = "") -> Entry:
        """A ledger record of what has just been written."""
        return Entry(
            fingerprint=workflow.fingerprint,
            version=step.version or "",
            target=step.target,
            host=self.clients.host(workflow),
            commit=self.commit,
            run=self.run,
            time=int(time.time()),
            given_back=given_back,
            updated_at=updated_at,
        )

    def looks(self, patience: float) -> Iterator[None]:
        """Yields once for each look at the platform, waiting in between, until `patience` seconds are over."""
        yield
        polls = iter(POLLS)
        while patience > 0:
            pause = min(next(polls, POLLS[-1]), patience)
            if not self.clock.wait(pause):
                return
            patience -= pause
            yield


class Step:
    """How far one workflow's write has come: what is true stays true when a later step fails."""

    def __init__(self, *, target: str = "", previous_version: str | None = None) -> None:
        self.target = target
        self.previous_version = previous_version
        self.version: str | None = None
        self.live = False
        self.warnings: list[str] = []

    def warn(self, text: str | None) -> None:
        if text:
            self.warnings.append(text)

    @property
    def warning(self) -> str | None:
        return " ".join(self.warnings) or None
