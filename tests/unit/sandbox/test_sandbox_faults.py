"""Fault rules: which requests they choose, and what is said about rules that cannot be used."""

from typing import Any

import pytest

from deployer.sandbox import faults
from deployer.sandbox.config import ConfigError
from deployer.sandbox.faults import Request
from deployer.sandbox.store import Store

IMPORT = Request("POST", "/v1/workflow/version/import", "triage")
RELEASE = Request("POST", "/v1/workflow/version/release", "triage")
LIST = Request("GET", "/v1/workflow/version/list", "other")


def hits(match: dict[str, Any], requests: list[Request], store: Store) -> list[int]:
    """The places (from 1) of the requests that a rule with this match chose."""
    rules = faults.read([{"match": match, "do": {"status": 500}}])
    return [place for place, request in enumerate(requests, start=1) if rules.choose(request, store)]


@pytest.mark.parametrize(
    ("match", "chosen"),
    [
        ({}, [1, 2, 3]),
        ({"method": "get"}, [3]),
        ({"method": ["GET", "POST"]}, [1, 2, 3]),
        ({"path": "/v1/workflow/version/*"}, [1, 2, 3]),
        ({"path": "*/import"}, [1]),
        ({"path": "/v1/workflow"}, []),
        ({"path_regex": "/v1/.*/(import|list)"}, [1, 3]),
        ({"path_regex": "/v1"}, []),
        ({"key": "tri*"}, [1, 2]),
        ({"key": "triage", "method": "POST", "path": "*release"}, [2]),
        ({"nth": 2}, [2]),
        ({"nth": [1, 3]}, [1, 3]),
        ({"method": "GET", "nth": 1}, [3]),
        ({"times": 2}, [1, 2]),
        ({"probability": 0}, []),
        ({"probability": 1}, [1, 2, 3]),
    ],
)
def test_matching(store: Store, match: dict[str, Any], chosen: list[int]) -> None:
    assert hits(match, [IMPORT, RELEASE, LIST], store) == chosen


def test_probability_is_the_same_in_every_run_and_follows_its_seed(store: Store) -> None:
    many = [IMPORT] * 300
    first = hits({"probability": 0.3, "seed": 1}, many, store)
    store.forget_rules()
    assert first == hits({"probability": 0.3, "seed": 1}, many, store)
    assert first != hits({"probability": 0.3, "seed": 2}, many, store)
    assert 50 < len(first) < 130


def test_counts_go_on_with_the_same_state(store: Store) -> None:
    assert hits({"nth": 2}, [IMPORT], store) == []
    assert hits({"nth": 2}, [IMPORT], store) == [1]
    assert hits({"nth": 2}, [IMPORT], store) == []


def test_the_first_rule_that_fires_wins_and_every_rule_counts(store: Store) -> None:
    rules = faults.read([{"match": {"nth": 1}, "do": {"status": 500}}, {"match": {"nth": [1, 2]}, "do": {"status": 503}}])
    chosen = [rules.choose(IMPORT, store) for _ in range(3)]
    assert [rule.number if rule else None for rule in chosen] == [1, 2, None]


@pytest.mark.parametrize(
    ("action", "effect"),
    [
        ({"status": 500}, False),
        ({"status": 504, "effect": True}, True),
        ({"error": 403202}, False),
        ({"429": {"retry_after": 1}}, False),
        ({"hang": True}, False),
        ({"reset": "before"}, False),
        ({"reset": "after"}, True),
        ({"exit": "before"}, False),
        ({"exit": "after"}, True),
        ({"delay": 1}, True),
        ({"truncate": True}, True),
        ({"not_json": True}, True),
        ({"body": {"code": 0}}, True),
        ({"headers": {"X-A": "b"}}, True),
        ({"signal": {"name": "KILL", "pid_file": "x"}}, True),
        ({"signal": {"name": "KILL", "pid_file": "x"}, "effect": False}, False),
    ],
)
def test_whether_a_request_takes_effect(action: dict[str, Any], effect: bool) -> None:
    assert faults.read([{"do": action}]).rules[0].action.effect is effect


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"do": {}}, "faults: must be a list of rules"),
        (["x"], "faults: rule 1: must be a mapping of match, do"),
        ([{"match": {}}], "faults: rule 1.do: is missing"),
        ([{"do": {"status": 500}}, {"when": {}, "do": {}}], 'faults: rule 2: unknown key "when"'),
        ([{"match": {"paths": "x"}, "do": {"status": 500}}], 'rule 1.match: unknown key "paths". Did you mean "path"?'),
        ([{"match": {"nth": 0}, "do": {"status": 500}}], "nth: must be a count from 1"),
        ([{"match": {"times": 0}, "do": {"status": 500}}], "times: must be a whole number, 1 or more"),
        ([{"match": {"probability": 2}, "do": {"status": 500}}], "probability: must be a number from 0 to 1"),
        ([{"match": {"method": 5}, "do": {"status": 500}}], "method: must be text or a list of texts"),
        ([{"match": {"path_regex": "("}, "do": {"status": 500}}], "path_regex: not a regular expression"),
        ([{"do": {"statsu": 500}}], 'rule 1.do: unknown key "statsu". Did you mean "status"?'),
        ([{"do": {"status": 99}}], "status: must be a whole number, 200 or more"),
        ([{"do": {"status": 600}}], "status: must be an HTTP status, 200 to 599"),
        ([{"do": {"error": 12345}}], "error: must be one of 40000"),
        ([{"do": {"reset": "during"}}], "reset: must be one of before, after"),
        ([{"do": {"reset": "before", "hang": True}}], "reset and hang cannot happen to one reply"),
        ([{"do": {"late": 1, "effect": True}}], "late says already when the effect comes"),
        ([{"do": {"429": {"retry-after": 1}}}], 'unknown key "retry-after". Did you mean "retry_after"?'),
        ([{"do": {"barrier": "between"}}], "barrier: must be one of before, after"),
        ([{"do": {"barrier": {"together": 0}}}], "together: must be a whole number, 1 or more"),
        ([{"do": {"signal": {"name": "KILL"}}}], "give pid_header or pid_file"),
        ([{"do": {"signal": {"name": "STOP", "pid_file": "x"}}}], "signal.name: must be one of KILL, TERM, INT"),
    ],
)
def test_mistakes_are_told_with_rule_and_cure(rules: Any, message: str) -> None:
    with pytest.raises(ConfigError) as told:
        faults.read(rules)
    assert message in str(told.value)


def test_a_sandbox_inside_another_process_may_not_end_it() -> None:
    with pytest.raises(ConfigError, match="runs inside another process"):
        faults.read([{"do": {"exit": "after"}}], may_exit=False)
