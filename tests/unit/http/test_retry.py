"""The retry table, and the headers that ask for a pause."""

import email.utils

import pytest

from deployer.http import retry
from deployer.http.retry import RETRY, RetryRule

NOW = 1_700_000_000.0


def test_the_table_is_the_contract() -> None:
    """docs/troubleshooting.md, "What is tried again": row by row."""
    retried = RetryRule(retry=True)
    assert (RETRY["unconnected"].repeatable, RETRY["unconnected"].otherwise) == (retried, retried)
    assert (RETRY["limited"].repeatable, RETRY["limited"].otherwise) == (retried, retried)
    assert RETRY["server_error"].repeatable.retry
    assert RETRY["server_error"].otherwise == RetryRule(probe_seconds=30, absence_is_proof=True)
    assert RETRY["lost"].repeatable.retry
    assert RETRY["lost"].otherwise == RetryRule(probe_seconds=60, absence_is_proof=False)
    assert RETRY["refused"].repeatable == RETRY["refused"].otherwise == RetryRule()
    assert {status for status, kind in retry.STATUS.items() if kind == "server_error"} == {500, 503}
    assert {retry.STATUS[status] for status in (501, 502, 504, 520, 599)} == {"lost"}
    assert retry.STATUS[429] == "limited"


def test_back_off_doubles_and_has_full_jitter() -> None:
    assert [retry.back_off(attempt, lambda: 1.0) for attempt in range(1, 7)] == [0.5, 1, 2, 4, 8, 8]
    assert retry.back_off(3, lambda: 0.0) == 0


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 400}, 999_999_999),
        ({"retry-after": "١٢"}, None),
        ({"retry-after": email.utils.formatdate(NOW + 40, usegmt=True)}, 40),
        ({"retry-after": email.utils.formatdate(NOW - 40, usegmt=True)}, 0),
        ({"retry-after": email.utils.formatdate(NOW + 40, usegmt=True), "date": email.utils.formatdate(NOW + 30, usegmt=True)}, 10),
        ({"x-ratelimit-reset": str(NOW + 5), "x-ratelimit-remaining": "0"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], pause: float | None) -> None:
    assert retry.asked_pause(headers, NOW) == pause


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"x-ratelimit-reset": str(NOW + 5), "x-ratelimit-remaining": "0"}, 5),
        ({"x-ratelimit-reset": str(NOW + 5)}, 5),
        ({"x-ratelimit-reset": str(NOW - 5)}, 0),
        ({"x-ratelimit-reset": str(NOW + 3000), "x-ratelimit-remaining": "900"}, None),
        ({"x-ratelimit-reset": str(NOW + 3000), "retry-after": "2"}, 2),
        ({"x-ratelimit-reset": "60"}, 60),
        ({"x-ratelimit-reset": "inf"}, None),
        ({"x-ratelimit-reset": "nan"}, None),
        ({"x-ratelimit-reset": "tomorrow"}, None),
    ],
)
def test_the_pause_of_a_429(headers: dict[str, str], pause: float | None) -> None:
    assert retry.limit_pause(headers, NOW) == pause
