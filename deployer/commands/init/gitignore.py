"""The line of `.gitignore` that keeps `.flowship/` out of git: its state and backups belong to one copy of the repository."""

import os

from deployer.formats import atomic
from deployer.model.errors import UsageError

GITIGNORE = ".gitignore"
FOLDER = ".flowship/"
EQUIVALENT_LINES = frozenset(f"{start}.flowship{end}" for start in ("", "/", "**/") for end in ("", "/", "/*", "/**"))


def ignore(root: str) -> str:
    """Add the line; returns what was done: `written`, `added to`, or "" when `.gitignore` has such a line.

    Raises FlowshipError for a `.gitignore` that cannot be read or written.
    """
    if atomic.create(root, GITIGNORE, f"{FOLDER}\n".encode()):
        return "written"
    try:
        with open(os.path.join(root, GITIGNORE), "rb") as file:
            content = file.read()
    except OSError as error:
        raise UsageError(f"{GITIGNORE} cannot be read: {error.strerror}.", fix=f"Add the line {FOLDER} to it.") from error
    lines = content.decode("utf-8", "replace").splitlines()
    if EQUIVALENT_LINES.intersection(line.strip() for line in lines):
        return ""
    line_break = b"\r\n" if b"\r\n" in content else b"\n"
    joint = line_break if content and not content.endswith(b"\n") else b""
    atomic.replace(root, GITIGNORE, content + joint + FOLDER.encode() + line_break)
    return "added to"
