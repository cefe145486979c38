"""The store: numbering, releases, what a file keeps, what a transaction undoes."""

from pathlib import Path

import pytest

from deployer.sandbox.config import ConfigError
from deployer.sandbox.scripts import Answer
from deployer.sandbox.store import Store
from deployer.sandbox.targets import Organisation, SeedVersion, Target
from deployer.sandbox.versions import Versions, next_version
from deployer.sandbox.workflows import Workflows, iso


@pytest.mark.parametrize(
    ("latest", "version"), [(None, "1.0.0"), ("1.0.2", "1.0.3"), ("1.0.9", "1.0.10"), ("v2", "v3"), ("9", "10"), ("beta", "beta.1")]
)
def test_numbering(latest: str | None, version: str) -> None:
    assert next_version(latest) == version


def test_a_number_that_exists_is_passed_over(store: Store) -> None:
    versions = Versions(store)
    for name in ("1.0.1", "1.0.0"):
        versions.add("t", name, "", "", "", b"")
    assert versions.import_("t", "", "f", "", b"") == "1.0.2"


def test_a_release_makes_all_others_drafts(store: Store) -> None:
    versions = Versions(store)
    for _ in range(3):
        versions.import_("t", "", "f", "", b"")
    assert versions.release("t", "1.0.0") is None
    assert versions.release("t", "1.0.2") == "1.0.0"
    assert [(row.version, row.published) for row in versions.all("t")] == [("1.0.2", 1), ("1.0.1", 0), ("1.0.0", 0)]
    assert versions.published_elsewhere("t") == 0
    assert versions.published_elsewhere("other") == 1


def test_what_is_seeded_does_not_come_back(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    organisation = Organisation("acme", workflows=({"id": "wf_1", "name": "A"},))
    target = Target("a", "workflow", "t1", versions=(SeedVersion("1.0.0", "", True), SeedVersion("1.0.1", "", False)))
    first = Store(path)
    Workflows(first).know(organisation)
    Workflows(first).delete("wf_1")
    Versions(first).know(target)
    first.close()
    second = Store(path)
    Workflows(second).know(organisation)
    Versions(second).know(target)
    assert Workflows(second).of("acme") == []
    assert [row.version for row in Versions(second).all("t1")] == ["1.0.1", "1.0.0"]
    assert second.db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    second.close()


def test_updates_within_a_millisecond_are_told_apart(store: Store) -> None:
    workflows = Workflows(store)
    organisation = Organisation("acme")
    row = workflows.create(organisation, {"name": "a"})
    seen = [row.updated]
    for number in range(5):
        row = workflows.get("acme", row.id) or row
        workflows.update(row, {"description": str(number)}, row.status)
        seen.append((workflows.get("acme", row.id) or row).updated)
    assert sorted(set(seen)) == seen


def test_seeded_executions_cost_nothing(store: Store) -> None:
    workflows = Workflows(store)
    record = {"execution_id": "exec_1", "workflow_id": "wf_1", "status": "completed"}
    workflows.know(Organisation("acme", workflows=({"id": "wf_1", "name": "A", "execution_count": 245},), run_records=(record,)))
    row = workflows.get("acme", "wf_1")
    assert row
    assert (workflows.spent("acme"), row.executions) == (0, 245)
    workflows.execute(row, {}, Answer())
    again = workflows.get("acme", "wf_1")
    assert again
    assert (workflows.spent("acme"), again.executions) == (1, 246)


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    versions = Versions(store)

    def fail() -> None:
        with store.transaction():
            versions.add("t", "1.0.0", "", "", "", b"")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert versions.all("t") == []


def test_the_log_of_requests_keeps_unanswered_ones(store: Store) -> None:
    first = store.arrived("GET", "/a", "x=1", None, 1)
    store.arrived("POST", "/b", "", "t", 2)
    store.answered(first, 200, None)
    assert [(row["path"], row["status"], row["in_flight"]) for row in store.requests()] == [("/a", 200, 1), ("/b", None, 2)]


def test_a_file_that_is_no_state_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be looked at as if it were one" * 20)
    with pytest.raises(ConfigError, match=r"notes\.txt: cannot keep the sandbox's state here"):
        Store(path)


def test_state_of_another_version_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    store.db.execute("PRAGMA user_version=99")
    store.close()
    with pytest.raises(ConfigError, match="another version of the sandbox"):
        Store(tmp_path / "state.db")


@pytest.mark.parametrize(("epoch_ms", "text"), [(1705312800000, "2024-01-15T10:00:00Z"), (1705312800120, "2024-01-15T10:00:00.120Z")])
def test_times(epoch_ms: int, text: str) -> None:
    assert iso(epoch_ms) == text
