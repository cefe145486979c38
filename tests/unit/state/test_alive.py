"""Who is still going, by a lock that the kernel lets go of."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deployer.state.base import Intended, Others
from deployer.state.file import FileLedger
from deployer.state.run_locks import Alive

IMPORT = {"triage": Intended("import", "f" * 64, "01234567")}
LATER = 10**14  # epoch milliseconds
HOLD = "import sys, time; from deployer.state.run_locks import Alive; a = Alive(sys.argv[1]); a.enter('r1'); print('in', flush=True); time.sleep(60)"


def test_a_run_is_going_until_it_leaves(tmp_path: Path) -> None:
    here, looking = Alive(str(tmp_path)), Alive(str(tmp_path))
    assert not looking.is_alive("r1")
    here.enter("r1")
    assert looking.is_alive("r1")
    assert not looking.is_alive("r2")
    here.leave()
    assert (looking.is_alive("r1"), os.listdir(tmp_path)) == (False, [])


def test_jobs_of_one_run_share_its_name(tmp_path: Path) -> None:
    one, other, looking = Alive(str(tmp_path)), Alive(str(tmp_path)), Alive(str(tmp_path))
    one.enter("7.1")
    other.enter("7.1")
    one.leave()
    assert looking.is_alive("7.1")
    other.leave()
    assert not looking.is_alive("7.1")


@pytest.mark.parametrize("run", ["7.1", "../../r", "a/b", "", "x" * 300, "ü"])
def test_whatever_a_run_is_called_its_file_is_in_the_folder(tmp_path: Path, run: str) -> None:
    here = Alive(str(tmp_path / "running"))
    here.enter(run)
    assert [path.name for path in tmp_path.iterdir()] == ["running"]
    assert Alive(str(tmp_path / "running")).is_alive(run)


def test_a_killed_process_is_not_going_and_leaves_nothing_for_long(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[3])
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}) as process:
        assert process.stdout
        assert process.stdout.readline() == "in\n"
        assert Alive(str(tmp_path)).is_alive("r1")
        process.send_signal(signal.SIGKILL)
    assert (Alive(str(tmp_path)).is_alive("r1"), os.listdir(tmp_path)) == (False, [])


def test_who_was_over_before_we_read_is_no_matter_and_who_ended_since_is_looked_after(tmp_path: Path) -> None:
    path = str(tmp_path / "ledger.jsonl")
    killed = FileLedger(path)
    killed.intend("production", "r1", "a", "hash", IMPORT, LATER)
    before, after = FileLedger(path), FileLedger(path)
    before.read("production")
    assert list(before.others("production", "r2", ["triage"]).ahead) == ["triage"]
    del killed  # with it goes its lock, as with its process
    after.read("production")
    assert before.others("production", "r2", ["triage"]) == Others(moved=frozenset({"triage"}))
    assert after.others("production", "r2", ["triage"]) == Others()


def test_what_was_left_in_the_middle_counts_as_going_until_the_process_ends(tmp_path: Path) -> None:
    path = str(tmp_path / "ledger.jsonl")
    one, other = FileLedger(path), FileLedger(path)
    one.intend("production", "r1", "a", "hash", IMPORT, LATER)
    one.flush()
    assert list(other.others("production", "r2", ["triage"]).ahead) == ["triage"]
    one.close("production", "r1", "triage", "done")
    one.flush()
    assert os.listdir(tmp_path / "running") == []
