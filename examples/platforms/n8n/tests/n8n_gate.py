"""A proxy before n8n that does something at one request that writes: before it is passed on, or after n8n has answered it."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

KEPT_HEADERS = ("content-type", "x-n8n-api-key")


class Gate:
    """`disturb` is called at the write `at` (its number, from 1): before it is passed on, or after. It returns whether to go on: without that it
    is not passed on, or the caller gets no reply. After it, it may return another reply too, status and body."""

    def __init__(self) -> None:
        self.writes: list[str] = []
        self.url = ""
        self.at: tuple[int, str] = (0, "")
        self.disturb: Callable[[], bool | tuple[int, bytes]] = lambda: True


@contextmanager
def before(url: str) -> Iterator[Gate]:
    """The gate before the server of that address, until the block ends."""
    gate, target = Gate(), urlsplit(url)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            number = 0
            if self.command != "GET":
                with lock:
                    gate.writes.append(f"{self.command} {self.path}")
                    number = len(gate.writes)
            reply = self._ask(content) if gate.at != (number, "before") or gate.disturb() else None
            if reply and gate.at == (number, "after"):
                disturbed = gate.disturb()
                reply = reply if disturbed is True else disturbed or None
            if reply is None:
                self.close_connection = True
                return
            self.send_response(reply[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply[1])))
            self.end_headers()
            self.wfile.write(reply[1])

        def _ask(self, content: bytes) -> tuple[int, bytes]:
            connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
            headers = {name: value for name, value in self.headers.items() if name.lower() in KEPT_HEADERS}
            connection.request(self.command, self.path, content or None, headers)
            answer = connection.getresponse()
            reply = answer.status, answer.read()
            connection.close()
            return reply

        do_GET = do_POST = do_PUT = do_DELETE = _pass_on  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    gate.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield gate
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
