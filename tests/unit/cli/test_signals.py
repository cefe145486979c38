"""Signals are noted from the first line, whatever the process is doing, and stop the run that begins after them."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployer.cli.signals import SIGNALS, StopSignals
from deployer.http.clock import Clock

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def signals() -> Iterator[StopSignals]:
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    yield StopSignals()
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_before_there_is_a_clock_stops_the_clock(signals: StopSignals, number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    clock = Clock(60)
    before = clock.stopped
    signals.call(clock.stop)
    assert (before, clock.stopped) == (False, True)
    assert not clock.wait(30)


def test_second_signal_does_no_more_than_the_first(signals: StopSignals) -> None:
    clock = Clock(60)
    signals.call(clock.stop)
    for number in (*SIGNALS, *SIGNALS):
        os.kill(os.getpid(), number)
    assert clock.stopped


def test_stop_in_the_middle_of_a_wait_ends_it_in_every_thread(signals: StopSignals) -> None:
    clock = Clock(600)
    signals.call(clock.stop)
    results: list[bool] = []
    threads = [threading.Thread(target=lambda: results.append(clock.wait(500))) for _ in range(3)]
    for thread in threads:
        thread.start()
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
    assert not clock.wait(500)
    for thread in threads:
        thread.join(30)
    assert results == [False] * 3


@pytest.mark.timeout(20)
@pytest.mark.parametrize("line", range(1, 12))
def test_signal_at_any_line_of_a_wait(line: int) -> None:
    """`threading.Event.set` in a handler waits for ever where it interrupts `Event.wait` in the same thread."""
    clock, lines = Clock(60), 0

    def trace(_frame: object, event: str, _argument: object) -> Any:
        nonlocal lines
        lines += event == "line"
        if event == "line" and lines == line:
            clock.stop()
        return trace

    sys.settrace(trace)
    try:
        clock.wait(0.01)
    finally:
        sys.settrace(None)
    clock.stop()
    assert clock.stopped
    assert not clock.wait(30)


DEADLINE = """
import os, signal, sys, time
from deployer.cli import signals
signals.LAST_SECONDS = 0.05
deadline = signals.StopDeadline()
taken = signals.StopSignals()
taken.call(deadline.arm)
os.kill(os.getpid(), signal.SIGTERM)
if sys.argv[1] == "lifted":
    deadline.lift()
    os.kill(os.getpid(), signal.SIGTERM)
try:
    for _ in range(100):
        time.sleep(0.01 if sys.argv[1] == "lifted" else 60)
    print("went on")
except Exception:
    print("taken for a failure")
except signals.Overdue:
    print("interrupted")
"""


@pytest.mark.parametrize(("state", "end"), [("running", "interrupted"), ("lifted", "went on")])
def test_deadline_interrupts_what_the_run_waits_for_unless_it_is_over(state: str, end: str) -> None:
    ended = subprocess.run([sys.executable, "-c", DEADLINE, state], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"{end}\n", "")


@pytest.mark.parametrize("number", SIGNALS)
def test_command_that_records_nothing_ends_at_once_without_a_traceback(number: signal.Signals) -> None:
    body = (
        "import os, sys; from deployer.cli import main; import deployer.commands.schema as command\n"
        f"command.schema_command = lambda name: os.kill(os.getpid(), {int(number)}) or print('went on', flush=True) or 0\n"
        "sys.argv = ['flowship', 'schema', 'report']; main.script()"
    )
    ended = subprocess.run([sys.executable, "-c", body], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (128 + number, "", "")
