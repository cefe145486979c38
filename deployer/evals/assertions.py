"""Judging an answer: a case and what came back in, what was missed out. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from deployer.evals.suite import Case
from deployer.formats import eval_suite
from deployer.model.evals import Answer, Miss

_GAVE_UP = "Error executing regex"  # the engine's words for more tries than it makes


def verdict(case: Case, answer: Answer) -> tuple[Miss, ...]:
    """Everything that was missed, in the order of the suite's own words; nothing when the answer will do."""
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
    for name, most, got, unit in (
        ("within", case.within, answer.seconds, " s"),
        ("tokens", case.tokens, answer.tokens, ""),
        ("cost", case.cost, answer.cost, ""),
    ):
        if most is not None and (got is None or got > most):
            yield Miss(name, f"at most {most:g}{unit}", "the platform does not tell" if got is None else f"{got:.6g}{unit}")


def _status(wanted: str, answer: Answer) -> Iterator[Miss]:
    if answer.status != wanted:
        yield Miss("status", wanted, answer.status or "no status")


def _equals(wanted: Any, answer: Answer) -> Iterator[Miss]:
    if not same(wanted, answer.output):
        yield Miss("equals", as_text(wanted), as_text(answer.output))


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 and 1.0 are one number, true is none."""
    try:
        return _same(one, other)
    except RecursionError:  # nested as deep as nobody means it
        return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _contains(wanted: str | Sequence[str], answer: Answer) -> Iterator[Miss]:
    text = as_text(answer.output)
    yield from (Miss("contains", each, text) for each in _texts(wanted) if each not in text)


def _not_contains(wanted: str | Sequence[str], answer: Answer) -> Iterator[Miss]:
    text = as_text(answer.output)
    yield from (Miss("not_contains", f"without {each}", text) for each in _texts(wanted) if each in text)


def _matches(wanted: str | Sequence[str], answer: Answer) -> Iterator[Miss]:
    text = as_text(answer.output)
    for pattern in _texts(wanted):
        try:
            error = next(eval_suite.compile_pattern(pattern).iter_errors(text.encode("utf-8", "replace").decode()), None)
        except ValueError:  # a row of a table may have made it
            yield Miss("matches", pattern, "it is no regular expression")
        else:
            gave_up = error and error.message.startswith(_GAVE_UP)
            if error:
                yield Miss("matches", pattern, "given up: there are too many ways to read it" if gave_up else text)


def _schema(wanted: Any, answer: Answer) -> Iterator[Miss]:
    try:
        validator = eval_suite.compile_schema(wanted)
    except ValueError as error:  # a row of a table may have made it
        yield Miss("schema", "a JSON Schema", str(error).split("\n", 1)[0])
        return
    try:
        errors = sorted(validator.iter_errors(answer.output), key=lambda each: str(each.instance_path))
    except ValueError as error:  # half a character, or too deep
        yield Miss("schema", "an output that a JSON Schema can be held against", f"{as_text(answer.output)} ({error})")
        return
    for each in errors:
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in each.instance_path).lstrip(".")
        yield Miss("schema", f"{where or 'output'}: {each.message}", as_text(each.instance))


def _jmespath(wanted: str | Sequence[str], answer: Answer) -> Iterator[Miss]:
    import jmespath

    seen = {"output": answer.output, "status": answer.status}
    for expression in _texts(wanted):
        try:
            result = jmespath.search(expression, seen)
        except (jmespath.exceptions.JMESPathError, ValueError, RecursionError) as error:
            yield Miss("jmespath", expression, f"{as_text(answer.output)} ({' '.join(str(error).split())})")
        else:
            if result is not True:
                yield Miss("jmespath", expression, f"{as_text(result)}, of {as_text(answer.output)}")


def _texts(wanted: str | Sequence[str]) -> Sequence[str]:
    return [wanted] if isinstance(wanted, str) else wanted


_EXPECTATIONS: dict[str, Callable[[Any, Answer], Iterator[Miss]]] = {
    "status": _status,
    "equals": _equals,
    "contains": _contains,
    "not_contains": _not_contains,
    "matches": _matches,
    "schema": _schema,
    "jmespath": _jmespath,
}
