"""The same cases against what was live: figures, changed outputs, and failing only what got worse."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Sandbox
    from tests.integration.conftest import Ran, Repository

MANIFEST = "version: 1\nworkflows:\n  triage: {source: flows/triage.flow, key: TRIAGE, evals: evals/triage.yml}\n"
Start = Callable[..., "Sandbox"]


def good_of_ten(good: int) -> dict[str, Any]:
    """So many good answers of ten, in turn."""
    return {"answers": [{"output": "well", "times": good}, {"output": "badly", "times": 10 - good}] if 0 < good < 10 else
            [{"output": "well" if good else "badly"}], "then": "cycle"}  # fmt: skip


def compared(start_sandbox: Start, repository: "Repository", before: dict[str, Any], now: dict[str, Any], suite: str) -> "tuple[Ran, Sandbox]":
    """A first release that answers as `before`, without evals, and a second one that answers as `now`, with them."""
    runs = {"when": [{"definition": "*second*", **now}], **before}
    box = start_sandbox(targets={"gptbots": {"targets": {"triage": {"runs": runs}}}})
    repository.write("flowship.yml", MANIFEST)
    repository.write("evals/triage.yml", suite)
    repository.use(box.url, TRIAGE="sandbox-workflow-triage")
    repository.flow("flows/triage.flow", "first")
    assert repository.run("deploy", "--release", "always", "--evals", "off").code == 0
    repository.flow("flows/triage.flow", "second")
    return repository.run("deploy", "--release", "always"), box


def case(expected: str = "well", repeat: int = 10, pass_rate: float = 0.9) -> str:
    more = f"repeat: {repeat}, pass_rate: {pass_rate}" if repeat > 1 else "within: 30"
    return f"cases: [{{name: a, input: {{m: hi}}, expect: {{equals: {expected}}}, {more}}}]\n"


@pytest.mark.parametrize(
    ("before", "now", "code", "p"),
    [
        (10, 7, 0, 0.105263),  # fails its rate, and may well be chance
        (10, 5, 1, 0.016254),
        (5, 5, 0, 0.671859),  # as bad as before
        (0, 0, 0, 1.0),
        (10, 10, 0, 1.0),
    ],
)
def test_only_what_got_worse_fails(start_sandbox: Start, repository: "Repository", before: int, now: int, code: int, p: float) -> None:
    ran, box = compared(start_sandbox, repository, good_of_ten(before), good_of_ten(now), "fail_on: regression\n" + case())
    assert ran.code == code, ran.out
    (suite,) = ran.report["evals"]
    (each,) = suite["comparison"]["cases"]
    assert (each["before"], each["after"], each["p"], each["regressed"]) == (f"{before}/10", f"{now}/10", p, bool(code))
    assert suite["comparison"]["version"] == "1.0.0"
    assert f"{before}/10 before, {now}/10 now" in ran.out or before == now
    published = next(version["version"] for version in box.state()["gptbots"][0]["versions"] if version["status"] == "PUBLISHED")
    assert published == ("1.0.0" if code else "1.0.1")
    if code:
        assert "worse (p = 0.0163, Fisher's exact test, one-sided)" in ran.out


def test_a_single_run_got_worse_when_it_passed_before(start_sandbox: Start, repository: "Repository") -> None:
    ran, _ = compared(start_sandbox, repository, good_of_ten(10), good_of_ten(0), "fail_on: regression\n" + case(repeat=1))
    assert ran.code == 1
    (each,) = ran.report["evals"][0]["comparison"]["cases"]
    assert (each["regressed"], each["p"], each["output_before"], each["output_after"]) == (True, None, "well", "badly")


def test_the_first_release_has_nothing_to_compare_with(start_sandbox: Start, repository: "Repository") -> None:
    box = start_sandbox(targets={"gptbots": {"targets": {"triage": {"runs": good_of_ten(0)}}}})
    repository.write("flowship.yml", MANIFEST)
    repository.write("evals/triage.yml", "fail_on: regression\n" + case())
    repository.use(box.url, TRIAGE="sandbox-workflow-triage")
    repository.flow("flows/triage.flow")
    ran = repository.run("deploy", "--release", "always")
    assert ran.code == 1
    assert "There is no result of what was live before to compare with" in ran.out


def test_figures_and_changed_outputs_stand_side_by_side(start_sandbox: Start, repository: "Repository") -> None:
    before = {"answers": [{"output": "well", "duration": 1, "wait": 0, "tokens": 10, "cost": 0.1}], "then": "repeat"}
    now = {"answers": [{"output": "well enough", "duration": 2, "wait": 0, "tokens": 30, "cost": 0.2}], "then": "repeat"}
    suite = "compare: true\ncases: [{name: a, input: {m: hi}, expect: {contains: well}}, {name: b, input: {m: ho}, expect: {contains: well}}]\n"
    ran, _ = compared(start_sandbox, repository, before, now, suite)
    assert ran.code == 0, ran.out
    comparison = ran.report["evals"][0]["comparison"]
    assert comparison["before"] == {"runs": 2, "passes": 2, "seconds": 1.0, "tokens": 20, "cost": 0.2, "rate": 1.0}
    assert comparison["after"] == {"runs": 2, "passes": 2, "seconds": 2.0, "tokens": 60, "cost": 0.4, "rate": 1.0}
    assert [each["output_after"] for each in comparison["cases"]] == ["well enough", "well enough"]
    assert "tokens: 20 before, 60 now" in ran.out


def test_without_comparing_the_state_knows_how_the_last_release_did(start_sandbox: Start, repository: "Repository") -> None:
    box = start_sandbox(targets={"gptbots": {"targets": {"triage": {"runs": {"answers": [{"output": "well", "tokens": 7}], "then": "repeat"}}}}})
    repository.write("flowship.yml", MANIFEST)
    repository.write("evals/triage.yml", case(repeat=1))
    repository.use(box.url, TRIAGE="sandbox-workflow-triage")
    for text in ("first", "second", "third"):
        repository.flow("flows/triage.flow", text)
        ran = repository.run("deploy", "--release", "always")
        assert ran.code == 0, ran.out
    (suite,) = ran.report["evals"]
    assert (suite["comparison"]["version"], suite["comparison"]["before"]["tokens"], suite["comparison"]["cases"]) == ("1.0.1", 7, [])
    assert [(past["label"], past["rate"], past["passed"]) for past in suite["history"]] == [
        ("1.0.0", 1.0, True),
        ("1.0.1", 1.0, True),
        ("1.0.2", 1.0, True),
    ]
    assert sum(each["path"].endswith("/invoke") for each in box.requests()) == 3, "nothing is asked twice for it"


def test_a_call_that_was_refused_before_is_nothing_to_compare_with(start_sandbox: Start, repository: "Repository") -> None:
    refused = {"answers": [{"refuse": "model overloaded"}], "then": "repeat"}
    ran, box = compared(start_sandbox, repository, refused, good_of_ten(0), "fail_on: regression\n" + case(repeat=1))
    assert ran.code == 1, "nobody knows how it did"
    assert ran.report["evals"][0]["comparison"]["cases"] == []
    assert next(version["version"] for version in box.state()["gptbots"][0]["versions"] if version["status"] == "PUBLISHED") == "1.0.0"
