"""`/_sandbox/…`: what is there, what was asked, start anew, change the faults. For people and tests; not a platform's call."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deployer.sandbox import config, faults, meingpt
from deployer.sandbox.replies import json_reply
from deployer.sandbox.world import World

_Endpoint = Callable[[Request], Awaitable[Response]]


def routes(world: World) -> list[Route]:
    async def state(request: Request) -> Response:
        return json_reply({"gptbots": world.versions.state(), "meingpt": meingpt.state(world, str(request.base_url))})

    async def requests(_request: Request) -> Response:
        return json_reply(world.store.requests())

    async def reset(_request: Request) -> Response:
        world.reset()
        return json_reply({"ok": True})

    async def waiting(request: Request) -> Response:
        number = request.query_params.get("waiting", "0")
        return json_reply({"waiting": await world.barriers.come(int(number) if number.isdecimal() else 0)})

    async def open_barriers(request: Request) -> Response:
        rule = request.query_params.get("rule", "")
        return json_reply({"ok": True, "opened": world.barriers.open(int(rule) if rule.isdecimal() else None)})

    async def new_faults(request: Request) -> Response:
        try:
            world.faults = faults.read(config.parse(await request.body(), "faults"), may_exit=world.may_exit)
        except config.ConfigError as wrong:
            return json_reply({"ok": False, "message": str(wrong)}, 400)
        world.store.forget_rules()
        return json_reply({"ok": True, "rules": len(world.faults.rules)})

    return [
        Route("/_sandbox/state", state, methods=["GET"]),
        Route("/_sandbox/requests", requests, methods=["GET"]),
        Route("/_sandbox/barriers", waiting, methods=["GET"]),
        Route("/_sandbox/barriers", _not_from_a_page(open_barriers), methods=["POST"]),
        Route("/_sandbox/reset", _not_from_a_page(reset), methods=["POST"]),
        Route("/_sandbox/faults", _not_from_a_page(new_faults), methods=["POST"]),
    ]


def _not_from_a_page(endpoint: _Endpoint) -> _Endpoint:
    """A web page open in a browser on this machine may not reset the sandbox or have it signal processes."""

    async def guarded(request: Request) -> Response:
        if "origin" in request.headers:
            return json_reply({"ok": False, "message": "Not from a web page: call this from a program."}, 403)
        return await endpoint(request)

    return guarded
