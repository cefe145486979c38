"""Every limit of the benches, and the verdict on what they measured.

A bench hands in all figures that its limits ask for; one that is missing, or is no number, fails. Only a limit that `needs` something may stay
without a figure where that is not there: the line then says `not measured` and why. With `CI` set it fails too, unless `needs` is free cores.
"""

import json
import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ENGINE, CORES = "a container engine", "free cores"
RESULTS = "FLOWSHIP_BENCH_RESULTS"  # names the file that collects the verdicts as JSON lines: see bench/run.py
VERDICTS = ("ok", "OVER", "MISSING", "not measured")


class Limit(NamedTuple):
    """A name, and the most that the figure may be (the least, with `at_least`). `only_full`: the short form leaves it out."""

    name: str
    limit: float
    unit: str
    needs: str = ""
    at_least: bool = False
    only_full: bool = False


class NotMeasured(str):
    """In place of a figure: why there is none."""

    __slots__ = ()


class Verdict(NamedTuple):
    """One line of the table. `verdict` is one of VERDICTS."""

    bench: str
    limit: Limit
    figure: float | None
    verdict: str
    why: str = ""

    @property
    def fails(self) -> bool:
        return self.verdict in ("OVER", "MISSING")

    @property
    def text(self) -> str:
        bound = f"{'at least' if self.limit.at_least else 'limit'} {self.limit.limit:g}"
        figure = f"{self.figure:8.2f}" if self.figure is not None else "       -"
        return f"{self.verdict:<13}{self.limit.name:<62}{figure} {self.limit.unit}  ({bound}){': ' + self.why if self.why else ''}"


DEPLOYS = tuple(
    Limit(f"{kind}, {in_flight} in flight: times the floor of its requests", 1.35, "x", only_full=in_flight == 8)
    for in_flight in (16, 8)
    for kind in ("first deploy", "second deploy", "no-op")
)
LIMITS: Mapping[str, tuple[Limit, ...]] = {
    "start_up": (
        Limit("flowship --version: times `python -c pass`", 2.0, "x"),
        Limit("lint of one .flow, whole process: times `python -c pass`", 2.5, "x"),
        Limit("lint of one YAML, whole process: times `python -c pass`", 3.5, "x"),
        Limit("modules for the network that these load", 0, ""),
    ),
    "many_files": (
        Limit("lint of .flow, one process: times json.loads", 3.5, "x"),
        Limit("lint of YAML, one process: times CSafeLoader", 1.0, "x"),
        Limit("lint of .flow: peak memory", 120, "MiB"),
        Limit("lint of YAML: peak memory", 120, "MiB"),
        Limit("lint of both on all cores: times faster than on one", 1.6, "x", needs=CORES, at_least=True),
    ),
    "deploy": (
        *DEPLOYS,
        Limit("second deploy: time, of that of `xargs -P16 curl`", 1.0, "x"),
        Limit("first deploy: CPU for a workflow", 5, "ms"),
        Limit("second deploy: CPU for a workflow", 5, "ms"),
        Limit("no-op: CPU for a workflow", 5, "ms"),
        Limit("deploy: peak memory", 150, "MB"),
    ),
    "ten_thousand": (
        Limit("plan: requests to meinGPT", 1000, ""),
        Limit("no-op: requests to meinGPT", 1000, ""),
        Limit("plan: peak memory", 400, "MB"),
        Limit("no-op: peak memory", 400, "MB"),
        Limit("plan: CPU for a workflow, of that at a tenth of them", 1.2, "x"),
        Limit("no-op: CPU for a workflow, of that at a tenth of them", 1.2, "x"),
        Limit("sharded deploy: workflows without an outcome", 0, "", only_full=True),
        Limit("sharded deploy: requests to meinGPT", 1000, "", only_full=True),
        Limit("comment: characters", 65_536, ""),
        Limit("summary of a step: KiB", 1024, "KiB"),
        Limit("outputs of a step: KB", 1000, "KB"),
        Limit("matrix: jobs", 256, "", only_full=True),
    ),
    "evals": (
        Limit("evals: times the floor of their requests", 1.5, "x"),
        Limit("evals: runs begun in any window of the rate limit", 100, ""),
    ),
    "container": (
        Limit("start to the first line: times a container that runs `true`", 2.0, "x", ENGINE, only_full=True),
        Limit("plan of three workflows: times a container that runs `true`", 3.0, "x", ENGINE, only_full=True),
        Limit("our layers, uncompressed", 45, "MB", ENGINE, only_full=True),
    ),
}


def is_short() -> bool:
    """The form for CI: the same limits on less, in less than a minute. `BENCH=short` asks for it; another value is refused."""
    form = os.environ.get("BENCH") or "full"
    if form not in ("short", "full"):
        sys.exit(f"BENCH is {form!r}. Fix: set it to `short`, or leave it away.")
    return form == "short"


def limits_of(bench: str) -> tuple[Limit, ...]:
    return tuple(limit for limit in LIMITS[bench] if not (limit.only_full and is_short()))


def verdict(bench: str, limit: Limit, figure: float | NotMeasured | None) -> Verdict:
    """What one figure means. None: the bench handed in none."""
    if figure is None:
        return Verdict(bench, limit, None, "MISSING", "the bench has no figure for it")
    if isinstance(figure, NotMeasured):
        allowed = limit.needs == CORES or (limit.needs and not os.environ.get("CI"))
        return Verdict(bench, limit, None, "not measured" if allowed else "MISSING", str(figure))
    if not math.isfinite(figure) or figure < 0:
        return Verdict(bench, limit, None, "MISSING", f"{figure} is no measurement")
    within = figure >= limit.limit if limit.at_least else figure <= limit.limit
    return Verdict(bench, limit, figure, "ok" if within else "OVER")


def judge(bench: str, figures: Mapping[str, float | NotMeasured]) -> int:
    """Prints a line for each limit. 1 if any is exceeded or has no figure, else 0. Raises ValueError for a figure that has no limit."""
    unknown = figures.keys() - {limit.name for limit in limits_of(bench)}
    if unknown:
        raise ValueError(f"no limit of {bench}: {', '.join(sorted(unknown))}")
    verdicts = [verdict(bench, limit, figures.get(limit.name)) for limit in limits_of(bench)]
    for each in verdicts:
        print(each.text, flush=True)
    _collect(verdicts)
    return int(any(each.fails for each in verdicts))


def _collect(verdicts: list[Verdict]) -> None:
    if path := os.environ.get(RESULTS):
        with Path(path).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps([each.bench, each.limit.name, each.figure, each.verdict, each.why]) + "\n" for each in verdicts)


def read(path: Path) -> dict[tuple[str, str], Verdict]:
    """The collected verdicts, by bench and limit."""
    limits = {(bench, limit.name): limit for bench, listed in LIMITS.items() for limit in listed}
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {(bench, name): Verdict(bench, limits[bench, name], figure, result, why) for bench, name, figure, result, why in rows}
