"""The store itself: files, transactions, the request log, the counts."""

from pathlib import Path

import pytest

from deployer.sandbox.config_files import SandboxConfigError
from deployer.sandbox.gptbots_store import GptbotsStore
from deployer.sandbox.store import SandboxStore


def test_failed_transaction_leaves_nothing(store: SandboxStore) -> None:
    versions = GptbotsStore(store)

    def fail() -> None:
        with store.transaction():
            versions.add("t", "1.0.0", "", "", "", b"")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert versions.versions("t") == []


def test_request_log_keeps_unanswered_requests(store: SandboxStore) -> None:
    first = store.log_request("GET", "/a", "x=1", None, 1)
    store.log_request("POST", "/b", "", "t", 2)
    store.log_reply(first, 200, None)
    assert [(row["path"], row["status"], row["in_flight"]) for row in store.requests()] == [("/a", 200, 1), ("/b", None, 2)]


def test_counts_survive_a_restart_and_are_apart(tmp_path: Path) -> None:
    first = SandboxStore(tmp_path / "sandbox.db")
    assert [first.count_scripted_run(script) for script in "aab"] == [0, 1, 0]
    assert first.count_match("rule") == (1, 0)
    first.count_firing("rule")
    first.close()
    second = SandboxStore(tmp_path / "sandbox.db")
    assert (second.count_scripted_run("a"), second.count_match("rule"), second.mark_seeded("x"), second.mark_seeded("x")) == (2, (2, 1), True, False)
    second.clear_rule_counts()
    assert second.count_match("rule") == (1, 0)
    second.clear()
    assert (second.count_scripted_run("a"), second.mark_seeded("x")) == (0, True)
    second.close()


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be looked at as if it were one" * 20)
    with pytest.raises(SandboxConfigError, match=r"notes\.txt: cannot keep the sandbox's store here"):
        SandboxStore(path)


def test_store_of_another_version_is_refused(tmp_path: Path) -> None:
    store = SandboxStore(tmp_path / "sandbox.db")
    store.db.execute("PRAGMA user_version=99")
    store.close()
    with pytest.raises(SandboxConfigError, match="another version of the sandbox"):
        SandboxStore(tmp_path / "sandbox.db")
