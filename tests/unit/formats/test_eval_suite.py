"""Compiled expectations of a suite; its findings are shown by the golden examples under tests/data/lint."""

from pathlib import Path

import pytest

from deployer.formats import eval_suite


def test_table_path_is_relative_to_the_suites_folder() -> None:
    assert eval_suite.table_path("evals/a.yml", "t.csv") == "evals/t.csv"
    assert eval_suite.table_path("a.yml", "t.csv") == "./t.csv"


def test_pattern_matches_anywhere_in_the_text() -> None:
    assert eval_suite.compile_pattern("a+b").is_valid("xaab")
    assert not eval_suite.compile_pattern("^a+b").is_valid("xaab")


def test_invalid_pattern_is_refused() -> None:
    with pytest.raises(ValueError, match=r"is not a \"regex\""):
        eval_suite.compile_pattern("(")


def test_pattern_gives_up_on_endless_backtracking() -> None:
    assert not eval_suite.compile_pattern(r"^(a|a)*(?=b)\1$").is_valid("a" * 64)


def test_schema_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(ValueError, match="retrieving it failed"):
        eval_suite.compile_schema({"$ref": (tmp_path / "a.json").as_uri()})
    assert eval_suite.compile_schema({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}).is_valid("x")


def findings(root: Path, text: str) -> list[tuple[str, tuple[int, int] | None]]:
    (root / "a.yml").write_text(text)
    return [(finding.rule, finding.span and (finding.span.line, finding.span.column)) for finding in eval_suite.load(str(root), "a.yml")[1]]


def test_finding_in_a_table_has_the_tables_path(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1\n")
    (tmp_path / "a.yml").write_text("version: 1\ncases:\n  - {name: '${a}', input: '${b}', data: t.csv, expect: {contains: x}}\n")
    _, (finding,) = eval_suite.load(str(tmp_path), "a.yml")
    assert (finding.path, finding.rule) == ("t.csv", "evals-data")


@pytest.mark.parametrize("expect", ["expect: {contains: x}", "within: 5", "expect: {jmespath: output}"])
def test_case_with_an_expectation_or_a_limit_is_accepted(expect: str, tmp_path: Path) -> None:
    assert findings(tmp_path, f"version: 1\ncases:\n  - {{name: a, input: x, {expect}}}\n") == []


@pytest.mark.parametrize("expect", ["expect: {contains: ''}", "expect: {schema: {}}", "expect: {contains: x}, pass_rate: 0"])
def test_case_that_always_passes_is_a_warning(expect: str, tmp_path: Path) -> None:
    assert ("evals-expect-nothing", (3, 5)) in findings(tmp_path, f"version: 1\ncases:\n  - {{name: a, input: x, {expect}}}\n")
