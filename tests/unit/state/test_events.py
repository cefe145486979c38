"""Events as they are written, and which ones may be replayed."""

from dataclasses import asdict
from typing import Any

import pytest

from deployer.state.base import DeployRecord, EvalRecord, Intent, WorkflowRecord
from deployer.state.events import evals_event, intent_event, intents_by_workflow, is_valid, known_event, read_value, record_event

RECORD = {"kind": "record", "environment": "e", "run": "r", "workflow": "w"}
INTENT = {"kind": "intent", "environment": "e", "run": "r", "commit": "c"}
EVALS = {"kind": "evals", "environment": "e", "run": "r", "workflow": "w"}
KNOWN: dict[str, Any] = {
    "kind": "known", "environment": "e", "workflow": "w", "draft": None, "releases": [], "rolled_back": [], "open_intents": [],
    "unfinished_intents": [], "evals": [], "awaiting_evals": None,
}  # fmt: skip
OPEN = {"action": "import", "fingerprint": "f", "run": "r"}


def test_fields_with_default_values_are_not_written() -> None:
    event = record_event("production", "r1", "triage", DeployRecord(fingerprint="f", version="1", time=7), None)
    assert event == {
        "kind": "record", "environment": "production", "run": "r1", "workflow": "triage", "draft": {"fingerprint": "f", "version": "1", "time": 7},
    }  # fmt: skip


def test_failed_evals_and_a_rate_of_nothing_are_read_back() -> None:
    evals = EvalRecord(fingerprint="f", passed=False, rate=0.0, seconds=0.0, runs=3)
    assert read_value(EvalRecord, evals_event("e", "r", "w", evals)["evals"]) == evals


def test_intent_event_holds_run_commit_and_time_once() -> None:
    intent = Intent("import", "f", "a", run="old", commit="old", gives_up_at=1, evaluate=True, release=True, finished=True)
    event = intent_event("e", "r", "c", "hash", {"w": intent}, 9)
    assert event["workflows"] == {"w": {"action": "import", "fingerprint": "f", "attempt": "a", "evaluate": True, "release": True}}
    assert asdict(intents_by_workflow(event)["w"]) == {**asdict(intent), "run": "r", "commit": "c", "gives_up_at": 9, "finished": False}


def test_fields_of_a_later_version_are_left_out() -> None:
    assert read_value(DeployRecord, {"fingerprint": "f", "of tomorrow": 1}) == DeployRecord(fingerprint="f")


@pytest.mark.parametrize(
    "event",
    [
        {**RECORD},
        {**RECORD, "draft": {"fingerprint": "f", "time": 1, "of tomorrow": []}},
        {**INTENT, "workflows": {"w": {"action": "import", "fingerprint": "f", "release": True}}, "gives_up_at": 1},
        {**EVALS, "evals": {"fingerprint": "f", "rate": 1, "seconds": None, "cost": 0.5, "passed": False}},
        {**KNOWN, "draft": {"fingerprint": "f"}, "open_intents": [OPEN], "unfinished_intents": [OPEN], "evals": [{"fingerprint": "f"}]},
        {"kind": "removed", "environment": "e", "run": "r", "workflow": "w"},
        {"kind": "outcome", "environment": "e", "run": "r", "workflow": "w", "outcome": "done"},
        {"kind": "snapshot", "environment": "e", "up_to": 9},
        {"kind": "of tomorrow", "environment": "e"},
    ],
)
def test_valid_events(event: Any) -> None:
    assert is_valid(event)


@pytest.mark.parametrize(
    "event",
    [
        None,
        3,
        [],
        {},
        {"kind": "record"},
        {"kind": 1, "environment": "e"},
        {"environment": "e"},
        {**RECORD, "run": None},
        {**RECORD, "workflow": 1},
        {**RECORD, "draft": None},
        {**RECORD, "draft": {"fingerprint": "f", "time": "now"}},
        {**RECORD, "draft": {"fingerprint": "f", "time": True}},
        {**RECORD, "live": {"version": "1"}},
        {**RECORD, "live": {"fingerprint": 1}},
        {**INTENT, "workflows": {"w": {"action": "import"}}},
        {**INTENT, "workflows": []},
        {**INTENT, "workflows": {"w": OPEN}, "gives_up_at": "soon"},
        {**INTENT, "commit": None, "workflows": {"w": OPEN}},
        {**EVALS},
        {**EVALS, "evals": {}},
        {**EVALS, "evals": {"fingerprint": 1}},
        {**EVALS, "evals": {"fingerprint": "f", "rate": "high"}},
        {**EVALS, "evals": {"fingerprint": "f", "rate": True}},
        {**EVALS, "evals": {"fingerprint": "f", "passed": "no"}},
        {**EVALS, "evals": {"fingerprint": "f", "passed": 0}},
        {**KNOWN, "workflow": None},
        {**KNOWN, "draft": 1},
        {**KNOWN, "awaiting_evals": {}},
        {**KNOWN, "releases": None},
        {**KNOWN, "releases": [None]},
        {**KNOWN, "rolled_back": [1]},
        {**KNOWN, "open_intents": [{"run": "r"}]},
        {**KNOWN, "unfinished_intents": [{"action": "import", "fingerprint": "f"}]},
        {**KNOWN, "evals": [{}]},
        {"kind": "removed", "environment": "e", "run": "r"},
        {"kind": "outcome", "environment": "e", "run": "r", "workflow": "w"},
        {"kind": "snapshot", "environment": "e", "up_to": "9"},
    ],
)
def test_events_that_cannot_be_replayed(event: Any) -> None:
    assert not is_valid(event)


def test_known_event_holds_the_whole_record() -> None:
    deployed = DeployRecord(fingerprint="f")
    opened = Intent("import", "f", run="r")
    record = WorkflowRecord(deployed, deployed, (opened,), (deployed,), frozenset({"b", "a"}), (EvalRecord(fingerprint="f"),), deployed, (opened,))
    content = {"fingerprint": "f"}
    event = known_event("e", "w", record, 10)
    assert event == {
        **KNOWN, "draft": content, "releases": [content], "rolled_back": ["a", "b"], "open_intents": [OPEN], "unfinished_intents": [OPEN],
        "evals": [content], "awaiting_evals": content,
    }  # fmt: skip
    assert known_event("e", "w", WorkflowRecord(), 10) == KNOWN
