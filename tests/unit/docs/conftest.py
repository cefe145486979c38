"""The pages, and what stands in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[3]
_BLOCK = re.compile(r"^```(\w+)(?: ([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: its language, the words after it, its text, and a page and line to find it by."""

    language: str
    info: str
    text: str
    where: str


class Page(NamedTuple):
    """A page by its path in the repository."""

    path: str
    text: str

    @property
    def folder(self) -> Path:
        return (ROOT / self.path).parent

    def blocks(self) -> Iterator[Block]:
        for found in _BLOCK.finditer(self.text):
            line = self.text.count("\n", 0, found.start()) + 1
            yield Block(found[1], found[2] or "", found[3], f"{self.path}:{line}")

    def prose(self) -> str:
        """The page without its fenced blocks."""
        return _BLOCK.sub("", self.text)

    def anchors(self) -> set[str]:
        """What GitHub makes of the headings."""
        heads = re.findall(r"^#+ (.*)$", self.prose(), re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def _pages() -> dict[str, Page]:
    places = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/contracts/*.md"), *ROOT.glob("examples/*.md")]
    return {str(path.relative_to(ROOT)): Page(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in sorted(places)}


@pytest.fixture(scope="session")
def pages() -> dict[str, Page]:
    return _pages()


@pytest.fixture(scope="session")
def blocks(pages: dict[str, Page]) -> list[Block]:
    return [block for page in pages.values() for block in page.blocks()]
