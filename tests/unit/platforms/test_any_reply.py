"""Whatever JSON a platform answers: each call returns, or raises PlatformError; what it returned can be compared, shown and written."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_replies import Answering, NoWaiting, changed_replies, replies

from deployer.http.client import Http
from deployer.http.request import Request
from deployer.model.errors import PlatformError
from deployer.model.secret import Secret
from deployer.model.workflow import Source, Workflow
from deployer.platforms.base import Run
from deployer.platforms.gptbots.client import GPTBots
from deployer.platforms.meingpt.adapter import MeingptTarget
from deployer.platforms.meingpt.client import MeinGPT
from deployer.platforms.meingpt.runs import Webhook
from deployer.platforms.registry import PLATFORMS

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
ERRORS = (
    {"code": 40353, "msg": "no"},
    {"error": {"code": "RATE_LIMIT_EXCEEDED", "message": "slow", "details": [1]}},
    {"status": "error", "message": "x"},
)
KEY = Secret("key-0123456789")
EXAMPLES = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def answering(platform: str, content: bytes, status: int = 200) -> Http:
    http = Http(PLATFORMS[platform].service, "https://platform.example", clock=NoWaiting(600), jitter=lambda: 0.0)
    http._transport = Answering(status, content)  # type: ignore[assignment]
    return http


@pytest.mark.parametrize("call", GPTBOTS)
@EXAMPLES
@given(data=st.data())
def test_any_reply_of_gptbots_is_a_value_or_an_error_of_the_platform(call: str, data: st.DataObject) -> None:
    act, good = GPTBOTS[call]
    api = GPTBots(answering("gptbots", data.draw(replies(good))), KEY)
    try:
        result = act(api)
    except PlatformError:
        return
    assert_writable(result)


@pytest.mark.parametrize("call", GPTBOTS)
def test_any_field_of_a_gptbots_reply_may_be_odd(call: str) -> None:
    act, good = GPTBOTS[call]
    for content in changed_replies(good):
        with suppress(PlatformError):
            assert_writable(act(GPTBots(answering("gptbots", content), KEY)))


@pytest.mark.parametrize("call", MEINGPT)
def test_any_field_of_a_meingpt_reply_may_be_odd(call: str) -> None:
    act, good = MEINGPT[call]
    for content in changed_replies(good):
        with suppress(PlatformError):
            assert_writable(act(MeinGPT(answering("meingpt", content), KEY)))


@pytest.mark.parametrize("call", MEINGPT)
@EXAMPLES
@given(data=st.data())
def test_any_reply_of_meingpt_is_a_value_or_an_error_of_the_platform(call: str, data: st.DataObject) -> None:
    act, good = MEINGPT[call]
    api = MeinGPT(answering("meingpt", data.draw(replies(good))), KEY)
    try:
        result = act(api)
    except PlatformError:
        return
    assert_writable(result)


@pytest.mark.parametrize("platform", PLATFORMS)
@EXAMPLES
@given(data=st.data(), status=st.sampled_from([200, 400, 401, 404, 429, 500, 503, 999]))
def test_any_error_reply_is_an_error_of_the_platform(platform: str, data: st.DataObject, status: int) -> None:
    http = answering(platform, data.draw(st.sampled_from(ERRORS).flatmap(replies)), status)
    try:
        http.send(Request("GET", "/v1/x", KEY, repeatable=True))
    except PlatformError as error:
        assert_writable([error.code, error.message, error.fix])
    else:
        assert status == 200


@EXAMPLES
@given(content=replies(SHOWN))
def test_any_definition_that_was_read_can_be_compared_and_saved(content: bytes) -> None:
    workflow = Workflow("n", Source("n.yaml", "meingpt", "workflow", b"", DEFINITION), "MEINGPT")
    target = MeingptTarget(workflow, lambda: MeinGPT(answering("meingpt", content), KEY))
    try:
        observed = target.read("wf_1")
    except PlatformError:
        return
    assert observed.definition is not None
    target.readback_fingerprint(observed)
    target.covers(observed.definition, DEFINITION)
    found = target.found_definition(observed) or {}
    assert_writable([target.without_added(found), target.file_definition(found), observed.revision, observed.active])
    target.compare_definitions(target.without_added(found), target.without_added(DEFINITION), "what is there")


def assert_writable(result: Any) -> None:
    json.dumps(result, default=vars_of, allow_nan=False, ensure_ascii=False).encode()


def vars_of(value: Any) -> Any:
    return {name: getattr(value, name) for name in getattr(value, "__slots__", ())}
