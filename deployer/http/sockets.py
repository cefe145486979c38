"""Connections that record whether a request went out: without that, a failed call could not be told from one that may have had its effect.
And replies that end with the run's time, however slowly they come in: `socket.settimeout` alone bounds each read, not their number.

Classes for urllib3's pools, through its public hooks (`pool_classes_by_scheme`, `ConnectionCls`, `is_connected`).
"""

import http.client
import io
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

MAX_IDLE_S = 1.0  # of a connection for a request that must not be sent twice: servers close idle ones after some seconds, and may do so just then
MAX_HEAD_BYTES = 256 * 1024  # status lines, headers and every `100 Continue` of one reply


class HeadTooLargeError(OSError):
    """A reply's status and headers have no end."""


class RequestTrace(threading.local):
    """The request that this thread is sending. `fresh`: it takes no connection that has been idle. `answered`: status and headers came.
    `time_left()`: seconds, 0 or less when the reply has no more time."""

    fresh = False
    sent = False
    answered = False
    head_bytes = 0

    def __init__(self) -> None:
        self.time_left: Callable[[], float] = lambda: 0.0

    def begin(self, *, fresh: bool, time_left: Callable[[], float]) -> None:
        self.fresh, self.sent, self.answered, self.head_bytes, self.time_left = fresh, False, False, 0, time_left


trace = RequestTrace()


class _BoundedReader(io.RawIOBase):
    """What comes in on a socket, each read within the time of the reply that this thread reads, and its head within a size."""

    def __init__(self, sock: socket.socket, raw: Any) -> None:
        self._sock, self._raw, self._timeout = sock, raw, sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = trace.time_left()
        if left <= 0:
            raise TimeoutError("the time for it ended before the reply did")
        self._sock.settimeout(left if self._timeout is None else min(self._timeout, left))
        size: int | None = self._raw.readinto(buffer)
        if not trace.answered:
            trace.head_bytes += size or 0
            if trace.head_bytes > MAX_HEAD_BYTES:
                raise HeadTooLargeError(f"its status and headers are larger than {MAX_HEAD_BYTES >> 10} KiB")
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedResponse(http.client.HTTPResponse):
    """A reply, also a proxy's to CONNECT, over a `_BoundedReader`."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_BoundedReader(sock, self.fp.detach()))


class _Connection(HTTPConnection):
    """Records when the request's first byte goes out. Connecting (a proxy's CONNECT, a TLS handshake) does not count."""

    response_class = _BoundedResponse
    answered_at = 0.0  # monotonic seconds

    def connect(self) -> None:
        try:
            super().connect()
        finally:
            trace.sent = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        trace.sent = True
        super().send(data)

    def getresponse(self) -> Any:
        response = super().getresponse()
        trace.answered = True
        self.answered_at = time.monotonic()
        return response

    @property
    def is_connected(self) -> bool:
        """Whether an idle connection may be used; the pool opens it anew if not."""
        is_recent = time.monotonic() - self.answered_at < MAX_IDLE_S
        return super().is_connected and (is_recent or not trace.fresh)


class _TlsConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


POOLS = {"http": _Pool, "https": _TlsPool}
