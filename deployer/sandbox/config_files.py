"""The sandbox's YAML files (targets, faults), read so that every mistake names its file, its place and the nearest key."""

import difflib
import os
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

ConfigSource = str | os.PathLike[str] | Mapping[str, Any] | Sequence[Any] | None


class SandboxConfigError(ValueError):
    """A targets file, a faults file, a store file or an address that cannot be used. The message says what, where, what next."""


class _PlainLoader(yaml.SafeLoader):
    """Without dates: `2024-01-15T10:00:00Z` stays the text that a platform would give back. In pure Python, since
    PyYAML's C composer crashes the process on deep nesting, where this one raises RecursionError."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str | bytes, label: str) -> Any:
    """The data in a YAML (so also JSON) text. Raises SandboxConfigError."""
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader without dates
    except yaml.YAMLError as error:
        raise SandboxConfigError(f"{label}: not YAML: {' '.join(str(error).split())}") from error
    except (RecursionError, ValueError) as error:
        raise SandboxConfigError(f"{label}: cannot be read: {error}") from error


def load(source: ConfigSource, kind: str) -> tuple[Any, str]:
    """The data of a file (or of a value given instead of one), and the label that errors start with. Raises SandboxConfigError."""
    if not isinstance(source, str | os.PathLike):
        return source, kind
    label = os.fspath(source)
    try:
        with open(label, "rb") as file:
            return parse(file.read(), label), label
    except OSError as error:
        raise SandboxConfigError(f"{label}: cannot read this {kind} file: {error.strerror}. Check the path.") from error


class ConfigFields:
    """A mapping from a configuration file, read field by field. Unknown keys are refused at once."""

    def __init__(self, data: Any, where: str, known: Sequence[str]) -> None:
        if data is None:
            data = {}
        if not isinstance(data, Mapping):
            raise SandboxConfigError(f"{where}: expected a mapping with {', '.join(known)}.")
        self.data: dict[str, Any] = {str(key): value for key, value in data.items()}
        self.where = where
        for key in self.data:
            if key not in known:
                raise SandboxConfigError(f'{where}: unknown key "{key}". {_suggestion(key, known)}')

    def __contains__(self, name: str) -> bool:
        return self.data.get(name) is not None

    def error(self, name: str, expected: str) -> SandboxConfigError:
        """The error for a field with a value of the wrong kind."""
        return SandboxConfigError(f"{self.where}.{name}: expected {expected}, got {self.data[name]!r}.")

    def _get(self, name: str, kinds: type | tuple[type, ...], expected: str, default: Any) -> Any:
        value = self.data.get(name)
        if value is None:
            return default
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise self.error(name, expected)
        return value

    def text(self, name: str, default: str = "") -> str:
        return str(self._get(name, str, "text (put it in quotes)", default))

    def flag(self, name: str) -> bool | None:
        value = self._get(name, bool, "true or false", None)
        return None if value is None else bool(value)

    def number(self, name: str, default: float | None = None) -> float | None:
        value = self._get(name, (int, float), "a number, 0 or more", default)
        if value is not None and not 0 <= value < float("inf"):
            raise self.error(name, "a number, 0 or more")
        return None if value is None else float(value)

    def whole(self, name: str, default: int | None = None, minimum: int = 0) -> int | None:
        expected = f"a whole number, {minimum} or more"
        value = self._get(name, int, expected, default)
        if value is not None and value < minimum:
            raise self.error(name, expected)
        return None if value is None else int(value)

    def mapping(self, name: str) -> dict[str, Any]:
        return {str(key): value for key, value in self._get(name, Mapping, "a mapping", {}).items()}

    def items(self, name: str) -> list[tuple[Any, str]]:
        """The entries of a list, each with its place in the file."""
        return [(item, f"{self.where}.{name}[{index}]") for index, item in enumerate(self._get(name, list, "a list", []))]

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self.data.get(name, default)
        if value not in choices:
            expected = f"expected one of {', '.join(choices)}, got {value!r}"
            raise SandboxConfigError(f"{self.where}.{name}: {expected}. {_suggestion(str(value), choices)}")
        return str(value)


def _suggestion(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f'Did you mean "{close[0]}"? ' if close else ""
    return f"{hint}Known: {', '.join(known)}."
