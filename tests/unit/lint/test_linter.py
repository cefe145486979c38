"""`lint_paths` and `lint_for_deploy`: which files they read, and what the manifest changes."""

from pathlib import Path

import pytest

from deployer.formats import files
from deployer.lint.linter import lint_for_deploy, lint_paths
from deployer.manifest import load
from deployer.model.errors import UsageError

STEPS = "steps:\n- {id: a, type: email, config: {to: a@example.com}}\n"
WORKFLOW = f"name: a\ntrigger: {{type: webhook}}\n{STEPS}"
MANIFEST = "version: 1\nworkflows:\n  a: {source: a.yaml, id: wf_1, key: A, preview: {key: P}, evals: evals.yml}\n"
SUITE = "cases:\n  - {name: greets, input: {a: b}, expect: {contains: Hello}}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {"a.yaml": WORKFLOW, "b.yaml": WORKFLOW + "owner: me\n", "flowship.yml": MANIFEST, "evals.yml": SUITE}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def rules(root: Path, *paths: str, manifest: str = "flowship.yml") -> list[tuple[str, str]]:
    return [(finding.rule, finding.path) for finding in lint_paths(str(root), paths, manifest)]


def test_without_paths_the_manifest_is_linted_and_files_it_does_not_name_are_noted(root: Path) -> None:
    assert rules(root) == [("source-unnamed", "b.yaml")]


def test_folder_of_the_manifest_includes_the_manifest(root: Path) -> None:
    (root / "flowship.yml").write_text(MANIFEST.replace(", evals: evals.yml", ""))
    assert rules(root, ".") == [("workflow-unknown-key", "b.yaml"), ("manifest-evals-missing", "flowship.yml")]
    assert rules(root, "a.yaml") == []


def test_without_a_manifest_every_known_file_is_linted(root: Path) -> None:
    (root / "flowship.yml").unlink()
    assert rules(root) == [("workflow-unknown-key", "b.yaml")]


def test_manifest_that_does_not_exist_is_an_error_unless_it_is_the_default(root: Path) -> None:
    with pytest.raises(UsageError) as raised:
        rules(root, "a.yaml", manifest="other.yml")
    assert raised.value.code == "no-manifest"
    (root / "flowship.yml").unlink()
    assert rules(root, "a.yaml") == []


def test_folder_without_workflows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to lint"):
        rules(tmp_path)


def test_lint_settings_of_the_manifest_apply_to_single_files(root: Path) -> None:
    (root / "flowship.yml").write_text(MANIFEST + "lint: {severity: {workflow-unknown-key: off}}\n")
    assert rules(root, "b.yaml") == []


def test_unused_ignore_is_reported_only_when_the_whole_manifest_is_linted(root: Path) -> None:
    (root / "flowship.yml").write_text(MANIFEST + "lint: {ignore: [{path: a.yaml, reason: old}, {path: no.yaml, reason: old}]}\n")
    assert rules(root) == [("source-unnamed", "b.yaml"), ("ignore-unused", "flowship.yml"), ("ignore-unused", "flowship.yml")]
    assert rules(root, "flowship.yml") == []


def test_comment_in_a_workflow_applies_to_lint(root: Path) -> None:
    (root / "b.yaml").write_text(WORKFLOW + "owner: me  # flowship: ignore workflow-unknown-key -- another tool reads it\n")
    assert rules(root, "b.yaml") == []


@pytest.mark.parametrize(("key", "severities"), [("owner: me", []), ("id: wf_1", [])])
def test_deploy_honours_ignored_findings_of_rules_that_can_be_turned_off(root: Path, key: str, severities: list[str]) -> None:
    text = WORKFLOW + f"{key}  # flowship: ignore workflow-unknown-key, workflow-managed-key -- why\n"
    assert for_deploy(root, text) == severities


def test_deploy_keeps_errors_that_the_platform_raises(root: Path) -> None:
    text = WORKFLOW.replace("name: a", "name: 7  # flowship: ignore workflow-value -- why")
    assert for_deploy(root, text) == ["error"]


def for_deploy(root: Path, text: str) -> list[str]:
    (root / "a.yaml").write_text(text)
    source, findings = files.read(str(root), "a.yaml")
    manifest, _ = load.load_manifest(str(root), "flowship.yml")
    assert source is not None
    assert manifest is not None
    reported = lint_for_deploy(str(root), [source], findings, manifest)
    assert reported == lint_for_deploy(str(root), [source], findings, None)
    return [finding.severity for finding in reported]


def test_deploy_reads_the_suites_of_the_manifest(root: Path) -> None:
    (root / "evals.yml").unlink()
    manifest, _ = load.load_manifest(str(root), "flowship.yml")
    assert [finding.path for finding in lint_for_deploy(str(root), [], (), manifest)] == ["flowship.yml"]
