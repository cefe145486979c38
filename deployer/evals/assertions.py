"""Assertions: the misses of an answer, by the expectations of its case."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from deployer.evals.answers import as_text
from deployer.evals.judge import JUDGE_S, find_slow_misses
from deployer.evals.slow_assertions import texts
from deployer.evals.suite import Case
from deployer.model.evals import Answer, Miss


def find_misses(case: Case, answer: Answer, seconds: float = JUDGE_S) -> tuple[Miss, ...]:
    """Every expectation that was not met; none when the answer passes. `seconds`: how long that may take at most."""
    if answer.problem:
        return (Miss("answer", "an answer", answer.problem),)
    return tuple(_misses(case, answer, seconds))


def _misses(case: Case, answer: Answer, seconds: float) -> Iterator[Miss]:
    if "status" not in case.expect and not answer.succeeded:
        yield Miss("status", "success", answer.status or "no status")
    for name, judge in _EXPECTATIONS.items():
        if name in case.expect:
            yield from judge(case.expect[name], answer)
    yield from find_slow_misses(case.expect, answer, seconds)
    for name, limit, actual, unit in (
        ("within", case.within, answer.seconds, " s"),
        ("tokens", case.tokens, answer.tokens, ""),
        ("cost", case.cost, answer.cost, ""),
    ):
        if limit is not None and not (actual is not None and actual <= limit):
            yield Miss(name, f"at most {limit:g}{unit}", "the platform does not report it" if actual is None else f"{actual:.6g}{unit}")


def _status(expected: str, answer: Answer) -> Iterator[Miss]:
    if answer.status != expected:
        yield Miss("status", expected, answer.status or "no status")


def _equals(expected: Any, answer: Answer) -> Iterator[Miss]:
    if not same(expected, answer.output):
        yield Miss("equals", as_text(expected), as_text(answer.output))


def same(one: Any, other: Any) -> bool:
    """Whether both are equal as JSON: 1 and 1.0 are one number, true is none."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _contains(expected: str | Sequence[str], answer: Answer) -> Iterator[Miss]:
    text = as_text(answer.output)
    yield from (Miss("contains", part, text) for part in texts(expected) if part not in text)


def _not_contains(expected: str | Sequence[str], answer: Answer) -> Iterator[Miss]:
    text = as_text(answer.output)
    yield from (Miss("not_contains", f"without {part}", text) for part in texts(expected) if part in text)


_EXPECTATIONS: dict[str, Callable[[Any, Answer], Iterator[Miss]]] = {
    "status": _status,
    "equals": _equals,
    "contains": _contains,
    "not_contains": _not_contains,
}
