"""Eval suites written from real answers, for a person to review: expectations for cases without any, or cases from run logs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

from deployer.evals.answers import as_text, find_flaw
from deployer.evals.assertions import same
from deployer.evals.redaction import OutputRedactor
from deployer.evals.runner import SuiteResult
from deployer.evals.suite import Case, Suite
from deployer.formats.yaml import write
from deployer.model.fingerprint import canonical

HEAD = """\
# {what}
# Read every line before you use it: what came back is not always what should come back. Then name this file in the
# manifest (`evals:`), or copy its cases into the existing suite.
"""
MAX_NAME_CHARS = 60
MAX_RECORDED_CHARS = 20_000  # of an input or output
_NO_ANSWER = frozenset(("answer", "version", "status"))  # misses of runs whose output is not recorded


class Logged(NamedTuple):
    """A run of a platform's logs: its id there, and its input and output as data."""

    id: str
    input: Any
    output: Any


def recorded(suite: Suite, result: SuiteResult, redactor: OutputRedactor) -> str:
    """The text of the suite, with expectations from the answers where a case has none."""
    runs = {case.name: case for case in result.suite.cases}
    cases = []
    for case in suite.cases:
        answered = [_NO_ANSWER.isdisjoint(miss.matcher for miss in run.misses) for run in runs[case.name].runs]
        outputs = [output for output, usable in zip(result.outputs.get(case.name, ()), answered) if usable]
        seconds = [run.seconds for run in runs[case.name].runs if run.seconds is not None]
        cases.append(_case(case, outputs, max(seconds, default=None), redactor))
    version = f"version {result.suite.version}" if result.suite.version else "the definition"
    return _file(f"Recorded from the answers of {version} of {result.suite.workflow}.", _top(suite), cases)


def from_logs(workflow: str, rows: Iterable[Logged], redactor: OutputRedactor) -> tuple[str, int]:
    """The text of a suite with a case for each input in a log, and how many cases it has."""
    inputs: set[bytes] = set()
    cases = []
    for row in rows:
        key = canonical(row.input)
        if key not in inputs and _is_recordable(row.input, redactor):
            inputs.add(key)
            cases.append({"name": f"log {row.id}", "input": row.input, **_expected((row.output,), redactor)})
    return _file(f"Cases from the run logs of {workflow}, newest first.", {}, cases), len(cases)


def logged(row: Mapping[str, Any]) -> Logged | None:
    """A row of the logs; None for a run that failed, has no output, or holds what no file could."""
    if str(row.get("status") or "SUCCEED") != "SUCCEED":
        return None
    try:
        input_, output = (_data(row.get(name)) for name in ("input", "output"))
    except ValueError:
        return None
    id_ = str(row.get("log_id") or row.get("workflow_run_id") or "")[:MAX_NAME_CHARS].encode("utf-8", "replace").decode()
    if not id_ or input_ is None or output is None or find_flaw(input_) or find_flaw(output):
        return None
    return Logged(id_, input_, output)


def _data(text: object) -> Any:
    """The data of a text that holds JSON; else the text itself."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _case(case: Case, outputs: Sequence[object], slowest: float | None, redactor: OutputRedactor) -> dict[str, Any]:
    limits = {name: getattr(case, name) for name in ("within", "tokens", "cost") if getattr(case, name) is not None}
    more: dict[str, Any] = {"repeat": case.repeat, "pass_rate": case.pass_rate} if case.repeat > 1 else {}
    more |= {"tags": list(case.tags)} if case.tags else {}
    more |= {"skip": case.skip} if case.skip else {}
    expect: dict[str, Any] = {"expect": dict(case.expect)} if case.expect else {}
    if outputs and not expect:
        expect = _expected(outputs, redactor)
        limits = limits or ({"within": max(1, ceil(slowest * 2))} if slowest is not None else {})
    return {"name": case.name, "input": case.input, **expect, **limits, **more}


def _expected(outputs: Sequence[object], redactor: OutputRedactor) -> dict[str, Any]:
    """The expectation: the output itself where it is always the same; else, and where it is long or holds a secret, its shape."""
    first = outputs[0]
    if all(same(first, output) for output in outputs) and _is_recordable(first, redactor):
        return {"expect": {"equals": first}}
    shape = _shape(outputs)
    return {"expect": {"schema": shape if _is_writable(shape) else _types(outputs)}}


def _is_recordable(value: object, redactor: OutputRedactor) -> bool:
    """Whether a suite can hold it, and a person read it there: it is not long, and holds no secret."""
    text = as_text(value)
    return len(text) <= MAX_RECORDED_CHARS and redactor.whole(text) == text and _is_writable(value)


def _is_writable(value: object) -> bool:
    try:
        return bool(write.dump({"cases": [{"expect": {"equals": value}}]}))
    except ValueError:  # half a character, or too deep
        return False


def _shape(values: Sequence[object]) -> dict[str, Any]:
    """A schema that all of these fit."""
    mappings = [value for value in values if isinstance(value, Mapping)]
    if len(mappings) == len(values):
        names = list(dict.fromkeys(name for value in mappings for name in value))
        required = [name for name in names if all(name in value for value in mappings)]
        properties = {name: _shape([value[name] for value in mappings if name in value]) for name in names}
        return {"type": "object", **({"required": required} if required else {}), "properties": properties}
    if all(isinstance(value, str) and value for value in values):
        return {"type": "string", "minLength": 1}
    return _types(values)


def _types(values: Sequence[object]) -> dict[str, Any]:
    types = sorted(set(map(_type, values)))
    return {"type": types if len(types) > 1 else types[0]}


def _type(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    return "string" if isinstance(value, str) else "object" if isinstance(value, Mapping) else "array" if isinstance(value, list) else "number"


def _top(suite: Suite) -> dict[str, Any]:
    defaults = Suite("", ())
    names = ("fail_on", "compare", "through", "secret", "per_minute", "timeout")
    return {name: getattr(suite, name) for name in names if getattr(suite, name) != getattr(defaults, name)}


def _file(what: str, top: Mapping[str, Any], cases: Sequence[Mapping[str, Any]]) -> str:
    return HEAD.format(what=what) + write.dump({**top, "cases": [dict(case) for case in cases]})
