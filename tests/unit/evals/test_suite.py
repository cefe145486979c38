"""Suites read into cases: defaults, tables, limits; and mistakes at their line."""

from pathlib import Path

import pytest

from deployer.evals.suite import Case, Suite, read
from deployer.model.errors import UsageError


def suite(root: Path, text: str, **tables: str) -> Suite:
    (root / "evals").mkdir(exist_ok=True)
    (root / "evals/a.yml").write_text(text)
    for name, content in tables.items():
        (root / "evals" / name.replace("_", ".")).write_text(content)
    return read(str(root), "evals/a.yml")


def test_a_case_has_the_defaults_and_says_otherwise(tmp_path: Path) -> None:
    found = suite(
        tmp_path,
        """\
fail_on: regression
per_minute: 50
defaults: {within: 30, repeat: 3, expect: {not_contains: sorry, status: SUCCEED}}
cases:
  - {name: one, input: {a: 1}, expect: {contains: yes please}}
  - {name: two, input: hello, within: 5, repeat: 1, expect: {status: FAILED}, tags: [smoke], skip: until Monday}
""",
    )
    assert found.cases == (
        Case("one", {"a": 1}, {"not_contains": "sorry", "status": "SUCCEED", "contains": "yes please"}, within=30, repeat=3, line=5),
        Case("two", "hello", {"not_contains": "sorry", "status": "FAILED"}, within=5, tags=("smoke",), skip="until Monday", line=6),
    )
    assert (found.path, found.fail_on, found.compares, found.per_minute) == ("evals/a.yml", "regression", True, 50)
    assert [case.name for case in found.tagged(("smoke", "slow")).cases] == ["two"]
    assert found.tagged(()) == found


def test_a_row_of_a_table_is_a_case(tmp_path: Path) -> None:
    found = suite(
        tmp_path,
        """\
cases:
  - name: ticket ${id}
    data: t.csv
    input: {message: "${message}", note: "id ${id}, $${id}"}
    expect: {contains: "${urgency}"}
""",
        t_csv='id,message,urgency\n7,"We have, an\noutage",high\n8,Thanks,low\n8,Bye,low\n',
    )
    assert [case.name for case in found.cases] == ["ticket 7", "ticket 8", "ticket 8 (2)"]
    assert found.cases[0].input == {"message": "We have, an\noutage", "note": "id 7, ${id}"}
    assert found.cases[1].expect == {"contains": "low"}
    assert {case.line for case in found.cases} == {2}


def test_values_of_json_lines_keep_their_types(tmp_path: Path) -> None:
    found = suite(
        tmp_path,
        'cases: [{name: totals, data: t.jsonl, input: {items: "${items}", text: "of ${items}"}, expect: {equals: "${total}"}}]\n',
        t_jsonl='{"items": [1, 2], "total": 3}\n\n{"items": [], "total": null}\n',
    )
    assert [(case.name, case.input, case.expect) for case in found.cases] == [
        ("totals, line 1", {"items": [1, 2], "text": "of [1, 2]"}, {"equals": 3}),
        ("totals, line 3", {"items": [], "text": "of []"}, {"equals": None}),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cases:\n  - {name: a}\n", "evals/a.yml:2: `cases[0]` has no `input`."),
        ("cases:\n  - name: a\n    input: 1\n    within: -1\n", "evals/a.yml:4: `cases[0].within` cannot be `-1`."),
        ("cases:\n  - {name: a, input: 1, data: t.csv, within: 1}\n", "evals/t.csv:2: This row has 1 values for 2 columns."),
        ("cases: [\n", "evals/a.yml:1: "),
    ],
)
def test_mistakes_are_at_their_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        suite(tmp_path, text, t_csv="a,b\n1\n")
    assert refused.value.message.startswith(message)


def test_expectations_of_a_row_are_texts_where_only_texts_can_stand(tmp_path: Path) -> None:
    found = suite(
        tmp_path,
        'cases: [{name: "${n}", data: t.jsonl, input: 1, expect: {contains: "${n}", matches: ["${n}", a], status: "${n}", equals: "${n}"}}]\n',
        t_jsonl='{"n": 5}\n{"n": ["a", 1]}\n{"n": null}\n',
    )
    assert [case.expect for case in found.cases] == [
        {"contains": "5", "matches": ["5", "a"], "status": "5", "equals": 5},
        {"contains": ["a", "1"], "matches": ['["a", 1]', "a"], "status": '["a", 1]', "equals": ["a", 1]},
        {"contains": "null", "matches": ["null", "a"], "status": "null", "equals": None},
    ]


def test_only_a_line_break_ends_a_row(tmp_path: Path) -> None:
    text = 'cases: [{name: "${id}", data: t.csv, input: "${m}", within: 1}]\n'
    found = suite(tmp_path, text, t_csv='id,m\n1,one\u2028two\x0c\n2,"a\x85b\r\nc"\n')
    assert [case.input for case in found.cases] == ["one\u2028two\x0c", "a\x85b\r\nc"]


def test_every_case_has_a_name_of_its_own(tmp_path: Path) -> None:
    found = suite(tmp_path, 'cases: [{name: "${n}", data: t.csv, input: 1, within: 1}]\n', t_csv="n\na\na (2)\na\na\n")
    assert [case.name for case in found.cases] == ["a", "a (2)", "a (3)", "a (4)"]
    assert [case.name for case in found.renamed(lambda name: "***").cases] == ["***", "*** (2)", "*** (3)", "*** (4)"]


@pytest.mark.parametrize("reference", ["http://127.0.0.1:9/a.json", "file:///etc/hostname", "other.json"])
def test_a_schema_reads_nothing_else(tmp_path: Path, reference: str) -> None:
    text = f"cases:\n  - name: a\n    input: 1\n    expect:\n      schema:\n        $ref: {reference}\n"
    with pytest.raises(UsageError, match="refers to another file or address, which is not read") as refused:
        suite(tmp_path, text)
    assert refused.value.message.startswith("evals/a.yml:")
    assert "#/$defs/name" in refused.value.fix


def test_a_schema_may_refer_to_its_own_parts_and_hold_columns(tmp_path: Path) -> None:
    text = """\
cases:
  - {name: a, input: 1, expect: {schema: {$ref: "#/$defs/n", $defs: {n: {type: number}}}}}
  - {name: "${id}", data: t.jsonl, input: 1, expect: {schema: {minLength: "${least}"}}}
"""
    assert suite(tmp_path, text, t_jsonl='{"id": 1, "least": 3}\n').cases[1].expect == {"schema": {"minLength": 3}}
