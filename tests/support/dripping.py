"""A reply that comes in a few bytes at a time, for ever, in one of its phases."""

import socket
import threading
from collections.abc import Iterator

PAUSE_S = 0.02
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

PHASES: dict[str, tuple[bytes, bytes]] = {  # what is sent at once, and what is sent again and again
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "headers": (_HEAD, b"X"),
    "many headers": (_HEAD + b"X: ", b"x"),
    "100 continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (_HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
    "body without a length": (_HEAD + b"Connection: close\r\n\r\n", b" "),
    "chunks": (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "size of a chunk": (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailers": (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"X: y\r\n"),
    "packed body": (_HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03", b"n"),
}


def drip(connection: socket.socket, phase: str, over: threading.Event) -> bool:
    """Never ends by itself: False when the other side has gone away, or when the test is over."""
    try:
        for part in _parts(phase):
            connection.sendall(part)
            if over.wait(PAUSE_S):
                break
    except OSError:
        pass
    return False


def _parts(phase: str) -> Iterator[bytes]:
    first, again = PHASES[phase]
    yield first
    while True:
        yield again
