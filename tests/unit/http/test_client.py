"""One call over real sockets: what goes out, what is made of every way a server can misbehave."""

import base64
import datetime as dt
import email.utils
import json
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest

from deployer import __version__
from deployer.http import sockets
from deployer.http.classify import Expected
from deployer.http.request import Request
from deployer.model.errors import OutcomeUnknown, PlatformError, Unreachable, UsageError
from deployer.model.secret import Redactor, Secret

OK = {"code": 0, "msg": "OK"}


def get(http: Any, key: Secret, **more: Any) -> Any:
    return http.send(Request("GET", "/v1/x", key, repeatable=True, **more))


def put(http: Any, key: Secret, **more: Any) -> Any:
    return http.send(Request("PUT", "/v1/x", key, repeatable=True, **more))


def post(http: Any, key: Secret, **more: Any) -> Any:
    return http.send(Request("POST", "/v1/x", key, repeatable=False, **more))


def caught(act: Any, *args: Any, **more: Any) -> PlatformError:
    with pytest.raises(PlatformError) as info:
        act(*args, **more)
    return info.value


class TestWhatGoesOut:
    def test_bearer_user_agent_and_json(self, stage: Any) -> None:
        server = stage.play(stage.answer(200, OK, {"X-Thing": "1"}))
        reply = post(stage.http(server.url), stage.key, json={"version": "1.0.3"}, params={"page": 2})
        (seen,) = server.seen
        assert (reply.status, reply.body, reply.headers["x-thing"]) == (200, OK, "1")
        assert seen.headers["authorization"] == f"Bearer {stage.key.reveal()}"
        assert seen.headers["user-agent"] == f"flowship/{__version__}"
        assert (seen.path, json.loads(seen.body)) == ("/v1/x?page=2", {"version": "1.0.3"})

    def test_key_in_a_header_of_another_name_and_no_bearer_token(self, stage: Any) -> None:
        server = stage.play(stage.answer(200, OK))
        get(stage.http(server.url), stage.key, key_header="X-Api-Key")
        assert server.seen[0].headers["x-api-key"] == stage.key.reveal()
        assert "authorization" not in server.seen[0].headers

    def test_a_hostile_netrc_is_never_read(self, stage: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for name in (".netrc", "_netrc"):
            (tmp_path / name).write_text("machine 127.0.0.1 login mallory password stolen\ndefault login mallory password stolen\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        server = stage.play(stage.answer(200, OK))
        get(stage.http(server.url), stage.key)
        assert server.seen[0].headers["authorization"] == f"Bearer {stage.key.reveal()}"

    def test_proxies_of_the_environment_are_passed_over_for_loopback(self, stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        proxy = stage.play(stage.answer(200, OK))
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        server = stage.play(stage.answer(200, OK))
        get(stage.http(server.url), stage.key)
        assert (len(server.seen), len(proxy.seen)) == (1, 0)

    def test_a_proxy_that_says_no_got_no_key(self, stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        proxy = stage.play(stage.answer(403, "no", {"Connection": "close"}))
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        http = stage.http("https://api-sg.gptbots.invalid")
        error = caught(post, http, stage.key)
        assert isinstance(error, Unreachable)
        assert "403" in error.message
        assert "HTTPS_PROXY" in error.fix
        assert {seen.method for seen in proxy.seen} == {"CONNECT"}
        assert all("authorization" not in seen.headers for seen in proxy.seen)
        assert http.spent.count == 0

    def test_cookies_are_not_kept(self, stage: Any) -> None:
        server = stage.play(stage.answer(200, OK, {"Set-Cookie": "a=b; Path=/"}))
        http = stage.http(server.url)
        get(http, stage.key)
        get(http, stage.key)
        assert "cookie" not in server.seen[1].headers

    def test_what_may_not_be_repeated_takes_no_connection_that_was_idle(self, stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        server = stage.play(stage.answer(200, OK))
        http = stage.http(server.url)
        get(http, stage.key)
        post(http, stage.key)
        assert [seen.connection for seen in server.seen] == [1, 1]
        monkeypatch.setattr(sockets, "MAX_IDLE_S", 0.0)
        get(http, stage.key)
        post(http, stage.key)
        post(http, stage.key)
        assert [seen.connection for seen in server.seen] == [1, 1, 1, 2, 3]

    def test_a_key_that_no_header_can_carry(self, stage: Any) -> None:
        server = stage.play(stage.answer(200, OK))
        with pytest.raises(UsageError) as info:
            get(stage.http(server.url), Secret("two\nlines"))
        assert "two" not in str(info.value)
        assert not server.seen


class TestNothingWasSent:
    @pytest.mark.parametrize("call", [get, post])
    def test_refused_connections_are_tried_five_times(self, stage: Any, call: Any) -> None:
        http = stage.http("http://127.0.0.1:9")
        error = caught(call, http, stage.key)
        assert isinstance(error, Unreachable)
        assert not isinstance(error, OutcomeUnknown)
        assert "127.0.0.1:9" in error.message
        assert "refused" in error.message
        assert stage.clock.waits == [0.25, 0.5, 1.0, 2.0]
        assert http.spent.count == 0

    def test_unknown_host(self, stage: Any) -> None:
        error = caught(get, stage.http("https://nowhere.invalid"), stage.key)
        assert (type(error), error.code) == (Unreachable, "UNREACHABLE")

    def test_tls_to_a_server_without_it(self, stage: Any) -> None:
        def greet(plain: Any) -> Any:
            plain.sendall(b"HTTP/1.1 400 This is http\r\n\r\n")
            return plain

        server = stage.play(stage.answer(200, OK), wrap=greet)
        error = caught(post, stage.http(server.url), stage.key)
        assert (error.code, error.exit_code, stage.clock.waits) == ("TLS", 1, [])
        assert not server.seen

    def test_a_handshake_that_never_ends_is_no_connection(self, stage: Any) -> None:
        server = stage.play(stage.answer(200, OK), wrap=lambda plain: plain)
        error = caught(post, stage.http(server.url, timeouts=(0.05, 5.0)), stage.key)
        assert (type(error), error.code, len(stage.clock.waits)) == (Unreachable, "UNREACHABLE", 4)

    @pytest.mark.parametrize("stopped", [True, False])
    def test_no_call_when_the_run_is_over(self, stage: Any, stopped: bool) -> None:
        server = stage.play(stage.answer(200, OK))
        stage.clock.stop() if stopped else stage.clock.wait(600)
        error = caught(get, stage.http(server.url), stage.key)
        assert error.code == ("STOPPED" if stopped else "TIME_LIMIT")
        assert not server.seen


class TestTls:
    def wrapped(self, certificate: Path) -> Any:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        return lambda plain: context.wrap_socket(plain, server_side=True)

    def test_an_unknown_certificate_is_refused_before_the_key_goes_out(self, stage: Any, certificate: Path) -> None:
        server = stage.play(stage.answer(200, OK), wrap=self.wrapped(certificate))
        error = caught(get, stage.http(server.url), stage.key)
        assert (error.code, stage.clock.waits) == ("TLS", [])
        assert "certificate verify failed" in error.message
        assert not server.seen

    def test_a_ca_file_of_the_environment_is_trusted(self, stage: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        server = stage.play(stage.answer(200, OK), stage.reset, wrap=self.wrapped(certificate))
        http = stage.http(server.url)
        assert post(http, stage.key).body == OK
        error = caught(post, http, stage.key)  # broken after sending, inside TLS
        assert isinstance(error, OutcomeUnknown)
        assert (error.probe_seconds, error.absence_is_proof, len(server.seen)) == (60, False, 2)


class TestUnclear:
    """After sending, whatever breaks: again for what may be repeated, and "nobody knows" for the rest."""

    def broken(self, stage: Any) -> dict[str, Any]:
        return {
            "reset": stage.reset,
            "closed": stage.hang_up,
            "cut": stage.answer(200, OK, short=3),
            "not json": stage.answer(200, "<html><title>Sign in</title></html>"),
            "empty": stage.answer(200),
            "504": stage.answer(504, "<h1>Gateway time-out</h1>"),
            "502": stage.answer(502),
            "503": stage.answer(503, {"code": 50000, "message": "later"}),
            "500": stage.answer(500, "<h1>Oops</h1>"),
            "500 by its code": stage.answer(200, {"code": 50000, "msg": "oops"}),
            "599": stage.answer(599),
        }

    @pytest.mark.parametrize("kind", ["reset", "closed", "cut", "not json", "empty", "504", "502", "503", "500", "500 by its code", "599"])
    def test_what_may_be_repeated_is(self, stage: Any, kind: str) -> None:
        step = self.broken(stage)[kind]
        server = stage.play(step, step, stage.answer(200, OK))
        assert get(stage.http(server.url), stage.key).body == OK
        assert len(server.seen) == 3
        assert len(stage.clock.waits) == 2

    @pytest.mark.parametrize("kind", ["reset", "closed", "cut", "not json", "empty", "504", "502", "503", "500", "500 by its code", "599"])
    def test_the_rest_is_not(self, stage: Any, kind: str) -> None:
        server = stage.play(self.broken(stage)[kind], stage.answer(200, OK))
        error = caught(post, stage.http(server.url), stage.key)
        assert isinstance(error, OutcomeUnknown)
        assert len(server.seen) == 1
        assert (error.probe_seconds, error.absence_is_proof) == ((30, True) if kind in ("503", "500", "500 by its code") else (60, False))
        assert error.exit_code == 4
        assert error.fix

    @pytest.mark.parametrize(("call", "unknown"), [(put, True), (get, False)])
    def test_tries_end_and_a_read_has_no_outcome(self, stage: Any, call: Any, unknown: bool) -> None:
        server = stage.play(stage.reset)
        error = caught(call, stage.http(server.url), stage.key)
        assert isinstance(error, OutcomeUnknown) == unknown
        assert len(server.seen) == 5

    def test_a_time_out_after_sending(self, stage: Any) -> None:
        server = stage.play()
        server.steps = [server.stall]
        error = caught(post, stage.http(server.url, timeouts=(5.0, 0.1)), stage.key)
        assert isinstance(error, OutcomeUnknown)
        assert (error.code, error.probe_seconds, error.absence_is_proof, len(server.seen)) == ("TIMEOUT", 60, False, 1)

    def test_the_read_time_out_ends_with_the_run(self, stage: Any) -> None:
        server = stage.play()
        server.steps = [server.stall]
        stage.clock.left = 0.1
        error = caught(post, stage.http(server.url, timeouts=(5.0, 60.0)), stage.key)
        assert isinstance(error, OutcomeUnknown)
        assert error.code == "TIMEOUT"

    def test_a_reply_that_drips_does_not_outlive_the_run(self, stage: Any) -> None:
        server = stage.play()
        server.steps = [server.drip]
        http = stage.http(server.url)
        threading.Timer(0.2, stage.clock.stop).start()
        error = caught(post, http, stage.key)
        assert isinstance(error, OutcomeUnknown)

    def test_an_earlier_unclear_try_outweighs_a_later_refused_connection(self, stage: Any) -> None:
        server = stage.play()

        def last_words(connection: Any) -> bool:
            server.close()
            return bool(stage.reset(connection))

        server.steps = [last_words]
        error = caught(put, stage.http(server.url), stage.key)
        assert isinstance(error, OutcomeUnknown)

    def test_a_reply_of_the_wrong_shape(self, stage: Any) -> None:
        server = stage.play(stage.answer(200, {"code": 0}))
        http = stage.http(server.url)
        expected = Expected(lambda body: "data" in body)
        unclear = caught(post, http, stage.key, expected=expected)
        assert isinstance(unclear, OutcomeUnknown)
        repeated = caught(put, http, stage.key, expected=expected)
        assert (type(repeated), repeated.code, len(server.seen)) == (OutcomeUnknown, "ODD_REPLY", 1 + 5)

    def test_a_reply_that_is_too_large(self, stage: Any) -> None:
        server = stage.play(stage.answer(200, "x" * 5000))
        http = stage.http(server.url)
        assert caught(get, http, stage.key, max_reply_bytes=1000).code == "REPLY_TOO_LARGE"
        assert isinstance(caught(post, http, stage.key, max_reply_bytes=1000), OutcomeUnknown)

    @pytest.mark.parametrize("body", ["[" * 100_000, '{"a": ' + "9" * 5000 + "}"])
    def test_json_made_to_hurt(self, stage: Any, body: str) -> None:
        server = stage.play(stage.answer(200, body))
        assert caught(post, stage.http(server.url), stage.key).code == "ODD_REPLY"


class TestLimits:
    def test_retry_after_in_seconds(self, stage: Any) -> None:
        server = stage.play(stage.answer(429, OK, {"Retry-After": "7"}), stage.answer(200, OK))
        assert post(stage.http(server.url), stage.key).body == OK
        assert stage.clock.waits == [7.5]

    def test_retry_after_as_a_date_by_the_servers_clock(self, stage: Any) -> None:
        date = dt.datetime(2031, 5, 1, 12, 0, 0, tzinfo=dt.UTC)
        later = date.replace(second=9)
        headers = {"Date": email.utils.format_datetime(date, usegmt=True), "Retry-After": email.utils.format_datetime(later, usegmt=True)}
        server = stage.play(stage.answer(429, OK, headers), stage.answer(200, OK))
        get(stage.http(server.url), stage.key)
        assert stage.clock.waits == [9.5]

    def test_reset_time_when_nothing_is_left(self, stage: Any) -> None:
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(stage.clock.now()) + 30)}
        server = stage.play(stage.answer(429, {"error": {"code": "RATE_LIMIT_EXCEEDED"}}, headers), stage.answer(200, OK))
        get(stage.http(server.url, "meingpt"), stage.key)
        assert stage.clock.waits == [30.5]

    def test_the_reset_time_of_another_failure_is_not_waited_for(self, stage: Any) -> None:
        headers = {"X-RateLimit-Remaining": "900", "X-RateLimit-Reset": str(int(stage.clock.now()) + 3000)}
        server = stage.play(stage.answer(503, "busy", headers), stage.answer(200, OK))
        get(stage.http(server.url), stage.key)
        assert stage.clock.waits == [0.25]

    @pytest.mark.parametrize("status", [200, 400])
    def test_a_rate_limit_told_by_code_alone(self, stage: Any, status: int) -> None:
        server = stage.play(stage.answer(status, {"code": 40008, "message": "slow down"}), stage.answer(200, OK))
        assert post(stage.http(server.url), stage.key).body == OK
        assert len(server.seen) == 2

    def test_a_wait_beyond_the_run(self, stage: Any) -> None:
        server = stage.play(stage.answer(429, OK, {"Retry-After": "3600"}))
        error = caught(get, stage.http(server.url), stage.key)
        assert (error.code, len(server.seen)) == ("HTTP 429", 1)
        assert "leaves no room" in error.message

    def test_429_five_times(self, stage: Any) -> None:
        server = stage.play(stage.answer(429, {"code": 40008, "msg": "too many"}))
        error = caught(post, stage.http(server.url), stage.key)
        assert (type(error), error.code, len(server.seen)) == (PlatformError, "40008", 5)

    def test_an_empty_budget_is_waited_for_before_sending(self, stage: Any) -> None:
        headers = {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(stage.clock.now()) + 20)}
        server = stage.play(stage.answer(200, OK, headers), stage.answer(200, OK))
        http = stage.http(server.url)
        get(http, stage.key)
        assert (http.spent.count, http.spent.remaining) == (1, 0)
        get(http, Secret("another-key-0123"))
        assert stage.clock.waits == []  # each key has a budget of its own
        get(http, stage.key)
        assert stage.clock.waits == [20.5]

    def test_an_empty_budget_beyond_the_run(self, stage: Any) -> None:
        headers = {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "3", "X-RateLimit-Reset": str(int(stage.clock.now()) + 3000)}
        server = stage.play(stage.answer(200, OK, headers))
        http = stage.http(server.url, "meingpt")
        get(http, stage.key)
        error = caught(get, http, stage.key)
        assert (error.code, len(server.seen)) == ("RATE_LIMIT_EXCEEDED", 1)
        assert "was not sent" in error.message


class TestRefused:
    def test_a_redirect_is_named_and_not_followed(self, stage: Any) -> None:
        other = stage.play(stage.answer(200, OK))
        location = f"{other.url.replace('//', '//mallory:pw@')}/v1/login?token=abc#frag"
        server = stage.play(stage.answer(302, "x" * 100, {"Location": location}))
        error = caught(get, stage.http(server.url), stage.key)
        assert (error.code, error.status, len(server.seen), len(other.seen)) == ("REDIRECT", 302, 1, 0)
        assert f"{other.url}/v1/login" in error.message
        assert "abc" not in error.message
        assert "mallory" not in error.message
        assert "base URL" in error.fix

    @pytest.mark.parametrize("location", [None, "http://[", "\u00ff\u00fe", "//", "javascript:alert(1)"])
    def test_odd_redirects(self, stage: Any, location: str | None) -> None:
        content = b"HTTP/1.1 301 X\r\nContent-Length: 0\r\n" + (f"Location: {location}\r\n".encode("latin-1") if location else b"") + b"\r\n"

        def step(connection: Any) -> bool:
            connection.sendall(content)
            return True

        assert caught(get, stage.http(stage.play(step).url), stage.key).code == "REDIRECT"

    def test_html_with_an_error_status(self, stage: Any) -> None:
        page = "<html><script>var x = 'hidden'</script><body><h1>403 &amp; Forbidden\x1b[31m</h1>\r\n" + "word " * 200 + "</body></html>"
        error = caught(post, stage.http(stage.play(stage.answer(403, page)).url), stage.key)
        assert (error.code, error.status) == ("HTTP 403", 403)
        assert error.message.startswith("403 & Forbidden[31m word")
        assert "hidden" not in error.message
        assert len(error.message) < 250
        assert "version management" in error.fix

    @pytest.mark.parametrize("status", [200, 403, 500, 502])
    @pytest.mark.parametrize(("code", "tries"), [(40127, 1), (403202, 1), (40008, 5), (50000, 5)])
    def test_a_code_says_what_happened_whatever_status_carries_it(self, stage: Any, status: int, code: int, tries: int) -> None:
        server = stage.play(stage.answer(status, {"code": code, "msg": "oops"}))
        error = caught(put, stage.http(server.url), stage.key)
        assert (error.code, error.status, len(server.seen)) == (str(code), status, tries)
        assert isinstance(error, OutcomeUnknown) == (code == 50000)

    def test_what_is_refused_after_an_unclear_try_names_that_try_as_its_cause(self, stage: Any) -> None:
        error = caught(put, stage.http(stage.play(stage.answer(504), stage.answer(400)).url), stage.key)
        assert (type(error), type(error.__cause__)) == (PlatformError, OutcomeUnknown)

    def test_a_cut_error_page_keeps_its_status(self, stage: Any) -> None:
        error = caught(post, stage.http(stage.play(stage.answer(401, "<p>no</p>", short=2)).url), stage.key)
        assert (type(error), error.code) == (PlatformError, "HTTP 401")

    def test_secrets_that_a_server_echoes_are_taken_out(self, stage: Any) -> None:
        other = Secret("another-secret-987")
        coded = base64.b64encode(stage.key.reveal().encode()).decode()
        text = f"bad key {stage.key.reveal()} or {coded} or {other.reveal()[:9]}<b>{other.reveal()[9:]}</b> or {other.reveal()}"
        http = stage.http(stage.play(stage.answer(401, {"code": 40127, "message": text})).url, redact=Redactor((other,)))
        error = caught(get, http, stage.key)
        assert "***" in error.message
        assert not any(hidden in str(error) for hidden in (stage.key.reveal(), coded, other.reveal()))
        assert error.__cause__ is None

    def test_a_stop_during_back_off_is_said(self, stage: Any) -> None:
        def step(connection: Any) -> bool:
            stage.clock.stop()
            return bool(stage.answer(503)(connection))

        error = caught(put, stage.http(stage.play(step).url), stage.key)
        assert isinstance(error, OutcomeUnknown)
        assert "The run was stopped" in error.message


def test_many_threads_share_one_http(stage: Any) -> None:
    server = stage.play(stage.answer(200, OK))
    http = stage.http(server.url)
    threads = [threading.Thread(target=lambda: [get(http, stage.key) for _ in range(5)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert http.spent.count == len(server.seen) == 40
    assert server.connections <= 8


def test_request_that_is_too_large_is_refused_with_its_size(stage: Any) -> None:
    server = stage.play(stage.answer(413, "<html><h1>413 Request Entity Too Large</h1></html>"))
    http = stage.http(server.url)
    error = caught(post, http, stage.key, files={"file": ("a.flow", b"x" * 1_000_000, "application/json")})
    assert (error.code, type(error), http.spent.count) == ("HTTP 413", PlatformError, 1)
    (seen,) = server.seen
    assert f"Request Entity Too Large. The request had {len(seen.body):,} bytes (POST /v1/x)" in error.message
    assert len(seen.body) > 1_000_000
    assert "proxy" in error.fix
