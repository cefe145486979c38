"""One comment for a marker, whatever happens: against the stand-in, over HTTP."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from github_stand_in import Fault, GitHub, running

from deployer.github.api import Api
from deployer.github.comments import Comments
from deployer.http.clock import Clock
from deployer.model.errors import PlatformError
from deployer.model.secret import Secret

MARKER = "<!-- flowship:0123 -->"
BODY = f"{MARKER}\n## Hello\n"
OTHER = f"{MARKER}\n## Another\n"


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        yield hub


@pytest.fixture
def comments(hub: GitHub) -> Any:
    return lambda token="stand-in-token": Comments(Api(hub.url, "acme/flows", Secret(token), clock=Clock(60), jitter=lambda: 0.0), 12)


def asked(hub: GitHub) -> list[str]:
    return [request.method for request in hub.requests if request.path != "/graphql"]


def bodies(hub: GitHub) -> list[str]:
    return [each["body"] for each in hub.comments.get(12, [])]


def test_made_once_then_changed_in_place(hub: GitHub, comments: Any) -> None:
    first = comments().put(MARKER, BODY)
    second = comments().put(MARKER, OTHER)
    assert bodies(hub) == [OTHER]
    assert first == second == hub.comments[12][0]["html_url"]
    assert asked(hub) == ["GET", "POST", "GET", "GET", "PATCH"]


def test_fifty_runs_make_one(hub: GitHub, comments: Any) -> None:
    for number in range(50):
        comments().put(MARKER, f"{MARKER}\n{number}")
    assert bodies(hub) == [f"{MARKER}\n49"]


def test_fifty_at_once_make_one_in_the_end(hub: GitHub, comments: Any) -> None:
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda number: comments().put(MARKER, f"{MARKER}\n{number}"), range(50)))
    assert len(bodies(hub)) == 1


def test_two_that_look_before_either_writes_leave_the_oldest(hub: GitHub, comments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = comments(), comments()
    looked = other._find(MARKER)
    first = one.put(MARKER, BODY)
    answers = iter([looked])
    again = other._find
    monkeypatch.setattr(other, "_find", lambda marker: next(answers, None) or again(marker))
    assert other.put(MARKER, OTHER) == first
    assert bodies(hub) == [OTHER]


def test_made_anew_when_somebody_deleted_it(hub: GitHub, comments: Any) -> None:
    first = comments().put(MARKER, BODY)
    hub.comments[12].clear()
    assert comments().put(MARKER, OTHER) != first
    assert bodies(hub) == [OTHER]


def test_made_anew_when_it_is_deleted_under_our_hands(hub: GitHub, comments: Any) -> None:
    comments().put(MARKER, BODY)
    hub.faults = [Fault(method="PATCH", do=404)]
    comments().put(MARKER, OTHER)
    assert bodies(hub)[-1] == OTHER


def test_one_too_many_goes_at_the_next_run(hub: GitHub, comments: Any) -> None:
    for _ in range(3):
        hub.comment(12, BODY)
    comments().put(MARKER, OTHER)
    assert bodies(hub) == [OTHER]


@pytest.mark.parametrize("login", ["mallory", "github-actions", "some-app[bot]"])
def test_somebody_elses_is_not_touched(hub: GitHub, comments: Any, login: str) -> None:
    hub.comment(12, BODY, login)
    comments().put(MARKER, OTHER)
    comments().put(MARKER, OTHER)
    assert bodies(hub) == [BODY, OTHER]
    assert hub.comments[12][0]["user"]["login"] == login


@pytest.mark.parametrize("body", [f"quote:\n{MARKER}", f"> {MARKER}", f"{MARKER} and more", f" {MARKER}", "", "<!-- flowship:4567 -->\nother"])
def test_the_marker_counts_as_the_first_line_alone(hub: GitHub, comments: Any, body: str) -> None:
    hub.comment(12, body)
    comments().put(MARKER, BODY)
    assert bodies(hub) == [body, BODY]


def test_a_personal_token_has_comments_of_its_own(hub: GitHub, comments: Any) -> None:
    hub.token("adas", "ada", issues="write")
    comments().put(MARKER, BODY)
    comments("adas").put(MARKER, OTHER)
    comments("adas").put(MARKER, OTHER)
    assert [(each["user"]["login"], each["body"]) for each in hub.comments[12]] == [("github-actions[bot]", BODY), ("ada", OTHER)]


def test_found_where_line_ends_are_windows_own(hub: GitHub, comments: Any) -> None:
    hub.comment(12, BODY.replace("\n", "\r\n"))
    comments().put(MARKER, OTHER)
    assert bodies(hub) == [OTHER]


def test_found_on_a_later_page(hub: GitHub, comments: Any) -> None:
    for number in range(250):
        hub.comment(12, f"talk {number}", "ada")
    hub.comment(12, BODY)
    comments().put(MARKER, OTHER)
    assert bodies(hub)[250:] == [OTHER]
    assert asked(hub) == ["GET", "GET", "GET", "PATCH"]


@pytest.mark.parametrize("do", ["reset", 502, "torn"])
@pytest.mark.parametrize("after", [True, False])
def test_a_lost_reply_makes_no_second_one(hub: GitHub, comments: Any, do: int | str, after: bool) -> None:
    hub.faults = [Fault(method="POST", path="*/comments", do=do, after=after or do == "torn")]
    comments().put(MARKER, BODY)
    assert bodies(hub) == [BODY]


@pytest.mark.parametrize("level", ["none", "read"])
def test_without_the_permission_it_is_an_error_with_githubs_words(hub: GitHub, comments: Any, level: str) -> None:
    hub.delete("issues", level)
    hub.delete("pull-requests", level)
    with pytest.raises(PlatformError, match="Resource not accessible by integration") as caught:
        comments().put(MARKER, BODY)
    assert caught.value.status == 403


def test_a_locked_conversation(hub: GitHub, comments: Any) -> None:
    hub.locked.add(12)
    with pytest.raises(PlatformError, match="locked"):
        comments().put(MARKER, BODY)


@pytest.mark.parametrize(
    "reply", ['{"a": 1}', "[null, 3, {}]", '[{"id": 1, "body": null, "user": null}]', '[{"id": "x", "body": "<!-- flowship:0123 -->"}]']
)
def test_odd_lists(hub: GitHub, comments: Any, reply: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    one = comments()
    monkeypatch.setattr(one._api, "get", lambda *_, **__: json.loads(reply))
    if reply.startswith("{"):
        with pytest.raises(PlatformError):
            one.put(MARKER, BODY)
    else:
        one.put(MARKER, BODY)
        assert bodies(hub) == [BODY]
