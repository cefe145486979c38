"""Whatever JSON a platform answers: each call returns, or raises PlatformError; what it returned can be compared, shown and written."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_replies import changed_replies, replies
from reply_calls import DEFINITION, GPTBOTS, KEY, MEINGPT, SHOWN, platform_answering

from deployer.http.request import Request
from deployer.model.errors import PlatformError
from deployer.model.workflow import Source, Workflow
from deployer.platforms.gptbots.client import GPTBots
from deployer.platforms.meingpt.adapter import MeingptTarget
from deployer.platforms.meingpt.client import MeinGPT
from deployer.platforms.registry import PLATFORMS

ERRORS = (
    {"code": 40353, "msg": "no"},
    {"error": {"code": "RATE_LIMIT_EXCEEDED", "message": "slow", "details": [1]}},
    {"status": "error", "message": "x"},
)
EXAMPLES = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("call", GPTBOTS)
@EXAMPLES
@given(data=st.data())
def test_any_reply_of_gptbots_is_a_value_or_an_error_of_the_platform(call: str, data: st.DataObject) -> None:
    act, good = GPTBOTS[call]
    api = GPTBots(platform_answering("gptbots", data.draw(replies(good))), KEY)
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
            assert_writable(act(GPTBots(platform_answering("gptbots", content), KEY)))


@pytest.mark.parametrize("call", MEINGPT)
def test_any_field_of_a_meingpt_reply_may_be_odd(call: str) -> None:
    act, good = MEINGPT[call]
    for content in changed_replies(good):
        with suppress(PlatformError):
            assert_writable(act(MeinGPT(platform_answering("meingpt", content), KEY)))


@pytest.mark.parametrize("call", MEINGPT)
@EXAMPLES
@given(data=st.data())
def test_any_reply_of_meingpt_is_a_value_or_an_error_of_the_platform(call: str, data: st.DataObject) -> None:
    act, good = MEINGPT[call]
    api = MeinGPT(platform_answering("meingpt", data.draw(replies(good))), KEY)
    try:
        result = act(api)
    except PlatformError:
        return
    assert_writable(result)


@pytest.mark.parametrize("platform", PLATFORMS)
@EXAMPLES
@given(data=st.data(), status=st.sampled_from([200, 400, 401, 404, 429, 500, 503, 999]))
def test_any_error_reply_is_an_error_of_the_platform(platform: str, data: st.DataObject, status: int) -> None:
    http = platform_answering(platform, data.draw(st.sampled_from(ERRORS).flatmap(replies)), status)
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
    target = MeingptTarget(workflow, lambda: MeinGPT(platform_answering("meingpt", content), KEY))
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
