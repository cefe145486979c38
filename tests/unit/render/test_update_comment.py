"""A comment over an earlier one: where to try a preview is in it for as long as the preview is up."""

from dataclasses import replace
from typing import Any

import pytest

from deployer.model.preview import Preview
from deployer.model.report import Report
from deployer.render.markdown import render_comment, update_comment

MARK, RUN = "<!-- flowship:0 -->", "https://github.com/acme/flows/actions/runs/7/attempts/1"
COMMIT, LATER = "c0ffee1" + "0" * 33, "beef" * 10
EARLIER = "(from an earlier run)"


def previewed(outcome_of: Any, name: str, location: str, outcome: str | None = "done") -> Any:
    made = outcome_of(name, "import", outcome)
    return replace(made, change=replace(made.change, preview=Preview(12, location=location)))


@pytest.fixture
def first(outcome_of: Any) -> str:
    outcomes = (previewed(outcome_of, "a", "POOL_1"), previewed(outcome_of, "b", "POOL_2"))
    return render_comment(Report(mode="preview", commit=COMMIT, outcomes=outcomes), MARK, RUN)


def tries(comment: str) -> list[str]:
    return [line for line in comment.splitlines() if "POOL" in line]


def test_plan_of_the_same_commit_changes_nothing(outcome_of: Any, first: str) -> None:
    assert update_comment(Report(mode="plan", commit=COMMIT, outcomes=(outcome_of("a", "import", None),)), MARK, RUN, first) == first


def test_plan_of_another_commit_keeps_the_lines_once(outcome_of: Any, first: str) -> None:
    plan = Report(mode="plan", commit=LATER, outcomes=(outcome_of("a", "import", None),))
    second = update_comment(plan, MARK, RUN, first)
    assert tries(second) == [f"{line} {EARLIER}" for line in tries(first)]
    assert tries(update_comment(plan, MARK, RUN, second.replace("\n", "\r\n"))) == tries(second)


def test_failed_run_of_the_same_commit_is_shown(outcome_of: Any, first: str) -> None:
    failed = Report(mode="preview", commit=COMMIT, exit_code=1, outcomes=(outcome_of("a", "import", None),))
    second = update_comment(failed, MARK, RUN, first)
    assert second.splitlines()[1].startswith("## ❌")
    assert len(tries(second)) == 2


def test_new_place_takes_the_earlier_ones_place(outcome_of: Any, first: str) -> None:
    again = Report(mode="preview", commit=LATER, outcomes=(previewed(outcome_of, "a", "POOL_3"), previewed(outcome_of, "b", "POOL_2", "failed")))
    new, kept = tries(update_comment(again, MARK, RUN, first))
    assert "`POOL_3`" in new
    assert kept == f"{tries(first)[1]} {EARLIER}"


def test_name_that_begins_like_another_is_not_taken_for_it(outcome_of: Any) -> None:
    first = render_comment(Report(mode="preview", commit=COMMIT, outcomes=(previewed(outcome_of, "a b", "POOL_1"),)), MARK, RUN)
    second = Report(mode="preview", commit=LATER, outcomes=(previewed(outcome_of, "a", "POOL_2"),))
    assert len(tries(update_comment(second, MARK, RUN, first))) == 2


def test_without_previews_it_is_the_comment(outcome_of: Any) -> None:
    plan = Report(mode="plan", commit=COMMIT, outcomes=(outcome_of("a", "import", None),))
    body = render_comment(plan, MARK, RUN)
    assert update_comment(plan, MARK, RUN, body.replace("Plan", "Old")) == body


def test_kept_lines_are_bounded(outcome_of: Any) -> None:
    outcomes = tuple(previewed(outcome_of, f"w{number:03}", f"POOL_{number}") for number in range(100))
    first = render_comment(Report(mode="preview", commit=COMMIT, outcomes=outcomes), MARK, RUN)
    second = update_comment(Report(mode="plan", commit=LATER), MARK, RUN, first)
    assert len(tries(second)) == 50
    assert len(second.encode()) < 60_000
