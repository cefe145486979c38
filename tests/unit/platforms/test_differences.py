"""Field by field: what was there, and what is there now."""

from typing import Any

import pytest

from deployer.platforms.in_place.compare import MAX_LINES, difference_lines

STEPS = [{"id": "a", "n": 1}, {"id": "b", "n": 2}]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {}, ()),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, ('a.b: "x" → "y"',)),
        ({"a": 1}, {"b": [2]}, ("a: removed, it was 1", "b: added, [2]")),
        ({"a": 1}, {"a": True}, ("a: 1 → true",)),
        ({"a": 1}, {"a": 1.0}, ("a: 1 → 1.0",)),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2, "b": 1}}, ()),
        ({"a.b": 1}, {"a.b": None}, ('"a.b": 1 → null',)),
        ({"s": STEPS}, {"s": [STEPS[0], {"id": "b", "n": 3}]}, ("s[id=b].n: 2 → 3",)),
        ({"s": STEPS}, {"s": STEPS[1:]}, ('s[id=a]: removed, it was {"id": "a", "n": 1}',)),
        ({"s": STEPS}, {"s": STEPS[::-1]}, ('s: ["a", "b"] → ["b", "a"]',)),
        ({"inputs": STEPS}, {"inputs": STEPS[::-1]}, ()),
        ({"s": [1, 2]}, {"s": [1, 3, 4]}, ("s: [1, 2] → [1, 3, 4]",)),
        ({"s": [{"n": 1}, {"n": 2}]}, {"s": [{"n": 0}, {"n": 1}, {"n": 2}]}, ('s[0]: added, {"n": 0}',)),
        ({"s": [{"n": 1}, {"n": 2}]}, {"s": [{"n": 2}]}, ('s[0]: removed, it was {"n": 1}',)),
        ({"s": [{"n": 1}, {"n": 1}]}, {"s": [{"n": 1}]}, ('s[1]: removed, it was {"n": 1}',)),
        ({"s": [{"id": "a"}, {"id": "a"}]}, {"s": [{"id": "a"}, {"id": "c"}]}, ('s[1].id: "a" → "c"',)),
        ({"s": [{"id": "1", "name": "n"}]}, {"s": [{"id": "2", "name": "n"}]}, ('s[name=n].id: "1" → "2"',)),
        ({"n": 1}, {"n": 10**18}, ('n: 1 → "1000000000000000000"',)),
        ("x", None, ('all of it: "x" → null',)),
    ],
)
def test_differences(before: Any, after: Any, said: tuple[str, ...]) -> None:
    assert difference_lines(before, after) == said


def test_many_are_counted_and_long_ones_cut() -> None:
    found = difference_lines({}, {str(number): "x" * 1000 for number in range(20)})
    assert (len(found), found[-1]) == (MAX_LINES + 1, f"and {20 - MAX_LINES} more")
    assert max(map(len, found)) < 100


def test_a_long_value_is_shown_where_it_differs() -> None:
    before, after = (f"{'a' * 500}{each}{'b' * 500}" for each in "xy")
    (said,) = difference_lines({"p": before}, {"p": after})
    assert f"{'a' * 23}x{'b' * 40}" in said
    assert f"{'a' * 23}y{'b' * 40}" in said
    assert len(said) < 200


KEY = "sk-proj-Ab3dEf6hIj9kLmN2pQr5"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"headers": {"X-Key": "abc"}}, {"headers": {"X-Key": "abd"}}, "headers.X-Key: *** (changed, and not shown)"),
        ({"headers": {"X-Pin": 1}}, {"headers": {"X-Pin": 2}}, "headers.X-Pin: *** (changed, and not shown)"),
        ({"headers": {"Accept": "a/b"}}, {"headers": {"Accept": "a/c"}}, 'headers.Accept: "a/b" → "a/c"'),
        ({"headers": {"A": "{{secrets.a}}"}}, {"headers": {"A": "Bearer {{secrets.b}}"}}, 'headers.A: "{{secrets.a}}" → "Bearer {{secrets.b}}"'),
        ({"headers": {"A": "Bearer {{secrets.a}}"}}, {"headers": {"A": "Bearer abc"}}, 'headers.A: "Bearer {{secrets.a}}" → ***'),
        ({"headers": []}, {"headers": [{"key": "X-Key", "value": "abc"}]}, 'headers[key=X-Key]: added, {"key": "X-Key", "value": "***"}'),
        ({"queries": []}, {"queries": [{"key": "api_key", "value": "abc"}]}, 'queries[key=api_key]: added, {"key": "api_key", "value": "***"}'),
        ({"queries": []}, {"queries": [{"key": "page", "value": "abc"}]}, 'queries[key=page]: added, {"key": "page", "value": "abc"}'),
        ({"config": {"authKey": "a"}}, {"config": {"authKey": "b"}}, "config.authKey: *** (changed, and not shown)"),
        ({"variables": {"db_password": "a"}}, {"variables": {"db_password": ""}}, 'variables.db_password: *** → ""'),
        ({"max_tokens": 1}, {"max_tokens": 2}, "max_tokens: 1 → 2"),
        ({"prompt": "a"}, {"prompt": f"use {KEY} please"}, 'prompt: "a" → "use *** please"'),
        ({"prompt": f"use {KEY}"}, {"prompt": f"use {KEY}9"}, 'prompt: "use ***" (changed, and not shown)'),
        ({"url": "https://a"}, {"url": "https://a?x=1&api_key=abc&y"}, 'url: "https://a" → "https://a?x=1&api_key=***&y"'),
        ({"url": "https://a"}, {"url": "https://me:pass1@a"}, 'url: "https://a" → "https***a"'),
        ({"v": "a"}, {"v": "f7Kq92LmZx0Rw4TbYp1N"}, 'v: "a" → ***'),
        ({"botId": "a"}, {"botId": "f7Kq92LmZx0Rw4TbYp1N"}, 'botId: "a" → "f7Kq92LmZx0Rw4TbYp1N"'),
        ({"s": [{"id": "token", "prompt": "a"}]}, {"s": [{"id": "token", "prompt": "b"}]}, 's[id=token].prompt: "a" → "b"'),
    ],
)
def test_secrets_are_not_shown(before: Any, after: Any, said: str) -> None:
    assert difference_lines(before, after) == (said,)
