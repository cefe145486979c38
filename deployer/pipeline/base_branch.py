"""The branch that a pull request is to go to: its manifest and files, which nobody can change by opening a pull request."""

from collections.abc import Callable
from typing import NamedTuple

from deployer.config.settings import Settings
from deployer.formats import files, paths
from deployer.manifest import load as manifests
from deployer.manifest.model import Manifest
from deployer.model.errors import UsageError
from deployer.model.finding import Finding
from deployer.pipeline.context import RunContext
from deployer.pipeline.revisions import content_at


class BaseBranch(NamedTuple):
    """`manifest` is None where there is none that can be used, and `why` says why. `content` gives a file, None where it is not there; it
    raises FlowshipError where that cannot be asked."""

    manifest: Manifest | None
    content: Callable[[str], bytes | None]
    why: str = ""


def of_pull_request(context: RunContext) -> BaseBranch:
    """At the commit that the event names: by the local git, else by GitHub. Raises FlowshipError where GitHub cannot be asked,
    UsageError where a preview key deploys there."""
    commit = context.event.base_sha

    def content(path: str) -> bytes | None:
        return content_at(context, path, commit) if commit else None

    if not commit:
        return BaseBranch(None, content, "the event does not tell the base branch's commit")
    here = "" if context.services.github else ", as far as can be seen without a `github-token`,"
    return _read(context.settings, context.root, content, f"the base branch{here}")


def of_checkout(context: RunContext) -> BaseBranch:
    """What is checked out: for runs on the default branch itself."""

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
    manifest, findings = manifests.parse_manifest(path, raw)
    errors = [finding for finding in findings if finding.severity == "error"]
    shared = next((finding for finding in errors if finding.rule == "manifest-preview-key"), None)
    if shared:
        raise UsageError(shared.message, fix=shared.fix, code="preview-key")
    if manifest is None or errors:
        return BaseBranch(None, content, f"{where} has a {path} that cannot be read: {errors[0].message}")
    return BaseBranch(manifest, content)
