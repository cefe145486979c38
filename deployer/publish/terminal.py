"""A person's terminal, a pipe or a file, as a `deployer.model.console.Console`: colour and an activity line where they can be shown."""

import select
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Final, Protocol

from deployer.model.color import wants_color
from deployer.model.console import Advance, Level
from deployer.model.secret import Redactor
from deployer.model.text import encodable
from deployer.publish.activity import ActivityLine, Stream, columns
from deployer.render.escape import terminal

NO_SECRETS = Redactor()
COLORS: Final[Mapping[Level, str]] = {"notice": "36", "warning": "33", "error": "1;31", "added": "32", "changed": "33", "removed": "31"}
SIGNED: Final = ("added", "changed", "removed")  # of these only the sign at the start is coloured, and no label is printed
_BOLD: Final = "1"
_LOOK_S: Final = 0.1  # between looks at whether a question is over
Prompt = Callable[[str, Callable[[], bool]], str | None]


class TextSource(Protocol):
    """`sys.stdin`, or a test's, as far as it is used here."""

    def fileno(self) -> int: ...
    def isatty(self) -> bool: ...
    def readline(self) -> str: ...


def open_console(stream: Stream, environ: Mapping[str, str], redact: Redactor = NO_SECRETS, errors: Stream | None = None) -> "TextConsole":
    """The console that prints to `stream`. An activity line goes to `errors` (stderr) where both are terminals that are not `TERM=dumb`."""
    is_live = errors is not None and stream.isatty() and errors.isatty() and environ.get("TERM") != "dumb"
    color = wants_color(environ, is_terminal=stream.isatty())
    return TextConsole(stream, redact, color=color, activity=ActivityLine(errors if is_live else None))


def open_prompt(console: "TextConsole", environ: Mapping[str, str], source: TextSource | None = None) -> Prompt | None:
    """A function that asks a person. None where an answer is impossible: no terminal on both sides, or a CI system (`CI`)."""
    stdin = source or sys.stdin
    return partial(console.ask, stdin) if not environ.get("CI") and stdin.isatty() and console.is_terminal else None


class TextConsole:
    """Lines to a stream; in colour or not."""

    def __init__(self, stream: Stream, redact: Redactor = NO_SECRETS, *, color: bool = False, activity: ActivityLine | None = None) -> None:
        self._stream = stream
        self._redact = redact
        self._color = color
        self._activity = activity or ActivityLine(None)
        self._lock = threading.Lock()

    @property
    def is_terminal(self) -> bool:
        return self._stream.isatty()

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        self._write(f"{self._paint(terminal(self._redact(title)), _BOLD)}\n")
        yield

    def line(self, text: str, level: Level = "info") -> None:
        shown = terminal(self._redact(text))
        label = "" if level in ("info", *SIGNED) else f"{level}: "
        if self.is_terminal and level not in SIGNED:
            shown = _wrapped(shown, columns(), len(label))
        if level in SIGNED:
            body = shown.lstrip(" ")
            shown = f"{shown[: len(shown) - len(body)]}{self._paint(body[:1], COLORS[level])}{body[1:]}"
        elif level != "info":
            shown = self._paint(f"{label}{shown}", COLORS[level])
        self._write(f"{shown}\n")

    def ask(self, source: TextSource, question: str, is_over: Callable[[], bool]) -> str | None:
        """Print a question; returns the line that is typed after it, "" at the end of input, None as soon as `is_over()`."""
        with self._activity.hidden():
            self._write(f"{self._paint(terminal(question), _BOLD)} ")
            while not select.select([source.fileno()], [], [], _LOOK_S)[0]:
                if is_over():
                    self._write("\n")
                    return None
            return source.readline().strip()

    def activity(self, title: str) -> AbstractContextManager[None]:
        return self._activity.show(title)

    @contextmanager
    def progress(self, total: int, /) -> Iterator[Advance]:
        with self._activity.counted(total):
            yield lambda label: self._activity.advance(lambda: terminal(self._redact(label())))

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color and text else text

    def _write(self, text: str) -> None:
        encoding: str | None = getattr(self._stream, "encoding", None)
        with self._activity.hidden(), self._lock:
            self._stream.write(encodable(text, encoding))
            self._stream.flush()


def _wrapped(text: str, width: int, taken: int) -> str:
    """The line, broken between words where it is too wide; what stands in backticks, a command to copy, is kept whole. `taken`: columns
    before it in the first line."""
    if taken + len(text) < width:
        return text
    import re
    import textwrap

    lead = " " * (len(text) - len(text.lstrip(" ")))
    kept = re.sub("`[^`]*`", lambda span: span[0].replace(" ", "\0"), text[len(lead) :])
    first = " " * taken + lead
    lines = textwrap.wrap(
        kept, width, initial_indent=first, subsequent_indent=f"{lead}    ", break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )
    return "\n".join(lines).replace("\0", " ")[taken:]
