"""The renderings of a report by name: a new one is a file and a line here."""

from collections.abc import Callable

from deployer.model.report import Report
from deployer.render import junit, markdown, plain_text, sarif


def _json(report: Report) -> str:
    from deployer.render import json_report

    return json_report.render(report)


def _html(report: Report) -> str:
    from deployer.render import html_report

    return html_report.render(report)


FORMATS: dict[str, Callable[[Report], str]] = {
    "console": plain_text.render,
    "json": _json,
    "markdown": markdown.render,
    "sarif": sarif.render,
    "junit": junit.render,
    "html": _html,
}
