"""Paths that a user wrote, and the files they lead to: never out of the repository."""

from __future__ import annotations

import os
from collections.abc import Iterable

from deployer.formats import file_reader, guarded_paths
from deployer.formats.diagnostic import finding
from deployer.formats.places import is_within, stored_form
from deployer.formats.quoting import shown
from deployer.model.named_tuple import NamedTuple
from deployer.model.text import nfc

TYPE_CHECKING = False
if TYPE_CHECKING:
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
    """The real paths of folders, each looked up once: for a run over many files. And what to propose where a file does not exist: none of the files
    in `taken`, and paths relative to `base`, the manifest's folder."""

    __slots__ = ("_open", "_places", "_real", "base", "taken")

    def __init__(self, taken: Iterable[str] = (), base: str = "") -> None:
        self._real: dict[str, str] = {}
        self._places: dict[tuple[str, str], tuple[str, str] | None] = {}
        self._open = guarded_paths.OpenFolder()
        self.taken = frozenset(map(nfc, taken))
        self.base = base

    def real(self, folder: str) -> str:
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        return self._real[folder]

    def read_plain(self, root: str, path: str, max_bytes: int) -> bytes | None:
        """The bytes of a regular file of the repository; None for what is a symbolic link itself, is elsewhere, or cannot be read.

        Quick for one file of a folder after the other: the folder stays open.
        """
        folder, _, name = path.rpartition("/")
        place = self._places[root, folder] if (root, folder) in self._places else self._place(root, folder)
        try:
            return file_reader.read_in_folder(self._open.open(*place), name, max_bytes) if place else None
        except OSError:
            return None

    def _place(self, root: str, folder: str) -> tuple[str, str] | None:
        """The real path of the root, and that of a folder in it relative to that; None for a folder that is elsewhere."""
        top, real_folder = self.real(root), self.real(os.path.join(root, folder) if folder else root)
        place = self._places[root, folder] = (top, real_folder[len(top) :].lstrip("/")) if is_within(real_folder, top) else None
        return place

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
    return _leads_out(folders.real(root), path, located, folders) or _no_file(root, full_path, located, folders) or located


def _leads_out(top: str, path: str, located: Located, folders: Folders) -> Finding | None:
    if os.path.isabs(path):
        return _outside(located.path, "is an absolute path", _write_inside(top, path, folders) or "Write it relative to the repository's files.")
    if located.path == ".." or located.path.startswith("../"):
        return _outside(located.path, "leaves the repository by `..`", _write_inside(top, path, folders) or "Move the file into the repository.")
    if located.real != top and not located.real.startswith(os.path.join(top, "")):
        return _outside(located.path, "leads out of the repository through a symbolic link", "Put the file itself into the repository.")
    return None


def _write_inside(top: str, path: str, folders: Folders) -> str:
    """A fix for a path out of the repository whose end names a file in it; else ""."""
    parts = [part for part in path.replace(os.sep, "/").split("/") if part not in ("", ".", "..")]
    inside = next(("/".join(parts[start:]) for start in range(len(parts)) if os.path.isfile(os.path.join(top, *parts[start:]))), "")
    return f"Write {shown(_from_base(inside, folders))}." if inside else ""


def _from_base(path: str, folders: Folders) -> str:
    return os.path.relpath(path, folders.base).replace(os.sep, "/") if folders.base else path


def _no_file(root: str, full_path: str, located: Located, folders: Folders) -> Finding | None:
    if os.path.isfile(located.real):
        return None
    if not os.path.exists(located.real):
        return _missing(root, located.path, full_path, folders)
    kind = "a folder" if os.path.isdir(located.real) else "not a regular file"
    return finding("file-unreadable", located.path, f"{shown(located.path)} is {kind}.", "Name a file.")


def _outside(path: str, reason: str, fix: str) -> Finding:
    return finding("file-outside-repository", path, f"{shown(path)} {reason}.", fix)


def _missing(root: str, path: str, full_path: str, folders: Folders) -> Finding:
    if os.path.islink(full_path):
        return finding("file-not-found", path, f"{shown(path)} is a symbolic link to a file that does not exist.", "Commit the file it points to.")
    submodule = _missing_submodule(root, path)
    if submodule:
        fix = f"It is in the submodule {shown(submodule)}, which is not checked out: give the checkout step `submodules: true`."
    elif "\\" in path:
        fix = f"Write {shown(_from_base(path.replace(chr(92), '/'), folders))}, with `/` between folders on every system."
    else:
        fix = _proposed_file(root, path, folders)
    return finding("file-not-found", path, f"There is no file {shown(path)}.", fix)


def _missing_submodule(root: str, path: str) -> str:
    """The submodule that the path lies in, where its folder is empty or not there; else ""."""
    from deployer.formats import submodules

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


def _proposed_file(root: str, path: str, folders: Folders) -> str:
    """The fix for a file that does not exist: the same name in other letters, or the nearest name in that folder."""
    from deployer.model.near_names import near_names, suggestion

    folder, name = os.path.split(path)
    folder = _in_any_case(root, folder)
    names = _list_names(os.path.join(root, folder))
    exact = next((known for known in names if known.lower() == name.lower()), "")
    if exact:
        return f"Write {shown(_from_base(os.path.join(folder, exact), folders))}: capital and small letters differ."
    free = [known for known in names if nfc(os.path.join(folder, known)) not in folders.taken]
    if nearest := suggestion([_from_base(os.path.join(folder, near), folders) for near in near_names(name, free)]):
        return nearest.strip()
    is_there = names or os.path.isdir(os.path.join(root, folder))
    return "Add the file, or correct the path." if is_there else f"Add the file, or correct the path: there is no folder {shown(folder)}."


def _in_any_case(root: str, folder: str) -> str:
    """The folder as the file system has it, where its name differs in capital and small letters alone; else as it is."""
    existing = ""
    for part in folder.split("/") if folder else ():
        names = _list_names(os.path.join(root, existing))
        match = part if part in names else next((name for name in names if name.lower() == part.lower()), "")
        if not match:
            return folder
        existing = os.path.join(existing, match)
    return existing


def _list_names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
