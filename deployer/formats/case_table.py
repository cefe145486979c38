"""A suite's table of cases: CSV or JSON Lines, read into rows of values by column.

The first line of CSV names the columns, and every value is text. A line of JSON Lines is one object, and its values keep their types.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from deployer.formats import files
from deployer.formats.diagnostic import finding
from deployer.formats.placeholders import Placeholders
from deployer.formats.positions import Lines
from deployer.formats.quoting import kind_of, shown
from deployer.model.finding import Finding, Span

SUFFIXES = (".csv", ".jsonl")
MAX_ROWS = 10_000
COLUMNS = Placeholders("[^{}]+")


class CaseRow(NamedTuple):
    """`line` is its line in the file, from 1."""

    line: int
    values: Mapping[str, Any]


class CaseTable(NamedTuple):
    """`columns` are those that every row has."""

    path: str
    columns: tuple[str, ...]
    rows: tuple[CaseRow, ...]


class _TableError(Exception):
    def __init__(self, line: int, message: str, fix: str) -> None:
        super().__init__(message)
        self.line = line
        self.fix = fix


def read(root: str, path: str) -> CaseTable | Finding:
    """The table at `path` (relative to `root`), or the finding for which it cannot be read."""
    loaded = files.read_bytes(root, path)
    if isinstance(loaded, Finding):
        return loaded
    located, content = loaded
    text = files.decode(located.path, content)
    if isinstance(text, Finding):
        return text
    rows_of = _csv if path.lower().endswith(".csv") else _json_lines
    try:
        rows = tuple(rows_of(text))
        if not rows:
            raise _TableError(1, f"The table {shown(located.path)} has no rows.", "Write one for each case.")
    except _TableError as error:
        line = text.split("\n")[error.line - 1] if error.line <= text.count("\n") + 1 else ""
        end = max(1, len(line.rstrip("\r")))
        return finding("evals-data", located.path, str(error), error.fix, Span(error.line, 1, error.line, end))
    common = set(rows[0].values).intersection(*(row.values for row in rows))
    return CaseTable(located.path, tuple(name for name in rows[0].values if name in common), rows)


def _csv(text: str) -> Iterator[CaseRow]:
    import csv
    import io

    reader = csv.reader(io.StringIO(text, newline=""), strict=True)  # no other character than a line break ends a row
    try:
        columns = next(reader, [])
        for name in columns:
            if not name.strip() or columns.count(name) > 1:
                raise _TableError(1, f"The column name {shown(name)} is empty or used twice.", "Name each column once, in the first line.")
        last = reader.line_num
        for values in reader:
            line, last = last + 1, reader.line_num
            if not values:
                continue
            if len(values) != len(columns):
                message = f"This row has {len(values)} values for {len(columns)} columns."
                raise _TableError(line, message, "Write one value for each column; put a value with a comma in quotes.")
            if line > MAX_ROWS:
                raise _too_many(line)
            yield CaseRow(line, dict(zip(columns, values)))
    except csv.Error as error:
        raise _TableError(
            max(1, reader.line_num), f"This is not CSV: {error}.", "Put a value with a comma, a quote or a line break in quotes."
        ) from None


def _json_lines(text: str) -> Iterator[CaseRow]:
    from deployer.formats import json_text

    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        data, diagnostics = json_text.parse(line)
        if diagnostics:
            _, first = diagnostics[0]
            column = Lines(line).at(first.offsets[0] if first.offsets else 0)[1]
            raise _TableError(number, f"Column {column}: {first.message}", "Each line is one JSON object.")
        if not isinstance(data, dict):
            raise _TableError(number, f"This line is {kind_of(data)}, not an object.", "Each line is one JSON object.")
        if number > MAX_ROWS:
            raise _too_many(number)
        yield CaseRow(number, data)


def _too_many(line: int) -> _TableError:
    return _TableError(line, f"The table has more than {MAX_ROWS} lines.", "Take a sample: every row costs a run on the platform.")


def find_columns(value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every `${column}` in a value: the path of the text that holds it, and the column's name."""
    if isinstance(value, str):
        yield from (((), name) for name in COLUMNS.names(value))
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from (((key, *path), name) for path, name in find_columns(item))


def fill_columns(value: Any, values: Mapping[str, Any]) -> Any:
    """The value with every `${column}` replaced. A text that is one `${column}` alone becomes the column's value, with its type."""
    if isinstance(value, dict):
        return {key: fill_columns(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_columns(item, values) for item in value]
    if not isinstance(value, str):
        return value
    column = COLUMNS.lone(value)
    return COLUMNS.fill(value, lambda name: as_text(values.get(name))) if column is None else values.get(column)


def as_text(value: Any) -> str:
    """A text itself, or its JSON."""
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
