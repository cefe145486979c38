"""A Runner that writes to real files, read back by the runner's own grammar; and the API against the stand-in."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from github_stand_in import GitHub, running
from runner_grammar import ATTACKS, Command, Grammar, read_outputs

from deployer.github.api import Api
from deployer.github.runner import Runner
from deployer.http.clock import Clock
from deployer.model.secret import Secret


@pytest.fixture(params=list(ATTACKS.values()), ids=list(ATTACKS))
def attack(request: pytest.FixtureRequest) -> str:
    text: str = request.param
    return text


@pytest.fixture
def attacks() -> dict[str, str]:
    return ATTACKS


class Log(Protocol):
    """A Runner that writes to real files, and readers for them."""

    runner: Runner
    output: Path
    summary: Path

    def text(self) -> str: ...
    def commands(self, *, respects_stop: bool = True) -> list[Command]: ...
    def plain(self) -> list[str]: ...
    def outputs(self) -> dict[str, str]: ...


class _Log:
    def __init__(self, folder: Path) -> None:
        self.output, self.summary, self._path = folder / "output", folder / "summary.md", folder / "log"
        self.output.touch()
        self.summary.touch()
        self._stream = self._path.open("w", encoding="utf-8", newline="")
        self.runner = Runner({"GITHUB_OUTPUT": str(self.output), "GITHUB_STEP_SUMMARY": str(self.summary)}, self._stream)

    def text(self) -> str:
        return self._path.read_bytes().decode()

    def commands(self, *, respects_stop: bool = True) -> list[Command]:
        return Grammar(respects_stop).read(self.text())

    def plain(self) -> list[str]:
        grammar = Grammar()
        grammar.read(self.text())
        return [line for line in grammar.plain if line]

    def outputs(self) -> dict[str, str]:
        return read_outputs(self.output.read_bytes().decode())

    def close(self) -> None:
        self._stream.close()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = _Log(tmp_path)
    yield made
    made.close()


class Time(Clock):
    """A clock that waits without waiting; `waited` are the seconds asked for."""

    def __init__(self) -> None:
        super().__init__(600.0)
        self.waited: list[float] = []

    def wait(self, seconds: float) -> bool:
        if self.stopped or seconds > self.remaining:
            return False
        self.waited.append(seconds)
        return True

    def now(self) -> float:
        return time.time() + sum(self.waited)


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        yield hub


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def api(hub: GitHub, clock: Time) -> Any:
    """As one run has it."""
    return lambda token="stand-in-token": Api(hub.url, "acme/flows", Secret(token), clock=clock, jitter=lambda: 0.5, now=clock.now)
