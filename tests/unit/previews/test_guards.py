"""Preview keys that are deploy keys: refused by name, by value, and by the target behind them."""

from typing import Any

import pytest
from run_contexts import run_context

from deployer.manifest.model import Manifest, WorkflowEntry
from deployer.model.errors import UsageError
from deployer.model.secret import Secret
from deployer.model.workflow import Source, Workflow
from deployer.pipeline.base_branch import BaseBranch
from deployer.platforms.connections import Connections
from deployer.previews import guards
from deployer.state.base import DeployRecord, EnvironmentState, ProjectState, WorkflowRecord
from deployer.state.memory import MemoryStateStore


def refused(function: Any, *arguments: Any) -> str:
    with pytest.raises(UsageError) as refusal:
        function(*arguments)
    assert (refusal.value.code, refusal.value.exit_code, bool(refusal.value.fix)) == ("preview-key", 2, True)
    return refusal.value.message


def test_a_preview_key_that_deploys_is_refused_by_name_by_value_and_by_target() -> None:
    assert "TRIAGE" in refused(guards.refuse_names, ["P1", "TRIAGE"], {"TRIAGE", "MEINGPT"})
    keys = {"P1": Secret("s3cr3t-a"), "TRIAGE": Secret("s3cr3t-a"), "P2": Secret("s3cr3t-b")}
    message = refused(guards.refuse_values, ["P2", "P1", "P9"], ["MEINGPT", "TRIAGE"], keys)
    assert "P1" in message
    assert "TRIAGE" in message
    assert "s3cr3t" not in message
    entry = DeployRecord(fingerprint="f", target="t1", host="https://h")
    state = EnvironmentState({"triage": WorkflowRecord(live=entry, releases=(entry,))})
    known = guards.deployed_targets([ProjectState("", "production", state)])
    assert "triage in production" in refused(guards.refuse_targets, [("P1", ("https://h", "t1"))], known)


def test_other_keys_and_targets_are_fine() -> None:
    """Each refuses by raising; beside one that would be refused, so that it is known to look."""
    guards.refuse_names(["P1"], {"TRIAGE"})
    assert "TRIAGE" in refused(guards.refuse_names, ["P1", "TRIAGE"], {"TRIAGE"})
    guards.refuse_values(["P1"], ["TRIAGE"], {"P1": Secret("a"), "TRIAGE": Secret("b")})
    guards.refuse_values(["P1"], ["TRIAGE"], {"P1": Secret("a")})
    assert "P1" in refused(guards.refuse_values, ["P1"], ["TRIAGE"], {"P1": Secret("b"), "TRIAGE": Secret("b")})
    entry = DeployRecord(fingerprint="f", target="t1", host="https://h")
    known = guards.deployed_targets([ProjectState("billing", "production", EnvironmentState({"triage": WorkflowRecord(draft=entry)}))])
    guards.refuse_targets([("P1", ("https://h", "t2")), ("P2", ("https://other", "t1"))], known)
    assert "triage in production of the project billing" in refused(guards.refuse_targets, [("P3", ("https://h", "t1"))], known)


def entry(name: str, key: str, preview: str, id_: str = "") -> WorkflowEntry:
    return WorkflowEntry(name, f"{name}.flow", "gptbots", key, id_, preview={"keys": [preview]})


def manifest(*entries: WorkflowEntry) -> Manifest:
    return Manifest("flowship.yml", ("production",), entries)


def test_keys_of_two_manifests_are_compared() -> None:
    """A pull request makes a preview key of the base branch its deploy key, or the other way round."""
    base, mine = manifest(entry("a", "TRIAGE", "P1")), manifest(entry("a", "P1", "P2"))
    guards.refuse_deploy_keys(run_context(), (base, None))
    assert "P1" in refused(guards.refuse_deploy_keys, run_context(), (base, mine))


def test_values_of_given_keys_are_compared() -> None:
    base = manifest(entry("a", "TRIAGE", "P1"))
    guards.refuse_deploy_keys(run_context(keys="TRIAGE=one-key-value\nP1=another-key-value"), (base,))
    assert "same value" in refused(guards.refuse_deploy_keys, run_context(keys="TRIAGE=one-key-value\nP1=one-key-value"), (base,))


@pytest.mark.parametrize(("target", "expected"), [("recorded", "triage in production"), ("pinned", "a in production"), ("other", ""), ("", "")])
def test_targets_of_the_state_and_of_the_manifest_are_refused(target: str, expected: str) -> None:
    state = MemoryStateStore()
    context = run_context(state=state)
    connections = Connections(context.settings, lambda _: None, context.clock, context.redactor)
    preview = Workflow("a", Source("a.flow", "gptbots", "workflow", b"", {}), "P1")
    live = DeployRecord(fingerprint="f" * 64, target="recorded", host=connections.host(preview), run="1.1")
    state.record("production", "1.1", "triage", live=live)
    base = BaseBranch(manifest(entry("a", "TRIAGE", "P1", "pinned")), lambda _: None)
    if expected:
        assert expected in refused(guards.refuse_deploy_targets, context, base, connections, [(preview, target)])
    else:
        guards.refuse_deploy_targets(context, base, connections, [(preview, target)])
