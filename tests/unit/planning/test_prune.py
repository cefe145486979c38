"""What may be deleted; through the program it is tested in tests/integration/test_prune.py."""

from typing import Any

import pytest
from observations import defined, unlisted

from deployer.model.change import Remove
from deployer.model.errors import UsageError
from deployer.model.observation import Observed, failed
from deployer.model.policy import Policy
from deployer.model.workflow import Source, Workflow
from deployer.planning import prune
from deployer.platforms.meingpt.adapter import PLATFORM
from deployer.state.base import DeployRecord, EnvironmentState, WorkflowRecord

HOST = "https://h"


def given_back(observed: Observed) -> str:
    return PLATFORM.target(Workflow("any", Source("w.yaml", "meingpt", "workflow", b"", {}), "")).readback_fingerprint(observed)


def entry(target: str, **other: Any) -> DeployRecord:
    return DeployRecord(**{"fingerprint": target, "target": target, "host": HOST, "created_with_key": "KEY", **other})


def known(**workflows: DeployRecord) -> EnvironmentState:
    return EnvironmentState({name: WorkflowRecord(None, each, (), (each,)) for name, each in workflows.items()})


@pytest.mark.parametrize(
    ("state", "orphans"),
    [
        (known(gone=entry("wf_1")), ["gone"]),
        (known(kept=entry("wf_1")), []),
        (known(gone=entry("wf_1", created_with_key="")), []),
        (known(gone=entry("wf_1", host="https://elsewhere")), []),
        (known(gone=entry("wf_1"), kept=entry("wf_1")), []),
        (known(gone=entry("wf_id")), []),
        (EnvironmentState({"gone": WorkflowRecord(draft=entry("wf_1"))}), ["gone"]),
        (EnvironmentState({"gone": WorkflowRecord()}), []),
    ],
)
def test_orphans_are_ours_and_nobodys(state: EnvironmentState, orphans: list[str]) -> None:
    assert list(prune.orphans(state, {"kept"}, {"wf_id"}, HOST)) == orphans


@pytest.mark.parametrize(
    ("found", "remaining", "fine"),
    [
        (0, 0, True),
        (1, 0, False),
        (9, 0, False),
        (1, 1, True),
        (8, 1, True),
        (3, 7, True),
        (4, 6, False),
        (10, 0, False),
        (30, 70, True),
        (31, 69, False),
    ],
)
def test_too_many(found: int, remaining: int, fine: bool) -> None:
    names = [f"w{number}" for number in range(found)]
    if fine:
        prune.refuse_too_many(names, remaining)
        return
    with pytest.raises(UsageError, match=f"delete {found} of {found + remaining}"):
        prune.refuse_too_many(names, remaining)


def there(**changed: Any) -> Observed:
    return defined("wf_1", {"id": "wf_1", "name": "x", "steps": [], "status": "active", **changed})


LIVE = entry("wf_1", readback_fingerprint=given_back(there()), commit="new")


@pytest.mark.parametrize(
    ("seen", "policy", "action"),
    [
        (there(), {"release": True}, "delete"),
        (there(), {}, "hold"),
        (there(), {"release": True, "on_drift": "fail"}, "delete"),
        (there(status="paused"), {}, "hold"),
        (there(status="paused"), {"on_drift": "overwrite"}, "delete"),
        (there(name="y"), {"release": True}, "hold"),
        (there(name="y"), {"release": True, "on_drift": "fail"}, "fail"),
        (there(name="y"), {"release": True, "on_drift": "overwrite"}, "delete"),
        (failed("WORKFLOW_NOT_FOUND", "", ""), {}, "delete"),
        (failed("HTTP 500", "", ""), {"release": True}, "fail"),
        (unlisted("no key"), {"release": True}, "delete"),
        (unlisted("no key"), {}, "hold"),
        (there(), {"release": True, "commit": "old"}, "superseded"),
        (there(), {"release": True, "commit": "old", "force": True}, "delete"),
    ],
)
def test_what_is_done_about_one(seen: Observed, policy: dict[str, Any], action: str) -> None:
    workflow = prune.workflow_of("gone", LIVE, "KEY", PLATFORM)
    rules = Policy(environment="production", is_ancestor=lambda older, newer: (older, newer) == ("old", "new"), **policy)
    change = prune.decide(workflow, seen, WorkflowRecord(None, LIVE, (), (LIVE,)), rules)
    assert (change.action, change.target) == (action, "wf_1")
    assert getattr(change, "save_first", False) == (isinstance(change, Remove) and seen.definition not in (None, there().definition))
