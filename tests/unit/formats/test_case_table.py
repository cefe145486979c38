"""Tables of cases: what CSV and JSON Lines become, and how `${column}` is filled."""

from pathlib import Path
from typing import Any

import pytest

from deployer.formats import case_table
from deployer.formats.case_table import CaseRow, CaseTable
from deployer.model.finding import Finding


def read(root: Path, name: str, text: str) -> CaseTable | Finding:
    (root / name).write_text(text, "utf-8", newline="")
    return case_table.read(str(root), name)


def test_csv_values_are_text_and_rows_have_the_line_they_start_at(tmp_path: Path) -> None:
    table = read(tmp_path, "a.csv", 'who,text\r\nx,"one\ntwo"\r\n\r\ny,7\r\n')
    assert table == CaseTable("a.csv", ("who", "text"), (CaseRow(2, {"who": "x", "text": "one\ntwo"}), CaseRow(5, {"who": "y", "text": "7"})))


def test_json_lines_keep_types_and_columns_are_those_of_every_row(tmp_path: Path) -> None:
    table = read(tmp_path, "a.jsonl", '{"a": 1, "b": [2]}\n\n{"b": "x", "a": null}\n{"a": 3}\n')
    assert isinstance(table, CaseTable)
    assert table.columns == ("a",)
    assert [(row.line, row.values) for row in table.rows] == [(1, {"a": 1, "b": [2]}), (3, {"b": "x", "a": None}), (4, {"a": 3})]


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        ("a.csv", "a,b\n", 1, "has no rows"),
        ("a.csv", "a,a\n1,2\n", 1, "empty or used twice"),
        ("a.csv", "a, \n1,2\n", 1, "empty or used twice"),
        ("a.csv", "a,b\n1,2\n1\n", 3, "has 1 values for 2 columns"),
        ("a.csv", 'a,b\n1,"2"x\n', 2, "This is not CSV"),
        ("a.jsonl", '{"a": 1}\n{"a": 1,}\n', 2, "Column 9: There is a comma"),
        ("a.jsonl", '{"a": 1}\n[1]\n', 2, "a list, not an object"),
    ],
)
def test_broken_table_is_a_finding_at_its_line(name: str, text: str, line: int, message: str, tmp_path: Path) -> None:
    finding = read(tmp_path, name, text)
    assert isinstance(finding, Finding)
    assert finding.span is not None
    assert (finding.rule, finding.span.line) == ("evals-data", line)
    assert message in finding.message


@pytest.mark.parametrize(("name", "row"), [("a.csv", "1\n"), ("a.jsonl", '{"a": 1}\n')])
def test_table_may_have_the_most_rows_and_no_more(name: str, row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_table, "MAX_ROWS", 5)
    head = "a\n" if name == "a.csv" else ""
    rows = 4 if head else 5
    assert isinstance(read(tmp_path, name, head + row * rows), CaseTable)
    finding = read(tmp_path, name, head + row * (rows + 1))
    assert isinstance(finding, Finding)
    assert "more than 5 lines" in finding.message


def test_find_columns_gives_path_and_name_at_any_depth() -> None:
    value = {"a": "x ${ one } $${no}", "b": ["${two}", {"c": "${three}${one}"}], "d": 7}
    assert list(case_table.find_columns(value)) == [(("a",), "one"), (("b", 0), "two"), (("b", 1, "c"), "three"), (("b", 1, "c"), "one")]


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("${n}", 7),
        ("n is ${n}", "n is 7"),
        ("${list}", [1, "ü"]),
        ("${list}!", '[1, "ü"]!'),
        ("$${n}", "${n}"),
        ("$$${n}", "$${n}"),
        ("${escaped} $${", "$${n} ${"),
        ("${missing}", None),
        ({"a": ["${text}", 1]}, {"a": ["hello", 1]}),
    ],
)
def test_fill_columns_keeps_the_type_of_a_lone_column(value: Any, filled: Any) -> None:
    assert case_table.fill_columns(value, {"n": 7, "list": [1, "ü"], "text": "hello", "escaped": "$${n}"}) == filled
