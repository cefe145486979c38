"""What went live with a tag, as a section of its GitHub Release page: between two marks, the rest of the page left alone."""

import re
from collections.abc import Collection

from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.text import count
from deployer.render import headline, summary
from deployer.render.escape import short_code

MAX_PAGE_CHARS = 125_000  # that GitHub takes
_MAX_ROWS = 300


def render(report: Report, page: str, only: Collection[str] = ()) -> str:
    """The page with the section of this project and environment (and of the workflows in `only`) renewed, or added at its end. Without room for
    the section's table it has none; without room for the section the page stays as it was.

    A run that releases nothing keeps the section: an earlier run of this release wrote it.
    """
    name = _plain("\0".join(("/".join(filter(None, (report.project, report.environment))), *sorted(set(only)))))
    section = _find_section(page, name)
    if section and report.ok and not report.released:
        return page
    head, tail = (page[: section.start()], page[section.end() :]) if section else (f"{page.rstrip()}\n\n".lstrip(), "")
    pages = (head + _section(report, name, max_rows) + tail for max_rows in (_MAX_ROWS, 0))
    return next((renewed for renewed in pages if len(renewed) <= MAX_PAGE_CHARS), page)


def _find_section(page: str, name: str) -> re.Match[str] | None:
    """The section of that name; None without one. A mark is a whole line (a workflow's name may be the same text) and needs its end mark.

    GitHub gives CR LF for lines that were written in a browser.
    """
    begin, end = re.escape(_begin(name)), re.escape(_end(name))
    return re.search(rf"^{begin}[ \t\r]*$(?:(?!^{begin}).)*?^{end}[ \t\r]*(?:\n|\Z)", page, re.MULTILINE | re.DOTALL)


def _begin(name: str) -> str:
    return f"<!-- flowship {name} -->"


def _end(name: str) -> str:
    return f"<!-- /flowship {name} -->"


def _plain(text: str) -> str:
    """A name in letters that cannot end a comment; different for every text."""
    return "".join(char if char.isascii() and char.isalnum() else f"_{ord(char):x}_" for char in text)


def _section(report: Report, name: str, max_rows: int) -> str:
    live = [outcome for outcome in summary.most_severe_first(report.outcomes) if outcome.live or outcome.error]
    rows = [_row(outcome) for outcome in live[:max_rows]]
    table = ["", "| Workflow | Live | Before |", "|---|---|---|", *rows] if rows else []
    more = [f"\n… and {count(len(live) - len(rows), 'more workflow' if rows else 'workflow')}."] if len(live) > len(rows) else []
    project = f" of the project {short_code(report.project, cell=True)}" if report.project else ""
    head = f"### {'✅' if report.ok else '❌'} {report.released} released in {short_code(report.environment, cell=True)}{project}"
    lines = [_begin(name), head, "", f"{headline.headline(report)}.", *table, *more, _end(name)]
    return "\n".join(lines) + "\n"


def _row(outcome: Outcome) -> str:
    version, previous = summary.version(outcome), summary.previous(outcome)
    current = short_code(version, cell=True) if version and outcome.live else "yes" if outcome.live else "**no**"
    former = short_code(previous, cell=True) if previous else "-"
    return f"| {short_code(outcome.change.workflow.name, cell=True)} | {current} ({summary.state(outcome)}) | {former} |"
