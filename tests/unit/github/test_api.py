"""GitHub's API over HTTP, against the stand-in: what is tried again, how long it waits, where the token goes."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from github_stand_in import Fault, GitHub, running

from deployer.github.api import Api
from deployer.github.deployments import StateDeployments
from deployer.model.errors import OutcomeUnknown, PlatformError
from deployer.model.secret import Secret

HEAD = "c0ffee" + "0" * 34


def asked(hub: GitHub, method: str, end: str) -> int:
    return sum(request.method == method and request.path.endswith(end) for request in hub.requests)


def test_the_viewer_is_asked_once_and_only_when_it_matters(hub: GitHub, api: Any) -> None:
    for creator in ("github-actions[bot]", "ada", "ada", "bob"):
        hub.deployment(HEAD, {"environment": "e", "task": "flowship"}, creator)
    StateDeployments(api()).newest("e", 1)
    assert [request.path for request in hub.requests] == ["/repos/acme/flows/deployments", "/graphql"]


@pytest.mark.parametrize("do", ["reset", 502, 500, "torn"])
def test_a_read_is_tried_again(hub: GitHub, api: Any, clock: Any, do: int | str) -> None:
    hub.faults = [Fault(do=do, times=2)]
    assert api().get("")["full_name"] == "acme/flows"
    assert (len(hub.requests), len(clock.waited)) == (3, 2)


def test_a_read_is_not_tried_for_ever_and_less_often_in_an_outage(hub: GitHub, api: Any) -> None:
    hub.faults = [Fault(times=99)]
    one = api()
    for tries in (5, 6):
        with pytest.raises(PlatformError) as caught:
            one.get("")
        assert (len(hub.requests), caught.value.status) == (tries, 502)


@pytest.mark.parametrize(("do", "seconds"), [("secondary", 7), ("primary", 30)])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_limit_is_waited_for_and_then_sent_again(hub: GitHub, api: Any, clock: Any, do: str, seconds: int, method: str) -> None:
    hub.faults = [Fault(do=do, seconds=seconds)]
    if method == "GET":
        api().get("")
    else:
        StateDeployments(api()).post("e", HEAD, {}, "x")
        assert len(hub.deployments) == 1
    assert len(clock.waited) == 1
    assert seconds - 1 <= clock.waited[0] <= seconds + 1


@pytest.mark.parametrize("seconds", [400, 3600])
def test_a_limit_that_would_eat_the_run_is_not_waited_for(hub: GitHub, api: Any, clock: Any, seconds: int) -> None:
    hub.faults = [Fault(do="primary", seconds=seconds, times=99)]
    with pytest.raises(PlatformError) as caught:
        api().get("")
    assert (caught.value.code, clock.waited, len(hub.requests)) == ("RATE_LIMIT", [], 1)


def test_after_a_signal_one_last_call_is_made_and_nothing_waits(hub: GitHub, api: Any, clock: Any) -> None:
    clock.stop()
    deployments = StateDeployments(api())
    deployments.post("e", HEAD, {}, "x")
    hub.faults = [Fault(times=99)]
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        deployments.post("e", HEAD, {}, "x")
    assert (len(hub.deployments), clock.waited) == (1, [])
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(("method", "level", "status"), [("GET", "none", 403), ("POST", "read", 403)])
def test_a_missing_permission_is_not_tried_again(hub: GitHub, api: Any, method: str, level: str, status: int) -> None:
    hub.delete("deployments", level)
    with pytest.raises(PlatformError, match="not accessible") as caught:
        StateDeployments(api()).newest("e", 1) if method == "GET" else StateDeployments(api()).post("e", HEAD, {}, "x")
    assert (caught.value.status, len(hub.requests)) == (status, 1)


def test_a_wrong_token_and_a_strange_commit_are_refused_in_githubs_words(hub: GitHub, api: Any) -> None:
    with pytest.raises(PlatformError, match="Bad credentials"):
        api("wrong").get("")
    with pytest.raises(PlatformError, match="No ref found for: dead"):
        StateDeployments(api()).post("e", "dead" * 10, {}, "x")


def test_a_host_that_is_not_there_is_said(hub: GitHub, clock: Any) -> None:
    api = Api("http://127.0.0.1:9", "acme/flows", Secret("t"), clock=clock, jitter=lambda: 0.0)
    with pytest.raises(PlatformError, match="refused") as caught:
        api.get("")
    assert caught.value.code == "UNREACHABLE"


def test_an_enterprise_servers_prefix_is_kept(hub: GitHub, clock: Any) -> None:
    api = Api(f"{hub.url}/api/v3", "acme/flows", Secret("stand-in-token"), clock=clock)
    with pytest.raises(PlatformError):
        api.get("/deployments")
    api.viewer()
    assert [request.path for request in hub.requests] == ["/api/v3/repos/acme/flows/deployments", "/api/graphql"]


def test_a_redirect_to_another_host_is_not_followed(hub: GitHub, api: Any) -> None:
    with running(GitHub()) as other:
        hub.redirect = f"{other.url}/repos/acme/flows".replace("127.0.0.1", "localhost")
        with pytest.raises(PlatformError):
            api().get("")
        assert other.requests == []


def test_a_renamed_repository_is_followed_and_a_circle_is_not(hub: GitHub, clock: Any) -> None:
    hub.redirect = f"{hub.url}/repos/acme/flows"
    with pytest.raises(PlatformError):
        Api(hub.url, "acme/old-name", Secret("stand-in-token"), clock=clock).get("")
    hub.moved = "acme/old-name"
    hub.redirect = ""
    assert Api(hub.url, "acme/old-name", Secret("stand-in-token"), clock=clock).get("")["full_name"] == "acme/flows"


@pytest.mark.parametrize("fault", [Fault(do=403, message="You have exceeded a secondary rate limit"), Fault(do=429)])
def test_a_limit_without_a_time_is_waited_for_a_minute(hub: GitHub, api: Any, clock: Any, fault: Fault) -> None:
    hub.faults = [replace(fault)]
    api().get("")
    assert (clock.waited, len(hub.requests)) == ([60.5], 2)


def test_a_limit_holds_the_next_call_back_too(hub: GitHub, api: Any, clock: Any) -> None:
    hub.faults = [Fault(do="primary", seconds=400)]
    one = api()
    for _ in range(2):
        with pytest.raises(PlatformError) as caught:
            one.get("")
        assert caught.value.code == "RATE_LIMIT"
    assert (clock.waited, len(hub.requests)) == ([], 1)
    clock.stop()
    assert one.get("")["full_name"] == "acme/flows"  # the end may still be recorded, if GitHub lets it


def test_calls_go_out_one_by_one(hub: GitHub, api: Any) -> None:
    one, at_once, most = api(), 0, 0
    answer = hub.answer

    def watched(asked: Any) -> Any:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.02)
        at_once -= 1
        return answer(asked)

    hub.answer = watched  # type: ignore[method-assign]
    threads = [threading.Thread(target=one.get, args=("",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, len(hub.requests)) == (1, 4)


def test_a_token_that_no_header_can_carry_is_a_failure_like_any_other(hub: GitHub, api: Any) -> None:
    with pytest.raises(PlatformError) as caught:
        api("two\nlines").get("")
    assert (caught.value.platform, hub.requests) == ("github", [])


@pytest.mark.parametrize(
    ("run", "ended"),
    [
        ("1.1", True),
        ("1.2", False),
        ("1.1-aaaaaaaa-00000001", True),
        ("1.2-aaaaaaaa-00000001", False),
        ("7.1", None),
        ("laptop", None),
        ("", None),
    ],
)
def test_a_run_has_ended_when_github_says_completed(hub: GitHub, api: Any, run: str, ended: bool | None) -> None:
    hub.runs = {"1.1": "completed", "1.2": "in_progress"}
    assert api().has_run_ended(run) is ended
