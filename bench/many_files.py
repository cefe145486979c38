"""What linting a thousand files costs in one process, against parsing the same bytes and doing nothing with them: exits 1 over a limit.

CPU time of this process. Rounds of parsing and linting take turns, each ratio is taken within its round, and the median over the rounds
counts. Memory is that of a `flowship lint` of its own, the most that it ever held.
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

from deployer.domain.finding import SEVERITIES, Finding  # noqa: E402 - after the path to it
from deployer.linting import lint  # noqa: E402

FILES = 1000
ROUNDS = 7
MOST_MEMORY = 120  # MiB


class Case(NamedTuple):
    """Files of one kind; what reads them and nothing more; how many times that linting may cost."""

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
    again = steps
    for name in ("welcome", "send_welcome", "is_large", "ask_sales", "set_up_users", "invite"):
        again = again.replace(f"id: {name}\n", f"id: {name}_again\n").replace(f"branch: {name}\n", f"branch: {name}_again\n")
        again = again.replace("{{" + name + ".", "{{" + name + "_again.")
    return f"{head}steps:\n{steps}\n{again}\nvariables:\n{tail}"


CASES = (
    Case(".flow", "flow", flow, json.loads, 8.0),
    Case("YAML", "yaml", workflow, lambda content: yaml.load(content, yaml.CSafeLoader), 1.2),
)


def write(case: Case, folder: Path) -> list[bytes]:
    contents = [case.make(number).encode() for number in range(FILES)]
    for number, content in enumerate(contents):
        (folder / f"{number:04}.{case.suffix}").write_bytes(content)
    return contents


def cpu_seconds(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()  # as `flowship lint` does; for both sides
    before = time.process_time()
    work()
    spent = time.process_time() - before
    gc.enable()
    return spent


def ratio(case: Case, folder: Path, contents: list[bytes]) -> tuple[float, float]:
    """Milliseconds of parsing, and what linting costs in them."""

    def parse() -> None:
        for content in contents:
            case.parse(content)

    clean(lint(str(folder), (".",), "flowship.yml"), case)  # the first time also imports
    parse()
    rounds = [(cpu_seconds(parse), cpu_seconds(lambda: lint(str(folder), (".",), "flowship.yml"))) for _ in range(ROUNDS)]
    return statistics.median(parsed for parsed, _ in rounds) * 1000, statistics.median(linted / parsed for parsed, linted in rounds)


def clean(findings: tuple[Finding, ...], case: Case) -> None:
    """Files with something to say would measure the saying."""
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
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            contents = write(case, folder)
            parsing, times = ratio(case, folder, contents)
            memory = peak_memory(folder)
        size = sum(map(len, contents)) / FILES / 1000
        bad = times > case.limit or memory > MOST_MEMORY
        failed = failed or bad
        what = f"{FILES} {case.name} files of {size:.1f} KB: parsing {parsing:.0f} ms"
        print(f"{'OVER' if bad else 'ok':<5}{what:<48}{times:5.2f} x  (limit {case.limit:g}), {memory:.0f} MiB (limit {MOST_MEMORY})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
