"""Suites written from what came back, for a person to read: expectations of cases that have none, or cases of a platform's run logs. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

from deployer.evals.assertions import same
from deployer.evals.redaction import OutputRedactor
from deployer.evals.runner import SuiteResult
from deployer.evals.suite import Case, Suite
from deployer.formats.yaml import write
from deployer.model.fingerprint import canonical

HEAD = """\
# {what}
# Read every line before you use it: what came back is not always what should come back. Then name this file in the
# manifest (`evals:`), or take its cases over into the suite that is there.
"""
LONGEST_NAME = 60
_NO_ANSWER = frozenset(("answer", "version", "status"))  # misses of a run that nothing can be learned from


class Logged(NamedTuple):
    """A run of GPTBots' logs: its id there, and its input and output as data."""

    id: str
    input: Any
    output: Any


def recorded(suite: Suite, judged: SuiteResult, shown: OutputRedactor) -> str:
    """The suite with expectations of what came back, where a case had none."""
    runs = {case.name: case for case in judged.suite.cases}
    cases = []
    for case in suite.cases:
        answered = [_NO_ANSWER.isdisjoint(miss.matcher for miss in run.misses) for run in runs[case.name].runs]
        outputs = [output for output, usable in zip(judged.outputs.get(case.name, ()), answered) if usable]
        seconds = [run.seconds for run in runs[case.name].runs if run.seconds is not None]
        cases.append(_case(case, outputs, max(seconds, default=None), shown))
    version = f"version {judged.suite.version}" if judged.suite.version else "the definition"
    return _file(f"Recorded from the answers of {version} of {judged.suite.workflow}.", _top(suite), cases)


def from_logs(workflow: str, rows: Iterable[Logged], shown: OutputRedactor) -> tuple[str, int]:
    """A suite of the runs in a log, each input once, and how many cases it has."""
    seen: set[bytes] = set()
    cases = []
    for row in rows:
        key = canonical(row.input)
        if key not in seen and not _hides(row.input, shown):
            seen.add(key)
            cases.append({"name": f"log {row.id}", "input": row.input, **_expected((row.output,), shown)})
    return _file(f"Cases from the run logs of {workflow}, newest first.", {}, cases), len(cases)


def logged(row: Mapping[str, Any]) -> Logged | None:
    """A row of the logs; None for a run that did not succeed, or has no answer to go by."""
    if str(row.get("status") or "SUCCEED") != "SUCCEED":
        return None
    try:
        input_, output = (_data(row.get(name)) for name in ("input", "output"))
    except ValueError:
        return None
    id_ = str(row.get("log_id") or row.get("workflow_run_id") or "")[:LONGEST_NAME]
    return Logged(id_, input_, output) if id_ and input_ is not None and output is not None else None


def _data(text: object) -> Any:
    """Inputs and outputs are JSON in a text; one that is none is the text itself."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _case(case: Case, outputs: Sequence[object], slowest: float | None, shown: OutputRedactor) -> dict[str, Any]:
    limits = {name: getattr(case, name) for name in ("within", "tokens", "cost") if getattr(case, name) is not None}
    more: dict[str, Any] = {"repeat": case.repeat, "pass_rate": case.pass_rate} if case.repeat > 1 else {}
    more |= {"tags": list(case.tags)} if case.tags else {}
    more |= {"skip": case.skip} if case.skip else {}
    expect: dict[str, Any] = {"expect": dict(case.expect)} if case.expect else {}
    if outputs and not expect:
        expect = _expected(outputs, shown)
        limits = limits or ({"within": max(1, ceil(slowest * 2))} if slowest is not None else {})
    return {"name": case.name, "input": case.input, **expect, **limits, **more}


def _expected(outputs: Sequence[object], shown: OutputRedactor) -> dict[str, Any]:
    """Exactly the output, where it is always the same; else, and where it holds a secret, its shape."""
    first = outputs[0]
    if all(same(first, each) for each in outputs) and not _hides(first, shown):
        return {"expect": {"equals": first}}
    return {"expect": {"schema": _shape(outputs)}}


def _hides(value: object, shown: OutputRedactor) -> bool:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shown.whole(text) != text


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
    types = sorted(set(map(_type, values)))
    return {"type": types if len(types) > 1 else types[0]}


def _type(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    return "string" if isinstance(value, str) else "object" if isinstance(value, Mapping) else "array" if isinstance(value, list) else "number"


def _top(suite: Suite) -> dict[str, Any]:
    usual = Suite("", ())
    names = ("fail_on", "compare", "through", "secret", "per_minute", "timeout")
    return {name: getattr(suite, name) for name in names if getattr(suite, name) != getattr(usual, name)}


def _file(what: str, top: Mapping[str, Any], cases: Sequence[Mapping[str, Any]]) -> str:
    return HEAD.format(what=what) + write.dump({**top, "cases": [dict(case) for case in cases]})
