"""Every rendering of every story against a file. `FLOWSHIP_GOLDEN=write` writes the files anew; read what changed before keeping it."""

import os
from pathlib import Path

import pytest

from deployer import __version__
from deployer.model.report import Report
from deployer.render.html_page import POLICY
from deployer.render.html_style import STYLE
from deployer.render.plain_text import plan_text
from deployer.render.registry import FORMATS

DATA = Path(__file__).parents[2] / "data" / "report"
SUFFIXES = {"console": "txt", "json": "json", "markdown": "md", "sarif": "sarif", "junit": "xml", "html": "html"}


@pytest.mark.parametrize("name", FORMATS)
def test_as_the_file_says(name: str, story: str, report: Report) -> None:
    rendered = FORMATS[name](report).replace(f'"semanticVersion": "{__version__}"', '"semanticVersion": "VERSION"')
    rendered = rendered.replace(STYLE, "STYLE").replace(POLICY, "POLICY")
    wanted = expected(DATA / f"{story}.{SUFFIXES[name]}", rendered)
    place = next((place for place, pair in enumerate(zip(rendered, wanted, strict=False)) if pair[0] != pair[1]), min(len(rendered), len(wanted)))
    is_same = rendered == wanted  # compared here: pytest would take minutes to compare two lines of a page
    assert is_same, f"at {place}: {rendered[max(place - 60, 0) : place + 200]!r}, not {wanted[max(place - 60, 0) : place + 200]!r}"


def test_plan_text(reports: dict[str, Report]) -> None:
    rendered = plan_text(reports["plan"])
    assert rendered == expected(DATA / "plan-text.txt", rendered)


def expected(path: Path, rendered: str) -> str:
    if os.environ.get("FLOWSHIP_GOLDEN") == "write":
        path.write_text(rendered, encoding="utf-8", newline="")
    return path.read_bytes().decode()
