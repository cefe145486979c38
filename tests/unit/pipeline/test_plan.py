"""Preparing a run: what is read, which policy and state count, and which plans are refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from fake_targets import HOST, POLICY, FakeConnections, flow, run_context, yaml
from observations import listed

from deployer.github.event import GithubEvent
from deployer.manifest.model import Manifest, Override, WorkflowEntry
from deployer.model.change import Change, Fail, Hold, WriteDraft
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.observation import MISSING
from deployer.model.plan import Plan
from deployer.model.report import Report
from deployer.model.workflow import Workflow
from deployer.pipeline import plan as pipeline
from deployer.pipeline.project import Project
from deployer.state.base import DeployRecord, Intent
from deployer.state.memory import MemoryStateStore

REPORT = Report(mode="deploy")


def manifest(*workflows: Workflow, environments: tuple[str, ...] = ("production",)) -> Manifest:
    entries = tuple(WorkflowEntry(name=one.name, source=one.path, key=one.key, id=one.id, platform=one.platform) for one in workflows)
    return Manifest(path="flowship.yml", environments=environments, entries=entries)


def project(*workflows: Workflow, environments: tuple[str, ...] = ("production",), in_manifest: bool = True) -> Project:
    return Project("production", environments, workflows, (), manifest(*workflows, environments=environments) if in_manifest else None)


def prepare(context: Any, of: Project, connections: FakeConnections) -> pipeline.PreparedPlan:
    return pipeline.prepare(context, of, REPORT, cast("Any", connections))


def record(target: str, fingerprint: str = "f" * 64) -> DeployRecord:
    return DeployRecord(fingerprint=fingerprint, target=target, host=HOST, created_with_key="MEINGPT")


def test_error_keeps_the_report_so_far() -> None:
    error = FlowshipError("no")
    with pytest.raises(pipeline.Aborted) as raised, pipeline.attach_report_on_error(REPORT):
        raise error
    assert (raised.value.report, raised.value.error) == (REPORT, error)


@pytest.mark.parametrize(
    ("release", "tag", "wanted"), [("always", "", True), ("force", "", True), ("on-tag", "v1", True), ("on-tag", "", False), ("never", "v1", False)]
)
def test_release_policy(tmp_path: Path, release: str, tag: str, wanted: bool) -> None:
    event = GithubEvent(name="push", ref=f"refs/tags/{tag}", tag=tag) if tag else GithubEvent(name="push", ref="refs/heads/main", branch="main")
    context = run_context(tmp_path, options={"release": release}, event=event)
    policy = pipeline.policy_of(context, project())
    assert (policy.release, policy.force) == (wanted, release == "force")


def test_first_environment_is_the_default_one(tmp_path: Path) -> None:
    staging = project(environments=("staging", "production"))
    assert not pipeline.policy_of(run_context(tmp_path), staging).is_default_environment
    assert pipeline.policy_of(run_context(tmp_path), project()).is_default_environment


@pytest.mark.parametrize(("content", "exit_code"), [("name: A\ntrigger: {type: webhook}\nsteps: []\n", 0), ("name: [", 1)])
def test_lint_error_sets_the_exit_code(tmp_path: Path, content: str, exit_code: int) -> None:
    (tmp_path / "a.yaml").write_text(content)
    _, report = pipeline.read(run_context(tmp_path, options={"files": "a.yaml"}), REPORT)
    assert report.exit_code == exit_code, report.findings
    assert report.environment == "production"


def test_broken_manifest_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "flowship.yml").write_text("version: 1\nworkflows: []\n")
    _, report = pipeline.read(run_context(tmp_path), REPORT)
    assert (report.exit_code, bool(report.findings)) == (2, True)


@pytest.mark.parametrize("in_manifest", [True, False])
def test_renamed_workflow_keeps_its_records_where_a_manifest_names_it(tmp_path: Path, in_manifest: bool) -> None:
    store = MemoryStateStore()
    store.record("production", "r0", "old", live=record("wf_1", yaml("new").fingerprint))
    loaded = pipeline.load_state(run_context(tmp_path, store), project(yaml("new"), in_manifest=in_manifest), cast("Any", FakeConnections()))
    state, moved = loaded.state, loaded.moved
    assert (set(state.workflows), {new: old.name for new, old in moved.items()}) == (({"new"}, {"new": "old"}) if in_manifest else ({"old"}, {}))
    assert len(state.notices) == len(moved)


def test_plan_made_again_leaves_out_this_runs_own_intents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, connections = MemoryStateStore(), FakeConnections(a=listed((), "bot"))
    for run in ("r0", "r1"):
        store.intend("production", run, "c", "h", {"a": Intent("import", "f" * 64)}, 2**60)
    monkeypatch.setattr(pipeline, "connect", lambda *_: connections)
    context = run_context(tmp_path, store, options={"release": "always"})
    first = pipeline.prepare(context, project(flow("a")), REPORT)
    assert {intent.run for intent in first.state.of("a").unfinished_intents} == {"r0", "r1"}
    again = prepare(context, project(flow("a")), connections)
    assert {intent.run for intent in again.state.of("a").unfinished_intents} == {"r0"}
    assert first.replan
    assert first.replan().hash == again.plan.hash
    assert [(outcome.status, outcome.outcome) for outcome in first.report.outcomes] == [("would_import_and_release", None)]
    assert (first.report.plan_hash, first.report.requests_needed) == (first.plan.hash, {"gptbots": 2})


def test_target_of_another_environment_is_refused(tmp_path: Path) -> None:
    store = MemoryStateStore()
    store.record("staging", "r0", "a", live=record("bot"))
    both = project(flow("a"), environments=("production", "staging"))
    override = both.manifest.entries[0]._replace(environments={"staging": Override(key="A_STAGING")}) if both.manifest else None
    both = both._replace(manifest=both.manifest._replace(entries=(override,))) if both.manifest and override else both
    with pytest.raises(UsageError, match="the target of a in staging"):
        prepare(run_context(tmp_path, store), both, FakeConnections(a=listed((), "bot")))
    assert prepare(run_context(tmp_path, store), both, FakeConnections(a=listed((), "other"))).plan.writes


def test_only_the_approved_plan_goes_on(tmp_path: Path) -> None:
    connections = FakeConnections(a=listed((), "bot"))
    made = prepare(run_context(tmp_path), project(flow("a")), connections)
    assert prepare(run_context(tmp_path, options={"plan-hash": made.plan.hash}), project(flow("a")), connections).plan.hash == made.plan.hash
    with pytest.raises(pipeline.Aborted) as raised:
        prepare(run_context(tmp_path, options={"plan-hash": "0" * 64}), project(flow("a")), connections)
    assert (raised.value.error.code, raised.value.report.plan_hash) == ("plan-changed", made.plan.hash)


def drift(name: str, code: str = "DRIFT") -> Change:
    return Fail(workflow=flow(name), observed=MISSING, code=code, message="", fix="")


WRITES = tuple(WriteDraft(workflow=flow(name), observed=MISSING) for name in "abc")


@pytest.mark.parametrize(
    ("changes", "blocked"),
    [((*WRITES, drift("d"), drift("e")), "d, e"), ((*WRITES, drift("d", "HTTP 500")), ""), ((Hold(workflow=flow("d"), observed=MISSING),), "")],
)
def test_drift_under_fail_blocks_the_whole_plan(changes: tuple[Change, ...], blocked: str) -> None:
    failure = pipeline.drift_block(Plan("production", changes))
    assert (failure is not None) == bool(blocked)
    assert failure is None or f": {blocked} changed" in failure.message


@pytest.mark.parametrize(
    ("changes", "options", "shards"),
    [
        (WRITES, {"shards": "2"}, ["1/2", "2/2"]),
        (WRITES, {"shards": "2", "shard": "1/3"}, ["1/3"]),
        (WRITES, {"shards": "2", "prune": "true"}, ["1/1"]),
        ((*WRITES, drift("d")), {"shards": "2"}, []),
        ((Hold(workflow=flow("d"), observed=MISSING),), {"shards": "2"}, []),
    ],
)
def test_shards_of_a_plan(tmp_path: Path, changes: tuple[Change, ...], options: dict[str, str], shards: list[str]) -> None:
    made = pipeline.shard_plan(run_context(tmp_path, options=options), Plan("production", changes))
    assert [f"{shard.number}/{shard.of}" for shard in made] == shards


def test_connect_refuses_two_entries_with_one_key(tmp_path: Path) -> None:
    context = run_context(tmp_path, environ={"FLOWSHIP_KEY_ONE": "same-value", "FLOWSHIP_KEY_TWO": "same-value"})
    with pytest.raises(UsageError, match="have one key"):
        pipeline.connect(context, project(flow("a", key="ONE"), flow("b", key="TWO")))
    connections = pipeline.connect(context, project(flow("a", key="ONE")))
    key = connections.key_of(flow("a", key="ONE"))
    assert key
    assert key.reveal() == "same-value"


def test_policy_carries_commit_and_drift_rule(tmp_path: Path) -> None:
    policy = pipeline.policy_of(run_context(tmp_path, options={"on-drift": "overwrite"}), project())
    assert replace(policy, is_ancestor=POLICY.is_ancestor) == replace(POLICY, on_drift="overwrite", release=False)
