"""A pull request's base branch: its manifest and files, which opening a pull request cannot change."""

from collections.abc import Callable
from typing import NamedTuple

from deployer.config.settings import Settings
from deployer.formats import files, paths, submodules
from deployer.manifest import load as manifests
from deployer.manifest.model import Manifest
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.finding import Finding
from deployer.pipeline.context import RunContext
from deployer.pipeline.revisions import content_at


class BaseBranch(NamedTuple):
    """`manifest` is None where none can be used, for the reason `why`. `content` returns a file, None where it does not exist, and raises
    FlowshipError where GitHub fails."""

    manifest: Manifest | None
    content: Callable[[str], bytes | None]
    why: str = ""

    def submodule_of(self, path: str) -> str:
        """The submodule that a file lies in, so that its absence from the base branch says nothing; "" where there is none, or none is known."""
        try:
            return submodules.submodule_of(path, self.content(submodules.FILE) or b"")
        except FlowshipError:
            return ""


def of_pull_request(context: RunContext) -> BaseBranch:
    """The base branch at the event's commit, from the local git, else from GitHub. Raises FlowshipError where GitHub fails, UsageError where a
    preview key is also a deploy key there."""
    commit = context.event.base_sha

    def content(path: str) -> bytes | None:
        return content_at(context, path, commit) if commit else None

    if not commit:
        return BaseBranch(None, content, "the event does not name the base branch's commit")
    here = "" if context.services.github else ", as far as can be seen without a `github-token`,"
    return _read(context.settings, context.root, content, f"the base branch{here}")


def of_checkout(context: RunContext) -> BaseBranch:
    """The files as checked out: for runs on the default branch itself."""

    def content(path: str) -> bytes | None:
        loaded = files.read_bytes(context.root, path)
        return None if isinstance(loaded, Finding) else loaded[1]

    return _read(context.settings, context.root, content, "what is checked out")


def _read(settings: Settings, root: str, content: Callable[[str], bytes | None], where: str) -> BaseBranch:
    if settings.selection.files:
        return BaseBranch(None, content, "previews take a manifest, and `files` names files without one")
    path = paths.relative(root, settings.selection.manifest)
    raw = content(path)
    if raw is None:
        return BaseBranch(None, content, f"{where} has no {path}")
    manifest, findings = manifests.parse_manifest(root, path, raw)
    errors = [finding for finding in findings if finding.severity == "error" and finding.rule != "manifest-no-match"]  # its files may be moved here
    shared = next((finding for finding in errors if finding.rule == "manifest-preview-key"), None)
    if shared:
        raise UsageError(shared.message, fix=shared.fix, code="preview-key")
    if manifest is None or errors:
        return BaseBranch(None, content, f"{where} has a {path} that cannot be read: {errors[0].message}")
    return BaseBranch(manifest, content)
