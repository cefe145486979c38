"""The findings as SARIF 2.1.0, for code scanning and editors."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from deployer import __version__
from deployer.model.finding import SEVERITIES, Finding, RuleInfo, Span
from deployer.model.report import Report
from deployer.model.text import one_line
from deployer.render.escape import dump

LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_LINK = re.compile(r"\[(?=[^\]]*\]\()")
MAX_RESULTS = 5000  # code scanning keeps that many of a run


def render(report: Report, about: Mapping[str, RuleInfo] = {}) -> str:
    """`about` describes rules by name, to be shown beside a result.

    Findings about no file become notifications: code scanning refuses a result without a place.
    """
    located = sorted((finding for finding in report.findings if finding.path), key=lambda finding: SEVERITIES.index(finding.severity))
    without_file = [finding for finding in report.findings if not finding.path]
    rules = sorted({finding.rule for finding in report.findings})
    run = {
        "tool": {"driver": {"name": "Flowship", "semanticVersion": __version__, "rules": [_rule(rule, about.get(rule)) for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {"executionSuccessful": report.exit_code != 3, "toolExecutionNotifications": [_notification(finding) for finding in without_file]}
        ],
        "results": [_result(finding, rules) for finding in located[:MAX_RESULTS]],
    }
    return dump({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})


def _rule(name: str, about: RuleInfo | None) -> dict[str, Any]:
    if about is None:
        return {"id": name}
    help_text = about.help or about.why
    return {
        "id": name,
        "shortDescription": {"text": about.why},
        "fullDescription": {"text": help_text.partition("\n\n")[0].replace("\n", " ")},
        "help": {"text": help_text, "markdown": help_text},
        "defaultConfiguration": {"level": LEVELS[about.severity]},
        "properties": {"tags": ["stops a deploy"] if about.stops else []},
    }


def _message(finding: Finding) -> dict[str, str]:
    return _text(f"{finding.message} {finding.fix}".strip())


def _text(words: str) -> dict[str, str]:
    """SARIF reads `[text](place)` in a message as a link (section 3.11.6): a backslash keeps it text."""
    return {"text": _LINK.sub(r"\\[", one_line(words))}


def _notification(finding: Finding) -> dict[str, Any]:
    return {"level": LEVELS[finding.severity], "message": _message(finding), "associatedRule": {"id": finding.rule}}


def _result(finding: Finding, rules: list[str]) -> dict[str, Any]:
    related = finding.related
    return {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": LEVELS[finding.severity],
        "message": _message(finding),
        "locations": [_location(finding.path, finding.span)],
        **({"relatedLocations": [_location(related.path, related.span) | {"message": _text(related.message)}]} if related else {}),
    }


def _location(path: str, span: Span | None) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(path, safe="/", errors="replace")}}
    if span:
        line, column, end_line, end_column = span
        # SARIF's end column is the one after the last (section 3.30.8), ours the last one.
        place["region"] = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column + 1}
    return {"physicalLocation": place}
