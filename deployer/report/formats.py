"""Every rendering of a report by name: a new one is a file and a line here."""

from collections.abc import Callable

from deployer.domain.report import Report
from deployer.report import as_json, console, junit, markdown, sarif

FORMATS: dict[str, Callable[[Report], str]] = {
    "console": console.render,
    "json": as_json.render,
    "markdown": markdown.render,
    "sarif": sarif.render,
    "junit": junit.render,
}
