"""Where a run's files are: the workspace, the folder that the input `root` names, and the top of the repository.

What a person gives (manifest, files, reports) is relative to `root`'s folder. What is shown, and read at other commits (findings, annotations,
SARIF, the JSON report, GitHub's API), is relative to the repository's top. Paths are translated once, here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from deployer.model.named_tuple import NamedTuple
from deployer.model.text import nfc

GIT = ".git"


class Places(NamedTuple):
    """Absolute paths. `workspace`: the runner's; on a command line the current folder. `top`: the repository's. `folder`: what `root` names.

    `is_guess`: no `.git` says where the top is.
    """

    workspace: str
    top: str
    folder: str
    is_guess: bool = False

    def from_top(self, path: str) -> str:
        """A path that was given relative to the folder, relative to the top, with `/`. An absolute one stays."""
        if os.path.isabs(path) or self.top == self.folder:
            return path
        return _relative(os.path.join(self.folder, path), self.top)

    def manifest_from_top(self, manifest: str) -> str:
        """The same for the manifest: without `.` parts, and as the file system has its name, with `.yaml` where there is no `.yml`."""
        path = os.path.normpath(self.from_top(manifest)).replace(os.sep, "/")
        inside = os.path.isabs(path) and is_within(path, self.top)
        path = _relative(path, self.top) if inside else path
        path = path if os.path.isabs(path) else stored_form(self.top, path)
        other = other_yaml_suffix(path)
        is_other = other and not os.path.lexists(os.path.join(self.top, path)) and os.path.isfile(os.path.join(self.top, other))
        return other if is_other else path

    def pattern_from_top(self, pattern: str) -> str:
        """The same for a glob: the folder's own name is no pattern."""
        prefix, path = self.from_top("."), self.from_top(pattern)
        return glob_text(prefix) + path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path

    def from_workspace(self, path: str) -> str:
        """A path that was given relative to the folder, as a later step opens it: relative to the workspace; "" for one outside of it."""
        workspace, full_path = os.path.realpath(self.workspace), os.path.join(self.folder, path)
        real = os.path.join(os.path.realpath(os.path.dirname(full_path)), os.path.basename(full_path))
        return _relative(real, workspace) if is_within(real, workspace) else ""

    def possible_tops(self, manifest: str) -> Iterator[str]:
        """The workspace, and each folder in it on the way down to the manifest's."""
        start = os.path.dirname(os.path.normpath(os.path.join(self.folder, manifest)))
        inner = _relative(start, self.workspace) if is_within(start, self.workspace) else "."
        top = self.workspace
        yield top
        for name in () if inner == "." else inner.split("/"):
            top = os.path.join(top, name)
            yield top


def resolve_places(root: str, manifest: str, *, current: str, workspace: str = "") -> Places:
    """The places of a run in the folder `current`. `workspace`: the runner's, "" without one. `root` and `manifest` as they were given.

    The top is the nearest folder with `.git` at or above the manifest, in the workspace where there is one; else the workspace, else the
    current folder, or a `root` outside of it.
    """
    base, bound = os.path.abspath(current), os.path.abspath(workspace) if workspace else ""
    bound = bound if bound and is_within(base, bound) else ""
    folder = os.path.normpath(os.path.join(base, stored_form(base, root)))
    top = find_top(os.path.dirname(os.path.join(folder, manifest)), bound)
    fallback = bound or (base if is_within(folder, base) else folder)
    return Places(bound or base, top or fallback, folder, is_guess=not top)


def find_top(start: str, bound: str = "") -> str:
    """The nearest folder at or above `start` that holds `.git` (a folder, or a worktree's file); "" for none, or none up to `bound`."""
    folder = os.path.abspath(start)
    while not os.path.exists(os.path.join(folder, GIT)):
        above = os.path.dirname(folder)
        if folder in (above, bound):
            return ""
        folder = above
    return folder


def other_yaml_suffix(path: str) -> str:
    """The path with `.yaml` for `.yml`, or the other way round; "" for any other suffix."""
    stem, suffix = os.path.splitext(path)
    other = {".yml": ".yaml", ".yaml": ".yml"}.get(suffix, "")
    return stem + other if other else ""


def stored_form(root: str, path: str) -> str:
    """The path as the file system has it, where a name in it differs in Unicode's form alone (NFC, NFD); else as it is. `path` is relative."""
    if path.isascii() or os.path.lexists(os.path.join(root, path)):
        return path
    folder = ""
    for name in path.split("/"):
        full_path = os.path.join(root, folder, name)
        folder = os.path.join(folder, name if os.path.lexists(full_path) else _same_name(os.path.join(root, folder), name))
    return folder if os.path.lexists(os.path.join(root, folder)) else path


def _same_name(folder: str, name: str) -> str:
    """The name of an entry of the folder that is the same in NFC; else `name`."""
    try:
        return next((entry for entry in os.listdir(folder) if nfc(entry) == nfc(name)), name)
    except OSError:
        return name


def is_within(path: str, folder: str) -> bool:
    """Whether an absolute path is the folder, or in it."""
    return os.path.join(path, "").startswith(os.path.join(folder, ""))


def below(folder: str, path: str) -> str:
    """`path`, which was written relative to `folder`, relative to what the folder is relative to. Untouched where there is nothing to join."""
    return path if folder in ("", ".") or not path or os.path.isabs(path) else os.path.normpath(f"{folder}/{path}").replace(os.sep, "/")


def glob_text(text: str) -> str:
    """A glob that matches this text and nothing else."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in text)


def _relative(path: str, folder: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")
