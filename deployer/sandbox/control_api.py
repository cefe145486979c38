"""The calls under `/_sandbox/`: state, request log, faults, barriers, reset. For people and tests; no platform has them."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deployer.sandbox import meingpt_api
from deployer.sandbox.config_files import SandboxConfigError, parse
from deployer.sandbox.fault_rules import read_fault_rules
from deployer.sandbox.json_bodies import json_reply
from deployer.sandbox.runtime import SandboxRuntime

_Endpoint = Callable[[Request], Awaitable[Response]]


def routes(runtime: SandboxRuntime) -> list[Route]:
    """Every call under `/_sandbox/`."""

    async def state(request: Request) -> Response:
        return json_reply({"gptbots": runtime.gptbots.snapshot(), "meingpt": meingpt_api.snapshot(runtime, str(request.base_url))})

    async def requests(_request: Request) -> Response:
        return json_reply(runtime.store.requests())

    async def reset(_request: Request) -> Response:
        runtime.reset()
        return json_reply({"ok": True})

    async def waiting(request: Request) -> Response:
        number = request.query_params.get("waiting", "0")
        return json_reply({"waiting": await runtime.barriers.wait_for_arrivals(int(number) if number.isdecimal() else 0)})

    async def open_barriers(request: Request) -> Response:
        rule = request.query_params.get("rule", "")
        return json_reply({"ok": True, "opened": runtime.barriers.open(int(rule) if rule.isdecimal() else None)})

    async def replace_faults(request: Request) -> Response:
        try:
            runtime.faults = read_fault_rules(parse(await request.body(), "faults"), may_exit=runtime.may_exit)
        except SandboxConfigError as error:
            return json_reply({"ok": False, "message": str(error)}, 400)
        runtime.store.clear_rule_counts()
        return json_reply({"ok": True, "rules": len(runtime.faults.rules)})

    return [
        Route("/_sandbox/state", state, methods=["GET"]),
        Route("/_sandbox/requests", requests, methods=["GET"]),
        Route("/_sandbox/barriers", waiting, methods=["GET"]),
        Route("/_sandbox/barriers", _refuse_web_pages(open_barriers), methods=["POST"]),
        Route("/_sandbox/reset", _refuse_web_pages(reset), methods=["POST"]),
        Route("/_sandbox/faults", _refuse_web_pages(replace_faults), methods=["POST"]),
    ]


def _refuse_web_pages(endpoint: _Endpoint) -> _Endpoint:
    """The endpoint, closed to web pages: one open in a browser on this machine must not reset the sandbox or have it signal processes."""

    async def guarded(request: Request) -> Response:
        if "origin" in request.headers:
            return json_reply({"ok": False, "message": "Web pages may not make this call. Make it from a program."}, 403)
        return await endpoint(request)

    return guarded
