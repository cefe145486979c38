"""The sandbox as a server: as an app, inside this process (`running`), or as a process of its own (`serve`)."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from os import PathLike
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from deployer.sandbox import control_api, gptbots_api, meingpt_api
from deployer.sandbox.config_files import ConfigSource, SandboxConfigError
from deployer.sandbox.json_bodies import json_reply, status_error
from deployer.sandbox.middleware import TRANSPORT, SandboxMiddleware
from deployer.sandbox.runtime import SandboxRuntime, build_runtime

StorePath = str | PathLike[str] | None
_STOP_TIMEOUT_S = 1.0  # how long a stopping sandbox waits for unfinished replies
_SETTLE_STEPS = 4  # steps of the event loop that a new or a closed connection needs to be settled


def build_app(runtime: SandboxRuntime) -> Starlette:
    """Both platforms, and `/_sandbox`, over one runtime."""
    return Starlette(
        routes=[*gptbots_api.routes(runtime), *meingpt_api.routes(runtime), *control_api.routes(runtime)],
        middleware=[Middleware(SandboxMiddleware, runtime=runtime)],
        exception_handlers={HTTPException: _unknown_route, Exception: _internal_error},
    )


async def _unknown_route(request: Request, exc: Exception) -> Response:
    status = exc.status_code if isinstance(exc, HTTPException) else 404
    headers = exc.headers if isinstance(exc, HTTPException) else None
    return json_reply(status_error(request.url.path, status), status, headers)


async def _internal_error(request: Request, _exc: Exception) -> Response:
    return json_reply(status_error(request.url.path, 500), 500)


class _TransportProtocol(H11Protocol):
    """Hands each request the connection it came on, so that a fault can reset or cut it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        inner = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = self.transport
            await inner(scope, receive, send)

        self.app = with_transport


class _SandboxServer(uvicorn.Server):
    """uvicorn's server, with an event for being ready, and a stop that does not wait for idle connections."""

    def __init__(self, runtime: SandboxRuntime, listener: socket.socket) -> None:
        options: dict[str, Any] = {"http": _TransportProtocol, "ws": "none", "lifespan": "off", "loop": "asyncio", "interface": "asgi3"}
        quiet: dict[str, Any] = {"log_config": None, "log_level": "error", "access_log": False, "server_header": False, "date_header": False}
        super().__init__(uvicorn.Config(build_app(runtime), **options, **quiet))
        self.runtime = runtime
        self.listener = listener
        self.ready = threading.Event()
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.on_ready()

    def on_ready(self) -> None:
        self.ready.set()

    async def main_loop(self) -> None:
        await self._stop.wait()

    def stop(self) -> None:
        """From any thread, or from a signal handler."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        self.stop()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's signature
        asyncio.get_running_loop().remove_reader(self.listener)
        for _ in range(_SETTLE_STEPS):  # a connection accepted just now becomes known, before its server is closed
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        for task in self.runtime.late:
            task.cancel()
        self.runtime.barriers.cancel()
        tasks = {*self.server_state.tasks, *self.runtime.late}
        slow = (await asyncio.wait(tasks, timeout=_STOP_TIMEOUT_S))[1] if tasks else set()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in slow:
            task.cancel()
        if slow:
            await asyncio.wait(slow, timeout=_STOP_TIMEOUT_S)
        for _ in range(_SETTLE_STEPS):
            await asyncio.sleep(0)


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises SandboxConfigError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY only where it reads TCP
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        fix = "Choose another --host or --port; --port 0 picks a free one."
        why = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise SandboxConfigError(f"cannot listen on {host}:{port}: {why}. {fix}") from error
    return listener


def _url(listener: socket.socket, host: str) -> str:
    return f"http://[{host}]:{listener.getsockname()[1]}" if ":" in host else f"http://{host}:{listener.getsockname()[1]}"


@contextlib.contextmanager
def running(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    store: StorePath = None,
    targets: ConfigSource = None,
    faults: ConfigSource = None,
    latency: float = 0.0,
) -> Iterator[str]:
    """A sandbox in a thread of this process: yields its base URL, and stops it at the end.

    `targets` and `faults` are file names or their data. Faults that would end the process are refused. Raises SandboxConfigError.
    """
    runtime = build_runtime(store, targets, faults, latency)
    with contextlib.closing(runtime.store):
        listener = _listen(host, port)
        server = _SandboxServer(runtime, listener)
        thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
        thread.start()
        try:
            if not server.ready.wait(timeout=30):
                raise RuntimeError("the sandbox did not start")
            yield _url(listener, host)
        finally:
            server.stop()
            thread.join(timeout=30)


class _AnnouncingServer(_SandboxServer):
    announce: Callable[[], None]

    def on_ready(self) -> None:
        super().on_ready()
        self.announce()


def _print_url(url: str) -> None:
    print(url, flush=True)


def serve(
    host: str = "127.0.0.1",
    port: int = 8787,
    store: StorePath = None,
    targets: ConfigSource = None,
    faults: ConfigSource = None,
    latency: float = 0.0,
    *,
    ready: Callable[[str], None] = _print_url,
    log: Callable[[str], None] | None = None,
) -> int:
    """A sandbox as this process, until SIGINT or SIGTERM. Returns 0. Raises SandboxConfigError.

    `ready` is called with its base URL as soon as it takes requests; `log` with a line for each request that was answered, or was not.
    """
    runtime = build_runtime(store, targets, faults, latency, may_exit=True)
    runtime.log = log
    with contextlib.closing(runtime.store):
        listener = _listen(host, port)
        server = _AnnouncingServer(runtime, listener)
        server.announce = lambda: ready(_url(listener, host))
        server.run([listener])
    return 0
