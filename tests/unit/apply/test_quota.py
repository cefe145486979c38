"""How many requests a plan needs, and what is done where a platform allows fewer."""

import time

import pytest
from fake_targets import FakeConnections, flow, yaml

from deployer.apply import quota
from deployer.http.clock import Clock
from deployer.http.quota import QuotaStatus
from deployer.model.change import Change, CreateLive, Hold, Publish, Remove, Replace, WriteDraft
from deployer.model.failure import Failure
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome


def draft(name: str, *, release: bool = False) -> Change:
    return WriteDraft(workflow=flow(name, key="SHARED"), observed=MISSING, release=release)


def allowed(number: int, seconds: int, renewed: int = 100) -> QuotaStatus:
    return QuotaStatus(number, time.time() + seconds, renewed)


@pytest.mark.parametrize(
    ("change", "needed"),
    [
        (draft("a"), {"gptbots": 1}),
        (draft("a", release=True), {"gptbots": 2}),
        (Publish(workflow=flow("a"), observed=MISSING, release=True), {"gptbots": 1}),
        (CreateLive(workflow=yaml("a"), observed=MISSING, release=True), {"meingpt": 2}),
        (Replace(workflow=yaml("a"), observed=MISSING, release=True), {"meingpt": 2}),
        (Remove(workflow=yaml("a"), observed=MISSING), {"meingpt": 1}),
        (Hold(workflow=yaml("a"), observed=MISSING), {}),
    ],
)
def test_requests_needed_to_write_and_read_back(change: Change, needed: dict[str, int]) -> None:
    assert quota.requests_needed([change]) == needed


def test_requests_are_summed_by_platform() -> None:
    changes = [draft("a", release=True), draft("b"), Remove(workflow=yaml("c"), observed=MISSING)]
    assert quota.requests_needed(changes) == {"gptbots": 3, "meingpt": 1}


@pytest.mark.parametrize(
    ("status", "seconds", "text"),
    [
        (None, 600, None),
        ((3, 60), 600, None),
        ((2, 60), 600, "it is done shortly after that"),
        ((0, 60, 1), 600, "renewed 3 times"),
        ((2, 60), 30, "The time limit comes first"),
    ],
)
def test_forecast_where_fewer_requests_are_allowed_than_needed(status: tuple[int, ...] | None, seconds: float, text: str | None) -> None:
    connections = FakeConnections()
    connections.outlooks = {name: allowed(*status) for name in "abc" if status}
    lines = quota.forecast([draft("a"), draft("b"), draft("c")], connections, Clock(seconds))
    assert [text in line for line in lines if text] == ([True] if text else [])
    assert bool(lines) == (text is not None)


def test_forecast_has_a_line_for_each_budget_and_none_for_what_has_no_key() -> None:
    connections = FakeConnections()
    connections.outlooks = dict.fromkeys(("a", "b", "c"), allowed(0, 60))
    connections.keyless = {"c"}
    changes = [WriteDraft(workflow=flow(name), observed=MISSING) for name in "abc"]
    assert len(quota.forecast(changes, connections, Clock(600))) == 2


@pytest.mark.parametrize(
    ("name", "status", "at_once", "begun"),
    [
        ("flow", (3, 60), 8, True),
        ("flow", (2, 60), 8, False),
        ("yaml", (16, 60), 8, True),
        ("yaml", (15, 60), 8, False),
        ("yaml", (15, 10), 8, True),
        ("yaml", None, 8, True),
    ],
)
def test_workflow_that_could_not_be_finished_is_not_begun(name: str, status: tuple[int, ...] | None, at_once: int, begun: bool) -> None:
    """An import takes three requests, an update two for each of eight at once; a reset after 10 s comes within the 30 s that are left."""
    connections = FakeConnections()
    connections.outlooks = {name: allowed(*status)} if status else {}
    workflow, action = (flow(name), "import") if name == "flow" else (yaml(name), "update")
    failure = quota.find_shortage(workflow, action, connections, Clock(30), at_once)
    assert (failure is None, failure.code if failure else "") == (begun, "" if begun else quota.CODE)


def test_what_is_left_is_named_in_one_line() -> None:
    stopped = [
        Outcome(change=draft(name), outcome="skipped", error=Failure(code, "", ""))
        for name, code in (("a", quota.CODE), ("b", "RIVAL"), ("c", quota.CODE))
    ]
    (line,) = quota.unfinished_notice(stopped)
    assert "2 workflows left for the next run (a, c)" in line
    assert quota.unfinished_notice(stopped[1:2]) == ()
