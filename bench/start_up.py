"""The cost of a start, and of linting one file as an editor or a hook does, against `python -c pass`.

CPU time (user and system) of the child, not wall time, which depends on the load of the machine. The commands are run in turn, round after
round, so that a slow period affects all of them. Of each command the least counts: what it takes beyond that, other processes cost it (a cold cache).
"""

import os
import resource
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from inputs import flow, flow_nodes, workflow
from judge import is_short, judge

ROUNDS = 15 if is_short() else 41
UNWANTED = ("requests", "urllib3", "actions_toolkit", "github")
BARE = (sys.executable, "-c", "pass")


class Case(NamedTuple):
    """The name of its limit, and `flowship` with these arguments."""

    name: str
    arguments: tuple[str, ...]

    @property
    def command(self) -> tuple[str, ...]:
        return (os.path.join(sysconfig.get_path("scripts"), "flowship"), *self.arguments)


def cases(folder: Path) -> tuple[Case, ...]:
    """With a graph of usual size, and a YAML with every construct."""
    number = next(number for number in range(100) if flow_nodes(number) == 8)
    (folder / "a.flow").write_text(flow(number), encoding="utf-8")
    (folder / "a.yaml").write_text(workflow(0), encoding="utf-8")
    sizes = [f"{(folder / name).stat().st_size / 1000:.1f} KB" for name in ("a.flow", "a.yaml")]
    print(f"a.flow: 8 nodes, {sizes[0]}; a.yaml: {sizes[1]}")
    return (
        Case("flowship --version: times `python -c pass`", ("--version",)),
        Case("lint of one .flow, whole process: times `python -c pass`", ("lint", "a.flow")),
        Case("lint of one YAML, whole process: times `python -c pass`", ("lint", "a.yaml")),
    )


def cpu_seconds(command: Sequence[str], folder: Path) -> float:
    """User and system time of one run. Exits when the command fails."""
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)} exits {done.returncode}:\n{done.stdout}{done.stderr}")
    return end.ru_utime - start.ru_utime + end.ru_stime - start.ru_stime


def imported(command: Sequence[str], folder: Path) -> set[str]:
    """The modules that a run of this script imports, as the interpreter itself reports them."""
    done = subprocess.run([sys.executable, "-X", "importtime", *command], cwd=folder, capture_output=True, text=True, check=True)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def measure(chosen: Sequence[Case], folder: Path, rounds: int = ROUNDS) -> tuple[float, list[float]]:
    """Milliseconds of a bare start, and each case's ratio to it: of the least over the rounds."""
    commands = [BARE, *(case.command for case in chosen)]
    for command in commands:
        cpu_seconds(command, folder)  # the first run of each may still compile
    bare, *seconds = map(min, zip(*([cpu_seconds(command, folder) for command in commands] for _ in range(rounds))))
    return bare * 1000, [case / bare for case in seconds]


def main() -> int:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        chosen = cases(folder)
        bare, ratios = measure(chosen, folder)
        unwanted = {name for case in chosen for name in imported(case.command, folder).intersection(UNWANTED)}
    print(f"bare start (python -c pass): {bare:.1f} ms of CPU, the least of {ROUNDS} rounds, Python {sys.version.split()[0]}")
    if unwanted:
        print(f"they load {', '.join(sorted(unwanted))}")
    figures = {case.name: ratio for case, ratio in zip(chosen, ratios)}
    return judge("start_up", {**figures, "modules for the network that these load": len(unwanted)})


if __name__ == "__main__":
    sys.exit(main())
