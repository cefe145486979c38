"""meinGPT, as `platforms/meingpt.md` describes it: workflows, executions, webhooks, with the published limits and headers."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deployer.sandbox.front import CALLER
from deployer.sandbox.limits import Budget
from deployer.sandbox.meingpt_input import changes
from deployer.sandbox.replies import MEINGPT, RefusedError, json_reply, meingpt_body
from deployer.sandbox.requested import json_object
from deployer.sandbox.store import dump, now_ms
from deployer.sandbox.targets import Organisation
from deployer.sandbox.workflows import Execution, Row, definition_fingerprint, iso
from deployer.sandbox.world import World

Call = Callable[[World, Organisation, Request], Awaitable[Response]]
_MOST_PER_PAGE = 100
_ANYONE = Organisation("")


def routes(world: World) -> list[Route]:
    """Every call of the page."""
    listed: tuple[tuple[str, str, Call], ...] = (
        ("/v1/workflows", "GET", _list),
        ("/v1/workflows", "POST", _create),
        ("/v1/workflows/{workflow}", "GET", _get),
        ("/v1/workflows/{workflow}", "PUT", _update),
        ("/v1/workflows/{workflow}", "DELETE", _delete),
        ("/v1/workflows/{workflow}/execute", "POST", _execute),
        ("/v1/workflows/{workflow}/executions/{execution}", "GET", _execution),
    )
    made = [Route(path, _endpoint(world, call), methods=[method]) for path, method, call in listed]
    return [*made, Route("/v1/webhooks/{hook}", _webhook_endpoint(world), methods=["POST"])]


def _endpoint(world: World, call: Call) -> Callable[[Request], Awaitable[Response]]:
    """A call as a Starlette endpoint: budget first, since every reply tells it, then the token."""

    async def endpoint(request: Request) -> Response:
        caller = request.scope.get(CALLER)
        organisation = caller if isinstance(caller, Organisation) else _ANYONE
        budget = world.limits.spend(f"meingpt {organisation.name}", "calls", organisation.calls)
        try:
            _allow(budget)
            if organisation is _ANYONE:
                raise RefusedError("UNAUTHORIZED")
            world.workflows.know(organisation)
            reply = await call(world, organisation, request)
        except RefusedError as refusal:
            reply = _refusal(refusal)
        return _with_budget(reply, budget)

    return endpoint


def _allow(budget: Budget) -> None:
    if not budget.allowed:
        raise RefusedError("RATE_LIMIT_EXCEEDED", headers=budget.headers())


def _refusal(refusal: RefusedError) -> Response:
    code = str(refusal.code)
    return json_reply(meingpt_body(code, refusal.detail, refusal.details), MEINGPT[code][0], refusal.headers)


def _with_budget(reply: Response, budget: Budget) -> Response:
    for name, value in budget.headers().items():
        reply.headers.setdefault(name, value)
    return reply


def _found(world: World, organisation: Organisation, request: Request) -> Row:
    workflow = request.path_params["workflow"]
    row = world.workflows.get(organisation.name, workflow)
    if row is None:
        raise RefusedError("WORKFLOW_NOT_FOUND", details={"workflow_id": workflow})
    return row


async def _list(world: World, organisation: Organisation, request: Request) -> Response:
    page, per_page = _whole(request, "page", 1), min(_MOST_PER_PAGE, _whole(request, "per_page", 20))
    rows, total = world.workflows.page(organisation.name, page, per_page)
    return json_reply({"workflows": [_summary(row) for row in rows], "total": total, "page": page, "per_page": per_page})


def _whole(request: Request, name: str, usual: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return usual
    if not text.isdecimal() or not 1 <= int(text) <= 2**31:
        raise RefusedError("INVALID_INPUT", f"{name} must be a whole number from 1")
    return int(text)


def _summary(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.definition.get("name", ""),
        "description": row.definition.get("description", ""),
        "status": row.status,
        "created_at": iso(row.created),
        "updated_at": iso(row.updated),
        "execution_count": row.executions,
    }


def document(row: Row, organisation: Organisation, base: str) -> dict[str, Any]:
    """The whole workflow as the server gives it back, with what it adds: a webhook's URL, and what the targets file says."""
    trigger = dict(row.definition.get("trigger") or {})
    steps = list(row.definition.get("steps", []))
    if trigger.get("type") == "webhook":
        trigger["config"] = {**(trigger.get("config") or {}), "url": f"{base}v1/webhooks/{row.hook}"}
    adds = organisation.adds
    if adds.get("trigger"):
        trigger["config"] = {**adds["trigger"], **(trigger.get("config") or {})}
    if adds.get("step"):
        steps = [{**adds["step"], **step} for step in steps]
    shown = {"trigger": trigger, "steps": steps, "variables": row.definition.get("variables", {})}
    return {**adds.get("workflow", {}), **_summary(row), **shown}


def state(world: World, base: str) -> list[dict[str, Any]]:
    """Every organisation with its workflows, whole, each with its fingerprint; for `/_sandbox/state`."""
    shown = []
    for name in world.workflows.organisations():
        organisation = world.targets.named(name)
        documents = [{**document(row, organisation, base), "fingerprint": definition_fingerprint(row)} for row in world.workflows.of(name)]
        shown.append({"organisation": name, "workflows": documents})
    return shown


async def _get(world: World, organisation: Organisation, request: Request) -> Response:
    return json_reply(document(_found(world, organisation, request), organisation, str(request.base_url)))


async def _create(world: World, organisation: Organisation, request: Request) -> Response:
    definition, _ = changes(await json_object(request, "INVALID_INPUT"), whole=True)
    row = world.workflows.create(organisation, definition)
    return json_reply(document(row, organisation, str(request.base_url)), 201)


async def _update(world: World, organisation: Organisation, request: Request) -> Response:
    given, status = changes(await json_object(request, "INVALID_INPUT"), whole=False)
    row = _found(world, organisation, request)
    world.workflows.update(row, given, status or row.status)
    return json_reply(document(_found(world, organisation, request), organisation, str(request.base_url)))


async def _delete(world: World, organisation: Organisation, request: Request) -> Response:
    world.workflows.delete(_found(world, organisation, request).id)
    return Response(status_code=204)


async def _execute(world: World, organisation: Organisation, request: Request) -> Response:
    budget = world.limits.spend(f"meingpt {organisation.name}", "executions", organisation.executions)
    _allow(budget)
    given = (await json_object(request, "INVALID_INPUT")).get("input", {})
    if not isinstance(given, dict):
        raise RefusedError("INVALID_INPUT", "input must be an object")
    return _start(world, organisation, _found(world, organisation, request), given)


def _start(world: World, organisation: Organisation, row: Row, given: Any) -> Response:
    if organisation.credits is not None and world.workflows.spent(organisation.name) >= organisation.credits:
        raise RefusedError("INSUFFICIENT_CREDITS")
    name, script = organisation.script(str(row.definition.get("name", ""))).of(dump(given), dump(row.definition))
    answer = script.answer(world.store.turn(f"{row.id} {name}"))
    run = world.workflows.execute(row, given, answer)
    if answer.refuse:
        raise RefusedError("EXECUTION_FAILED", answer.refuse, details={"execution_id": run.id})
    return json_reply({"execution_id": run.id, "status": "running", "started_at": iso(run.started), "workflow_id": row.id})


async def _execution(world: World, organisation: Organisation, request: Request) -> Response:
    row, name = _found(world, organisation, request), request.path_params["execution"]
    run = world.workflows.execution(organisation.name, row.id, name)
    if run is None:
        raise RefusedError("WORKFLOW_NOT_FOUND", "no such execution", details={"workflow_id": row.id, "execution_id": name})
    return json_reply(_told(run, row))


def _told(run: Execution, row: Row) -> dict[str, Any]:
    """An execution as it stands: running until its time is over, then as it ends."""
    over = now_ms() >= run.started + run.wait
    done = iso(run.started + run.duration)
    steps = run.steps or [
        {"step_id": step.get("id"), "status": run.status, "started_at": iso(run.started), "completed_at": done, "output": {}}
        for step in row.definition.get("steps", [])
    ]
    return {
        "execution_id": run.id,
        "workflow_id": run.workflow,
        "status": run.status if over else "running",
        "started_at": iso(run.started),
        "completed_at": done if over else None,
        "duration_ms": run.duration if over else None,
        "steps": steps if over else [],
        "output": run.output if over else None,
    }


def _webhook_endpoint(world: World) -> Callable[[Request], Awaitable[Response]]:
    """A webhook's URL needs no token: whoever knows it may call it, with a signature where a secret is declared."""

    async def endpoint(request: Request) -> Response:
        row = world.workflows.hooked(request.path_params["hook"])
        organisation = world.targets.named(row.organisation) if row else _ANYONE
        budget = world.limits.spend(f"meingpt {organisation.name}", "webhooks", organisation.webhooks)
        try:
            _allow(budget)
            reply = await _fire(world, organisation, row, request)
        except RefusedError as refusal:
            reply = _refusal(refusal)
        return _with_budget(reply, budget)

    return endpoint


async def _fire(world: World, organisation: Organisation, row: Row | None, request: Request) -> Response:
    if row is None:
        raise RefusedError("WORKFLOW_NOT_FOUND", "no such webhook", details={"webhook_id": request.path_params["hook"]})
    if organisation.webhook_secret and not _is_signed(organisation.webhook_secret, await request.body(), request.headers):
        raise RefusedError("UNAUTHORIZED", "X-Webhook-Signature is missing or wrong")
    return _start(world, organisation, row, await json_object(request, "INVALID_INPUT"))


def _is_signed(secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), headers.get("x-webhook-signature", "").encode())
