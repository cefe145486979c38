"""Field by field: what was there, and what is there now."""

from typing import Any

import pytest

from deployer.planner.differences import MOST, differences

STEPS = [{"id": "a", "n": 1}, {"id": "b", "n": 2}]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {}, ()),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, ("a.b: 'x' -> 'y'",)),
        ({"a": 1}, {"b": [2]}, ("a: removed, it was 1", "b: added, [2]")),
        ({"a": 1}, {"a": True}, ("a: 1 -> true",)),
        ({"s": STEPS}, {"s": [STEPS[0], {"id": "b", "n": 3}]}, ("s[id=b].n: 2 -> 3",)),
        ({"s": STEPS}, {"s": STEPS[1:]}, ("s[id=a]: removed, it was " + '{"id": "a", "n": 1}',)),
        ({"s": STEPS}, {"s": STEPS[::-1]}, ("s: in another order",)),
        ({"s": [1, 2]}, {"s": [1, 3, 4]}, ("s[1]: 2 -> 3", "s[2]: added, 4")),
        ({"s": [{"id": "a"}, {"id": "a"}]}, {"s": [{"id": "a"}, {"id": "c"}]}, ("s[1].id: 'a' -> 'c'",)),
        ("x", None, ("all of it: 'x' -> null",)),
    ],
)
def test_differences(before: Any, after: Any, said: tuple[str, ...]) -> None:
    assert differences(before, after) == said


def test_many_are_counted_and_long_ones_cut() -> None:
    found = differences({}, {str(number): "x" * 1000 for number in range(20)})
    assert (len(found), found[-1]) == (MOST + 1, f"and {20 - MOST} more")
    assert max(map(len, found)) < 100
