"""The cost of a start, against `python -c pass`: prints the ratios, exits 1 over a limit.

CPU time (user and system) of the child, not wall time, which depends on the load of the machine. The commands are run in turn, round after
round, so that a slow period affects all of them; each ratio is taken within its round, and the median over the rounds counts.
"""

import os
import resource
import statistics
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
ROUNDS = 41
UNWANTED = ("requests", "urllib3", "actions_toolkit", "github")
BARE = (sys.executable, "-c", "pass")


class Case(NamedTuple):
    """`flowship` with these arguments, and how many times a bare start it may cost."""

    name: str
    arguments: tuple[str, ...]
    limit: float

    @property
    def command(self) -> tuple[str, ...]:
        return (os.path.join(sysconfig.get_path("scripts"), "flowship"), *self.arguments)


def cases() -> tuple[Case, ...]:
    """One file of each kind from the examples, as a pre-commit hook lints it."""
    flow, workflow = (str(min((ROOT / "examples").rglob(pattern)).relative_to(ROOT)) for pattern in ("*.flow", "*.yaml"))
    return (
        Case("flowship --version", ("--version",), 2.0),
        Case(f"flowship lint {flow}", ("lint", flow), 3.5),
        Case(f"flowship lint {workflow}", ("lint", workflow), 5.0),
    )


def cpu_seconds(command: Sequence[str]) -> float:
    """User and system time of one run. Exits when the command fails."""
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)} exits {done.returncode}:\n{done.stdout}{done.stderr}")
    return end.ru_utime - start.ru_utime + end.ru_stime - start.ru_stime


def imported(command: Sequence[str]) -> set[str]:
    """The modules that a run of this script imports, as the interpreter itself reports them."""
    done = subprocess.run([sys.executable, "-X", "importtime", *command], cwd=ROOT, capture_output=True, text=True, check=True)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def measure(chosen: Sequence[Case], rounds: int = ROUNDS) -> tuple[float, list[float]]:
    """Milliseconds of a bare start, and each case's ratio to it: medians over the rounds."""
    commands = [BARE, *(case.command for case in chosen)]
    for command in commands:
        cpu_seconds(command)  # the first run of each may still compile
    seconds = [[cpu_seconds(command) for command in commands] for _ in range(rounds)]
    ratios = [statistics.median(row[place] / row[0] for row in seconds) for place in range(1, len(commands))]
    return statistics.median(row[0] for row in seconds) * 1000, ratios


def main() -> int:
    chosen = cases()
    bare, ratios = measure(chosen)
    print(f"bare start (python -c pass): {bare:.1f} ms of CPU, median of {ROUNDS} rounds, Python {sys.version.split()[0]}")
    failed = False
    for case, ratio in zip(chosen, ratios):
        unwanted = sorted(imported(case.command).intersection(UNWANTED))
        bad = ratio > case.limit or bool(unwanted)
        failed = failed or bad
        note = f", imports {', '.join(unwanted)}" if unwanted else ""
        print(f"{'OVER' if bad else 'ok':<5}{case.name:<48}{ratio:5.2f} x  (limit {case.limit:g}){note}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
