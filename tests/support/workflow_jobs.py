"""Which jobs of a GitHub workflow an event starts, and with what their own step is given: its expressions, as far as those that `init` writes go.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions: `&&` and `||` return an operand, a missing value is empty.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
_NAME = re.compile(r"\b(?:github|inputs|secrets|matrix)(?:\.[\w-]+)+")
_TEXT = re.compile(r"'[^']*'")


class StartedJob(NamedTuple):
    """`given`: the inputs of the step that uses the action. `environment` and `queue` are "" where it has none."""

    name: str
    environment: str
    queue: str
    given: dict[str, str]


def started_jobs(text: str, event: str, ref: str, inputs: Mapping[str, str] | None = None, failed: tuple[str, ...] = ()) -> Iterator[StartedJob]:
    """The jobs in their order. `failed`: those that fail. `secrets.NAME` gives `NAME of ENVIRONMENT`. Not for jobs with a matrix."""
    workflow = yaml.load(text, yaml.BaseLoader)
    github = {"event_name": event, "ref": ref, "ref_type": "tag" if ref.startswith("refs/tags/") else "branch", "run_id": "1"}
    results: dict[str, str] = {}
    for name, job in workflow["jobs"].items():
        needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
        context = {"github": github, "inputs": dict(inputs or {}), "failure": any(results[other] == "failed" for other in needs)}
        condition = job.get("if", "")
        implied = not re.search(r"cancelled\(|failure\(|always\(", condition)
        if (implied and any(results[other] != "ok" for other in needs)) or not _value(condition or "true", context):
            results[name] = "skipped"
            continue
        results[name] = "failed" if name in failed else "ok"
        environment = job.get("environment", "")
        context["secrets"] = environment
        step = next(step for step in job["steps"] if not step["uses"].startswith("actions/"))
        given = {field: _filled(value, context) for field, value in step["with"].items()}
        yield StartedJob(name, environment, _filled(job.get("concurrency", {}).get("group", ""), context), given)


def _filled(text: str, context: Mapping[str, Any]) -> str:
    return _EXPRESSION.sub(lambda match: str(_value(match[1], context) or ""), text)


def _value(expression: str, context: Mapping[str, Any]) -> Any:
    expression = expression.strip().removeprefix("${{").removesuffix("}}").strip()
    texts: list[str] = []

    def hidden(match: re.Match[str]) -> str:
        texts.append(match[0])
        return f" __text{len(texts) - 1}__ "

    code = _NAME.sub(lambda match: f" look({match[0]!r}) ", _TEXT.sub(hidden, expression))
    code = re.sub(r"!(?!=)", " not ", code.replace("&&", " and ").replace("||", " or ").replace("true", " True "))
    code = re.sub(r"__text(\d+)__", lambda match: texts[int(match[1])], code)
    functions = {"cancelled": lambda: False, "failure": lambda: context.get("failure", False), "fromJSON": json.loads}
    return eval(code.strip(), {"__builtins__": {}}, {"look": lambda name: _look(name, context), **functions})


def _look(name: str, context: Mapping[str, Any]) -> Any:
    top, *fields = name.split(".")
    if top == "secrets":
        return f"{fields[0]} of {context['secrets']}"
    value: Any = context.get(top, {})
    for field in fields:
        value = value.get(field, "") if isinstance(value, Mapping) else ""
    return value
