"""Atomic writes: a temporary file in the same folder, which is then given the name."""

import os
import tempfile
from contextlib import suppress

from deployer.model.errors import FlowshipError


def create(root: str, path: str, content: bytes) -> bool:
    """Writes a new file, with the folders above it. False when the name is taken: nothing is ever overwritten.

    Raises FlowshipError when it cannot be written, or would lie outside of `root`, through a symbolic link perhaps.
    """
    target = _target(root, path)
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        temporary = _write_temporary(target, content)
        try:
            return _rename_if_free(temporary, target)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
    except OSError as error:
        raise _not_written(path, error) from error


def replace(root: str, path: str, content: bytes) -> None:
    """Replaces the content of an existing file; of a symbolic link, the file it leads to. Raises FlowshipError as `create` does."""
    target = os.path.realpath(_target(root, path))
    try:
        mode = os.stat(target).st_mode & 0o7777
        temporary = _write_temporary(target, content)
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except OSError as error:
        raise _not_written(path, error) from error


def _target(root: str, path: str) -> str:
    target, top = os.path.join(root, path), os.path.realpath(root)
    if not os.path.join(os.path.realpath(os.path.dirname(target)), "").startswith(os.path.join(top, "")):
        message = f"{path} would lie outside of the repository."
        raise FlowshipError(message, fix="Replace the symbolic link by a folder.", code="NOT_WRITTEN")
    return target


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


def _write_temporary(target: str, content: bytes) -> str:
    """Writes a temporary file in the folder of `target`; returns its path."""
    handle, temporary = tempfile.mkstemp(prefix=".flowship-", dir=os.path.dirname(target))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
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
