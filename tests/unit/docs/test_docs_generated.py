"""What tools/make_docs.py writes is what stands in the pages, and what it says is so."""

import ast
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from deployer.config.inputs import INPUTS, OUTPUTS
from deployer.platforms.base import Capabilities

ROOT = Path(__file__).parents[3]
CODE = re.compile(r'^\| <a id="[\w-]+"></a>`([^`]+)` \|', re.MULTILINE)  # a row of docs/troubleshooting.md
PROGRAM = sorted((ROOT / "deployer").rglob("*.py"))


@pytest.fixture(scope="module")
def tool() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "tools" / "make_docs.py"))


def test_generated_parts_are_current(tool: dict[str, Any]) -> None:
    stale = [page for page in tool["PAGES"] if tool["made"]((ROOT / page).read_text("utf-8")) != (ROOT / page).read_text("utf-8")]
    assert stale == [], "run `make docs`"


def test_every_part_stands_on_a_page(tool: dict[str, Any]) -> None:
    text = "".join((ROOT / page).read_text("utf-8") for page in tool["PAGES"])
    assert sorted(re.findall(r"<!-- made by tools/make_docs\.py: ([a-z-]+) -->", text)) == sorted(tool["PARTS"])


def test_a_stale_part_is_made_anew_and_the_rest_left_alone(tool: dict[str, Any]) -> None:
    page = "before\n<!-- made by tools/make_docs.py: outputs -->\nstale words\n<!-- end -->\nafter\n"
    made = tool["made"](page)
    assert made.startswith("before\n<!-- made by")
    assert made.endswith("<!-- end -->\nafter\n")
    assert "stale words" not in made
    assert all(f"| `{name}` |" in made for name in OUTPUTS)
    assert tool["made"](made) == made


def test_the_tables_name_every_ability(tool: dict[str, Any]) -> None:
    assert set(tool["ABILITIES"]) == set(Capabilities.__slots__)


def test_inputs_said_to_have_no_effect_are_read_by_nothing(tool: dict[str, Any]) -> None:
    text = "".join(path.read_text("utf-8") for path in PROGRAM if path.name != "reader.py")
    unread = {each.name for each in INPUTS if not _used(each.name.replace("-", "_"), text)}
    assert unread == set(tool["WITHOUT_EFFECT"])


def _used(name: str, text: str) -> bool:
    # The three files to write are reached by name, over deployer.publish.results.FILES.
    return bool(re.search(rf"settings\.(\w+\.)?{name.removeprefix('github_')}\b", text)) or name in ("report", "sarif", "junit")


def test_every_code_of_the_program_is_explained() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    explained = set(CODE.findall(page))
    raised = {code for path in PROGRAM if "sandbox" not in path.relative_to(ROOT).parts for code in _codes(path)}
    assert {"DRIFT", "NAME_TAKEN", "missing-key", "plan-changed"} <= raised
    assert raised - explained == set()


def test_no_code_is_explained_that_nobody_raises() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    own = page.partition("## Flowship's own\n")[2].partition("\n## ")[0]
    raised = {code for path in PROGRAM for code in _codes(path)}
    assert set(CODE.findall(own)) - raised == set()


def test_every_code_has_an_anchor_of_its_own() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    anchors = re.findall(r'<a id="([\w-]+)"></a>', page)
    assert len(anchors) == len(set(anchors)) == len(CODE.findall(page))
    assert {"prune-too-much", "403202", "meingpt-http-401", "gptbots-http-401"} <= set(anchors)


def _codes(path: Path) -> set[str]:
    """Error codes that stand as literals in a file: `code="…"`, and the first argument of Failure and failed."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            named = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            first = node.args[:1] if isinstance(node.func, ast.Name) and node.func.id in ("Failure", "failed") else []
            found |= {value.value for value in [*named, *first] if isinstance(value, ast.Constant) and isinstance(value.value, str)}
    return found - {""}
