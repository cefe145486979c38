"""Where a run speaks while it works: GitHub's log, a person's terminal, or a pipe. The story knows only this."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:  # contextlib costs start-up time
    from contextlib import AbstractContextManager

Level = Literal["info", "notice", "warning", "error"]
Advance = Callable[[str], None]


class Console(Protocol):
    """Safe to use from threads. Every text may be hostile: it is escaped here, for where it goes."""

    def group(self, title: str) -> "AbstractContextManager[None]":
        """Lines printed inside belong together. Groups do not nest: an inner one is a title line."""
        ...

    def line(self, text: str, level: Level = "info") -> None:
        """One line; a line break inside `text` is shown, not made."""
        ...

    def progress(self, total: int, /) -> "AbstractContextManager[Advance]":
        """`advance(label)` tells that one of `total` is finished."""
        ...
