"""A server between the program and the platform's: it passes requests on, and does to some of them what happens on the way."""

import http.client
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

HELD_S = 30  # how long a request waits at most until it is let go


class Mishap(NamedTuple):
    """What happens to a request. `reply`: a status, "reset", "torn" or "{}" instead of the reply, "" for the
    reply itself. `effect`: the platform
    gets the request. `signal`: sent to the run, before or after the effect. `hold`: the request waits, before or after the effect."""

    reply: str = ""
    effect: bool = True
    signal: int = 0
    hold: bool = False
    after: bool = False


class PlatformReply(NamedTuple):
    status: int
    content: bytes
    headers: list[tuple[str, str]]


class FaultProxy:
    """`url` is its address. `mishap(number, method)`: what happens to a request, None for nothing; numbers begin with 1 at `arm`."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target)
        self.url = ""
        self.requests: list[str] = []  # `METHOD PATH`, since `arm`
        self.pid = 0
        self.is_held, self.go_on, self.started = threading.Event(), threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self.arm()

    def arm(self, mishap: Callable[[int, str], Mishap | None] = lambda _number, _method: None) -> None:
        """Count anew, and let that happen from now on."""
        with self._lock:
            self.mishap = mishap
            self.requests = []
        for event in (self.is_held, self.go_on, self.started):
            event.clear()

    def run_started(self, pid: int) -> None:
        """Signals go to that process."""
        self.pid = pid
        self.started.set()

    def next_mishap(self, method: str, path: str) -> Mishap | None:
        with self._lock:
            self.requests.append(f"{method} {path}")
            return self.mishap(len(self.requests), method)

    def pass_by(self, mishap: Mishap) -> None:
        """What happens beside the reply."""
        if mishap.signal and self.started.wait(HELD_S):
            os.kill(self.pid, mishap.signal)
        if mishap.hold:
            self.is_held.set()
            self.go_on.wait(HELD_S)

    def forward(self, handler: BaseHTTPRequestHandler, body: bytes) -> PlatformReply:
        """The platform's own reply."""
        secure = self.target.scheme == "https"
        connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(self.target.netloc, timeout=60)
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "connection", "accept-encoding")}
        connection.request(handler.command, self.target.path.rstrip("/") + handler.path, body or None, headers)
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        kept = [(name, value) for name, value in reply.getheaders() if name.lower() not in ("content-length", "transfer-encoding", "connection")]
        return PlatformReply(reply.status, content, kept)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: FaultProxy

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        mishap = self.proxy.next_mishap(self.command, urlsplit(self.path).path) or Mishap()
        if not mishap.after:
            self.proxy.pass_by(mishap)
        reply = self.proxy.forward(self, body) if mishap.effect else PlatformReply(200, b"{}" + b" " * 40, [("Content-Type", "application/json")])
        if mishap.after:
            self.proxy.pass_by(mishap)
        self._answer(mishap.reply, reply)

    def _answer(self, kind: str, reply: PlatformReply) -> None:
        if kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
        elif kind.isdigit():
            self._send(PlatformReply(int(kind), b"<html>Error</html>", [("Content-Type", "text/html")]))
        elif kind == "{}":
            self._send(PlatformReply(200, b"{}", [("Content-Type", "application/json")]))
        else:
            self._send(reply, torn=kind == "torn")

    def _send(self, reply: PlatformReply, *, torn: bool = False) -> None:
        content = reply.content or (b" " * 40 if torn else b"")
        self.send_response(200 if torn else reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.status != 204 or torn:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if torn else content)
        self.close_connection = self.close_connection or torn

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the library's names

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The run was killed, and its connection is gone."""


@contextmanager
def running_before(target: str) -> Iterator[FaultProxy]:
    """One before that address, in a thread."""
    proxy = FaultProxy(target)
    with _QuietServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": proxy})) as server:
        proxy.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.go_on.set()
            server.shutdown()
            thread.join(10)
