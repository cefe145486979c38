"""The server of Toy: flows in memory, over HTTP on loopback. One key, `toy-key`, sees them all."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "toy-key"
NO_FLOW = (404, {"problem": {"kind": "no-flow", "text": "There is no such flow."}})


class ToyServer:
    """`flows` by id, and each request as `METHOD PATH`."""

    def __init__(self) -> None:
        self.flows: dict[str, dict[str, Any]] = {}
        self.requests: list[str] = []
        self.refused = ""  # no step may say that
        self.url = ""
        self._lock = threading.Lock()
        self._writes = 0

    def answer(self, method: str, path: str, key: str, body: Any) -> tuple[int, object]:
        """Status and body of the reply to one call."""
        with self._lock:
            self.requests.append(f"{method} {path}")
            if key != KEY:
                return 401, {"problem": {"kind": "no-key", "text": "That key is not known."}}
            _, what, *rest = path.split("/")
            if what != "flows" or rest[1:] not in ([], ["run"]):
                return 404, {"problem": {"kind": "no-call", "text": "There is no such call."}}
            if not rest:
                return (200, {"flows": [{"id": id_, **flow} for id_, flow in self.flows.items()]}) if method == "GET" else self._make(body)
            return self._call(method, rest[0], body, is_run=rest[1:] == ["run"]) if rest[0] in self.flows else NO_FLOW

    def write(self, id_: str, body: dict[str, Any]) -> None:
        """As a person does it in Toy's editor."""
        self._writes += 1
        time = (datetime.now(UTC) + timedelta(milliseconds=self._writes)).isoformat(timespec="milliseconds")
        made = self.flows.get(id_, {"madeAt": time, "active": False, "note": ""})
        self.flows[id_] = {**made, **body, "changedAt": time}

    def _make(self, body: Any) -> tuple[int, object]:
        id_ = f"flow{self._writes + 1}"
        self.write(id_, {**body, "active": False})
        return 201, {"id": id_}

    def _call(self, method: str, id_: str, body: Any, *, is_run: bool) -> tuple[int, object]:
        if is_run:
            said = " ".join(step["say"] for step in self.flows[id_]["steps"])
            return 200, {"id": f"run{len(self.requests)}", "state": "done", "answer": said}
        if method == "GET":
            return 200, {"id": id_, **self.flows[id_]}
        if method == "DELETE":
            del self.flows[id_]
            return 204, None
        if self.refused and {"say": self.refused} in body.get("steps", ()):
            return 400, {"problem": {"kind": "refused", "text": f"A step says {self.refused}."}}
        self.write(id_, body)
        return 200, {"id": id_}


@contextmanager
def running() -> Iterator[ToyServer]:
    """The server, at its `url`, until the block ends."""
    toy = ToyServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = toy.answer(self.command, self.path, self.headers.get("X-Toy-Key", ""), json.loads(content) if content else {})
            reply = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    toy.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield toy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
