"""The program at a pseudo-terminal, as a person sees it."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 60
# What differs from run to run.
_VARIES = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"\b[0-9a-f]{24}\b"), "ID"),
    (re.compile(r"\blocal-[0-9a-f]{12}\b"), "RUN"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "URL"),
    (re.compile(r"\b\d+\.\d+ s\b"), "0.0 s"),
    (re.compile(r"\b\d+(\.\d+)? (ms)\b"), "0 ms"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UUID"),
)


class Shown(NamedTuple):
    """The exit code, and all that came to the screen."""

    code: int
    text: str


def at_terminal(
    folder: Path, *arguments: str, variables: Mapping[str, str] | None = None, columns: int = 80, typed: Mapping[str, bytes] | None = None
) -> Shown:
    """Run `flowship ARGUMENTS` in that folder with stdin, stdout and stderr at a terminal. `typed`: what to type once a text is on the screen."""
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm", "HOME": str(folder), "PYTHONUTF8": "1"}
    command, environment = [sys.executable, "-m", "deployer", *arguments], {**base, **(variables or {})}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=terminal, stdout=terminal, stderr=terminal,
        preexec_fn=partial(_take_terminal, terminal),  # noqa: PLW1509 - it runs two system calls
    )  # fmt: skip
    os.close(terminal)
    try:
        shown = _read(screen, dict(typed or {}))
        return Shown(process.wait(timeout=TIMEOUT_S), shown.decode().replace("\r\n", "\n"))
    finally:
        process.kill()
        os.close(screen)


def _take_terminal(terminal: int) -> None:
    """Make it the one that controls the process, so that Ctrl-C is a signal."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def _read(screen: int, typed: dict[str, bytes]) -> bytes:
    shown, ends = b"", time.monotonic() + TIMEOUT_S
    with contextlib.suppress(OSError):  # Linux raises it when the other end is closed
        while select.select([screen], [], [], max(0, ends - time.monotonic()))[0] and (chunk := os.read(screen, 65536)):
            shown += chunk
            for text in [text for text in typed if text.encode() in shown]:
                os.write(screen, typed.pop(text))
    return shown


def normalised(text: str) -> str:
    """The text without the activity line, and with times, hashes, ports and ids made the same."""
    text = re.sub(r"\r\x1b\[K[^\r\n]*(?=\r\x1b\[K)", "", text).replace("\r\x1b[K", "")
    for pattern, name in _VARIES:
        text = pattern.sub(name, text)
    return text
