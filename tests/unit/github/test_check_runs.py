"""Check runs and Deployments for people, against the stand-in."""

from collections.abc import Iterator
from typing import Any

import pytest
from github_stand_in import BOT, Fault, GitHub, running

from deployer.github import check_runs, deployments
from deployer.github.api import Api
from deployer.github.check_runs import CheckRun
from deployer.github.deployments import StateDeployments
from deployer.http.clock import Clock
from deployer.model.annotation import Annotation
from deployer.model.errors import PlatformError
from deployer.model.secret import Secret

HEAD = "c0ffee" + "0" * 34
RUN = CheckRun("Flowship", HEAD, "failure", "3 errors", "words", "https://github.example/acme/flows/actions/runs/1")


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        yield hub


@pytest.fixture
def api(hub: GitHub) -> Any:
    return Api(hub.url, "acme/flows", Secret("stand-in-token"), clock=Clock(60), jitter=lambda: 0.0)


def marks(number: int) -> list[Annotation]:
    return [Annotation("error", "rule", f"message {each}", "flows/a.flow", each + 1, 3, each + 1, 9) for each in range(number)]


@pytest.mark.parametrize(("number", "requests"), [(0, 1), (1, 1), (50, 1), (51, 2), (120, 3)])
def test_batches_of_fifty(hub: GitHub, api: Any, number: int, requests: int) -> None:
    assert check_runs.post(api, RUN, marks(number)) == number
    (made,) = hub.check_runs
    assert [each["message"] for each in made["annotations"]] == [f"message {each}" for each in range(number)]
    assert (len(hub.requests), made["conclusion"], made["status"], made["head_sha"]) == (requests, "failure", "completed", HEAD)


def test_not_for_ever(hub: GitHub, api: Any) -> None:
    assert check_runs.post(api, RUN, marks(5000)) == 1000
    assert len(hub.requests) == 20


def test_an_annotation_as_github_wants_it(hub: GitHub, api: Any) -> None:
    one = Annotation("warning", "t" * 300, "m" * 70_000, "a.yaml", 3, 7, 4, 2)
    whole, nowhere = Annotation("notice", "t", "", "b.yaml"), Annotation("error", "t", "m")
    assert check_runs.post(api, RUN, [one, whole, nowhere]) == 2
    first, second = hub.check_runs[0]["annotations"]
    assert (first["start_line"], first["end_line"], "start_column" in first, first["annotation_level"]) == (3, 4, False, "warning")
    assert (len(first["title"]), len(first["message"].encode())) == (255, 60_000)
    assert second == {"path": "b.yaml", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": " ", "title": "t"}


def test_a_lost_reply_to_more_of_them_is_no_error(hub: GitHub, api: Any) -> None:
    hub.faults = [Fault(method="PATCH", do="reset", after=True)]
    check_runs.post(api, RUN, marks(150))
    assert len(hub.check_runs[0]["annotations"]) == 150


def test_without_the_permission(hub: GitHub, api: Any) -> None:
    hub.delete("evals")
    with pytest.raises(PlatformError) as caught:
        check_runs.post(api, RUN, marks(1))
    assert caught.value.status == 403


def states(hub: GitHub) -> list[tuple[str, list[str]]]:
    return [(each["environment"], [status["state"] for status in hub.statuses.get(each["id"], [])]) for each in hub.deployments]


def test_a_deployment_that_people_see(hub: GitHub, api: Any) -> None:
    one = deployments.begin(api, "preview #12", HEAD, "d" * 200, transient=True, log_url="https://github.example/run")
    deployments.set_status(api, one.id, "success", "x" * 200)
    (made,) = hub.deployments
    assert (made["task"], made["transient_environment"], made["production_environment"]) == ("deploy:flowship", True, False)
    begun, done = hub.statuses[one.id]
    assert (begun["state"], begun["log_url"]) == ("in_progress", "https://github.example/run")
    assert (done["state"], len(done["description"])) == ("success", 140)


def test_the_next_one_knows_the_one_before_and_all_end(hub: GitHub, api: Any) -> None:
    first = deployments.begin(api, "preview #12", HEAD, "", transient=True)
    deployments.begin(api, "preview #1", HEAD, "", transient=True)
    hub.deployment(HEAD, {"environment": "preview #12", "task": "deploy"}, "ada")
    second = deployments.begin(api, "preview #12", HEAD, "", transient=True)
    assert (first.replaced, second.replaced) == (0, first.id)
    assert deployments.retire(api, "preview #12") == 2
    assert states(hub) == [
        ("preview #12", ["in_progress", "inactive"]),
        ("preview #1", ["in_progress"]),
        ("preview #12", []),
        ("preview #12", ["in_progress", "inactive"]),
    ]


def test_the_states_and_those_for_people_do_not_see_each_other(hub: GitHub, api: Any) -> None:
    StateDeployments(api).post("flowship/production", HEAD, {"a": 1}, "")
    deployments.begin(api, "flowship/production", HEAD, "", transient=False)
    assert [row.payload for row in StateDeployments(api).newest("flowship/production", 1).rows] == [{"a": 1}]
    assert deployments.retire(api, "flowship/production") == 1
    assert hub.deployments[0]["creator"]["login"] == BOT
