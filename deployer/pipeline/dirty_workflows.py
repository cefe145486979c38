"""Which workflows to write differ from the commit that is recorded with them: in their file, or in what the manifest's `set` lays over it.

The commit's files come from git; where there is none, from GitHub: the list of a folder has the hash of every file, and only files with another
hash are read. Definitions are compared, not bytes. What cannot be read is not called different.
"""

import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from deployer.formats import files
from deployer.manifest import load, resolve
from deployer.model.change import Change, Remove
from deployer.model.errors import FlowshipError
from deployer.model.finding import Finding
from deployer.model.workflow import Workflow
from deployer.pipeline import local_git
from deployer.pipeline.context import RunContext
from deployer.pipeline.project import Project
from deployer.pipeline.revisions import source_in

if TYPE_CHECKING:
    from deployer.github.api import Api

MAX_FOLDERS, MAX_FILES = 20, 50  # from GitHub, a request each; of files beyond that the hash decides
FULL_FOLDER = 1000  # GitHub lists no more files of a folder
MIN_SECONDS_LEFT = 60.0  # the deploy needs them
_LFS = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n")


class DirtyCheck:
    """Marks the changes whose workflow differs from the commit, as far as that can be read. To be closed."""

    def __init__(self, context: RunContext, project: Project) -> None:
        self._context, self._project = context, project
        self._is_known = True
        self._reader: CommitReader | None = None
        self._committed: Mapping[str, Workflow] = {}

    def marked(self, change: Change) -> Change:
        """The change with its mark; the same where it is none that is compared, or the commit cannot be read any more."""
        if not (self._is_known and _is_compared(change)):
            return change
        try:
            reader = self._reader or self._open()
            is_dirty = reader is not None and _is_dirty(self._context, change.workflow, self._committed, reader)
        except FlowshipError:
            self._is_known = is_dirty = False
        return _marked(change, self._context.commit.sha) if is_dirty else change

    def _open(self) -> "CommitReader | None":
        """Raises FlowshipError where the commit's manifest cannot be read."""
        self._reader = reader = _open_reader(self._context)
        self._is_known = reader is not None
        if reader:
            self._committed = _committed_workflows(self._context, self._project, reader)
        return reader

    def close(self) -> None:
        if self._reader:
            self._reader.close()


def _is_compared(change: Change) -> bool:
    return change.writes and not (change.preview or change.restored or isinstance(change, Remove))


def _marked(change: Change, commit: str) -> Change:
    return replace(change, dirty=True, why="; ".join(filter(None, (change.why, f"differs from commit {commit[:7]}"))))


def _is_dirty(context: RunContext, workflow: Workflow, committed: Mapping[str, Workflow], reader: "CommitReader") -> bool:
    """Raises FlowshipError where the commit's file cannot be read."""
    here, overlay = workflow.source.content, committed.get(workflow.name, workflow).overlay
    content = reader.content(workflow.path, here)
    if content is None or (content == here and overlay == workflow.overlay):
        return content is None
    stored = _LFS.match(content)
    if stored and stored[1].decode() == hashlib.sha256(here).hexdigest():
        content = here
    try:
        source = source_in(context, workflow._replace(overlay=overlay), content, context.commit.sha)
    except FlowshipError:  # its `set` does not fit the file as it was
        return True
    return source is None or source.fingerprint != workflow.fingerprint


def _committed_workflows(context: RunContext, project: Project, reader: "CommitReader") -> Mapping[str, Workflow]:
    """The environment's workflows by name, as the commit's manifest has them, without their definitions; none where it is the one checked out."""
    loaded = files.read_bytes(context.root, project.manifest_path) if project.manifest else None
    if loaded is None or isinstance(loaded, Finding):
        return {}
    content = reader.content(project.manifest_path, loaded[1])
    manifest = load.parse_manifest(context.root, project.manifest_path, content)[0] if content and content != loaded[1] else None
    targets = resolve.list_targets(manifest) if manifest else ()
    return {workflow.name: workflow for environment, workflow in targets if environment == project.environment}


class CommitReader(Protocol):
    """Files as the commit has them."""

    def content(self, path: str, here: bytes) -> bytes | None:
        """None where the commit has no such file. `here`: as it is checked out. Raises FlowshipError where that cannot be known."""

    def close(self) -> None: ...


def _open_reader(context: RunContext) -> CommitReader | None:
    commit, github = context.commit.sha, context.services.github
    if commit and local_git.commit_of(context.root, commit) == commit:
        return GitReader(context.root, commit)
    in_time = not context.clock.stopped and context.clock.remaining >= MIN_SECONDS_LEFT
    return GithubReader(github.api, commit) if commit and github and in_time else None


class GitReader:
    """By git, which has the commit."""

    def __init__(self, root: str, commit: str) -> None:
        self._files = local_git.Files(root)
        self._commit = commit

    def content(self, path: str, here: bytes) -> bytes | None:  # noqa: ARG002 - GitHub's reader needs it
        content = self._files.at(self._commit, path)
        if self._files.closed:
            raise FlowshipError("git does not answer")
        return content

    def close(self) -> None:
        self._files.close()


class GithubReader:
    """By GitHub's API, with as few requests as possible."""

    def __init__(self, api: "Api", commit: str) -> None:
        self._api = api
        self._commit = commit
        self._folders: dict[str, Mapping[str, str]] = {}
        self._files = 0
        self._found = False  # a file at its path: the folder that paths are relative to is the repository's top

    def content(self, path: str, here: bytes) -> bytes | None:
        from deployer.github import commits

        listed = self._list(posixpath.dirname(path))
        blob = listed.get(path, "")
        self._found = self._found or blob != ""
        if not self._found:
            raise FlowshipError("The commit has nothing at this path. It may have been checked out in a subfolder.")
        if (not blob and len(listed) < FULL_FOLDER) or blob == _blob_hash(here, blob):
            return here if blob else None
        self._files += 1
        return commits.read_file(self._api, self._commit, path) if self._files <= MAX_FILES else b""

    def _list(self, folder: str) -> Mapping[str, str]:
        from deployer.github import commits

        if folder not in self._folders:
            if len(self._folders) >= MAX_FOLDERS:
                raise FlowshipError("The commit's files are in too many folders.")
            self._folders[folder] = commits.list_folder(self._api, self._commit, folder) or {}
        return self._folders[folder]

    def close(self) -> None:
        """Nothing is held."""


def _blob_hash(content: bytes, like: str) -> str:
    """The hash that git gives a file; SHA-256 in a repository that has such hashes."""
    algorithm = hashlib.sha1 if len(like) == hashlib.sha1(usedforsecurity=False).digest_size * 2 else hashlib.sha256
    return algorithm(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
