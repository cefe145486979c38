"""The stand-in over HTTP, in a thread."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from deployer.testing.github_stand_in.exchange import LIMIT, Asked, Fault, HubReply
from deployer.testing.github_stand_in.stand_in import StandInBase

Hub = TypeVar("Hub", bound=StandInBase)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    hub: StandInBase

    def log_message(self, *_: Any) -> None:
        return

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(size)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        asked = Asked(self.command, unquote(parts.path), query, json.loads(raw) if raw else None, self.headers.get("Authorization", ""))
        with self.hub.lock:
            self.hub.requests.append(asked)
            fault = next((each for each in self.hub.faults if each.matches(asked.method, asked.path)), None)
        if fault is None:
            self._send(self.hub.answer(asked))
            return
        if fault.after:
            self.hub.answer(asked)
        self._fail(fault)

    def _fail(self, fault: Fault) -> None:
        match fault.do:
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()
            case "secondary":
                message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
                self._send(HubReply(403, {"message": message}, {"Retry-After": str(fault.seconds)}))
            case "primary":
                reset = str(int(time.time()) + fault.seconds)
                self._send(HubReply(403, {"message": "API rate limit exceeded for x"}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}))
            case "torn":
                self._send(HubReply(200, "half", {}), torn=True)
            case status:
                self._send(HubReply(int(status), {"message": fault.message}))

    def _send(self, answer: HubReply, *, torn: bool = False) -> None:
        content = json.dumps(answer.body).encode() if answer.status != 204 else b""
        limits = {
            "X-RateLimit-Limit": str(LIMIT),
            "X-RateLimit-Remaining": str(self.hub.remaining),
            "X-RateLimit-Reset": str(int(time.time()) + 3600),
        }
        headers = {"Content-Type": "application/json; charset=utf-8", **limits, **answer.headers, "Content-Length": str(len(content))}
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if torn else content)
        self.close_connection = self.close_connection or torn

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - the base class's names


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # a client that went away


@contextlib.contextmanager
def running(hub: Hub, host: str = "127.0.0.1", port: int = 0) -> Iterator[Hub]:
    """Serve it from a thread; `hub.url` is its address."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    with _Server((host, port), handler) as server:
        hub.url = f"http://{host}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="github-stand-in", daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join(10)
    if hub.complaints:
        raise AssertionError("not as GitHub describes its API: " + "; ".join(dict.fromkeys(hub.complaints)))
