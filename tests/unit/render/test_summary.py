"""The texts of a report: headlines, next steps, and where the content is."""

from dataclasses import replace
from typing import Any

import pytest

from deployer.model.change import Change, Fail, Hold, Replace, Superseded
from deployer.model.evals import EvalCase, EvalSuite
from deployer.model.failure import Failure
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome
from deployer.model.preview import Preview
from deployer.model.report import DoctorRow, Report
from deployer.model.workflow import Source, Workflow
from deployer.render import markdown, plain_text, summary
from deployer.render.annotations import annotations
from deployer.render.headline import headline
from deployer.render.summary import live_or_draft, next_steps, preview_location


def test_headline_counts_by_severity(reports: dict[str, Report], outcome_of: Any) -> None:
    released = [outcome_of(f"w{n}", "release", "done", release=True, live=True) for n in range(3)]
    assert headline(Report(mode="deploy", release=True, outcomes=tuple(released))) == "3 released"
    assert headline(Report(mode="deploy")) == "0 released"
    held = outcome_of("h", "hold", "held")
    assert headline(Report(mode="deploy", outcomes=(held,))) == "0 released, 1 held for the next release"
    assert headline(Report(mode="deploy", outcomes=(held, held))) == "0 released, 2 held for the next release"
    assert headline(Report(mode="plan")) == "Plan: no workflows."
    refused = Report(mode="plan", exit_code=2, problem=Failure("missing-key", "No key.", ""))
    assert (headline(refused), headline(replace(refused, mode="deploy"))) == ("Stopped", "Stopped before any write")
    errors = reports["lint"].findings
    assert headline(Report(mode="deploy", exit_code=1, findings=errors)) == "Nothing was written: 2 errors in the files"
    assert headline(Report(mode="deploy", exit_code=3, problem=Failure("", "boom", ""))) == "Stopped by a bug in Flowship"


def test_release_needs_no_next_step(outcome_of: Any) -> None:
    done = outcome_of("a", "import", "done", release=True, live=True, version="1.0.0")
    assert next_steps(Report(mode="deploy", release=True, outcomes=(done,))) == ()


@pytest.mark.parametrize(
    ("change", "outcome", "text"),
    [
        (Hold, "held", "not yet"),  # the former content may still be live
        (Fail, "failed", "unknown"),  # it could not be observed
        (Replace, "unknown", "unknown"),
        (Superseded, "skipped", "-"),
    ],
)
def test_live_or_draft_of_what_was_not_written(change: type[Change], outcome: Any, text: str) -> None:
    more: dict[str, Any] = {"code": "UNREACHABLE", "message": "m", "fix": "c"} if change is Fail else {"version": "2"} if change is Superseded else {}
    planned = change(workflow=Workflow("a", Source("a.yaml", "meingpt", "workflow", b"", {}), "K"), observed=MISSING, **more)
    assert live_or_draft(Outcome(change=planned, outcome=outcome)) == text


def test_next_steps_begin_with_what_a_person_must_look_at(outcome_of: Any) -> None:
    outcomes = (outcome_of("a", "import", "unknown"), outcome_of("b", "import", "failed"), outcome_of("c", "import", "done", version="1"))
    suite = EvalSuite("b", "gptbots", "evals/b.yml", "live", "", False, (EvalCase("x", 2, "failed"),))
    steps = next_steps(Report(mode="deploy", outcomes=outcomes, evals=(suite,)))
    assert [step.split(" ")[0] for step in steps] == ["Look", "Fix", "Read", "To"]
    assert "1 draft" in steps[3]


def test_held_deletion_is_not_called_a_workflow_to_make_live(outcome_of: Any) -> None:
    held, pruned = outcome_of("a", "hold", "held"), outcome_of("b", "hold", "held")
    gone = replace(pruned.change, workflow=Workflow("b", Source("", "meingpt", "workflow", b"", None), "KEY"))
    delete = "To delete 1 held workflow: run again with `prune: true` and `release: always`."
    assert next_steps(Report(mode="deploy", outcomes=(replace(pruned, change=gone),))) == (delete,)
    live, last = next_steps(Report(mode="deploy", outcomes=(held, replace(pruned, change=gone))))
    assert (live.split(" live")[0], last) == ("To make 1 held workflow", delete)


def test_held_workflows_of_a_release_are_pointed_out(outcome_of: Any) -> None:
    report = Report(mode="deploy", release=True, outcomes=(outcome_of("a", "hold", "held"),))
    assert next_steps(report) == ("1 workflow held although a release was requested: read the reason beside each name.",)


@pytest.mark.parametrize(
    ("outcome", "preview", "location"),
    [
        ("done", Preview(12, location="KEY"), "NEWER"),
        ("failed", Preview(12, location="KEY"), ""),
        ("done", Preview(12, location="KEY", ended=True), ""),
        ("done", None, ""),
    ],
)
def test_preview_location_only_of_one_that_can_be_tried(outcome: str, preview: Preview | None, location: str, outcome_of: Any) -> None:
    assert preview_location(outcome_of("a", "import", outcome, preview=preview, location="NEWER")) == location


def failed_like(outcome: Outcome, name: str) -> Outcome:
    workflow = outcome.change.workflow._replace(name=name)
    return replace(outcome, change=replace(outcome.change, workflow=workflow))


def test_same_failure_is_one_message_with_all_names(reports: dict[str, Report]) -> None:
    failed = next(replace(outcome, warning=None) for outcome in reports["deploy"].outcomes if outcome.error and outcome.outcome == "failed")
    other = replace(failed, error=Failure("OTHER", "Another message.", "Do it."))
    outcomes = (failed_like(failed, "a"), failed_like(other, "b"), *(failed_like(failed, f"c{number}") for number in range(30)))
    report = replace(reports["deploy"], outcomes=outcomes, problem=None)
    message = failed.error.message if failed.error else ""
    assert [len(group) for group in summary.same_failures(outcomes)] == [31, 1]
    for text in (plain_text.render(report), markdown.render(report), "\n".join(row.message for row in annotations(report).shown)):
        assert text.count(message) == 1
        assert text.count("Another message.") == 1
        assert "c18" in text
        assert "and 11 more workflows" in text


def test_failures_that_differ_in_the_request_alone_are_one_message(reports: dict[str, Report]) -> None:
    failed = next(replace(outcome, warning=None) for outcome in reports["deploy"].outcomes if outcome.error and outcome.outcome == "failed")
    outcomes = [
        replace(failed_like(failed, name), error=Failure("401", f"The token is not valid (GET /v1/workflows/wf_{name})", "Check it."))
        for name in "ab"
    ]
    text = plain_text.render(replace(reports["deploy"], outcomes=tuple(outcomes), problem=None))
    assert text.count("The token is not valid") == 1
    assert "GET" not in text
    (alone,) = summary.same_failures(outcomes[:1])
    assert alone == outcomes[:1], "the request of one failure stays"


def test_ready_targets_of_an_environment_are_one_row() -> None:
    rows = [DoctorRow(name, environment, "meingpt", True, "", ("the key works",)) for environment in ("production", "staging") for name in "abc"]
    assert [len(group) for group in summary.same_problems(rows)] == [3, 3]
    text = plain_text.render(Report(mode="doctor", doctor=tuple(rows)))
    assert "ok    a, b, c (3 targets, staging, meingpt): the key works\n" in text
