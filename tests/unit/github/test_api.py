"""GitHub's API over HTTP, against the stand-in: what is tried again, how long it waits, where the token goes."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from github_stand_in import Fault, GitHub, running

from deployer.github.api import Api
from deployer.github.commits import Commits
from deployer.github.deployments import StateDeployments
from deployer.http.clock import Clock
from deployer.model.errors import OutcomeUnknown, PlatformError
from deployer.model.secret import Secret

HEAD = "c0ffee" + "0" * 34


class Time(Clock):
    """A clock that waits without waiting; `waited` are the seconds asked for."""

    def __init__(self) -> None:
        super().__init__(600.0)
        self.waited: list[float] = []

    def wait(self, seconds: float) -> bool:
        if self.stopped or seconds > self.remaining:
            return False
        self.waited.append(seconds)
        return True

    def now(self) -> float:
        return time.time() + sum(self.waited)


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        yield hub


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def api(hub: GitHub, clock: Time) -> Any:
    """As one run has it."""
    return lambda token="stand-in-token": Api(hub.url, "acme/flows", Secret(token), clock=clock, jitter=lambda: 0.5, now=clock.now)


def asked(hub: GitHub, method: str, end: str) -> int:
    return sum(request.method == method and request.path.endswith(end) for request in hub.requests)


def test_a_deployment_is_made_as_github_wants_it_and_inactive_at_once(hub: GitHub, api: Any) -> None:
    StateDeployments(api()).post("flowship/production", HEAD, {"a": 1}, "x" * 200)
    (made,) = hub.deployments
    assert (made["environment"], made["task"], made["sha"], made["payload"]) == ("flowship/production", "flowship", HEAD, {"a": 1})
    assert (len(made["description"]), made["production_environment"]) == (140, False)
    body = hub.requests[0].body
    assert (body["required_contexts"], body["auto_merge"]) == ([], False)
    assert [status["state"] for status in hub.statuses[made["id"]]] == ["inactive"]
    assert hub.requests[0].authorization.endswith("stand-in-token")


def test_pages_hold_only_what_is_ours_of_this_environment(hub: GitHub, api: Any) -> None:
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
def test_only_what_a_token_of_ours_made_counts(hub: GitHub, api: Any, creator: str, token: str, ours: bool) -> None:
    hub.deployment(HEAD, {"environment": "e", "task": "flowship"}, creator)
    name = hub.token("theirs", token, deployments="read")
    (row,) = StateDeployments(api(name)).newest("e", 1).rows
    assert row.ours is ours


def test_the_viewer_is_asked_once_and_only_when_it_matters(hub: GitHub, api: Any) -> None:
    for creator in ("github-actions[bot]", "ada", "ada", "bob"):
        hub.deployment(HEAD, {"environment": "e", "task": "flowship"}, creator)
    StateDeployments(api()).newest("e", 1)
    assert [request.path for request in hub.requests] == ["/repos/acme/flows/deployments", "/graphql"]


@pytest.mark.parametrize("do", ["reset", 502, 500, "torn"])
def test_a_read_is_tried_again(hub: GitHub, api: Any, clock: Time, do: int | str) -> None:
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


@pytest.mark.parametrize(("do", "after"), [("reset", True), ("reset", False), (502, True), (502, False), (504, True), ("torn", True)])
def test_a_deployment_is_never_made_twice(hub: GitHub, api: Any, do: int | str, after: bool) -> None:
    hub.faults = [Fault(method="POST", path="*/deployments", do=do, after=after)]
    StateDeployments(api()).post("flowship/production", HEAD, {"a": 1}, "x")
    assert len(hub.deployments) == 1
    assert asked(hub, "POST", "/deployments") == (1 if after else 2)
    assert len(hub.statuses) == 1


def test_where_nobody_can_tell_it_is_unanswered_and_not_sent_again(hub: GitHub, api: Any) -> None:
    hub.faults = [Fault(do="reset", times=99)]
    with pytest.raises(OutcomeUnknown):
        StateDeployments(api()).post("flowship/production", HEAD, {"a": 1}, "x")
    assert asked(hub, "POST", "/deployments") == 1


def test_a_status_that_cannot_be_set_is_no_failure(hub: GitHub, api: Any) -> None:
    hub.faults = [Fault(path="*/statuses", times=99)]
    StateDeployments(api()).post("flowship/production", HEAD, {"a": 1}, "x")
    assert len(hub.deployments) == 1


@pytest.mark.parametrize(("do", "seconds"), [("secondary", 7), ("primary", 30)])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_limit_is_waited_for_and_then_sent_again(hub: GitHub, api: Any, clock: Time, do: str, seconds: int, method: str) -> None:
    hub.faults = [Fault(do=do, seconds=seconds)]
    if method == "GET":
        api().get("")
    else:
        StateDeployments(api()).post("e", HEAD, {}, "x")
        assert len(hub.deployments) == 1
    assert len(clock.waited) == 1
    assert seconds - 1 <= clock.waited[0] <= seconds + 1


@pytest.mark.parametrize("seconds", [400, 3600])
def test_a_limit_that_would_eat_the_run_is_not_waited_for(hub: GitHub, api: Any, clock: Time, seconds: int) -> None:
    hub.faults = [Fault(do="primary", seconds=seconds, times=99)]
    with pytest.raises(PlatformError) as caught:
        api().get("")
    assert (caught.value.code, clock.waited, len(hub.requests)) == ("RATE_LIMIT", [], 1)


def test_after_a_signal_one_last_call_is_made_and_nothing_waits(hub: GitHub, api: Any, clock: Time) -> None:
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


def test_a_host_that_is_not_there_is_said(hub: GitHub, clock: Time) -> None:
    api = Api("http://127.0.0.1:9", "acme/flows", Secret("t"), clock=clock, jitter=lambda: 0.0)
    with pytest.raises(PlatformError, match="refused") as caught:
        api.get("")
    assert caught.value.code == "UNREACHABLE"


def test_an_enterprise_servers_prefix_is_kept(hub: GitHub, clock: Time) -> None:
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


def test_a_renamed_repository_is_followed_and_a_circle_is_not(hub: GitHub, api: Any) -> None:
    hub.redirect = f"{hub.url}/repos/acme/flows"
    with pytest.raises(PlatformError):
        Api(hub.url, "acme/old-name", Secret("stand-in-token"), clock=Time()).get("")
    hub.moved = "acme/old-name"
    hub.redirect = ""
    assert Api(hub.url, "acme/old-name", Secret("stand-in-token"), clock=Time()).get("")["full_name"] == "acme/flows"


@pytest.mark.parametrize("fault", [Fault(do=403, message="You have exceeded a secondary rate limit"), Fault(do=429)])
def test_a_limit_without_a_time_is_waited_for_a_minute(hub: GitHub, api: Any, clock: Time, fault: Fault) -> None:
    hub.faults = [replace(fault)]
    api().get("")
    assert (clock.waited, len(hub.requests)) == ([60.5], 2)


def test_a_limit_holds_the_next_call_back_too(hub: GitHub, api: Any, clock: Time) -> None:
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


# Commits


@pytest.fixture
def history(hub: GitHub) -> list[str]:
    """250 commits on main, oldest first; a branch `side` from the 100th, a tag `v1` on a commit that no branch has."""
    line = [hub.commit(f"{number:040x}") for number in range(1, 251)]
    hub.commit("51de" + "0" * 36, line[99], branch="side")
    hub.tags["v1"] = hub.commit("7a9" + "0" * 37, line[99], branch=None)
    hub.commit("dead" + "0" * 36, line[99], branch=None)
    return line


def test_ancestry_of_many_neighbours_is_one_request(hub: GitHub, api: Any, history: list[str]) -> None:
    commits = Commits(api(), history[-1])
    assert [commits.is_ancestor(history[-1], each) for each in history[-100:-1]] == [False] * 99
    assert [commits.is_ancestor(each, history[-1]) for each in history[-100:]] == [True] * 100
    assert commits.is_ancestor(history[-1], history[-5][:33] or "x") is not None
    assert len(hub.requests) == 1


def test_ancestry_farther_away_is_compared_once(hub: GitHub, api: Any, history: list[str]) -> None:
    commits = Commits(api(), history[120])
    for _ in range(3):
        assert commits.is_ancestor(history[120], history[200]) is True
        assert commits.is_ancestor(history[120], "51de" + "0" * 36) is False
        assert commits.is_ancestor(history[120], "f" * 40) is None
        assert commits.is_ancestor(history[120], "not a commit") is None
        assert commits.is_ancestor(history[120], history[120][:39]) is True
    assert len(hub.requests) == 4


def test_ancestry_is_unknown_where_it_may_not_be_asked(hub: GitHub, api: Any, history: list[str]) -> None:
    hub.delete("contents")
    commits = Commits(api(), history[3])
    assert (commits.is_ancestor(history[3], history[9]), commits.is_reached(history[9])) == (None, None)


def test_what_reaches_a_commit(hub: GitHub, api: Any, history: list[str]) -> None:
    commits = Commits(api(), history[240])
    answers = {commit: commits.is_reached(commit) for commit in (history[240], history[5], history[-1], "51de" + "0" * 36, "7a9" + "0" * 37)}
    assert set(answers.values()) == {True}
    assert commits.is_reached("dead" + "0" * 36) is False
    assert commits.is_reached("f" * 40) is False
    assert len(hub.requests) < 18


def test_with_many_branches_what_is_not_found_stays_unknown(hub: GitHub, api: Any, history: list[str]) -> None:
    for number in range(30):
        hub.branches[f"b{number}"] = history[number]
    assert Commits(api(), history[240]).is_reached("dead" + "0" * 36) is None


def test_requests_about_commits_have_an_end(hub: GitHub, api: Any, history: list[str]) -> None:
    commits = Commits(api(), history[0], "main")
    for number in range(200):
        commits.is_ancestor(history[0], f"{number:x}".rjust(40, "e"))
    assert len(hub.requests) == 60
