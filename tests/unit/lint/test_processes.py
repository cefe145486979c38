"""Linting in several processes: the same findings as in one, an error that names the file where one ends, and none left behind.

Each case is a process of its own: a test runner may have threads, and with threads nothing is forked.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FLOW = '{"name": "n", "exportType": "WORKFLOW", "botType": "Workflow", "formatVersion": "1.0", "exportTime": 1, "workflow": %s}'
GRAPHS = (
    '{"workflowNodes": [{"id": "a", "type": "START"}], "workflowEdges": []}',
    '{"workflowNodes": [{"id": 1, "type": "ODD"}], "workflowEdges": [{"id": "e", "sourceNodeID": "x"}]}',
    "[",
)
WORKFLOW = "name: w\ntrigger: {type: webhook}\nsteps:\n- {id: a, type: email, config: {subject: s}}  # flowship: ignore config-value -- a test\n"
HEAD = f"""
import os, signal, sys
sys.path.insert(0, {str(ROOT)!r})
from deployer.lint import engine, linter, processes
from deployer.platforms import source_formats
source_formats.register()
"""
FORCED = "processes.usable = lambda: 3\n"
PRINT = "for finding in linter.lint_paths('.', ('.',), 'flowship.yml'): print(finding)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """240 files of which most have findings; one cannot be read as text, and some hold comments for the linter."""
    for number in range(200):
        (tmp_path / f"{number:03}.flow").write_text(FLOW % GRAPHS[number % 3])
    for number in range(40):
        (tmp_path / f"{number:03}.yaml").write_text(WORKFLOW)
    (tmp_path / "007.flow").write_bytes(b'{"name": "\xff"}')
    return tmp_path


def run(folder: Path, program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", HEAD + program], cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_several_processes_find_what_one_finds(folder: Path) -> None:
    one, three = run(folder, "processes.usable = lambda: 1\n" + PRINT), run(folder, FORCED + PRINT)
    assert (one.stderr, three.stderr) == ("", "")
    assert one.stdout == three.stdout
    assert len(one.stdout.splitlines()) > 200


def test_entries_of_a_manifest_are_shared_out(folder: Path) -> None:
    entries = [f"  w{number}: {{source: {number:03}.flow, key: A}}\n" for number in range(200)]
    (folder / "flowship.yml").write_text("version: 1\nworkflows:\n" + "".join(entries))
    program = PRINT.replace("('.',)", "()")
    one, three = run(folder, "processes.usable = lambda: 1\n" + program), run(folder, FORCED + program)
    assert (one.stderr, three.stderr) == ("", "")
    assert one.stdout == three.stdout
    assert len(one.stdout.splitlines()) > 400


def test_work_is_done_in_other_processes_without_any_variables(folder: Path) -> None:
    program = "os.environ['FLOWSHIP_API_KEY'] = 'secret'; own = os.getpid()\n"
    program += "engine.lint_source = lambda source: [(os.getpid() != own, dict(os.environ))]\n"
    program += "linter.DEFAULT_MANIFEST = 'flowship.yml'; from deployer.lint import suppression\n"
    program += "suppression.apply_directives = lambda findings, directives: print({str(row) for row in findings if len(row) == 2})\n"
    assert run(folder, FORCED + program + PRINT.replace(": print(finding)", " or (): pass")).stdout == "{'(True, {})'}\n"


def test_process_that_ends_is_an_error_that_names_its_file(folder: Path) -> None:
    crash = "lint = engine.lint_source\n"
    crash += "engine.lint_source = lambda source: os.kill(os.getpid(), signal.SIGKILL) if source.path == '100.flow' else lint(source)\n"
    done = run(folder, FORCED + crash + PRINT)
    assert done.returncode == 1
    assert "FlowshipError: The process that linted 100.flow ended without a result (signal 9)." in done.stderr


def test_error_in_a_process_is_raised_as_in_one(folder: Path) -> None:
    bug = "lint = engine.lint_source\nengine.lint_source = lambda source: [][1] if source.path == '100.flow' else lint(source)\n"
    done = run(folder, FORCED + bug + PRINT)
    assert done.returncode == 1
    assert done.stderr.endswith("IndexError: list index out of range\n")


def test_where_no_process_can_be_started_one_lints(folder: Path) -> None:
    refused = "def fork(): raise BlockingIOError\nos.fork = fork\n"
    assert run(folder, FORCED + refused + PRINT).stdout == run(folder, PRINT).stdout


@pytest.mark.parametrize(
    "start", ["threading.Thread(target=time.sleep, args=(9,), daemon=True).start()", "_thread.start_new_thread(time.sleep, (9,))"]
)
def test_with_threads_nothing_is_forked(folder: Path, start: str) -> None:
    program = f"import _thread, threading, time; {start}; print(processes.usable()); sys.stdout.flush(); os._exit(0)\n"
    assert run(folder, program).stdout == "1\n"


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_signal_ends_all_processes_at_once(folder: Path, number: str) -> None:
    """The parent is stopped while each process is at a file that never ends; the pipe's end shows that no process is left."""
    program = "from deployer.cli.signals import StopSignals; StopSignals().exit_at_once(); import time\n"
    program += "def lint(source):\n    os.write(1, b'at\\n')\n    while os.getppid() == parent: time.sleep(0.01)\n    os._exit(1)\n"
    program += "parent = os.getpid(); engine.lint_source = lint\n"
    with subprocess.Popen([sys.executable, "-c", HEAD + FORCED + program + PRINT], cwd=folder, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(getattr(signal, number))
        process.stdout.read()  # ends when the last process has ended
    assert process.returncode == 128 + getattr(signal, number)


def test_cores_that_this_process_may_use_decide(folder: Path) -> None:
    allowed = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else -1
    program = f"os.sched_setaffinity(0, [{allowed}]); print(processes.usable())\n"
    assert run(folder, program if allowed >= 0 else "print(1)").stdout == "1\n"
