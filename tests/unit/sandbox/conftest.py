"""A store in memory, closed at the end: an open one is a warning from Python 3.13 on."""

from collections.abc import Iterator

import pytest

from deployer.sandbox.store import SandboxStore


@pytest.fixture
def store() -> Iterator[SandboxStore]:
    opened = SandboxStore()
    yield opened
    opened.close()
