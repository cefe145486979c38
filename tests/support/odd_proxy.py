"""A server between the program and another one: it passes requests on, and answers some in its own way."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Asked(NamedTuple):
    """A request, and the body that it was answered with. `key`: the bearer token."""

    method: str
    path: str
    key: str
    answer: bytes


class OddProxy:
    """`answer(asked)`: the body to give instead of the one in `asked`, or None. `own(handler)`: True where it wrote the whole reply itself."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.answer: Callable[[Asked], bytes | None] = lambda _: None
        self.own: Callable[[BaseHTTPRequestHandler], bool] = lambda _: False
        self.url = ""

    def passed_on(self, handler: BaseHTTPRequestHandler) -> tuple[int, bytes, list[tuple[str, str]]]:
        connection = http.client.HTTPConnection(self.target, timeout=20)
        size = int(handler.headers.get("Content-Length") or 0)
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "connection", "accept-encoding")}
        connection.request(handler.command, handler.path, handler.rfile.read(size) if size else None, headers)
        reply = connection.getresponse()
        content = reply.read()
        connection.close()
        kept = [(name, value) for name, value in reply.getheaders() if name.lower() not in ("content-length", "transfer-encoding", "connection")]
        return reply.status, content, kept


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: OddProxy

    def _pass_on(self) -> None:
        if self.proxy.own(self):
            self.close_connection = True
            return
        status, content, headers = self.proxy.passed_on(self)
        key = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        odd = self.proxy.answer(Asked(self.command, urlsplit(self.path).path, key, content))
        self.send_response(200 if odd is not None else status)
        for name, value in headers:
            self.send_header(name, value)
        content = content if odd is None else odd
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on  # noqa: N815 - the library's names

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def running_before(target: str) -> Iterator[OddProxy]:
    """Serve one from a thread."""
    proxy = OddProxy(target)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": proxy}))
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
        server.server_close()
