"""Fault rules over real connections: what the client gets, and whether the request took effect."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

if TYPE_CHECKING:
    from tests.conftest import Sandbox

A = "sandbox-workflow-a"
IMPORT = "/v1/workflow/version/import"
LIST = "/v1/workflow/version/list"
FORM = (
    b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.flow"\r\n\r\n\x00\x01\r\n'
    b'--xx\r\nContent-Disposition: form-data; name="versionDesc"\r\n\r\nraw\r\n--xx--\r\n'
)


def upload(box: "Sandbox") -> requests.Response:
    return box.call("POST", IMPORT, A, files={"file": ("a.flow", b"\x00\x01")})


def versions(box: "Sandbox") -> int:
    return sum(len(target["versions"]) for target in box.state()["gptbots"])


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


def raw(box: "Sandbox", method: str = "POST", path: str = IMPORT, body: bytes = FORM) -> bytes:
    """All that comes back on a socket of its own. Raises ConnectionResetError where the connection is reset."""
    address = urlsplit(box.url)
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {A}\r\nContent-Type: multipart/form-data; boundary=xx\r\n"
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as link:
        link.sendall(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        return b"".join(iter(lambda: link.recv(65536), b""))


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_reset_is_a_reset(sandbox: "Sandbox", when: str, made: int) -> None:
    sandbox.faults([{"match": {"path": IMPORT}, "do": {"reset": when}}])
    with pytest.raises(ConnectionResetError):
        raw(sandbox)
    assert versions(sandbox) == made
    (row,) = sandbox.requests()
    assert (row["status"], row["fault"]) == (None, 1)


def test_without_a_fault_the_same_bytes_are_answered(sandbox: "Sandbox") -> None:
    head, _, body = raw(sandbox).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b'"version":"1.0.0"' in body


@pytest.mark.parametrize(("size", "length"), [(20, 20), (True, None), (0, 0), (10_000, -1)])
def test_a_cut_body_is_shorter_than_promised(sandbox: "Sandbox", size: Any, length: int | None) -> None:
    sandbox.faults([{"match": {"path": IMPORT}, "do": {"truncate": size}}])
    head, _, body = raw(sandbox).partition(b"\r\n\r\n")
    promised = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    expected = promised // 2 if length is None else promised - 1 if length < 0 else length
    assert len(body) == expected < promised
    assert versions(sandbox) == 1
    with pytest.raises(requests.exceptions.RequestException):
        upload(sandbox)


def test_status_replaces_the_effect_unless_effect_is_set(sandbox: "Sandbox") -> None:
    sandbox.faults([
        {"match": {"nth": 1}, "do": {"status": 503}},
        {"match": {"nth": 2}, "do": {"status": 504, "effect": True}},
        {"match": {"nth": 3}, "do": {"status": 418, "body": {"code": 7, "msg": "tea"}, "headers": {"X-Tea": "green"}}},
        {"match": {"nth": 4}, "do": {"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}}},
        {"match": {"nth": 5}, "do": {"status": 204}},
    ])  # fmt: skip
    first, second, third = (upload(sandbox) for _ in range(3))
    assert (first.status_code, first.headers["Content-Type"], "503" in first.text) == (503, "text/html", True)
    assert (second.status_code, versions(sandbox)) == (504, 1)
    assert (third.status_code, third.json(), third.headers["X-Tea"]) == (418, {"code": 7, "msg": "tea"}, "green")
    moved = sandbox.call("POST", IMPORT, A, allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (302, "http://127.0.0.1:9/")
    assert upload(sandbox).content == b""
    assert [row["fault"] for row in sandbox.requests()] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("path", "error", "status"),
    [
        (LIST, 40348, 200),
        (LIST, 50000, 500),
        (LIST, 40353, 200),
        ("/v1/workflows", "EXECUTION_FAILED", 500),
        ("/v1/workflows", "INSUFFICIENT_CREDITS", 402),
    ],
)
def test_any_documented_error_on_any_call(sandbox: "Sandbox", path: str, error: Any, status: int) -> None:
    sandbox.faults([{"do": {"error": error}}])
    reply = sandbox.call("GET", path, A)
    code = reply.json().get("code") or reply.json()["error"]["code"]
    assert (reply.status_code, code) == (status, error)


@pytest.mark.parametrize(("path", "code"), [(LIST, 40008), ("/v1/workflows", "RATE_LIMIT_EXCEEDED")])
def test_too_many_requests(sandbox: "Sandbox", path: str, code: Any) -> None:
    sandbox.faults([{"do": {"429": {"retry_after": 7}}}])
    reply = sandbox.call("GET", path, A)
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "7")
    assert code in (reply.json().get("code"), reply.json().get("error", {}).get("code"))


def test_a_reply_that_is_not_json(sandbox: "Sandbox") -> None:
    sandbox.faults([{"match": {"nth": 1}, "do": {"not_json": True}}, {"match": {"nth": 2}, "do": {"not_json": True, "effect": False}}])
    for made in (1, 1):
        reply = upload(sandbox)
        assert (reply.status_code, reply.headers["Content-Type"], versions(sandbox)) == (200, "text/html", made)
        assert reply.text.startswith("<html>")


def test_a_body_in_place_of_the_real_one(sandbox: "Sandbox") -> None:
    sandbox.faults([{"do": {"body": {"code": 0, "msg": "OK", "data": {}}}}])
    assert upload(sandbox).json()["data"] == {}
    assert versions(sandbox) == 1


def test_headers_alone_are_added_to_the_real_reply(sandbox: "Sandbox") -> None:
    sandbox.faults([{"do": {"headers": {"X-RateLimit-Remaining": 0}}}])
    reply = sandbox.call("GET", "/v1/workflows", "sandbox-acme")
    assert (reply.headers["X-RateLimit-Remaining"], reply.json()["total"]) == ("0", 0)


def test_a_hang_ends_with_the_client(sandbox: "Sandbox") -> None:
    sandbox.faults([{"match": {"nth": 1}, "do": {"hang": True, "effect": True}}])
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(sandbox.url + IMPORT, headers={"Authorization": f"Bearer {A}"}, files={"file": ("a.flow", b"\x00")}, timeout=0.2)
    assert upload(sandbox).json()["data"]["version"] == "1.0.1"


def test_an_effect_may_land_late(sandbox: "Sandbox") -> None:
    sandbox.faults([{"match": {"nth": 1}, "do": {"late": 0.3}}, {"match": {"nth": 2}, "do": {"late": 0.3, "status": 504}}])
    with pytest.raises(ConnectionResetError):
        raw(sandbox)
    assert versions(sandbox) == 0
    assert upload(sandbox).status_code == 504
    wait_for(lambda: versions(sandbox) == 2)
    newest = sandbox.call("GET", LIST, A).json()["data"]
    assert [row["version_desc"] for row in newest] == ["", "raw"]


def test_a_delay_does_not_hold_up_others(sandbox: "Sandbox") -> None:
    sandbox.faults([{"match": {"path": IMPORT}, "do": {"delay": 3600}}])
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(requests.post, sandbox.url + IMPORT, timeout=1)
        wait_for(lambda: any(row["path"] == IMPORT for row in sandbox.requests()))
        assert sandbox.call("GET", LIST, A).status_code == 200
        assert isinstance(slow.exception(20), requests.exceptions.ReadTimeout)


def test_rules_may_name_a_key(sandbox: "Sandbox") -> None:
    sandbox.faults([{"match": {"key": "b"}, "do": {"status": 500}}])
    assert [sandbox.call("GET", LIST, f"sandbox-workflow-{name}").status_code for name in "abc"] == [200, 500, 200]


def test_bad_rules_are_reported_and_change_nothing(sandbox: "Sandbox") -> None:
    sandbox.faults([{"do": {"status": 500}}])
    reply = sandbox.call("POST", "/_sandbox/faults", data=b"- do: {statsu: 500}")
    assert reply.status_code == 400
    assert 'Did you mean "status"' in reply.json()["message"]
    assert "inside another process" in sandbox.call("POST", "/_sandbox/faults", json=[{"do": {"exit": "after"}}]).json()["message"]
    assert sandbox.call("GET", LIST, A).status_code == 500


def test_a_web_page_may_not_steer_the_sandbox(sandbox: "Sandbox") -> None:
    for path in ("faults", "reset"):
        assert sandbox.call("POST", f"/_sandbox/{path}", data=b"[]", headers={"Origin": "https://example.com"}).status_code == 403


def test_reset_deletes_everything_and_cancels_late_effects(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(
        targets={"gptbots": {"targets": {"a": {"versions": [{"version": "1.0.0"}]}}}, "meingpt": {"defaults": {"rate_limits": {"calls": 1}}}},
        faults=[{"match": {"path": LIST}, "do": {"status": 500}}],
    )
    upload(box)
    box.call("GET", "/v1/workflows", "sandbox-x")
    box.faults([{"match": {"path": IMPORT}, "do": {"late": 3600, "status": 504}}])
    upload(box)
    assert box.call("POST", "/_sandbox/reset").json() == {"ok": True}
    assert box.requests() == []
    assert [version["version"] for version in box.state()["gptbots"][0]["versions"]] == ["1.0.0"]
    assert box.state()["meingpt"] == []
    assert box.call("GET", LIST, A).status_code == 500
    assert box.call("GET", "/v1/workflows", "sandbox-x").status_code == 200


def test_latency_overlaps(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(latency=0.05)

    def one(number: int) -> int:
        reply = requests.get(box.url + LIST, headers={"Authorization": f"Bearer sandbox-workflow-{number}"}, timeout=30)
        return reply.status_code

    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(one, range(120))) == {200}
    log = box.requests()
    assert len(log) == 120
    assert max(row["in_flight"] for row in log) > 12


def test_a_client_that_leaves_in_the_middle_of_its_request_does_no_harm(sandbox: "Sandbox") -> None:
    address = urlsplit(sandbox.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as link:
        link.sendall(f"POST {IMPORT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {A}\r\nContent-Length: 500\r\n\r\n--xx".encode())
        wait_for(lambda: len(sandbox.requests()) == 1)
    assert upload(sandbox).json()["data"]["version"] == "1.0.0"


@pytest.fixture
def victim() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that waits to be killed."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


@pytest.mark.parametrize(("more", "made"), [({"when": "after"}, 1), ({"when": "before"}, 1), ({}, 0)])
def test_another_process_is_killed(sandbox: "Sandbox", victim: "subprocess.Popen[bytes]", more: dict[str, str], made: int) -> None:
    action: dict[str, Any] = {"signal": {"name": "KILL", "pid_header": "X-Pid", **more}}
    sandbox.faults([{"do": action if made else {**action, "effect": False, "status": 502}}])
    reply = sandbox.call("POST", IMPORT, A, files={"file": ("a.flow", b"\x00")}, headers={"X-Pid": str(victim.pid)})
    assert victim.wait(10) == -signal.SIGKILL
    assert (reply.status_code, versions(sandbox)) == ((200, 1) if made else (502, 0))


def test_a_process_named_by_a_file_gets_a_signal(sandbox: "Sandbox", victim: "subprocess.Popen[bytes]", tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(f"{victim.pid}\n")
    sandbox.faults([{"do": {"signal": {"name": "TERM", "pid_file": str(tmp_path / "pid")}}}])
    assert upload(sandbox).status_code == 200
    assert victim.wait(10) == -signal.SIGTERM


@pytest.mark.parametrize("pid", ["0", "1", "-1", "x", "", "its own"])
def test_no_process_but_a_named_one_is_signalled(sandbox: "Sandbox", capfd: pytest.CaptureFixture[str], pid: str) -> None:
    sandbox.faults([{"do": {"signal": {"name": "KILL", "pid_header": "X-Pid"}}}])
    assert sandbox.call("GET", LIST, A, headers={"X-Pid": str(os.getpid()) if pid == "its own" else pid}).status_code == 200
    assert "no process to signal" in capfd.readouterr().err


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_barrier_holds_one_request_and_no_other(sandbox: "Sandbox", when: str, made: int) -> None:
    sandbox.faults([{"match": {"path": IMPORT, "nth": 1}, "do": {"barrier": when}}])
    with ThreadPoolExecutor(1) as threads:
        held = threads.submit(raw, sandbox)
        sandbox.waiting(1)
        assert versions(sandbox) == made
        assert upload(sandbox).status_code == 200
        assert not held.done()
        sandbox.open()
        assert b"200 OK" in held.result()
    assert versions(sandbox) == 2


def test_request_at_a_barrier_has_no_effect_after_a_reset(sandbox: "Sandbox") -> None:
    sandbox.faults([{"match": {"path": IMPORT}, "do": {"barrier": "before"}}])
    with ThreadPoolExecutor(1) as threads:
        held = threads.submit(raw, sandbox)
        sandbox.waiting(1)
        assert sandbox.call("POST", "/_sandbox/reset").json()["ok"]
        assert b"200 OK" not in held.result()
    assert versions(sandbox) == 0
