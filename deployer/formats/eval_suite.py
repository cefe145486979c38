"""An eval suite, read: what is wrong with it, at its place. Running it is another room's work."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from deployer.formats import case_table, files, paths, schema_check
from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic, findings_of
from deployer.formats.positions import Path
from deployer.formats.quoting import did_you_mean, path_text, shown
from deployer.model.finding import Finding, in_order

if TYPE_CHECKING:
    import jsonschema_rs

_MAY_SAY_NOTHING = frozenset(("contains", "matches", "schema"))
_SAY_NOTHING = ('""', '[""]', "{}", "true")  # as JSON
MAX_BACKTRACKS = 1_000_000  # tries of a regular expression: milliseconds
_LIMITS = ("within", "tokens", "cost")
Case = tuple[Path, dict[str, Any]]


def load(root: str, path: str) -> tuple[files.TextFile | None, tuple[Finding, ...]]:
    """The suite at `path` (relative to `root`), and everything wrong with it. None when it cannot be read at all."""
    loaded = files.read_bytes(root, path)
    if isinstance(loaded, Finding):
        return None, (loaded,)
    located, content = loaded
    read, findings = files.read_yaml(located.path, content)
    if read is None:
        return None, findings
    elsewhere: list[Finding] = []
    diagnostics = list(_problems(root, read, elsewhere))
    return read, in_order([*findings_of(located.path, read.text, "yaml", diagnostics), *elsewhere])


def table_path(suite: str, name: str) -> str:
    """A table's path is relative to the suite's folder."""
    return f"{suite.rpartition('/')[0] or '.'}/{name}"


def _problems(root: str, read: files.TextFile, elsewhere: list[Finding]) -> Iterator[RuleDiagnostic]:
    """What is wrong inside a table is found `elsewhere`, in the table."""
    yield from schema_check.check_schema("evals", read.data)
    listed = read.data.get("cases")
    cases: list[Case] = [(("cases", place), each) for place, each in enumerate(listed if isinstance(listed, list) else ()) if isinstance(each, dict)]
    defaults = _mapping(read.data.get("defaults"))
    yield from _names(cases)
    for path, case in cases:
        yield from _table(root, read.path, path, case, elsewhere)
        if _expects_nothing(defaults, case):
            fix = "Add `expect`, or a limit: `within`, `tokens` or `cost`."
            if {**defaults, **case}.get("pass_rate") == 0:
                fix = "Say which share of its runs must pass: `pass_rate: 0.8` is eight of ten."
            yield "evals-expect-nothing", Diagnostic(path, f"The case {shown(case.get('name'))} passes whatever comes back.", fix)
    for path, holder in [(("defaults",), defaults), *cases]:
        yield from _expectations((*path, "expect"), _mapping(holder.get("expect")))
    yield from _through(read.data)


def _expects_nothing(defaults: dict[str, Any], case: dict[str, Any]) -> bool:
    both = {**defaults, **case}
    expect = {**_mapping(defaults.get("expect")), **_mapping(case.get("expect"))}
    says = any(value not in _SAY_NOTHING for value in map(json.dumps, (value for key, value in expect.items() if key in _MAY_SAY_NOTHING)))
    return both.get("pass_rate") == 0 or not (says or expect.keys() - _MAY_SAY_NOTHING or any(both.get(key) for key in _LIMITS))


def _names(cases: list[Case]) -> Iterator[RuleDiagnostic]:
    seen: dict[str, Path] = {}
    for path, case in cases:
        name = case.get("name")
        if isinstance(name, str) and name in seen:
            message, fix = f"There is a case {shown(name)} already.", "Give each a name of its own."
            yield "evals-name-twice", Diagnostic((*path, "name"), message, fix, related=(seen[name], "the first one is here"))
        elif isinstance(name, str):
            seen[name] = (*path, "name")


def _table(root: str, suite: str, path: Path, case: dict[str, Any], elsewhere: list[Finding]) -> Iterator[RuleDiagnostic]:
    name = case.get("data")
    if not isinstance(name, str) or not name:
        return
    found = paths.locate(root, table_path(suite, name))
    if isinstance(found, Finding):
        yield found.rule, Diagnostic((*path, "data"), found.message, found.fix)
    elif not name.lower().endswith(case_table.SUFFIXES):
        yield "evals-value", Diagnostic((*path, "data"), f"The suffix of {shown(name)} tells no format.", "Name a .csv or .jsonl file.")
    else:
        table = case_table.read(root, found.path)
        if isinstance(table, Finding):
            elsewhere.append(table)
        else:
            yield from _columns(path, case, table)


def _columns(path: Path, case: dict[str, Any], table: case_table.CaseTable) -> Iterator[RuleDiagnostic]:
    for key in ("name", "input", "expect"):
        for inside, column in case_table.find_columns(case.get(key)):
            if column not in table.columns:
                message = f"The table {shown(table.path)} has no column {shown(column)}."
                if any(column in row.values for row in table.rows):
                    message = f"Not every row of the table {shown(table.path)} has the column {shown(column)}."
                fix = f"{did_you_mean(column, table.columns)} `$${{…}}` stands for the text `${{…}}`.".strip()
                yield "evals-data", Diagnostic((*path, key, *inside), message, fix)


def _expectations(path: Path, expect: dict[str, Any]) -> Iterator[RuleDiagnostic]:
    yield from _compiled((*path, "matches"), expect.get("matches"), _pattern)
    yield from _compiled((*path, "jmespath"), expect.get("jmespath"), _expression)
    if isinstance(expect.get("schema"), dict) and not any(case_table.find_columns(expect["schema"])):
        yield from _schema((*path, "schema"), expect["schema"])


def _compiled(path: Path, written: object, compile_: Callable[[str], str]) -> Iterator[RuleDiagnostic]:
    """`compile_` tells what is wrong with one text, and what to do; "" when nothing is. A text with a column in it is not whole yet."""
    rows: list[tuple[Path, object]] = [(path, written)]
    if isinstance(written, list):
        rows = [((*path, place), each) for place, each in enumerate(written)]
    for there, text in rows:
        if isinstance(text, str) and not case_table.COLUMN.search(text) and (said := compile_(text)):
            message, _, fix = said.partition("\n")
            yield "evals-value", Diagnostic(there, message, fix)


def _pattern(text: str) -> str:
    try:
        compile_pattern(text)
    except ValueError:
        return f"{shown(text)} is no regular expression, as JSON Schema has them, or too large.\nCorrect it, or use `contains`."
    return ""


def compile_pattern(text: str) -> "jsonschema_rs.Validator":
    """What is valid where the expression is found. Written as in JSON Schema's `pattern`, and of its engine: it gives up where Python's would try
    for ever, and hold up every other thread. Raises ValueError for what is none."""
    import jsonschema_rs

    return jsonschema_rs.validator_for({"pattern": text}, pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=MAX_BACKTRACKS))


def _expression(text: str) -> str:
    import jmespath

    try:
        jmespath.compile(text)
    except (jmespath.exceptions.JMESPathError, ValueError, RecursionError) as error:
        position = getattr(error, "lex_position", None)
        where = f" at character {position + 1}" if isinstance(position, int) and 0 <= position < len(text) else ""
        fix = "Write it as `output.urgency == 'high'`: texts stand in single quotes, numbers in backquotes."
        return f"{shown(text)} is no JMESPath expression{where}.\n{fix}"
    return ""


def compile_schema(schema: Any) -> "jsonschema_rs.Validator":
    """Reads no other file and asks no network, whatever the schema refers to. Raises ValueError for what is no JSON Schema."""
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema, retriever=_refuse)


def _refuse(_: str) -> Any:
    raise ValueError


def _schema(path: Path, schema: dict[str, Any]) -> Iterator[RuleDiagnostic]:
    try:
        compile_schema(schema)
    except ValueError as error:
        inside = getattr(error, "instance_path", ())
        said = str(getattr(error, "message", "") or error).splitlines()[0]
        message = f"{path_text((*path, *inside))} is no JSON Schema: {shown(said)[1:-1]}."
        fix = "Correct it; `type`, `required` and `properties` are what most need."
        if "retrieving it failed" in said:
            message = f"{path_text(path)} refers to another file or address, which is not read: {shown(said.split(chr(39))[1])}."
            fix = "Write what it says under `$defs`, and refer to that: `#/$defs/name`."
        yield "evals-value", Diagnostic((*path, *inside) if _is_there(schema, inside) else path, message, fix)


def _is_there(schema: Any, path: Iterable[Any]) -> bool:
    """What is wrong with a reference has a place inside what it refers to."""
    for part in path:
        try:
            schema = schema[part]
        except (LookupError, TypeError):
            return False
    return True


def _through(suite: dict[str, Any]) -> Iterator[RuleDiagnostic]:
    if suite.get("through") == "webhook" and not suite.get("secret"):
        message = "A call to a webhook is signed, and nothing says with what."
        yield "evals-missing-key", Diagnostic(("through",), message, "Add `secret: NAME`, the name of the key that the webhook verifies with.")


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
