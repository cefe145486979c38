"""Which commit is older or newer than the run's own."""

import pytest

from deployer.model.policy import Policy

COMMITS = ["0" * 40, "1" * 40, "2" * 40]  # oldest first
KNOWN = {(older, newer): COMMITS.index(older) < COMMITS.index(newer) for older in COMMITS for newer in COMMITS}


def policy(commit: str = COMMITS[1]) -> Policy:
    return Policy(environment="production", commit=commit, is_ancestor=lambda older, newer: KNOWN.get((older, newer)))


@pytest.mark.parametrize(
    ("other", "is_older", "is_newer"),
    [
        (COMMITS[0], False, True),
        (COMMITS[1], False, False),
        (COMMITS[1][:7], False, False),
        (COMMITS[2], True, False),
        ("f" * 40, False, False),
        ("", False, False),
    ],
    ids=["parent", "same", "same, abbreviated", "child", "unknown history", "no commit"],
)
def test_commit_order(other: str, is_older: bool, is_newer: bool) -> None:
    assert (policy().is_older(other), policy().is_newer(other)) == (is_older, is_newer)


def test_run_without_a_commit_is_neither_older_nor_newer() -> None:
    assert (policy("").is_older(COMMITS[0]), policy("").is_newer(COMMITS[0])) == (False, False)


def test_history_that_is_unknown_by_default_decides_nothing() -> None:
    unknown = Policy(environment="production", commit=COMMITS[1])
    assert (unknown.is_older(COMMITS[2]), unknown.is_newer(COMMITS[0])) == (False, False)
