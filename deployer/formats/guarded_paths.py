"""Paths into guarded folders (the workspace, the repository), where others decide what lies: no symbolic link in them is followed.

A link elsewhere is followed: who set up the machine made it. Each folder is opened in the one above it (`openat`), so that a link that
appears after a check is not followed either. "No symbolic link": of those that a path passes through, and of those it ends at.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Sequence

from deployer.formats.places import is_within
from deployer.formats.quoting import shown_path

_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
FILE_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC  # a pipe would block until its other end is opened
_MAX_LINKS = 40  # one after the other, as on Linux


class RefusedPathError(OSError):
    """A path that is neither read nor written. `strerror` is a clause that names it; `fix`: what to do about it."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(errno.EPERM, message)
        self.fix = fix


class LinkedFileError(RefusedPathError):
    """A symbolic link in a guarded folder where a file should be."""


def fix_of(error: OSError, otherwise: str) -> str:
    """What to do about the error."""
    return error.fix if isinstance(error, RefusedPathError) else otherwise


def real_tops(folders: Iterable[str]) -> tuple[str, ...]:
    """The real paths of guarded folders, outermost first."""
    return tuple(sorted({os.path.realpath(folder) for folder in folders}, key=len))


def resolve(path: str, tops: Sequence[str]) -> str:
    """The path with the links followed that lie outside of the guarded folders; a link inside, at the path's end, stays.

    `path` is absolute and without `..`; what it names need not exist. `tops`: from `real_tops`. Raises RefusedPathError where the path
    passes through a link inside, OSError for links that never end.
    """
    resolved, names, followed = "/", path.split("/")[::-1], 0
    while names:
        name = names.pop()
        if name in ("", "."):
            continue
        if name == "..":
            resolved = os.path.dirname(resolved)
            continue
        entry = os.path.join(resolved, name)
        target = _target_of_link(entry)
        if target is None:
            resolved = entry
            continue
        top = top_of(resolved, tops)
        if top and not names:
            return entry
        if top:
            raise RefusedPathError(*_link_refusal(os.path.relpath(entry, top), "a folder"))
        followed += 1
        if followed > _MAX_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        resolved = "/" if target.startswith("/") else resolved
        names += [name for name in target.split("/")[::-1] if name]
    return resolved


def top_of(path: str, tops: Sequence[str]) -> str:
    """The outermost of the folders that a path is in, or is; "" for none."""
    return next((top for top in tops if is_within(path, top)), "")


def open_folder(top: str, names: Sequence[str], make: Callable[[int, str], None] | None = None) -> int:
    """A descriptor, to be closed, of the folder that the names lead to from `top`; for `dir_fd` alone. `make` is called with the folder above
    and the name where there is none. Raises RefusedPathError for a link, and other OSErrors."""
    folder = os.open(top, _FOLDER)
    for depth, name in enumerate(names, 1):
        above = folder
        try:
            try:
                folder = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=above)
            except FileNotFoundError:
                if make is None:
                    raise
                make(above, name)
                folder = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=above)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR) and stat.S_ISLNK(os.lstat(name, dir_fd=above).st_mode):
                raise RefusedPathError(*_link_refusal("/".join(names[:depth]), "a folder")) from error
            raise
        finally:
            os.close(above)
    return folder


class OpenFolder:
    """The folder that was opened last, kept open for the next file in it: for files one folder after the other. Closed with this object."""

    __slots__ = ("_descriptor", "_path")

    def __init__(self) -> None:
        self._path = ("", "")
        self._descriptor = -1

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def open(self, top: str, folder: str) -> int:
        """The descriptor of a folder in `top`, for `dir_fd` until the next call. Raises as `open_folder` does."""
        if self._descriptor < 0 or self._path != (top, folder):
            self.close()
            self._descriptor = open_folder(top, folder.split("/") if folder else ())
            self._path = (top, folder)
        return self._descriptor


def existing_file(folder: int, name: str, path: str) -> os.stat_result | None:
    """The status of a regular file in an open folder; None where the name is free. `path`: as errors show it.

    Raises LinkedFileError, RefusedPathError for a pipe, a device or a socket, IsADirectoryError for a folder.
    """
    try:
        status = os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(status.st_mode):
        raise LinkedFileError(*_link_refusal(path, "a file"))
    require_regular(status, path)
    return status


def require_regular(status: os.stat_result, path: str) -> None:
    """Raises RefusedPathError for what is no regular file, IsADirectoryError for a folder."""
    if not stat.S_ISREG(status.st_mode):
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, f"{shown_path(path)} is a folder")
        raise RefusedPathError(f"{shown_path(path)} is not a regular file", "Put a file in its place.")


def _target_of_link(path: str) -> str | None:
    try:
        return os.readlink(path)
    except OSError:
        return None  # no link, or not there


def _link_refusal(path: str, kind: str) -> tuple[str, str]:
    return f"{shown_path(path)} is a symbolic link, which is not followed", f"Replace the symbolic link by {kind}."
