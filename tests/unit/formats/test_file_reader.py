"""Only regular files of a limited size are read, and none outside of the repository through a link."""

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployer.formats import file_reader, guarded_paths
from deployer.formats.file_reader import TooLargeError
from deployer.formats.guarded_paths import LinkedFileError, RefusedPathError

LIMIT = 100


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder beside `outside`, with a file `folder/a`."""
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "folder/a").write_bytes(b"inside")
    (tmp_path / "outside").write_bytes(b"outside")
    return root


@pytest.fixture(params=["pipe", "socket", "device", "link to a device", "link to a pipe"])
def special(request: pytest.FixtureRequest, root: Path) -> Iterator[Path]:
    path = root / "special"
    with socket.socket(socket.AF_UNIX) as server:
        match request.param:
            case "pipe":
                os.mkfifo(path)
            case "socket":
                server.bind(os.path.relpath(path))
            case "device":
                path = Path("/dev/zero")
            case "link to a device":
                path.symlink_to("/dev/zero")
            case _:
                os.mkfifo(root / "pipe")
                path.symlink_to("pipe")
        yield path


def test_file_is_read_with_and_without_a_folder_that_it_must_be_in(root: Path) -> None:
    assert file_reader.read(str(root / "folder/a"), LIMIT) == b"inside"
    assert file_reader.read(str(root / "folder/a"), LIMIT, within=str(root)) == b"inside"
    assert file_reader.read(str(root / "folder/a"), LIMIT, within="/") == b"inside"


def test_what_is_no_regular_file_is_refused_at_once(special: Path) -> None:
    with pytest.raises(RefusedPathError) as refused:
        file_reader.read(str(special), LIMIT)
    assert refused.value.strerror == f"`{special}` is not a regular file"


def test_what_is_no_regular_file_is_refused_in_a_folder(special: Path, root: Path) -> None:
    path = str(special).removeprefix(f"{root}/")
    with pytest.raises(RefusedPathError) as refused:
        file_reader.read_inside(str(root), path, LIMIT)
    leads_out = special.is_symlink() and os.readlink(special) == "/dev/zero"
    assert refused.value.strerror == f"`{path}` {'leads out of the repository through a symbolic link' if leads_out else 'is not a regular file'}"


def test_folder_and_missing_file_are_os_errors(root: Path) -> None:
    for within in ("", str(root)):
        with pytest.raises(IsADirectoryError):
            file_reader.read(str(root / "folder"), LIMIT, within=within)
        with pytest.raises(FileNotFoundError):
            file_reader.read(str(root / "nothing"), LIMIT, within=within)
        with pytest.raises(NotADirectoryError):
            file_reader.read(str(root / "folder/a/b"), LIMIT, within=within)


def test_size_is_looked_at_before_reading(root: Path) -> None:
    (root / "exact").write_bytes(b"x" * LIMIT)
    assert len(file_reader.read(str(root / "exact"), LIMIT, within=str(root))) == LIMIT
    with (root / "huge").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(TooLargeError, match=r"`huge` has 1,099,511,627,776 bytes, and the limit is 100") as refused:
        file_reader.read(str(root / "huge"), LIMIT, within=str(root))
    assert refused.value.size == 2**40


def test_no_link_below_the_folder_is_followed(root: Path) -> None:
    (root / "file").symlink_to("folder/a")
    (root / "below").symlink_to("folder")
    with pytest.raises(LinkedFileError, match="`file` is a symbolic link"):
        file_reader.read(str(root / "file"), LIMIT, within=str(root))
    with pytest.raises(RefusedPathError, match="`below` is a symbolic link"):
        file_reader.read(str(root / "below/a"), LIMIT, within=str(root))


def test_link_counts_as_the_file_that_it_leads_to_in_the_folder(root: Path) -> None:
    (root / "file").symlink_to("folder/a")
    (root / "below").symlink_to("folder")
    (root / "out").symlink_to("../outside")
    (root / "away").symlink_to("..")
    assert file_reader.read_inside(str(root), "file", LIMIT) == b"inside"
    assert file_reader.read_inside(str(root), "below/a", LIMIT) == b"inside"
    for path in ("out", "away/outside", str(root / "out")):
        with pytest.raises(RefusedPathError, match="leads out of the repository through a symbolic link"):
            file_reader.read_inside(str(root), path, LIMIT)


def test_path_that_is_named_outside_is_read(root: Path) -> None:
    for path in ("../outside", str(root.parent / "outside")):
        assert file_reader.read_inside(str(root), path, LIMIT) == b"outside"


def test_link_into_another_guarded_folder_is_read(root: Path) -> None:
    (root / "out").symlink_to("../outside")
    assert file_reader.read_inside(str(root), "out", LIMIT, [str(root.parent)]) == b"outside"


def test_link_that_appears_after_the_check_is_not_followed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process in the workspace swaps the folder for a link while a file in it is being read."""
    (root.parent / "away").mkdir()
    (root.parent / "away/a").write_bytes(b"outside")
    locate = file_reader.locate

    def locate_and_swap(*arguments: str) -> tuple[str, str]:
        located = locate(*arguments)
        (root / "folder").rename(root / "moved")
        (root / "folder").symlink_to("../away")
        return located

    monkeypatch.setattr(file_reader, "locate", locate_and_swap)
    with pytest.raises(RefusedPathError, match="`folder` is a symbolic link"):
        file_reader.read_inside(str(root), "folder/a", LIMIT)


def test_no_descriptor_stays_open(root: Path) -> None:
    (root / "file").symlink_to("folder/a")
    before = len(os.listdir("/proc/self/fd"))
    for path in ("folder/a", "folder", "nothing", "file", "nowhere/a", "file/a"):
        for limit in (LIMIT, 1):
            try:
                file_reader.read(str(root / path), limit, within=str(root))
            except OSError:
                continue
    assert len(os.listdir("/proc/self/fd")) == before


def test_no_other_module_opens_files() -> None:
    package = Path(file_reader.__file__).parents[1]
    own = {
        "formats/file_reader.py",
        "formats/file_writer.py",
        "formats/guarded_paths.py",
        "github/runner.py",  # the runner's own files
        "cli/main.py",  # /dev/null
        "schemas/__init__.py",  # the package's
        "commands/init/workflow_template.py",  # the package's
        "commands/init/own_action.py",  # what pip wrote about the package
        "platforms/added.py",  # what pip wrote about other packages
        "lint/rules/schedule_timezone.py",  # the machine's time zones
        "lint/processes.py",  # memory shared with its own processes, and no file
    }
    opening = re.compile(r"(?<![\w.])(?<!def )open\(|\bos\.open\(|read_text\(|(?<!\bfiles)\.read_bytes\(|\bio\.open\(|\bglob\.|\bmmap\b")
    modules = [path for path in package.rglob("*.py") if str(path.relative_to(package)) not in own and not {"sandbox", "testing"} & {*path.parts}]
    lines = ((path, line) for path in modules for line in path.read_text().splitlines())
    assert [f"{path.relative_to(package)}: {line.strip()}" for path, line in lines if opening.search(line)] == []
    assert guarded_paths.FILE_FLAGS & os.O_NOFOLLOW
