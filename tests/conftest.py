"""Fixtures for every test. A sandbox is started per test: it takes a few milliseconds."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from requests import Response, Session

from deployer.platforms import source_formats
from deployer.sandbox.server import running

pytest_plugins = ["deployer.testing.plugin"]

source_formats.register()  # as the command line does


class Sandbox:
    """A running sandbox: its `url`, what it shows, and calls to it."""

    def __init__(self, url: str, session: Session) -> None:
        self.url = url
        self._session = session

    def state(self) -> dict[str, Any]:
        """`{"gptbots": [targets with versions], "meingpt": [organisations with workflows]}`."""
        return dict(self._session.get(f"{self.url}/_sandbox/state", timeout=10).json())

    def requests(self) -> list[dict[str, Any]]:
        """Every request in order: method, path, query, status, target, time, in_flight, fault."""
        return list(self._session.get(f"{self.url}/_sandbox/requests", timeout=10).json())

    def faults(self, rules: list[dict[str, Any]]) -> None:
        """Replace the fault rules."""
        reply = self._session.post(f"{self.url}/_sandbox/faults", json=rules, timeout=10)
        assert reply.status_code == 200, reply.text

    def waiting(self, number: int) -> None:
        """Returns as soon as that many requests wait at barriers."""
        assert self._session.get(f"{self.url}/_sandbox/barriers?waiting={number}", timeout=30).json()["waiting"] >= number

    def open(self) -> None:
        """Let them go on."""
        assert self._session.post(f"{self.url}/_sandbox/barriers", timeout=10).json()["ok"]

    def call(self, method: str, path: str, key: str = "", **options: Any) -> Response:
        """One call with that key, over a kept connection."""
        headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **options.pop("headers", {})}
        return self._session.request(method, self.url + path, headers=headers, timeout=10, **options)


@pytest.fixture
def start_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Start a sandbox with `running`'s options (state, targets, faults, latency); it stops with the test."""
    with ExitStack() as stack:

        def start(**options: Any) -> Sandbox:
            url = stack.enter_context(running(**options))
            session = stack.enter_context(Session())
            session.trust_env = False
            return Sandbox(url, session)

        yield start


@pytest.fixture
def sandbox(start_sandbox: Callable[..., Sandbox]) -> Sandbox:
    """A sandbox with nothing in it: any `sandbox-workflow-NAME`, `sandbox-agent-NAME` (GPTBots), `sandbox-NAME` (meinGPT) key works."""
    return start_sandbox()
