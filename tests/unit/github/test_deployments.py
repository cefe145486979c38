"""Deployments that hold the state, and those that people see, against the stand-in."""

from typing import Any

import pytest
from github_stand_in import BOT, Fault, GitHub

from deployer.github import deployments
from deployer.github.deployments import StateDeployments
from deployer.model.errors import OutcomeUnknown

HEAD = "c0ffee" + "0" * 34


def asked(hub: GitHub, method: str, end: str) -> int:
    return sum(request.method == method and request.path.endswith(end) for request in hub.requests)


def test_state_deployment_is_inactive_at_once(hub: GitHub, api: Any) -> None:
    StateDeployments(api()).post("flowship/production", HEAD, {"a": 1}, "x" * 200)
    (made,) = hub.deployments
    assert (made["environment"], made["task"], made["sha"], made["payload"]) == ("flowship/production", "flowship", HEAD, {"a": 1})
    assert (len(made["description"]), made["production_environment"]) == (140, False)
    body = hub.requests[0].body
    assert (body["required_contexts"], body["auto_merge"]) == ([], False)
    assert [status["state"] for status in hub.statuses[made["id"]]] == ["inactive"]
    assert hub.requests[0].authorization.endswith("stand-in-token")


def test_pages_hold_rows_of_one_environment_and_task(hub: GitHub, api: Any) -> None:
    for number in range(150):
        hub.deployment(HEAD, {"environment": "flowship/production", "task": "flowship", "payload": {"n": number}})
        hub.deployment(HEAD, {"environment": "production", "task": "deploy"})
    deployments = StateDeployments(api())
    first, second = deployments.newest("flowship/production", 1), deployments.newest("flowship/production", 2)
    assert [row.payload["n"] for row in (*first.rows, *second.rows)] == list(range(149, -1, -1))
    assert (first.more, second.more, deployments.newest("flowship/production", 3)) == (True, False, ((), False))
    assert len(hub.requests) == 3


@pytest.mark.parametrize(
    ("creator", "token", "ours"),
    [
        ("github-actions[bot]", "github-actions[bot]", True),
        ("github-actions[bot]", "ada", True),
        ("ada", "ada", True),
        ("our-app[bot]", "our-app", True),
        ("github-actions", "github-actions[bot]", False),
        ("ada", "github-actions[bot]", False),
        ("mallory", "ada", False),
    ],
)
def test_only_deployments_of_our_tokens_are_ours(hub: GitHub, api: Any, creator: str, token: str, ours: bool) -> None:
    hub.deployment(HEAD, {"environment": "e", "task": "flowship"}, creator)
    name = hub.token("theirs", token, deployments="read")
    (row,) = StateDeployments(api(name)).newest("e", 1).rows
    assert row.ours is ours


@pytest.mark.parametrize(("do", "after"), [("reset", True), ("reset", False), (502, True), (502, False), (504, True), ("torn", True)])
def test_state_deployment_is_never_made_twice(hub: GitHub, api: Any, do: int | str, after: bool) -> None:
    hub.faults = [Fault(method="POST", path="*/deployments", do=do, after=after)]
    StateDeployments(api()).post("flowship/production", HEAD, {"a": 1}, "x")
    assert len(hub.deployments) == 1
    assert asked(hub, "POST", "/deployments") == (1 if after else 2)
    assert len(hub.statuses) == 1


def test_unknown_outcome_is_not_sent_again(hub: GitHub, api: Any) -> None:
    hub.faults = [Fault(do="reset", times=99)]
    with pytest.raises(OutcomeUnknown):
        StateDeployments(api()).post("flowship/production", HEAD, {"a": 1}, "x")
    assert asked(hub, "POST", "/deployments") == 1


def test_status_that_cannot_be_set_is_no_failure(hub: GitHub, api: Any) -> None:
    hub.faults = [Fault(path="*/statuses", times=99)]
    StateDeployments(api()).post("flowship/production", HEAD, {"a": 1}, "x")
    assert len(hub.deployments) == 1


def states(hub: GitHub) -> list[tuple[str, list[str]]]:
    return [(each["environment"], [status["state"] for status in hub.statuses.get(each["id"], [])]) for each in hub.deployments]


def test_ui_deployment_is_in_progress_then_done(hub: GitHub, api: Any) -> None:
    one = deployments.begin(api(), "preview #12", HEAD, "d" * 200, transient=True, log_url="https://github.example/run")
    deployments.set_status(api(), one.id, "success", "x" * 200)
    (made,) = hub.deployments
    assert (made["task"], made["transient_environment"], made["production_environment"]) == ("deploy:flowship", True, False)
    begun, done = hub.statuses[one.id]
    assert (begun["state"], begun["log_url"]) == ("in_progress", "https://github.example/run")
    assert (done["state"], len(done["description"])) == ("success", 140)


def test_ui_deployment_replaces_the_previous_and_retire_ends_all(hub: GitHub, api: Any) -> None:
    first = deployments.begin(api(), "preview #12", HEAD, "", transient=True)
    deployments.begin(api(), "preview #1", HEAD, "", transient=True)
    hub.deployment(HEAD, {"environment": "preview #12", "task": "deploy"}, "ada")
    second = deployments.begin(api(), "preview #12", HEAD, "", transient=True)
    assert (first.replaced, second.replaced) == (0, first.id)
    assert deployments.retire(api(), "preview #12") == 2
    assert states(hub) == [
        ("preview #12", ["in_progress", "inactive"]),
        ("preview #1", ["in_progress"]),
        ("preview #12", []),
        ("preview #12", ["in_progress", "inactive"]),
    ]


def test_state_and_ui_deployments_are_listed_apart(hub: GitHub, api: Any) -> None:
    StateDeployments(api()).post("flowship/production", HEAD, {"a": 1}, "")
    deployments.begin(api(), "flowship/production", HEAD, "", transient=False)
    assert [row.payload for row in StateDeployments(api()).newest("flowship/production", 1).rows] == [{"a": 1}]
    assert deployments.retire(api(), "flowship/production") == 1
    assert hub.deployments[0]["creator"]["login"] == BOT
