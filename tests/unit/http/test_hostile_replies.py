"""Replies that drip in each of their phases, that have no end, or that unpack to more than their call can need."""

import gzip
import socket
from typing import Any

import pytest
from dripping import PHASES, drip

from deployer.github.api import SERVICE as GITHUB
from deployer.http.clock import Clock
from deployer.http.request import Request
from deployer.model.errors import OutcomeUnknown, PlatformError

OK = b'{"code": 0}'
MIB = 1024 * 1024


def failure(http: Any, key: Any, method: str = "GET", **more: Any) -> PlatformError:
    with pytest.raises(PlatformError) as info:
        http.send(Request(method, "/v1/x", key, repeatable=method == "GET", **more))
    return info.value


def sending(*parts: bytes) -> Any:
    """A step that sends all of it and closes."""

    def step(connection: socket.socket) -> bool:
        for part in parts:
            connection.sendall(part)
        return False

    return step


def packed(content: bytes, encoding: str = "gzip") -> Any:
    return sending(f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(content)}\r\n\r\n".encode(), content)


@pytest.mark.parametrize("phase", PHASES)
def test_a_reply_that_drips_ends_with_the_runs_time(stage: Any, phase: str) -> None:
    server = stage.play()
    server.steps = [lambda connection: drip(connection, phase, server.over)]
    error = failure(stage.http(server.url, clock=Clock(0.4)), stage.key, "POST")
    assert (type(error), error.code) == (OutcomeUnknown, "TIMEOUT")


@pytest.mark.parametrize("phase", PHASES)
def test_a_reply_that_drips_ends_long_before_the_runs_time(stage: Any, phase: str) -> None:
    server = stage.play()
    server.steps = [lambda connection: drip(connection, phase, server.over)]
    error = failure(stage.http(server.url, clock=Clock(600), timeouts=(5.0, 0.2)), stage.key, "POST")
    assert error.code == "TIMEOUT"


@pytest.mark.parametrize("phase", PHASES)
def test_the_last_call_to_github_ends_soon_after_the_run_whatever_drips(stage: Any, phase: str) -> None:
    server = stage.play()
    server.steps = [lambda connection: drip(connection, phase, server.over)]
    clock = Clock(0)
    clock.stop()
    last = GITHUB._replace(last_timeouts=(1.0, 0.3))
    assert failure(stage.http(server.url, last, clock=clock), stage.key, "POST").code == "TIMEOUT"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000,
        (b"HTTP/1.1 100 Continue\r\n" + b"X: " + b"x" * 60_000 + b"\r\n\r\n") * 10,
        b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"x" * 60_000 + b"\r\n") * 10,
    ],
)
def test_a_head_without_end_is_too_large(stage: Any, head: bytes) -> None:
    error = failure(stage.http(stage.play(sending(head, b"\r\n")).url), stage.key)
    assert error.code == "REPLY_TOO_LARGE"
    assert "256 KiB" in error.message


@pytest.mark.parametrize(
    "head", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200 + b"\r\n", b"HTTP/1.1 200 " + b"x" * 70_000, b"HTTP/1.1 77 X\r\n\r\n"]
)
def test_what_is_no_http_is_an_odd_reply(stage: Any, head: bytes) -> None:
    assert failure(stage.http(stage.play(sending(head)).url), stage.key).code == "ODD_REPLY"


@pytest.mark.parametrize("status", [101, 103, 199])
def test_a_status_that_ends_no_reply_is_an_odd_reply(stage: Any, status: int) -> None:
    """A POST, which is sent once: a second try may meet the connection that the server is closing."""
    server = stage.play(sending(b"HTTP/1.1 %d X\r\n\r\n" % status))
    assert failure(stage.http(server.url), stage.key, "POST").code == "ODD_REPLY"


@pytest.mark.parametrize("announced", [b"1048577", b"99999999999", b"9" * 4000])
def test_a_reply_that_announces_too_much_is_not_read(stage: Any, announced: bytes) -> None:
    server = stage.play(sending(b"HTTP/1.1 200 OK\r\nContent-Length: " + announced + b"\r\n\r\n", OK))
    error = failure(stage.http(server.url), stage.key)
    assert (error.code, len(server.seen)) == ("REPLY_TOO_LARGE", 1)
    assert "this call takes 1 MiB at most" in error.message


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_a_small_reply_that_unpacks_to_a_large_one_is_given_up_where_it_is_too_large(stage: Any, encoding: str) -> None:
    content = gzip.compress(b"[" + b" " * (64 * MIB))
    content = gzip.compress(content) if "," in encoding else content
    error = failure(stage.http(stage.play(packed(content, encoding)).url), stage.key)
    assert error.code == "REPLY_TOO_LARGE"


def test_a_packed_reply_within_its_size_is_read(stage: Any) -> None:
    server = stage.play(packed(gzip.compress(OK)))
    assert stage.http(server.url).send(Request("GET", "/v1/x", stage.key, repeatable=True)).body == {"code": 0}


def test_of_an_error_reply_only_its_beginning_is_read(stage: Any) -> None:
    server = stage.play(sending(b"HTTP/1.1 404 No\r\nContent-Length: 99999999999\r\n\r\n", b"nothing here " * 10_000))
    error = failure(stage.http(server.url), stage.key)
    assert error.code == "HTTP 404"
    assert "nothing here" in error.message


@pytest.mark.parametrize("code", ["HTTP x", "HTTP 40", "HTTP ", "HTTP 404x", "HTTP \u0664\u0660\u0664", {"a": 1}, [404], 1e300])
def test_a_code_that_is_none_is_a_refusal(stage: Any, code: object) -> None:
    error = failure(stage.http(stage.play(stage.answer(400, {"code": code, "msg": "no"})).url), stage.key)
    assert error.message.startswith("no")


def test_after_the_runs_end_a_silent_github_is_asked_twice_and_no_more(stage: Any) -> None:
    server = stage.play(stage.hang_up)
    clock = Clock(0)
    http = stage.http(server.url, GITHUB, clock=clock)
    codes = [failure(http, stage.key, "POST").code for _ in range(4)]
    assert codes == ["RESET", "RESET", "UNREACHABLE", "UNREACHABLE"]
    assert len(server.seen) == 2
