"""What went live with a tag, for the page of its GitHub Release: a part of its own, between marks, the rest of the page left alone."""

import re

from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.text import count, cut
from deployer.render import summary
from deployer.render.escape import code

LIMIT = 125_000
"""Characters that GitHub takes on such a page."""
_LONGEST_NAME = 200
_ROWS = 300


def render(report: Report, page: str) -> str:
    """The page with this environment's part renewed, or added at its end: without its table where there is no room for that, and the page as it was
    where there is none at all.

    Run again with nothing to do, a release still released what its first run did.
    """
    found = _found(page, report.environment)
    if found and report.ok and not report.released:
        return page
    before, after = (page[: found.start()], page[found.end() :]) if found else (f"{page.rstrip()}\n\n".lstrip(), "")
    pages = (before + _part(report, rows) + after for rows in (_ROWS, 0))
    return next((renewed for renewed in pages if len(renewed) <= LIMIT), page)


def _found(page: str, environment: str) -> re.Match[str] | None:
    """The part that is there. A mark is a whole line (a workflow's name may be the same text), and one whose end somebody took out is none.

    GitHub gives CR LF for lines that were written in a browser.
    """
    begin, end = re.escape(_begin(environment)), re.escape(_end(environment))
    return re.search(rf"^{begin}[ \t\r]*$(?:(?!^{begin}).)*?^{end}[ \t\r]*(?:\n|\Z)", page, re.MULTILINE | re.DOTALL)


def _begin(environment: str) -> str:
    return f"<!-- flowship {_plain(environment)} -->"


def _end(environment: str) -> str:
    return f"<!-- /flowship {_plain(environment)} -->"


def _plain(environment: str) -> str:
    """Letters that can end no comment, and tell every environment apart."""
    return "".join(char if char.isascii() and char.isalnum() else f"_{ord(char):x}_" for char in environment)


def _part(report: Report, most: int) -> str:
    live = [outcome for outcome in summary.most_severe_first(report.outcomes) if outcome.live or outcome.error]
    rows = [_row(outcome) for outcome in live[:most]]
    table = ["", "| Workflow | Live | Before |", "|---|---|---|", *rows] if rows else []
    more = [f"\n… and {count(len(live) - len(rows), 'more workflow' if rows else 'workflow')}."] if len(live) > len(rows) else []
    head = f"### {'✅' if report.ok else '❌'} {report.released} released in {_code(report.environment)}"
    lines = [_begin(report.environment), head, "", f"{summary.headline(report)}.", *table, *more, _end(report.environment)]
    return "\n".join(lines) + "\n"


def _row(outcome: Outcome) -> str:
    state = summary.state(outcome)
    version = summary.version(outcome)
    now = _code(version) if version and outcome.live else "yes" if outcome.live else "**no**"
    before = summary.previous(outcome)
    return f"| {_code(outcome.change.workflow.name)} | {now} ({state}) | {_code(before) if before else '-'} |"


def _code(text: str) -> str:
    return code(cut(text, _LONGEST_NAME), cell=True)
