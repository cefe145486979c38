"""A request is a value, and what differs between APIs is data: each difference, over real sockets."""

import dataclasses
import time
from typing import Any

import pytest

from deployer.http.quota import Account
from deployer.http.request import Request
from deployer.model.errors import OutcomeUnknown, PlatformError, UsageError
from deployer.model.secret import Secret
from deployer.platforms.registry import PLATFORMS

OK = {"code": 0, "msg": "OK"}
KEY = Secret("key-0123456789")
READ = Request("GET", "/v1/x", KEY, repeatable=True)
WRITE = Request("POST", "/v1/x", KEY, repeatable=False, json={"a": 1}, params={"page": 2})


def service(**changes: Any) -> Any:
    return PLATFORMS["gptbots"].service._replace(**changes)


def code(http: Any, request: Request) -> str:
    with pytest.raises(PlatformError) as caught:
        http.send(request)
    return caught.value.code


class TestRequest:
    def test_is_a_value(self) -> None:
        assert dataclasses.replace(READ) == READ
        with pytest.raises(dataclasses.FrozenInstanceError):
            READ.path = "/v1/y"  # type: ignore[misc]

    def test_names_itself_without_its_key_and_has_an_account(self) -> None:
        assert READ.name == "GET /v1/x"
        assert KEY.reveal() not in repr(WRITE)
        assert (READ.account, dataclasses.replace(READ, bucket="executions").account) == (Account(KEY), Account(KEY, "executions"))


class TestBeforeSend:
    def test_is_called_before_each_try(self, stage: Any) -> None:
        server = stage.play(stage.answer(503), stage.answer(200, OK))
        sent: list[int] = []
        stage.http(server.url).send(dataclasses.replace(READ, before_send=lambda: sent.append(len(server.seen))))
        assert sent == [0, 1]

    def test_ends_the_call(self, stage: Any) -> None:
        server = stage.play(stage.answer(200, OK))
        with pytest.raises(UsageError, match="not now"):
            stage.http(server.url).send(dataclasses.replace(READ, before_send=refuse))
        assert not server.seen

    def test_gives_way_to_an_earlier_unknown_outcome(self, stage: Any) -> None:
        server = stage.play(stage.reset)
        with pytest.raises(OutcomeUnknown):
            stage.http(server.url).send(dataclasses.replace(READ, method="PUT", before_send=lambda: refuse() if server.seen else None))
        assert len(server.seen) == 1


def refuse() -> None:
    raise UsageError("not now")


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_on_the_same_host_the_same_request_is_made_there(self, stage: Any, status: int) -> None:
        server = stage.play(stage.answer(status, None, {"Location": "/v1/moved"}), stage.answer(200, OK))
        assert stage.http(server.url, service(follows_redirects=True)).send(WRITE).body == OK
        first, second = server.seen
        assert (first.path, second.path) == ("/v1/x?page=2", "/v1/moved?page=2")
        assert (second.method, second.body, second.headers["authorization"]) == ("POST", first.body, first.headers["authorization"])

    def test_query_of_the_redirect_replaces_ours(self, stage: Any) -> None:
        server = stage.play(stage.answer(301, None, {"Location": "/v1/moved?id=7"}), stage.answer(200, OK))
        stage.http(server.url, service(follows_redirects=True)).send(WRITE)
        assert server.seen[1].path == "/v1/moved?id=7"

    def test_a_prefix_of_the_address_stays(self, stage: Any) -> None:
        server = stage.play()
        server.steps = [stage.answer(301, None, {"Location": f"{server.url}/api/v1/moved"}), stage.answer(200, OK)]
        stage.http(f"{server.url}/api", service(follows_redirects=True)).send(READ)
        assert [seen.path for seen in server.seen] == ["/api/v1/x", "/api/v1/moved"]

    @pytest.mark.parametrize("location", ["{other}/v1/x", "http://user@{here}/v1/y", "https://{here}/v1/y", "//[", "", None])
    def test_other_hosts_get_no_request(self, stage: Any, location: str | None) -> None:
        other, server = stage.play(stage.answer(200, OK)), stage.play()
        headers = {} if location is None else {"Location": location.format(other=other.url, here=server.url.removeprefix("http://"))}
        server.steps = [stage.answer(301, None, headers)]
        assert code(stage.http(server.url, service(follows_redirects=True)), READ) == "REDIRECT"
        assert (len(server.seen), len(other.seen)) == (1, 0)

    def test_a_circle_ends(self, stage: Any) -> None:
        server = stage.play(stage.answer(301, None, {"Location": "/v1/x"}))
        assert code(stage.http(server.url, service(follows_redirects=True)), READ) == "REDIRECT"
        assert len(server.seen) == 4


class TestWaits:
    @pytest.mark.parametrize(("part", "sent"), [(1.0, 2), (0.5, 1)])
    def test_no_longer_than_a_part_of_the_time_left(self, stage: Any, part: float, sent: int) -> None:
        server = stage.play(stage.answer(429, OK, {"Retry-After": "400"}), stage.answer(200, OK))
        http = stage.http(server.url, service(max_wait_share=part))
        if sent == 2:
            http.send(READ)
        else:
            assert code(http, READ) == "HTTP 429"
        assert (len(server.seen), len(stage.clock.waits)) == (sent, sent - 1)

    @pytest.mark.parametrize(("pause", "waited"), [(None, 0.25), (60.0, 60.5)])
    def test_for_a_limit_without_a_time(self, stage: Any, pause: float | None, waited: float) -> None:
        server = stage.play(stage.answer(429, OK), stage.answer(200, OK))
        stage.http(server.url, service(limit_pause=pause)).send(READ)
        assert stage.clock.waits == [waited]

    def test_less_often_in_an_outage(self, stage: Any) -> None:
        server = stage.play(*[stage.answer(503)] * 6, stage.answer(200, OK), stage.answer(503))
        http = stage.http(server.url, service(one_try_in_outage=True))
        code(http, READ)
        assert len(server.seen) == 5
        code(http, READ)
        assert len(server.seen) == 6
        http.send(READ)
        code(http, READ)
        assert len(server.seen) == 12


class TestLastCalls:
    def test_one_after_a_stop_and_nothing_waits(self, stage: Any) -> None:
        stage.clock.stop()
        server = stage.play(stage.answer(200, OK, {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "60"}))
        http = stage.http(server.url, service(last_timeouts=(1.0, 1.0)))
        http.send(READ)
        http.send(READ)
        assert (len(server.seen), stage.clock.waits) == (2, [])

    def test_at_the_end_of_the_time_too(self, stage: Any) -> None:
        stage.clock.wait(600)
        server = stage.play(stage.answer(200, OK))
        assert stage.http(server.url, service(last_timeouts=(1.0, 1.0))).send(READ).body == OK

    @pytest.mark.parametrize("step", ["stall", "drip"])
    def test_are_short(self, stage: Any, step: str) -> None:
        stage.clock.stop()
        server = stage.play()
        server.steps = [getattr(server, step)]
        began = time.monotonic()
        assert code(stage.http(server.url, service(last_timeouts=(0.2, 0.2))), WRITE) == "TIMEOUT"
        assert (len(server.seen), time.monotonic() - began < 3) == (1, True)
