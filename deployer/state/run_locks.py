"""Which runs on this machine are still going: one locked file each. The kernel releases the lock when the process ends, however it ends."""

import fcntl
import hashlib
import os
import re

from deployer.formats import file_writer
from deployer.formats.guarded_paths import RefusedPathError

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class RunLocks:
    """The lock files are in `folder`, and belong to the owner of `root`. A killed run leaves its file behind, unlocked; `is_alive` deletes it."""

    def __init__(self, folder: str, root: str = "") -> None:
        self.folder = folder
        self._root = root or folder
        self._held: dict[str, int] = {}

    def acquire(self, run: str) -> None:
        """Mark this run as alive until `release` or the end of the process. Raises OSError."""
        if run in self._held:
            return
        while True:
            file = file_writer.open_file(self._root, self._path(run), os.O_RDWR | os.O_CREAT)
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_nlink:
                break
            os.close(file)  # another process deleted it in between
        self._held[run] = file

    def release(self) -> None:
        for run, file in self._held.items():
            self._delete_unless_locked(run, file)
            os.close(file)
        self._held.clear()

    def is_alive(self, run: str) -> bool:
        """False for a run without a lock file (a symbolic link is none) or whose file is unlocked; True where the file cannot be opened."""
        try:
            file = file_writer.open_file(self._root, self._path(run), os.O_RDWR)
        except (FileNotFoundError, RefusedPathError):
            return False
        except OSError:
            return True
        try:
            return not self._delete_unless_locked(run, file)
        finally:
            os.close(file)

    def __del__(self) -> None:
        for file in self._held.values():
            os.close(file)

    def _path(self, run: str) -> str:
        name = run if _PLAIN.fullmatch(run) else hashlib.sha256(run.encode("utf-8", "replace")).hexdigest()
        return os.path.join(self.folder, name)

    def _delete_unless_locked(self, run: str, file: int) -> bool:
        """Delete the run's file unless another process holds its lock. Returns True when none does."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file_writer.delete(self._root, self._path(run))
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True
