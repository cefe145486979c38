"""Every document that code, tests, tools and pages cite is in the repository, and so is the cited heading.

The one form of a citation is a path from the root, and the heading in quotes: `docs/contracts/gptbots.md, "Calls"`.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[3]
TREES = ("deployer", "tests", "tools", "bench", "docs", "examples")
OTHER_TEXTS = (".md", ".yml", ".yaml", ".toml", ".sh")
_CITATION = re.compile(r'(?<![\w./*{}-])((?:[\w-]+/)*[\w-]+\.(?:md|txt))\b`?(?:, "([^"]+)")?')
_OTHER_FORM = re.compile(r'(?:docs/[\w/-]+|README)\.md`?(?: "|,? section\b|, [A-Z][\w ]*[).:])')
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Citation(NamedTuple):
    """A document by its path from the root; `heading` is "" where the whole document is cited."""

    document: str
    heading: str


def test_every_citation_in_python_leads_to_a_heading() -> None:
    texts = [(path, text) for path in _files(".py") for text in _comments(path.read_text("utf-8"))]
    assert sum(1 for _, text in texts for citation in _citations(text) if citation.heading) > 50
    assert [f"{path.relative_to(ROOT)}: {problem}" for path, text in texts for problem in _problems(text, _citations(text))] == []


def test_every_citation_in_other_texts_leads_to_a_heading() -> None:
    """There a file's name alone may be an example of a user's file: only a path below docs/, or a heading, makes it a citation."""
    texts = [(path, path.read_text("utf-8")) for path in _files(*OTHER_TEXTS)]
    cited = [(path, citation) for path, text in texts for citation in _citations(text) if citation.heading or citation.document.startswith("docs/")]
    assert len(cited) > 4
    assert [f"{path.relative_to(ROOT)}: {problem}" for path, citation in cited for problem in _problems("", [citation])] == []


@pytest.mark.parametrize(
    "text",
    [
        'docs/contracts/gptbots.md, "Nowhere"',
        'docs/contracts/missing.md, "Calls"',
        'gptbots.md, "Calls"',
        "behaviour.md",
        'docs/contracts/gptbots.md "Calls"',
        "(docs/contracts/gptbots.md, Calls)",
        "docs/contracts/flow-format.md, section Nodes",
    ],
)
def test_wrong_citation_is_a_problem(text: str) -> None:
    assert len(_problems(text, _citations(text))) == 1


@pytest.mark.parametrize("text", ['docs/contracts/gptbots.md,\n    "Calls"', "`docs/contracts/gptbots.md`", "any docs/**/*.md, {name}.md"])
def test_right_citation_is_none(text: str) -> None:
    assert _problems(text, _citations(text)) == []


def test_comments_and_docstrings_are_searched_and_other_strings_are_not() -> None:
    code = '"""Module: a.md."""\nX = "b.md"  # c.md,\n# "D"\ndef f():\n    """E: e.md."""\n    return "f.md"\n'
    citations = {citation for text in _comments(code) for citation in _citations(text)}
    assert citations == {Citation("a.md", ""), Citation("c.md", "D"), Citation("e.md", "")}


def _files(*suffixes: str) -> list[Path]:
    paths = [*ROOT.glob("*"), *(path for tree in TREES for path in (ROOT / tree).rglob("*"))]
    return [path for path in paths if path.suffix in suffixes and path.is_file() and not path.is_relative_to(ROOT / "tests" / "data")]


def _comments(code: str) -> Iterator[str]:
    """Docstrings, and all comments as one text, so that a citation may go on in the next line."""
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    yield "\n".join(token.string.removeprefix("#") for token in tokens if token.type == tokenize.COMMENT)
    yield from filter(None, (ast.get_docstring(node) for node in ast.walk(ast.parse(code)) if isinstance(node, _DOCUMENTED)))


def _citations(text: str) -> list[Citation]:
    return [Citation(document, heading) for document, heading in _CITATION.findall(re.sub(r"\s+", " ", text))]


def _problems(text: str, citations: list[Citation]) -> list[str]:
    missing = [f"{document} is not in the repository" for document, _ in citations if not (ROOT / document).is_file()]
    headless = [
        f'{document} has no heading "{heading}"'
        for document, heading in citations
        if heading and (ROOT / document).is_file() and heading not in _headings(document)
    ]
    return missing + headless + [f"another form: {match[0]}" for match in _OTHER_FORM.finditer(text)]


def _headings(document: str) -> set[str]:
    return set(re.findall(r"^#+ (.*)$", (ROOT / document).read_text("utf-8"), re.MULTILINE))
