"""GPTBots in the store: numbering, releases, seeds that do not come back."""

from pathlib import Path

import pytest

from deployer.sandbox.gptbots_store import GptbotsStore, next_version
from deployer.sandbox.run_scripts import ScriptedAnswer
from deployer.sandbox.store import SandboxStore
from deployer.sandbox.targets_file import DeclaredTarget, DeclaredVersion


@pytest.mark.parametrize(
    ("latest", "version"), [(None, "1.0.0"), ("1.0.2", "1.0.3"), ("1.0.9", "1.0.10"), ("v2", "v3"), ("9", "10"), ("beta", "beta.1")]
)
def test_next_version_counts_the_last_number(latest: str | None, version: str) -> None:
    assert next_version(latest) == version


def test_number_that_exists_is_passed_over(store: SandboxStore) -> None:
    versions = GptbotsStore(store)
    for name in ("1.0.1", "1.0.0"):
        versions.add("t", name, "", "", "", b"")
    assert versions.add_next("t", "", "f", "", b"") == "1.0.2"


def test_release_makes_all_others_drafts(store: SandboxStore) -> None:
    versions = GptbotsStore(store)
    for _ in range(3):
        versions.add_next("t", "", "f", "", b"")
    assert versions.release("t", "1.0.0") is None
    assert versions.release("t", "1.0.2") == "1.0.0"
    assert [(row.version, row.status) for row in versions.versions("t")] == [("1.0.2", "PUBLISHED"), ("1.0.1", "DRAFT"), ("1.0.0", "DRAFT")]
    assert versions.count_other_live_targets("t") == 0
    assert versions.count_other_live_targets("other") == 1


def test_copy_is_a_draft_with_the_same_content(store: SandboxStore) -> None:
    versions = GptbotsStore(store)
    versions.add_next("t", "original", "f", "LoopAgent", b"content")
    versions.copy("t", "1.0.0", "v9", "copied")
    copy = versions.find("t", "v9")
    assert copy
    assert (copy.description, copy.status, copy.fingerprint, copy.bot_type) == ("copied", "DRAFT", "f", "LoopAgent")
    assert versions.read_content("t", "v9") == b"content"


def test_declared_versions_are_stored_once(tmp_path: Path) -> None:
    declared = (DeclaredVersion("1.0.0", "", True), DeclaredVersion("1.0.1", "", False))
    target = DeclaredTarget("a", "workflow", "t1", versions=declared)
    first = SandboxStore(tmp_path / "sandbox.db")
    GptbotsStore(first).ensure_target(target)
    GptbotsStore(first).release("t1", "1.0.1")
    first.close()
    second = SandboxStore(tmp_path / "sandbox.db")
    GptbotsStore(second).ensure_target(target)
    assert [(row.version, row.status) for row in GptbotsStore(second).versions("t1")] == [("1.0.1", "PUBLISHED"), ("1.0.0", "DRAFT")]
    assert second.db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    second.close()


def test_runs_are_listed_newest_first_within_a_time(store: SandboxStore) -> None:
    versions = GptbotsStore(store)
    runs = [versions.add_run("t", "1.0.0", "u", "{}", "{}", ScriptedAnswer(duration=1.5), asynchronous=False) for _ in range(3)]
    assert [run["id"] for run in versions.runs("t", 0, 2**62)] == [run["id"] for run in reversed(runs)]
    assert versions.runs("t", 0, runs[0]["started"] - 1) == []
    assert (versions.find_run("t", runs[0]["id"]), versions.find_run("other", runs[0]["id"])) == (runs[0], None)
    assert (runs[0]["status"], runs[0]["duration"]) == ("SUCCEED", 1500)
