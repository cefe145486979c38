"""A person's terminal, with colour and live progress, or a pipe, plain: two implementations of `deployer.model.console.Console`.

Rich is imported only for a terminal that can show it.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from deployer.model.console import Advance, Console, Level
from deployer.model.secret import Redactor
from deployer.model.text import encodable
from deployer.render.escape import terminal

if TYPE_CHECKING:
    from rich.console import Console as RichConsole

NO_SECRETS = Redactor()
STYLES: dict[Level, str] = {"info": "", "notice": "cyan", "warning": "yellow", "error": "bold red"}


class Stream(Protocol):
    """`sys.stdout`, `sys.stderr`, or a test's buffer, as far as it is used here."""

    def write(self, text: str, /) -> int: ...
    def flush(self) -> None: ...
    def isatty(self) -> bool: ...


def open_console(stream: Stream, environ: Mapping[str, str], redact: Redactor = NO_SECRETS) -> Console:
    """A live one where `stream` is a terminal that is not `TERM=dumb`, else a plain one. `NO_COLOR` (any value) turns colours off, not progress."""
    if not stream.isatty() or environ.get("TERM") == "dumb":
        return PlainConsole(stream, redact)
    return LiveConsole(stream, redact, color=not environ.get("NO_COLOR"))


def _labelled(text: str, level: Level) -> str:
    return terminal(text) if level == "info" else f"{level}: {terminal(text)}"


class PlainConsole:
    """One line after the other, without progress."""

    def __init__(self, stream: Stream, redact: Redactor = NO_SECRETS) -> None:
        self._stream = stream
        self._redact = redact
        self._lock = threading.Lock()

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        self.line(title)
        yield

    def line(self, text: str, level: Level = "info") -> None:
        encoding: str | None = getattr(self._stream, "encoding", None)
        with self._lock:
            self._stream.write(encodable(f"{_labelled(self._redact(text), level)}\n", encoding))
            self._stream.flush()

    @contextmanager
    def progress(self, _total: int, /) -> Iterator[Advance]:
        yield lambda _label: None


class LiveConsole:
    """Colour, and a progress bar that leaves no trace. No text of others is read as Rich markup."""

    def __init__(self, stream: Stream, redact: Redactor = NO_SECRETS, *, color: bool = True) -> None:
        self._stream = stream
        self._redact = redact
        self._rich = _rich(stream, color=color)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        self._print(terminal(self._redact(title)), "bold")
        yield

    def line(self, text: str, level: Level = "info") -> None:
        self._print(_labelled(self._redact(text), level), STYLES[level])

    def _print(self, text: str, style: str) -> None:
        from rich.text import Text

        encoding: str | None = getattr(self._stream, "encoding", None)
        self._rich.print(Text(encodable(text, encoding), style=style), soft_wrap=True)

    @contextmanager
    def progress(self, total: int, /) -> Iterator[Advance]:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
        from rich.table import Column

        rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")  # a long label is cut, not the bar
        label = TextColumn("{task.description}", markup=False, table_column=rest)
        columns = (SpinnerColumn(), BarColumn(bar_width=24), MofNCompleteColumn(), label)
        with Progress(*columns, console=self._rich, transient=True, expand=True) as bar:
            task = bar.add_task("", total=total)
            yield lambda label: bar.update(task, advance=1, description=terminal(self._redact(label)))


def _rich(stream: Stream, *, color: bool) -> "RichConsole":
    from typing import IO, cast

    from rich.console import Console as RichConsole

    return RichConsole(file=cast("IO[str]", stream), no_color=not color, force_terminal=True, markup=False, emoji=False, highlight=False)
