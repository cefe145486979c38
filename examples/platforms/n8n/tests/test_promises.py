"""n8n keeps the promises that every platform keeps: the server in memory, and a real one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import n8n_checkout
import pytest
from n8n_server import Server
from n8n_subject import DEFINITIONS, EVALS, UNFIT, N8nSubject

from deployer.platforms import added
from deployer.testing.subject import Subject


@pytest.fixture
def subject(start_n8n: Callable[[], AbstractContextManager[Server]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subject]:
    """With the package installed in this process."""
    monkeypatch.syspath_prepend(n8n_checkout.install(tmp_path / "packages"))
    added.find.cache_clear()

    @contextmanager
    def start() -> Iterator[N8nSubject]:
        with start_n8n() as server:
            yield N8nSubject(server)

    yield Subject("n8n", start, DEFINITIONS, EVALS, unfit=UNFIT, refuse=N8nSubject.refuse)
    added.find.cache_clear()


def test_promise(promise: Callable[[], None]) -> None:
    promise()
