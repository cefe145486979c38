"""Reading the sandbox's two YAML files (targets, faults) so that every mistake names its file, its place and the nearest key."""

import difflib
import os
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

Source = str | os.PathLike[str] | Mapping[str, Any] | Sequence[Any] | None
_MISSING: Any = object()


class ConfigError(ValueError):
    """A targets file, a faults file, a state file or an address that cannot be used. The message says what, where, what next."""


class _PlainLoader(yaml.SafeLoader):
    """Without dates: `2024-01-15T10:00:00Z` stays the text that a platform would give back. In pure Python, since
    PyYAML's C composer crashes the process on deep nesting, where this one raises RecursionError."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str | bytes, label: str) -> Any:
    """YAML (so also JSON) to plain data. Raises ConfigError."""
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader without dates
    except yaml.YAMLError as wrong:
        raise ConfigError(f"{label}: not YAML: {' '.join(str(wrong).split())}") from wrong
    except (RecursionError, ValueError) as wrong:
        raise ConfigError(f"{label}: cannot be read: {wrong}") from wrong


def load(source: Source, what: str) -> tuple[Any, str]:
    """The data of a file (or of a value given instead of one), and the label that errors start with. Raises ConfigError."""
    if not isinstance(source, str | os.PathLike):
        return source, what
    label = os.fspath(source)
    try:
        with open(label, "rb") as file:
            return parse(file.read(), label), label
    except OSError as wrong:
        raise ConfigError(f"{label}: cannot read this {what} file: {wrong.strerror}. Check the path.") from wrong


class Fields:
    """A mapping from a configuration file, read field by field; the first look refuses unknown keys."""

    def __init__(self, data: Any, where: str, known: Sequence[str]) -> None:
        if data is None:
            data = {}
        if not isinstance(data, Mapping):
            raise ConfigError(f"{where}: must be a mapping of {', '.join(known)}.")
        self.data: dict[str, Any] = {str(key): value for key, value in data.items()}
        self.where = where
        for key in self.data:
            if key not in known:
                raise ConfigError(f'{where}: unknown key "{key}". {_nearest(key, known)}')

    def __contains__(self, name: str) -> bool:
        return self.data.get(name) is not None

    def wrong(self, name: str, wanted: str) -> ConfigError:
        return ConfigError(f"{self.where}.{name}: must be {wanted}, not {self.data[name]!r}.")

    def _get(self, name: str, kinds: type | tuple[type, ...], wanted: str, default: Any) -> Any:
        value = self.data.get(name)
        if value is None:
            return default
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise self.wrong(name, wanted)
        return value

    def text(self, name: str, default: str = "") -> str:
        return str(self._get(name, str, "text (put it in quotes)", default))

    def flag(self, name: str, default: bool | None = None) -> bool | None:
        value = self._get(name, bool, "true or false", default)
        return None if value is None else bool(value)

    def number(self, name: str, default: float | None = None) -> float | None:
        value = self._get(name, (int, float), "a number, 0 or more", default)
        if value is not None and not 0 <= value < float("inf"):
            raise self.wrong(name, "a number, 0 or more")
        return None if value is None else float(value)

    def whole(self, name: str, default: int | None = None, least: int = 0) -> int | None:
        wanted = f"a whole number, {least} or more"
        value = self._get(name, int, wanted, default)
        if value is not None and value < least:
            raise self.wrong(name, wanted)
        return None if value is None else int(value)

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._get(name, Mapping, "a mapping", {})
        return {str(key): each for key, each in value.items()}

    def items(self, name: str) -> list[Any]:
        return list(self._get(name, list, "a list", []))

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self.data.get(name, default)
        if value not in choices:
            raise ConfigError(f"{self.where}.{name}: must be one of {', '.join(choices)}, not {value!r}. {_nearest(str(value), choices)}")
        return str(value)


def _nearest(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f'Did you mean "{close[0]}"? ' if close else ""
    return f"{hint}Known: {', '.join(known)}."
