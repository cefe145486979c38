"""Requests for previews, notices about the rest, and merged reports."""

import pytest
from run_contexts import run_context

from deployer.manifest.model import WorkflowEntry
from deployer.model import lease
from deployer.model.change import CreateLive, Remove
from deployer.model.difference import Difference
from deployer.model.errors import UsageError
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome
from deployer.model.report import Report, Requests, add_requests
from deployer.model.workflow import Source, Workflow
from deployer.platforms.previews import PreviewRequest
from deployer.previews import targets

FLOW = Workflow("triage", Source("a.flow", "gptbots", "workflow", b"", {"name": "A"}), "TRIAGE", id="deployed")
HOLDER = lease.holder(12, "acme/flows", "flowship.yml", "triage")


def entry(**laid_over: object) -> WorkflowEntry:
    return WorkflowEntry("triage", "a.flow", "gptbots", "TRIAGE", preview={"keys": ["P1", "P2", "P3"], "set": laid_over})


def build(**laid_over: object) -> PreviewRequest | str:
    return targets.build_request(run_context(), FLOW, entry(**laid_over), ("P2", "P3"), "Triage", (HOLDER,))


def test_only_given_keys_are_used_and_all_in_the_sandbox() -> None:
    given = run_context(keys="P2=key-value-2\nP3=key-value-3\nTRIAGE=key-value-1")
    assert targets.given_keys(given, FLOW, entry()) == ("P2", "P3")
    assert targets.given_keys(run_context(sandbox="true"), FLOW, entry()) == ("P1", "P2", "P3")


def test_request_has_a_preview_key_and_never_the_deployed_id() -> None:
    request = build(name="B")
    assert isinstance(request, PreviewRequest)
    assert (request.workflow.key, request.workflow.id, request.keys) == ("P2", "", ("P2", "P3"))
    assert (request.workflow.source.definition, request.file.definition) == ({"name": "B"}, {"name": "A"})


def test_settings_that_do_not_fit_are_a_reason() -> None:
    request = build(**{"steps[id=x].name": "B"})
    assert isinstance(request, str)
    assert "`preview.set` does not fit" in request


def test_value_that_was_not_given_is_an_error() -> None:
    with pytest.raises(UsageError):
        build(name="${NAME}")


def test_preview_policy_releases_and_overwrites() -> None:
    policy = targets.policy_for(run_context(), "preview #12")
    assert (policy.environment, policy.release, policy.force, policy.on_drift) == ("preview #12", True, True, "overwrite")


def test_reasons_are_grouped() -> None:
    assert targets.group_by_reason("Not previewed", {"a": "no key.", "b": "no settings", "c": "no key"}) == (
        "Not previewed: a, c: no key.", "Not previewed: b: no settings.",
    )  # fmt: skip


def test_requests_are_added_and_the_smaller_budget_counts() -> None:
    first, second = {"gptbots": Requests(2, 50), "meingpt": Requests(1)}, {"gptbots": Requests(3, 40), "meingpt": Requests(1, 9)}
    assert add_requests(first, second) == {"gptbots": Requests(5, 40), "meingpt": Requests(2, 9)}
    assert add_requests({}, {"gptbots": Requests(3)}) == {"gptbots": Requests(3)}


def test_outcome_of_a_preview_replaces_the_planned_one_and_keeps_its_difference() -> None:
    difference = Difference("")
    planned = Outcome(change=CreateLive(workflow=FLOW, observed=MISSING, difference=difference), outcome=None)
    other = Outcome(change=Remove(workflow=FLOW._replace(name="another"), observed=MISSING), outcome="done")
    previewed = Outcome(change=CreateLive(workflow=FLOW, observed=MISSING), outcome="done")
    report = targets.merge_report(Report(mode="preview", outcomes=(planned,), notices=("a",)), [previewed, other], ["a", "b"], {})
    assert [(outcome.change.workflow.name, outcome.outcome) for outcome in report.outcomes] == [("another", "done"), ("triage", "done")]
    assert report.notices == ("a", "b")
