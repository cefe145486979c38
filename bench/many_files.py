"""The cost of linting a thousand files in one process, against parsing the same bytes alone: exits 1 over a limit.

CPU time of this process. Folder by folder, parsing and linting take turns, so that whatever else the machine does slows both alike; each
round's ratio is taken of its sums, and the median over the rounds counts. Memory is the peak of a `flowship lint` of all.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from deployer.lint.linter import lint_paths  # noqa: E402
from deployer.model.finding import SEVERITIES, Finding  # noqa: E402 - after the path to it
from deployer.platforms import source_formats  # noqa: E402

source_formats.register()

FOLDERS = 20
FILES = 50  # in each
ROUNDS = 9
MAX_MEMORY_MIB = 120


class Case(NamedTuple):
    """Files of one kind; a function that parses them alone; how many times the cost of that linting may have."""

    name: str
    suffix: str
    make: Callable[[int], str]
    parse: Callable[[bytes], object]
    limit: float


def flow(number: int) -> str:
    """The example, under other names: a dozen nodes of eight types, about 5 KB."""
    text = json.dumps(json.loads((ROOT / "examples/flows/triage.flow").read_text("utf-8")), indent=1, ensure_ascii=False)
    return text.replace("Triage", f"Triage {number}").replace("1758", str(1000 + number))


def workflow(number: int) -> str:
    """The example and half of it once more: steps of every usual type, expressions, a loop; about 3 KB."""
    text = (ROOT / "examples/workflows/onboarding.yaml").read_text("utf-8").replace("Customer", f"Customer {number}")
    head, _, rest = text.partition("steps:\n")
    steps, _, tail = rest.partition("\nvariables:\n")
    copies = steps
    for name in ("welcome", "send_welcome", "is_large", "ask_sales", "set_up_users", "invite"):
        copies = copies.replace(f"id: {name}\n", f"id: {name}_again\n").replace(f"branch: {name}\n", f"branch: {name}_again\n")
        copies = copies.replace("{{" + name + ".", "{{" + name + "_again.")
    return f"{head}steps:\n{steps}\n{copies}\nvariables:\n{tail}"


CASES = (
    Case(".flow", "flow", flow, json.loads, 8.0),
    Case("YAML", "yaml", workflow, lambda content: yaml.load(content, yaml.CSafeLoader), 1.2),
)


def write(case: Case, root: Path) -> dict[str, list[bytes]]:
    """The contents by folder."""
    written = {}
    for number in range(FOLDERS):
        folder = root / f"{number:02}"
        folder.mkdir()
        written[folder.name] = [case.make(number * FILES + index).encode() for index in range(FILES)]
        for index, content in enumerate(written[folder.name]):
            (folder / f"{index:02}.{case.suffix}").write_bytes(content)
    return written


def cpu_seconds(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()  # as `flowship lint` does; for both sides
    start = time.process_time()
    work()
    spent = time.process_time() - start
    gc.enable()
    return spent


def ratio(case: Case, root: Path, written: dict[str, list[bytes]]) -> tuple[float, float]:
    """Milliseconds of parsing everything, and how many times that linting takes."""
    require_clean(lint_paths(str(root), (".",), "flowship.yml"), case)  # the first time also imports
    rounds = [turns(case, root, written) for _ in range(ROUNDS)]
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


def peak_memory(folder: Path) -> float:
    """MiB that `flowship lint .` of its own holds at most."""
    command = (os.path.join(sysconfig.get_path("scripts"), "flowship"), "lint", ".")
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{' '.join(command)} exits {os.waitstatus_to_exitcode(status)}")
    return used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> int:
    failed = False
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            written = write(case, Path(folder))
            parsing, times = ratio(case, Path(folder), written)
            memory = peak_memory(Path(folder))
        size = sum(len(content) for contents in written.values() for content in contents) / FILES / FOLDERS / 1000
        bad = times > case.limit or memory > MAX_MEMORY_MIB
        failed = failed or bad
        name = f"{FILES * FOLDERS} {case.name} files of {size:.1f} KB: parsing {parsing:.0f} ms"
        print(f"{'OVER' if bad else 'ok':<5}{name:<48}{times:5.2f} x  (limit {case.limit:g}), {memory:.0f} MiB (limit {MAX_MEMORY_MIB})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
