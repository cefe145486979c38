"""A deploy never writes to another environment's target, as far as the state knows it."""

import pytest
from fake_targets import HOST, flow, yaml

from deployer.model.change import Change, Unchanged, WriteDraft
from deployer.model.errors import UsageError
from deployer.model.observation import MISSING
from deployer.model.plan import Plan
from deployer.planning import target_conflicts
from deployer.state.base import DeployRecord, EnvironmentState, WorkflowRecord

OWNED = {(HOST, "bot"): ("staging", "triage")}


def state(**targets: str) -> EnvironmentState:
    return EnvironmentState({name: WorkflowRecord(live=DeployRecord(fingerprint="f", host=HOST, target=target)) for name, target in targets.items()})


def test_targets_are_what_the_manifest_still_means() -> None:
    pairs = [("staging", flow("triage")), ("staging", yaml("moved", id_="wf_new")), ("staging", yaml("kept", id_="wf_2")), ("other", flow("x"))]
    states = {"staging": state(triage="bot", moved="wf_old", kept="wf_2", orphan="wf_3")}
    assert target_conflicts.targets(pairs, states) == {(HOST, "bot"): ("staging", "triage"), (HOST, "wf_2"): ("staging", "kept")}


def test_draft_without_a_release_is_a_target_too() -> None:
    drafted = EnvironmentState({"triage": WorkflowRecord(draft=DeployRecord(fingerprint="f", host=HOST, target="bot"))})
    assert target_conflicts.targets([("staging", flow("triage"))], {"staging": drafted}) == OWNED


@pytest.mark.parametrize(
    ("change", "host", "refused"),
    [
        (WriteDraft(workflow=flow("a"), observed=MISSING, target="bot"), HOST, True),
        (WriteDraft(workflow=flow("a"), observed=MISSING, target="bot"), "https://other", False),
        (WriteDraft(workflow=flow("a"), observed=MISSING, target="another"), HOST, False),
        (WriteDraft(workflow=flow("a"), observed=MISSING), HOST, False),
        (Unchanged(workflow=flow("a"), observed=MISSING, target="bot"), HOST, False),
    ],
)
def test_write_to_another_environments_target_is_refused(change: Change, host: str, refused: bool) -> None:
    plan = Plan("production", (change,))
    if not refused:
        target_conflicts.refuse(plan, {"a": host}, OWNED)
        return
    with pytest.raises(UsageError, match="a in production leads to bot, the target of triage in staging"):
        target_conflicts.refuse(plan, {"a": host}, OWNED)
