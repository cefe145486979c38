"""Connections that record whether a request went out: without that, a failed call could not be told from one that may have had its effect.

Classes for urllib3's pools, through its public hooks (`pool_classes_by_scheme`, `ConnectionCls`, `is_connected`).
"""

import threading
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class RequestTrace(threading.local):
    """The request that this thread is sending. `fresh`: it takes no idle connection. `answered`: status and headers came."""

    fresh = False
    sent = False
    answered = False

    def begin(self, *, fresh: bool) -> None:
        self.fresh, self.sent, self.answered = fresh, False, False


trace = RequestTrace()


class _Connection(HTTPConnection):
    """Records when the request's first byte goes out. Connecting (a proxy's CONNECT, a TLS handshake) does not count."""

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
        return response

    @property
    def is_connected(self) -> bool:
        """Whether an idle connection may be used; the pool opens it anew if not."""
        return super().is_connected and not trace.fresh


class _TlsConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


POOLS = {"http": _Pool, "https": _TlsPool}
