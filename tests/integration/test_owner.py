"""What root writes in another user's workspace, as the container does on a self-hosted runner: all of it is that user's."""

import os
from pathlib import Path
from typing import Any

import pytest

USER = 1001
MANIFEST = "version: 1\nworkflows:\n  triage: {source: flows/a.flow, key: TRIAGE, evals: evals/triage.yml}\n"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def everything(root: Path) -> list[Path]:
    return [root, *root.rglob("*")]


def not_given(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in everything(root) if path.lstat().st_uid != USER}


@pytest.fixture
def workspace(repository: Any, sandbox: Any) -> Any:
    """A workspace of the user's, with one workflow in its manifest, and another one on the platform alone."""
    repository.use(sandbox.url, TRIAGE="sandbox-workflow-triage", MEINGPT="sandbox-acme")
    repository.workflow("o.yaml")
    repository.write("flowship.yml", "version: 1\nworkflows:\n  onboarding: {source: o.yaml, key: MEINGPT}\n")
    assert repository.run("deploy", "--release", "always", FLOWSHIP_STATE="none").code == 0
    for name in ("o.yaml", "flowship.yml", "report.json"):
        (repository.root / name).unlink()
    repository.flow()
    repository.write("flowship.yml", MANIFEST)
    repository.write("evals/triage.yml", "cases: [{name: one, input: {a: 1}}]\n")
    for path in everything(repository.root):
        os.lchown(path, USER, USER)
    return repository


def test_reports_state_recorded_suites_and_adopted_files(workspace: Any) -> None:
    files = ("--report", "out/new/report.json", "--sarif", "out/r.sarif", "--junit", "junit.xml")
    assert workspace.run("deploy", "--release", "always", *files, FLOWSHIP_STATE="file").code == 0
    assert workspace.run("eval", "--record").code == 0
    assert workspace.run("adopt").code == 0
    written = {"out/new/report.json", "out/r.sarif", "junit.xml", ".flowship/state.jsonl", "evals/triage.recorded.yml", "workflows/onboarding.yaml"}
    assert written <= {str(path.relative_to(workspace.root)) for path in everything(workspace.root)}
    assert "onboarding" in (workspace.root / "flowship.yml").read_text()
    assert not_given(workspace.root) == set()


def test_a_definition_that_was_edited_is_saved_for_the_user(workspace: Any) -> None:
    assert workspace.run("adopt").code == 0
    workspace.write("workflows/onboarding.yaml", (workspace.root / "workflows/onboarding.yaml").read_text() + "description: mine\n")
    os.lchown(workspace.root / "workflows/onboarding.yaml", USER, USER)
    (workspace.root / ".flowship/state.jsonl").unlink()
    ran = workspace.run("deploy", "--release", "always", "--only", "onboarding", "--on-drift", "overwrite", "--report", "out/r.json")
    assert ran.code == 0, ran.out
    assert list((workspace.root / "out").glob("*.found.json"))
    assert not_given(workspace.root) == set()


def test_init(workspace: Any) -> None:
    (workspace.root / "flowship.yml").unlink()
    assert workspace.run("init").code == 0
    assert (workspace.root / ".github/workflows/flowship.yml").is_file()
    assert not_given(workspace.root) == set()
