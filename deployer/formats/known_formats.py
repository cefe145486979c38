"""The source formats that the program can read: registered once, at its start; no room below platforms/ has a list of its own.

Those of platforms that other packages add are asked for when a name or suffix is not one of the registered ones, and wherever all are needed:
looking for packages takes time, and most files are of a platform that comes with the program.
"""

from collections.abc import Callable, Iterable, Iterator

from deployer.model.source_format import SourceFormat, suffix_of
from deployer.model.workflow import Source

FindAdded = Callable[[], Iterable[SourceFormat]]

_registered: dict[str, SourceFormat] = {}  # by platform
_find_added: list[FindAdded] = []  # one, until it was asked
_by_suffix: dict[str, SourceFormat] = {}  # without the added ones


def register(source_formats: Iterable[SourceFormat], find_added: FindAdded = tuple) -> None:
    """Makes these the known ones, in this order, and after them those that `find_added` returns, which is called once, when it is needed."""
    _registered.clear()
    _registered.update((known.platform, known) for known in source_formats)
    _by_suffix.clear()
    _by_suffix.update((suffix, known) for known in reversed(_registered.values()) for suffix in known.suffixes)  # the first one of two counts
    _find_added[:] = [find_added]


def _formats() -> Iterator[SourceFormat]:
    """One after the other: the added ones are looked for when somebody asks for more than the first."""
    first = tuple(_registered.values())
    yield from first
    for find_added in tuple(_find_added):
        _registered.update((known.platform, known) for known in tuple(find_added()))  # it may raise: then the next call raises as well
        _find_added.clear()
    yield from tuple(_registered.values())[len(first) :]


def all_formats() -> tuple[SourceFormat, ...]:
    return tuple(_formats())


def format_of(platform: object) -> SourceFormat | None:
    """The format of the platform with that name, None where there is no such platform."""
    return next((known for known in _formats() if known.platform == platform), None) if isinstance(platform, str) else None


def format_of_source(source: Source) -> SourceFormat:
    if source.platform not in _registered:
        all_formats()
    return _registered[source.platform]


def format_of_file(path: str) -> SourceFormat | None:
    """The format by the file's suffix, None when no platform has that suffix for itself."""
    suffix = suffix_of(path)
    return _by_suffix.get(suffix) or next((known for known in _formats() if suffix in known.suffixes), None)


def looks_like_definition(is_of: Callable[[SourceFormat], bool]) -> bool:
    """Whether that holds for a format that is recognized by its keys."""
    return any(known.top_keys and is_of(known) for known in _formats())


def suffix_table() -> str:
    """Each suffix with the title of its platform, for a fix."""
    return ", ".join(f"{' or '.join(known.suffixes)} ({known.title})" for known in _formats() if known.suffixes)


def platforms_to_name(path: str) -> tuple[SourceFormat, ...]:
    """The formats of files with that suffix that a manifest's entry has to name, since the suffix is not theirs alone."""
    return tuple(known for known in _formats() if suffix_of(path) in known.shared_suffixes)
