"""GPTBots, as `platforms/gptbots.md` describes it: versions of workflows and agents, key check, runs."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deployer.sandbox import gptbots_runs as runs
from deployer.sandbox import multipart
from deployer.sandbox.front import CALLER
from deployer.sandbox.judge import MAX_BYTES, judge
from deployer.sandbox.replies import GPTBOTS, RefusedError, gptbots_body, json_reply
from deployer.sandbox.requested import json_object
from deployer.sandbox.targets import Target
from deployer.sandbox.versions import Row
from deployer.sandbox.world import World

Call = Callable[[World, Target, Request], Awaitable[Any]]
_CREATOR = "sandbox@example.com"
_FORM_OVERHEAD = 64 * 1024
_FIXED_STATUS = (40127, 40008, 403, 404, 405)  # documented, or a status before all


def routes(world: World) -> list[Route]:
    """Every GPTBots call. Agents have the same four version calls as workflows (V)."""
    listed: list[Route] = []
    for kind in ("workflow", "agent"):
        for name, method, call in (
            ("import", "POST", _import),
            ("release", "POST", _release),
            ("list", "GET", _list),
            ("rollback", "POST", _rollback),
        ):
            listed.append(Route(f"/v1/{kind}/version/{name}", _endpoint(world, _versioned(kind, call)), methods=[method]))
    listed.append(Route("/v1/api-key/verify", _endpoint(world, _verify), methods=["GET"]))
    for path, method, call in (("invoke", "POST", runs.invoke), ("query/result", "POST", runs.result), ("run/logs", "GET", runs.logs)):
        listed.append(Route(f"/v1/workflow/{path}", _endpoint(world, _typed("workflow", call)), methods=[method]))
    return listed


def _endpoint(world: World, call: Call) -> Callable[[Request], Awaitable[Response]]:
    """A call as a Starlette endpoint: who is it, is it within its limit, and a refusal as the platform words it."""

    async def endpoint(request: Request) -> Response:
        target = request.scope.get(CALLER)
        try:
            if not isinstance(target, Target):
                raise RefusedError(40127)
            _within_limit(world, target)
            if target.deleted:
                raise RefusedError(40348)
            world.versions.know(target)
            value = await call(world, target, request)
        except RefusedError as refusal:
            return _refusal(refusal, target if isinstance(target, Target) else None)
        return json_reply(value)

    return endpoint


def _refusal(refusal: RefusedError, target: Target | None) -> Response:
    code = int(refusal.code)
    status = GPTBOTS[code][0]
    if target and target.error_status and code not in _FIXED_STATUS:
        status = target.error_status
    body = gptbots_body(code, refusal.detail, target.error_text if target else "msg")
    return json_reply(body, status, refusal.headers)


def _within_limit(world: World, target: Target) -> None:
    if target.rate is not None:
        budget = world.limits.spend(f"gptbots {target.id}", "calls", target.rate)
        if not budget.allowed:
            raise RefusedError(40008, headers={"Retry-After": budget.headers()["Retry-After"]})


def _typed(kind: str, call: Call) -> Call:
    """Only for keys of that kind (403204)."""

    async def typed(world: World, target: Target, request: Request) -> Any:
        if target.kind != kind:
            raise RefusedError(403204, f"this is an {target.kind} key" if target.kind != "workflow" else "this is a workflow key")
        return await call(world, target, request)

    return typed


def _versioned(kind: str, call: Call) -> Call:
    """The gate before every version call, in both its forms (gptbots.md, Hosts and keys)."""

    async def gated(world: World, target: Target, request: Request) -> Any:
        if target.version_management is False:
            raise RefusedError(403)
        if target.mode == "production" and not target.version_management:
            raise RefusedError(403200)
        return await call(world, target, request)

    return _typed(kind, gated)


def _ok(data: Any = None) -> dict[str, Any]:
    return {"code": 0, "msg": "OK"} if data is None else {"code": 0, "msg": "OK", "data": data}


def _text(body: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise RefusedError(40000, f"{name} must be text")
    return value


async def _import(world: World, target: Target, request: Request) -> Any:
    form = await _form(request)
    file = form.get("file")
    if file is None or file.filename is None:
        raise RefusedError(40000, "the form has no file")
    if len(file.content) > MAX_BYTES:
        raise RefusedError(40000, "the file is over 50 MiB")
    description = form["versionDesc"].content.decode("utf-8", "replace") if "versionDesc" in form else ""
    found = judge(file.content, file.filename, target.kind, target.owns)
    if found.wrong_type:
        raise RefusedError(403201)
    if found.refusal:
        raise RefusedError(403202, found.refusal)
    version = world.versions.import_(target.id, description, found.fingerprint, found.bot_type, file.content)
    data = {"botId": target.id, "botType": _bot_type(target, found.bot_type), "version": version}
    return _ok({**data, "warning": "; ".join(found.dropped)} if found.dropped else data)


async def _form(request: Request) -> dict[str, multipart.Part]:
    if int(request.headers.get("content-length") or 0) > MAX_BYTES + _FORM_OVERHEAD:
        raise RefusedError(40000, "the file is over 50 MiB")
    try:
        return multipart.parse(request.headers.get("content-type", ""), await request.body())
    except multipart.MalformedError as wrong:
        raise RefusedError(40000, str(wrong)) from wrong


def _bot_type(target: Target, told: str) -> str:
    return "Workflow" if target.kind == "workflow" else told or "QuestionAnswer"


async def _release(world: World, target: Target, request: Request) -> Any:
    version = _text(await json_object(request, 40000), "version")
    if world.versions.get(target.id, version) is None:
        raise RefusedError(403203, version)
    if not _within_plan(world, target):
        raise RefusedError(40353)
    before = world.versions.release(target.id, version)
    return _ok({"version": version, "previous_version": before})


def _within_plan(world: World, target: Target) -> bool:
    """A plan's limit counts every live target of this sandbox, this one included."""
    return target.plan_limit is None or world.versions.published_elsewhere(target.id) < target.plan_limit


async def _list(world: World, target: Target, _request: Request) -> Any:
    if target.list_status != 200:
        raise RefusedError(target.list_status)
    return _ok([_row(target, row) for row in world.versions.all(target.id)])


def _row(target: Target, row: Row) -> dict[str, Any]:
    return {
        "id": f"{target.id[:12]}{row.id:012x}",
        "bot_id": target.id,
        "version": row.version,
        "version_desc": row.description,
        "version_status": "PUBLISHED" if row.published else "DRAFT",
        "create_time": row.created,
        "release_time": row.released,
        "creator_email": _CREATOR,
    }


async def _rollback(world: World, target: Target, request: Request) -> Any:
    body = await json_object(request, 40000)
    source, release = _text(body, "version"), body.get("release", False)
    description = _text(body, "version_desc", f"Rollback to {source}")
    if not isinstance(release, bool):
        raise RefusedError(40000, "release must be true or false")
    if world.versions.get(target.id, source) is None:
        raise RefusedError(403203, source)
    with world.store.transaction():
        version = _text(body, "new_version", "") or world.versions.next(target.id)
        if world.versions.get(target.id, version):
            raise RefusedError(40000, f"new_version {version} exists already")
        world.versions.copy(target.id, source, version, description)
        allowed = _within_plan(world, target)
        if release and allowed:
            world.versions.release(target.id, version)
    warnings = ["Published count exceeds the plan limit: the new version stays a draft"] if release and not allowed else []
    return _ok({"source_version": source, "new_version": version, "created": True, "released": release and allowed, "warnings": warnings})


async def _verify(_world: World, target: Target, _request: Request) -> Any:
    return _ok({"entityType": target.kind, "entityId": target.id})
