"""The output of a running command: GitHub's log, a terminal or a pipe. Commands use this protocol only."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:  # contextlib costs start-up time
    from contextlib import AbstractContextManager

# The last three are changes: lines that begin with a sign.
Level = Literal["info", "notice", "warning", "error", "added", "changed", "removed"]
Advance = Callable[[Callable[[], str]], None]


class Console(Protocol):
    """Safe to use from threads. Implementations escape every text for their destination, since it may be hostile."""

    def group(self, title: str) -> "AbstractContextManager[None]":
        """A context whose lines are shown as one group. Groups do not nest: an inner one is a title line."""
        ...

    def line(self, text: str, level: Level = "info") -> None:
        """Print one line; a line break inside `text` is shown as `\\n`."""
        ...

    def activity(self, title: str) -> "AbstractContextManager[None]":
        """A context in which a run is at work on `title`; shown at a terminal alone, and removed at the end."""
        ...

    def progress(self, total: int, /) -> "AbstractContextManager[Advance]":
        """A context that yields `advance`; `advance(label)` counts one of `total` as finished; `label()` is asked for where it is shown."""
        ...
