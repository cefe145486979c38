"""The least that a client spends on the same requests: raw sockets, nothing read but the length of each reply.

It has what any client has: so many connections, and on each one request at a time. What it takes beyond latency x requests / connections is
the server's and the machine's, and no deploy can be faster.
"""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

BOUNDARY = "flowship-bench-boundary"


def get(path: str, key: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {key}\r\nAccept: application/json\r\n\r\n".encode()


def upload(path: str, key: str, description: str, name: str, content: bytes) -> bytes:
    """A multipart POST of one file, and its `versionDesc`."""
    parts = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="versionDesc"\r\n\r\n{description}\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    ).encode()
    body = parts + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {key}\r\nAccept: application/json\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def send_json(path: str, key: str, value: object) -> bytes:
    """A POST of JSON."""
    body = json.dumps(value).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def seconds(url: str, in_flight: int, workflows: Sequence[Sequence[bytes]]) -> float:
    """Of all requests: of each workflow in order, of `in_flight` workflows at a time. Raises ValueError for a reply that is no success."""
    started = time.perf_counter()
    exchange(url, in_flight, workflows)
    return time.perf_counter() - started


def exchange(url: str, in_flight: int, workflows: Iterable[Sequence[bytes]]) -> list[bytes]:
    """The body of each workflow's last reply, in the order of `workflows`."""
    return [body for _, body in sorted(asyncio.run(_all(url, in_flight, workflows)))]


async def _all(url: str, in_flight: int, workflows: Iterable[Sequence[bytes]]) -> list[tuple[int, bytes]]:
    waiting = enumerate(workflows)
    replies: list[tuple[int, bytes]] = []
    await asyncio.gather(*(_connection(url, waiting, replies) for _ in range(in_flight)))
    return replies


async def _connection(url: str, waiting: Iterator[tuple[int, Sequence[bytes]]], replies: list[tuple[int, bytes]]) -> None:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        for place, requests in waiting:
            for request in requests:
                writer.write(request)
                body = await _reply(reader)
            replies.append((place, body))
    finally:
        writer.close()
        await writer.wait_closed()


async def _reply(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 20"):
        raise ValueError(head.decode("latin-1"))
    return await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
