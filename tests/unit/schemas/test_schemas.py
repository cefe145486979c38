"""The schemas are schemas, say something about every key, and tell good documents from bad ones."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from deployer import schemas
from deployer.formats.yaml import text as yaml_text
from deployer.render import json_report

ROOT = Path(__file__).parents[3]
LINT = ROOT / "tests" / "data" / "lint"
NAMES = (*schemas.NAMES, "report")


def schema(name: str) -> Any:
    return json.loads(json_report.schema() if name == "report" else schemas.text(name))


def valid(name: str, document: object) -> bool:
    return bool(jsonschema_rs.validator_for(schema(name)).is_valid(document))


def from_yaml(path: Path) -> Any:
    data, troubles = yaml_text.parse(path.read_text("utf-8"))
    assert troubles == ()
    return data


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_schema(name: str) -> None:
    text = schema(name)
    assert text["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema_rs.meta.is_valid(text)
    jsonschema_rs.validator_for(text)


def properties(node: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for name, child in node.get("properties", {}).items() if "if" not in where.split("/") else ():
            yield f"{where}/{name}", child
        for name, child in node.items():
            yield from properties(child, f"{where}/{name}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from properties(child, f"{where}/{index}")


@pytest.mark.parametrize("name", NAMES)
def test_every_key_is_described(name: str) -> None:
    text = schema(name)
    for where, child in properties(text):
        if "/if/" in where or "/then/" in where:
            continue
        described = child if "description" in child else text["$defs"][child["$ref"].rpartition("/")[2]]
        assert described["description"].endswith("."), where


def test_the_examples_are_valid() -> None:
    assert valid("manifest", from_yaml(ROOT / "examples" / "flowship.yml"))
    for path in (ROOT / "examples" / "workflows").iterdir():
        assert valid("workflow", from_yaml(path)), path
    assert valid("flow", json.loads((ROOT / "examples" / "flows" / "triage.flow").read_text("utf-8")))


@pytest.mark.parametrize("path", sorted((LINT / "ok").glob("*.y*ml")), ids=lambda path: path.name)
def test_good_files(path: Path) -> None:
    document, _ = yaml_text.parse(path.read_text("utf-8-sig"))
    assert valid(next((name for name in ("manifest", "evals") if f".{name}." in path.name), "workflow"), document)


@pytest.mark.parametrize("name", ["unknown-keys", "managed-keys", "wrong-types", "nothing-required", "steps", "trigger-type"])
def test_bad_workflows(name: str) -> None:
    assert not valid("workflow", from_yaml(LINT / "bad" / f"{name}.yaml"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("exportType",), "BOT"),
        (("exportTime",), "2025-09-25"),
        (("workflow", "workflowEdges"), {}),
        (("workflow", "workflowNodes", 0, "type"), "BEGIN"),
        (("workflow", "workflowNodes", 0, "name"), ""),
        (("workflow", "workflowNodes", 1, "httpParam"), {"request": {"url": "https://a.example.com"}}),
        (("workflow", "workflowNodes", 2, "conditionParam", "conditionBranches"), []),
        (("workflow", "workflowNodes", 3, "llmParam"), {"userPrompt": ""}),
        (("workflow", "workflowNodes", 3, "llmParam", "creativityLevel"), 1.2),
        (("workflow", "workflowNodes", 3, "inputs", 0, "source"), "OTHER"),
        (("workflow", "workflowEdges", 0, "sourceHandle"), ""),
    ],
)
def test_bad_flows(path: tuple[Any, ...], value: object) -> None:
    document = json.loads((ROOT / "examples" / "flows" / "triage.flow").read_text("utf-8"))
    holder = document
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    assert not valid("flow", document)


def test_a_node_needs_the_parameters_of_its_type() -> None:
    document = json.loads((ROOT / "examples" / "flows" / "triage.flow").read_text("utf-8"))
    for node in document["workflow"]["workflowNodes"]:
        node.pop("llmParam", None)
    assert not valid("flow", document)


SUITE = """\
version: 1
fail_on: regression
defaults: {within: 30, repeat: 3, pass_rate: 0.6}
cases:
  - name: an outage is urgent
    input: {message: We have an outage}
    expect: {contains: [urgent, duty], not_contains: sorry, matches: "^.{1,500}$", status: SUCCEED}
    tokens: 2000
    cost: 0.05
    tags: [urgent]
  - name: from a table
    data: tickets.csv
    input: {message: "${message}"}
    expect: {jmespath: "output.urgency == 'high'", schema: {type: object}, equals: {urgency: high}}
    skip: the table is being rewritten
"""


def test_a_suite_of_evals() -> None:
    document, _ = yaml_text.parse(SUITE)
    assert valid("evals", document)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: an outage is urgent", "nam: x"),
        ("pass_rate: 0.6", "pass_rate: 6"),
        ("repeat: 3", "repeat: 0"),
        ("contains:", "contain:"),
        ("regression", "regressions"),
    ],
)
def test_bad_suites(old: str, new: str) -> None:
    document, _ = yaml_text.parse(SUITE.replace(old, new, 1))
    assert not valid("evals", document)


# As the users' contract shows it, field by field.
REPORT: dict[str, Any] = {
    "schema": 1,
    "mode": "deploy",
    "environment": "production",
    "commit": "0" * 40,
    "ok": True,
    "exit_code": 0,
    "plan_hash": "a" * 64,
    "findings": [
        {
            "rule": "flow-end-count",
            "severity": "error",
            "message": "x",
            "fix": "y",
            "path": "flows/a.flow",
            "line": 3,
            "column": 7,
            "end_line": 3,
            "end_column": 9,
        }
    ],
    "changes": [
        {
            "workflow": "triage",
            "platform": "gptbots",
            "path": "flows/a.flow",
            "target": "t",
            "action": "import",
            "release": True,
            "outcome": "done",
            "version": "1.0.3",
            "previous_version": "1.0.2",
            "live": True,
            "fingerprint": "f",
            "warning": None,
            "error": None,
            "seconds": 0.41,
        }
    ],
    "evals": [],
    "requests": {"gptbots": {"count": 3, "remaining": None}},
    "seconds": 0.9,
}


def test_the_report_of_the_contract() -> None:
    assert valid("report", REPORT)
    planned = {**REPORT["changes"][0], "outcome": None, "version": None, "error": {"code": "403202", "message": "m", "fix": "c"}}
    whole_file = {**REPORT["findings"][0], "line": None, "column": None, "end_line": None, "end_column": None}
    assert valid("report", {**REPORT, "changes": [planned], "findings": [whole_file], "notices": ["n"], "problem": None, "released": 1, "held": 0})


@pytest.mark.parametrize("field", sorted(REPORT))
def test_no_field_of_the_report_may_be_missing(field: str) -> None:
    assert not valid("report", {name: value for name, value in REPORT.items() if name != field})


@pytest.mark.parametrize("field", sorted(REPORT["changes"][0]))
def test_no_field_of_a_change_may_be_missing(field: str) -> None:
    changed = {name: value for name, value in REPORT["changes"][0].items() if name != field}
    assert not valid("report", {**REPORT, "changes": [changed]})


@pytest.mark.parametrize(
    "extra", [{"surprise": 1}, {"exit_code": 6}, {"plan_hash": "short"}, {"requests": {"gptbots": {"count": -1, "remaining": 1}}}]
)
def test_what_a_report_may_not_be(extra: dict[str, Any]) -> None:
    assert not valid("report", {**REPORT, **extra})
