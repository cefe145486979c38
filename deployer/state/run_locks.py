"""Which runs on this machine are still going: a locked file for each. The kernel lets go of a lock when a process ends, however it ends."""

import fcntl
import hashlib
import os
import re

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class RunLocks:
    """The files lie in `folder`. A run that was killed leaves its own behind, unlocked; whoever looks for that run takes it away."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._held: dict[str, int] = {}

    def enter(self, run: str) -> None:
        """Say that this run is going, until `leave` or the end of the process. Raises OSError."""
        if run in self._held:
            return
        os.makedirs(self.folder, exist_ok=True)
        while True:
            file = os.open(self._path(run), os.O_RDWR | os.O_CREAT, 0o666)
            fcntl.flock(file, fcntl.LOCK_SH)  # jobs of one run share its name
            if os.fstat(file).st_nlink:
                break
            os.close(file)  # another one took it away in between
        self._held[run] = file

    def leave(self) -> None:
        for run, file in self._held.items():
            _delete(self._path(run), file)
            os.close(file)
        self._held.clear()

    def is_alive(self, run: str) -> bool:
        """Also where that cannot be told, but for a run without a file: that one never was here, or has left."""
        try:
            file = os.open(self._path(run), os.O_RDWR)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        try:
            return not _delete(self._path(run), file)
        finally:
            os.close(file)

    def __del__(self) -> None:
        for file in self._held.values():
            os.close(file)

    def _path(self, run: str) -> str:
        name = run if _PLAIN.fullmatch(run) else hashlib.sha256(run.encode("utf-8", "replace")).hexdigest()
        return os.path.join(self.folder, name)


def _delete(path: str, file: int) -> bool:
    """Is nobody else holding it? Then it goes."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True
