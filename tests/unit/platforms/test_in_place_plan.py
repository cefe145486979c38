"""Deciding for meinGPT: without a release nothing is written; what the server adds is never drift, what people edit is."""

import time
from dataclasses import replace
from typing import Any

import pytest
from observations import defined

from deployer.model.change import Replace
from deployer.model.observation import MISSING, Observed, OwnWrite
from deployer.model.policy import Policy
from deployer.model.workflow import Source, Workflow
from deployer.planning.reconcile import decide
from deployer.platforms.in_place.recognition import milliseconds
from deployer.platforms.meingpt.adapter import PLATFORM
from deployer.state.base import DeployRecord, WorkflowRecord

STEPS = [{"id": "a", "type": "ai_completion", "config": {"prompt": "x"}}]
DEFINITION: dict[str, Any] = {"name": "Onboarding", "trigger": {"type": "webhook"}, "steps": STEPS}


def given_back(observed: Observed) -> str:
    return PLATFORM.target(Workflow("any", Source("w.yaml", "meingpt", "workflow", b"", {}), "")).readback_fingerprint(observed)


def workflow(**changed: Any) -> Workflow:
    return Workflow("onboarding", Source("w.yaml", "meingpt", "workflow", b"", {**DEFINITION, **changed}), "MEINGPT")


def there(**changed: Any) -> Observed:
    body = {**DEFINITION, "trigger": {"type": "webhook", "config": {"url": "https://hook"}}, "status": "active", "execution_count": 3, **changed}
    return defined("wf_1", {"id": "wf_1", **body})


def left(observed: Observed, of: Workflow | None = None) -> WorkflowRecord:
    """What the state holds after we wrote `of` and the platform gave `observed` back."""
    return WorkflowRecord(
        live=DeployRecord(fingerprint=(of or workflow()).fingerprint, target="wf_1", host="h", readback_fingerprint=given_back(observed))
    )


def action(of: Workflow, observed: Observed, recorded: WorkflowRecord = WorkflowRecord(), **other: Any) -> str:  # noqa: B008
    return decide(of, observed, recorded, Policy(environment="production", **other)).action


def test_absent_is_held_until_a_release_creates_it() -> None:
    assert action(workflow(), MISSING) == "hold"
    assert action(workflow(), MISSING, release=True) == "create"


def test_another_environment_than_the_first_gets_its_own_name() -> None:
    change = decide(workflow(), MISSING, WorkflowRecord(), Policy(environment="staging", is_default_environment=False, release=True))
    assert getattr(change, "as_name", "") == "Onboarding (staging)"


def test_what_the_server_adds_is_no_change_with_or_without_a_record() -> None:
    assert action(workflow(), there()) == "unchanged"
    assert action(workflow(), there(execution_count=99), left(there())) == "unchanged"


@pytest.mark.parametrize(("release", "expected"), [(False, "hold"), (True, "update")])
def test_an_edited_file_waits_for_a_release(release: bool, expected: str) -> None:
    edited = workflow(description="new")
    assert action(edited, there(), left(there()), release=release) == expected
    assert action(edited, there(), release=release) == expected


def test_a_field_taken_out_of_the_file_is_a_change_where_we_know_what_was_sent() -> None:
    before = workflow(variables={"x": 1})
    observed = there(variables={"x": 1})
    assert action(workflow(), observed, left(observed, before), release=True) == "update"


@pytest.mark.parametrize(("on_drift", "expected"), [("hold", "hold"), ("overwrite", "update"), ("fail", "fail")])
def test_an_edit_on_the_platform_is_drift(on_drift: str, expected: str) -> None:
    edited = there(steps=[{**STEPS[0], "name": "by hand"}, {"id": "b"}])
    change = decide(workflow(), edited, left(there()), Policy(environment="production", release=True, on_drift=on_drift))
    assert change.action == expected
    assert "edited" in str(change.warning or getattr(change, "message", ""))


@pytest.mark.parametrize(
    ("own", "expected"),
    [(None, ("hold", None)), (OwnWrite("r", "f" * 64, proven=False), ("update", True)), (OwnWrite("r", "f" * 64, proven=True), ("update", False))],
)
def test_what_a_run_sent_and_did_not_read_back_is_no_drift_and_is_saved_where_only_its_time_tells(own: OwnWrite | None, expected: Any) -> None:
    observed = replace(there(description="half"), own_write=own)
    change = decide(workflow(description="new"), observed, left(there()), Policy(environment="production", release=True))
    assert (change.action, getattr(change, "save_first", None)) == expected


@pytest.mark.parametrize(("proven", "expected"), [(True, "unchanged"), (False, "update")])
def test_what_a_run_sent_and_did_not_read_back_is_unchanged_where_it_is_what_is_wanted(proven: bool, expected: str) -> None:
    wanted = workflow(description="new")
    observed = replace(there(description="new", steps=[{**STEPS[0], "timeout": 30}]), own_write=OwnWrite("r", wanted.fingerprint, proven))
    assert action(wanted, observed, left(there()), release=True) == expected


def test_what_was_sent_and_came_back_as_something_else_is_no_drift_and_is_written_again() -> None:
    odd = there(description="cut by the platform")
    sent = replace(left(odd).live or DeployRecord(fingerprint=""), fingerprint=workflow(description="new").fingerprint)
    assert action(workflow(description="new"), odd, replace(left(there()), draft=sent), release=True) == "update"


def test_an_edit_that_brings_what_the_file_says_is_no_drift() -> None:
    assert action(workflow(description="more"), there(description="more"), left(there())) == "unchanged"


@pytest.mark.parametrize("release", [False, True])
def test_an_edit_that_only_adds_is_drift_too(release: bool) -> None:
    assert action(workflow(), there(description="by hand"), left(there()), release=release) == "hold"


def test_another_form_is_the_platforms_own_where_nobody_wrote_since() -> None:
    before, after = there(updated_at="2026-01-01"), there(updated_at="2026-01-01", variables={"added": "by the server"})
    recorded = WorkflowRecord(live=replace(left(before).live or DeployRecord(fingerprint=""), updated_at="2026-01-01"))
    assert action(workflow(), after, recorded, release=True) == "unchanged"


def test_without_a_record_a_line_taken_out_of_the_file_is_taken_out_there() -> None:
    change = decide(workflow(), there(description="old"), WorkflowRecord(), Policy(environment="production", release=True))
    assert isinstance(change, Replace)
    assert change.save_first


def test_what_was_rolled_back_is_held_until_it_is_forced() -> None:
    recorded = WorkflowRecord(rolled_back_fingerprints=frozenset({workflow(description="bad").fingerprint}))
    assert action(workflow(description="bad"), there(), recorded, release=True) == "hold"
    assert action(workflow(description="bad"), there(), recorded, release=True, force=True) == "update"


def test_what_was_rolled_back_and_is_live_again_is_warned_of() -> None:
    """An update that arrives late may land after its own rollback."""
    recorded = WorkflowRecord(rolled_back_fingerprints=frozenset({workflow().fingerprint}))
    change = decide(workflow(), there(), recorded, Policy(environment="production", release=True))
    assert (change.action, change.live, "rolled back" in (change.warning or "")) == ("unchanged", True, True)


def test_inactive_is_made_active_by_a_release_only() -> None:
    assert action(workflow(), there(status="paused"), release=True) == "update"
    assert action(workflow(), there(status="paused")) == "unchanged"


def test_a_record_for_another_host_does_not_count() -> None:
    elsewhere = left(there(), workflow(variables={"x": 1}))

    assert elsewhere.of_host("other").live is None
    assert elsewhere.of_host("h").live is not None


@pytest.mark.parametrize(
    ("text", "expected"), [("1970-01-01T00:00:01", 1000), ("1970-01-01T00:00:01+00:00", 1000), ("1970-01-01T01:00:01+01:00", 1000), ("soon", None)]
)
def test_time_without_a_zone_is_utc_wherever_this_runs(monkeypatch: pytest.MonkeyPatch, text: str, expected: int | None) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert milliseconds(text) == expected
    finally:
        monkeypatch.undo()
        time.tzset()
