"""A page for every rule: it is what `make docs` writes now, its bad example is bad where it says so, and its good one is good."""

import re
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from deployer.lint.linter import lint_paths
from deployer.lint.rule_index import describe_rules

if TYPE_CHECKING:
    from tests.unit.docs.conftest import Page

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "docs" / "rules"
KNOWN = describe_rules()
RULES = sorted(KNOWN)
STALE = "run `make docs`"
_FILE = re.compile(r"^`([^`\n]+)`:\n\n(`{3,})(\w+)\n(.*?)^\2$", re.MULTILINE | re.DOTALL)
_FINDING = re.compile(r"^([^:\n]+)(?::(\d+):(\d+))?: (error|warning|info): .* \[([a-z0-9-]+)\]$", re.MULTILINE)
_CHANGED = ("are written as `\\x00`", "Shortened: the file has", "```sh\n", ", an empty file.")


class Shown(NamedTuple):
    """The two halves of a page with examples."""

    bad: str
    good: str


def shown(rule: str) -> Shown:
    text = (FOLDER / f"{rule}.md").read_text("utf-8")
    bad, _, rest = text.partition("\n## Bad\n")[2].partition("\n## Good\n")
    return Shown(bad, rest.partition("\n## Fix\n")[0])


def as_written(half: str) -> bool:
    """Does a page show those files byte for byte?"""
    return not any(note in half for note in _CHANGED)


def rules_in(half: str, root: Path) -> set[tuple[str, int, int, str, str]]:
    """Path, line, column, severity and rule of everything that is found in the files which a page shows, beside those of examples/ that they name."""
    files = {name: text for name, _, language, text in _FILE.findall(half.partition("Output of `flowship lint`:")[0])}
    first = next(iter(files))
    theirs = {f"{path.parent.name}/{path.name}": path for path in (ROOT / "examples").glob("*s/*.*")}
    files |= {name: path.read_text("utf-8") for name, path in theirs.items() if name in files[first] and name not in files}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    findings = lint_paths(str(root), () if first == "flowship.yml" else (first,), "flowship.yml")
    return {(row.path, *(row.span[:2] if row.span else (0, 0)), row.severity, row.rule) for row in findings}


@pytest.fixture(scope="module")
def tool() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "tools" / "make_rule_docs.py"))


def test_pages_are_current(tool: dict[str, Any]) -> None:
    pages = tool["made"]()
    existing = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
    assert sorted(existing) == sorted(pages), STALE
    assert [name for name in pages if pages[name] != existing[name]] == [], STALE


def test_every_rule_has_its_page_and_row() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} - {"README"} == {*RULES}, STALE
    index = (FOLDER / "README.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| \[([a-z0-9-]+)\]\(\1\.md\) \| ([a-z, ]+) \| .+\. \|$", index, re.MULTILINE))
    assert listed == {name: f"{about.severity}, always" if about.stops else about.severity for name, about in KNOWN.items()}


@pytest.mark.parametrize("rule", RULES)
def test_bad_example_has_the_finding_that_the_page_shows(rule: str, tmp_path: Path) -> None:
    bad = shown(rule).bad
    listed = {(path, int(line or 0), int(column or 0), severity, name) for path, line, column, severity, name in _FINDING.findall(bad)}
    assert listed, STALE
    assert {(severity, name) for *_, severity, name in listed} == {(KNOWN[rule].severity, rule)}
    if as_written(bad):
        assert {row for row in rules_in(bad, tmp_path) if row[-1] == rule} == listed


@pytest.mark.parametrize("rule", RULES)
def test_good_example_has_no_such_finding(rule: str, tmp_path: Path) -> None:
    good = shown(rule).good
    assert as_written(good), "a good example can be copied"
    assert rule not in {name for *_, name in rules_in(good, tmp_path)}


def test_examples_that_pages_cannot_show_exactly_have_the_finding_too(tool: dict[str, Any]) -> None:
    pairs = tool["pairs"](KNOWN)
    others = [rule for rule in RULES if not as_written(shown(rule).bad)]
    assert 5 < len(others) < 20
    for rule in others:
        findings, output = pairs[rule].bad.findings(rule)
        assert {finding.rule for finding in findings} == {rule}
        assert output in shown(rule).bad


def test_good_manifests_and_suites_have_no_error_at_all(tool: dict[str, Any]) -> None:
    """With the files of examples/ that they name."""
    good = {rule: pair.good for rule, pair in tool["pairs"](KNOWN).items() if pair.good.files[0].name in ("flowship.yml", "evals.yml")}
    assert len(good) > 20
    errors = {rule: [row for row in example.findings()[0] if row.severity == "error"] for rule, example in good.items()}
    assert {rule: rows for rule, rows in errors.items() if rows} == {}


def test_every_page_has_a_fix() -> None:
    lacking = [rule for rule in RULES if not re.search(r"^## Fix\n(?:- .+[.?]\n)+$", (FOLDER / f"{rule}.md").read_text("utf-8"), re.MULTILINE)]
    assert lacking == []


def test_links_have_targets(pages: "Mapping[str, Page]") -> None:
    links = {link for path in FOLDER.glob("*.md") for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8"))}
    away = {link for link in links if not (FOLDER / link).exists()}
    assert {link for link in away if not link.startswith("../linting.md#")} == set()
    assert {link.partition("#")[2] for link in away} <= pages["docs/linting.md"].anchors()


def test_rule_without_examples_is_named(tool: dict[str, Any]) -> None:
    lone = KNOWN["file-empty"]._replace(name="file-lone")
    with pytest.raises(LookupError, match=r"\['file-lone'\]"):
        tool["pairs"]({**KNOWN, "file-lone": lone})


def test_files_are_escaped_and_shortened(tool: dict[str, Any]) -> None:
    file = tool["File"]
    assert "a\\x1b\\u202e\\xff\\r" in tool["_file"](file("a.yaml", "yaml", b"a\x1b\xe2\x80\xae\xff\r\n"))
    assert tool["_file"](file("a.yaml", "yaml", b"a: ```\n")).count("````") == 2
    long = tool["_file"](file("a.yaml", "yaml", b"x" * 5000 + b"\n" * 200))
    assert len(long) < 600
    assert "Shortened: the file has 5200 characters." in long
    assert tool["_file"](file("a.flow", "json", b"")) == "`a.flow`, an empty file.\n"
