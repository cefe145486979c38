"""Runs the benches (all, or those that are named), and judges them together. `--page FILE` writes the figures into a page as a table: the part
of it that stands between `<!-- made by bench/run.py -->` and `<!-- end -->`.

Exits 1 when a bench exits with anything but 0, when a figure is over its limit, and when a limit has no verdict at all.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import judge
from judge import LIMITS, Verdict

FOLDER = Path(__file__).parent
PART = re.compile(r"(<!-- made by bench/run\.py -->\n).*?(<!-- end -->)", re.DOTALL)


def run(benches: Sequence[str], results: Path) -> int:
    """1 if any bench exits with anything but 0."""
    codes = []
    for bench in benches:
        print(f"\n{bench}:", flush=True)
        codes.append(
            subprocess.run([sys.executable, FOLDER / f"{bench}.py"], env={**os.environ, judge.RESULTS: str(results)}, check=False).returncode
        )
    return int(any(codes))


def missing(benches: Sequence[str], verdicts: Mapping[tuple[str, str], Verdict]) -> list[str]:
    """Limits of these benches without a verdict."""
    return [f"{bench}: {limit.name}" for bench in benches for limit in judge.limits_of(bench) if (bench, limit.name) not in verdicts]


def table(verdicts: Mapping[tuple[str, str], Verdict]) -> str:
    """Markdown: what was measured, and its limit."""
    rows = [f"Python {platform.python_version()}, {os.cpu_count()} cores{', short form' if judge.is_short() else ''}.", ""]
    rows += ["| figure | measured | limit |", "|---|---|---|"]
    for each in verdicts.values():
        figure = f"not measured: {each.why}" if each.figure is None else f"{each.figure:.3g} {each.limit.unit}".strip()
        bound = f"{'at least ' if each.limit.at_least else ''}{each.limit.limit:g} {each.limit.unit}".strip()
        rows.append(f"| {each.limit.name} | {figure} | {bound} |")
    return "\n".join(rows) + "\n"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", nargs="*", choices=[*LIMITS, []], help="default: all")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the figures into this page")
    asked = parser.parse_args(arguments)
    page = asked.page.read_text(encoding="utf-8") if asked.page else ""
    if asked.page and not PART.search(page):
        sys.exit(f"{asked.page} has no part for the figures. Fix: add the lines `<!-- made by bench/run.py -->` and `<!-- end -->` to it.")
    benches = asked.bench or [bench for bench in LIMITS if judge.limits_of(bench)]
    with tempfile.TemporaryDirectory(prefix="flowship-bench-") as folder:
        results = Path(folder) / "results.jsonl"
        results.touch()
        code = run(benches, results)
        verdicts = judge.read(results)
    print()
    for each in verdicts.values():
        if each.verdict != "ok":
            print(each.text)
    lost = missing(benches, verdicts)
    for name in lost:
        print(f"MISSING {name}")
    kinds = [each.verdict for each in verdicts.values()] + ["MISSING"] * len(lost)
    print(", ".join(f"{kinds.count(kind)} {kind}" for kind in judge.VERDICTS))
    if asked.page:
        asked.page.write_text(PART.sub(lambda part: f"{part[1]}{table(verdicts)}{part[2]}", page), encoding="utf-8")
    return int(bool(code or lost or any(each.fails for each in verdicts.values())))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
