"""Every file that a run reads, but for those of the package, of the runner and of certificates: regular files of a limited size.

A pipe, a device or a socket, through a symbolic link too, is refused and never read: that may not end.
"""

import os
from collections.abc import Iterable

from deployer.formats import guarded_paths
from deployer.formats.guarded_paths import RefusedPathError
from deployer.formats.quoting import shown_path


class TooLargeError(RefusedPathError):
    """A file with more bytes than such a file has. `size`: how many."""

    def __init__(self, path: str, size: int, max_bytes: int) -> None:
        super().__init__(f"{shown_path(path)} has {size:,} bytes, and the limit is {max_bytes:,}", "Move it away.")
        self.size = size


def read(path: str, max_bytes: int, *, within: str = "", name: str = "") -> bytes:
    """The bytes of a regular file. `within`: a real folder above it, in which no symbolic link is followed; without it, links are. `name`: the
    file as errors show it, where it was named otherwise.

    Raises OSError, whose `strerror` says what is wrong: RefusedPathError for what is no regular file, or a link; TooLargeError.
    """
    if not within:
        guarded_paths.require_regular(os.stat(path), name or path)
        return _content(os.open(path, os.O_RDONLY | guarded_paths.FILE_FLAGS & ~os.O_NOFOLLOW), name or path, max_bytes)
    relative = path.removeprefix(os.path.join(within, ""))
    *names, last = relative.split("/")
    folder = guarded_paths.open_folder(within, names)
    try:
        descriptor = os.open(last, os.O_RDONLY | guarded_paths.FILE_FLAGS, dir_fd=folder)
    except OSError:
        guarded_paths.existing_file(folder, last, name or relative)  # says more, where it is no regular file
        raise
    finally:
        os.close(folder)
    return _content(descriptor, name or relative, max_bytes)


def read_in_folder(folder: int, name: str, max_bytes: int) -> bytes:
    """The bytes of a regular file in an open folder. Raises OSError; for a symbolic link too."""
    return _content(os.open(name, os.O_RDONLY | guarded_paths.FILE_FLAGS, dir_fd=folder), name, max_bytes)


def read_inside(folder: str, path: str, max_bytes: int, guarded: Iterable[str] = ()) -> bytes:
    """The bytes of a regular file; a symbolic link counts as the file it leads to. `path` is relative to `folder`, or absolute.

    Raises as `locate`, and as `read` does.
    """
    real, top = locate(folder, path, guarded)
    return read(real, max_bytes, within=top, name=path)


def locate(folder: str, path: str, guarded: Iterable[str] = ()) -> tuple[str, str]:
    """The real path of what need not exist, and the outermost of `folder` and the `guarded` folders that it is in, "" for none.

    Raises RefusedPathError for a path in one of them that leads out through a symbolic link.
    """
    folders = (folder, *guarded)
    target = os.path.abspath(os.path.join(folder, path))
    real, tops = os.path.realpath(target), guarded_paths.real_tops(folders)
    top = guarded_paths.top_of(real, tops)
    if not top and guarded_paths.top_of(target, (*tops, *map(os.path.abspath, folders))):
        raise RefusedPathError(f"{shown_path(path)} leads out of the repository through a symbolic link", "Put the file itself into the repository.")
    return real, top


def _content(descriptor: int, path: str, max_bytes: int) -> bytes:
    """The bytes of an open file, which is closed. By descriptor: a file object costs twice as much as reading does."""
    try:
        status = os.fstat(descriptor)
        guarded_paths.require_regular(status, path)
        size = status.st_size
        if size > max_bytes:
            raise TooLargeError(path, size, max_bytes)
        content = os.read(descriptor, size)
        while len(content) < size and (more := os.read(descriptor, size - len(content))):
            content += more
        return content
    finally:
        os.close(descriptor)
