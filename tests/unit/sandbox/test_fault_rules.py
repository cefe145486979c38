"""Fault rules: which requests they choose, what they default to, and the messages for rules that cannot be used."""

from typing import Any

import pytest

from deployer.sandbox.config_files import SandboxConfigError
from deployer.sandbox.fault_rules import RequestFacts, read_fault_rules
from deployer.sandbox.store import SandboxStore

IMPORT = RequestFacts("POST", "/v1/workflow/version/import", "triage")
RELEASE = RequestFacts("POST", "/v1/workflow/version/release", "triage")
LIST = RequestFacts("GET", "/v1/workflow/version/list", "other")


def hits(match: dict[str, Any], requests: list[RequestFacts], store: SandboxStore) -> list[int]:
    """The numbers (from 1) of the requests that a rule with this match chose."""
    rules = read_fault_rules([{"match": match, "do": {"status": 500}}])
    return [number for number, request in enumerate(requests, start=1) if rules.choose(request, store)]


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
def test_matching(store: SandboxStore, match: dict[str, Any], chosen: list[int]) -> None:
    assert hits(match, [IMPORT, RELEASE, LIST], store) == chosen


def test_probability_is_the_same_in_every_run_and_follows_its_seed(store: SandboxStore) -> None:
    many = [IMPORT] * 300
    first = hits({"probability": 0.3, "seed": 1}, many, store)
    store.clear_rule_counts()
    assert first == hits({"probability": 0.3, "seed": 1}, many, store)
    assert first != hits({"probability": 0.3, "seed": 2}, many, store)
    assert 50 < len(first) < 130


def test_counts_go_on_with_the_same_store(store: SandboxStore) -> None:
    assert hits({"nth": 2}, [IMPORT], store) == []
    assert hits({"nth": 2}, [IMPORT], store) == [1]
    assert hits({"nth": 2}, [IMPORT], store) == []


def test_the_first_rule_that_fires_wins_and_every_rule_counts(store: SandboxStore) -> None:
    rules = read_fault_rules([{"match": {"nth": 1}, "do": {"status": 500}}, {"match": {"nth": [1, 2]}, "do": {"status": 503}}])
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
    assert read_fault_rules([{"do": action}]).rules[0].action.effect is effect


@pytest.mark.parametrize(
    ("action", "reset"),
    [({"late": 1}, True), ({"late": 1, "status": 504}, False), ({"late": 1, "hang": True}, False), ({"late": 1, "error": 50000}, False), ({}, False)],
)
def test_late_effect_comes_with_a_reset_unless_a_reply_is_chosen(action: dict[str, Any], reset: bool) -> None:
    chosen = read_fault_rules([{"do": action}]).rules[0].action
    assert (chosen.reset, chosen.effect) == (reset, not action)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"do": {}}, "faults: expected a list of rules"),
        (["x"], "faults: rule 1: expected a mapping with match, do"),
        ([{"match": {}}], "faults: rule 1.do: missing"),
        ([{"do": {"status": 500}}, {"when": {}, "do": {}}], 'faults: rule 2: unknown key "when"'),
        ([{"match": {"paths": "x"}, "do": {"status": 500}}], 'rule 1.match: unknown key "paths". Did you mean "path"?'),
        ([{"match": {"nth": 0}, "do": {"status": 500}}], "nth: expected a count from 1"),
        ([{"match": {"times": 0}, "do": {"status": 500}}], "times: expected a whole number, 1 or more"),
        ([{"match": {"probability": 2}, "do": {"status": 500}}], "probability: expected a number from 0 to 1"),
        ([{"match": {"method": 5}, "do": {"status": 500}}], "method: expected text or a list of texts"),
        ([{"match": {"path_regex": "("}, "do": {"status": 500}}], "path_regex: not a regular expression"),
        ([{"do": {"statsu": 500}}], 'rule 1.do: unknown key "statsu". Did you mean "status"?'),
        ([{"do": {"status": 99}}], "status: expected a whole number, 200 or more"),
        ([{"do": {"status": 600}}], "status: expected an HTTP status, 200 to 599"),
        ([{"do": {"error": 12345}}], "error: expected one of 40000"),
        ([{"do": {"reset": "during"}}], "reset: expected one of before, after"),
        ([{"do": {"reset": "before", "hang": True}}], "reset and hang cannot happen to one reply"),
        ([{"do": {"late": 1, "effect": True}}], "`late` already sets when the effect comes"),
        ([{"do": {"429": {"retry-after": 1}}}], 'unknown key "retry-after". Did you mean "retry_after"?'),
        ([{"do": {"barrier": "between"}}], "barrier: expected one of before, after"),
        ([{"do": {"barrier": {"together": 0}}}], "together: expected a whole number, 1 or more"),
        ([{"do": {"signal": {"name": "KILL"}}}], "give pid_header or pid_file"),
        ([{"do": {"signal": {"name": "STOP", "pid_file": "x"}}}], "signal.name: expected one of KILL, TERM, INT"),
    ],
)
def test_mistake_is_reported_with_rule_and_fix(rules: Any, message: str) -> None:
    with pytest.raises(SandboxConfigError) as error:
        read_fault_rules(rules)
    assert message in str(error.value)


def test_a_sandbox_inside_another_process_may_not_end_it() -> None:
    with pytest.raises(SandboxConfigError, match="runs inside another process"):
        read_fault_rules([{"do": {"exit": "after"}}], may_exit=False)
