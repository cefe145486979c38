"""Which commit a name means, and what a file was at a commit: by git, by GitHub, by the state, in this order."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fake_targets import FakeDeployment, run_context, yaml

from deployer.github import commits
from deployer.model.errors import FlowshipError
from deployer.pipeline import local_git, revisions
from deployer.pipeline.context import RunContext
from deployer.pipeline.services import Services
from deployer.state.base import DeployRecord, EnvironmentState, WorkflowRecord
from deployer.state.memory import MemoryStateStore

FULL = "abcdef1" + "0" * 33
OTHER = "abcdef1" + "1" * 33


def known(*commits: str) -> EnvironmentState:
    releases = tuple(DeployRecord(fingerprint="f", commit=commit) for commit in commits)
    return EnvironmentState({"a": WorkflowRecord(releases=releases)})


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What git and GitHub answer, by name; nothing unless a test says so."""
    answers: dict[str, Any] = {"git": None, "github": None}
    for module, function, name in (
        (local_git, "commit_of", "git"), (local_git, "file_at", "git"), (commits, "resolve", "github"), (commits, "read_file", "github"),
    ):  # fmt: skip
        monkeypatch.setattr(module, function, lambda *_, name=name: answers[name])
    return answers


def context_of(root: Path, *, github: bool) -> RunContext:
    connection = cast("Any", SimpleNamespace(api=None)) if github else None
    return run_context(root, services=Services(lambda: connection, MemoryStateStore, FakeDeployment()))


@pytest.mark.parametrize(
    ("git", "on_github", "github", "expected"),
    [("g" * 40, "h" * 40, True, "g" * 40), (None, "h" * 40, True, "h" * 40), (None, "h" * 40, False, None), (None, None, True, None)],
)
def test_tag_is_resolved_by_git_then_by_github(
    tmp_path: Path, sources: dict[str, Any], git: str | None, on_github: str | None, github: bool, expected: str | None
) -> None:
    sources |= {"git": git, "github": on_github}
    assert revisions.commit_of(context_of(tmp_path, github=github), "v1", known(FULL)) == expected


@pytest.mark.parametrize(
    ("name", "commits", "expected"),
    [
        ("abcdef1", (FULL,), FULL),
        ("abcdef1", (FULL, FULL), FULL),
        ("abcdef1", (FULL, OTHER), None),
        ("abcdef1", (), None),
        (FULL, (), FULL),
        ("abc", (FULL,), None),
        ("v1", ("v1-is-no-commit",), None),
    ],
)
@pytest.mark.usefixtures("sources")
def test_state_resolves_an_abbreviated_commit_that_is_unique(tmp_path: Path, name: str, commits: tuple[str, ...], expected: str | None) -> None:
    assert revisions.commit_of(context_of(tmp_path, github=False), name, known(*commits)) == expected


@pytest.mark.parametrize(
    ("git", "on_github", "github", "expected"),
    [(b"git", b"github", True, b"git"), (b"", b"github", True, b""), (None, b"github", True, b"github"), (None, b"github", False, None)],
)
def test_file_at_a_commit_by_git_then_by_github(
    tmp_path: Path, sources: dict[str, Any], git: bytes | None, on_github: bytes | None, github: bool, expected: bytes | None
) -> None:
    sources |= {"git": git, "github": on_github}
    assert revisions.content_at(context_of(tmp_path, github=github), "a.yaml", FULL) == expected


def test_definition_of_a_commit_has_this_environments_values(tmp_path: Path, sources: dict[str, Any]) -> None:
    sources["git"] = b"name: before\nsteps: []\n"
    workflow = yaml("a")._replace(overlay={"name": "here"})
    source = revisions.sources_at(context_of(tmp_path, github=False))(workflow, FULL)
    assert source
    assert dict(source.definition or {})["name"] == "here"
    sources["git"] = None
    assert revisions.sources_at(context_of(tmp_path, github=False))(workflow, FULL) is None


def test_value_that_does_not_fit_the_earlier_definition_is_an_error(tmp_path: Path, sources: dict[str, Any]) -> None:
    sources["git"] = b"name: before\nsteps: []\n"
    workflow = yaml("a")._replace(overlay={"trigger.config.url": "x"})
    with pytest.raises(FlowshipError, match=r"`set` does not fit a.yaml at abcdef1") as raised:
        revisions.sources_at(context_of(tmp_path, github=False))(workflow, FULL)
    assert raised.value.code == "SET_MISFIT"
