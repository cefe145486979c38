"""`prune` in a deploy: whether anything is looked for, which key it is looked at with, and what is refused."""

from pathlib import Path
from typing import Any, cast

import pytest
from fake_targets import HOST, POLICY, FakeConnections, run_context, yaml
from observations import defined

from deployer.manifest.model import Manifest, WorkflowEntry
from deployer.model.change import Change
from deployer.model.errors import UsageError
from deployer.pipeline import prune
from deployer.pipeline.project import Project
from deployer.planning.target_conflicts import Target
from deployer.state.base import DeployRecord, EnvironmentState, WorkflowRecord

KEYS = {"FLOWSHIP_KEY_MEINGPT": "value-one", "INPUT_MEINGPT-BASE-URL": HOST}
KEPT = tuple(yaml(f"w{number}") for number in range(4))
SHOWN = defined("wf_1", {"id": "wf_1", "name": "gone", "steps": [], "status": "active"})


def orphan(key: str = "MEINGPT") -> WorkflowRecord:
    return WorkflowRecord(draft=DeployRecord(fingerprint="f", target="wf_1", host=HOST, created_with_key=key))


def deletions(
    root: Path,
    *,
    prune_policy: str,
    kept: int = 4,
    in_manifest: bool = True,
    environ: dict[str, str] | None = None,
    named: frozenset[Target] = frozenset(),
    **gone: WorkflowRecord,
) -> tuple[Change, ...]:
    entries = tuple(WorkflowEntry(name=workflow.name, source=workflow.path, key=workflow.key, platform="meingpt") for workflow in KEPT[:kept])
    project = Project(
        "production", ("production",), KEPT[:kept], (), Manifest(path="m", environments=("production",), entries=entries) if in_manifest else None
    )
    context = run_context(root, options={"prune": prune_policy}, environ=KEYS if environ is None else environ)
    connections = FakeConnections(**dict.fromkeys(gone, SHOWN))
    return prune.plan_deletions(context, project, EnvironmentState(gone), cast("Any", connections), POLICY, lambda: named)


def test_orphan_is_deleted_with_the_key_that_made_it(tmp_path: Path) -> None:
    (change,) = deletions(tmp_path, prune_policy="true", gone=orphan())
    assert (change.action, change.workflow.name, change.target, change.workflow.key) == ("delete", "gone", "wf_1", "MEINGPT")


@pytest.mark.parametrize(("prune_policy", "in_manifest"), [("false", True), ("true", False)])
def test_nothing_is_looked_for_without_prune_or_manifest(tmp_path: Path, prune_policy: str, in_manifest: bool) -> None:
    assert deletions(tmp_path, prune_policy=prune_policy, in_manifest=in_manifest, gone=orphan()) == ()


def test_too_many_are_refused_unless_forced(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="delete 1 of 1"):
        deletions(tmp_path, prune_policy="true", kept=0, gone=orphan())
    assert len(deletions(tmp_path, prune_policy="force", kept=0, gone=orphan("MEINGPT"))) == 1
    assert len(deletions(tmp_path, prune_policy="true", kept=1, gone=orphan())) == 1


def test_key_that_was_renamed_is_replaced_by_the_only_other_one(tmp_path: Path) -> None:
    (change,) = deletions(tmp_path, prune_policy="true", gone=orphan("OLD"))
    assert change.workflow.key == "MEINGPT"
    with pytest.raises(UsageError, match="the key OLD was not given") as raised:
        deletions(tmp_path, prune_policy="force", kept=0, gone=orphan("OLD"))
    assert raised.value.code == "missing-key"


@pytest.mark.parametrize(
    ("options", "noticed"), [({"prune": "true", "state": "none"}, True), ({"prune": "true", "state": "file"}, False), ({"state": "none"}, False)]
)
def test_notice_where_the_state_cannot_name_what_is_ours(tmp_path: Path, options: dict[str, str], noticed: bool) -> None:
    state, project = EnvironmentState(), Project("production", ("production",), (), ())
    assert bool(prune.notices(run_context(tmp_path, options=options), project, state, frozenset)) == noticed


@pytest.mark.parametrize(("elsewhere", "noticed"), [(frozenset(), True), (frozenset({(HOST, "wf_1")}), False)])
def test_what_the_manifest_no_longer_names_is_told_without_prune(tmp_path: Path, elsewhere: frozenset[Target], noticed: bool) -> None:
    context = run_context(tmp_path, environ=KEYS, options={})
    project = Project("production", ("production",), (), (), Manifest(path="m", environments=("production",), entries=()))
    told = prune.notices(context, project, EnvironmentState({"gone": orphan()}), lambda: elsewhere)
    assert told == (("No longer in the manifest, and left alone: gone. `prune: true` deletes what Flowship created.",) if noticed else ())


@pytest.mark.parametrize("named", [(HOST, "wf_1"), ("", "wf_1")])
def test_orphan_that_another_manifest_ships_stays(tmp_path: Path, named: Target) -> None:
    assert deletions(tmp_path, prune_policy="force", named=frozenset({named}), gone=orphan()) == ()
    assert len(deletions(tmp_path, prune_policy="force", named=frozenset({(HOST, "wf_2")}), gone=orphan())) == 1
