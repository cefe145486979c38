"""The texts of a meinGPT workflow that rules look into, found in one walk: those with `{{` in them, and those under a key for secrets."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from deployer.formats.positions import Path
from deployer.lint.rule import Document
from deployer.lint.workflow.steps import WorkflowStep, steps

_SECRET_WORDS = ("token", "secret", "passw", "pwd", "apikey", "authoriz", "credential")
_KEPT = 10_000
_USUAL = 3  # keys of a step without a name
_NOT_READ = frozenset(("id", "type", "name", "config"))
_known_keys: dict[str | int, bool] = {}


class ExpressionText(NamedTuple):
    """A text value and its path. `step` is the place of its step in `steps(document)`, -1 for the trigger, -2 for the variables.

    `header` when it is one; `secret` when its key is one for secrets.
    """

    path: Path
    value: str
    step: int
    header: bool = False
    secret: bool = False


def templates(document: Document) -> list[ExpressionText]:
    """The texts of trigger and steps with `{{` in them, and every condition, in no particular order."""
    found: list[ExpressionText] = _texts(document)[0]
    return found


def keyed(document: Document) -> list[ExpressionText]:
    """Headers, and texts whose key says that they are secret, without any `{{`."""
    found: list[ExpressionText] = _texts(document)[1]
    return found


def is_secret_key(key: str) -> bool:
    """`api_key`, `X-API-Key`, `token`, `password`; not `keyword`."""
    if key == "condition":  # of which all are looked into
        return False
    if key not in _known_keys:
        if len(_known_keys) > _KEPT:
            _known_keys.clear()
        lower = key.lower()
        words = lower.replace("-", "_").replace(".", "_").replace(" ", "_").split("_")
        _known_keys[key] = "key" in words or any(word in lower for word in _SECRET_WORDS)
    return _known_keys[key]


def _texts(document: Document) -> tuple[list[ExpressionText], list[ExpressionText]]:
    if "texts" not in document.memo:
        walk = _Walk()
        data = document.data
        walk.value(("trigger",), data.get("trigger"), -1)
        walk.value(("variables",), data.get("variables"), -2)
        for place, step in enumerate(steps(document)):
            walk.step(place, step)
        document.memo["texts"] = walk.templates, walk.keyed
    found: tuple[list[ExpressionText], list[ExpressionText]] = document.memo["texts"]
    return found


class _Walk:
    """Many steps are walked over, and few hold anything deeper than a text: `step` deals with those itself, for speed."""

    def __init__(self) -> None:
        self.templates: list[ExpressionText] = []
        self.keyed: list[ExpressionText] = []

    def step(self, place: int, step: WorkflowStep) -> None:
        """All of a step but its id, type and name, and the steps inside it, which come on their own."""
        data = step.data
        if not isinstance(data, dict):
            return
        config = data.get("config")
        if isinstance(config, dict):
            path = (*step.path, "config")
            for key, value in config.items():
                if isinstance(value, str):
                    if "{{" in value:
                        self.templates.append(ExpressionText((*path, key), value, place))
                    elif _known_keys.get(key) is not False:
                        self.text(path, key, value, place, header=False)
                elif isinstance(value, dict | list) and key != "steps":
                    self.value((*path, key), value, place)
        for key in data.keys() - _NOT_READ if len(data) > _USUAL else ():
            self.value((*step.path, key), data[key], place)

    def value(self, path: Path, value: Any, step: int) -> None:
        """Everything below a mapping or list. A stack of its own: how deep it goes is the file's business."""
        if isinstance(value, str) and "{{" in value and step >= -1:
            self.templates.append(ExpressionText(path, value, step))
        stack = [(path, value, path[-1] == "headers")]
        while stack:
            path, value, header = stack.pop()
            for key, each in _items(value):
                if isinstance(each, str):
                    if "{{" in each or header or _known_keys.get(key) is not False:
                        self.text(path, key, each, step, header=header)
                elif isinstance(each, dict | list):
                    stack.append(((*path, key), each, key == "headers"))

    def text(self, path: Path, key: str | int, value: str, step: int, *, header: bool) -> None:
        if "{{" in value:
            if step >= -1:
                self.templates.append(ExpressionText((*path, key), value, step, header))
        elif key == "condition":
            self.templates.append(ExpressionText((*path, key), value, step))
        elif isinstance(key, str):
            secret = is_secret_key(key)
            if header or secret:
                self.keyed.append(ExpressionText((*path, key), value, step, header, secret))


def _items(value: Any) -> Iterable[tuple[str | int, Any]]:
    return value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
