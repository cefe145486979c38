"""The texts of a meinGPT workflow that rules need, collected in one walk: those with `{{` in them, and those under a key for secrets."""

from __future__ import annotations

from collections.abc import Iterable

from deployer.lint.rule import Document, once_per_document
from deployer.lint.values import CONTAINERS
from deployer.lint.workflow.steps import WorkflowStep, read_steps
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path

_SECRET_WORDS = ("token", "secret", "passw", "pwd", "apikey", "authoriz", "credential")
_MAX_CACHED_KEYS = 10_000
_USUAL_KEYS = 3  # of a step without a name
_SKIPPED_KEYS = frozenset(("id", "type", "name", "config"))
_is_secret: dict[str | int, bool] = {}
_new_text = tuple.__new__  # the constructor of a NamedTuple takes four times as long


class ExpressionText(NamedTuple):
    """A text value and its path. `step` is the place of its step in `read_steps(document)`, -1 for the trigger, -2 for the variables.

    `header`: it is the value of a header; `secret`: its key is one for secrets.
    """

    path: Path
    value: str
    step: int
    header: bool = False
    secret: bool = False


def read_templates(document: Document) -> list[ExpressionText]:
    """The texts of trigger and steps with `{{` in them, and every condition, in no particular order."""
    return _walk(document).templates


def read_secret_candidates(document: Document) -> list[ExpressionText]:
    """Headers, and texts under a key for secrets, without any `{{`."""
    return _walk(document).secret_candidates


def is_secret_key(key: str) -> bool:
    """Whether the key is one for secrets: `api_key`, `X-API-Key`, `token`, `password`; not `keyword`."""
    if key == "condition":  # every condition is a template
        return False
    if key not in _is_secret:
        if len(_is_secret) > _MAX_CACHED_KEYS:
            _is_secret.clear()
        lower = key.lower()
        words = lower.replace("-", "_").replace(".", "_").replace(" ", "_").split("_")
        _is_secret[key] = "key" in words or any(word in lower for word in _SECRET_WORDS)
    return _is_secret[key]


@once_per_document
def _walk(document: Document) -> _Walk:
    walk = _Walk()
    walk.visit_value(("trigger",), document.data.get("trigger"), -1)
    walk.visit_value(("variables",), document.data.get("variables"), -2)
    for place, step in enumerate(read_steps(document)):
        walk.visit_step(place, step)
    return walk


class _Walk:
    """Most steps hold nothing deeper than a text: `visit_step` handles texts itself, for speed."""

    def __init__(self) -> None:
        self.templates: list[ExpressionText] = []
        self.secret_candidates: list[ExpressionText] = []

    def visit_step(self, place: int, step: WorkflowStep) -> None:
        """All of a step but its id, type and name; the steps inside it are visited on their own."""
        data = step.data
        if not isinstance(data, dict):
            return
        config = data.get("config")
        if isinstance(config, dict):
            path = (*step.path, "config")
            for key, value in config.items():
                if isinstance(value, str):
                    if "{{" in value:
                        self.templates.append(_new_text(ExpressionText, ((*path, key), value, place, False, False)))
                    elif _is_secret.get(key) is not False:
                        self._visit_text(path, key, value, place, header=False)
                elif type(value) in CONTAINERS and key != "steps":
                    self.visit_value((*path, key), value, place)
        for key in data.keys() - _SKIPPED_KEYS if len(data) > _USUAL_KEYS else ():
            self.visit_value((*step.path, key), data[key], place)

    def visit_value(self, path: Path, value: Any, step: int) -> None:
        """The value and everything below it, without recursion: a file may nest deeply."""
        if isinstance(value, str) and "{{" in value and step >= -1:
            self.templates.append(ExpressionText(path, value, step))
        stack = [(path, value, path[-1] == "headers")]
        while stack:
            path, value, header = stack.pop()
            for key, item in _items(value):
                if isinstance(item, str):
                    if "{{" in item:
                        if step >= -1:
                            self.templates.append(_new_text(ExpressionText, ((*path, key), item, step, header, False)))
                    elif header or _is_secret.get(key) is not False:
                        self._visit_text(path, key, item, step, header=header)
                elif type(item) in CONTAINERS:
                    stack.append(((*path, key), item, key == "headers"))

    def _visit_text(self, path: Path, key: str | int, value: str, step: int, *, header: bool) -> None:
        """A text without any `{{`."""
        if key == "condition":
            self.templates.append(ExpressionText((*path, key), value, step))
        elif isinstance(key, str):
            secret = is_secret_key(key)
            if header or secret:
                self.secret_candidates.append(ExpressionText((*path, key), value, step, header, secret))


def _items(value: Any) -> Iterable[tuple[str | int, Any]]:
    return value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
