"""The local git repository: HEAD, ancestry, files, root. Without git every function returns None or a default.

The container has no git; GitHub's API is used there. Only plumbing commands are used: they run no pager, hook or signature program of a
repository's own configuration.
"""

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from deployer.formats import file_reader
from deployer.formats.places import GIT, find_top
from deployer.model.child_environment import child_environment

if TYPE_CHECKING:
    import subprocess
    import threading

TIMEOUT_S = 10.0
MAX_FILE_BYTES = 64 * 1024  # of a file in `.git`: HEAD, a branch
MAX_PACKED_REFS_BYTES = 64 * 1024 * 1024  # about a million branches and tags
_COMMIT = re.compile(r"[0-9a-f]{4,64}")
_FULL_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_BRANCH = re.compile(r"refs/(?:(?!\.\.)[^\x00-\x20\x7f])+")
_BLOB_HEAD = re.compile(rb"[0-9a-f]+ (blob|tree|commit|tag) (\d+)\n")


class Commit(NamedTuple):
    """`sha` in full; `subject` is the message's first line."""

    sha: str
    subject: str


def head(root: str) -> Commit | None:
    """The commit that is checked out; None without a repository or a commit. Without git it is read from the files of `.git`, and has no subject."""
    reply = _git(root, "cat-file", "--batch", text="HEAD\n")
    if reply is None:
        sha = _head_in_files(os.path.join(find_top(root) or os.path.abspath(root), GIT))
        return Commit(sha, "") if sha else None
    first, _, content = reply[1].partition("\n")
    parts = first.split()
    if reply[0] != 0 or len(parts) != 3 or parts[1] != "commit":
        return None
    _, _, message = content.partition("\n\n")
    subject = " ".join(message.strip().partition("\n\n")[0].split())
    return Commit(parts[0], subject)


def _head_in_files(git: str) -> str:
    """The commit in HEAD, or that its branch is at; "" when there is none. `git`: the folder `.git`, or a worktree's or submodule's file, which
    names it."""
    try:
        pointer = _first_line(git) if os.path.isfile(git) else ""
        folder = os.path.join(os.path.dirname(git), pointer.removeprefix("gitdir: ")) if pointer else git
        common = os.path.join(folder, "commondir")
        shared = os.path.join(folder, _first_line(common)) if os.path.exists(common) else folder
        head = _first_line(os.path.join(folder, "HEAD"))
        branch = head.removeprefix("ref: ") if head.startswith("ref: ") else ""
        commit = _commit_of_branch(shared, branch) if _BRANCH.fullmatch(branch) else head
    except (OSError, UnicodeDecodeError):
        return ""
    return commit if _FULL_COMMIT.fullmatch(commit) else ""


def _commit_of_branch(git: str, branch: str) -> str:
    path = os.path.join(git, branch)
    if os.path.exists(path):
        return _first_line(path)
    rows = (line.split() for line in file_reader.read(os.path.join(git, "packed-refs"), MAX_PACKED_REFS_BYTES).decode("utf-8", "replace").split("\n"))
    return next((row[0] for row in rows if row[1:] == [branch]), "")


def _first_line(path: str) -> str:
    return file_reader.read(path, MAX_FILE_BYTES).decode().partition("\n")[0].strip()


def commit_of(root: str, name: str) -> str | None:
    """The full commit that a tag, branch or abbreviated commit stands for; None when it cannot be known."""
    if not name or name.startswith("-") or any(char.isspace() for char in name):
        return None
    reply = _git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return reply[1].strip() if reply and reply[0] == 0 else None


def file_at(root: str, commit: str, path: str) -> bytes | None:
    """A file as that commit has it; None when git, the commit or the file is not there. `path` is relative to `root`."""
    if not _COMMIT.fullmatch(commit):
        return None
    reply = _git_bytes(root, "cat-file", "blob", f"{commit}:./{path}")
    return reply[1] if reply and reply[0] == 0 else None


class Files:
    """Files of any number of commits, by one git process that is started when first asked. As tolerant as `file_at`; to be closed."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None
        self._timer: threading.Timer | None = None
        self._given_up = False

    def at(self, commit: str, path: str) -> bytes | None:
        """None when git, the commit or the file is not there, or git is too slow. `path` is relative to the root."""
        if self._given_up or not _COMMIT.fullmatch(commit) or "\n" in path:
            return None
        try:
            return self._ask(f"{commit}:./{path}\n".encode("utf-8", "surrogateescape"))
        except (OSError, ValueError):
            self.close()
            return None

    @property
    def closed(self) -> bool:
        """Whether git has ended, or was too slow: then nothing is found."""
        return self._given_up

    def close(self) -> None:
        """Ends git. Nothing is found any more."""
        self._given_up = True
        if self._timer:
            self._timer.cancel()
        if self._process:
            self._process.kill()
            self._process.communicate()

    def _ask(self, line: bytes) -> bytes | None:
        process = self._process or self._start()
        if process.stdin is None or process.stdout is None:
            return None
        process.stdin.write(line)
        process.stdin.flush()
        head = process.stdout.readline()
        if not head:
            raise OSError("git has ended")
        header = _BLOB_HEAD.fullmatch(head)
        if header is None:
            return None  # `… missing`
        size = int(header[2])
        content = process.stdout.read(size + 1)[:-1]
        return content if header[1] == b"blob" and len(content) == size else None

    def _start(self) -> "subprocess.Popen[bytes]":
        import subprocess
        import threading

        self._process = subprocess.Popen(  # noqa: S603 - fixed words, no shell
            [*_command(self._root), "cat-file", "--batch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        self._timer = threading.Timer(TIMEOUT_S, self._process.kill)
        self._timer.daemon = True
        self._timer.start()
        return self._process


def is_ancestor(root: str, older: str, newer: str) -> bool | None:
    """Is `older` an ancestor of (or the same as) `newer`? None when it cannot be known: no git, unknown commits, a shallow clone."""
    if not (_COMMIT.fullmatch(older) and _COMMIT.fullmatch(newer)):
        return None
    reply = _git(root, "merge-base", "--is-ancestor", older, newer)
    if reply is None or reply[0] not in (0, 1):
        return None
    if reply[0] == 0:
        return True
    shallow = _git(root, "rev-parse", "--is-shallow-repository")
    return False if shallow is not None and shallow[1].strip() == "false" else None


def _git(root: str, *arguments: str, text: str = "") -> tuple[int, str] | None:
    reply = _git_bytes(root, *arguments, text=text)
    return (reply[0], reply[1].decode("utf-8", "replace")) if reply else None


def _git_bytes(root: str, *arguments: str, text: str = "") -> tuple[int, bytes] | None:
    """Exit code and output; None when git is missing or too slow. No shell; a checkout that another user owns is read all the same."""
    import subprocess

    command = [*_command(root), *arguments]
    try:
        finished = subprocess.run(command, input=text.encode(), capture_output=True, timeout=TIMEOUT_S, env=_environment(), check=False)  # noqa: S603 - fixed words, no shell
    except (OSError, subprocess.SubprocessError):
        return None
    return finished.returncode, finished.stdout


def _command(root: str) -> list[str]:
    return ["git", "-c", f"safe.directory={os.path.abspath(root)}", "-c", "safe.directory=*", "-C", root]


def _environment() -> dict[str, str]:
    return child_environment(os.environ) | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
