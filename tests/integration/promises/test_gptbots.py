"""GPTBots on the sandbox keeps the promises that every platform keeps (docs/platforms.md, "Prove it")."""

from collections.abc import Callable

import pytest
import sandbox_subjects

from deployer.testing.subject import Subject


@pytest.fixture
def subject() -> Subject:
    return sandbox_subjects.GPTBOTS


def test_promise(promise: Callable[[], None]) -> None:
    promise()
