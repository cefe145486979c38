"""Assertions that may take any time and memory, whatever the engine: regular expressions, JSON Schemas, JMESPath. For `judge`'s process alone."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from deployer.evals.answers import as_text
from deployer.formats import eval_suite
from deployer.model.evals import Answer, Miss

MAX_SCHEMA_ERRORS = 20
_BACKTRACK_LIMIT = "Error executing regex"  # how the engine reports that it gave up


def matches(expected: Any, answer: Answer) -> Iterator[Miss]:
    text = as_text(answer.output)
    for pattern in texts(expected):
        try:
            error = next(eval_suite.compile_pattern(pattern).iter_errors(text.encode("utf-8", "replace").decode()), None)
        except ValueError:  # a row of a table may have filled it in
            yield Miss("matches", pattern, "it is no regular expression")
        else:
            gave_up = error and error.message.startswith(_BACKTRACK_LIMIT)
            if error:
                yield Miss("matches", pattern, "given up: the pattern backtracks too much" if gave_up else text)


def schema(expected: Any, answer: Answer) -> Iterator[Miss]:
    try:
        validator = eval_suite.compile_schema(expected)
    except ValueError as error:  # a row of a table may have filled it in
        yield Miss("schema", "a JSON Schema", str(error).split("\n", 1)[0])
        return
    try:
        errors = sorted(islice(validator.iter_errors(answer.output), MAX_SCHEMA_ERRORS), key=lambda error: str(error.instance_path))
    except ValueError as error:  # half a character, or too deep
        yield Miss("schema", "an output that a JSON Schema can be checked against", f"{as_text(answer.output)} ({error})")
        return
    for problem in errors:
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.instance_path).lstrip(".")
        yield Miss("schema", f"{where or 'output'}: {problem.message}", as_text(problem.instance))


def jmespath(expected: Any, answer: Answer) -> Iterator[Miss]:
    from jmespath import exceptions, search

    data = {"output": answer.output, "status": answer.status}
    for expression in texts(expected):
        try:
            result = search(expression, data)
        except (exceptions.JMESPathError, ValueError, RecursionError) as error:
            yield Miss("jmespath", expression, f"{as_text(answer.output)} ({' '.join(str(error).split())})")
        else:
            if result is not True:
                yield Miss("jmespath", expression, f"{as_text(result)}, of {as_text(answer.output)}")


def texts(expected: str | Sequence[str]) -> Sequence[str]:
    return [expected] if isinstance(expected, str) else expected


SLOW: dict[str, Callable[[Any, Answer], Iterator[Miss]]] = {"matches": matches, "schema": schema, "jmespath": jmespath}
