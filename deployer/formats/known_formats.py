"""The source formats that the program can read: registered once, at its start; no room below platforms/ has a list of its own."""

from collections.abc import Iterable

from deployer.model.source_format import SourceFormat, suffix_of
from deployer.model.workflow import Source

_registered: dict[str, SourceFormat] = {}  # by platform
_by_suffix: dict[str, SourceFormat] = {}


def register(source_formats: Iterable[SourceFormat]) -> None:
    """Makes these the known ones, in this order."""
    _registered.clear()
    _registered.update((known.platform, known) for known in source_formats)
    _by_suffix.clear()
    _by_suffix.update((suffix, known) for known in reversed(_registered.values()) for suffix in known.suffixes)  # the first one of two counts


def all_formats() -> tuple[SourceFormat, ...]:
    return tuple(_registered.values())


def format_of(platform: object) -> SourceFormat | None:
    """The format of the platform with that name, None where there is no such platform."""
    return _registered.get(platform) if isinstance(platform, str) else None


def format_of_source(source: Source) -> SourceFormat:
    return _registered[source.platform]


def format_of_file(path: str) -> SourceFormat | None:
    """The format by the file's suffix, None when no platform has that suffix."""
    return _by_suffix.get(suffix_of(path))


def suffix_table() -> str:
    """Each suffix with the title of its platform, for a fix."""
    return ", ".join(f"{' or '.join(known.suffixes)} ({known.title})" for known in _registered.values())
