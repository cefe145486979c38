"""GPTBots runs: invoke, result, logs (`platforms/gptbots.md`, Calls). Scripted answers, else an echo of the input."""

import asyncio
import json
from typing import Any

from starlette.requests import Request

from deployer.sandbox.replies import RefusedError
from deployer.sandbox.requested import json_object
from deployer.sandbox.store import dump, now_ms
from deployer.sandbox.targets import Target
from deployer.sandbox.world import World

_MAX_WEBHOOKS = 5
_EVER = 2**62


async def invoke(world: World, target: Target, request: Request) -> Any:
    """Run the live version, else the draft. A synchronous run takes as long as its answer says."""
    body = await json_object(request, 40000)
    asynchronous, hooks = body.get("isAsync", False), body.get("webhook", [])
    if body.get("input") is None:
        raise RefusedError(40000, "input is missing")
    if not isinstance(asynchronous, bool):
        raise RefusedError(40000, "isAsync must be true or false")
    if not isinstance(hooks, list) or len(hooks) > _MAX_WEBHOOKS:
        raise RefusedError(40000, f"webhook must be a list of at most {_MAX_WEBHOOKS}")
    version = world.versions.live(target.id) or world.versions.latest(target.id)
    if version is None:
        raise RefusedError(403203, "this workflow has no version yet")
    definition = world.versions.content(target.id, version.version).decode("utf-8", "replace") if target.script.when else ""
    name, script = target.script.of(dump(body["input"]), definition)
    answer = script.answer(world.store.turn(f"{target.id} {name}"))
    output = body["input"] if answer.output is None else answer.output
    given, shown = dump(body["input"]), dump(output)
    run = world.versions.start_run(target.id, version.version, str(body.get("userId", "")), given, shown, answer, asynchronous)
    if answer.refuse:
        raise RefusedError(50000, answer.refuse)
    if not asynchronous:
        await asyncio.sleep(answer.wait)
    return _told(target, world.versions.run(target.id, run) or {}, first=asynchronous, waited=not asynchronous)


async def result(world: World, target: Target, request: Request) -> Any:
    """The same body as invoke's, as it stands now."""
    body = await json_object(request, 40000)
    run = world.versions.run(target.id, str(body.get("workflowRunId", "")))
    if run is None:
        raise RefusedError(40000, "no such workflowRunId")
    return _told(target, run)


def _told(target: Target, run: dict[str, Any], *, first: bool = False, waited: bool = False) -> dict[str, Any]:
    """A run as the platform tells it: PENDING at once, RUNNING until its time is over, then as it ends."""
    over = waited or (not first and now_ms() >= run["started"] + run["wait"])
    return {
        "workflowId": target.id,
        "workflowName": target.name,
        "workflowVersion": run["version"],
        "workflowRunId": run["id"],
        "input": json.loads(run["input"]),
        "output": json.loads(run["output"]) if over else None,
        "status": run["status"] if over else "PENDING" if first else "RUNNING",
        "workflowExecutionTime": run["duration"] if over else None,
        "totalCost": run["cost"] if over else None,
        "totalTokens": run["tokens"] if over else None,
        "startTime": run["started"],
        "endTime": run["started"] + run["duration"] if over else None,
    }


async def logs(world: World, target: Target, request: Request) -> Any:
    """One page of the runs, newest first. `input` and `output` are JSON texts."""
    query = request.query_params
    page, size = _whole(query.get("page"), "page", 1, 1, _EVER), _whole(query.get("page_size"), "page_size", 10, 10, 100)
    since, until = (_whole(query.get(name), name, usual, 0, _EVER) for name, usual in (("start_time", 0), ("end_time", _EVER)))
    found = world.versions.runs(target.id, since, until) if query.get("conversation_type", "API") in ("API", "ALL") else []
    rows = [_logged(target, run) for run in found[(page - 1) * size : page * size]]
    return {"code": 0, "msg": "OK", "data": {"list": rows, "total": len(found), "page": page, "page_size": size}}


def _whole(text: str | None, name: str, usual: int, least: int, most: int) -> int:
    if text is None:
        return usual
    if not text.isdecimal() or not least <= int(text) <= most:
        raise RefusedError(40000, f"{name} must be a whole number from {least}" + (f" to {most}" if most != _EVER else ""))
    return int(text)


def _logged(target: Target, run: dict[str, Any]) -> dict[str, Any]:
    told = _told(target, run)
    return {
        "log_id": run["id"].replace("run_", "log_"),
        "workflow_run_id": run["id"],
        "workflow_version": run["version"],
        "conversation_type": "API",
        "user_id": run["user"],
        "status": told["status"],
        "input": run["input"],
        "output": None if told["output"] is None else run["output"],
        "start_time": run["started"],
        "end_time": told["endTime"],
        "execution_time": told["workflowExecutionTime"],
        "total_tokens": told["totalTokens"],
        "total_cost": told["totalCost"],
    }
