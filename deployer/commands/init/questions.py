"""What `flowship init` asks at a terminal. An empty answer takes the default that stands in brackets; a wrong one is asked again."""

import os
import sys
from collections.abc import Callable
from typing import TypeVar

from deployer.model.errors import UsageError

_Answer = TypeVar("_Answer")


def may_ask() -> bool:
    """Whether a person can answer: input and output are terminals, and no CI runs this."""
    return sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("CI")


def ask(question: str, default: str, read: Callable[[str], _Answer]) -> _Answer:
    """The answer as `read` returns it. `read` raises UsageError for a wrong one."""
    while True:
        try:
            answer = input(f"{question} [{default}]: ").strip()
        except EOFError:
            print()
            return read(default)
        try:
            return read(answer or default)
        except UsageError as error:
            print(error)
