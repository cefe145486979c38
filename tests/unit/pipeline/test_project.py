"""What a run is about: the manifest or named files, its workflows, and which requests are refused."""

import os
from pathlib import Path

import pytest

from deployer.config.reader import read
from deployer.formats.places import resolve_places
from deployer.model.errors import UsageError
from deployer.pipeline.checkout import settings_from_top
from deployer.pipeline.project import Project, find_owner, only_named, read_project, read_whole, sharded
from deployer.state.base import StateOwner

MANIFEST = """\
version: 1
environments: [production, staging]
workflows:
  alpha: {source: alpha.yaml, key: MEINGPT, environments: {staging: {key: MEINGPT_STAGING}}}
  beta: {source: beta.yaml, key: MEINGPT}
  gamma: {source: gamma.yaml, key: MEINGPT}
"""


@pytest.fixture
def root(tmp_path: Path) -> str:
    (tmp_path / "flowship.yml").write_text(MANIFEST)
    for name in ("alpha", "beta", "gamma"):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\ntrigger: {{type: webhook}}\nsteps: []\n")
    return str(tmp_path)


def project(root: str, **options: str) -> Project:
    return read_project(root, read(options, {}))


def names(of: Project) -> list[str]:
    return [workflow.name for workflow in of.workflows]


def test_manifest_gives_the_first_environment_and_all_its_workflows(root: str) -> None:
    loaded = project(root)
    assert (loaded.environment, loaded.environments, names(loaded)) == ("production", ("production", "staging"), ["alpha", "beta", "gamma"])
    assert (loaded.manifest_path, loaded.broken, len(loaded.sources)) == ("flowship.yml", False, 3)
    assert {(environment, workflow.name, workflow.key) for environment, workflow in loaded.pairs() if workflow.name == "alpha"} == {
        ("production", "alpha", "MEINGPT"),
        ("staging", "alpha", "MEINGPT_STAGING"),
    }


def test_only_and_shard_narrow_what_is_deployed_but_not_the_names(root: str) -> None:
    assert (names(project(root, only="beta")), names(project(root, shard="2/2"))) == (["beta"], ["beta"])
    assert project(root, only="beta").names() == {"alpha", "beta", "gamma"}


def test_whole_project_ignores_only_shard_and_unreadable_files(root: str) -> None:
    (Path(root) / "beta.yaml").write_text("name: [")
    whole = read_whole(root, read({"only": "alpha", "shard": "2/3"}, {}))
    assert names(whole) == ["alpha", "beta", "gamma"]
    assert [workflow.source.definition is None for workflow in whole.workflows] == [False, True, False]


def test_named_ones_are_chosen_and_an_unknown_name_is_refused(root: str) -> None:
    loaded = project(root)
    assert (names(only_named(loaded, ["gamma", "alpha", "alpha"])), only_named(loaded, [])) == (["alpha", "gamma"], loaded)
    with pytest.raises(UsageError, match=r"`betta`, which is not part of production.*Did you mean `beta`"):
        only_named(loaded, ["betta"])


def test_shards_part_the_workflows_without_overlap(root: str) -> None:
    loaded = project(root)
    assert [names(sharded(loaded, (number, 2))) for number in (1, 2)] == [["alpha", "gamma"], ["beta"]]


def test_broken_manifest_keeps_its_findings_and_no_workflow(root: str) -> None:
    (Path(root) / "flowship.yml").write_text(MANIFEST.replace("version: 1", "version: 9"))
    loaded = project(root, environment="staging")
    assert (loaded.broken, loaded.workflows, loaded.environment, bool(loaded.findings), loaded.manifest) == (True, (), "staging", True, None)


def test_files_are_a_project_without_a_manifest(root: str) -> None:
    loaded = project(root, files="alpha.yaml\nbeta.yaml")
    assert (loaded.manifest, loaded.environment, len(loaded.workflows), [environment for environment, _ in loaded.pairs()]) == (
        None, "production", 2, ["production"] * 2,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"files": "alpha.yaml", "only": "alpha"}, "`only` narrows a manifest"),
        ({"files": "alpha.yaml", "manifest": "other.yml"}, "Both `manifest` and `files`"),
        ({"manifest": "other.yml"}, "no manifest other.yml"),
        ({"environment": "qa"}, "qa"),
    ],
)
def test_request_that_does_not_fit_is_refused(root: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        project(root, **options)


def test_manifest_in_a_folder_above_is_named_in_the_fix(root: str) -> None:
    (Path(root) / "inner").mkdir()
    with pytest.raises(UsageError) as raised:
        project(f"{root}/inner")
    assert (raised.value.code, root in raised.value.fix) == ("no-manifest", True)


def test_one_api_key_cannot_serve_two_workflows_that_have_keys_of_their_own(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.flow").write_text('{"nodes": [], "edges": []}')
    with pytest.raises(UsageError, match="cannot go with 2"):
        read_project(str(tmp_path), read({"files": "a.flow\nb.flow"}, {"FLOWSHIP_API_KEY": "value-one"}))
    assert len(read_project(str(tmp_path), read({"files": "a.flow\nb.flow"}, {})).workflows) == 2
    assert len(read_project(str(tmp_path), read({"files": "a.flow"}, {"FLOWSHIP_API_KEY": "value-one"})).workflows) == 1


@pytest.mark.parametrize(
    ("path", "declared", "project"),
    [
        ("flowship.yml", "", ""),
        ("apps/billing/flowship.yml", "", "apps/billing"),
        ("./apps/../apps/billing/other.yml", "", "apps/billing"),
        ("Cafe\u0301/flowship.yml", "", "Caf\u00e9"),
        ("apps/billing/flowship.yml", "invoices", "invoices"),
        ("flowship.yml", "invoices", "invoices"),
    ],
)
def test_project_is_named_by_its_manifest_or_its_folder(tmp_path: Path, path: str, declared: str, project: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(f"version: 1\nproject: {declared}\n" if declared else "version: 1\n")
    owner = find_owner(str(tmp_path), read({"manifest": path}, {}))
    assert (owner.project, owner.manifest) == (project, os.path.normpath(path))


def test_project_is_seen_from_the_top_of_the_repository(tmp_path: Path) -> None:
    """So that it is the same whether the run starts at the top or in the folder."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "apps/billing"
    folder.mkdir(parents=True)
    (folder / "flowship.yml").write_text("version: 1\n")
    started_below = settings_from_top(read({}, {}), resolve_places(".", "flowship.yml", current=str(folder)))
    assert find_owner(str(tmp_path), started_below) == find_owner(str(tmp_path), read({"manifest": "apps/billing/flowship.yml"}, {}))


def test_manifest_that_cannot_be_read_and_named_files_have_an_owner_too(root: str) -> None:
    assert find_owner(root, read({"files": "alpha.yaml"}, {})) == StateOwner()
    assert find_owner(root, read({"manifest": "none/flowship.yml"}, {})) == StateOwner("none", "none/flowship.yml")
    (Path(root) / "flowship.yml").write_text("project: [")
    assert find_owner(root, read({}, {})) == StateOwner("", "flowship.yml")
    (Path(root) / "flowship.yml").write_text(MANIFEST.replace("version: 1", "version: 1\nproject: billing"))
    assert project(root).owner == find_owner(root, read({}, {})) == StateOwner("billing", "flowship.yml")
