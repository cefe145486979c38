"""A manifest as text: made new, or with entries added at its end. What somebody wrote stays as it is, comments and all."""

from collections.abc import Mapping
from typing import NamedTuple

from deployer.formats.positions import TextPlace, find_places
from deployer.formats.yaml import write
from deployer.model.errors import UsageError

WORKFLOWS = ("workflows",)
HEAD = "# What Flowship ships, and where to. `flowship schema manifest` prints everything that can stand here.\nversion: 1\n"


class NewEntry(NamedTuple):
    """A workflow to add: its name, and its keys with their values, in order."""

    name: str
    fields: Mapping[str, str]


def create_manifest(environment: str, entries: tuple[NewEntry, ...]) -> str:
    """A manifest of these workflows."""
    rows = "".join(f"{line}\n" for entry in entries for line in _lines(entry, 2))
    return f"{HEAD}environments: [{write.dump_inline(environment)}]  # the first is the default\nworkflows:\n{rows}"


def add_entries(path: str, text: str, entries: tuple[NewEntry, ...]) -> str:
    """The manifest with these workflows after the last one, whether its entries stand in lines or in braces.

    Raises UsageError, with what to write by hand, where they cannot be added without touching what is there (an alias, say).
    """
    from deployer.formats.yaml import text as yaml_text

    before, _ = yaml_text.parse(text)
    found = find_places(text, "yaml", [WORKFLOWS, *((*WORKFLOWS, name) for name in before["workflows"])])
    there = found[WORKFLOWS]
    if text[there.start : there.start + 1] == "{":
        after = _into_braces(text, there, entries, empty=not before["workflows"])
    else:
        column = min((place.key.column for each, place in found.items() if each != WORKFLOWS and place.key), default=1) - 1
        after = _after_the_last(text, there.end, column, entries)
    wanted = {**before, "workflows": {**before["workflows"], **{entry.name: dict(entry.fields) for entry in entries}}}
    if yaml_text.parse(after) != (wanted, ()):
        rows = " ".join(write.dump_inline({entry.name: dict(entry.fields)})[1:-1] for entry in entries)
        raise UsageError(f"Nothing can be added to {path} without touching what is there.", fix=f"Write under `workflows:` there: {rows}")
    return after


def _lines(entry: NewEntry, column: int) -> list[str]:
    pad = " " * column
    return [f"{pad}{write.dump_scalar(entry.name)}:", *(f"{pad}  {name}: {write.dump_scalar(value)}" for name, value in entry.fields.items())]


def _into_braces(text: str, there: TextPlace, entries: tuple[NewEntry, ...], *, empty: bool) -> str:
    rows = ", ".join(write.dump_inline({entry.name: dict(entry.fields)})[1:-1] for entry in entries)
    return f"{text[: there.end - 1]}{'' if empty else ', '}{rows}{text[there.end - 1 :]}"


def _after_the_last(text: str, end: int, column: int, entries: tuple[NewEntry, ...]) -> str:
    """After the line in which the last entry ends, and after comments below it that are indented like entries: they belong to it."""
    line_break = "\r\n" if "\r\n" in text else "\n"
    place = _line_end(text, end)
    following = place
    while following < len(text):
        line = text[following : _line_end(text, following)]
        if line.strip() and not (line.lstrip(" ").startswith("#") and len(line) - len(line.lstrip(" ")) >= max(column, 1)):
            break
        following = _line_end(text, following)
        place = following if line.strip() else place
    rows = "".join(f"{line}{line_break}" for entry in entries for line in _lines(entry, column))
    joint = "" if text[:place].endswith("\n") else line_break
    return f"{text[:place]}{joint}{rows}{text[place:]}"


def _line_end(text: str, start: int) -> int:
    """The offset after the line break of the line that `start` is in."""
    found = text.find("\n", start)
    return len(text) if found < 0 else found + 1
