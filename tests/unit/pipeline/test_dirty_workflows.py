"""Which workflows differ from the commit that is recorded: by git, and by GitHub where there is none."""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flow_documents import plain
from github_stand_in import Fault, GitHub, running
from run_contexts import run_context

from deployer.github.api import Api
from deployer.github.commits import Commits
from deployer.model.change import Change, Publish, Remove, Replace, RollbackOf, Unchanged, WriteDraft
from deployer.model.observation import MISSING
from deployer.model.plan import Plan
from deployer.model.preview import Preview
from deployer.model.secret import Secret
from deployer.pipeline import dirty_workflows
from deployer.pipeline.context import RunContext
from deployer.pipeline.dirty_workflows import DirtyCheck
from deployer.pipeline.local_git import Commit
from deployer.pipeline.project import Project, read_project
from deployer.pipeline.services import GithubConnection

SHA = "c0ffee" + "0" * 34
MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT, set: {description: Set}}
  blob: {source: flows/opaque.flow, key: BLOB}
"""
YAML = "name: Onboarding\ndescription: In the file\ntrigger: {type: webhook}\nsteps: []\n"
OPAQUE = b"\x00\x01 an encrypted export"


def git(root: Path, *arguments: str) -> str:
    people = {f"GIT_{role}_{what}": "a@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, **people}
    return subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True, env=environment).stdout.strip()


class Checkout:
    """A folder with files that are committed, in git or on GitHub, and may be changed after that."""

    def __init__(self, root: Path, hub: GitHub | None) -> None:
        self.root = root
        self.hub = hub
        self.sha = SHA
        self.write("flowship.yml", MANIFEST)
        self.write("flows/a.flow", json.dumps(plain()))
        self.write("flows/opaque.flow", OPAQUE)
        self.write("workflows/onboarding.yaml", YAML)

    def write(self, path: str, content: str | bytes) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self) -> None:
        if self.hub:
            self.hub.files[SHA] = {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}
            return
        git(self.root, "init", "-q")
        git(self.root, "add", ".")
        git(self.root, "commit", "-qm", "All")
        self.sha = git(self.root, "rev-parse", "HEAD")

    def context(self) -> RunContext:
        context = run_context()
        connection = None
        if self.hub:
            api = Api(self.hub.url, self.hub.repository, Secret("stand-in-token"), clock=context.clock)
            connection = GithubConnection(api, Commits(api, SHA))
        services = replace(context.services, open_github=lambda: connection)
        return replace(context, root=str(self.root), commit=Commit(self.sha, ""), services=services)

    def dirty(self) -> list[str]:
        context = self.context()
        project = read_project(context.root, context.settings)
        changes = [WriteDraft(workflow=workflow, observed=MISSING) for workflow in project.workflows]
        return [change.workflow.name for change in marked(context, project, changes) if change.dirty]


def marked(context: RunContext, project: Project, changes: Iterable[Change]) -> tuple[Change, ...]:
    with closing(DirtyCheck(context, project)) as check:
        return tuple(map(check.marked, changes))


@pytest.fixture(params=["git", "github"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Checkout]:
    if request.param == "git":
        yield Checkout(tmp_path, None)
        return
    with running(GitHub()) as hub:
        yield Checkout(tmp_path, hub)


def test_files_of_the_commit_are_clean(files: Checkout) -> None:
    files.commit()
    assert files.dirty() == []


@pytest.mark.parametrize(
    ("path", "content", "dirty"),
    [
        ("flows/a.flow", json.dumps(plain() | {"name": "Edited"}), ["triage"]),
        ("flows/a.flow", json.dumps(plain(), indent=4), []),  # another layout, the same definition
        ("flows/opaque.flow", OPAQUE + b"!", ["blob"]),
        ("workflows/onboarding.yaml", YAML.replace("In the file", "Edited, and set to something else all the same"), []),
        ("workflows/onboarding.yaml", YAML.replace("webhook", "schedule"), ["onboarding"]),
        ("workflows/onboarding.yaml", YAML.replace("\n", "\r\n"), []),
        ("flowship.yml", MANIFEST.replace("Set", "Reset"), ["onboarding"]),
        ("flowship.yml", MANIFEST + "# a comment\n", []),
    ],
)
def test_definitions_that_differ(files: Checkout, path: str, content: str | bytes, dirty: list[str]) -> None:
    files.commit()
    files.write(path, content)
    assert files.dirty() == dirty


def test_file_and_manifest_that_are_not_committed(files: Checkout) -> None:
    (files.root / "flows/a.flow").rename(files.root / "a.flow")
    files.commit()
    (files.root / "a.flow").rename(files.root / "flows/a.flow")
    assert files.dirty() == ["triage"]


def test_folder_that_is_not_committed(files: Checkout) -> None:
    (files.root / "workflows").rename(files.root.parent / "elsewhere")
    files.commit()
    (files.root.parent / "elsewhere").rename(files.root / "workflows")
    assert files.dirty() == ["onboarding"]


def test_file_that_is_stored_elsewhere(files: Checkout) -> None:
    """Git LFS: the commit has a pointer with the file's hash."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(OPAQUE).hexdigest()}\nsize {len(OPAQUE)}\n"
    files.write("flows/opaque.flow", pointer)
    files.commit()
    files.write("flows/opaque.flow", OPAQUE)
    assert files.dirty() == []
    files.write("flows/opaque.flow", OPAQUE + b"!")
    assert files.dirty() == ["blob"]


def test_commit_that_cannot_be_read_calls_nothing_dirty(files: Checkout) -> None:
    files.commit()
    files.write("flows/a.flow", json.dumps(plain() | {"name": "Edited"}))
    files.sha = "d" * 40
    assert files.dirty() == []
    files.sha = ""
    assert files.dirty() == []


def test_only_what_is_written_is_compared_and_says_so(files: Checkout) -> None:
    files.commit()
    files.write("flows/a.flow", json.dumps(plain() | {"name": "Edited"}))
    context = files.context()
    project = read_project(context.root, context.settings)
    workflow = next(workflow for workflow in project.workflows if workflow.name == "triage")
    common: dict[str, Any] = {"workflow": workflow, "observed": MISSING}
    changes = (
        WriteDraft(**common),
        Publish(**common, why="was imported before"),
        Replace(**common),
        Unchanged(**common),
        Remove(**common),
        WriteDraft(**common, preview=Preview(12, "")),
        Publish(**common, restored=RollbackOf("f" * 64, "c0ffee", "")),
    )
    checked = marked(context, project, changes)
    note = f"differs from commit {files.sha[:7]}"
    assert [change.dirty for change in checked] == [True, True, True, False, False, False, False]
    assert [change.why for change in checked] == [note, f"was imported before; {note}", note, "", "", "", ""]
    assert Plan("production", checked).hash == Plan("production", changes).hash


@pytest.fixture
def hub_files(tmp_path: Path) -> Iterator[Callable[[int], Checkout]]:
    with running(GitHub()) as hub:

        def many(number: int) -> Checkout:
            files = Checkout(tmp_path, hub)
            entries = "".join(f"  w{index}: {{source: workflows/w{index}.yaml, key: MEINGPT}}\n" for index in range(number))
            files.write("flowship.yml", f"version: 1\nworkflows:\n{entries}")
            for index in range(number):
                files.write(f"workflows/w{index}.yaml", YAML.replace("Onboarding", f"W{index}"))
            files.commit()
            return files

        yield many


def test_github_is_asked_once_for_each_folder(hub_files: Callable[[int], Checkout]) -> None:
    files = hub_files(80)
    assert files.hub
    assert files.dirty() == []
    assert [asked.path.rpartition("/contents")[2] for asked in files.hub.requests] == ["/", "/workflows"]


def test_github_is_asked_for_so_many_files_and_the_hash_decides_for_the_rest(hub_files: Callable[[int], Checkout]) -> None:
    files = hub_files(60)
    assert files.hub
    for index in range(60):
        files.write(f"workflows/w{index}.yaml", YAML.replace("Onboarding", f"W{index}") + "# a comment\n")
    assert len(files.dirty()) == 60 - dirty_workflows.MAX_FILES
    assert len(files.hub.requests) == 2 + dirty_workflows.MAX_FILES


def test_repository_that_is_checked_out_in_a_subfolder_calls_nothing_dirty(hub_files: Callable[[int], Checkout]) -> None:
    files = hub_files(2)
    assert files.hub
    files.hub.files[SHA] = {path.replace("workflows/", "elsewhere/").replace("flowship.yml", "top.yml"): b"" for path in files.hub.files[SHA]}
    assert files.dirty() == []


def test_github_that_refuses_calls_nothing_dirty(hub_files: Callable[[int], Checkout]) -> None:
    files = hub_files(2)
    assert files.hub
    files.write("workflows/w0.yaml", YAML)
    files.hub.faults = [Fault(path="*/contents*", do=403, times=9)]
    assert files.dirty() == []
