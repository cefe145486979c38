"""The way of every request into the sandbox: caller, log, latency, faults."""

import asyncio
import os
import socket
import struct
import sys
import time

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployer.model.text import one_line
from deployer.sandbox.fault_replies import CapturedReply, rewrite
from deployer.sandbox.fault_rules import FaultAction, FaultRule, ProcessSignal, RequestFacts
from deployer.sandbox.runtime import SandboxRuntime
from deployer.sandbox.targets_file import DeclaredTarget, Organisation

TRANSPORT = "flowship.transport"
CALLER = "flowship.caller"
EXIT_STATUS = 70
_LINGER_ZERO = struct.pack("ii", 1, 0)


class SandboxMiddleware:
    """ASGI middleware. Requests to `/_sandbox` pass untouched and are not logged."""

    def __init__(self, app: ASGIApp, runtime: SandboxRuntime) -> None:
        self.app = app
        self.runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        self.runtime.in_flight += 1
        try:
            await self._handle_logged(scope, receive, send)
        except (asyncio.CancelledError, ClientDisconnect):
            pass  # The sandbox stops, or the client has gone with its request half sent: nothing waits for a reply.
        finally:
            self.runtime.in_flight -= 1

    async def _handle_logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope[CALLER] = self.runtime.find_caller(scope["path"], _header(scope, b"authorization"))
        query = scope["query_string"].decode("latin-1")
        number = self.runtime.store.log_request(scope["method"], scope["path"], query, _logged_name(caller), self.runtime.in_flight)
        status: int | None = None
        start = time.monotonic()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        rule: FaultRule | None = None
        try:
            if self.runtime.latency:
                await asyncio.sleep(self.runtime.latency)
            facts = RequestFacts(scope["method"], scope["path"], caller.name if caller else "")
            rule = self.runtime.faults.choose(facts, self.runtime.store)
            if rule is None:
                await self.app(scope, receive, send_and_note)
            else:
                await self._act(rule, scope, receive, send_and_note)
        finally:
            self.runtime.store.log_reply(number, status, rule.number if rule else None)
            if self.runtime.log:
                self.runtime.log(_log_line(scope, status, _logged_name(caller), rule, time.monotonic() - start))

    async def _act(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        action = rule.action
        body = await _read_body(receive)
        if action.delay:
            await asyncio.sleep(action.delay)
        _send_signal(action.signal, scope, "before")
        await self._stop_at_barrier(rule, "before")
        reply = CapturedReply()
        if action.late is not None:
            self._schedule(scope, body, action.late)
        elif action.effect:
            await self.app(scope, _replay(body), reply.capture)
        if action.exit:
            os._exit(EXIT_STATUS)  # As in a crash: nothing is closed, no reply is sent.
        _send_signal(action.signal, scope, "after")
        await self._stop_at_barrier(rule, "after")
        await _send_reply(action, reply, scope, receive, send)

    async def _stop_at_barrier(self, rule: FaultRule, moment: str) -> None:
        barrier = rule.action.barrier
        if barrier and barrier.when == moment:
            await self.runtime.barriers.wait(rule.number, barrier.together)

    def _schedule(self, scope: Scope, body: bytes, seconds: float) -> None:
        """Have the request take effect later; its reply is lost."""

        async def take_effect() -> None:
            await asyncio.sleep(seconds)
            await self.app(scope, _replay(body), CapturedReply().capture)

        task = asyncio.get_running_loop().create_task(take_effect())
        self.runtime.late.add(task)
        task.add_done_callback(self.runtime.late.discard)


async def _send_reply(action: FaultAction, reply: CapturedReply, scope: Scope, receive: Receive, send: Send) -> None:
    if action.reset:
        _reset_connection(scope)
    elif not action.hang:
        rewrite(action, reply, scope["path"])
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        if action.truncate is None:
            await send({"type": "http.response.body", "body": reply.body})
            return
        length = len(reply.body) // 2 if action.truncate < 0 else min(action.truncate, max(0, len(reply.body) - 1))
        await send({"type": "http.response.body", "body": reply.body[:length], "more_body": True})
        scope[TRANSPORT].close()
    # The connection ends without a whole reply: wait for that, else the server would complain.
    while (await receive())["type"] != "http.disconnect":
        pass


def _reset_connection(scope: Scope) -> None:
    """A real RST: a socket closed with a linger time of zero throws away what is unsent."""
    transport: asyncio.Transport = scope[TRANSPORT]
    link: socket.socket | None = transport.get_extra_info("socket")
    if link is not None:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()


def _send_signal(target: ProcessSignal | None, scope: Scope, moment: str) -> None:
    if target is None or target.when != moment:
        return
    try:
        process = int(_header(scope, target.header.encode()) if target.header else _first_line(target.file))
        if process <= 1 or process == os.getpid():
            raise ValueError(process)
        os.kill(process, target.signal)
    except (OSError, ValueError) as error:
        print(f"sandbox: no process to signal by {target.header or target.file}: {error}", file=sys.stderr, flush=True)


def _log_line(scope: Scope, status: int | None, caller: str | None, rule: FaultRule | None, seconds: float) -> str:
    """`POST /v1/workflow/version/import triage 200 12 ms`. A path may hold anything: control characters are shown."""
    facts = [scope["method"], scope["path"], caller or "unknown key", str(status) if status else "no reply", f"{seconds * 1000:.0f} ms"]
    return one_line(" ".join([*facts, f"(fault {rule.number})"] if rule else facts))


def _first_line(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.readline()


async def _read_body(receive: Receive) -> bytes:
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
    return next((value.decode("latin-1") for header, value in scope["headers"] if header == name), "")


def _logged_name(caller: DeclaredTarget | Organisation | None) -> str | None:
    """The target's id, the organisation's name."""
    return caller.id if isinstance(caller, DeclaredTarget) else caller.name if caller else None
