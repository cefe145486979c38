"""Which submodule a path lies in, by `.gitmodules`, and what is said of a file in one that is not checked out."""

from pathlib import Path

import pytest

from deployer.formats import paths
from deployer.formats.submodules import submodule_of
from deployer.model.finding import Finding

TEXT = b'[submodule "one"]\n\tpath = vendor/flows\n\turl = ../flows.git\n[submodule "two"]\r\n  path="other"\r\n\turl = x\n'


@pytest.mark.parametrize(
    ("path", "submodule"),
    [
        ("vendor/flows/a.flow", "vendor/flows"),
        ("vendor/flows/b/a.flow", "vendor/flows"),
        ("other/a.flow", "other"),
        ("vendor/flows", ""),
        ("vendor/flows2/a.flow", ""),
        ("vendor/a.flow", ""),
        ("a.flow", ""),
    ],
)
def test_submodule_of_a_path(path: str, submodule: str) -> None:
    assert submodule_of(path, TEXT) == submodule
    assert submodule_of(path, b"") == ""


@pytest.mark.parametrize(("files", "told"), [((), True), (("README",), False)])
def test_file_in_a_submodule_that_is_not_checked_out(tmp_path: Path, files: tuple[str, ...], told: bool) -> None:
    (tmp_path / ".gitmodules").write_bytes(TEXT)
    (tmp_path / "vendor/flows").mkdir(parents=True)
    for name in files:
        (tmp_path / "vendor/flows" / name).touch()
    located = paths.locate(str(tmp_path), "vendor/flows/a.flow")
    assert isinstance(located, Finding)
    assert ("give the checkout step `submodules: true`" in located.fix) is told
