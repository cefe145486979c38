"""A person's terminal, with colour and live progress, or a pipe, plain: two implementations of `deployer.model.console.Console`.

Rich is imported only for a terminal that can show it.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from deployer.model.console import Advance, Console, Level
from deployer.model.text import encodable
from deployer.render.escape import terminal

if TYPE_CHECKING:
    from rich.console import Console as RichConsole

STYLES: dict[Level, str] = {"info": "", "notice": "cyan", "warning": "yellow", "error": "bold red"}


class Stream(Protocol):
    """What we need of `sys.stdout`, `sys.stderr`, or a test's buffer."""

    def write(self, text: str, /) -> int: ...
    def flush(self) -> None: ...
    def isatty(self) -> bool: ...


def console(stream: Stream, environ: Mapping[str, str]) -> Console:
    """Rich where `stream` is a terminal that is not `TERM=dumb`; `NO_COLOR` (any value) takes the colours away, not the progress."""
    if not stream.isatty() or environ.get("TERM") == "dumb":
        return Plain(stream)
    return Live(stream, color=not environ.get("NO_COLOR"))


def _labelled(text: str, level: Level) -> str:
    return terminal(text) if level == "info" else f"{level}: {terminal(text)}"


class Plain:
    """One line after the other; progress is silent, since nobody watches."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        self.line(title)
        yield

    def line(self, text: str, level: Level = "info") -> None:
        encoding: str | None = getattr(self._stream, "encoding", None)
        with self._lock:
            self._stream.write(encodable(f"{_labelled(text, level)}\n", encoding))
            self._stream.flush()

    @contextmanager
    def progress(self, _total: int, /) -> Iterator[Advance]:
        yield lambda _label: None


class Live:
    """Colour, and a bar while it works that leaves no trace. No text of others is read as Rich markup."""

    def __init__(self, stream: Stream, *, color: bool = True) -> None:
        self._stream = stream
        self._rich = _rich(stream, color=color)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        self._print(terminal(title), "bold")
        yield

    def line(self, text: str, level: Level = "info") -> None:
        self._print(_labelled(text, level), STYLES[level])

    def _print(self, text: str, style: str) -> None:
        from rich.text import Text

        encoding: str | None = getattr(self._stream, "encoding", None)
        self._rich.print(Text(encodable(text, encoding), style=style), soft_wrap=True)

    @contextmanager
    def progress(self, total: int, /) -> Iterator[Advance]:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
        from rich.table import Column

        rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")  # a long label gives way, not the bar
        label = TextColumn("{task.description}", markup=False, table_column=rest)
        columns = (SpinnerColumn(), BarColumn(bar_width=24), MofNCompleteColumn(), label)
        with Progress(*columns, console=self._rich, transient=True, expand=True) as bar:
            task = bar.add_task("", total=total)
            yield lambda label: bar.update(task, advance=1, description=terminal(label))


def _rich(stream: Stream, *, color: bool) -> "RichConsole":
    from typing import IO, cast

    from rich.console import Console as RichConsole

    return RichConsole(file=cast("IO[str]", stream), no_color=not color, force_terminal=True, markup=False, emoji=False, highlight=False)
