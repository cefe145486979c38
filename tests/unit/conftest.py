"""A server that does what a script says, one step per request, and a clock that only pretends to wait."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import Any

import pytest

from deployer.http.client import Http
from deployer.http.clock import Clock
from deployer.http.service import Service
from deployer.model.secret import Secret
from deployer.platforms.registry import PLATFORMS

START = 1_700_000_000.0


@dataclass
class Seen:
    """One request as it arrived. `connection` counts from 1."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


Step = Callable[[socket.socket], bool]  # True: the connection stays open


def answer(status: int = 200, body: object = None, headers: Mapping[str, str] | None = None, *, short: int = 0, raw: bytes | None = None) -> Step:
    """A reply; `short` bytes of its body are missing (the length header says they should be there)."""
    content = raw if raw is not None else b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", *(f"{name}: {value}" for name, value in (headers or {}).items())]

    def step(connection: socket.socket) -> bool:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content[: len(content) - short])
        return not short

    return step


def reset(connection: socket.socket) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def hang_up(connection: socket.socket) -> bool:
    return False


@dataclass
class Scripted:
    """`steps` are taken in turn; the last one stays."""

    steps: list[Step]
    listener: socket.socket
    wrap: Callable[[socket.socket], socket.socket]
    scheme: str = "http"
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread before its socket. One left in `accept` would take connections of whatever gets that descriptor next, as soon as a
        signal makes the kernel begin that call anew."""
        self.over.set()
        with contextlib.suppress(OSError):  # a test has closed it
            self.listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self.listener.close()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.listener.getsockname()[1]}"

    def stall(self, connection: socket.socket) -> bool:
        """Say nothing until the test is over."""
        self.over.wait(20)
        return False

    def drip(self, connection: socket.socket) -> bool:
        """A reply that never ends, a byte now and then."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not self.over.wait(0.01):
            connection.sendall(b" ")
        return False

    def _serve(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection, self.connections), daemon=True).start()

    def _talk(self, plain: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), self.wrap(plain) as connection:
            while request := _read(connection, number):
                self.seen.append(request)
                step = self.steps[min(len(self.seen), len(self.steps)) - 1]
                if not step(connection):
                    return


def _read(connection: socket.socket, number: int) -> Seen | None:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    first, _, rest = head.partition(b"\r\n")
    headers = {name.lower(): value for name, value in BytesParser().parsebytes(rest).items()}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, path, _ = first.decode().split(" ", 2)
    return Seen(method, path, headers, body, number)


class FakeClock(Clock):
    """Waiting takes no time; `waits` keeps what was waited."""

    def __init__(self, seconds: float = 600.0) -> None:
        super().__init__(seconds)
        self.left = seconds
        self.waits: list[float] = []
        self.passed = 0.0

    @property
    def remaining(self) -> float:
        return self.left

    def wait(self, seconds: float) -> bool:
        if self.stopped or seconds > self.left:
            return False
        self.left -= seconds
        self.passed += seconds
        self.waits.append(seconds)
        return True

    def now(self) -> float:
        return START + self.passed


@dataclass
class Stage:
    """What a test of a client needs: a script to play, a clock, and an Http that talks to them."""

    play: Callable[..., Scripted]
    clock: FakeClock
    http: Callable[..., Http]
    answer: Callable[..., Step] = answer
    reset: Step = reset
    hang_up: Step = hang_up
    key: Secret = field(default_factory=lambda: Secret("key-0123456789"))


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Servers that it started and connections that it opened are closed at the end."""
    open_things: list[Callable[[], object]] = []
    clock = FakeClock()

    def play(*steps: Step, wrap: Callable[[socket.socket], socket.socket] | None = None) -> Scripted:
        listener = socket.create_server(("127.0.0.1", 0))
        scripted = Scripted(list(steps), listener, wrap or (lambda plain: plain), "https" if wrap else "http")
        open_things.append(scripted.close)
        return scripted

    def http(url: str, service: str | Service = "gptbots", **options: Any) -> Http:
        given: dict[str, Any] = {"clock": clock, "now": clock.now, "jitter": lambda: 0.5, "timeouts": (5.0, 5.0)} | options
        made = Http(PLATFORMS[service].service if isinstance(service, str) else service, url, **given)
        open_things.append(made.close)
        return made

    yield Stage(play, clock, http)
    for close in reversed(open_things):
        close()
