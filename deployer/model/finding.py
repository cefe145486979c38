"""A finding: something wrong (or worth saying) about a file that a user wrote."""

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
SECRET_RULES = frozenset({"secret-literal", "secret-suspect", "flow-credentials"})
"""What stands at their places is secret: a report tells the place and never shows it."""


class Span(NamedTuple):
    """A stretch of a text file. Lines and columns start at 1; columns count code points; the end is the last one inside."""

    line: int
    column: int
    end_line: int
    end_column: int


class Related(NamedTuple):
    """A second place that a finding speaks of. `message` says what stands there; `path` and `span` are like a finding's."""

    path: str
    span: Span | None
    message: str


class Finding(NamedTuple):
    """One mistake (or note), at its place. `path` is relative to the repository, with `/`; "" when no file is at fault.

    `message` says what and where, `fix` what to do next. `span` is None when the whole file is meant.
    """

    rule: str
    severity: Severity
    message: str
    fix: str
    path: str
    span: Span | None = None
    related: Related | None = None


class RuleInfo(NamedTuple):
    """What there is to say of a rule. `why` is one line, `help` Markdown with examples (or ""). `stops`: its errors stop a deploy, whatever
    is configured, since the platform would refuse the file (or it cannot be read).
    """

    name: str
    severity: Severity
    why: str
    help: str
    stops: bool


def sort_key(finding: Finding) -> tuple[str, tuple[int, ...], str, str]:
    """Order of every listing: by file, then place, then rule. Findings without a place come first in their file."""
    return (finding.path, tuple(finding.span or ()), finding.rule, finding.message)


def in_order(findings: "list[Finding] | tuple[Finding, ...]") -> tuple[Finding, ...]:
    """Sorted, and each finding once."""
    return tuple(sorted(set(findings), key=sort_key))
