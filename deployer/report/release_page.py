"""What went live with a tag, for the page of its GitHub Release: a part of its own, between marks, the rest of the page left alone."""

from deployer.domain.outcome import Outcome
from deployer.domain.report import Report
from deployer.domain.text import count, cut
from deployer.report import words
from deployer.report.escape import code

LIMIT = 125_000
"""Characters that GitHub takes on such a page."""
_LONGEST_NAME = 200
_ROWS = 300


def render(report: Report, page: str) -> str:
    """The page with this environment's part renewed, or added at its end; the page as it was when there is no room for the part.

    Run again with nothing to do, a release still released what its first run did.
    """
    if _begin(report.environment) in page and report.ok and not report.released:
        return page
    part = _part(report)
    before, begin, rest = page.partition(_begin(report.environment))
    _, end, after = rest.partition(_end(report.environment))
    after = after.removeprefix("\n")  # the part ends its own line
    renewed = f"{before}{part}{after}" if begin and end else f"{page.rstrip()}\n\n{part}".lstrip()
    return renewed if len(renewed) <= LIMIT else page


def _begin(environment: str) -> str:
    return f"<!-- flowship {_plain(environment)} -->"


def _end(environment: str) -> str:
    return f"<!-- /flowship {_plain(environment)} -->"


def _plain(environment: str) -> str:
    """Letters that can end no comment, and tell every environment apart."""
    return "".join(char if char.isascii() and char.isalnum() else f"_{ord(char):x}_" for char in environment)


def _part(report: Report) -> str:
    live = [outcome for outcome in words.most_severe_first(report.outcomes) if outcome.live or outcome.error]
    rows = [_row(outcome) for outcome in live[:_ROWS]]
    table = ["", "| Workflow | Live | Before |", "|---|---|---|", *rows] if rows else []
    more = [f"\n… and {count(len(live) - len(rows), 'more workflow')}."] if len(live) > len(rows) else []
    head = f"### {'✅' if report.ok else '❌'} {report.released} released in {_code(report.environment)}"
    lines = [_begin(report.environment), head, "", f"{words.headline(report)}.", *table, *more, _end(report.environment)]
    return "\n".join(lines) + "\n"


def _row(outcome: Outcome) -> str:
    state = words.state(outcome)
    version = words.version(outcome)
    now = _code(version) if version and outcome.live else "yes" if outcome.live else "**no**"
    before = words.previous(outcome)
    return f"| {_code(outcome.change.workflow.name)} | {now} ({state}) | {_code(before) if before else '-'} |"


def _code(text: str) -> str:
    return code(cut(text, _LONGEST_NAME), cell=True)
