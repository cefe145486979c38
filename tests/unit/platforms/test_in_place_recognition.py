"""What a run of ours sent and never read back is recognised, and what anybody else wrote is not taken for it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from observations import defined

from deployer.model.observation import Observed, OwnWrite
from deployer.model.policy import Policy
from deployer.model.workflow import Source, Workflow
from deployer.platforms.in_place.recognition import find_own_write
from deployer.platforms.in_place.target import InPlace
from deployer.platforms.meingpt.adapter import PLATFORM
from deployer.state.base import ROLLBACK, DeployRecord, Intent, WorkflowRecord

POLICY = Policy(environment="production", release=True)
DEFINITION: dict[str, Any] = {"name": "Onboarding", "trigger": {"type": "webhook"}, "steps": [{"id": "a", "type": "email", "config": {"to": "x"}}]}
AT = int(datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC).timestamp() * 1000)
BEFORE, AFTER = "2026-01-01T00:00:04Z", "2026-01-01T00:00:06Z"


def source(**changed: Any) -> Source:
    return Source("w.yaml", "meingpt", "workflow", b"", {**DEFINITION, **changed})


SENT = source(description="sent")
NEWER = Workflow("onboarding", source(description="newer"), "MEINGPT")


def there(updated_at: str = BEFORE, **changed: Any) -> Observed:
    body = {**DEFINITION, "description": "sent", "trigger": {"type": "webhook", "config": {"url": "https://hook"}}, "status": "active", **changed}
    return defined("wf_1", {"id": "wf_1", "updated_at": updated_at, **body})


def intended(action: str = "update", *, fingerprint: str = SENT.fingerprint) -> WorkflowRecord:
    return WorkflowRecord(open_intents=(replace(Intent(action, fingerprint), run="r1", commit="c1", gives_up_at=AT),))


def unread() -> WorkflowRecord:
    live = DeployRecord(fingerprint=SENT.fingerprint, target="wf_1", run="r1", commit="c1", time=AT, read_back=False)
    return WorkflowRecord(live=live, releases=(live,))


def own_write(observed: Observed, record: WorkflowRecord, workflow: Workflow = NEWER, *, at_hand: bool = True) -> OwnWrite | None:
    target = PLATFORM.target(workflow)
    assert isinstance(target, InPlace)
    return find_own_write(target, observed, record, POLICY, lambda _, commit: SENT if at_hand and commit == "c1" else None)


PROVEN, BY_TIME = OwnWrite("r1", SENT.fingerprint, proven=True), OwnWrite("r1", SENT.fingerprint, proven=False)


@pytest.mark.parametrize("record", [intended(), intended("create"), intended(ROLLBACK), unread()])
def test_definition_that_was_sent_is_recognised_whenever_it_was_written(record: WorkflowRecord) -> None:
    for updated_at in (BEFORE, AFTER, "", "yesterday"):
        assert own_write(there(updated_at), record) == PROVEN
    assert own_write(there(), record, Workflow("onboarding", SENT, "MEINGPT"), at_hand=False) == PROVEN


@pytest.mark.parametrize("record", [intended(), unread()], ids=["stopped", "not read back"])
def test_what_the_server_adds_is_no_edit_where_nothing_was_written_since(record: WorkflowRecord) -> None:
    added = [{**DEFINITION["steps"][0], "timeout": 30}]
    assert own_write(there(steps=added), record) == PROVEN
    assert own_write(there(AFTER, steps=added), record) is None


@pytest.mark.parametrize(
    ("record", "updated_at", "at_hand", "expected"),
    [
        (intended(), BEFORE, True, None),  # what was there before, or an edit: what was sent is known, and it is not that
        (intended(), BEFORE, False, BY_TIME),
        (intended(), AFTER, False, None),
        (intended(), "", False, None),
        (unread(), BEFORE, True, BY_TIME),  # the platform took it, and nothing was written since: it changed it
        (unread(), BEFORE, False, BY_TIME),
        (unread(), AFTER, True, None),
        (unread(), "", False, None),
    ],
)
def test_another_definition_is_ours_only_by_its_time(record: WorkflowRecord, updated_at: str, at_hand: bool, expected: OwnWrite | None) -> None:
    assert own_write(there(updated_at, description="another"), record, at_hand=at_hand) == expected


def test_file_at_the_commit_that_is_not_what_was_sent_does_not_count() -> None:
    assert own_write(there(), intended(fingerprint="f" * 64)) == OwnWrite("r1", "f" * 64, proven=False)


@pytest.mark.parametrize(("action", "expected"), [("create", PROVEN), ("update", None)])
def test_only_what_was_created_may_not_be_active_yet(action: str, expected: OwnWrite | None) -> None:
    assert own_write(there(status="draft"), intended(action)) == expected


def test_what_was_read_back_and_not_written_since_is_no_unread_write() -> None:
    target = PLATFORM.target(NEWER)
    live = DeployRecord(fingerprint="0" * 64, target="wf_1", readback_fingerprint=target.readback_fingerprint(there()))
    assert own_write(there(), replace(intended(), live=live)) is None


def test_other_actions_and_records_of_another_target_explain_nothing() -> None:
    assert own_write(there(), intended("delete")) is None
    live = unread().live
    assert live
    assert own_write(there(), WorkflowRecord(live=replace(live, target="wf_2"))) is None


def test_newest_write_counts() -> None:
    older = replace(Intent("update", SENT.fingerprint), run="r0", commit="c1", gives_up_at=AT)
    assert own_write(there(), replace(intended(), open_intents=(older, *intended().open_intents))) == PROVEN
