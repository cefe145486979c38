"""Every file that a run writes into the workspace: definitions, manifest, suites, reports, backups, state. The one place that makes them.

A file gets its content whole or not at all: a temporary file in the same folder is given its name. No symbolic link in the workspace or the
repository is followed (`guarded_paths`). Files and folders that are made belong to the owner of the workspace, also where the run is root's, as
in the action's container: else the next checkout could not delete them.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import NamedTuple

from deployer.formats import guarded_paths
from deployer.formats.guarded_paths import LinkedFileError, RefusedPathError
from deployer.formats.quoting import shown_path
from deployer.model.errors import FlowshipError

_TRIES = 100  # to open a file that other processes make and delete meanwhile


class Owner(NamedTuple):
    """A user and a group, by number."""

    uid: int
    gid: int


class _Place(NamedTuple):
    """Where a file is: its folder's descriptor, its name there, its path as errors show it, and the owner that it is to have."""

    folder: int
    name: str
    path: str
    owner: Owner


def create(root: str, path: str, content: bytes) -> bool:
    """Writes a new file of the repository, with the folders above it. False when the name is taken: nothing is ever overwritten.

    Raises FlowshipError when it cannot be written, or would lie outside of `root`, or below a symbolic link.
    """
    try:
        with _place_inside(root, path) as place:
            temporary = _write_temporary(place, content)
            try:
                return _rename_if_free(place, temporary)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(temporary, dir_fd=place.folder)
    except OSError as error:
        raise _not_written(path, error) from error


def replace(root: str, path: str, content: bytes) -> None:
    """Replaces the content of an existing file of the repository, and keeps its mode. Raises FlowshipError as `create`, also for a link."""
    try:
        with _place_inside(root, path, make=False) as place:
            status = guarded_paths.existing_file(place.folder, place.name, path)
            if status is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            _replace(place, content, status)
    except OSError as error:
        raise _not_written(path, error) from error


def put(folder: str, path: str, content: bytes | Iterable[bytes], guarded: Iterable[str] = ()) -> None:
    """Writes a file that an input or option names, new or not, with the folders above it. `path` is relative to `folder`, or absolute. `content`:
    in one piece or in parts.

    In `folder`, and in the `guarded` ones besides, no symbolic link is followed: one that has the file's name is replaced by the file. Outside
    of them lies only what is named by an absolute path: it belongs to the owner of the folder it is in, and a device or a pipe is written to.
    Raises OSError.
    """
    tops = guarded_paths.real_tops((folder, *guarded))
    target = os.path.abspath(os.path.join(folder, path))
    resolved = guarded_paths.resolve(target, tops)
    top = guarded_paths.top_of(resolved, tops)
    if not top and not os.path.isabs(path):
        raise RefusedPathError(f"{shown_path(path)} leads out of the workspace", "Name a file in the workspace, or write an absolute path.")
    if not top and _is_device(target):
        with open(target, "wb") as file:
            file.writelines(_pieces(content))
        return
    with _place_at(top, resolved) as place:
        _replace(place, content, _replaced_file(place))


def open_file(root: str, path: str, flags: int) -> int:
    """A descriptor of a file of ours that is written piece by piece (state, locks); with O_CREAT it is made, with the folders above it, and a
    symbolic link that has its name is replaced. `path`: in `root`. Raises OSError, LinkedFileError without O_CREAT."""
    with _place_inside(root, path, make=bool(flags & os.O_CREAT)) as place:
        if not flags & os.O_CREAT:
            guarded_paths.existing_file(place.folder, place.name, place.path)
            return _open_regular(place, flags)
        for _ in range(_TRIES):
            with suppress(FileNotFoundError, FileExistsError):  # deleted, or made, in between
                return _open_or_make(place, flags)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def delete(root: str, path: str) -> None:
    """Deletes a file of ours in `root`; below a symbolic link nothing. Raises OSError."""
    with _place_inside(root, path, make=False) as place:
        os.unlink(place.name, dir_fd=place.folder)


@contextmanager
def _place_inside(root: str, path: str, *, make: bool = True) -> Iterator[_Place]:
    """The place of a file that must be in `root`."""
    tops = guarded_paths.real_tops((root,))
    resolved = guarded_paths.resolve(os.path.abspath(os.path.join(root, path)), tops)
    if not guarded_paths.top_of(resolved, tops):
        raise RefusedPathError(f"{shown_path(path)} would lie outside of the repository", "Name a file in the repository.")
    with _place_at(tops[0], resolved, make=make) as place:
        yield place


@contextmanager
def _place_at(top: str, path: str, *, make: bool = True) -> Iterator[_Place]:
    """The place of a resolved path, with the folders above it made. `top`: the guarded folder that it is in, "" for none."""
    if path in (top, "/"):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    while top and not os.path.isdir(top):
        top = os.path.dirname(top)
    owner = _owner_of(os.stat(top)) if top else None
    relative = os.path.relpath(path, top or "/")
    *names, name = relative.split("/")
    folder = guarded_paths.open_folder(top or "/", names, partial(_make_folder, owner) if make else None)
    try:
        yield _Place(folder, name, relative if top else path, owner or _owner_of(os.fstat(folder)))
    finally:
        os.close(folder)


def _make_folder(owner: Owner | None, above: int, name: str) -> None:
    """Makes a folder for the owner, else for that of the folder above."""
    with suppress(FileExistsError):  # another run may make it at the same time
        os.mkdir(name, dir_fd=above)
        made = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
        try:
            _give(made, owner or _owner_of(os.fstat(above)))
        finally:
            os.close(made)


def _owner_of(status: os.stat_result) -> Owner:
    return Owner(status.st_uid, status.st_gid)


def _give(made: int, owner: Owner) -> None:
    """Gives a file or folder that was just made to its owner; by descriptor, so never another one. Only root can; where it may not, it stays."""
    if os.geteuid() == 0:
        with suppress(OSError):
            os.fchown(made, *owner)


def _is_device(path: str) -> bool:
    """Whether that is a device, a pipe or a socket."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _replaced_file(place: _Place) -> os.stat_result | None:
    """The status of the file that is about to be replaced; None for none, and for a link. Raises OSError for what is neither."""
    try:
        return guarded_paths.existing_file(place.folder, place.name, place.path)
    except LinkedFileError:
        return None


def _open_or_make(place: _Place, flags: int) -> int:
    """`flags` are with O_CREAT. Raises FileNotFoundError or FileExistsError where another process deletes or makes the file meanwhile."""
    try:
        if guarded_paths.existing_file(place.folder, place.name, place.path):
            return _open_regular(place, flags & ~os.O_CREAT)
    except LinkedFileError:
        os.unlink(place.name, dir_fd=place.folder)
    descriptor = _open_regular(place, flags | os.O_EXCL)
    _give(descriptor, place.owner)
    return descriptor


def _open_regular(place: _Place, flags: int) -> int:
    descriptor = os.open(place.name, flags | guarded_paths.FILE_FLAGS, 0o666, dir_fd=place.folder)
    try:
        guarded_paths.require_regular(os.fstat(descriptor), place.path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _replace(place: _Place, content: bytes | Iterable[bytes], existing: os.stat_result | None) -> None:
    """Whatever has the name, a link too, is replaced. The mode of an existing file is kept."""
    temporary = _write_temporary(place, content, stat.S_IMODE(existing.st_mode) & 0o777 if existing else None)
    try:
        os.replace(temporary, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
    except BaseException:
        os.unlink(temporary, dir_fd=place.folder)
        raise


def _rename_if_free(place: _Place, temporary: str) -> bool:
    """False when the name is taken. Only a hard link can never overwrite, and not every file system has those."""
    try:
        os.link(temporary, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError:
        with suppress(FileNotFoundError):
            os.lstat(place.name, dir_fd=place.folder)
            return False
        os.rename(temporary, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
    return True


def _pieces(content: bytes | Iterable[bytes]) -> Iterable[bytes]:
    return (content,) if isinstance(content, bytes) else content


def _write_temporary(place: _Place, content: bytes | Iterable[bytes], mode: int | None = None) -> str:
    """Writes a temporary file in the folder, with that mode; returns its name."""
    temporary = f".flowship-{os.urandom(8).hex()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=place.folder)
    try:
        with os.fdopen(handle, "wb") as file:
            _give(file.fileno(), place.owner)
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.writelines(_pieces(content))
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(temporary, dir_fd=place.folder)
        raise
    return temporary


def _not_written(path: str, error: OSError) -> FlowshipError:
    fix = guarded_paths.fix_of(error, "Check the folder's permissions.")
    return FlowshipError(f"{path} cannot be written: {error.strerror or error}.", fix=fix, code="NOT_WRITTEN")
