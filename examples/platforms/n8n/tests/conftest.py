"""The servers that the tests run against: one in memory that answers as the real one was recorded, and a real one where that is installed."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import n8n_gate
import n8n_server
import n8n_toy
import pytest
from n8n_checkout import Checkout
from n8n_gate import Gate
from n8n_server import Server

pytest_plugins = ["deployer.testing.plugin"]
CACHE = os.environ.get(n8n_server.CACHE_VARIABLE, "")
KINDS = ["toy", *([pytest.param("real", marks=[pytest.mark.real_server, pytest.mark.timeout(600)])] if CACHE else [])]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"real_server: needs a real n8n, installed in the folder that {n8n_server.CACHE_VARIABLE} names")


@pytest.fixture(scope="session")
def real_n8n(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One real server for the session, on a copy of the prepared database."""
    with n8n_server.running(Path(CACHE), tmp_path_factory.mktemp("n8n")) as server:
        yield server


@pytest.fixture(params=KINDS)
def start_n8n(request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[Server]]:
    """Gives a server without workflows, until the block ends."""
    if request.param == "toy":
        return n8n_toy.running
    server: Server = request.getfixturevalue("real_n8n")

    @contextmanager
    def emptied() -> Iterator[Server]:
        for row in server.call("GET", "/api/v1/workflows")[1]["data"]:
            server.call("DELETE", f"/api/v1/workflows/{row['id']}")
        yield server

    return emptied


@pytest.fixture
def n8n(start_n8n: Callable[[], AbstractContextManager[Server]]) -> Iterator[Server]:
    """A server without workflows."""
    with start_n8n() as server:
        yield server


@pytest.fixture
def gate(n8n: Server) -> Iterator[Gate]:
    """What stands between Flowship and the server."""
    with n8n_gate.before(n8n.url) as made:
        yield made


@pytest.fixture
def checkout(tmp_path: Path, n8n: Server, gate: Gate) -> Checkout:
    return Checkout(tmp_path / "repository", gate.url, n8n.key)


@pytest.fixture
def released(checkout: Checkout) -> Checkout:
    """The same, with its workflow released."""
    done = checkout.release()
    assert done.code == 0, done.out
    return checkout
