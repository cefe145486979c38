"""Intervals and the test for getting worse, against figures known from elsewhere."""

import pytest

from deployer.evals.statistics import fisher_one_sided_p, wilson


@pytest.mark.parametrize(
    ("passes", "runs", "low", "high"),
    [(7, 10, 0.3968, 0.8922), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 1, 0.2065, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson(passes: int, runs: int, low: float, high: float) -> None:
    assert wilson(passes, runs) == pytest.approx((low, high), abs=5e-4)


@pytest.mark.parametrize(
    ("before", "now", "p"),
    [
        ((10, 10), (10, 10), 1.0),
        ((10, 10), (7, 10), 0.105263),  # not significant
        ((10, 10), (5, 10), 0.016254),
        ((9, 10), (4, 10), 0.028638),
        ((5, 10), (9, 10), 0.994582),
        ((1, 1), (0, 1), 0.5),
        ((0, 10), (0, 10), 1.0),
    ],
)
def test_fisher_one_sided(before: tuple[int, int], now: tuple[int, int], p: float) -> None:
    assert fisher_one_sided_p(*before, *now) == pytest.approx(p, abs=1e-6)


def test_it_agrees_with_counting_every_way() -> None:
    """Of all ways to deal the passes out over both sides, the share with so few on ours."""
    from itertools import combinations

    for runs_before, runs, passes_before, passes in ((4, 3, 3, 1), (5, 5, 5, 2), (3, 6, 1, 0)):
        slots = range(runs_before + runs)
        deals = list(combinations(slots, passes_before + passes))
        few = sum(sum(slot >= runs_before for slot in deal) <= passes for deal in deals)
        assert fisher_one_sided_p(passes_before, runs_before, passes, runs) == pytest.approx(few / len(deals))
