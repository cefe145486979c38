"""A Runner that writes to real files, read back by the runner's own grammar."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from runner_grammar import ATTACKS, Command, Grammar, read_outputs

from deployer.github.runner import Runner


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
