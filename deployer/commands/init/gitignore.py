"""Keeping `.flowship/` out of git: what is remembered there belongs to one copy of the repository, and so does what was saved there."""

import os

from deployer.formats import atomic
from deployer.model.errors import UsageError

GITIGNORE = ".gitignore"
FOLDER = ".flowship/"
SAME = frozenset(f"{start}.flowship{end}" for start in ("", "/", "**/") for end in ("", "/", "/*", "/**"))


def ignore(root: str) -> str:
    """What was done about it, in a word: `written`, `added to`, or "" where a line of `.gitignore` says it already.

    Raises FlowshipError for a `.gitignore` that cannot be read or written.
    """
    if atomic.create(root, GITIGNORE, f"{FOLDER}\n".encode()):
        return "written"
    try:
        with open(os.path.join(root, GITIGNORE), "rb") as file:
            before = file.read()
    except OSError as error:
        raise UsageError(f"{GITIGNORE} cannot be read: {error.strerror}.", fix=f"Put the line {FOLDER} into it.") from error
    lines = before.decode("utf-8", "replace").splitlines()
    if SAME.intersection(line.strip() for line in lines):
        return ""
    line_break = b"\r\n" if b"\r\n" in before else b"\n"
    joint = line_break if before and not before.endswith(b"\n") else b""
    atomic.replace(root, GITIGNORE, before + joint + FOLDER.encode() + line_break)
    return "added to"
