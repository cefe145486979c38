"""What is taken out of a report before it is rendered, and what is left as it is."""

from dataclasses import replace
from typing import Any

from deployer.config.spelling import Spelling
from deployer.model.report import Report
from deployer.render import json_report
from deployer.render.redact import redacted, respelled


def shouted(value: Any, kept: tuple[str, ...] = ()) -> Any:
    """JSON with every text in capitals, but for what stands under the names that are kept."""
    if isinstance(value, dict):
        return {name: item if name in kept else shouted(item, kept) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(shouted(item, kept) for item in value)
    return value.upper() if isinstance(value, str) else value


def test_every_text_of_a_platform_or_file_is_redacted_and_no_code(reports: dict[str, Report]) -> None:
    report = replace(reports["deploy"], plan_hash="", commit="", extra={"LATER": ["text"]})
    ours = ("mode", "environment", "workflow", "platform", "path", "action", "outcome", "status", "fingerprint", "requests")
    assert json_report.as_dict(redacted(report, str.upper)) == shouted(json_report.as_dict(report), ours)


def test_what_changes_inside_is_redacted_but_for_its_codes(reports: dict[str, Report]) -> None:
    diffs = [change["diff"] for change in json_report.as_dict(redacted(reports["inside"], str.upper))["changes"] if change["diff"]]
    was = [change["diff"] for change in json_report.as_dict(reports["inside"])["changes"] if change["diff"]]
    assert diffs == shouted(was, ("kind", "change"))
    assert diffs != was


def test_warning_names_an_input_as_the_error_does(outcome_of: Any) -> None:
    held = outcome_of("a", "hold", "held")
    held = replace(held, change=replace(held.change, warning="`release: force` releases it again."))
    (spelled,) = respelled(Report(mode="deploy", outcomes=(held,)), Spelling().text).outcomes
    assert spelled.warning == "`--release force` releases it again."
