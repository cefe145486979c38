"""Which runs are alive, by locks that the kernel releases with their process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deployer.formats.guarded_paths import RefusedPathError
from deployer.state.base import ConcurrentRuns, Intent
from deployer.state.file import FileStateStore
from deployer.state.run_locks import RunLocks

IMPORT = {"triage": Intent("import", "f" * 64, "01234567")}
LATER = time.time_ns() // 1_000_000 + 3_600_000  # epoch milliseconds
HOLD = (
    "import sys, time; from deployer.state.run_locks import RunLocks; locks = RunLocks(sys.argv[1]); "
    "locks.acquire('r1'); print('in', flush=True); time.sleep(60)"
)


def test_run_is_alive_until_it_releases_its_lock(tmp_path: Path) -> None:
    own, other = RunLocks(str(tmp_path)), RunLocks(str(tmp_path))
    assert not other.is_alive("r1")
    own.acquire("r1")
    assert other.is_alive("r1")
    assert not other.is_alive("r2")
    own.release()
    assert (other.is_alive("r1"), os.listdir(tmp_path)) == (False, [])


@pytest.mark.parametrize("run", ["7.1", "../../r", "a/b", "", "x" * 300, "ü"])
def test_lock_file_of_any_run_name_is_in_the_folder(tmp_path: Path, run: str) -> None:
    own = RunLocks(str(tmp_path / "running"))
    own.acquire(run)
    assert [path.name for path in tmp_path.iterdir()] == ["running"]
    assert RunLocks(str(tmp_path / "running")).is_alive(run)


def test_killed_run_is_not_alive_and_its_file_is_deleted(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[3])
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}) as process:
        assert process.stdout
        assert process.stdout.readline() == "in\n"
        assert RunLocks(str(tmp_path)).is_alive("r1")
        process.send_signal(signal.SIGKILL)
    assert (RunLocks(str(tmp_path)).is_alive("r1"), os.listdir(tmp_path)) == (False, [])


def test_run_that_ended_since_our_first_read_may_have_written_and_one_that_ended_before_may_not(tmp_path: Path) -> None:
    path = str(tmp_path / "state.jsonl")
    killed = FileStateStore(path)
    killed.intend("production", "r1", "a", "hash", IMPORT, LATER)
    before, after = FileStateStore(path), FileStateStore(path)
    before.read("production")
    assert list(before.concurrent_runs("production", "r2", ["triage"]).earlier_intents) == ["triage"]
    del killed  # with it goes its lock, as with its process
    after.read("production")
    assert before.concurrent_runs("production", "r2", ["triage"]) == ConcurrentRuns(possibly_changed=frozenset({"triage"}))
    assert after.concurrent_runs("production", "r2", ["triage"]) == ConcurrentRuns()


def test_run_with_an_unfinished_intent_stays_alive_after_flush(tmp_path: Path) -> None:
    path = str(tmp_path / "state.jsonl")
    one, other = FileStateStore(path), FileStateStore(path)
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    one.flush()
    assert list(other.concurrent_runs("production", "r2", ["triage"]).earlier_intents) == ["triage"]
    one.finish("production", "r1", "triage", "done")
    one.flush()
    assert os.listdir(tmp_path / "running") == []


def test_lock_file_that_cannot_be_opened_counts_as_alive(tmp_path: Path) -> None:
    (tmp_path / "r1").mkdir()
    assert RunLocks(str(tmp_path)).is_alive("r1")


def test_linked_folder_is_not_locked_in_and_nothing_in_it_is_deleted(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / ".flowship").mkdir(parents=True)
    outside.mkdir()
    (outside / "r1").write_text("precious")
    (root / ".flowship/running").symlink_to(outside)
    locks = RunLocks(str(root / ".flowship/running"), str(root))
    assert not locks.is_alive("r1")
    with pytest.raises(RefusedPathError, match=r"`\.flowship/running` is a symbolic link"):
        locks.acquire("r2")
    assert {path.name: path.read_text() for path in outside.iterdir()} == {"r1": "precious"}


def test_link_is_no_lock_and_is_replaced_by_one(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "running").mkdir()
    (tmp_path / "running/r1").symlink_to("../precious")
    own, other = RunLocks(str(tmp_path / "running"), str(tmp_path)), RunLocks(str(tmp_path / "running"), str(tmp_path))
    assert not other.is_alive("r1")
    own.acquire("r1")
    assert other.is_alive("r1")
    own.release()
    assert ((tmp_path / "precious").read_text(), os.listdir(tmp_path / "running")) == ("precious", [])
