"""The floor of a deploy's requests: what is computed, or what the least client needs, within a bound."""

import pytest


@pytest.mark.parametrize(("least", "counts"), [(2.0, 2.5), (2.75, 2.75), (30.0, 3.125)], ids=["quicker", "slower server", "busy machine"])
def test_the_least_client_counts_within_a_quarter(least: float, counts: float) -> None:
    import deploy

    assert deploy.computed("second deploy", 16) == 2.5
    assert deploy.floor_of("second deploy", 16, least) == counts
