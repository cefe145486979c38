"""Files are written whole or not at all, and never outside the repository."""

import os
from pathlib import Path

import pytest

from deployer.formats import atomic
from deployer.model.errors import FlowshipError


def test_create_writes_a_new_file_with_its_folders(tmp_path: Path) -> None:
    assert atomic.create(str(tmp_path), "a/b/c.yaml", b"x")
    assert (tmp_path / "a/b/c.yaml").read_bytes() == b"x"
    assert os.listdir(tmp_path / "a/b") == ["c.yaml"]


@pytest.mark.parametrize("has_links", [True, False])
def test_create_never_overwrites(has_links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not has_links:

        def no_link(*_: str) -> None:
            raise OSError

        monkeypatch.setattr(os, "link", no_link)
    assert atomic.create(str(tmp_path), "a", b"first")
    assert not atomic.create(str(tmp_path), "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["a"]


def test_replace_keeps_mode_and_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "b").symlink_to("a")
    atomic.replace(str(tmp_path), "b", b"new")
    assert (tmp_path / "b").is_symlink()
    assert (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_path_through_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    for write in (atomic.create, atomic.replace):
        with pytest.raises(FlowshipError, match="outside of the repository"):
            write(str(root), "out/a", b"x")
    assert sorted(os.listdir(tmp_path)) == ["root"]


def test_missing_file_cannot_be_replaced(tmp_path: Path) -> None:
    with pytest.raises(FlowshipError) as refused:
        atomic.replace(str(tmp_path), "a", b"x")
    assert refused.value.code == "NOT_WRITTEN"
    assert os.listdir(tmp_path) == []
