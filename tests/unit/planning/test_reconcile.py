"""The plan of an environment: one change for each workflow, its refusals, and what counts as the plan that was approved."""

from typing import Any

import pytest
from fake_targets import HOST, POLICY, flow, yaml
from observations import listed, unlisted

from deployer.model.errors import UsageError
from deployer.model.observation import MISSING, Observed, failed
from deployer.model.plan import Plan
from deployer.model.workflow import Workflow
from deployer.planning import reconcile
from deployer.state.base import DeployRecord, EnvironmentState, Intent, WorkflowRecord


def plan(*pairs: tuple[Workflow, Observed], state: EnvironmentState = EnvironmentState()) -> Plan:  # noqa: B008
    workflows = [workflow for workflow, _ in pairs]
    observed = {workflow.name: shown for workflow, shown in pairs}
    return reconcile.plan(workflows, observed, state, dict.fromkeys(observed, HOST), POLICY)


def test_changes_are_in_name_order_and_a_failed_read_is_a_failure() -> None:
    made = plan((flow("b"), listed((), "bot-b")), (flow("a"), failed("HTTP 500", "no", "wait")))
    assert [(change.workflow.name, change.action) for change in made] == [("a", "fail"), ("b", "import")]
    assert (getattr(made.changes[0], "code", ""), getattr(made.changes[0], "fix", "")) == ("HTTP 500", "wait")


def test_notice_names_what_could_not_be_listed_and_why() -> None:
    state = EnvironmentState(notices=("odd",))
    made = plan((flow("a"), unlisted("no key")), (flow("b"), unlisted("no key")), (flow("c"), failed("X", "", "")), state=state)
    assert made.notices == ("odd", "Cannot tell what is there for a, b: no key. Using the recorded state instead.")


def test_two_workflows_on_one_target_are_refused() -> None:
    with pytest.raises(UsageError, match="one target") as raised:
        plan((flow("a"), listed((), "bot")), (flow("b"), listed((), "bot")))
    assert raised.value.code == "shared-target"
    assert len(plan((flow("a"), listed((), "bot-1")), (flow("b"), listed((), "bot-2"))).changes) == 2


def test_two_workflows_created_under_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="both be created as 'Same'"):
        plan((yaml("a", "Same"), MISSING), (yaml("b", "Same"), MISSING))
    assert len(plan((yaml("a", "Same"), MISSING), (yaml("b", "Other"), MISSING)).changes) == 2


def record(host: str) -> DeployRecord:
    return DeployRecord(fingerprint="f", host=host)


def test_records_of_another_host_are_left_out() -> None:
    intents = (Intent("import", "f"),)
    mixed = WorkflowRecord(record("x"), record(HOST), intents, (record("x"), record(HOST)), frozenset("f"), (), record("x"))
    assert mixed.of_host(HOST) == WorkflowRecord(None, record(HOST), intents, (record(HOST),), frozenset("f"))
    assert mixed.of_host("x") == WorkflowRecord(record("x"), None, intents, (record("x"),), frozenset("f"), (), record("x"))


@pytest.mark.parametrize(
    ("begun", "approved"),
    [
        ({"a": {}, "b": {}}, True),
        ({"a": {}, "b": {}, "gone": {}}, True),
        ({"a": {}}, False),
        ({"a": {}, "b": {"fingerprint": "f"}}, False),
        ({"a": {}, "b": {"release": False}}, False),
    ],
)
def test_rest_of_an_approved_plan_is_approved(begun: dict[str, dict[str, Any]], approved: bool) -> None:
    """Its first run was killed: what is left of it has another hash, and the same intents."""
    made = plan((flow("a"), listed((), "bot-a")), (flow("b"), listed((), "bot-b")))
    intents = {name: Intent(**{"action": "import", "fingerprint": flow(name).fingerprint, "release": True, **other}) for name, other in begun.items()}
    assert reconcile.is_approved(made, "0" * 64, EnvironmentState(plans={"0" * 64: intents})) == approved


def test_plan_is_approved_by_its_own_hash_alone() -> None:
    made = plan((flow("a"), listed((), "bot-a")))
    assert reconcile.is_approved(made, made.hash, EnvironmentState())
    assert not reconcile.is_approved(made, "0" * 64, EnvironmentState())
