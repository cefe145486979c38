"""Paths that a user wrote, and the files they lead to: never out of the repository."""

import os
from typing import NamedTuple

from deployer.formats import file_reader, submodules
from deployer.formats.diagnostic import finding
from deployer.formats.places import stored_form
from deployer.formats.quoting import shown
from deployer.model.finding import Finding

MAX_GITMODULES_BYTES = 1_000_000


class Located(NamedTuple):
    """`path` is relative to the root, with `/`; `real` is what to open."""

    path: str
    real: str


def relative(root: str, path: str) -> str:
    """The path as findings show it: relative to the root, with `/` and without `.` parts. One that leads out stays as it is."""
    if os.path.isabs(path):
        tops = (os.path.abspath(root), os.path.realpath(root))
        holder = next((top for top in tops if os.path.normpath(path).startswith(os.path.join(top, ""))), None)
        return os.path.relpath(path, holder).replace(os.sep, "/") if holder else path
    return os.path.normpath(path).replace(os.sep, "/")


class Folders:
    """The real paths of folders, each looked up once: for a run over many files."""

    __slots__ = ("_real",)

    def __init__(self) -> None:
        self._real: dict[str, str] = {}

    def real(self, folder: str) -> str:
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        return self._real[folder]

    def file(self, path: str) -> str:
        """`os.path.realpath`, for a file."""
        folder, name = os.path.split(path)
        return os.path.realpath(path) if name in ("", ".", "..") or os.path.islink(path) else os.path.join(self.real(folder), name)


def locate(root: str, path: str, folders: Folders | None = None) -> Located | Finding:
    """The file at a path, or the finding for which it is not read. A symbolic link counts as the file it leads to. Names are compared in NFC."""
    if not path or "\0" in path:
        return finding("file-not-found", "", f"{shown(path)} is not a path.", "Name a file of the repository.")
    folders = folders or Folders()
    path = path if os.path.isabs(path) else stored_form(root, path)
    full_path = os.path.join(root, path)
    located = Located(os.path.normpath(path).replace(os.sep, "/"), folders.file(full_path))
    return _leads_out(folders.real(root), path, located) or _no_file(root, full_path, located) or located


def _leads_out(top: str, path: str, located: Located) -> Finding | None:
    if os.path.isabs(path):
        return _outside(located.path, "is an absolute path", "Write a relative path.")
    if located.path == ".." or located.path.startswith("../"):
        return _outside(located.path, "leads out of the repository", "Move the file into the repository.")
    if located.real != top and not located.real.startswith(os.path.join(top, "")):
        return _outside(located.path, "leads out of the repository through a symbolic link", "Put the file itself into the repository.")
    return None


def _no_file(root: str, full_path: str, located: Located) -> Finding | None:
    if os.path.isfile(located.real):
        return None
    if not os.path.exists(located.real):
        return _missing(root, located.path, full_path)
    kind = "a folder" if os.path.isdir(located.real) else "not a regular file"
    return finding("file-unreadable", located.path, f"{shown(located.path)} is {kind}.", "Name a file.")


def _outside(path: str, reason: str, fix: str) -> Finding:
    return finding("file-outside-repository", path, f"{shown(path)} {reason}.", fix)


def _missing(root: str, path: str, full_path: str) -> Finding:
    if os.path.islink(full_path):
        return finding("file-not-found", path, f"{shown(path)} is a symbolic link to a file that does not exist.", "Commit the file it points to.")
    submodule = _missing_submodule(root, path)
    if submodule:
        fix = f"It is in the submodule {shown(submodule)}, which is not checked out: give the checkout step `submodules: true`."
    elif "\\" in path:
        fix = "Write `/` between folders, on every system."
    else:
        fix = _nearest_file(root, path) or "Check the spelling: the path is shown from the top of the repository."
    return finding("file-not-found", path, f"There is no file {shown(path)}.", fix)


def _missing_submodule(root: str, path: str) -> str:
    """The submodule that the path lies in, where its folder is empty or not there; else ""."""
    try:
        submodule = submodules.submodule_of(path, file_reader.read_inside(root, submodules.FILE, MAX_GITMODULES_BYTES))
    except OSError:
        return ""
    return submodule if submodule and not _has_files(os.path.join(root, submodule)) else ""


def _has_files(folder: str) -> bool:
    try:
        return bool(os.listdir(folder))
    except OSError:
        return False


def _nearest_file(root: str, path: str) -> str:
    from deployer.formats.quoting import find_nearest

    folder, name = os.path.split(path)
    try:
        nearest = find_nearest(name, os.listdir(os.path.join(root, folder)))
    except OSError:
        return ""
    return f"Did you mean {shown(os.path.join(folder, nearest))}?" if nearest else ""
