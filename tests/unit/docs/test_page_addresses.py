"""A page that a message, a docstring or a comment of the program names is there, and so is the section."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.docs.conftest import Page

ROOT = Path(__file__).parents[3]
ADDRESS = re.compile(r"\b((?:docs/(?:[\w-]+/)?[\w-]+|README|SECURITY|CHANGELOG|CONTRIBUTING)\.md)(?:#([\w-]+))?")


def test_pages_that_the_program_names_are_there(pages: "Mapping[str, Page]") -> None:
    texts = [
        (path.relative_to(ROOT), path.read_text("utf-8")) for suffix in ("py", "yml", "json") for path in (ROOT / "deployer").rglob(f"*.{suffix}")
    ]
    texts += [(Path(name), (ROOT / name).read_text("utf-8")) for name in ("action.yml", "entrypoint.py")]
    named = [(str(source), page, anchor) for source, text in texts for page, anchor in ADDRESS.findall(text)]
    assert len(named) > 40
    assert [row for row in named if not (ROOT / row[1]).exists()] == []
    assert [(source, page, anchor) for source, page, anchor in named if anchor and anchor not in pages[page].anchors()] == []
