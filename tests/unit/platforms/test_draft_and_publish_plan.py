"""Deciding for GPTBots: draft and live apart, the very version that was reviewed, superseded, drift."""

from typing import Any

import pytest
from observations import listed, unlisted

from deployer.model import marker
from deployer.model.observation import Observed, Version
from deployer.model.policy import Policy
from deployer.model.workflow import Source, Workflow
from deployer.planning.reconcile import decide
from deployer.state.base import DeployRecord, Intent, WorkflowRecord

HISTORY = ["aaaaaaa1", "bbbbbbb2", "ccccccc3"]  # oldest first


def is_ancestor(older: str, newer: str) -> bool | None:
    places = [next((place for place, sha in enumerate(HISTORY) if sha.startswith(part[:7])), None) for part in (older, newer)]
    return None if None in places else places[0] <= places[1]  # type: ignore[operator]


def workflow(content: str = "A") -> Workflow:
    return Workflow("triage", Source("flows/triage.flow", "gptbots", "workflow", content.encode(), {"name": content}), "TRIAGE")


def version(number: str, content: str | None, commit: str = "", *, live: bool = False) -> Version:
    description = "by hand" if content is None else marker.describe("m", commit, marker.new(workflow(content).fingerprint))
    return Version(number, description, live, "bot1")


def entry(number: str, content: str, commit: str = "", target: str = "bot1") -> DeployRecord:
    return DeployRecord(fingerprint=workflow(content).fingerprint, version=number, target=target, host="h", commit=commit)


def policy(**other: Any) -> Policy:
    return Policy(environment="production", is_ancestor=is_ancestor, **other)


def versions(*newest_first: Version) -> Observed:
    return listed(newest_first, "bot1")


CASES: dict[str, tuple[Observed, dict[str, Any], tuple[str, bool, str | None, bool]]] = {
    "nothing there": (versions(), {}, ("import", False, None, False)),
    "nothing there, release": (versions(), {"release": True}, ("import", True, None, False)),
    "the draft holds it": (versions(version("1.0.0", "A")), {}, ("unchanged", False, "1.0.0", False)),
    "the draft holds it, release": (versions(version("1.0.0", "A")), {"release": True}, ("release", True, "1.0.0", False)),
    "it is live": (versions(version("1.0.0", "A", live=True)), {"release": True}, ("unchanged", False, "1.0.0", True)),
    "live, asked for a draft": (versions(version("1.0.0", "A", live=True)), {}, ("unchanged", False, "1.0.0", True)),
    "another draft": (versions(version("1.0.1", "B"), version("1.0.0", "A", live=True)), {}, ("import", False, None, False)),
    "A, B, A again": (
        versions(version("2", "B", HISTORY[0]), version("1", "A")),
        {"release": True, "commit": HISTORY[1]},
        ("import", True, None, False),
    ),
    "tag after a later merge": (
        versions(version("2", "B", HISTORY[2]), version("1", "A", HISTORY[1])),
        {"release": True, "commit": HISTORY[1]},
        ("release", True, "1", False),
    ),
    "tag after a later merge, live already": (
        versions(version("2", "B", HISTORY[2]), version("1", "A", HISTORY[1], live=True)),
        {"release": True, "commit": HISTORY[1]},
        ("unchanged", False, "1", True),
    ),
    "an old commit's draft deploy": (versions(version("2", "B", HISTORY[2])), {"commit": HISTORY[1]}, ("superseded", False, "2", False)),
    "tag older than what is live": (
        versions(version("2", "B", HISTORY[2], live=True), version("1", "A", HISTORY[1])),
        {"release": True, "commit": HISTORY[1]},
        ("superseded", False, "2", False),
    ),
    "the same, forced": (
        versions(version("2", "B", HISTORY[2], live=True), version("1", "A", HISTORY[1])),
        {"release": True, "force": True, "commit": HISTORY[1]},
        ("release", True, "1", False),
    ),
    "diverged history is not superseded": (versions(version("2", "B", "fffffff")), {"commit": HISTORY[1]}, ("import", False, None, False)),
}


@pytest.mark.parametrize("name", CASES)
def test_action_release_version_and_live(name: str) -> None:
    observed, other, expected = CASES[name]
    change = decide(workflow("A"), observed, WorkflowRecord(), policy(**other))
    assert (change.action, change.release, change.version, change.live) == expected


def test_a_release_run_again_where_history_is_unknown_has_nothing_to_do() -> None:
    observed = versions(version("2", "B", "fffffff"), version("1", "A", "eeeeeee", live=True))
    change = decide(workflow("A"), observed, WorkflowRecord(), policy(release=True, commit="eeeeeeef"))
    assert (change.action, change.live) == ("unchanged", True)


def test_entries_about_another_target_are_not_believed() -> None:
    recorded = WorkflowRecord(draft=entry("2", "B", HISTORY[2], target="another"))
    assert decide(workflow(), versions(version("2", "B", "fffffff")), recorded, policy(commit=HISTORY[1])).action == "import"


def test_what_was_rolled_back_becomes_a_draft_and_is_not_released() -> None:
    recorded = WorkflowRecord(rolled_back_fingerprints=frozenset({workflow("A").fingerprint}))
    change = decide(workflow("A"), versions(), recorded, policy(release=True))
    assert (change.action, change.release) == ("import", False)
    assert "rolled back" in (change.warning or "")
    assert decide(workflow("A"), versions(), recorded, policy(release=True, force=True)).release


def test_what_was_rolled_back_and_is_live_again_is_warned_of() -> None:
    """A release that arrives late may land after its own rollback."""
    recorded = WorkflowRecord(rolled_back_fingerprints=frozenset({workflow("A").fingerprint}))
    change = decide(workflow("A"), versions(version("1", "A", "eeeeeee", live=True)), recorded, policy(release=True))
    assert (change.action, change.live, "rolled back" in (change.warning or "")) == ("unchanged", True, True)


def test_the_state_knows_the_commit_of_a_draft_better_than_its_description() -> None:
    observed = versions(version("2", "B", "fffffff"))
    recorded = WorkflowRecord(draft=entry("2", "B", HISTORY[2]))
    assert decide(workflow(), observed, recorded, policy(commit=HISTORY[1])).action == "superseded"


def test_a_version_made_by_hand_is_drift_and_said() -> None:
    change = decide(workflow(), versions(version("2", None), version("1", "A")), WorkflowRecord(draft=entry("1", "A")), policy())
    assert change.action == "import"
    assert change.warning is not None
    assert "2 was not made by Flowship" in change.warning


def test_previous_version_is_live_for_a_release_and_the_draft_for_an_import() -> None:
    observed = versions(version("3", "C"), version("2", "B", live=True))
    assert decide(workflow(), observed, WorkflowRecord(), policy(release=True)).previous_version == "2"
    assert decide(workflow(), observed, WorkflowRecord(), policy()).previous_version == "3"


BLIND: dict[str, tuple[WorkflowRecord, dict[str, Any], tuple[str, str | None]]] = {
    "no state": (WorkflowRecord(), {}, ("import", None)),
    "the state has it as draft": (WorkflowRecord(draft=entry("1", "A")), {}, ("unchanged", "1")),
    "the state has it as draft, release": (WorkflowRecord(draft=entry("1", "A")), {"release": True}, ("release", "1")),
    "the state has it live": (WorkflowRecord(draft=entry("1", "A"), live=entry("1", "A")), {"release": True}, ("unchanged", "1")),
    "the state has another": (WorkflowRecord(draft=entry("1", "B")), {}, ("import", None)),
    "an old commit's draft deploy": (WorkflowRecord(draft=entry("2", "B", HISTORY[2])), {"commit": HISTORY[1]}, ("superseded", "2")),
    "tag older than what is live": (
        WorkflowRecord(draft=entry("2", "B", HISTORY[2]), live=entry("2", "B", HISTORY[2])),
        {"release": True, "commit": HISTORY[1]},
        ("superseded", "2"),
    ),
    "the same, forced": (
        WorkflowRecord(draft=entry("2", "B", HISTORY[2]), live=entry("2", "B", HISTORY[2])),
        {"release": True, "force": True, "commit": HISTORY[1]},
        ("import", None),
    ),
    "a draft that is older than what is live, release": (
        WorkflowRecord(draft=entry("1", "A", HISTORY[1]), live=entry("2", "B", HISTORY[2])),
        {"release": True, "commit": HISTORY[1]},
        ("superseded", "2"),
    ),
    "a release run again after a later merge": (
        WorkflowRecord(draft=entry("2", "B", HISTORY[2]), live=entry("1", "A", HISTORY[1])),
        {"release": True, "commit": HISTORY[1]},
        ("unchanged", "1"),
    ),
    "live, and a later commit goes back to it": (
        WorkflowRecord(draft=entry("2", "B", HISTORY[1]), live=entry("1", "A", HISTORY[0])),
        {"release": True, "commit": HISTORY[2]},
        ("import", None),
    ),
    "the state is about another target": (WorkflowRecord(draft=entry("1", "A", target="bot2")), {}, ("import", None)),
}


@pytest.mark.parametrize("name", BLIND)
def test_where_versions_cannot_be_listed_the_state_is_believed(name: str) -> None:
    recorded, other, expected = BLIND[name]
    change = decide(workflow("A"), unlisted("no list call", "bot1"), recorded, policy(**other))
    assert (change.action, change.version) == expected


def test_an_open_intent_that_nobody_can_check_is_a_warning() -> None:
    recorded = WorkflowRecord(open_intents=(Intent("import", workflow().fingerprint, "01234567"),))
    change = decide(workflow(), unlisted("no list call", "bot1"), recorded, policy())
    assert change.warning is not None
    assert "may have imported this already" in change.warning
