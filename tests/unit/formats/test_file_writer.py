"""Files are written whole or not at all, and never outside the repository."""

import os
import re
from pathlib import Path

import pytest

from deployer.formats import file_writer
from deployer.model.errors import FlowshipError


def test_create_writes_a_new_file_with_its_folders(tmp_path: Path) -> None:
    assert file_writer.create(str(tmp_path), "a/b/c.yaml", b"x")
    assert (tmp_path / "a/b/c.yaml").read_bytes() == b"x"
    assert os.listdir(tmp_path / "a/b") == ["c.yaml"]


@pytest.mark.parametrize("has_links", [True, False])
def test_create_never_overwrites(has_links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not has_links:

        def no_link(*_: str) -> None:
            raise OSError

        monkeypatch.setattr(os, "link", no_link)
    assert file_writer.create(str(tmp_path), "a", b"first")
    assert not file_writer.create(str(tmp_path), "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["a"]


def test_replace_keeps_mode_and_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "b").symlink_to("a")
    file_writer.replace(str(tmp_path), "b", b"new")
    assert (tmp_path / "b").is_symlink()
    assert (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_path_through_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    for write in (file_writer.create, file_writer.replace):
        with pytest.raises(FlowshipError, match="outside of the repository"):
            write(str(root), "out/a", b"x")
    assert sorted(os.listdir(tmp_path)) == ["root"]


def test_missing_file_cannot_be_replaced(tmp_path: Path) -> None:
    with pytest.raises(FlowshipError) as refused:
        file_writer.replace(str(tmp_path), "a", b"x")
    assert refused.value.code == "NOT_WRITTEN"
    assert os.listdir(tmp_path) == []


def test_put_writes_new_and_existing_files_whole_and_keeps_the_mode(tmp_path: Path) -> None:
    file_writer.put(str(tmp_path), "out/report.json", b"old")
    (tmp_path / "out/report.json").chmod(0o640)
    file_writer.put(str(tmp_path), "out/report.json", b"new")
    assert (tmp_path / "out/report.json").read_bytes() == b"new"
    assert (tmp_path / "out/report.json").stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path / "out") == ["report.json"]


def test_put_takes_an_absolute_path_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    file_writer.put(str(tmp_path / "root"), str(tmp_path / "temp/report.json"), b"x")
    assert (tmp_path / "temp/report.json").read_bytes() == b"x"


def test_put_writes_into_a_device(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("/dev/null")
    file_writer.put(str(tmp_path), "out", b"x")
    assert Path("/dev/null").is_char_device()
    assert (tmp_path / "out").is_symlink()


def test_put_into_a_folder_below_a_file_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError):
        file_writer.put(str(tmp_path), "file/report.json", b"x")


class TestOwner:
    """Of what root writes in a workspace of another user."""

    @pytest.fixture
    def given(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, int]]:
        """Owner by path, of each file and folder that was given away; the workspace is of user 1001, group 121."""
        given: dict[str, tuple[int, int]] = {}
        real_stat = os.stat

        def chown(file: int | str, uid: int, gid: int) -> None:
            name = os.readlink(f"/proc/self/fd/{file}") if isinstance(file, int) else file
            given[re.sub(r"\.flowship-\w+", "TEMPORARY", os.path.basename(name))] = (uid, gid)

        def stat(path: str) -> os.stat_result:
            values = list(real_stat(path))
            values[4:6] = (1001, 121) if os.path.basename(path) == "workspace" else (7, 7)
            return os.stat_result(values)

        monkeypatch.setattr(os, "chown", chown)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(os, "stat", stat)
        return given

    @pytest.fixture
    def workspace(self, tmp_path: Path) -> Path:
        (tmp_path / "workspace").mkdir()
        return tmp_path / "workspace"

    def test_new_folders_and_files_go_to_the_workspaces_owner(self, workspace: Path, given: dict[str, tuple[int, int]]) -> None:
        file_writer.put(str(workspace), "a/b/report.json", b"x")
        assert given == {"a": (1001, 121), "b": (1001, 121), "TEMPORARY": (1001, 121)}

    def test_files_in_an_existing_folder_too(self, workspace: Path, given: dict[str, tuple[int, int]]) -> None:
        (workspace / "roots").mkdir()
        assert file_writer.create(str(workspace), "roots/flowship.yml", b"x")
        file_writer.replace(str(workspace), "roots/flowship.yml", b"y")
        os.close(file_writer.open_file(str(workspace), str(workspace / "roots/state.jsonl"), os.O_RDWR | os.O_CREAT))
        assert given == {"TEMPORARY": (1001, 121), "state.jsonl": (1001, 121)}

    def test_outside_the_workspace_the_folder_decides(self, workspace: Path, tmp_path: Path, given: dict[str, tuple[int, int]]) -> None:
        file_writer.put(str(workspace), str(tmp_path / "temp/report.json"), b"x")
        assert given == {"temp": (7, 7), "TEMPORARY": (7, 7)}

    def test_other_users_give_nothing_away(self, workspace: Path, given: dict[str, tuple[int, int]], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        file_writer.put(str(workspace), "a/report.json", b"x")
        assert (given, (workspace / "a/report.json").read_bytes()) == ({}, b"x")


def test_no_other_module_writes_files() -> None:
    package = Path(file_writer.__file__).parents[1]
    elsewhere = ("formats/file_writer.py", "github/runner.py")  # the runner's own files, which exist already
    writing = re.compile(r"makedirs|mkstemp|os\.mkdir|write_(text|bytes)|\bO_CREAT(?!\))|open\([^)\n]*[\"'](?:[wxa]b?\+?|a\+b|w\+b)[\"']")
    modules = [path for path in package.rglob("*.py") if not str(path.relative_to(package)).startswith(("sandbox/", *elsewhere))]
    found = [f"{path.relative_to(package)}: {line.strip()}" for path in modules for line in path.read_text().splitlines() if writing.search(line)]
    assert [line for line in found if "file_writer.open_file(" not in line] == []
