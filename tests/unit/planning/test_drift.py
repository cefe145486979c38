"""What `drift` says of one workflow; through the program it is tested in tests/integration/test_drift.py."""

from typing import Any

import pytest
from observations import defined, listed, unlisted

from deployer.model import marker
from deployer.model.change import Drift, Fail, InSync
from deployer.model.observation import MISSING, Observed, Version, failed
from deployer.model.policy import Policy
from deployer.model.workflow import Source, Workflow
from deployer.planning import drift
from deployer.platforms.meingpt.adapter import PLATFORM
from deployer.state.base import DeployRecord, EnvironmentState, Intent, WorkflowRecord

BODY: dict[str, Any] = {"name": "Hello", "trigger": {"type": "webhook"}, "steps": []}
POLICY = Policy(environment="production")
FLOW = Workflow("triage", Source("a.flow", "gptbots", "workflow", b"", None), "TRIAGE")
YAML = Workflow("hello", Source("w.yaml", "meingpt", "workflow", b"", BODY), "MEINGPT")


def given_back(observed: Observed) -> str:
    return PLATFORM.target(Workflow("any", Source("w.yaml", "meingpt", "workflow", b"", {}), "")).readback_fingerprint(observed)


def versions(*newest_first: str) -> Observed:
    """`2B*`: version 2 holds our content B and is live; `3-`: made by somebody else."""
    return listed(tuple(_version(said) for said in newest_first), "bot")


def _version(said: str) -> Version:
    ours = said[1] != "-"
    return Version(said[0], marker.describe("m", "", marker.new(said[1] * 64)) if ours else "by hand", said.endswith("*"), "bot")


def entry(number: str, letter: str = "a", target: str = "bot") -> DeployRecord:
    return DeployRecord(fingerprint=letter * 64, version=number, target=target, host="h")


def recorded(draft: str = "", live: str = "", *intents: Intent) -> WorkflowRecord:
    releases = (entry(live),) if live else ()
    return WorkflowRecord(entry(draft) if draft else None, releases[0] if releases else None, intents, releases)


@pytest.mark.parametrize(
    ("seen", "known", "what", "said"),
    [
        (versions("1a*"), recorded("1", "1"), "in_sync", ""),
        (versions("2b", "1a*"), recorded("2", "1"), "in_sync", ""),
        (versions("1a*"), WorkflowRecord(), "never_deployed", ""),
        (versions("0-*"), WorkflowRecord(), "never_deployed", ""),
        (versions("1a", "0-*"), recorded("1"), "in_sync", ""),
        (versions("2-", "1a*"), recorded("1", "1"), "modified", "not made by Flowship"),
        (versions("2b", "1a*"), recorded("1", "1"), "modified", "The draft 2 is newer than 1"),
        (versions("2b", "1a*"), recorded("1", "1", Intent("import", "b" * 64)), "in_sync", ""),
        (
            versions("2-*", "1a"),
            recorded("1", "1"),
            "modified",
            "Version 2 is live, and was not made by Flowship; 1 was released last.",
        ),
        (versions("1a"), recorded("1", "1"), "modified", "Nothing is live any more"),
        (versions("1a*"), recorded("1"), "modified", "no release of it is recorded"),
        (versions("3a*"), recorded("1", "1"), "missing", "Version 1"),
        (versions(), recorded("1", "1"), "missing", "Version 1"),
        (unlisted("no list"), recorded("1", "1"), "undetermined", ""),
        (failed("40348", "does not exist", ""), recorded("1", "1"), "missing", "does not exist"),
    ],
)
def test_gptbots(seen: Observed, known: WorkflowRecord, what: str, said: str) -> None:
    found = drift.examine(FLOW, seen, known, POLICY, lambda *_: None)
    assert isinstance(found, InSync | Drift)
    assert (found.status, said in (found.warning or "")) == (what, True), found.warning
    assert isinstance(found, Drift) == (what in ("modified", "missing"))


def test_what_was_deployed_is_not_called_live_where_another_content_is() -> None:
    """`live` of the report: whether the wanted content is live."""
    cases = [
        (drift.examine(FLOW, versions("2-*", "1a"), recorded("1", "1"), POLICY, lambda *_: None), False),
        (drift.examine(FLOW, versions("2-", "1a*"), recorded("1", "1"), POLICY, lambda *_: None), True),
        (drift.examine(YAML, there(name="Hullo"), WRITTEN, POLICY, lambda *_: None), False),
        (drift.examine(YAML, there(), WRITTEN, POLICY, lambda *_: None), True),
    ]
    assert [found.live for found, _ in cases] == [live for _, live in cases]


def test_what_cannot_be_read_is_a_failure_and_another_target_was_never_deployed_to() -> None:
    assert isinstance(drift.examine(FLOW, failed("HTTP 500", "", ""), recorded("1", "1"), POLICY, lambda *_: None), Fail)
    assert isinstance(drift.examine(FLOW, failed("40348", "", ""), WorkflowRecord(), POLICY, lambda *_: None), Fail)
    other = drift.examine(FLOW, listed(versions("9-*").versions, "other"), recorded("1", "1"), POLICY, lambda *_: None)
    assert isinstance(other, InSync)
    assert (other.status, "other is another target" in other.why) == ("never_deployed", True)


def there(**changed: Any) -> Observed:
    server = {"trigger": {"type": "webhook", "config": {"url": "https://hook"}}, "variables": {}}
    return defined("wf", {"id": "wf", **BODY, **server, "status": "active", "execution_count": 3, **changed})


LIVE = DeployRecord(fingerprint=YAML.fingerprint, target="wf", host="h", commit="c1", readback_fingerprint=given_back(there()))
WRITTEN = WorkflowRecord(None, LIVE, (), (LIVE,))


@pytest.mark.parametrize(
    ("seen", "known", "what", "said"),
    [
        (there(execution_count=9), WRITTEN, "in_sync", ""),
        (there(name="Hullo"), WRITTEN, "modified", 'Changed since the last deploy: name: "Hello" → "Hullo"'),
        (MISSING, WRITTEN, "missing", "wf"),
        (MISSING, WorkflowRecord(), "never_deployed", ""),
        (there(), WorkflowRecord(), "never_deployed", ""),
        (there(), WorkflowRecord(LIVE), "undetermined", ""),
        (failed("NAME_TAKEN", "taken", ""), WRITTEN, "missing", "taken"),
    ],
)
def test_meingpt(seen: Observed, known: WorkflowRecord, what: str, said: str) -> None:
    found = drift.examine(YAML, seen, known, POLICY, lambda *_: None)
    assert isinstance(found, InSync | Drift)
    assert (found.status, said in (found.warning or "")) == (what, True), found.warning


def test_compared_is_what_was_sent_then_and_not_the_file_as_it_is() -> None:
    """The file has moved on; the commit that was deployed tells."""
    moved = YAML._replace(source=Source("w.yaml", "meingpt", "workflow", b"", {**BODY, "name": "Next"}))
    found = drift.examine(moved, there(name="Hullo"), WRITTEN, POLICY, lambda _, commit: YAML.source if commit == "c1" else None)
    assert 'name: "Hello" → "Hullo"' in str(found.warning)
    other = drift.examine(moved, there(name="Hullo"), WRITTEN, POLICY, lambda *_: moved.source)
    assert "What exactly is not known" in str(other.warning)


@pytest.mark.parametrize(("on_drift", "action"), [("hold", "drift"), ("overwrite", "drift"), ("fail", "fail")])
def test_drift_is_a_failure_only_under_on_drift_fail(on_drift: str, action: str) -> None:
    state, policy = EnvironmentState({"triage": recorded("1", "1")}), Policy(environment="production", on_drift=on_drift)
    plan = drift.compare([FLOW], {"triage": versions("2-", "1a*")}, state, {"triage": "h"}, policy, lambda *_: None)
    assert [(change.action, getattr(change, "code", "")) for change in plan] == [(action, "DRIFT" if action == "fail" else "")]
