"""What every request passes first: the log of requests, the latency, and the faults."""

import asyncio
import os
import socket
import struct
import sys
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployer.sandbox import replies
from deployer.sandbox.faults import Action, Kill, Request, Rule
from deployer.sandbox.targets import Organisation, Target
from deployer.sandbox.world import World

TRANSPORT = "flowship.transport"
CALLER = "flowship.caller"
EXIT_STATUS = 70
_GATEWAY = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
_SHUT_LINGER = struct.pack("ii", 1, 0)


class Reply:
    """A reply caught on its way out."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def catch(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", []))
        else:
            self.body += message.get("body", b"")


class Front:
    """ASGI middleware. Requests to `/_sandbox` pass untouched and are not logged."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self.app = app
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        self.world.in_flight += 1
        try:
            await self._logged(scope, receive, send)
        except (asyncio.CancelledError, ClientDisconnect):
            pass  # The sandbox stops, or the client went away with its request half sent: nobody waits for a reply.
        finally:
            self.world.in_flight -= 1

    async def _logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope[CALLER] = self.world.caller(scope["path"], _header(scope, b"authorization"))
        query = scope["query_string"].decode("latin-1")
        number = self.world.store.arrived(scope["method"], scope["path"], query, _shown(caller), self.world.in_flight)
        sent: list[int] = []

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent.append(message["status"])
            await send(message)

        rule: Rule | None = None
        try:
            if self.world.latency:
                await asyncio.sleep(self.world.latency)
            if self.world.faults.rules:
                request = Request(scope["method"], scope["path"], caller.name if caller else "")
                rule = self.world.faults.choose(request, self.world.store)
            if rule is None:
                await self.app(scope, receive, noting)
            else:
                await self._fault(rule, scope, receive, noting)
        finally:
            self.world.store.answered(number, sent[0] if sent else None, rule.number if rule else None)

    async def _fault(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        action = rule.action
        body = await _read(receive)
        if action.delay:
            await asyncio.sleep(action.delay)
        _kill(action.kill, scope, "before")
        await self._barrier(rule, "before")
        reply = Reply()
        if action.late is not None:
            self._later(scope, body, action.late)
        elif action.effect:
            await self.app(scope, _replay(body), reply.catch)
        if action.exit:
            os._exit(EXIT_STATUS)  # As a crash would: nothing is closed, nobody is told.
        _kill(action.kill, scope, "after")
        await self._barrier(rule, "after")
        await _answer(action, reply, scope, receive, send)

    async def _barrier(self, rule: Rule, when: str) -> None:
        barrier = rule.action.barrier
        if barrier and barrier.when == when:
            await self.world.barriers.wait(rule.number, barrier.together)

    def _later(self, scope: Scope, body: bytes, seconds: float) -> None:
        async def land() -> None:
            await asyncio.sleep(seconds)
            await self.app(scope, _replay(body), Reply().catch)

        task = asyncio.get_running_loop().create_task(land())
        self.world.late.add(task)
        task.add_done_callback(self.world.late.discard)


async def _answer(action: Action, reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    if action.reset:
        _reset(scope)
    elif action.hang:
        pass
    else:
        _rewrite(action, reply, scope["path"])
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        if action.truncate is None:
            await send({"type": "http.response.body", "body": reply.body})
            return
        length = len(reply.body) // 2 if action.truncate < 0 else min(action.truncate, max(0, len(reply.body) - 1))
        await send({"type": "http.response.body", "body": reply.body[:length], "more_body": True})
        scope[TRANSPORT].close()
    # The connection is (or will be) gone without a whole reply: wait for that, else the server would complain about us.
    while (await receive())["type"] != "http.disconnect":
        pass


def _rewrite(action: Action, reply: Reply, path: str) -> None:
    """Turn the real reply (or the empty one of a request without effect) into what the rule asks for."""
    _choose_body(action, reply, path)
    changed = {name.lower().encode() for name, _ in action.headers} | {b"content-length"}
    kept = [(name, value) for name, value in reply.headers if name.lower() not in changed]
    told = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in action.headers]
    promised = str(len(reply.body)).encode()
    lengths = [] if any(name.lower() == "content-length" for name, _ in action.headers) else [(b"content-length", promised)]
    reply.headers = kept + told + (lengths if reply.status not in (204, 304) else [])
    if reply.status in (204, 304):
        reply.body = b""


def _choose_body(action: Action, reply: Reply, path: str) -> None:
    if action.error != "":
        status, body = _documented(action.error)
        _set(reply, action.status or status, body)
    elif action.status is not None:
        gateway = action.status in (502, 503, 504)
        text = {502: "502 Bad Gateway", 503: "503 Service Unavailable", 504: "504 Gateway Time-out"}.get(action.status, "")
        _set(reply, action.status, _GATEWAY.format(text) if gateway else replies.plain_error(path, action.status))
    if action.not_json:
        _set(reply, reply.status, _GATEWAY.format("Please sign in"))
    if action.body is not None:
        _set(reply, reply.status, action.body)


def _documented(error: int | str) -> tuple[int, dict[str, Any]]:
    if isinstance(error, int):
        return replies.GPTBOTS[error][0], replies.gptbots_body(error)
    return replies.MEINGPT[error][0], replies.meingpt_body(error)


def _set(reply: Reply, status: int, body: str | dict[str, Any]) -> None:
    text = body if isinstance(body, str) else bytes(replies.json_reply(body).body).decode()
    kind = b"text/html" if text.startswith("<") else b"application/json"
    reply.status, reply.body = status, text.encode()
    reply.headers = [(name, value) for name, value in reply.headers if name != b"content-type"] + [(b"content-type", kind)]


def _reset(scope: Scope) -> None:
    """A real RST: a socket closed with a linger time of zero throws away what is unsent and says so."""
    transport: asyncio.Transport = scope[TRANSPORT]
    link: socket.socket | None = transport.get_extra_info("socket")
    if link is not None:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _SHUT_LINGER)
    transport.abort()


def _kill(kill: Kill | None, scope: Scope, when: str) -> None:
    if kill is None or kill.when != when:
        return
    try:
        process = int(_header(scope, kill.header.encode()) if kill.header else _first_line(kill.file))
        if process <= 1 or process == os.getpid():
            raise ValueError(process)
        os.kill(process, kill.signal)
    except (OSError, ValueError) as wrong:
        print(f"sandbox: no process to signal by {kill.header or kill.file}: {wrong}", file=sys.stderr, flush=True)


def _first_line(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.readline()


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for each, value in scope["headers"] if each == name), "")


def _shown(caller: Target | Organisation | None) -> str | None:
    """The target's id, the organisation's name."""
    return caller.id if isinstance(caller, Target) else caller.name if caller else None
