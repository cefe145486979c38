"""Findings for a person at a terminal: each with its line of the file, and a caret below. Plain ANSI colours: imports next to nothing."""

import os
import unicodedata
from collections.abc import Iterable

from deployer.model.finding import SECRET_RULES, SEVERITIES, Finding, Severity, Span
from deployer.model.text import count, one_line
from deployer.render.findings_text import place

_COLORS: dict[Severity, str] = {"error": "31", "warning": "33", "info": "36"}
_BOLD, _DIM, _CARET = "1", "2", "1;32"
_WIDEST = 120  # columns of a file's line that are shown
_BEFORE = 60  # of them before the place, where the line is longer
_LARGEST = 50 * 1024 * 1024


def render(findings: Iterable[Finding], root: str, *, color: bool) -> str:
    """Paths are relative to `root`, where the files are read again. "" when there are none. No line is shown where a secret stands."""
    listed = list(findings)
    if not listed:
        return ""
    files: dict[str, list[str]] = {}
    hidden = _hidden(listed)
    shown = "".join(_one(finding, None if hidden & _lines(finding) else _row(finding, root, files), color=color) for finding in listed)
    totals = [(severity, sum(each.severity == severity for each in listed)) for severity in SEVERITIES]
    told = ", ".join(count(number, "note" if severity == "info" else severity) for severity, number in totals if number)
    return f"{shown}{told}\n"


def _hidden(findings: list[Finding]) -> set[tuple[str, int]]:
    """The lines, by path, that hold a secret: whatever else is found on them."""
    return {line for finding in findings if finding.rule in SECRET_RULES for line in _lines(finding)}


def _lines(finding: Finding) -> set[tuple[str, int]]:
    return {(finding.path, line) for line in range(finding.span.line, finding.span.end_line + 1)} if finding.span else set()


def _one(finding: Finding, row: str | None, *, color: bool) -> str:
    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if color else text

    where = one_line(place(finding))
    severity = paint(finding.severity, f"{_BOLD};{_COLORS[finding.severity]}")
    lines = [f"{paint(where, _BOLD)}: " * bool(where) + f"{severity}: {one_line(finding.message)} {paint(f'[{one_line(finding.rule)}]', _DIM)}"]
    if row is not None and finding.span is not None:
        number, (text, caret) = f"{finding.span.line} |", pointed(row, finding.span)
        lines += [f"{paint(number, _DIM)} {text}", f"{paint('|'.rjust(len(number)), _DIM)} {paint(caret, _CARET)}"]
    if finding.related:
        lines.append(f"    {one_line(f'{place(finding.related)}: {finding.related.message}')}")
    if finding.fix:
        lines.append(f"    {one_line(finding.fix)}")
    return "".join(f"{line}\n" for line in lines)


def pointed(row: str, span: Span) -> tuple[str, str]:
    """A line of a file made fit to show, cut to a stretch around the place, and what points at it from below."""
    begin = min(span.column - 1, len(row))
    end = max(begin + 1, span.end_column if span.end_line == span.line else len(row))
    left = max(0, begin - _BEFORE) if len(row) > _WIDEST else 0
    right = min(len(row), left + _WIDEST)
    before, marked, after = _visible(row[left:begin]), _visible(row[begin : min(end, right)]), _visible(row[min(end, right) : right])
    start, rest = "…" * (left > 0), "…" * (right < len(row))
    return f"{start}{before}{marked}{after}{rest}", " " * (len(start) + _width(before)) + "^" + "~" * (_width(marked) - 1)


def _visible(text: str) -> str:
    return one_line(text.replace("\t", "    "))


def _width(text: str) -> int:
    """Columns on a terminal: East Asian letters and emoji take two, marks that join take none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _row(finding: Finding, root: str, files: dict[str, list[str]]) -> str | None:
    """The line of the file, None when it cannot be had."""
    if not finding.path or finding.span is None:
        return None
    if finding.path not in files:
        files[finding.path] = _rows(os.path.join(root, finding.path))
    rows = files[finding.path]
    return rows[finding.span.line - 1].removesuffix("\r") if finding.span.line <= len(rows) else None


def _rows(path: str) -> list[str]:
    """Lines end as `Lines` counts them: at `\\n`."""
    try:
        with open(path, "rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    except (OSError, ValueError):
        return []
