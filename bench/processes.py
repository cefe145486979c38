"""Runs a command and measures it: wall time, CPU time and memory of the process and what it started. And: how much of the cores is free."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sandboxed import environment

FREE = 0.85  # of a core that is free, a process gets at least this much
SPIN = "import time\nend = time.perf_counter() + 0.25\nwhile time.perf_counter() < end: pass\nprint(time.process_time())"


class Measured(NamedTuple):
    """`seconds` on the clock, `cpu` seconds of user and system time, peak `memory` in MB."""

    seconds: float
    cpu: float
    memory: float


def measure(command: Sequence[str], cwd: Path, environ: Mapping[str, str], codes: Sequence[int] = (0,)) -> Measured:
    """Exits when the command ends with another exit code than these: the cost of a failure is not to be measured."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            output.seek(0)
            sys.exit(f"{' '.join(command)} exits {process.returncode}:\n{output.read()[-3000:].decode('utf-8', 'replace')}")
    divisor = 1e6 if sys.platform == "darwin" else 1e3
    return Measured(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / divisor)


def flowship(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "deployer", *arguments]


def free_cores() -> int:
    """How many cores are free now: as many processes as there are cores spin at once; one that is free gives a process nearly all of its time."""
    spinning = [subprocess.Popen([sys.executable, "-c", SPIN], env=environment(), stdout=subprocess.PIPE, text=True) for _ in range(cores())]
    shares = [float(each.communicate()[0]) / 0.25 for each in spinning]
    return sum(share >= FREE for share in shares)


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
