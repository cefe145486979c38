"""GPTBots runs: invoke, result, logs (docs/contracts/gptbots.md, "Calls"). Scripted answers, else an echo of the input."""

import asyncio
import json
from typing import Any

from starlette.requests import Request

from deployer.sandbox.json_bodies import RefusedError, read_json_object
from deployer.sandbox.runtime import SandboxRuntime
from deployer.sandbox.store import dump_json, now_ms
from deployer.sandbox.targets_file import DeclaredTarget

_MAX_WEBHOOKS = 5
_CONVERSATION_TYPES = ("ALL", "API", "AGENT", "SHARE", "C_WORKFLOW")
_NO_MAXIMUM = 2**62


async def invoke(runtime: SandboxRuntime, target: DeclaredTarget, request: Request) -> Any:
    """Run the live version, else the draft. A synchronous run takes as long as the `wait` of its answer."""
    body = await read_json_object(request, 40000)
    asynchronous, hooks = body.get("isAsync", False), body.get("webhook", [])
    if body.get("input") is None:
        raise RefusedError(40000, "input is missing")
    if not isinstance(asynchronous, bool):
        raise RefusedError(40000, "isAsync must be true or false")
    if not isinstance(hooks, list) or len(hooks) > _MAX_WEBHOOKS or not all(map(_is_webhook, hooks)):
        raise RefusedError(40000, f"webhook must be a list of at most {_MAX_WEBHOOKS} objects with method, url and headers")
    version = runtime.gptbots.find_live(target.id) or runtime.gptbots.find_latest(target.id)
    if version is None:
        raise RefusedError(403203, "this workflow has no version yet")
    definition = runtime.gptbots.read_content(target.id, version.version).decode("utf-8", "replace") if target.script.when else ""
    run_input = dump_json(body["input"])
    name, script = target.script.select(run_input, definition)
    answer = script.answer(runtime.store.count_scripted_run(f"{target.id} {name}"))
    output = run_input if answer.output is None else dump_json(answer.output)
    run = runtime.gptbots.add_run(target.id, version.version, str(body.get("userId", "")), run_input, output, answer, asynchronous)
    if answer.refuse:
        raise RefusedError(50000, answer.refuse)
    if asynchronous:
        return _run_status(target, run, "PENDING")
    await asyncio.sleep(answer.wait)
    return _run_status(target, run)


def _is_webhook(hook: object) -> bool:
    if not isinstance(hook, dict):
        return False
    headers = hook.get("headers", {})
    has_address = all(isinstance(hook.get(name), str) and hook[name] for name in ("method", "url"))
    return has_address and isinstance(headers, dict) and all(isinstance(value, str) for value in headers.values())


async def result(runtime: SandboxRuntime, target: DeclaredTarget, request: Request) -> Any:
    """The same body as invoke's, as it stands now."""
    body = await read_json_object(request, 40000)
    run = runtime.gptbots.find_run(target.id, str(body.get("workflowRunId", "")))
    if run is None:
        raise RefusedError(40000, "no such workflowRunId")
    return _current_status(target, run)


def _current_status(target: DeclaredTarget, run: dict[str, Any]) -> dict[str, Any]:
    return _run_status(target, run, "" if now_ms() >= run["started"] + run["wait"] else "RUNNING")


def _run_status(target: DeclaredTarget, run: dict[str, Any], unfinished: str = "") -> dict[str, Any]:
    """A run as the platform shows it: with that status and no result while `unfinished`, else as it ends."""
    return {
        "workflowId": target.id,
        "workflowName": target.name,
        "workflowVersion": run["version"],
        "workflowRunId": run["id"],
        "input": json.loads(run["input"]),
        "output": None if unfinished else json.loads(run["output"]),
        "status": unfinished or run["status"],
        "workflowExecutionTime": None if unfinished else run["duration"],
        "totalCost": None if unfinished else run["cost"],
        "totalTokens": None if unfinished else run["tokens"],
        "startTime": run["started"],
        "endTime": None if unfinished else run["started"] + run["duration"],
    }


async def logs(runtime: SandboxRuntime, target: DeclaredTarget, request: Request) -> Any:
    """One page of the runs, newest first. `input` and `output` are JSON texts."""
    query = request.query_params
    page, size = _whole(query.get("page"), "page", 1, 1), _whole(query.get("page_size"), "page_size", 10, 10, 100)
    since, until = (_whole(query.get(name), name, default, 0) for name, default in (("start_time", 0), ("end_time", _NO_MAXIMUM)))
    kind = query.get("conversation_type", "")
    if kind not in _CONVERSATION_TYPES:
        raise RefusedError(40000, f"conversation_type must be one of {', '.join(_CONVERSATION_TYPES)}")
    rows = runtime.gptbots.runs(target.id, since, until) if kind in ("API", "ALL") else []
    shown = [_log_entry(target, run) for run in rows[(page - 1) * size : page * size]]
    return {"code": 0, "msg": "OK", "data": {"list": shown, "total": len(rows), "page": page, "page_size": size}}


def _whole(text: str | None, name: str, default: int, minimum: int, maximum: int = _NO_MAXIMUM) -> int:
    if text is None:
        return default
    if not text.isdecimal() or not minimum <= int(text) <= maximum:
        raise RefusedError(40000, f"{name} must be a whole number from {minimum}" + (f" to {maximum}" if maximum != _NO_MAXIMUM else ""))
    return int(text)


def _log_entry(target: DeclaredTarget, run: dict[str, Any]) -> dict[str, Any]:
    status = _current_status(target, run)
    return {
        "log_id": run["id"].replace("run_", "log_"),
        "workflow_run_id": run["id"],
        "workflow_version": run["version"],
        "conversation_type": "API",
        "user_id": run["user"],
        "status": status["status"],
        "input": run["input"],
        "output": None if status["output"] is None else run["output"],
        "start_time": run["started"],
        "end_time": status["endTime"],
        "execution_time": status["workflowExecutionTime"],
        "total_tokens": status["totalTokens"],
        "total_cost": status["totalCost"],
    }
