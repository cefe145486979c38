"""Findings alone: as lines of text, as JSON, and for a person at a terminal with the source line below each. On the start-up path of `lint`:
imports next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from deployer.model.finding import SECRET_RULES, SEVERITIES, Finding, Related, Span
from deployer.model.text import count, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.model.choices import Severity

_COLORS: dict[Severity, str] = {"error": "31", "warning": "33", "info": "36"}
_BOLD, _DIM, _CARET = "1", "2", "1;32"
_MAX_COLUMNS = 120  # of a source line that is shown
_COLUMNS_BEFORE = 60  # of them before the place, where the line is longer


def place(finding: Finding | Related) -> str:
    """`flows/a.flow:3:7`, `flows/a.flow`, or "" when no file is at fault; not escaped."""
    span = finding.span
    return f"{finding.path}:{span.line}:{span.column}" if span else finding.path


def as_text(findings: Iterable[Finding]) -> str:
    """Lines of `flows/a.flow:3:7: error: message [rule]`, each with its related place and its fix below. "" without findings."""
    return "".join(_text_lines(finding) for finding in findings)


def as_json(findings: Iterable[Finding]) -> str:
    """`{"schema": 1, "findings": […]}`, without a last line break. Places are null when the whole file is meant; `related` only where set."""
    import json  # only this format needs these

    from deployer.render.escape import json_document

    return json_document(json.dumps({"schema": 1, "findings": [_fields(finding) for finding in findings]}, indent=2))


def with_source(findings: Iterable[Finding], read: Callable[[str], bytes], *, color: bool) -> str:
    """Each finding with its source line and a caret. "" without findings. No line that holds a secret is shown. `read`: the bytes of a file by
    its path in a finding; it raises OSError or ValueError."""
    listed = list(findings)
    if not listed:
        return ""
    files: dict[str, list[str]] = {}
    secret_lines = {line for finding in listed if finding.rule in SECRET_RULES for line in _lines(finding)}
    blocks = [_block(finding, None if secret_lines & _lines(finding) else _source_line(finding, read, files), color=color) for finding in listed]
    return "".join(blocks)


def totals(findings: Iterable[Finding], files: int = 0) -> str:
    """`12 files, no errors, 1 warning, 6 notes`; `files` 0 where they were not counted."""
    severities = [finding.severity for finding in findings]
    counts = {severity: severities.count(severity) for severity in SEVERITIES}
    errors = count(counts["error"], "error") if counts["error"] else "no errors"
    parts = [count(files, "file")] * bool(files) + [errors]
    parts += [count(counts["warning"], "warning")] * bool(counts["warning"])
    return ", ".join(parts + [count(counts["info"], "note")] * bool(counts["info"]))


def pointed(row: str, span: Span) -> tuple[str, str]:
    """A source line fit to show, cut to a stretch around the place, and the caret line that goes below it."""
    begin = min(span.column - 1, len(row))
    end = max(begin + 1, span.end_column if span.end_line == span.line else len(row))
    left = max(0, begin - _COLUMNS_BEFORE) if len(row) > _MAX_COLUMNS else 0
    right = min(len(row), left + _MAX_COLUMNS)
    prefix, marked, suffix = _visible(row[left:begin]), _visible(row[begin : min(end, right)]), _visible(row[min(end, right) : right])
    start, rest = "…" * (left > 0), "…" * (right < len(row))
    return f"{start}{prefix}{marked}{suffix}{rest}", " " * (len(start) + _width(prefix)) + "^" + "~" * (_width(marked) - 1)


def _text_lines(finding: Finding) -> str:
    where = place(finding)
    first = f"{where}: {finding.severity}: {finding.message} [{finding.rule}]" if where else f"{finding.severity}: {finding.message} [{finding.rule}]"
    return "".join(f"{line}\n" for line in (one_line(first), *_details(finding)))


def _details(finding: Finding) -> list[str]:
    """The related place and the fix, indented, as far as there are any."""
    related = finding.related
    lines = [f"    {one_line(f'{place(related)}: {related.message}')}"] if related else []
    label = "" if finding.fix.endswith("?") else "Fix: "  # "Did you mean `source`?" speaks for itself
    return [*lines, f"    {label}{one_line(finding.fix)}"] if finding.fix else lines


def _fields(finding: Finding) -> dict[str, object]:
    related = finding.related
    head = {"rule": finding.rule, "severity": finding.severity, "message": finding.message, "fix": finding.fix, "path": finding.path}
    tail = {"related": {"path": related.path, **_span_fields(related.span), "message": related.message}} if related else {}
    return {**head, **_span_fields(finding.span), **tail}


def _span_fields(span: Span | None) -> dict[str, int | None]:
    return dict(zip(("line", "column", "end_line", "end_column"), span or (None, None, None, None), strict=True))


def _lines(finding: Finding) -> set[tuple[str, int]]:
    """The lines that a finding covers, each with its path."""
    return {(finding.path, line) for line in range(finding.span.line, finding.span.end_line + 1)} if finding.span else set()


def _block(finding: Finding, row: str | None, *, color: bool) -> str:
    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if color else text

    where = one_line(place(finding))
    severity = paint(finding.severity, f"{_BOLD};{_COLORS[finding.severity]}")
    lines = [f"{paint(where, _BOLD)}: " * bool(where) + f"{severity}: {one_line(finding.message)} {paint(f'[{one_line(finding.rule)}]', _DIM)}"]
    if row is not None and finding.span is not None:
        number, (text, caret) = f"{finding.span.line} |", pointed(row, finding.span)
        lines += [f"{paint(number, _DIM)} {text}", f"{paint('|'.rjust(len(number)), _DIM)} {paint(caret, _CARET)}"]
    return "".join(f"{line}\n" for line in (*lines, *_details(finding)))


def _visible(text: str) -> str:
    return one_line(text.replace("\t", "    "))


def _width(text: str) -> int:
    """Columns on a terminal: East Asian letters and emoji take two, combining marks none."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _source_line(finding: Finding, read: Callable[[str], bytes], files: dict[str, list[str]]) -> str | None:
    """The first line that a finding covers; None when it cannot be read. `files`: those read so far."""
    if not finding.path or finding.span is None:
        return None
    if finding.path not in files:
        files[finding.path] = _read_lines(read, finding.path)
    rows = files[finding.path]
    return rows[finding.span.line - 1].removesuffix("\r") if finding.span.line <= len(rows) else None


def _read_lines(read: Callable[[str], bytes], path: str) -> list[str]:
    """Lines end at `\\n`, as spans count them; none when the file cannot be read."""
    try:
        return read(path).decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    except (OSError, ValueError):
        return []
