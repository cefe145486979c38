"""Every rendering of a report by name: a new one is a file and a line here."""

from collections.abc import Callable

from deployer.model.report import Report
from deployer.render import json as as_json
from deployer.render import junit, markdown, sarif, text

FORMATS: dict[str, Callable[[Report], str]] = {
    "console": text.render,
    "json": as_json.render,
    "markdown": markdown.render,
    "sarif": sarif.render,
    "junit": junit.render,
}
