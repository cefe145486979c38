"""What the writers of both platforms share: the run they belong to, and what one workflow's write has come to so far."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from deployer.http.clock import Clock
from deployer.model.change import Change, CreateLive
from deployer.model.errors import FlowshipError, PlatformError
from deployer.model.outcome import Failure
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.platforms.connections import Connections
from deployer.platforms.gptbots.client import GPTBots
from deployer.platforms.meingpt.client import MeinGPT
from deployer.state.base import DeployRecord, StateStore

T = TypeVar("T")
POLL_SECONDS = (0.5, 1.0, 2.0, 4.0)  # seconds between looks for an effect; the last one repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteContext:
    """One run's writing. `save(change, body)` keeps a definition that is about to be replaced and tells where. `fence(workflow)` is called
    right before anything is sent that changes that workflow, and raises FlowshipError where it must not be. `refused`: workflows, by name, of
    which nothing is to be written, and why."""

    clients: Connections
    state: StateStore
    clock: Clock
    policy: Policy
    run: str
    message: str
    redact: Callable[[str], str]
    save: Callable[[Change, Mapping[str, Any]], str]
    before_send: Callable[[str], None] = lambda _: None
    refused: Mapping[str, Failure] = field(default_factory=dict)

    def gptbots(self, workflow: Workflow) -> GPTBots:
        """The client of a workflow's target, whose writes are fenced."""
        return self.clients.gptbots(workflow, before_send=lambda: self.before_send(workflow.name))

    def meingpt(self, workflow: Workflow) -> MeinGPT:
        return self.clients.meingpt(workflow, before_send=lambda: self.before_send(workflow.name))

    @property
    def environment(self) -> str:
        return self.policy.environment

    @property
    def commit(self) -> str:
        return self.policy.commit

    def record(self, change: Change, step: "WriteProgress", *, draft: DeployRecord | None = None, live: DeployRecord | None = None) -> None:
        """Tell the state. What it cannot take is a warning: the platform has been written, and that must still be reported."""
        step.written = True
        try:
            self.state.record(self.environment, self.run, change.workflow.name, draft=draft, live=live)
        except FlowshipError as error:
            step.warn(f"It could not be recorded: {error.message}")

    def finish(self, change: Change, outcome: str, step: "WriteProgress") -> None:
        """Tell the state how it ended; see `keep`."""
        try:
            self.state.finish(self.environment, self.run, change.workflow.name, outcome)
        except FlowshipError as error:
            step.warn(f"Its end could not be recorded: {error.message}")

    def remove(self, change: Change, step: "WriteProgress") -> None:
        """Tell the state that it is deleted; see `keep`."""
        try:
            self.state.remove(self.environment, self.run, change.workflow.name)
        except FlowshipError as error:
            step.warn(f"Its end could not be recorded: {error.message}")

    def deploy_record(self, change: Change, step: "WriteProgress", *, given_back: str = "", updated_at: str = "") -> DeployRecord:
        """A state record of what has just been written."""
        restored = change.restored
        return DeployRecord(
            fingerprint=change.fingerprint,
            version=step.version or "",
            target=step.target,
            host=self.clients.host(change.workflow),
            commit=restored.commit if restored else self.commit,
            run=self.run,
            time=time.time_ns() // 1_000_000,
            readback_fingerprint=given_back,
            updated_at=updated_at,
            reverted_fingerprint=restored.reverted_fingerprint if restored else "",
            created_with_key=change.workflow.key if isinstance(change, CreateLive) else "",
        )

    def poll_schedule(self, patience: float) -> Iterator[None]:
        """Yields once for each look at the platform, waiting in between, until `patience` seconds are over."""
        yield
        polls = iter(POLL_SECONDS)
        while patience > 0:
            pause = min(next(polls, POLL_SECONDS[-1]), patience)
            if not self.clock.wait(pause):
                return
            patience -= pause
            yield


def wait_for_effect(context: WriteContext, patience: float, look: Callable[[], T | None]) -> tuple[T | None, bool]:
    """What `look` finds within `patience` seconds, None when it does not; and whether the last look could be read: `look` raises PlatformError
    where it cannot (what is not readable is unknown: docs/troubleshooting.md, "What is tried again")."""
    readable = False
    for _ in context.poll_schedule(patience):
        try:
            found = look()
        except PlatformError:
            readable = False
            continue
        readable = True
        if found is not None:
            return found, True
    return None, readable


class Deferred(Exception):  # noqa: N818 - nothing went wrong
    """Somebody else has what this write needs: it is held, and nobody must do anything about it. `why` is for people."""

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
        self.written = False  # something is there that was not before
        self.location = ""  # a preview's, as in an outcome
        self.limitations: list[str] = []
        self.warnings: list[str] = []

    def warn(self, text: str | None) -> None:
        if text:
            self.warnings.append(text)

    @property
    def warning(self) -> str | None:
        return " ".join(self.warnings) or None
