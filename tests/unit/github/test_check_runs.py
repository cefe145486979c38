"""Check runs, against the stand-in."""

from collections.abc import Iterator
from typing import Any

import pytest
from github_stand_in import Fault, GitHub, running

from deployer.github import check_runs
from deployer.github.api import Api
from deployer.github.check_runs import CheckRun
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
def test_annotations_are_sent_fifty_at_a_time(hub: GitHub, api: Any, number: int, requests: int) -> None:
    assert check_runs.post(api, RUN, marks(number)) == number
    (made,) = hub.check_runs
    assert [each["message"] for each in made["annotations"]] == [f"message {each}" for each in range(number)]
    assert (len(hub.requests), made["conclusion"], made["status"], made["head_sha"]) == (requests, "failure", "completed", HEAD)


def test_at_most_a_thousand_annotations_are_sent(hub: GitHub, api: Any) -> None:
    assert check_runs.post(api, RUN, marks(5000)) == 1000
    assert len(hub.requests) == 20


def test_annotation_has_the_form_that_github_takes(hub: GitHub, api: Any) -> None:
    one = Annotation("warning", "t" * 300, "m" * 70_000, "a.yaml", 3, 7, 4, 2)
    whole, nowhere = Annotation("notice", "t", "", "b.yaml"), Annotation("error", "t", "m")
    assert check_runs.post(api, RUN, [one, whole, nowhere]) == 2
    first, second = hub.check_runs[0]["annotations"]
    assert (first["start_line"], first["end_line"], "start_column" in first, first["annotation_level"]) == (3, 4, False, "warning")
    assert (len(first["title"]), len(first["message"].encode())) == (255, 60_000)
    assert second == {"path": "b.yaml", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": " ", "title": "t"}


def test_lost_reply_to_a_later_batch_is_no_error(hub: GitHub, api: Any) -> None:
    hub.faults = [Fault(method="PATCH", do="reset", after=True)]
    check_runs.post(api, RUN, marks(150))
    assert len(hub.check_runs[0]["annotations"]) == 150


def test_missing_permission_is_an_error(hub: GitHub, api: Any) -> None:
    hub.delete("checks")
    with pytest.raises(PlatformError) as caught:
        check_runs.post(api, RUN, marks(1))
    assert caught.value.status == 403
