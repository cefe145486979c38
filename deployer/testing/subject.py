"""What an author gives: a platform, files of it, and a server with a way to look at it that does not go through the adapter."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

TEXT = "@TEXT@"
"""Stands in a definition, and in the evals, where the text goes."""
TEXTS = tuple(f"{word}-{number}" for word in ("alpha", "beta", "gamma", "edited", "foreign") for number in (1, 2, 3))
"""Every text that a definition gets. The number is the definition's."""


class Definition(NamedTuple):
    """A file: its path in the repository, whose stem names the workflow, and what is in it, with `TEXT` where the text goes."""

    path: str
    content: str

    def saying(self, text: str) -> bytes:
        return self.content.replace(TEXT, text).encode()


class Held(NamedTuple):
    """A definition that the server has: each version, where it keeps versions. `text`: which of `TEXTS` stands in it."""

    text: str
    live: bool


class Server(Protocol):
    """A server with nothing in it. `held` and `edit` call it directly, with code of their own: what they tell is what the adapter is held to."""

    @property
    def url(self) -> str: ...

    @property
    def keys(self) -> Sequence[str]:
        """For deploys: one for each definition where a key leads to one workflow, else one."""

    @property
    def preview_keys(self) -> Sequence[str]:
        """Two where previews are slots, one where they are copies, none where there are no previews."""

    def held(self) -> Sequence[Held]:
        """All that is there under those keys: drafts, earlier versions and previews too."""

    def edit(self, before: str, after: str) -> None:
        """Gives the live definition that says `before` the text `after`, and leaves it live, as a person does in the platform's editor."""


@dataclass(frozen=True)
class AnswerCase:
    """A case whose answer depends on the text: `input` of the run, and `expect` of an eval suite, with `TEXT` somewhere in it."""

    input: Any
    expect: Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """What is tested. `start`: a fresh server until the block ends. `definitions`: three, which differ in the workflow's name as well.
    `evals`: None where the server cannot run a workflow. `environment`: variables that each run gets besides. `unfit`: names of promises that
    the platform cannot keep, of scenarios or of cases (`prune`, `prune, killed after the effect`), each with the reason: it is shown.
    `refuse`: makes the server refuse to make a definition live that says a text; None where a test cannot.
    """

    platform: str
    start: Callable[[], AbstractContextManager[Server]]
    definitions: tuple[Definition, Definition, Definition]
    evals: AnswerCase | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    unfit: Mapping[str, str] = field(default_factory=dict)
    refuse: Callable[[Any, str], None] | None = None
