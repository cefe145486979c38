"""docs/threat-model.md, "What holds each promise": every test that it names exists."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.docs.conftest import Page

ROOT = Path(__file__).parents[3]
LINK = re.compile(r"\[([^\]]+)\]\(\.\./(tests/[\w/.]+\.py)\)")


def test_every_promise_names_tests_that_exist(pages: "Mapping[str, Page]") -> None:
    section = pages["docs/threat-model.md"].text.partition("\n## What holds each promise\n")[2]
    rows = [row for row in section.splitlines() if row.startswith("| ")][1:]
    assert len(rows) > 20
    assert [row for row in rows if not LINK.search(row)] == []
    missing = [f"{path}: {name}" for name, path in LINK.findall(section) if f"test_{name.replace(' ', '_')}" not in _tests_in(ROOT / path)]
    assert missing == []


def _tests_in(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)}
