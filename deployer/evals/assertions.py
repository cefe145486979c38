"""Assertions: the misses of an answer, by the expectations of its case."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from deployer.evals.suite import Case
from deployer.formats import eval_suite
from deployer.model.evals import Answer, Miss

_BACKTRACK_LIMIT = "Error executing regex"  # how the engine reports that it gave up


def find_misses(case: Case, answer: Answer) -> tuple[Miss, ...]:
    """Every expectation that was not met; none when the answer passes."""
    if answer.problem:
        return (Miss("answer", "an answer", answer.problem),)
    return tuple(_misses(case, answer))


def as_text(output: Any) -> str:
    """An output as the text that `contains`, `not_contains` and `matches` look at: itself, or its JSON."""
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)


def _misses(case: Case, answer: Answer) -> Iterator[Miss]:
    if "status" not in case.expect and not answer.succeeded:
        yield Miss("status", "success", answer.status or "no status")
    for name, judge in _EXPECTATIONS.items():
        if name in case.expect:
            yield from judge(case.expect[name], answer)
    for name, limit, actual, unit in (
        ("within", case.within, answer.seconds, " s"),
        ("tokens", case.tokens, answer.tokens, ""),
        ("cost", case.cost, answer.cost, ""),
    ):
        if limit is not None and (actual is None or actual > limit):
            yield Miss(name, f"at most {limit:g}{unit}", "the platform does not report it" if actual is None else f"{actual:.6g}{unit}")


def _status(expected: str, answer: Answer) -> Iterator[Miss]:
    if answer.status != expected:
        yield Miss("status", expected, answer.status or "no status")


def _equals(expected: Any, answer: Answer) -> Iterator[Miss]:
    if not same(expected, answer.output):
        yield Miss("equals", as_text(expected), as_text(answer.output))


def same(one: Any, other: Any) -> bool:
    """Whether both are equal as JSON: 1 and 1.0 are one number, true is none."""
    try:
        return _same(one, other)
    except RecursionError:  # nested too deep
        return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _contains(expected: str | Sequence[str], answer: Answer) -> Iterator[Miss]:
    text = as_text(answer.output)
    yield from (Miss("contains", part, text) for part in _texts(expected) if part not in text)


def _not_contains(expected: str | Sequence[str], answer: Answer) -> Iterator[Miss]:
    text = as_text(answer.output)
    yield from (Miss("not_contains", f"without {part}", text) for part in _texts(expected) if part in text)


def _matches(expected: str | Sequence[str], answer: Answer) -> Iterator[Miss]:
    text = as_text(answer.output)
    for pattern in _texts(expected):
        try:
            error = next(eval_suite.compile_pattern(pattern).iter_errors(text.encode("utf-8", "replace").decode()), None)
        except ValueError:  # a row of a table may have filled it in
            yield Miss("matches", pattern, "it is no regular expression")
        else:
            gave_up = error and error.message.startswith(_BACKTRACK_LIMIT)
            if error:
                yield Miss("matches", pattern, "given up: the pattern backtracks too much" if gave_up else text)


def _schema(expected: Any, answer: Answer) -> Iterator[Miss]:
    try:
        validator = eval_suite.compile_schema(expected)
    except ValueError as error:  # a row of a table may have filled it in
        yield Miss("schema", "a JSON Schema", str(error).split("\n", 1)[0])
        return
    try:
        errors = sorted(validator.iter_errors(answer.output), key=lambda error: str(error.instance_path))
    except ValueError as error:  # half a character, or too deep
        yield Miss("schema", "an output that a JSON Schema can be checked against", f"{as_text(answer.output)} ({error})")
        return
    for problem in errors:
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.instance_path).lstrip(".")
        yield Miss("schema", f"{where or 'output'}: {problem.message}", as_text(problem.instance))


def _jmespath(expected: str | Sequence[str], answer: Answer) -> Iterator[Miss]:
    import jmespath

    data = {"output": answer.output, "status": answer.status}
    for expression in _texts(expected):
        try:
            result = jmespath.search(expression, data)
        except (jmespath.exceptions.JMESPathError, ValueError, RecursionError) as error:
            yield Miss("jmespath", expression, f"{as_text(answer.output)} ({' '.join(str(error).split())})")
        else:
            if result is not True:
                yield Miss("jmespath", expression, f"{as_text(result)}, of {as_text(answer.output)}")


def _texts(expected: str | Sequence[str]) -> Sequence[str]:
    return [expected] if isinstance(expected, str) else expected


_EXPECTATIONS: dict[str, Callable[[Any, Answer], Iterator[Miss]]] = {
    "status": _status,
    "equals": _equals,
    "contains": _contains,
    "not_contains": _not_contains,
    "matches": _matches,
    "schema": _schema,
    "jmespath": _jmespath,
}
