"""Putting files in place, whole or not at all: a temporary file beside it, and then its name."""

import os
import tempfile
from contextlib import suppress

from deployer.model.errors import FlowshipError


def create(root: str, path: str, content: bytes) -> bool:
    """A new file, with the folders above it. False when something of that name is there: nothing is ever overwritten.

    Raises FlowshipError when it cannot be written, or would lie outside of `root`, through a symbolic link perhaps.
    """
    whole = _inside(root, path)
    try:
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        temporary = _written(whole, content)
        try:
            return _named(temporary, whole)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
    except OSError as error:
        raise _refused(path, error) from error


def replace(root: str, path: str, content: bytes) -> None:
    """Another content for a file that is there; where it is a symbolic link, for the file it leads to. Raises FlowshipError as `create` does."""
    whole = os.path.realpath(_inside(root, path))
    try:
        temporary = _written(whole, content)
        os.chmod(temporary, os.stat(whole).st_mode & 0o7777)
        os.replace(temporary, whole)
    except OSError as error:
        raise _refused(path, error) from error


def _inside(root: str, path: str) -> str:
    whole, top = os.path.join(root, path), os.path.realpath(root)
    if not os.path.join(os.path.realpath(os.path.dirname(whole)), "").startswith(os.path.join(top, "")):
        message = f"{path} would lie outside of the repository."
        raise FlowshipError(message, fix="Put a folder where the symbolic link is.", code="NOT_WRITTEN")
    return whole


def _named(temporary: str, whole: str) -> bool:
    """Give it its name, unless that is taken. A link is the one way that cannot overwrite; not every file system has it."""
    try:
        os.link(temporary, whole)
    except FileExistsError:
        return False
    except OSError:
        if os.path.lexists(whole):
            return False
        os.rename(temporary, whole)
    return True


def _written(whole: str, content: bytes) -> str:
    """The path of a temporary file in the same folder that holds this."""
    handle, temporary = tempfile.mkstemp(prefix=".flowship-", dir=os.path.dirname(whole))
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


def _refused(path: str, error: OSError) -> FlowshipError:
    return FlowshipError(f"{path} cannot be written: {error.strerror or error}.", fix="Check the folder's permissions.", code="NOT_WRITTEN")
