"""GPTBots, as docs/contracts/gptbots.md describes it: versions of workflows and agents, key check, runs."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deployer.sandbox import gptbots_runs as runs
from deployer.sandbox.gptbots_precheck import precheck
from deployer.sandbox.gptbots_store import VersionRow
from deployer.sandbox.import_drops import find_drops
from deployer.sandbox.import_validator import MAX_BYTES, validate_import
from deployer.sandbox.json_bodies import GPTBOTS, RefusedError, gptbots_error, json_reply, read_json_object
from deployer.sandbox.middleware import CALLER
from deployer.sandbox.multipart import FormPart, MalformedFormError, parse_form
from deployer.sandbox.runtime import SandboxRuntime
from deployer.sandbox.targets_file import DeclaredTarget

Call = Callable[[SandboxRuntime, DeclaredTarget, Request], Awaitable[Any]]
_CREATOR = "sandbox@example.com"
_FORM_OVERHEAD_BYTES = 64 * 1024
_FIXED_STATUS = (40127, 40008, 403, 404, 405)  # documented, or a status in the first place


def routes(runtime: SandboxRuntime) -> list[Route]:
    """Every GPTBots call. Agents have the same four version calls as workflows (V)."""
    listed: list[Route] = []
    for kind in ("workflow", "agent"):
        for name, method, call in (
            ("import", "POST", _import_version),
            ("release", "POST", _release_version),
            ("list", "GET", _list_versions),
            ("rollback", "POST", _roll_back),
        ):
            endpoint = _endpoint(runtime, _require_version_management(kind, call))
            listed.append(Route(f"/v1/{kind}/version/{name}", endpoint, methods=[method]))
        check = _endpoint(runtime, _require_kind("account", precheck(kind, _read_form)))
        listed.append(Route(f"/v1/org/{kind}/import/precheck", check, methods=["POST"]))
    listed.append(Route("/v1/api-key/verify", _endpoint(runtime, _verify_key), methods=["GET"]))
    for path, method, call in (("invoke", "POST", runs.invoke), ("query/result", "POST", runs.result), ("run/logs", "GET", runs.logs)):
        listed.append(Route(f"/v1/workflow/{path}", _endpoint(runtime, _require_kind("workflow", call)), methods=[method]))
    return listed


def _endpoint(runtime: SandboxRuntime, call: Call) -> Callable[[Request], Awaitable[Response]]:
    """A call as a Starlette endpoint: key, rate limit, deleted target, then the call; a refusal becomes the platform's error."""

    async def endpoint(request: Request) -> Response:
        target = request.scope.get(CALLER)
        if not isinstance(target, DeclaredTarget):
            return _refusal(RefusedError(40127), None)
        try:
            _require_rate(runtime, target)
            if target.deleted:
                raise RefusedError(40348)
            runtime.gptbots.ensure_target(target)
            return json_reply(await call(runtime, target, request))
        except RefusedError as refusal:
            return _refusal(refusal, target)

    return endpoint


def _refusal(refusal: RefusedError, target: DeclaredTarget | None) -> Response:
    code = int(refusal.code)
    status = GPTBOTS[code][0]
    if target and target.error_status and code not in _FIXED_STATUS:
        status = target.error_status
    body = gptbots_error(code, refusal.detail, target.error_text if target else "msg")
    return json_reply(body, status, refusal.headers)


def _require_rate(runtime: SandboxRuntime, target: DeclaredTarget) -> None:
    if target.rate_limit is not None:
        rate = runtime.rates.count_call(f"gptbots {target.id}", "calls", target.rate_limit)
        if not rate.allowed:
            raise RefusedError(40008, headers={"Retry-After": rate.headers()["Retry-After"]})


def _require_kind(kind: str, call: Call) -> Call:
    """The call, for keys of that kind alone (403204)."""

    async def for_kind(runtime: SandboxRuntime, target: DeclaredTarget, request: Request) -> Any:
        if target.kind != kind:
            raise RefusedError(403204, f"this is an {target.kind} key" if target.kind != "workflow" else "this is a workflow key")
        return await call(runtime, target, request)

    return for_kind


def _require_version_management(kind: str, call: Call) -> Call:
    """The call, behind the gate before every version call, in both its forms (docs/contracts/gptbots.md, "Hosts and keys")."""

    async def gated(runtime: SandboxRuntime, target: DeclaredTarget, request: Request) -> Any:
        if target.version_management is False:
            raise RefusedError(403)
        if target.mode == "production" and not target.version_management:
            raise RefusedError(403200)
        return await call(runtime, target, request)

    return _require_kind(kind, gated)


def _success(data: Any = None) -> dict[str, Any]:
    return {"code": 0, "msg": "OK"} if data is None else {"code": 0, "msg": "OK", "data": data}


def _text(body: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or (default is None and not value):
        raise RefusedError(40000, f"{name} must be text")
    return value


async def _import_version(runtime: SandboxRuntime, target: DeclaredTarget, request: Request) -> Any:
    form = await _read_form(request)
    file = form.get("file")
    if file is None or file.filename is None:
        raise RefusedError(40000, "the form has no file")
    if len(file.content) > MAX_BYTES:
        raise RefusedError(40000, "the file is over 50 MiB")
    description = form["versionDesc"].content.decode("utf-8", "replace") if "versionDesc" in form else ""
    verdict = validate_import(file.content, file.filename, target.kind)
    if verdict.wrong_type:
        raise RefusedError(403201)
    if verdict.refusal:
        raise RefusedError(403202, verdict.refusal)
    version = runtime.gptbots.add_next(target.id, description, verdict.fingerprint, verdict.bot_type, file.content)
    bot_type = "Workflow" if target.kind == "workflow" else verdict.bot_type or "QuestionAnswer"
    data = {"botId": target.id, "botType": bot_type, "version": version}
    dropped = "; ".join(find_drops(verdict.document, target))
    return _success({**data, "warning": dropped} if dropped else data)


async def _read_form(request: Request) -> dict[str, FormPart]:
    if int(request.headers.get("content-length") or 0) > MAX_BYTES + _FORM_OVERHEAD_BYTES:
        raise RefusedError(40000, "the file is over 50 MiB")
    try:
        return parse_form(request.headers.get("content-type", ""), await request.body())
    except MalformedFormError as error:
        raise RefusedError(40000, str(error)) from error


async def _release_version(runtime: SandboxRuntime, target: DeclaredTarget, request: Request) -> Any:
    version = _text(await read_json_object(request, 40000), "version")
    if runtime.gptbots.find(target.id, version) is None:
        raise RefusedError(403203, version)
    if not _is_within_plan(runtime, target):
        raise RefusedError(40353)
    previous = runtime.gptbots.release(target.id, version)
    return _success({"version": version, "previous_version": previous} if target.release_data else None)


def _is_within_plan(runtime: SandboxRuntime, target: DeclaredTarget) -> bool:
    """May the target be live? A plan's limit counts every live target of this sandbox, this one included."""
    return target.plan_limit is None or runtime.gptbots.count_other_live_targets(target.id) < target.plan_limit


async def _list_versions(runtime: SandboxRuntime, target: DeclaredTarget, _request: Request) -> Any:
    if target.list_status != 200:
        raise RefusedError(target.list_status)
    rows = [_listed_version(target, row) for row in runtime.gptbots.versions(target.id)]
    return _success(rows if rows or target.empty_list_data else None)


def _listed_version(target: DeclaredTarget, row: VersionRow) -> dict[str, Any]:
    return {
        "id": f"{target.id[:12]}{row.id:012x}",
        "bot_id": target.id,
        "version": row.version,
        "version_desc": row.description,
        "version_status": row.status,
        "create_time": row.created,
        "release_time": row.released,
        "creator_email": _CREATOR,
    }


async def _roll_back(runtime: SandboxRuntime, target: DeclaredTarget, request: Request) -> Any:
    body = await read_json_object(request, 40000)
    source, release = _text(body, "version"), body.get("release", False)
    description = _text(body, "version_desc", f"Rollback to {source}")
    if not isinstance(release, bool):
        raise RefusedError(40000, "release must be true or false")
    if runtime.gptbots.find(target.id, source) is None:
        raise RefusedError(403203, source)
    with runtime.store.transaction():
        version = _text(body, "new_version", "") or runtime.gptbots.next_free_version(target.id)
        if runtime.gptbots.find(target.id, version):
            raise RefusedError(40000, f"new_version {version} exists already")
        runtime.gptbots.copy(target.id, source, version, description)
        allowed = _is_within_plan(runtime, target)
        if release and allowed:
            runtime.gptbots.release(target.id, version)
    warnings = ["Published count exceeds the plan limit: the new version stays a draft"] if release and not allowed else []
    return _success({"source_version": source, "new_version": version, "created": True, "released": release and allowed, "warnings": warnings})


async def _verify_key(_runtime: SandboxRuntime, target: DeclaredTarget, _request: Request) -> Any:
    return _success({"entityType": target.kind, "entityId": target.id})
