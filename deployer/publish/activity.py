"""One line that shows that a run is at work, and how far it is: on stderr, only while nothing else is printed, and gone without a mark."""

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from deployer.model.text import cut, encodable

WAIT_S = 0.5  # what takes no longer shows nothing
FRAME_S = 0.1
FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PLAIN_FRAMES = "|/-\\"
_ERASE = "\r\x1b[K"


class Stream(Protocol):
    """`sys.stdout`, `sys.stderr`, or a test's buffer, as far as it is used here."""

    def write(self, text: str, /) -> int: ...
    def flush(self) -> None: ...
    def isatty(self) -> bool: ...


class ActivityLine:
    """Shown by a thread of its own, from half a second after its start or after what was last printed. `stream` None: never. Safe to use from
    threads."""

    def __init__(self, stream: Stream | None) -> None:
        self._stream = stream
        self._lock = threading.RLock()
        self._title = ""
        self._label: Callable[[], str] = str
        self._done = self._total = 0
        self._shown = False
        self._printed_at = 0.0

    @contextmanager
    def show(self, title: str) -> Iterator[None]:
        """Show it while the context lasts. Inside another one it is that one's line."""
        if self._stream is None or self._title:
            yield
            return
        self._title, ended = title, threading.Event()
        thread = threading.Thread(target=self._draw_until, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            with self.hidden():
                self._title = ""

    @contextmanager
    def counted(self, total: int) -> Iterator[None]:
        """Show a count of `total` meanwhile."""
        with self._lock:
            self._done, self._total, self._label = 0, total, str
        try:
            yield
        finally:
            with self._lock:
                self._done, self._total, self._label = 0, 0, str

    def advance(self, label: Callable[[], str]) -> None:
        """One more is finished: `label()`, on one line and without control characters, is asked for when the line is drawn."""
        with self._lock:
            self._done += 1
            self._label = label

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Nothing of it is on the screen meanwhile: for whatever prints."""
        with self._lock:
            if self._shown and self._stream:
                self._put(_ERASE)
                self._shown = False
            try:
                yield
            finally:
                self._printed_at = time.monotonic()

    def _draw_until(self, ended: threading.Event) -> None:
        frames = itertools.cycle(FRAMES if encodable("⠋", self._encoding) == "⠋" else PLAIN_FRAMES)
        if ended.wait(WAIT_S):
            return
        while not ended.wait(FRAME_S):
            with self._lock:
                if time.monotonic() - self._printed_at < WAIT_S:
                    continue
                self._shown = True
                self._put(f"{_ERASE}{encodable(cut(self._text(next(frames)), columns() - 1), self._encoding)}")

    def _text(self, frame: str) -> str:
        count = f" {self._done}/{self._total}" if self._total else ""
        label = self._label()
        return f"{frame} {self._title}{count}{f' {label}' if label else ''}"

    @property
    def _encoding(self) -> str | None:
        encoding: str | None = getattr(self._stream, "encoding", None)
        return encoding

    def _put(self, text: str) -> None:
        if self._stream:
            self._stream.write(text)
            self._stream.flush()


def columns() -> int:
    """Of the terminal, as wide as it is now. Both streams are asked: one may be a file."""
    for stream in (2, 1):
        try:
            return os.get_terminal_size(stream).columns or 80
        except OSError:
            continue
    return 80
