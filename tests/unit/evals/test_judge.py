"""Assertions without end: the case fails in its time, whatever the engine does, and nothing is left of its process."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from deployer.evals import judge
from deployer.evals.assertions import find_misses
from deployer.evals.judge import find_slow_misses
from deployer.evals.suite import Case
from deployer.model.evals import Answer, Miss

SECRET_VARIABLES = ("FLOWSHIP_KEYS", "FLOWSHIP_KEY_TRIAGE", "INPUT_API-KEY", "INPUT_GITHUB-TOKEN", "GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN")
ENDLESS_PATTERN = "(?=.*b)x"  # looks to the end of the text from each of its characters


def exponential(levels: int, keyword: str = "allOf") -> dict[str, Any]:
    """A schema that is small, and is checked 2 to the power of `levels` times."""
    defined = {f"d{level}": {keyword: [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(levels)}
    return {"$ref": "#/$defs/d0", "$defs": {**defined, f"d{levels}": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("expect", "output"),
    [
        ({"matches": ENDLESS_PATTERN}, "a" * 900_000),
        ({"schema": exponential(60)}, 5),
        ({"schema": exponential(60)}, "no integer"),
        ({"schema": exponential(60, "anyOf")}, "no integer"),
        ({"jmespath": "to_string(" + "|".join(["[@,@,@,@]"] * 16) + ") == '1'"}, "x" * 1000),
    ],
    ids=["regular expression", "schema that fits", "schema that does not fit", "schema of alternatives", "JMESPath"],
)
def test_assertion_without_end_fails_in_its_time(expect: dict[str, Any], output: Any) -> None:
    (miss,) = find_misses(Case("a", {}, expect), Answer(output), 1.5)
    assert (miss.matcher, miss.expected) == (next(iter(expect)), "a verdict")
    assert miss.actual in ("none within 1.5 s", judge._KILLED)


def test_what_was_judged_before_it_counts_and_what_comes_after_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    written = json.dumps(["matches", [["a number", "fine"]]])
    monkeypatch.setattr(
        judge, "_PROGRAM", f"import time; print({written!r}, flush=True); print('[\"schema\", [', end='', flush=True); time.sleep(99)"
    )
    misses = find_slow_misses({"jmespath": "`true`", "schema": {}, "matches": "a number"}, Answer("fine"), 3)
    assert misses[0] == Miss("matches", "a number", "fine")
    assert [(miss.matcher, miss.actual) for miss in misses[1:]] == [("schema", "none within 3 s"), ("jmespath", "none within 3 s")]


def test_memory_without_end_fails_the_case() -> None:
    tenfold = "join('', [" + ",".join("@" * 10) + "])"
    (miss,) = find_slow_misses({"jmespath": "output|" + "|".join([tenfold] * 9)}, Answer("x" * 900_000), 60)
    assert miss == Miss("jmespath", "a verdict", "none: the process that checks it was ended, as a rule for want of memory")


def test_bug_in_the_process_fails_the_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "_PROGRAM", "raise ZeroDivisionError")
    assert [miss.actual for miss in find_slow_misses({"matches": "f"}, Answer("f"), 60)] == ["none: a bug in Flowship, please report it"]


def test_many_errors_of_a_schema_are_some_of_them() -> None:
    misses = find_slow_misses({"schema": {"items": {"type": "integer"}}}, Answer(["x"] * 5000), 60)
    assert len(misses) == 20
    assert misses[0] == Miss("schema", '[0]: "x" is not of type "integer"', "x")


def test_long_texts_come_back_in_part() -> None:
    (miss,) = find_slow_misses({"matches": "b"}, Answer("a" * 900_000), 60)
    assert set(miss.actual) == {"a"}
    assert len(miss.actual) == judge.MAX_TEXT_CHARS


def test_process_has_no_key_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, Any]] = []
    run = subprocess.run

    def noted(*arguments: Any, **options: Any) -> Any:
        started.append(options)
        return run(*arguments, **options)

    monkeypatch.setattr(subprocess, "run", noted)
    for variable in SECRET_VARIABLES:
        monkeypatch.setenv(variable, "a-secret-of-the-job")
    assert find_slow_misses({"matches": "fine"}, Answer("fine"), 60) == ()
    (options,) = started
    assert "a-secret-of-the-job" not in str(options["env"])
    assert options["env"]["PATH"] == os.environ["PATH"]


def test_no_process_is_started_for_other_expectations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert find_misses(Case("a", {}, {"equals": "fine", "contains": "f"}), Answer("fine")) == ()


def test_process_that_does_not_start_fails_the_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    (miss,) = find_misses(Case("a", {}, {"matches": "f"}), Answer("fine"))
    assert miss == Miss("matches", "a verdict", "none: the process that checks it could not be started (No such file or directory)")


def test_no_time_left_fails_the_case() -> None:
    (miss,) = find_misses(Case("a", {}, {"matches": "f"}), Answer("fine"), 0)
    assert miss.actual == "none within 0 s"
