"""A rule of the linter, and the document that it checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from deployer.formats import known_formats
from deployer.formats.diagnostic import Diagnostic
from deployer.formats.quoting import kind_of
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from deployer.model.choices import Severity
    from deployer.model.workflow import Source

    _Value = TypeVar("_Value")

__all__ = ["Diagnostic", "Diagnostics", "Document", "Format", "Rule", "mismatch", "once_per_document"]

Format = str  # the name of a rule set: a key of `rules.RULES`
Diagnostics = Iterator[Diagnostic]


class Document:
    """One definition. `data` is the parsed mapping; `memo` caches what several rules derive from it, by the function that derives it."""

    __slots__ = ("data", "format", "language", "memo", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.data: Any = source.definition
        known = known_formats.format_of_source(source)
        self.format: Format = known.rule_sets[source.kind]
        self.language = known.language
        self.memo: dict[object, Any] = {}

    @property
    def text(self) -> str:
        return self.source.content.decode("utf-8").removeprefix("\ufeff")


def once_per_document(derive: Callable[[Document], _Value]) -> Callable[[Document], _Value]:
    """The same function, which runs once for each document and then answers from its memo."""

    def memoized(document: Document) -> _Value:
        memo = document.memo
        if derive not in memo:
            memo[derive] = derive(document)
        result: _Value = memo[derive]
        return result

    memoized.__doc__ = derive.__doc__
    return memoized


class Rule(NamedTuple):
    """`name` is stable: people write it in configuration. `why` is one sentence. `check` yields diagnostics and accepts a document of any shape.

    `refused_by_platform` marks errors that the platform itself raises on import: they cannot be turned off.
    """

    name: str
    severity: Severity
    why: str
    check: Callable[[Document], Iterable[Diagnostic]]
    refused_by_platform: bool = False


def mismatch(name: str, expected: str, value: object) -> str:
    """The message for a value of another type than expected: ``"`steps`: expected a list, got text."``."""
    return f"{name}: expected {expected}, got {'nothing' if value is None else kind_of(value)}."
