"""What we tell the runner: log lines, groups, annotations, masks, outputs, the summary. The only importer of actions_toolkit.

Of the toolkit we use what formats (`command.Command`, `file_command.prepare_key_value_message`: both escape well, also `,`, `:`,
`%` and line breaks in properties), imported late. Its `core` would print through the global stdout, which we guard, read the
process's environment, fail where a file is missing, and load requests.
"""

import io
import os
import secrets
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from deployer.github.escape import log_line, suspicious
from deployer.model.annotation import Annotation
from deployer.model.console import Advance, Level
from deployer.model.secret import Redactor, Secret
from deployer.model.text import count, cut_bytes, encodable

SUMMARY_LIMIT = 1024 * 1024  # bytes of one step; over it the upload fails
_CUT_NOTE = "\n\n… the rest is left out: GitHub takes 1 MiB a step.\n"
_COLORS: dict[Level, str] = {
    "info": "",
    "notice": "\x1b[36mNotice:\x1b[0m ",
    "warning": "\x1b[33mWarning:\x1b[0m ",
    "error": "\x1b[31mError:\x1b[0m ",
}


class Runner:
    """GitHub's log and files, as a `deployer.model.console.Console`. Safe to use from threads: every write is one whole.

    Two fences keep others' text from being a command: every line is escaped, and a line that holds anything like command syntax
    stands between `::stop-commands::TOKEN` and `::TOKEN::` besides, with a token nobody can guess. Plain lines need no
    second fence, which keeps the log readable. All of it leaves on one stream, since the runner does not keep the order of two.
    """

    def __init__(self, environ: Mapping[str, str], stream: TextIO | None = None) -> None:
        self._environ = environ
        self._stream = stream or sys.stdout
        self._token = secrets.token_hex(16)
        self._lock = threading.RLock()
        self._grouped = False

    def line(self, text: str, level: Level = "info") -> None:
        """One log line; `level` colours it. (For a mark on a file there is `annotate`.)"""
        safe = _COLORS[level] + log_line(text)
        self._write(*self._fenced(safe) if suspicious(text) else (safe,))

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """A fold in the log. GitHub's groups do not nest: an inner one is a line."""
        if self._grouped:
            self.line(title)
            yield
            return
        self._command("group", {}, log_line(title))
        self._grouped = True
        try:
            yield
        finally:
            self._grouped = False
            self._command("endgroup", {}, "")

    @contextmanager
    def progress(self, total: int, /) -> Iterator[Advance]:
        """A line for each that is finished, `[3/10] label`: the log is watched while it grows."""
        finished = 0

        def advance(label: str) -> None:
            nonlocal finished
            with self._lock:
                finished += 1
                self.line(f"[{finished}/{total}] {label}")

        yield advance

    def mask(self, hidden: Iterable[Secret]) -> None:
        """Let the runner hide these in the log, in every derived form, each line for itself. Short ones never: a mask that is
        part of innocent text would make GitHub drop whole outputs."""
        for form in Redactor(hidden).forms:
            if "\n" not in form and "\r" not in form:  # its lines are forms of their own
                self._command("add-mask", {}, form)

    def annotate(self, *annotations: Annotation) -> None:
        for each in annotations:
            self._command(each.level, _properties(each), each.message)

    def set_output(self, name: str, value: str) -> bool:
        """For later steps. False, with a notice, where the runner gave no file."""
        from actions_toolkit.file_command import prepare_key_value_message

        return self._append("GITHUB_OUTPUT", prepare_key_value_message(name, value) + "\n")

    def append_summary(self, markdown: str) -> bool:
        """Adds to the job summary, within 1 MiB over all calls: what is too much is cut at a line's end. False, with a notice, without a file."""
        text = markdown if markdown.endswith("\n") else markdown + "\n"
        room = SUMMARY_LIMIT - _size(self._environ.get("GITHUB_STEP_SUMMARY", ""))
        if len(text.encode("utf-8", "backslashreplace")) <= room:
            return self._append("GITHUB_STEP_SUMMARY", text)
        self.line("The job summary is full (1 MiB): the rest is left out.", "notice")
        room -= len(_CUT_NOTE.encode())
        kept = cut_bytes(text, room).rpartition("\n")[0] if room > 0 else ""
        return self._append("GITHUB_STEP_SUMMARY", kept + _CUT_NOTE) if kept else False

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Everything anyone prints, a traceback too, comes out as escaped lines of the log, stderr's as well."""
        before = sys.stdout, sys.stderr
        stray = _Stray(self), _Stray(self)
        sys.stdout, sys.stderr = stray
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before
            for each in stray:
                each.finish()

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


def _properties(each: Annotation) -> dict[str, str]:
    """The properties the runner knows; what is empty is left out, and columns too when lines differ (the runner refuses both)."""
    one_row = each.end_line in (0, each.line)
    known: dict[str, str | int] = {
        "title": each.title,
        "file": each.path,
        "line": each.line,
        "endLine": each.end_line,
        "col": each.column if one_row else 0,
        "endColumn": each.end_column if one_row else 0,
    }
    return {name: str(value) for name, value in known.items() if value}


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except (OSError, ValueError):
        return 0


class _Stray(io.TextIOBase):
    """A text stream that hands whole lines to the runner's log."""

    encoding = "utf-8"

    def __init__(self, runner: Runner) -> None:
        super().__init__()
        self._runner = runner
        self._begun = ""
        self._lock = threading.RLock()

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        with self._lock:
            *whole, self._begun = (self._begun + text).split("\n")
            for line in whole:
                self._runner.line(line)
        return len(text)

    def finish(self) -> None:
        """A last line without its line break."""
        with self._lock:
            if self._begun:
                self._runner.line(self._begun)
                self._begun = ""
