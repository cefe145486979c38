"""Findings at a terminal: the line of the file, and a caret below the very characters that are meant."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from deployer.lint.rules import RULES
from deployer.model.finding import SECRET_RULES, Finding, Related, Span
from deployer.model.report import Report
from deployer.render import json_report
from deployer.render.findings import as_json, as_text, pointed, totals, with_source


def finding(span: Span | None, path: str = "a.yaml", related: Related | None = None) -> Finding:
    return Finding("a-rule", "error", "Something is wrong.", "Repair it.", path, span, related)


def below(folder: Path) -> Callable[[str], bytes]:
    return lambda path: (folder / path).read_bytes()


def test_all_of_one(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: a\n\tb: [c, d]\n", "utf-8")
    shown = with_source([finding(Span(2, 6, 2, 6), related=Related("a.yaml", Span(1, 1, 1, 4), "the name is here"))], below(tmp_path), color=False)
    assert shown == (
        "a.yaml:2:6: error: Something is wrong. [a-rule]\n2 |     b: [c, d]\n  |         ^\n    a.yaml:1:1: the name is here\n    Fix: Repair it.\n"
    )


@pytest.mark.parametrize(
    ("row", "columns", "text", "caret"),
    [
        ("name: x", (7, 7), "name: x", "      ^"),
        ("name: welcome", (7, 13), "name: welcome", "      ^~~~~~~"),
        ("näme: 日本 x", (10, 10), "näme: 日本 x", "           ^"),
        ("x: 日本", (4, 5), "x: 日本", "   ^~~~"),
        ("e\u0301: x", (5, 5), "e\u0301: x", "   ^"),
        ("\tx", (2, 2), "    x", "    ^"),
        ("a\x1bb: c", (5, 5), "a\\x1bb: c", "       ^"),
        ("abc", (4, 4), "abc", "   ^"),
        ("abc", (9, 20), "abc", "   ^"),
        ("", (1, 1), "", "^"),
    ],
)
def test_the_caret_stands_below(row: str, columns: tuple[int, int], text: str, caret: str) -> None:
    assert pointed(row, Span(1, columns[0], 1, columns[1])) == (text, caret)


def test_several_lines_are_pointed_at_to_the_end_of_the_first() -> None:
    assert pointed("key: |", Span(1, 6, 4, 2)) == ("key: |", "     ^")
    assert pointed("key: {a:", Span(1, 6, 4, 2)) == ("key: {a:", "     ^~~")


def test_a_long_line_is_cut_around_the_place() -> None:
    row = "x" * 4000 + "HERE" + "y" * 4000
    text, caret = pointed(row, Span(1, 4001, 1, 4004))
    assert len(text) <= 122
    assert text[0] == text[-1] == "…"
    assert [char for char, below in zip(text, caret.ljust(len(text))) if below != " "] == list("HERE")


def test_colours_are_codes_around_the_same_text(tmp_path: Path) -> None:
    import re

    (tmp_path / "a.yaml").write_text("name: a\n", "utf-8")
    findings = [finding(Span(1, 1, 1, 4)), finding(None), finding(Span(1, 1, 1, 1), path="")]
    plain, painted = (with_source(findings, below(tmp_path), color=color) for color in (False, True))
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == plain
    assert "\x1b[1;31merror\x1b[0m" in painted


@pytest.mark.parametrize("path", ["gone.yaml", "", ".", "a\0b"])
def test_a_file_that_cannot_be_had_is_not_quoted(path: str, tmp_path: Path) -> None:
    assert "|" not in with_source([finding(Span(1, 1, 1, 1), path)], below(tmp_path), color=False)


def test_a_line_beyond_the_end_is_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\r\n")
    assert "9 |" not in with_source([finding(Span(9, 1, 9, 1))], below(tmp_path), color=False)
    assert "1 | \ufffd\n" in with_source([finding(Span(1, 1, 1, 1))], below(tmp_path), color=False)


def test_nothing_found_is_nothing_said(tmp_path: Path) -> None:
    assert with_source([], below(tmp_path), color=True) == ""


@pytest.mark.parametrize("rule", sorted(SECRET_RULES))
def test_no_line_is_shown_where_a_secret_stands(tmp_path: Path, rule: str) -> None:
    (tmp_path / "a.yaml").write_text("name: a\nkey: hunter2-hunter2\nb: c\n", "utf-8")
    found = [finding(Span(2, 6, 2, 20))._replace(rule=rule), finding(Span(2, 1, 2, 3)), finding(Span(3, 1, 3, 1))]
    shown = with_source(found, below(tmp_path), color=False)
    assert "hunter2" not in shown
    assert "a.yaml:2:6: error" in shown
    assert "3 | b: c" in shown


def test_the_rules_that_find_secrets_are_rules() -> None:
    every = {name for names in RULES.values() for name in names}
    found = {name.replace("_", "-") for name in every if name.startswith("secret_") or "credentials" in name}
    assert found == SECRET_RULES


def test_json_and_text_of_findings(reports: dict[str, Report]) -> None:
    findings = reports["lint"].findings
    assert json.loads(as_json(findings)) == {"schema": 1, "findings": json.loads(json_report.render(reports["lint"]))["findings"]}
    assert as_text(findings).splitlines()[0] == "flows/a.flow:3:7: error: The flow has 2 end nodes. [flow-end-count]"
    assert as_text([]) == ""


@pytest.mark.parametrize(
    ("severities", "files", "text"),
    [
        ("", 12, "12 files, no errors"),
        ("info " * 6, 12, "12 files, no errors, 6 notes"),
        ("error warning info", 1, "1 file, 1 error, 1 warning, 1 note"),
        ("error error", 0, "2 errors"),
    ],
)
def test_totals(severities: str, files: int, text: str) -> None:
    assert totals([finding(None)._replace(severity=severity) for severity in severities.split()], files) == text  # type: ignore[arg-type]
