"""SARIF as the standard has it: every story against the schema of 2.1.0 that its editors publish ("rtm.5"), rules described or not."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from deployer.lint.output import rule_infos
from deployer.lint.rule_index import describe_rules
from deployer.model.finding import Finding, Related, Span
from deployer.model.report import Report
from deployer.render import sarif

SCHEMA = Path(__file__).parents[2] / "data" / "schemas" / "sarif-2.1.0-rtm.5.json"


@pytest.fixture(scope="module")
def validator() -> Any:
    """The schema says of `language` that it matches a pattern that is none (a bracket too many): left out, we write no language."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    for holder in ("run", "toolComponent"):
        del schema["definitions"][holder]["properties"]["language"]["pattern"]
    return jsonschema_rs.validator_for(schema)


def test_every_story_is_valid(validator: Any, report: Report) -> None:
    data = json.loads(sarif.render(report))
    text = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")  # the validator takes no lone surrogates
    assert [error.message for error in validator.iter_errors(json.loads(text))] == []


def test_every_rule_is_described(validator: Any) -> None:
    known = describe_rules()
    places = Span(2, 3, 2, 9), Related("b.yaml", Span(1, 1, 1, 1), "the other one [is](here)")
    findings = tuple(Finding(each.name, each.severity, "What and where.", "What next.", "a b/ä.yaml", *places) for each in known.values())
    document = json.loads(sarif.render(Report(mode="lint", findings=findings), rule_infos(findings)))
    assert [error.message for error in validator.iter_errors(document)] == []
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(known)
    assert all(rule["shortDescription"]["text"] and rule["help"]["markdown"] for rule in rules)
    assert "```" in next(rule for rule in rules if rule["id"] == "step-id-unique")["help"]["markdown"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert rules[result["ruleIndex"]]["defaultConfiguration"]["level"] == result["level"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/%C3%A4.yaml"
        assert result["relatedLocations"][0]["message"]["text"] == "the other one \\[is](here)"


def test_a_wrong_document_is_not_valid(validator: Any) -> None:
    document = json.loads(sarif.render(Report(mode="lint", findings=(Finding("r", "error", "m", "", "a", Span(1, 1, 1, 1)),))))
    document["runs"][0]["results"][0]["level"] = "info"
    assert not validator.is_valid(document)


def test_end_column_is_after_the_last_and_links_are_text() -> None:
    finding = Finding("r", "error", "see [x](http://evil.example) and [y]", "", "a b/ü%.flow", Span(1, 2, 3, 4))
    run = json.loads(sarif.render(Report(mode="lint", findings=(finding,))))["runs"][0]
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 1, "startColumn": 2, "endLine": 3, "endColumn": 5}
    assert place["artifactLocation"]["uri"] == "a%20b/%C3%BC%25.flow"
    assert result["message"]["text"] == "see \\[x](http://evil.example) and [y]"
