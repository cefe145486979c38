"""What the plan hash covers, and what it leaves out."""

from dataclasses import replace
from typing import Any

import pytest

from deployer.model.change import Change, Publish, Unchanged, WriteDraft
from deployer.model.observation import MISSING, Observed, Version, failed
from deployer.model.plan import Plan
from deployer.model.workflow import Source, Workflow

CHANGE = WriteDraft(workflow=Workflow("triage", Source("a.flow", "drafts", "workflow", b"a", None), ""), observed=MISSING, target="bot")
LISTED = Observed(id="w", active=True, revision="t")


def hashed(change: Change = CHANGE, environment: str = "production", **changed: Any) -> str:
    return Plan(environment, (replace(change, **changed),)).hash


@pytest.mark.parametrize(
    "changed",
    [
        {"workflow": CHANGE.workflow._replace(name="faq")},
        {"workflow": CHANGE.workflow._replace(source=Source("a.flow", "drafts", "workflow", b"b", None))},
        {"target": "other"},
        {"release": True},
        {"observed": Observed()},
        {"environment": "staging"},
        {"change": Publish(workflow=CHANGE.workflow, observed=MISSING, target="bot")},
    ],
    ids=["name", "definition", "target", "release", "observation", "environment", "action"],
)
def test_hash_covers(changed: dict[str, Any]) -> None:
    assert hashed(**changed) != hashed()


def test_hash_leaves_out_texts_for_people() -> None:
    assert hashed(why="other", warning="other") == hashed()
    assert Plan("production", (CHANGE,), ("a notice",)).hash == Plan("production", (CHANGE,)).hash


def test_hash_covers_the_project() -> None:
    assert len({Plan("production", (CHANGE,), project=project).hash for project in ("", "billing", "crm")}) == 3


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Observed(versions=(Version("1"),)), Observed(versions=(Version("1", "described"),)), True),
        (Observed(versions=(Version("1"),)), Observed(versions=(Version("2"),)), False),
        (Observed(versions=(Version("1"),)), Observed(versions=(Version("1", published=True),)), False),
        (LISTED, replace(LISTED, definition={"steps": []}), True),
        (LISTED, replace(LISTED, active=False), False),
        (LISTED, replace(LISTED, revision="u"), False),
        (Observed(definition={"a": 1, "execution_count": 1}), Observed(definition={"a": 1, "execution_count": 2}), True),
        (Observed(definition={"a": 1}), Observed(definition={"a": 2}), False),
        (MISSING, Observed(), False),
        (MISSING, Observed(readable=False), False),
        (Observed(readable=False), failed("c", "m", "f"), False),
    ],
)
def test_hash_of_observations(one: Observed, other: Observed, same: bool) -> None:
    assert (hashed(observed=one) == hashed(observed=other)) is same


def test_plan_counts_what_it_writes() -> None:
    plan = Plan("production", (CHANGE, Unchanged(workflow=CHANGE.workflow, observed=MISSING)))
    assert (plan.writes, plan.count("import"), plan.count("unchanged"), plan.count("delete")) == ((CHANGE,), 1, 1, 0)
