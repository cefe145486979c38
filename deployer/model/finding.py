"""A finding: an error, warning or note about a file that a user wrote."""

from __future__ import annotations

from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.model.choices import Severity


SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
SECRET_RULES = frozenset({"secret-literal", "secret-suspect", "flow-credentials"})
"""Rules whose findings point at a secret: a report names the place and never shows its text."""


class Span(NamedTuple):
    """A range in a text file. Lines and columns start at 1; columns count code points; the end is included."""

    line: int
    column: int
    end_line: int
    end_column: int


class Related(NamedTuple):
    """A second place of a finding. `message` says what is at that place; `path` and `span` as in a finding."""

    path: str
    span: Span | None
    message: str


class Finding(NamedTuple):
    """One error, warning or note. `path` is relative to the repository, with `/`; "" when it is about no file.

    `message` says what and where, `fix` what to do next. `span` is None for the whole file.
    """

    rule: str
    severity: Severity
    message: str
    fix: str
    path: str
    span: Span | None = None
    related: Related | None = None


class RuleInfo(NamedTuple):
    """Description of a rule. `why` is one line, `help` Markdown with examples (or ""). `stops`: its errors stop a deploy whatever the
    configuration, since the platform would refuse the file (or it cannot be read).
    """

    name: str
    severity: Severity
    why: str
    help: str
    stops: bool


def sort_key(finding: Finding) -> tuple[str, tuple[int, ...], str, str]:
    """Sort key of every listing: file, place, rule. Findings without a place come first in their file."""
    return (finding.path, tuple(finding.span or ()), finding.rule, finding.message)


def in_order(findings: list[Finding] | tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings sorted by `sort_key`, without duplicates."""
    return tuple(sorted(set(findings), key=sort_key))
