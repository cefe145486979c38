"""What a rule is, and what it is given: a document, as plain data."""

from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple

from deployer.formats.positions import Language
from deployer.formats.problem import Diagnostic
from deployer.model.finding import Severity
from deployer.model.workflow import Source

__all__ = ["Diagnostic", "Document", "Format", "Rule"]

Format = Literal["flow", "bot", "meingpt"]


class Document:
    """One definition. `data` is the parsed mapping; `memo` keeps what several rules work out from it (a graph, all steps), by name."""

    __slots__ = ("data", "format", "memo", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.data: Any = source.definition
        self.format: Format = "meingpt" if source.platform == "meingpt" else "bot" if source.kind == "agent" else "flow"
        self.memo: dict[str, Any] = {}

    @property
    def language(self) -> Language:
        return "yaml" if self.format == "meingpt" else "json"

    @property
    def text(self) -> str:
        return self.source.content.decode("utf-8").removeprefix("\ufeff")


class Rule(NamedTuple):
    """`name` is for people and stays as it is; `why` is one line. `eval` yields problems; it may take a document of any shape.

    `refused_by_platform` marks errors that the platform itself would raise: nobody can turn them off.
    """

    name: str
    severity: Severity
    why: str
    check: Callable[[Document], Iterable[Diagnostic]]
    refused_by_platform: bool = False
