"""The least that a client spends on the same requests: raw sockets, nothing read but the length of each reply.

It has what any client has: so many connections, and on each one request at a time. What it takes beyond latency x requests / connections is
the server's and the machine's, and no deploy can be faster.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
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


def seconds(url: str, in_flight: int, workflows: Sequence[Sequence[bytes]]) -> float:
    """Of all requests: of each workflow in order, of `in_flight` workflows at a time. Raises ValueError for a reply other than 200."""
    return asyncio.run(_all(url, in_flight, workflows))


async def _all(url: str, in_flight: int, workflows: Sequence[Sequence[bytes]]) -> float:
    waiting = iter(workflows)
    started = time.perf_counter()
    await asyncio.gather(*(_connection(url, waiting) for _ in range(in_flight)))
    return time.perf_counter() - started


async def _connection(url: str, waiting: Iterator[Sequence[bytes]]) -> None:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    for requests in waiting:
        for request in requests:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if not head.startswith(b"http/1.1 200"):
                raise ValueError(head.decode("latin-1"))
            await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
    writer.close()
