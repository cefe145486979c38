"""Files are written whole or not at all, and never outside the repository."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from deployer.formats import file_writer, guarded_paths
from deployer.formats.guarded_paths import LinkedFileError, RefusedPathError
from deployer.model.errors import FlowshipError


def test_create_writes_a_new_file_with_its_folders(tmp_path: Path) -> None:
    assert file_writer.create(str(tmp_path), "a/b/c.yaml", b"x")
    assert (tmp_path / "a/b/c.yaml").read_bytes() == b"x"
    assert os.listdir(tmp_path / "a/b") == ["c.yaml"]


@pytest.mark.parametrize("has_links", [True, False])
def test_create_never_overwrites(has_links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not has_links:

        def no_link(*_: str, **__: object) -> None:
            raise OSError

        monkeypatch.setattr(os, "link", no_link)
    assert file_writer.create(str(tmp_path), "a", b"first")
    assert not file_writer.create(str(tmp_path), "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["a"]


def test_replace_keeps_the_mode(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o640)
    file_writer.replace(str(tmp_path), "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_replace_refuses_a_link_also_to_a_file_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(FlowshipError, match="`b` is a symbolic link") as refused:
        file_writer.replace(str(tmp_path), "b", b"new")
    assert (refused.value.code, refused.value.fix) == ("NOT_WRITTEN", "Replace the symbolic link by a file.")
    assert ((tmp_path / "b").is_symlink(), (tmp_path / "a").read_bytes()) == (True, b"old")


@pytest.mark.parametrize("target", ["..", "inside", "nowhere"])
def test_path_below_a_linked_folder_is_refused(target: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "inside").mkdir(parents=True)
    (root / "out").symlink_to(target)
    for write in (file_writer.create, file_writer.replace):
        with pytest.raises(FlowshipError, match="`out` is a symbolic link") as refused:
            write(str(root), "out/a", b"x")
        assert refused.value.fix == "Replace the symbolic link by a folder."
    assert (os.listdir(tmp_path), sorted(os.listdir(root)), os.listdir(root / "inside")) == (["root"], ["inside", "out"], [])


def test_path_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    for path in ("../a", "b/../../a", str(tmp_path / "a")):
        with pytest.raises(FlowshipError, match="outside of the repository"):
            file_writer.create(str(tmp_path / "root"), path, b"x")
    assert os.listdir(tmp_path) == ["root"]


def test_repository_behind_a_link_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to("real")
    assert file_writer.create(str(tmp_path / "root"), "a/b", b"x")
    file_writer.put(str(tmp_path / "root"), str(tmp_path / "real/c"), b"x")
    assert ((tmp_path / "real/a/b").read_bytes(), (tmp_path / "real/c").read_bytes()) == (b"x", b"x")


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


def test_file_whose_parts_end_in_an_error_keeps_its_content(tmp_path: Path) -> None:
    file_writer.put(str(tmp_path), "report.json", [b"o", b"ld"])
    with pytest.raises(ZeroDivisionError):
        file_writer.put(str(tmp_path), "report.json", (b"x" * (1 // left) for left in (1, 0)))
    assert (tmp_path / "report.json").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["report.json"]


def test_put_takes_an_absolute_path_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    file_writer.put(str(tmp_path / "root"), str(tmp_path / "temp/report.json"), b"x")
    assert (tmp_path / "temp/report.json").read_bytes() == b"x"


def test_put_replaces_a_link_that_has_the_files_name(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "precious").write_bytes(b"old")
    for target in (tmp_path / "precious", tmp_path / "nothing", tmp_path, Path("/dev/null")):
        (tmp_path / "root/out").symlink_to(target)
        file_writer.put(str(tmp_path / "root"), "out", b"x")
        assert (not (tmp_path / "root/out").is_symlink(), (tmp_path / "root/out").read_bytes()) == (True, b"x")
        (tmp_path / "root/out").unlink()
    assert (sorted(os.listdir(tmp_path)), (tmp_path / "precious").read_bytes()) == (["precious", "root"], b"old")
    assert Path("/dev/null").is_char_device()


def test_put_below_a_linked_folder_is_refused_by_relative_and_absolute_path(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a/inside").mkdir(parents=True)
    outside.mkdir()
    (root / "a/out").symlink_to(outside)
    (root / "a/in").symlink_to("inside")
    (outside / "back").symlink_to(root / "a/out")
    for path in ("a/out/r.json", "a/in/r.json", "a/out/new/r.json", str(root / "a/out/r.json"), str(outside / "back/r.json")):
        with pytest.raises(RefusedPathError, match="is a symbolic link") as refused:
            file_writer.put(str(root), path, b"x")
        assert refused.value.fix == "Replace the symbolic link by a folder."
    assert (os.listdir(outside), os.listdir(root / "a/inside")) == (["back"], [])


def test_put_follows_links_outside_of_the_guarded_folders(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "real").mkdir()
    (tmp_path / "temp").symlink_to("real")
    (tmp_path / "real/linked.json").symlink_to("file.json")
    for name in ("report.json", "linked.json"):
        file_writer.put(str(tmp_path / "root"), str(tmp_path / "temp" / name), b"x")
    assert {path.name: path.is_symlink() for path in (tmp_path / "real").iterdir()} == {
        "report.json": False, "linked.json": True, "file.json": False,
    }  # fmt: skip


def test_put_takes_a_relative_path_out_of_the_folder_only_into_a_guarded_one(tmp_path: Path) -> None:
    folder = tmp_path / "workspace/service"
    folder.mkdir(parents=True)
    file_writer.put(str(folder), "../r.json", b"x", [str(tmp_path / "workspace")])
    assert (tmp_path / "workspace/r.json").read_bytes() == b"x"
    with pytest.raises(RefusedPathError, match="leads out of the workspace"):
        file_writer.put(str(folder), "../../r.json", b"x", [str(tmp_path / "workspace")])
    assert os.listdir(tmp_path) == ["workspace"]


def test_links_of_every_guarded_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "workspace/real").mkdir(parents=True)
    (tmp_path / "workspace/service").symlink_to("real")
    with pytest.raises(RefusedPathError, match="`service` is a symbolic link"):
        file_writer.put(str(tmp_path / "workspace/service"), "r.json", b"x", [str(tmp_path / "workspace")])
    file_writer.put(str(tmp_path / "workspace/service"), "r.json", b"x")
    assert (tmp_path / "workspace/real/r.json").read_bytes() == b"x"


def test_put_writes_into_a_device_or_pipe_outside_and_refuses_one_inside(tmp_path: Path) -> None:
    file_writer.put(str(tmp_path), "/dev/null", b"x")
    assert Path("/dev/null").is_char_device()
    os.mkfifo(tmp_path / "out")
    for path in ("out", str(tmp_path / "out")):
        with pytest.raises(RefusedPathError, match="`out` is not a regular file"):
            file_writer.put(str(tmp_path), path, b"x")


@pytest.mark.parametrize("path", ["", ".", "folder", "folder/.."])
def test_folder_is_not_written_to(path: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        file_writer.put(str(tmp_path), path, b"x")
    assert os.listdir(tmp_path) == ["folder"]


def test_links_that_never_end_are_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(OSError, match="Too many levels"):
        file_writer.put(str(tmp_path / "root"), str(tmp_path / "round/r.json"), b"x")


def test_open_file_replaces_a_link_and_makes_nothing_without_being_asked(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "precious").write_bytes(b"old")
    (root / "state").symlink_to(tmp_path / "precious")
    with pytest.raises(LinkedFileError):
        file_writer.open_file(str(root), "state", os.O_RDWR)
    with pytest.raises(FileNotFoundError):
        file_writer.open_file(str(root), "new/state", os.O_RDWR)
    descriptor = file_writer.open_file(str(root), "state", os.O_RDWR | os.O_CREAT)
    os.write(descriptor, b"new")
    os.close(descriptor)
    assert ((tmp_path / "precious").read_bytes(), (root / "state").read_bytes(), os.listdir(root)) == (b"old", b"new", ["state"])


def test_open_file_refuses_a_linked_folder_and_a_pipe(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")
    for path in ("folder/state", "pipe", str(tmp_path / "state")):
        with pytest.raises(RefusedPathError):
            file_writer.open_file(str(root), path, os.O_RDWR | os.O_CREAT)
    assert os.listdir(tmp_path) == ["root"]


def test_delete_takes_the_link_and_nothing_below_a_linked_folder(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "precious").write_bytes(b"old")
    (root / "folder").symlink_to(tmp_path)
    (root / "link").symlink_to(tmp_path / "precious")
    file_writer.delete(str(root), "link")
    with pytest.raises(RefusedPathError):
        file_writer.delete(str(root), "folder/precious")
    assert ((tmp_path / "precious").read_bytes(), os.listdir(root)) == (b"old", ["folder"])


@pytest.mark.parametrize("swapped", ["folder", "folder/below"])
def test_link_that_appears_after_the_check_is_not_followed(swapped: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process in the workspace swaps a folder for a link while the file is being written."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "folder/below").mkdir(parents=True)
    (outside / "below").mkdir(parents=True)
    resolve = guarded_paths.resolve

    def resolve_and_swap(path: str, tops: Sequence[str]) -> str:
        resolved = resolve(path, tops)
        (root / swapped).rename(root / "moved")
        (root / swapped).symlink_to(outside / swapped.removeprefix("folder").removeprefix("/"))
        return resolved

    monkeypatch.setattr(guarded_paths, "resolve", resolve_and_swap)
    with pytest.raises(RefusedPathError, match=f"`{swapped}` is a symbolic link"):
        file_writer.put(str(root), "folder/below/r.json", b"x")
    assert (os.listdir(outside), os.listdir(outside / "below")) == (["below"], [])


def test_put_into_a_folder_below_a_file_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError):
        file_writer.put(str(tmp_path), "file/report.json", b"x")


class TestOwner:
    """Of what root writes in a workspace of another user."""

    @pytest.fixture
    def given(self, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, int]]:
        """Owner by name, of each file and folder that was given away; the workspace is of user 1001, group 121, other folders of 7."""
        given: dict[str, tuple[int, int]] = {}
        top = (tmp_path / "workspace").stat().st_ino

        def fchown(file: int, uid: int, gid: int) -> None:
            name = os.readlink(f"/proc/self/fd/{file}")
            given[re.sub(r"\.flowship-\w+", "TEMPORARY", os.path.basename(name))] = (uid, gid)

        monkeypatch.setattr(os, "fchown", fchown)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(file_writer, "_owner_of", lambda status: file_writer.Owner(*((1001, 121) if status.st_ino == top else (7, 7))))
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

    def test_a_file_that_exists_is_not_given_away(self, workspace: Path, given: dict[str, tuple[int, int]]) -> None:
        """It may be another's, by a hard link."""
        (workspace / "state.jsonl").write_bytes(b"")
        os.close(file_writer.open_file(str(workspace), "state.jsonl", os.O_RDWR | os.O_CREAT))
        assert given == {}

    def test_other_users_give_nothing_away(self, workspace: Path, given: dict[str, tuple[int, int]], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        file_writer.put(str(workspace), "a/report.json", b"x")
        assert (given, (workspace / "a/report.json").read_bytes()) == ({}, b"x")


def test_no_other_module_writes_files() -> None:
    package = Path(file_writer.__file__).parents[1]
    elsewhere = ("formats/file_writer.py", "github/runner.py")  # the runner's own files, which exist already
    modes = r"open\([^)\n]*[\"'](?:[wxa]b?\+?|a\+b|w\+b)[\"']"
    calls = r"\bos\.(?:mkdir|makedirs|unlink|remove|rmdir|rename|replace|link|symlink|truncate|l?chown|chmod|utime|mkfifo)\(|shutil\.|tempfile\."
    writing = re.compile(rf"mkstemp|write_(?:text|bytes)|\bO_CREAT(?!\))|{modes}|{calls}")
    modules = [path for path in package.rglob("*.py") if not str(path.relative_to(package)).startswith(("sandbox/", "testing/", *elsewhere))]
    found = [f"{path.relative_to(package)}: {line.strip()}" for path in modules for line in path.read_text().splitlines() if writing.search(line)]
    assert [line for line in found if "file_writer.open_file(" not in line] == []
