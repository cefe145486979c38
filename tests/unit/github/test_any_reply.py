"""Whatever JSON GitHub answers: each call returns, or raises PlatformError; the state is read, and written again."""

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_replies import Answering, NoWaiting, changed_replies, replies

from deployer.github import check_runs, commits, deployments, pulls, releases
from deployer.github.api import Api
from deployer.github.comments import Comments
from deployer.github.commits import Commits
from deployer.github.deployments import STATE_TASK, UI_TASK, StateDeployments
from deployer.model.annotation import Annotation
from deployer.model.errors import PlatformError, UsageError
from deployer.model.secret import Secret
from deployer.state.github import GithubStateStore
from deployer.state.github_logs import PREFIX

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


CALLS: Mapping[str, tuple[Callable[[Api], Any], Any]] = {
    "state": (read_state, [STATE_ROW, {**STATE_ROW, "id": 1, "payload": json.dumps(PAYLOAD)}]),
    "post state": (lambda api: StateDeployments(api).post("production", SHA, PAYLOAD, "x"), {"id": 2}),
    "begin": (lambda api: deployments.begin(api, "production", SHA, "x", transient=True), [UI_ROW]),
    "retire": (lambda api: deployments.retire(api, "production"), [UI_ROW]),
    "resolve": (lambda api: commits.resolve(api, "v1"), {"sha": SHA}),
    "read file": (lambda api: str(commits.read_file(api, SHA, "a.yaml")), FILE),
    "ancestry": (lambda api: Commits(api, SHA).is_ancestor(OTHER, "c" * 40), {"status": "ahead", "files": []}),
    "reached": (lambda api: Commits(api, SHA, "main").is_reached(OTHER), [{"sha": SHA, "commit": {"sha": SHA}, "name": "main"}]),
    "reached by": (lambda api: Commits(api, SHA).is_reached(OTHER), {"default_branch": "main", "status": "ahead"}),
    "pull": (lambda api: pulls.read_pull(api, 1), {"state": "open", "head": {"sha": SHA}}),
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


def answering(content: bytes, status: int = 200) -> Api:
    api = Api("https://github.example", "o/r", Secret("token-0123456789"), clock=NoWaiting(600), jitter=lambda: 0.0)
    api._http._transport = Answering(status, content)  # type: ignore[assignment]
    return api


@pytest.mark.parametrize("call", CALLS)
def test_any_field_of_a_reply_may_be_odd(call: str) -> None:
    act, good = CALLS[call]
    for content in changed_replies(good):
        with suppress(PlatformError):
            json.dumps(act(answering(content)), allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize("call", CALLS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), status=st.sampled_from([200, 200, 200, 200, 403, 404, 422, 500]))
def test_any_reply_of_github_is_a_value_or_an_error_of_the_platform(call: str, data: st.DataObject, status: int) -> None:
    act, good = CALLS[call]
    api = answering(data.draw(replies(good)), status)
    try:
        result = act(api)
    except PlatformError:
        return
    json.dumps(result, allow_nan=False, ensure_ascii=False).encode()
