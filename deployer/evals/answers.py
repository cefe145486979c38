"""The answer of a run, read from whatever a platform returned: what is too large, too deep or no number is a problem, and never an exception."""

import json
from math import isfinite
from typing import Any

from deployer.model.evals import Answer
from deployer.model.strict_json import MAX_DEPTH
from deployer.platforms.base import Run

MAX_ANSWER_CHARS = 1_000_000  # of an output as JSON
MAX_NAME_CHARS = 200  # of a status, a version or an id
MAX_FIGURE = 1e15  # of seconds, tokens and cost


def read_answer(run: Run, seconds: float) -> Answer:
    """The answer of a run that has ended. `seconds`: as measured, for a platform that does not report them. A `problem` where nothing can be
    checked against the answer, or shown of it."""
    names = {"status": run.status, "version": run.version, "id": run.id}
    figures = {"seconds": run.seconds, "tokens": run.tokens, "cost": run.cost}
    flaws = [f"its {name} has more than {MAX_NAME_CHARS} characters" for name, text in names.items() if len(text) > MAX_NAME_CHARS]
    flaws += [f"it reports {name} of {value:.3g}" for name, value in figures.items() if value is not None and not value <= MAX_FIGURE]
    flaw = next(iter(flaws), "") or find_flaw(run.output)
    if flaw:
        return Answer(problem=f"an answer that cannot be checked: {flaw}", run=run.id if len(run.id) <= MAX_NAME_CHARS else "")
    reported = figure(run.seconds)
    return Answer(
        run.output, run.status, run.succeeded, round(seconds if reported is None else reported, 3), figure(run.tokens), figure(run.cost),
        run.version, run.id,
    )  # fmt: skip


def figure(value: float | None) -> float | None:
    """Seconds, tokens or cost as reported; None for what none of them can be: NaN, infinite, negative."""
    return value if value is not None and 0 <= value <= MAX_FIGURE else None


def find_flaw(value: Any) -> str:
    """Why a value of a reply cannot be checked or shown, "" where it can: it is too large, nested too deep, or holds what is no number in JSON."""
    room = MAX_ANSWER_CHARS
    level, depth = [value], 0
    while level:
        if depth > MAX_DEPTH:
            return f"it is nested more than {MAX_DEPTH} levels deep"
        below: list[Any] = []
        for item in level:
            room -= _own_chars(item)
            if room < 0:
                return f"it has more than {MAX_ANSWER_CHARS:,} characters"
            if isinstance(item, int | float) and not _is_finite(item):
                return "it holds a number that is none in JSON, or too large for one"
            if isinstance(item, dict | list):
                below += item.values() if isinstance(item, dict) else item
        level, depth = below, depth + 1
    return ""


def as_text(output: Any) -> str:
    """An output as the text that `contains`, `not_contains` and `matches` look at: itself, or its JSON."""
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)


def _own_chars(item: Any) -> int:
    """About the characters of a value's JSON, without what is inside it."""
    if isinstance(item, str):
        return len(item) + 2
    return 2 + sum(len(key) + 4 for key in item) if isinstance(item, dict) else 2


def _is_finite(number: float) -> bool:
    try:
        return isfinite(number)
    except OverflowError:  # an integer of hundreds of digits
        return False
