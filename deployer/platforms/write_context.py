"""One run's writing, and how far one workflow's write has come: what both ways of deploying and their caller share."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from deployer.http.clock import Clock
from deployer.model.change import Change, CreateLive
from deployer.model.errors import FlowshipError
from deployer.model.failure import Failure
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.platforms.base import Connected, Target
from deployer.state.base import DeployRecord, StateStore

POLL_SECONDS = (0.5, 1.0, 2.0, 4.0)  # between looks for an effect; the last one repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteContext:
    """One run's writing. `save(change, body)` keeps a definition that is about to be replaced and returns where. `before_send(workflow)` is
    called right before anything is sent that changes that workflow, and raises FlowshipError where it must not be. `refused`: workflows, by name,
    of which nothing is to be written, and why."""

    connections: Connected
    state: StateStore
    clock: Clock
    policy: Policy
    run: str
    message: str
    redact: Callable[[str], str]
    save: Callable[[Change, Mapping[str, Any]], str]
    before_send: Callable[[str], None] = lambda _: None
    refused: Mapping[str, Failure] = field(default_factory=dict)

    def target(self, workflow: Workflow) -> Target:
        """The workflow's target, whose writes are preceded by `before_send`."""
        return self.connections.target(workflow, before_send=lambda: self.before_send(workflow.name))

    @property
    def environment(self) -> str:
        return self.policy.environment

    @property
    def commit(self) -> str:
        return self.policy.commit

    def record(self, change: Change, progress: "WriteProgress", *, draft: DeployRecord | None = None, live: DeployRecord | None = None) -> None:
        """Record what was written. A state store that fails is a warning: the platform has been written, and that must still be reported."""
        progress.written = True
        save = partial(self.state.record, draft=draft, live=live)
        self._try(save, change, progress, "It")

    def finish(self, change: Change, outcome: str, progress: "WriteProgress") -> None:
        """Record how it ended; see `record`."""
        self._try(partial(self.state.finish, outcome=outcome), change, progress, "Its end")

    def remove(self, change: Change, progress: "WriteProgress") -> None:
        """Record that it is deleted; see `record`."""
        self._try(self.state.remove, change, progress, "Its deletion")

    def _try(self, save: Callable[[str, str, str], None], change: Change, progress: "WriteProgress", what: str) -> None:
        try:
            save(self.environment, self.run, change.workflow.name)
        except FlowshipError as error:
            progress.warn(f"{what} could not be recorded: {error.message}")

    def deploy_record(
        self, change: Change, progress: "WriteProgress", *, readback_fingerprint: str = "", updated_at: str = "", read_back: bool = True
    ) -> DeployRecord:
        """The record of what has just been written."""
        restored = change.restored
        return DeployRecord(
            fingerprint=change.fingerprint,
            version=progress.version or "",
            target=progress.target,
            host=self.connections.host(change.workflow),
            commit=restored.commit if restored else self.commit,
            run=self.run,
            time=time.time_ns() // 1_000_000,
            readback_fingerprint=readback_fingerprint,
            updated_at=updated_at,
            read_back=read_back,
            reverted_fingerprint=restored.reverted_fingerprint if restored else "",
            created_with_key=change.workflow.key if isinstance(change, CreateLive) else "",
        )

    def poll_schedule(self, seconds: float) -> Iterator[None]:
        """Yields once for each look at the platform, waiting in between, until `seconds` are over."""
        yield
        polls = iter(POLL_SECONDS)
        while seconds > 0:
            pause = min(next(polls, POLL_SECONDS[-1]), seconds)
            if not self.clock.wait(pause):
                return
            seconds -= pause
            yield


class Deferred(Exception):  # noqa: N818 - nothing went wrong
    """Another run or pull request has what this write needs: it is held, and nothing has to be done about it. `why` is for people."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class WriteProgress:
    """How far one workflow's write has come: what is true stays true when a later step fails."""

    def __init__(self, *, target: str = "", previous_version: str | None = None) -> None:
        self.target = target
        self.previous_version = previous_version
        self.version: str | None = None
        self.live = False
        self.written = False  # something is on the platform that was not before
        self.is_unclear = False  # what was sent may show later: the next run looks for it
        self.location = ""  # a preview's, as in an outcome
        self.limitations: list[str] = []
        self.warnings: list[str] = []

    def warn(self, text: str | None) -> None:
        if text:
            self.warnings.append(text)

    @property
    def warning(self) -> str | None:
        return " ".join(self.warnings) or None
