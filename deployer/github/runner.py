"""The runner: log lines, groups, annotations, masks, outputs, the summary. The only importer of actions_toolkit.

Of the toolkit only the formatting is used (`command.Command`, `file_command.prepare_key_value_message`: both escape well, also `,`, `:`,
`%` and line breaks in properties), imported late. Its `core` would print through the global stdout, which we guard, read the
process's environment, fail where a file is missing, and load requests.
"""

import io
import os
import secrets
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TextIO

from deployer.model.annotation import Annotation
from deployer.model.console import Advance, Level
from deployer.model.secret import Redactor
from deployer.model.text import count, cut_bytes, encodable, one_line
from deployer.render.escape import has_command_syntax, log_line

MAX_SUMMARY_BYTES = 1024 * 1024  # of one step; over it the upload fails
_CUT_NOTE = "\n\n… the rest is left out: GitHub takes 1 MiB a step.\n"
_COLORS: dict[Level, str] = {
    "info": "",
    "notice": "\x1b[36mNotice:\x1b[0m ",
    "warning": "\x1b[33mWarning:\x1b[0m ",
    "error": "\x1b[31mError:\x1b[0m ",
    "added": "",
    "changed": "",
    "removed": "",
}


class Runner:
    """GitHub's log and files, as a `deployer.model.console.Console`. Safe to use from threads: every write is one whole.

    No text of others can be a command, by two means: every line is escaped, and a line with anything like command syntax also stands
    between `::stop-commands::TOKEN` and `::TOKEN::`, with a random token. Other lines need no second means, which keeps the log readable.
    All of it goes to one stream, since the runner does not keep the order of two.
    """

    def __init__(self, environ: Mapping[str, str], stream: TextIO | None = None) -> None:
        self._environ = environ
        self._stream = stream or command_stream()
        self._token = secrets.token_hex(16)
        self._lock = threading.RLock()
        self._grouped = False
        self._redact = Redactor()

    def line(self, text: str, level: Level = "info") -> None:
        """One log line; `level` colours it. (For a mark on a file there is `annotate`.)"""
        text = self._redact(text)
        safe = _COLORS[level] + log_line(text)
        self._write(*self._fenced(safe) if has_command_syntax(text) else (safe,))

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """A fold in the log. GitHub's groups do not nest: an inner one is a line."""
        if self._grouped:
            self.line(title)
            yield
            return
        self._command("group", {}, log_line(self._redact(title)))
        self._grouped = True
        try:
            yield
        finally:
            self._grouped = False
            self._command("endgroup", {}, "")

    def activity(self, title: str) -> AbstractContextManager[None]:  # noqa: ARG002 - a log shows no activity: it is read later
        return nullcontext()

    @contextmanager
    def progress(self, total: int, /) -> Iterator[Advance]:
        """A line for each that is finished, `[3/10] label`: the log is watched while it grows."""
        finished = 0

        def advance(label: Callable[[], str]) -> None:
            nonlocal finished
            with self._lock:
                finished += 1
                self.line(f"[{finished}/{total}] {label()}")

        yield advance

    def mask(self, redactor: Redactor) -> None:
        """Hide its secrets in everything that is written from now on. GitHub's runner gets them too, and hides them in the log, line by line."""
        self._redact = redactor
        for form in redactor.forms:
            if "\n" not in form and "\r" not in form:  # its lines are forms of their own
                self._command("add-mask", {}, form)

    def annotate(self, *annotations: Annotation) -> None:
        """Marks on files and lines. Nothing hidden is in them; line breaks in a message stay."""
        for annotation in annotations:
            message = "\n".join(map(one_line, self._redact(annotation.message).split("\n")))
            properties = {name: self._redact(value) for name, value in _properties(annotation).items()}
            self._command(annotation.level, properties, message)

    def set_output(self, name: str, value: str) -> bool:
        """Set an output for later steps. False, with a notice, where the runner gave no file."""
        from actions_toolkit.file_command import prepare_key_value_message

        return self._append("GITHUB_OUTPUT", prepare_key_value_message(name, self._redact(value)) + "\n")

    def append_summary(self, markdown: str) -> bool:
        """Adds to the job summary, within 1 MiB over all calls: what is too much is cut at a line's end. False, with a notice, without a file."""
        text = self._redact(markdown if markdown.endswith("\n") else markdown + "\n")
        room = MAX_SUMMARY_BYTES - _size(self._environ.get("GITHUB_STEP_SUMMARY", ""))
        if len(text.encode("utf-8", "backslashreplace")) <= room:
            return self._append("GITHUB_STEP_SUMMARY", text)
        self.line("The job summary is full (1 MiB): the rest is left out.", "notice")
        room -= len(_CUT_NOTE.encode())
        kept = cut_bytes(text, room).rpartition("\n")[0] if room > 0 else ""
        return self._append("GITHUB_STEP_SUMMARY", kept + _CUT_NOTE) if kept else False

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Everything that is printed, to stderr too, comes out as escaped lines of the log."""
        with _replaced(_Lines(self.line, self._stream), _Lines(self.line, self._stream)):
            yield

    def _command(self, name: str, properties: Mapping[str, str], message: str) -> None:
        from actions_toolkit.command import Command

        self._write(str(Command(name, dict(properties), message)))

    def _fenced(self, line: str) -> tuple[str, str, str]:
        return (f"::stop-commands::{self._token}", line, f"::{self._token}::")

    def _write(self, *lines: str) -> None:
        text = "".join(f"{line}\n" for line in lines)
        with self._lock:
            self._stream.write(encodable(text, self._stream.encoding))
            self._stream.flush()

    def _append(self, variable: str, text: str) -> bool:
        path = self._environ.get(variable, "")
        try:
            with self._lock, open(path, "ab") as file:
                file.write(text.encode("utf-8", "backslashreplace"))
        except (OSError, ValueError) as error:
            why = f"{variable} is not set" if not path else str(error)
            self.line(f"Not written for the runner: {why} ({count(len(text), 'character')} left out).", "notice")
            return False
        return True


def _properties(annotation: Annotation) -> dict[str, str]:
    """An annotation's properties, without empty ones, and without columns when lines differ: the runner refuses both."""
    one_row = annotation.end_line in (0, annotation.line)
    known: dict[str, str | int] = {
        "title": annotation.title,
        "file": annotation.path,
        "line": annotation.line,
        "endLine": annotation.end_line,
        "col": annotation.column if one_row else 0,
        "endColumn": annotation.end_column if one_row else 0,
    }
    return {name: one_line(str(value)) for name, value in known.items() if value}


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except (OSError, ValueError):
        return 0


@contextmanager
def escaped_output() -> Iterator[None]:
    """Everything that is printed meanwhile comes out as lines that no runner reads as a command, each on its own stream: what the command line
    needs in a `run:` step, where its output may also go to a file. Commands of ours go to `command_stream()`.
    """
    with _replaced(*(_Lines(_line_writer(stream), stream) for stream in (sys.stdout, sys.stderr))):
        yield


def command_stream() -> TextIO:
    """The stream for commands to the runner: stdout, as it is below `escaped_output`."""
    stream = sys.stdout
    while isinstance(stream, _Lines):
        stream = stream.below
    return stream


def _line_writer(stream: TextIO) -> Callable[[str], None]:
    def write(text: str) -> None:
        stream.write(encodable(f"{log_line(text)}\n", stream.encoding))

    return write


@contextmanager
def _replaced(stdout: "_Lines", stderr: "_Lines") -> Iterator[None]:
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = stdout, stderr
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams
        for lines in (stdout, stderr):
            lines.finish()


class _Lines(io.TextIOBase):
    """A text stream that hands over whole lines. `below` is the stream that they go to in the end."""

    encoding = "utf-8"

    def __init__(self, write_line: Callable[[str], None], below: TextIO) -> None:
        super().__init__()
        self.below = below
        self._write_line = write_line
        self._partial = ""
        self._lock = threading.RLock()

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        with self._lock:
            *lines, self._partial = (self._partial + text).split("\n")
            for line in lines:
                self._write_line(line)
        return len(text)

    def flush(self) -> None:
        """As the stream below; half a line waits for its end. It is called once more when this is collected."""
        if not self.below.closed:
            self.below.flush()

    def finish(self) -> None:
        """Write a last line that has no line break."""
        with self._lock:
            if self._partial:
                self._write_line(self._partial)
                self._partial = ""
