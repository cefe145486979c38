"""Reads an eval suite, with the findings about it. `deployer.evals` runs it."""

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

_EMPTY_ALLOWED = frozenset(("contains", "matches", "schema"))
_EMPTY_VALUES = ('""', '[""]', "{}", "true")  # as JSON
MAX_BACKTRACKS = 1_000_000  # steps back in a regular expression: milliseconds
_LIMITS = ("within", "tokens", "cost")
Case = tuple[Path, dict[str, Any]]


def load(root: str, path: str) -> tuple[files.TextFile | None, tuple[Finding, ...]]:
    """The suite at `path` (relative to `root`), and its findings. None when it cannot be read at all."""
    loaded = files.read_bytes(root, path)
    if isinstance(loaded, Finding):
        return None, (loaded,)
    located, content = loaded
    suite, findings = files.read_yaml(located.path, content)
    if suite is None:
        return None, findings
    in_tables: list[Finding] = []
    diagnostics = list(_diagnostics(root, suite, in_tables))
    return suite, in_order([*findings_of(located.path, suite.text, "yaml", diagnostics), *in_tables])


def table_path(suite: str, name: str) -> str:
    """The path of a table in the repository; `name` is relative to the suite's folder."""
    return f"{suite.rpartition('/')[0] or '.'}/{name}"


def _diagnostics(root: str, suite: files.TextFile, in_tables: list[Finding]) -> Iterator[RuleDiagnostic]:
    """Findings about the tables themselves are added to `in_tables`."""
    yield from schema_check.check_schema("evals", suite.data)
    items = suite.data.get("cases")
    cases: list[Case] = [(("cases", index), item) for index, item in enumerate(items if isinstance(items, list) else ()) if isinstance(item, dict)]
    defaults = _mapping(suite.data.get("defaults"))
    yield from _repeated_names(cases)
    for path, case in cases:
        yield from _table(root, suite.path, path, case, in_tables)
        if _expects_nothing(defaults, case):
            fix = "Add `expect`, or a limit: `within`, `tokens` or `cost`."
            if {**defaults, **case}.get("pass_rate") == 0:
                fix = "Set the share of its runs that must pass: `pass_rate: 0.8` is eight of ten."
            yield "evals-expect-nothing", Diagnostic(path, f"The case {shown(case.get('name'))} passes whatever the workflow answers.", fix)
    for path, holder in [(("defaults",), defaults), *cases]:
        yield from _expectations((*path, "expect"), _mapping(holder.get("expect")))
    yield from _through(suite.data)


def _expects_nothing(defaults: dict[str, Any], case: dict[str, Any]) -> bool:
    both = {**defaults, **case}
    expect = {**_mapping(defaults.get("expect")), **_mapping(case.get("expect"))}
    is_checked = any(json.dumps(value) not in _EMPTY_VALUES for key, value in expect.items() if key in _EMPTY_ALLOWED)
    return both.get("pass_rate") == 0 or not (is_checked or expect.keys() - _EMPTY_ALLOWED or any(both.get(key) for key in _LIMITS))


def _repeated_names(cases: list[Case]) -> Iterator[RuleDiagnostic]:
    first_paths: dict[str, Path] = {}
    for path, case in cases:
        name = case.get("name")
        if isinstance(name, str) and name in first_paths:
            message, fix = f"Another case is named {shown(name)}.", "Give each a name of its own."
            yield "evals-name-twice", Diagnostic((*path, "name"), message, fix, related=(first_paths[name], "the first one is here"))
        elif isinstance(name, str):
            first_paths[name] = (*path, "name")


def _table(root: str, suite: str, path: Path, case: dict[str, Any], in_tables: list[Finding]) -> Iterator[RuleDiagnostic]:
    name = case.get("data")
    if not isinstance(name, str) or not name:
        return
    located = paths.locate(root, table_path(suite, name))
    if isinstance(located, Finding):
        yield located.rule, Diagnostic((*path, "data"), located.message, located.fix)
    elif not name.lower().endswith(case_table.SUFFIXES):
        yield ("evals-value", Diagnostic((*path, "data"), f"{shown(name)} is not a table.", "Name a .csv or .jsonl file."))
    else:
        table = case_table.read(root, located.path)
        if isinstance(table, Finding):
            in_tables.append(table)
        else:
            yield from _columns(path, case, table)


def _columns(path: Path, case: dict[str, Any], table: case_table.CaseTable) -> Iterator[RuleDiagnostic]:
    for key in ("name", "input", "expect"):
        for subpath, column in case_table.find_columns(case.get(key)):
            if column not in table.columns:
                message = f"The table {shown(table.path)} has no column {shown(column)}."
                if any(column in row.values for row in table.rows):
                    message = f"Not every row of the table {shown(table.path)} has the column {shown(column)}."
                fix = f"{did_you_mean(column, table.columns)} `$${{…}}` stands for the text `${{…}}`.".strip()
                yield "evals-data", Diagnostic((*path, key, *subpath), message, fix)


def _expectations(path: Path, expect: dict[str, Any]) -> Iterator[RuleDiagnostic]:
    yield from _uncompilable((*path, "matches"), expect.get("matches"), _pattern_error)
    yield from _uncompilable((*path, "jmespath"), expect.get("jmespath"), _jmespath_error)
    if isinstance(expect.get("schema"), dict) and not any(case_table.find_columns(expect["schema"])):
        yield from _schema((*path, "schema"), expect["schema"])


def _uncompilable(path: Path, value: object, error_of: Callable[[str], tuple[str, str] | None]) -> Iterator[RuleDiagnostic]:
    """`error_of` gives the message and fix for a text, None for a good one. A text with a `${column}` is complete only once filled."""
    rows: list[tuple[Path, object]] = [(path, value)]
    if isinstance(value, list):
        rows = [((*path, index), item) for index, item in enumerate(value)]
    for text_path, text in rows:
        if isinstance(text, str) and not any(case_table.COLUMNS.names(text)) and (error := error_of(text)):
            yield "evals-value", Diagnostic(text_path, *error)


def _pattern_error(text: str) -> tuple[str, str] | None:
    try:
        compile_pattern(text)
    except ValueError:
        return f"{shown(text)} is not a regular expression of JSON Schema, or too large.", "Correct it, or use `contains`."
    return None


def compile_pattern(text: str) -> "jsonschema_rs.Validator":
    """A validator of texts in which the regular expression matches. It is one of JSON Schema's `pattern`, whose engine gives up where Python's
    would backtrack without end and block every other thread. Raises ValueError for an invalid one."""
    import jsonschema_rs

    return jsonschema_rs.validator_for({"pattern": text}, pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=MAX_BACKTRACKS))


def _jmespath_error(text: str) -> tuple[str, str] | None:
    import jmespath

    try:
        jmespath.compile(text)
    except (jmespath.exceptions.JMESPathError, ValueError, RecursionError) as error:
        position = getattr(error, "lex_position", None)
        where = f" at character {position + 1}" if isinstance(position, int) and 0 <= position < len(text) else ""
        fix = "Write it as `output.urgency == 'high'`: texts stand in single quotes, numbers in backquotes."
        return f"{shown(text)} is not a JMESPath expression{where}.", fix
    return None


def compile_schema(schema: Any) -> "jsonschema_rs.Validator":
    """A validator of a JSON Schema. It reads no other file and no network, whatever the schema refers to. Raises ValueError for an invalid one."""
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema, retriever=_refuse)


def _refuse(_: str) -> Any:
    raise ValueError


def _schema(path: Path, schema: dict[str, Any]) -> Iterator[RuleDiagnostic]:
    try:
        compile_schema(schema)
    except ValueError as error:
        subpath = getattr(error, "instance_path", ())
        reason = str(getattr(error, "message", "") or error).splitlines()[0]
        message = f"{path_text((*path, *subpath))} is not a JSON Schema: {shown(reason)[1:-1]}."
        fix = "Correct it; most suites need only `type`, `required` and `properties`."
        if "retrieving it failed" in reason:
            message = f"{path_text(path)} refers to another file or address, which is not read: {shown(reason.split(chr(39))[1])}."
            fix = "Copy that schema under `$defs`, and refer to it there: `#/$defs/name`."
        yield "evals-value", Diagnostic((*path, *subpath) if _exists(schema, subpath) else path, message, fix)


def _exists(schema: Any, path: Iterable[Any]) -> bool:
    """Whether the path leads somewhere: an error in a reference has a path inside the schema that it refers to."""
    for part in path:
        try:
            schema = schema[part]
        except (LookupError, TypeError):
            return False
    return True


def _through(suite: dict[str, Any]) -> Iterator[RuleDiagnostic]:
    if suite.get("through") == "webhook" and not suite.get("secret"):
        message = "A call to a webhook is signed, and the suite names no secret."
        yield "evals-missing-key", Diagnostic(("through",), message, "Add `secret: NAME`, the name of the key that the webhook verifies with.")


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
