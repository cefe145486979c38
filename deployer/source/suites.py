"""A suite of checks, read: what is wrong with it, at its place. Running it is another room's work."""

import re
from collections.abc import Iterator
from typing import Any

from deployer.domain.finding import Finding, in_order
from deployer.source import files, paths, shape
from deployer.source.positions import Path
from deployer.source.problem import Problem, as_findings
from deployer.source.rules import RULES
from deployer.source.words import shown

_LIMITS = ("within", "tokens", "cost")
Row = tuple[str, Problem]
Case = tuple[Path, dict[str, Any]]


def load(root: str, path: str) -> tuple[files.Text | None, tuple[Finding, ...]]:
    """The suite at `path` (relative to `root`), and everything wrong with it. None when it cannot be read at all."""
    loaded = files.load(root, path)
    if isinstance(loaded, Finding):
        return None, (loaded,)
    located, content = loaded
    read, findings = files.read_yaml(located.path, content)
    if read is None:
        return None, findings
    rows = [(rule, RULES[rule][0], problem) for rule, problem in _problems(root, read)]
    return read, in_order(as_findings(located.path, read.text, "yaml", rows))


def _problems(root: str, read: files.Text) -> Iterator[Row]:
    yield from shape.problems("checks", read.data)
    listed = read.data.get("cases")
    cases: list[Case] = [(("cases", place), each) for place, each in enumerate(listed if isinstance(listed, list) else ()) if isinstance(each, dict)]
    defaults = _mapping(read.data.get("defaults"))
    yield from _names(cases)
    for path, case in cases:
        yield from _table(root, read.path, path, case)
        if not any({**defaults, **case}.get(key) for key in ("expect", *_LIMITS)):
            cure = "Add `expect`, or a limit: `within`, `tokens` or `cost`."
            yield "checks-expect-nothing", Problem(path, f"The case {shown(case.get('name'))} passes whatever comes back.", cure)
    for path, holder in [(("defaults",), defaults), *cases]:
        yield from _patterns((*path, "expect", "matches"), _mapping(holder.get("expect")).get("matches"))


def _names(cases: list[Case]) -> Iterator[Row]:
    seen: dict[str, Path] = {}
    for path, case in cases:
        name = case.get("name")
        if isinstance(name, str) and name in seen:
            message, cure = f"There is a case {shown(name)} already.", "Give each a name of its own."
            yield "checks-name-twice", Problem((*path, "name"), message, cure, related=(seen[name], "the first one is here"))
        elif isinstance(name, str):
            seen[name] = (*path, "name")


def _table(root: str, suite: str, path: Path, case: dict[str, Any]) -> Iterator[Row]:
    """A table's path is relative to the suite's folder."""
    name = case.get("data")
    if not isinstance(name, str) or not name:
        return
    found = paths.locate(root, f"{suite.rpartition('/')[0] or '.'}/{name}")
    if isinstance(found, Finding):
        yield found.rule, Problem((*path, "data"), found.message, found.cure)
    elif not name.lower().endswith((".csv", ".jsonl")):
        yield "checks-value", Problem((*path, "data"), f"The suffix of {shown(name)} tells no format.", "Name a .csv or .jsonl file.")


def _patterns(path: Path, written: object) -> Iterator[Row]:
    rows: list[tuple[Path, object]] = [(path, written)]
    if isinstance(written, list):
        rows = [((*path, place), each) for place, each in enumerate(written)]
    for there, pattern in rows:
        try:
            re.compile(pattern if isinstance(pattern, str) else "")
        except (re.error, RecursionError, OverflowError) as error:
            said = getattr(error, "msg", "") or "it is too large"
            yield "checks-value", Problem(there, f"{shown(pattern)} is no regular expression: {said}.", "Correct it, or use `contains`.")


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
