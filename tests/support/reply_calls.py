"""Every call to the platforms and to GitHub: how it is made, and what a good reply holds. For tests of what else may come back.

What a call returns is plain data, or has `__slots__`.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from odd_replies import Answering, NoWaiting

from deployer.github import check_runs, commits, deployments, pulls, releases
from deployer.github.api import Api
from deployer.github.comments import Comments
from deployer.github.commits import Commits
from deployer.github.deployments import STATE_TASK, UI_TASK, StateDeployments
from deployer.http.client import Http
from deployer.model.annotation import Annotation
from deployer.model.errors import UsageError
from deployer.model.secret import Secret
from deployer.model.workflow import Source, Workflow
from deployer.platforms.base import Run
from deployer.platforms.gptbots.account_precheck import AccountPrecheck
from deployer.platforms.gptbots.client import GPTBots
from deployer.platforms.meingpt.client import MeinGPT
from deployer.platforms.meingpt.runs import Webhook
from deployer.platforms.precheck import PrecheckAccount
from deployer.platforms.registry import PLATFORMS
from deployer.state.github import GithubStateStore
from deployer.state.github_logs import PREFIX

KEY = Secret("key-0123456789")
ACCOUNT = PrecheckAccount("DEV", Secret("dev-key-0123:dev-secret-0123"), "org-1")
VERSION = {"bot_id": "b1", "version": "1.0.0", "version_desc": "two", "version_status": "PUBLISHED", "create_time": 1758765323024, "release_time": 1}
RUN = {
    "workflowRunId": "r",
    "workflowVersion": "1",
    "status": "SUCCEED",
    "output": "hi",
    "workflowExecutionTime": 1,
    "totalTokens": 1,
    "totalCost": 1,
}
STEP = {"id": "a", "type": "ai_completion", "config": {"prompt": "x", "steps": []}}
DEFINITION = {"name": "n", "description": "d", "trigger": {"type": "webhook", "config": {"url": "u"}}, "steps": [STEP], "variables": {"a": 1}}
SHOWN = {**DEFINITION, "id": "wf_1", "status": "active", "updated_at": "2025-01-01T00:00:00Z"}
ROW = {"id": "wf_1", "name": "n", "status": "active", "updated_at": "t", "created_at": "t", "description": "d"}
EXECUTION = {"execution_id": "e1", "status": "completed", "output": {"a": 1}, "duration_ms": 12, "error": None}

GPTBOTS: Mapping[str, tuple[Callable[[GPTBots], Any], Any]] = {
    "import": (lambda api: api.import_version("a.flow", b"{}", "x"), {"code": 0, "data": {"botId": "b1", "version": "1.0.0", "warning": ["w"]}}),
    "release": (lambda api: api.release("1.0.0"), {"code": 0, "data": {"version": "1.0.0", "previous_version": "0.9"}}),
    "list": (lambda api: api.versions(), {"code": 0, "msg": "OK", "data": [VERSION, VERSION]}),
    "rollback": (
        lambda api: api.roll_back("1", release=True),
        {"code": 0, "data": {"source_version": "1", "new_version": "2", "created": True, "released": True, "warnings": ["w"]}},
    ),
    "verify": (lambda api: api.identity(), {"code": 0, "data": {"entityType": "Workflow", "entityId": "w1"}}),
    "invoke": (lambda api: api.run({}), {"code": 0, "data": RUN}),
    "query result": (lambda api: api.run_result("r"), RUN),
    "precheck": (
        lambda api: AccountPrecheck().ask(api._http, ACCOUNT, Workflow("a", Source("a.flow", "gptbots", "workflow", b"{}", {}), "A")),
        {"code": 0, "data": {"valid": False, "error_message": "no", "export_type": "WORKFLOW", "bot_type": "Workflow", "name": "A"}},
    ),
    "run logs": (lambda api: api.run_logs(start_ms=0, end_ms=1), {"code": 0, "data": {"list": [{"log_id": 1, "input": "{}"}]}}),
}
MEINGPT: Mapping[str, tuple[Callable[[MeinGPT], Any], Any]] = {
    "list": (lambda api: list(api.workflows()), {"workflows": [ROW, ROW], "total": 2, "page": 1, "per_page": 20}),
    "read": (lambda api: api.workflow("wf_1"), SHOWN),
    "create": (lambda api: api.create(DEFINITION), {"workflow": SHOWN}),
    "update": (lambda api: api.update("wf_1", DEFINITION), SHOWN),
    "delete": (lambda api: api.delete("wf_1"), {"ok": True}),
    "execute": (lambda api: api.execute("wf_1", {}), EXECUTION),
    "execution": (lambda api: api.execution("wf_1", "e1"), EXECUTION),
    "webhook": (lambda api: Webhook(api, "wf_1", Secret("secret")).result(Run("r", "", False, False)), EXECUTION),
    "call webhook": (lambda api: api.call_webhook("w1", {}, "secret"), EXECUTION),
}

SHA, OTHER = "a" * 40, "b" * 40
RECORD = {"fingerprint": "f" * 64, "version": "1", "target": "t", "host": "h", "commit": SHA, "run": "1.1", "time": 1}
EVENTS = [
    {"kind": "intent", "environment": "production", "run": "1.1", "commit": SHA, "plan_hash": "p", "gives_up_at": 0, "workflows": {}},
    {"kind": "record", "environment": "production", "run": "1.1", "workflow": "a", "draft": RECORD, "live": RECORD},
    {"kind": "outcome", "environment": "production", "run": "1.1", "workflow": "a", "outcome": "done"},
    {"kind": "snapshot", "environment": "production", "up_to": 1},
]
PAYLOAD = {"flowship": 1, "batch": "b1", "part": 1, "of": 1, "events": EVENTS}
BOT = {"login": "github-actions[bot]"}
STATE_ROW = {"id": 2, "task": STATE_TASK, "environment": f"{PREFIX}production", "creator": BOT, "payload": PAYLOAD, "sha": SHA}
UI_ROW = {"id": 3, "task": UI_TASK, "environment": "production", "creator": BOT, "payload": json.dumps(PAYLOAD)}
COMMENT = {"id": 4, "body": "<!-- m -->\nx", "user": BOT, "html_url": "https://github.com/x"}
FILE = {"type": "file", "encoding": "base64", "content": base64.b64encode(b"x").decode(), "sha": SHA}


def read_state(api: Api) -> object:
    """Read, and written again: whatever was believed has to be JSON that GitHub takes."""
    store = GithubStateStore(StateDeployments(api), SHA)
    try:
        state = store.read("production")
    except UsageError as newer:
        return newer.code
    for name, record in state.workflows.items():
        if record.live:
            store.record("production", "2.1", name, live=record.live)
    return [list(state.notices), list(store.flush())]


GITHUB: Mapping[str, tuple[Callable[[Api], Any], Any]] = {
    "state": (read_state, [STATE_ROW, {**STATE_ROW, "id": 1, "payload": json.dumps(PAYLOAD)}]),
    "post state": (lambda api: StateDeployments(api).post("production", SHA, PAYLOAD, "x"), {"id": 2}),
    "begin": (lambda api: deployments.begin(api, "production", SHA, "x", transient=True), [UI_ROW]),
    "retire": (lambda api: deployments.retire(api, "production"), [UI_ROW]),
    "resolve": (lambda api: commits.resolve(api, "v1"), {"sha": SHA}),
    "read file": (lambda api: str(commits.read_file(api, SHA, "a.yaml")), FILE),
    "ancestry": (lambda api: Commits(api, SHA).is_ancestor(OTHER, "c" * 40), {"status": "ahead", "files": []}),
    "reached": (lambda api: Commits(api, SHA, "main").is_reached(OTHER), [{"sha": SHA, "commit": {"sha": SHA}, "name": "main"}]),
    "reached by": (lambda api: Commits(api, SHA).is_reached(OTHER), {"default_branch": "main", "status": "ahead"}),
    "pull": (lambda api: str(pulls.read_pull(api, 1)), {"state": "open", "head": {"sha": SHA}}),
    "open pulls": (lambda api: sorted(pulls.list_open(api)), [{"number": 1}]),
    "changed files": (lambda api: sorted(pulls.changed_files(api, SHA, OTHER) or ()), {"files": [{"filename": "a", "previous_filename": "b"}]}),
    "release page": (lambda api: releases.update_page(api, "v1", lambda text: f"{text}x"), {"id": 1, "body": "text"}),
    "check run": (
        lambda api: check_runs.post(api, check_runs.CheckRun("n", SHA, "success", "t", "s"), [Annotation("error", "t", "m", "a.yaml")] * 60),
        {"id": 1},
    ),
    "comment": (lambda api: Comments(api, 1).put("<!-- m -->", "<!-- m -->\ny"), [COMMENT, COMMENT]),
    "posted comment": (lambda api: Comments(api, 1)._post("x"), COMMENT),
    "run": (lambda api: api.has_run_ended("1.1"), {"status": "completed"}),
    "viewer": (lambda api: api.viewer(), {"data": {"viewer": {"login": "x"}}}),
}


def platform_answering(platform: str, content: bytes, status: int = 200) -> Http:
    http = Http(PLATFORMS[platform].service, "https://platform.example", clock=NoWaiting(600), jitter=lambda: 0.0)
    http._transport = Answering(status, content)  # type: ignore[assignment]
    return http


def github_answering(content: bytes, status: int = 200) -> Api:
    api = Api("https://github.example", "o/r", KEY, clock=NoWaiting(600), jitter=lambda: 0.0)
    api._http._transport = Answering(status, content)  # type: ignore[assignment]
    return api
