"""Every rendering of every story against a file. `FLOWSHIP_GOLDEN=write` writes the files anew; read what changed before keeping it."""

import os
from pathlib import Path

import pytest

from deployer import __version__
from deployer.domain.report import Report
from deployer.report.console import plan_text
from deployer.report.formats import FORMATS

DATA = Path(__file__).parents[2] / "data" / "report"
SUFFIXES = {"console": "txt", "json": "json", "markdown": "md", "sarif": "sarif", "junit": "xml"}


@pytest.mark.parametrize("name", FORMATS)
def test_as_the_file_says(name: str, story: str, report: Report) -> None:
    compare(DATA / f"{story}.{SUFFIXES[name]}", FORMATS[name](report))


def test_plan_text(reports: dict[str, Report]) -> None:
    compare(DATA / "plan-text.txt", plan_text(reports["plan"]))


def compare(path: Path, rendered: str) -> None:
    rendered = rendered.replace(f'"semanticVersion": "{__version__}"', '"semanticVersion": "VERSION"')
    if os.environ.get("FLOWSHIP_GOLDEN") == "write":
        path.write_text(rendered, encoding="utf-8", newline="")
    assert rendered == path.read_bytes().decode()


def test_no_file_is_left_over(reports: dict[str, Report]) -> None:
    expected = {f"{story}.{suffix}" for story in reports for suffix in SUFFIXES.values()} | {"plan-text.txt"}
    assert {path.name for path in DATA.iterdir()} == expected
