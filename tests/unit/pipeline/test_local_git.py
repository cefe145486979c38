import os
import subprocess
from pathlib import Path

import pytest

from deployer.pipeline import local_git

IDENTITY = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(root: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], **IDENTITY}
    return subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True, env=environment).stdout.strip()


def commit(root: Path, message: str) -> str:
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    return tmp_path


def test_head(repository: Path) -> None:
    assert local_git.head(str(repository)) is None
    sha = commit(repository, "Füge hinzu\nin two lines\n\nBody")
    assert local_git.head(str(repository)) == local_git.Commit(sha, "Füge hinzu in two lines")


def test_no_repository(tmp_path: Path) -> None:
    assert local_git.head(str(tmp_path)) is None
    assert local_git.is_ancestor(str(tmp_path), "a" * 40, "b" * 40) is None
    assert local_git.head(str(tmp_path / "nowhere")) is None


def test_no_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = commit(repository, "a")
    monkeypatch.setenv("PATH", "")
    assert local_git.is_ancestor(str(repository), sha, sha) is None


@pytest.mark.parametrize("state", ["branch", "packed", "detached", "worktree", "submodule", "subfolder", "slashes"])
def test_head_without_git(repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    commit(repository, "a")
    sha, root = commit(repository, "b"), repository
    match state:
        case "packed":
            git(repository, "pack-refs", "--all")
        case "detached":
            git(repository, "checkout", "-q", "--detach")
        case "slashes":
            git(repository, "checkout", "-q", "-b", "feature/one")
        case "worktree":
            root = tmp_path_factory.mktemp("trees") / "tree"
            git(repository, "worktree", "add", "-q", "-b", "other", str(root))
        case "submodule":
            root = tmp_path_factory.mktemp("outer")
            git(root, "init", "-q")
            git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository), "inner")
            root /= "inner"
        case "subfolder":
            root = repository / "billing/flows"
            root.mkdir(parents=True)
    monkeypatch.setenv("PATH", "")
    assert local_git.head(str(root)) == local_git.Commit(sha, "")


@pytest.mark.parametrize(
    "head", ["", "ref: refs/heads/none\n", "ref: ../../secret\n", "ref: refs/../../secret\n", "c0ffee\n", "\xff\xfe", "ref: refs/heads\n"]
)
def test_head_that_leads_nowhere_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch, head: str) -> None:
    commit(repository, "a")
    (repository / "secret").write_text("c" * 40)
    (repository / ".git/HEAD").write_bytes(head.encode("latin-1"))
    monkeypatch.setenv("PATH", "")
    assert local_git.head(str(repository)) is None


def test_ancestors(repository: Path) -> None:
    first, second = commit(repository, "1"), commit(repository, "2")
    git(repository, "checkout", "-q", "-b", "other", first)
    third = commit(repository, "3")
    root = str(repository)
    assert local_git.is_ancestor(root, first, second) is True
    assert local_git.is_ancestor(root, second, first) is False
    assert local_git.is_ancestor(root, second, third) is False
    assert local_git.is_ancestor(root, third, third) is True
    assert local_git.is_ancestor(root, "f" * 40, first) is None
    for nonsense in ("", "--help", "HEAD; rm", "main"):
        assert local_git.is_ancestor(root, nonsense, first) is None


def test_a_shallow_clone_does_not_know(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    first, second = commit(repository, "1"), commit(repository, "2")
    shallow = tmp_path_factory.mktemp("shallow")
    git(shallow, "clone", "-q", "--depth", "1", f"file://{repository}", ".")
    assert local_git.is_ancestor(str(shallow), first, second) is None
    assert local_git.is_ancestor(str(shallow), second, second) is True


def test_a_hostile_repository_runs_nothing(repository: Path) -> None:
    """`log.showSignature` with a program of one's own would run it; plumbing does not look."""
    sha = commit(repository, "a")
    program = repository / "run.sh"
    program.write_text(f"#!/bin/sh\ntouch {repository}/ran\n")
    program.chmod(0o755)
    for name, value in {"log.showSignature": "true", "gpg.program": str(program), "core.fsmonitor": str(program), "core.pager": str(program)}.items():
        git(repository, "config", name, value)
    assert local_git.head(str(repository)) == local_git.Commit(sha, "a")
    assert local_git.is_ancestor(str(repository), sha, sha) is True
    assert not (repository / "ran").exists()


def test_variables_that_redirect_git_are_not_obeyed(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha = commit(repository, "a")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert local_git.head(str(repository)) == local_git.Commit(sha, "a")


def test_files_of_other_commits_by_one_process(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = repository / "sub folder"
    folder.mkdir()
    contents = [b"", b"one\n", b"\xff\x00\n\nno end", b"x" * 300_000]
    commits = []
    for content in contents:
        (folder / "a file").write_bytes(content)
        git(repository, "add", ".")
        commits.append(commit(repository, "c"))
    files = local_git.Files(str(folder))
    assert [files.at(sha, "a file") for sha in commits] == contents
    assert files.at(commits[2][:7], "a file") == contents[2]
    nothing = [("f" * 40, "a file"), (commits[0], "another"), (commits[0], "../sub folder"), (commits[0], "a\nfile"), ("HEAD", "a file"), ("", "")]
    assert [files.at(*each) for each in nothing] == [None] * len(nothing)
    assert files.at(commits[1], "a file") == contents[1]
    files.close()
    assert files.at(commits[1], "a file") is None
    monkeypatch.setenv("PATH", "")
    assert local_git.Files(str(folder)).at(commits[1], "a file") is None


def test_git_that_ends_is_no_git(tmp_path: Path, repository: Path) -> None:
    files = local_git.Files(str(tmp_path / "nowhere"))
    assert [files.at("a" * 40, "a"), files.at("a" * 40, "a")] == [None, None]
    files.close()


SECRET_VARIABLES = (
    "FLOWSHIP_KEYS",
    "FLOWSHIP_KEY_TRIAGE",
    "INPUT_API-KEY",
    "INPUT_GITHUB-TOKEN",
    "GITHUB_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "MY_PASSWORD",
)


def test_git_is_started_without_keys_in_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text(f"#!/bin/sh\nenv >> {tmp_path}/environment\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for variable in SECRET_VARIABLES:
        monkeypatch.setenv(variable, "a-secret-of-the-job")
    local_git.head(str(tmp_path))
    files = local_git.Files(str(tmp_path))
    files.at("c0ffee", "x")
    files.close()
    environment = (tmp_path / "environment").read_text()
    assert environment.count("GIT_OPTIONAL_LOCKS=0") == 2
    assert "a-secret-of-the-job" not in environment


@pytest.mark.parametrize("name", ["HEAD", "packed-refs", "commondir", ".git"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_no_head_where_a_file_of_git_is_no_file(kind: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / ".git" / name if name != ".git" else tmp_path / ".git"
    if name != ".git":
        path.parent.mkdir()
        (path.parent / "HEAD").write_text("ref: refs/heads/main\n")
        path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    monkeypatch.setenv("PATH", "")
    assert local_git.head(str(tmp_path)) is None
