"""What `flowship init` asks at a terminal. An empty answer takes the default that stands in brackets; a wrong one is asked again."""

import os
import re
import sys
from collections.abc import Callable
from typing import TypeVar

from deployer.commands.init.workflow_template import PREVIEW_ENVIRONMENT
from deployer.config.spelling import Spelling
from deployer.formats.quoting import shown
from deployer.model.errors import UsageError

_Answer = TypeVar("_Answer")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # as in the manifest's schema
_LAST = ("production", "prod", "live")


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
            print(Spelling().text(str(error)))


def read_environments(text: str) -> tuple[str, ...]:
    """`staging, production`. Raises UsageError for a name that no environment can have, for one that stands there twice, and
    for production before another one: a merge would go live there."""
    names = tuple(filter(None, map(str.strip, text.split(","))))
    wrong = [name for name in names if not _ENVIRONMENT.fullmatch(name) or name == PREVIEW_ENVIRONMENT]
    if wrong or not names:
        fix = f"Write names of letters, digits, `.`, `_` and `-`, separated by commas: staging,production. {PREVIEW_ENVIRONMENT} is for previews."
        raise UsageError(f"`environments` holds {shown(wrong[0]) if wrong else 'no name'}, which cannot be an environment.", fix=fix)
    early = [name for name in names[:-1] if name.lower() in _LAST and names[-1].lower() not in _LAST]
    if early:
        order = ",".join([*(name for name in names if name not in early), *early])
        message = f"`environments` names {shown(early[0])} before {shown(names[-1])}: a merge goes live in the first of several."
        raise UsageError(message, fix=f"Write them in the order in which a change is to reach them: {order}.")
    twice = [name for name in names if [other.lower() for other in names].count(name.lower()) > 1]
    if twice:
        raise UsageError(f"`environments` names {shown(twice[0])} twice; GitHub ignores case.", fix="Name each once.")
    return names
