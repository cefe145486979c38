"""What a run stands in: its settings, place, time, console and event. Made once at the top and passed down."""

import os
import secrets
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from deployer import remote
from deployer.domain.console import Console
from deployer.domain.secret import Redactor
from deployer.github import event as events
from deployer.github.event import Event
from deployer.ledger.base import Ledger
from deployer.platforms.clock import Clock
from deployer.remote import Remote
from deployer.settings import Settings
from deployer.showing import Showing
from deployer.source import history
from deployer.source.history import Commit


@dataclass(frozen=True)
class World:
    """One run's surroundings. `root` is the repository (the runner's workspace, else the current folder)."""

    settings: Settings
    root: str
    clock: Clock
    console: Console
    event: Event
    redactor: Redactor
    run: str

    @cached_property
    def commit(self) -> Commit:
        """The commit that is being shipped and its subject: the event's on GitHub, else git's; empty when nobody knows."""
        told = self.event.head_sha or self.event.sha  # a pull request's own commit, not the merge that GitHub made of it
        local = None if told and self.event.subject else history.head(self.root)
        sha = told or (local.sha if local else "")
        subject = self.event.subject or (local.subject if local and local.sha == sha else "")
        return Commit(sha, self.settings.message or subject)

    @cached_property
    def ledger(self) -> Ledger:
        return remote.ledger(self.settings, self.root, self.clock, self.commit.sha, self.github)

    @cached_property
    def github(self) -> Remote | None:
        """The repository on GitHub; None where there is no token, or no GitHub. Nothing is asked before it is needed."""
        return remote.connect(self.settings, self.clock, self.commit.sha, self.event.default_branch)

    @cached_property
    def showing(self) -> Showing:
        return Showing(self)

    @property
    def run_url(self) -> str:
        """Where the run is to be seen, and its job summary; "" where GitHub did not tell."""
        event = self.event
        known = event.server_url and event.repository and event.run_id
        return f"{event.server_url}/{event.repository}/actions/runs/{event.run_id}/attempts/{event.run_attempt or 1}" if known else ""

    def is_ancestor(self, older: str, newer: str) -> bool | None:
        """By the local git; in the action, whose container has none, by GitHub."""
        known = history.is_ancestor(self.root, older, newer)
        if known is None and self.settings.in_action and self.github:
            return self.github.commits.is_ancestor(older, newer)
        return known


def make(settings: Settings, environ: Mapping[str, str], console: Console, redactor: Redactor) -> World:
    """The world as the environment tells it."""
    return World(
        settings=settings,
        root=environ.get("GITHUB_WORKSPACE") or os.getcwd() if settings.in_action else os.getcwd(),
        clock=Clock(settings.timeout),
        console=console,
        event=events.read(environ),
        redactor=redactor,
        run=_run_id(environ),
    )


@contextmanager
def stopped_by_signals(clock: Clock) -> Iterator[None]:
    """SIGINT and SIGTERM stop the clock: nothing new is written from then on. (In the container we are PID 1, which has no default handlers.)"""
    before = {name: signal.signal(name, lambda *_: clock.stop()) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _run_id(environ: Mapping[str, str]) -> str:
    if environ.get("GITHUB_RUN_ID"):
        return f"{environ['GITHUB_RUN_ID']}.{environ.get('GITHUB_RUN_ATTEMPT', '1')}"
    return f"local-{secrets.token_hex(6)}"
