"""Every file that a run writes into the workspace: definitions, manifest, suites, reports, backups, state. The one place that makes them.

A file gets its content whole or not at all: a temporary file in the same folder is given its name. Files and folders belong to the owner of
the workspace, also where the run is root's, as in the action's container: else the next checkout could not delete them.
"""

import os
import stat
import tempfile
from contextlib import suppress
from typing import NamedTuple

from deployer.model.errors import FlowshipError


class Owner(NamedTuple):
    """A user and a group, by number."""

    uid: int
    gid: int


def create(root: str, path: str, content: bytes) -> bool:
    """Writes a new file of the repository, with the folders above it. False when the name is taken: nothing is ever overwritten.

    Raises FlowshipError when it cannot be written, or would lie outside of `root`, through a symbolic link perhaps.
    """
    target = _target(root, path)
    try:
        owner = _prepare(root, target)
        temporary = _write_temporary(target, content, owner)
        try:
            return _rename_if_free(temporary, target)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
    except OSError as error:
        raise _not_written(path, error) from error


def replace(root: str, path: str, content: bytes) -> None:
    """Replaces the content of an existing file of the repository; of a symbolic link, the file it leads to. Raises FlowshipError as `create`."""
    target = os.path.realpath(_target(root, path))
    try:
        os.stat(target)
        _replace(root, target, content)
    except OSError as error:
        raise _not_written(path, error) from error


def put(root: str, path: str, content: bytes) -> None:
    """Writes a file that an input or option names, new or not, with the folders above it. `path` is relative to `root`, or absolute: then it may
    lie outside, and belongs to the owner of the folder it is in. A device or a pipe is written to. Raises OSError."""
    target = os.path.realpath(os.path.join(root, path))
    if os.path.exists(target) and not os.path.isfile(target):
        with open(target, "wb") as file:
            file.write(content)
    else:
        _replace(root, target, content)


def open_file(root: str, path: str, flags: int) -> int:
    """A descriptor of a file of ours that is written piece by piece (state, locks), with the folders above it; made where `flags` say so.
    `path` as for `put`. Raises OSError."""
    target = os.path.join(root, path)
    owner = _prepare(root, target)
    descriptor = os.open(target, flags | os.O_CLOEXEC, 0o666)
    _give(descriptor, owner)
    return descriptor


def _target(root: str, path: str) -> str:
    target, top = os.path.join(root, path), os.path.realpath(root)
    if not os.path.join(os.path.realpath(os.path.dirname(target)), "").startswith(os.path.join(top, "")):
        message = f"{path} would lie outside of the repository."
        raise FlowshipError(message, fix="Replace the symbolic link by a folder.", code="NOT_WRITTEN")
    return target


def _prepare(root: str, target: str) -> Owner:
    """Makes the folders above a file; returns the owner that they, and the file, are to have."""
    folder = os.path.dirname(os.path.abspath(target))
    missing = []
    while not os.path.isdir(folder):
        if os.path.lexists(folder):
            raise NotADirectoryError(20, "Not a directory", folder)
        missing.append(folder)
        folder = os.path.dirname(folder)
    top = os.path.realpath(root)
    found = os.stat(top if os.path.join(os.path.realpath(folder), "").startswith(os.path.join(top, "")) else folder)
    owner = Owner(found.st_uid, found.st_gid)
    for path in reversed(missing):
        os.makedirs(path, exist_ok=True)  # another run may make it at the same time
        _give(path, owner)
    return owner


def _give(file: int | str, owner: Owner) -> None:
    """Gives a file or folder to its owner. Only root can; where it may not, the file stays as it is."""
    if os.geteuid() == 0:
        with suppress(OSError):
            os.chown(file, *owner)


def _replace(root: str, target: str, content: bytes) -> None:
    """`target` is no symbolic link. An existing file keeps its mode."""
    owner = _prepare(root, target)
    temporary = _write_temporary(target, content, owner)
    try:
        with suppress(FileNotFoundError):
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def _rename_if_free(temporary: str, target: str) -> bool:
    """False when the name is taken. Only a hard link can never overwrite, and not every file system has those."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError:
        if os.path.lexists(target):
            return False
        os.rename(temporary, target)
    return True


def _write_temporary(target: str, content: bytes, owner: Owner) -> str:
    """Writes a temporary file in the folder of `target`; returns its path."""
    handle, temporary = tempfile.mkstemp(prefix=".flowship-", dir=os.path.dirname(target))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            _give(file.fileno(), owner)
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _not_written(path: str, error: OSError) -> FlowshipError:
    return FlowshipError(f"{path} cannot be written: {error.strerror or error}.", fix="Check the folder's permissions.", code="NOT_WRITTEN")
