"""Who is still going, by a lock that the kernel lets go of."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deployer.state.base import ConcurrentRuns, Intent
from deployer.state.file import FileStateStore
from deployer.state.run_locks import RunLocks

IMPORT = {"triage": Intent("import", "f" * 64, "01234567")}
LATER = 10**14  # epoch milliseconds
HOLD = (
    "import sys, time; from deployer.state.run_locks import RunLocks; locks = RunLocks(sys.argv[1]); "
    "locks.enter('r1'); print('in', flush=True); time.sleep(60)"
)


def test_a_run_is_going_until_it_leaves(tmp_path: Path) -> None:
    here, looking = RunLocks(str(tmp_path)), RunLocks(str(tmp_path))
    assert not looking.is_alive("r1")
    here.enter("r1")
    assert looking.is_alive("r1")
    assert not looking.is_alive("r2")
    here.leave()
    assert (looking.is_alive("r1"), os.listdir(tmp_path)) == (False, [])


def test_jobs_of_one_run_share_its_name(tmp_path: Path) -> None:
    one, other, looking = RunLocks(str(tmp_path)), RunLocks(str(tmp_path)), RunLocks(str(tmp_path))
    one.enter("7.1")
    other.enter("7.1")
    one.leave()
    assert looking.is_alive("7.1")
    other.leave()
    assert not looking.is_alive("7.1")


@pytest.mark.parametrize("run", ["7.1", "../../r", "a/b", "", "x" * 300, "ü"])
def test_whatever_a_run_is_called_its_file_is_in_the_folder(tmp_path: Path, run: str) -> None:
    here = RunLocks(str(tmp_path / "running"))
    here.enter(run)
    assert [path.name for path in tmp_path.iterdir()] == ["running"]
    assert RunLocks(str(tmp_path / "running")).is_alive(run)


def test_a_killed_process_is_not_going_and_leaves_nothing_for_long(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[3])
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}) as process:
        assert process.stdout
        assert process.stdout.readline() == "in\n"
        assert RunLocks(str(tmp_path)).is_alive("r1")
        process.send_signal(signal.SIGKILL)
    assert (RunLocks(str(tmp_path)).is_alive("r1"), os.listdir(tmp_path)) == (False, [])


def test_who_was_over_before_we_read_is_no_matter_and_who_ended_since_is_looked_after(tmp_path: Path) -> None:
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


def test_what_was_left_in_the_middle_counts_as_going_until_the_process_ends(tmp_path: Path) -> None:
    path = str(tmp_path / "state.jsonl")
    one, other = FileStateStore(path), FileStateStore(path)
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    one.flush()
    assert list(other.concurrent_runs("production", "r2", ["triage"]).earlier_intents) == ["triage"]
    one.finish("production", "r1", "triage", "done")
    one.flush()
    assert os.listdir(tmp_path / "running") == []
