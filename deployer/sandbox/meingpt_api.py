"""meinGPT, as docs/contracts/meingpt.md describes it: workflows, executions, webhooks, with the published limits and headers."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deployer.sandbox.json_bodies import MEINGPT, RefusedError, json_reply, meingpt_error, read_json_object
from deployer.sandbox.meingpt_store import ExecutionRow, WorkflowRow, definition_fingerprint, iso_time
from deployer.sandbox.meingpt_validator import read_changes
from deployer.sandbox.middleware import CALLER
from deployer.sandbox.rate_limits import RateStatus
from deployer.sandbox.runtime import SandboxRuntime
from deployer.sandbox.store import dump_json, now_ms
from deployer.sandbox.targets_file import Organisation

Call = Callable[[SandboxRuntime, Organisation, Request], Awaitable[Response]]
_MAX_PER_PAGE = 100
_NO_ORGANISATION = Organisation("")


def routes(runtime: SandboxRuntime) -> list[Route]:
    """Every call of the page."""
    calls: tuple[tuple[str, str, Call], ...] = (
        ("/v1/workflows", "GET", _list_workflows),
        ("/v1/workflows", "POST", _create_workflow),
        ("/v1/workflows/{workflow}", "GET", _get_workflow),
        ("/v1/workflows/{workflow}", "PUT", _update_workflow),
        ("/v1/workflows/{workflow}", "DELETE", _delete_workflow),
        ("/v1/workflows/{workflow}/execute", "POST", _execute_workflow),
        ("/v1/workflows/{workflow}/executions/{execution}", "GET", _get_execution),
    )
    listed = [Route(path, _endpoint(runtime, call), methods=[method]) for path, method, call in calls]
    return [*listed, Route("/v1/webhooks/{hook}", _webhook_endpoint(runtime), methods=["POST"])]


def _endpoint(runtime: SandboxRuntime, call: Call) -> Callable[[Request], Awaitable[Response]]:
    """A call as a Starlette endpoint: first the rate limit, since every reply shows what is left of it, then the token."""

    async def endpoint(request: Request) -> Response:
        caller = request.scope.get(CALLER)
        organisation = caller if isinstance(caller, Organisation) else _NO_ORGANISATION
        rate = _count_call(runtime, organisation, "calls")
        try:
            _require_rate(rate)
            if organisation is _NO_ORGANISATION:
                raise RefusedError("UNAUTHORIZED")
            runtime.meingpt.ensure_organisation(organisation)
            reply = await call(runtime, organisation, request)
        except RefusedError as refusal:
            reply = _refusal(refusal)
        return _add_rate_headers(reply, rate)

    return endpoint


def _count_call(runtime: SandboxRuntime, organisation: Organisation, kind: str) -> RateStatus:
    return runtime.rates.count_call(f"meingpt {organisation.name}", kind, organisation.rates[kind])


def _require_rate(rate: RateStatus) -> None:
    if not rate.allowed:
        raise RefusedError("RATE_LIMIT_EXCEEDED", headers=rate.headers())


def _refusal(refusal: RefusedError) -> Response:
    code = str(refusal.code)
    return json_reply(meingpt_error(code, refusal.detail, refusal.details), MEINGPT[code][0], refusal.headers)


def _add_rate_headers(reply: Response, rate: RateStatus) -> Response:
    for name, value in rate.headers().items():
        reply.headers.setdefault(name, value)
    return reply


def _require_workflow(runtime: SandboxRuntime, organisation: Organisation, request: Request) -> WorkflowRow:
    workflow = request.path_params["workflow"]
    row = runtime.meingpt.find(organisation.name, workflow)
    if row is None:
        raise RefusedError("WORKFLOW_NOT_FOUND", details={"workflow_id": workflow})
    return row


async def _list_workflows(runtime: SandboxRuntime, organisation: Organisation, request: Request) -> Response:
    page, per_page = _page_number(request, "page", 1), min(_MAX_PER_PAGE, _page_number(request, "per_page", 20))
    rows, total = runtime.meingpt.page(organisation.name, page, per_page)
    return json_reply({"workflows": [_summary(row) for row in rows], "total": total, "page": page, "per_page": per_page})


def _page_number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= 2**31:
        raise RefusedError("INVALID_INPUT", f"{name} must be a whole number from 1")
    return int(text)


def _summary(row: WorkflowRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.definition.get("name", ""),
        "description": row.definition.get("description", ""),
        "status": row.status,
        "created_at": iso_time(row.created),
        "updated_at": iso_time(row.updated),
        "execution_count": row.executions,
    }


def document(row: WorkflowRow, organisation: Organisation, base_url: str) -> dict[str, Any]:
    """The whole workflow as the server gives it back, with what it adds: a webhook's URL, and the `adds` of the targets file."""
    trigger = dict(row.definition.get("trigger") or {})
    steps = list(row.definition.get("steps", []))
    if trigger.get("type") == "webhook":
        trigger["config"] = {**(trigger.get("config") or {}), "url": f"{base_url}v1/webhooks/{row.hook}"}
    adds = organisation.adds
    if adds.get("trigger"):
        trigger["config"] = {**adds["trigger"], **(trigger.get("config") or {})}
    if adds.get("step"):
        steps = [{**adds["step"], **step} for step in steps]
    definition = {"trigger": trigger, "steps": steps, "variables": row.definition.get("variables", {})}
    return {**adds.get("workflow", {}), **_summary(row), **definition}


def snapshot(runtime: SandboxRuntime, base_url: str) -> list[dict[str, Any]]:
    """Every organisation with its workflows, whole, each with its fingerprint; for `/_sandbox/state`."""
    return [{"organisation": name, "workflows": _documents(runtime, name, base_url)} for name in runtime.meingpt.organisations()]


def _documents(runtime: SandboxRuntime, name: str, base_url: str) -> list[dict[str, Any]]:
    organisation = runtime.callers.organisation_named(name)
    rows = runtime.meingpt.workflows(name)
    return [{**document(row, organisation, base_url), "fingerprint": definition_fingerprint(row)} for row in rows]


async def _get_workflow(runtime: SandboxRuntime, organisation: Organisation, request: Request) -> Response:
    return json_reply(document(_require_workflow(runtime, organisation, request), organisation, str(request.base_url)))


async def _create_workflow(runtime: SandboxRuntime, organisation: Organisation, request: Request) -> Response:
    definition, _ = read_changes(await read_json_object(request, "INVALID_INPUT"), create=True)
    row = runtime.meingpt.create(organisation, definition)
    return json_reply(document(row, organisation, str(request.base_url)), 201)


async def _update_workflow(runtime: SandboxRuntime, organisation: Organisation, request: Request) -> Response:
    changes, status = read_changes(await read_json_object(request, "INVALID_INPUT"), create=False)
    row = _require_workflow(runtime, organisation, request)
    runtime.meingpt.update(row, changes, status or row.status)
    return await _get_workflow(runtime, organisation, request)


async def _delete_workflow(runtime: SandboxRuntime, organisation: Organisation, request: Request) -> Response:
    runtime.meingpt.delete(_require_workflow(runtime, organisation, request).id)
    return Response(status_code=204)


async def _execute_workflow(runtime: SandboxRuntime, organisation: Organisation, request: Request) -> Response:
    _require_rate(_count_call(runtime, organisation, "executions"))
    run_input = (await read_json_object(request, "INVALID_INPUT")).get("input", {})
    if not isinstance(run_input, dict):
        raise RefusedError("INVALID_INPUT", "input must be an object")
    return _start_execution(runtime, organisation, _require_workflow(runtime, organisation, request), run_input)


def _start_execution(runtime: SandboxRuntime, organisation: Organisation, row: WorkflowRow, run_input: Any) -> Response:
    if organisation.credits is not None and runtime.meingpt.count_charged_executions(organisation.name) >= organisation.credits:
        raise RefusedError("INSUFFICIENT_CREDITS")
    name, script = organisation.script(str(row.definition.get("name", ""))).select(dump_json(run_input), dump_json(row.definition))
    answer = script.answer(runtime.store.count_scripted_run(f"{row.id} {name}"))
    run = runtime.meingpt.add_execution(row, run_input, answer)
    if answer.refuse:
        raise RefusedError("EXECUTION_FAILED", answer.refuse, details={"execution_id": run.id})
    return json_reply({"execution_id": run.id, "status": "running", "started_at": iso_time(run.started), "workflow_id": row.id})


async def _get_execution(runtime: SandboxRuntime, organisation: Organisation, request: Request) -> Response:
    row, name = _require_workflow(runtime, organisation, request), request.path_params["execution"]
    run = runtime.meingpt.find_execution(organisation.name, row.id, name)
    if run is None:
        raise RefusedError("WORKFLOW_NOT_FOUND", "no such execution", details={"workflow_id": row.id, "execution_id": name})
    return json_reply(_execution_status(run, row))


def _execution_status(run: ExecutionRow, row: WorkflowRow) -> dict[str, Any]:
    """An execution as it stands: running until its time is over, then with its result."""
    finished = now_ms() >= run.started + run.wait
    completed_at = iso_time(run.started + run.duration)
    steps = run.steps or [
        {"step_id": step.get("id"), "status": run.status, "started_at": iso_time(run.started), "completed_at": completed_at, "output": {}}
        for step in row.definition.get("steps", [])
    ]
    return {
        "execution_id": run.id,
        "workflow_id": run.workflow,
        "status": run.status if finished else "running",
        "started_at": iso_time(run.started),
        "completed_at": completed_at if finished else None,
        "duration_ms": run.duration if finished else None,
        "steps": steps if finished else [],
        "output": run.output if finished else None,
    }


def _webhook_endpoint(runtime: SandboxRuntime) -> Callable[[Request], Awaitable[Response]]:
    """A webhook's URL needs no token, but a signature where a secret is declared."""

    async def endpoint(request: Request) -> Response:
        row = runtime.meingpt.find_by_webhook(request.path_params["hook"])
        organisation = runtime.callers.organisation_named(row.organisation) if row else _NO_ORGANISATION
        rate = _count_call(runtime, organisation, "webhooks")
        try:
            _require_rate(rate)
            reply = await _call_webhook(runtime, organisation, row, request)
        except RefusedError as refusal:
            reply = _refusal(refusal)
        return _add_rate_headers(reply, rate)

    return endpoint


async def _call_webhook(runtime: SandboxRuntime, organisation: Organisation, row: WorkflowRow | None, request: Request) -> Response:
    if row is None:
        raise RefusedError("WORKFLOW_NOT_FOUND", "no such webhook", details={"webhook_id": request.path_params["hook"]})
    if organisation.webhook_secret and not _is_signed(organisation.webhook_secret, await request.body(), request.headers):
        raise RefusedError("UNAUTHORIZED", "X-Webhook-Signature is missing or wrong")
    return _start_execution(runtime, organisation, row, await read_json_object(request, "INVALID_INPUT"))


def _is_signed(secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), headers.get("x-webhook-signature", "").encode())
