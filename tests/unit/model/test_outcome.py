"""The status of a workflow: a code for what was decided and what became of it."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from deployer.model import change as kinds
from deployer.model.failure import Failure
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome, OutcomeCode, Status
from deployer.model.preview import Preview
from deployer.model.workflow import Source, Workflow
from deployer.render.summary import state, status_text

COMMON: dict[str, Any] = {"workflow": Workflow("triage", Source("a.flow", "gptbots", "workflow", b"", None), ""), "observed": MISSING}
RELEASE = kinds.Publish(**COMMON, release=True)
IMPORT = kinds.WriteDraft(**COMMON)
BACK = replace(RELEASE, restored=kinds.RollbackOf("a", "", "b"))
PREVIEW = replace(IMPORT, preview=Preview(12))
OVER = Preview(12, ended=True)


@pytest.mark.parametrize(
    ("change", "outcome", "live", "status"),
    [
        (IMPORT, None, False, "would_import"),
        (replace(IMPORT, release=True), None, False, "would_import_and_release"),
        (BACK, None, False, "would_roll_back"),
        (kinds.Fail(**COMMON, code="c", message="m", fix=""), None, False, "failed_to_plan"),
        (IMPORT, "done", False, "imported"),
        (RELEASE, "done", True, "released"),
        (RELEASE, "failed", False, "failed"),
        (RELEASE, "skipped", False, "skipped"),
        (BACK, "done", True, "rolled_back"),
        (kinds.Hold(**COMMON), "held", False, "held_for_release"),
        (kinds.Hold(**COMMON, status="held_edited"), "held", False, "held_edited"),
        (kinds.InSync(**COMMON, status="in_sync"), "done", True, "in_sync"),
        (kinds.Drift(**COMMON, status="modified"), "failed", True, "modified"),
        (PREVIEW, "done", True, "previewed"),
        (PREVIEW, "done", False, "imported"),
        (PREVIEW, "held", False, "not_previewed"),
        (replace(PREVIEW, preview=OVER), "done", True, "slot_freed"),
        (kinds.Remove(**COMMON, preview=OVER), "done", True, "deleted"),
    ],
)
def test_status(change: kinds.Change, outcome: OutcomeCode | None, live: bool, status: Status) -> None:
    assert Outcome(change=change, outcome=outcome, live=live).status == status


def test_release_rolled_back_after_its_evals_is_rolled_back_not_failed() -> None:
    undone = Outcome(change=RELEASE, outcome="failed", error=Failure("ROLLED_BACK", "1.0.0 is live again.", ""))
    assert (undone.status, state(undone)) == ("rolled_back", "rolled back")
    assert replace(undone, error=Failure("NOT_ROLLED_BACK", "", "")).status == "failed"


def test_each_status_is_a_code_with_its_own_text() -> None:
    codes = {code for part in get_args(Status) for code in (get_args(part) or (part,))}
    assert "never_deployed" in codes
    assert all(code.isascii() and code.replace("_", "a").isalpha() and code.islower() for code in codes)
    assert len({status_text(code) for code in codes}) == len(codes)
    assert not any("_" in status_text(code) for code in codes)
