"""The cost of linting a thousand files with all rules, against parsing the same bytes alone; and how much faster all cores are than one.

The ratios are of CPU time, of this process and whatever it starts. Folder by folder, parsing and linting take turns, so that whatever else the
machine does slows both alike; each round's ratio is taken of its sums, and the median over the rounds counts. Memory is the peak of a
`flowship lint` of all. The cores are judged on wall time, and only while all of them are free.
"""

import gc
import json
import os
import resource
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import yaml
from inputs import flow, workflow
from judge import NotMeasured, is_short, judge
from processes import cores, free_cores, measure
from sandboxed import environment

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from deployer.lint.linter import lint_paths  # noqa: E402
from deployer.model.finding import SEVERITIES, Finding  # noqa: E402 - after the path to it
from deployer.platforms import source_formats  # noqa: E402

source_formats.register()

FOLDERS = 4 if is_short() else 20
FILES = 50  # in each
MAX_PAIRS = 3 if is_short() else 7
LINT = (os.path.join(sysconfig.get_path("scripts"), "flowship"), "lint", ".")


class Case(NamedTuple):
    """Files of one kind; a function that parses them alone; how often both are timed."""

    name: str
    suffix: str
    make: Callable[[int], str]
    parse: Callable[[bytes], object]
    parser: str
    rounds: int


CASES = (
    Case(".flow", "flow", flow, json.loads, "json.loads", 9),
    Case("YAML", "yaml", workflow, lambda content: yaml.load(content, yaml.CSafeLoader), "CSafeLoader", 3),
)


def write(case: Case, root: Path) -> dict[str, list[bytes]]:
    """The contents by folder."""
    written = {}
    for number in range(FOLDERS):
        folder = root / f"{case.suffix}{number:02}"
        folder.mkdir()
        written[folder.name] = [case.make(number * FILES + index).encode() for index in range(FILES)]
        for index, content in enumerate(written[folder.name]):
            (folder / f"{index:02}.{case.suffix}").write_bytes(content)
    return written


def cpu_seconds(work: Callable[[], object]) -> float:
    """User and system time, of this process and of those that it started and that have ended."""
    gc.collect()
    gc.disable()  # as `flowship lint` does; for both sides
    start = cpu_so_far()
    work()
    spent = cpu_so_far() - start
    gc.enable()
    return spent


def cpu_so_far() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def ratio(case: Case, root: Path, written: dict[str, list[bytes]]) -> tuple[float, float]:
    """Milliseconds of parsing everything, and how many times that linting takes."""
    require_clean(lint_paths(str(root), (".",), "flowship.yml"), case)  # the first time also imports
    rounds = [turns(case, root, written) for _ in range(case.rounds)]
    return statistics.median(parsed for parsed, _ in rounds) * 1000, statistics.median(linted / parsed for parsed, linted in rounds)


def turns(case: Case, root: Path, written: dict[str, list[bytes]]) -> tuple[float, float]:
    """CPU seconds of one round: of parsing, and of linting."""
    parsed = linted = 0.0
    for folder, contents in written.items():
        parsed += cpu_seconds(lambda contents=contents: [case.parse(content) for content in contents])  # type: ignore[misc]
        linted += cpu_seconds(lambda folder=folder: lint_paths(str(root), (folder,), "flowship.yml"))  # type: ignore[misc]
    return parsed, linted


def require_clean(findings: tuple[Finding, ...], case: Case) -> None:
    """Exits when there are findings: their cost is not to be measured."""
    if any(finding.severity in SEVERITIES[:2] for finding in findings):
        sys.exit(f"The {case.name} files are not clean: {findings[0]}")


def speed_up(root: Path) -> float | NotMeasured:
    """How many times faster `flowship lint .` of all files is on all cores than on one: the median of pairs during which the cores were free."""
    if not hasattr(os, "sched_setaffinity") or cores() < 2:
        return NotMeasured("it takes two cores, and a system that can tie a process to one")
    pairs = []
    for _ in range(MAX_PAIRS):
        before = free_cores()
        pair = seconds_on_one(root) / measure(LINT, root, environment()).seconds
        if min(before, free_cores()) == cores():
            pairs.append(pair)
    return statistics.median(pairs) if pairs else NotMeasured(f"another process kept one of {cores()} cores busy")


def seconds_on_one(root: Path) -> float:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        return measure(LINT, root, environment()).seconds
    finally:
        os.sched_setaffinity(0, allowed)


def main() -> int:
    figures: dict[str, float | NotMeasured] = {}
    with tempfile.TemporaryDirectory() as both:
        for case in CASES:
            with tempfile.TemporaryDirectory() as folder:
                written = write(case, Path(folder))
                write(case, Path(both))
                parsing, times = ratio(case, Path(folder), written)
                memory = measure(LINT, Path(folder), environment()).memory
            size = sum(len(content) for contents in written.values() for content in contents) / FILES / FOLDERS / 1000
            print(f"{FILES * FOLDERS} {case.name} files of {size:.1f} KB in the mean: {case.parser} alone takes {parsing:.0f} ms", flush=True)
            figures[f"lint of {case.name}, one process: times {case.parser}"] = times
            figures[f"lint of {case.name}: peak memory"] = memory * 1e6 / 2**20
        figures["lint of both on all cores: times faster than on one"] = speed_up(Path(both))
    return judge("many_files", figures)


if __name__ == "__main__":
    sys.exit(main())
