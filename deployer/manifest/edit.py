"""A manifest as text: created, or with entries added at its end. What a person wrote stays as it is, comments and all."""

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
    rows = "".join(f"{line}\n" for entry in entries for line in _block_lines(entry, 2))
    return f"{HEAD}environments: [{write.dump_inline(environment)}]  # the first is the default\nworkflows:\n{rows}"


def add_entries(path: str, text: str, entries: tuple[NewEntry, ...]) -> str:
    """The manifest with these workflows after the last one, whether its entries stand in lines or in braces.

    Raises UsageError, with what to write by hand, where they cannot be added without changing existing text (an alias, say).
    """
    from deployer.formats.yaml import text as yaml_text

    data, _ = yaml_text.parse(text)
    places = find_places(text, "yaml", [WORKFLOWS, *((*WORKFLOWS, name) for name in data["workflows"])])
    block = places[WORKFLOWS]
    if text[block.start : block.end] == "{}" and text[: block.start].rstrip(" ").endswith("\nworkflows:"):
        head = text[: block.start].rstrip(" ")
        extended = _add_lines(head + text[block.end :], len(head), 2, entries)
    elif text[block.start : block.start + 1] == "{":
        extended = _add_in_braces(text, block, entries, empty=not data["workflows"])
    else:
        column = min((place.key.column for path, place in places.items() if path != WORKFLOWS and place.key), default=1) - 1
        extended = _add_lines(text, block.end, column, entries)
    desired = {**data, "workflows": {**data["workflows"], **{entry.name: dict(entry.fields) for entry in entries}}}
    if yaml_text.parse(extended) != (desired, ()):
        rows = " ".join(_inline(entry) for entry in entries)
        raise UsageError(f"Nothing can be added to {path} without changing what it holds.", fix=f"Write under `workflows:` there: {rows}")
    return extended


def _inline(entry: NewEntry) -> str:
    return write.dump_inline({entry.name: dict(entry.fields)})[1:-1]


def _block_lines(entry: NewEntry, column: int) -> list[str]:
    pad = " " * column
    return [f"{pad}{write.dump_scalar(entry.name)}:", *(f"{pad}  {name}: {write.dump_scalar(value)}" for name, value in entry.fields.items())]


def _add_in_braces(text: str, block: TextPlace, entries: tuple[NewEntry, ...], *, empty: bool) -> str:
    rows = ", ".join(_inline(entry) for entry in entries)
    return f"{text[: block.end - 1]}{'' if empty else ', '}{rows}{text[block.end - 1 :]}"


def _add_lines(text: str, end: int, column: int, entries: tuple[NewEntry, ...]) -> str:
    """After the line in which the last entry ends, and after comments below it that are indented like entries: they belong to it."""
    line_break = "\r\n" if "\r\n" in text else "\n"
    insertion = following = _line_end(text, end)
    while following < len(text):
        line = text[following : _line_end(text, following)]
        if line.strip() and not (line.lstrip(" ").startswith("#") and len(line) - len(line.lstrip(" ")) >= max(column, 1)):
            break
        following = _line_end(text, following)
        insertion = following if line.strip() else insertion
    rows = "".join(f"{line}{line_break}" for entry in entries for line in _block_lines(entry, column))
    joint = "" if text[:insertion].endswith("\n") else line_break
    return f"{text[:insertion]}{joint}{rows}{text[insertion:]}"


def _line_end(text: str, start: int) -> int:
    """The offset after the line break of the line that `start` is in."""
    line_break = text.find("\n", start)
    return len(text) if line_break < 0 else line_break + 1
