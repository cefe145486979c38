"""Whatever JSON GitHub answers: each call returns, or raises PlatformError; the state is read, and written again."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_replies import changed_replies, replies
from reply_calls import GITHUB, github_answering

from deployer.model.errors import PlatformError


@pytest.mark.parametrize("call", GITHUB)
def test_any_field_of_a_reply_may_be_odd(call: str) -> None:
    act, good = GITHUB[call]
    for content in changed_replies(good):
        with suppress(PlatformError):
            assert json.dumps(act(github_answering(content)), allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize("call", GITHUB)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), status=st.sampled_from([200, 200, 200, 200, 403, 404, 422, 500]))
def test_any_reply_of_github_is_a_value_or_an_error_of_the_platform(call: str, data: st.DataObject, status: int) -> None:
    act, good = GITHUB[call]
    api = github_answering(data.draw(replies(good)), status)
    try:
        result = act(api)
    except PlatformError:
        return
    assert json.dumps(result, allow_nan=False, ensure_ascii=False).encode()
