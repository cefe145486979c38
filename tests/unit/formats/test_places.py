"""Workspace, repository's top and `root`: how paths are translated between them."""

from pathlib import Path

import pytest

from deployer.formats.places import Places, below, find_top, resolve_places


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "workspace/app/services/billing").mkdir(parents=True)
    return tmp_path / "workspace"


def found(workspace: Path, root: str = ".", manifest: str = "flowship.yml") -> tuple[str, str, bool]:
    """Top and folder, relative to the workspace, and whether the top is a guess."""
    places = resolve_places(root, manifest, current=str(workspace), workspace=str(workspace))
    return str(Path(places.top).relative_to(workspace)), str(Path(places.folder).relative_to(workspace)), places.is_guess


@pytest.mark.parametrize(
    ("git", "root", "manifest", "top"),
    [
        (".", ".", "flowship.yml", "."),
        (".", "app/services/billing", "flowship.yml", "."),
        ("app", "app", "flowship.yml", "app"),
        ("app", "app/services/billing", "flowship.yml", "app"),
        ("app", ".", "app/flowship.yml", "app"),
        ("app", ".", "app/services/billing/flowship.yml", "app"),
        ("app", "app/services", "billing/flowship.yml", "app"),
    ],
)
def test_top_is_the_nearest_folder_with_git(workspace: Path, git: str, root: str, manifest: str, top: str) -> None:
    (workspace / git / ".git").mkdir()
    assert found(workspace, root, manifest) == (top, root, False)


def test_git_above_the_workspace_is_another_repository(workspace: Path) -> None:
    (workspace.parent / ".git").mkdir()
    assert found(workspace, "app") == (".", "app", True)


def test_on_a_command_line_git_above_the_current_folder_counts(workspace: Path) -> None:
    (workspace / ".git").write_text("gitdir: elsewhere\n")
    places = resolve_places(".", "flowship.yml", current=str(workspace / "app"))
    assert places == Places(str(workspace / "app"), str(workspace), str(workspace / "app"))


def test_without_git_the_current_folder_is_the_top_and_a_root_elsewhere_its_own(workspace: Path) -> None:
    inside = resolve_places("services", "flowship.yml", current=str(workspace / "app"))
    assert (inside.top, inside.is_guess) == (str(workspace / "app"), True)
    assert resolve_places("../other", "flowship.yml", current=str(workspace / "app")).top == str(workspace / "other")


@pytest.mark.parametrize(
    ("top", "folder", "path", "translated"),
    [
        ("", "", "./flows/a.flow", "./flows/a.flow"),
        ("", "app", "flows/a.flow", "app/flows/a.flow"),
        ("", "app", "../shared/a.flow", "shared/a.flow"),
        ("", "app", ".", "app"),
        ("app", "", "app/flowship.yml", "flowship.yml"),
        ("", "app", "../../x", "../x"),
        ("", "app", "/etc/x", "/etc/x"),
    ],
)
def test_paths_from_the_folder_are_translated_to_the_top(top: str, folder: str, path: str, translated: str) -> None:
    places = Places("/w", str(Path("/w") / top), str(Path("/w") / folder))
    assert places.from_top(path) == translated


def test_a_folders_name_is_no_pattern() -> None:
    assert Places("/w", "/w", "/w/a[b]*").pattern_from_top("flows/*.flow") == "a[[]b][*]/flows/*.flow"
    assert Places("/w", "/w/app", "/w").pattern_from_top("app/flows/*.flow") == "flows/*.flow"


@pytest.mark.parametrize(
    ("path", "opened"),
    [("out/r.json", "app/out/r.json"), ("../r.json", "r.json"), ("../../r.json", ""), ("/tmp/r.json", ""), ("/w/r.json", "r.json")],
)
def test_files_are_named_as_a_later_step_opens_them(path: str, opened: str) -> None:
    assert Places("/w", "/w", "/w/app").from_workspace(path) == opened


def test_a_folder_that_is_a_link_out_of_the_workspace_is_outside(workspace: Path) -> None:
    (workspace / "out").symlink_to(workspace.parent)
    assert Places(str(workspace), str(workspace), str(workspace)).from_workspace("out/r.json") == ""


def test_possible_tops_lead_down_to_the_manifest() -> None:
    assert list(Places("/w", "/w", "/w/a").possible_tops("b/flowship.yml")) == ["/w", "/w/a", "/w/a/b"]
    assert list(Places("/w", "/w", "/w").possible_tops("flowship.yml")) == ["/w"]


@pytest.mark.parametrize(
    ("folder", "path", "joined"),
    [
        ("", "a.flow", "a.flow"),
        ("svc", "a.flow", "svc/a.flow"),
        ("svc", "../a.flow", "a.flow"),
        ("svc", "../../a", "../a"),
        ("svc", "/a", "/a"),
        ("svc", "", ""),
    ],
)
def test_below_joins_what_was_written_in_a_folder(folder: str, path: str, joined: str) -> None:
    assert below(folder, path) == joined


def test_find_top_ends_at_its_bound(workspace: Path) -> None:
    (workspace.parent / ".git").mkdir()
    assert find_top(str(workspace / "app"), str(workspace)) == ""
    assert find_top(str(workspace / "app")) == str(workspace.parent)
