"""Files and definitions of other commits: from git, or from GitHub where there is no git."""

import os
import re
from collections.abc import Mapping
from unicodedata import normalize

from deployer.formats import files, paths
from deployer.manifest import load as manifests
from deployer.manifest import resolve
from deployer.manifest.overlay import lay_over
from deployer.model.errors import FlowshipError
from deployer.model.text import nfc
from deployer.model.workflow import Source, Workflow
from deployer.pipeline import local_git
from deployer.pipeline.context import RunContext
from deployer.platforms.restore import SourceAt
from deployer.state.base import EnvironmentState

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
FULL_CHARS = 40  # hex digits of a commit that is not abbreviated


def commit_of(context: RunContext, name: str, state: EnvironmentState) -> str | None:
    """The full commit that a tag or an abbreviated commit names: by git, by GitHub, by the state."""
    commit = local_git.commit_of(context.root, name)
    if commit is None and context.services.github:
        from deployer.github import commits

        commit = commits.resolve(context.services.github.api, name)
    if commit or not _COMMIT.fullmatch(name):
        return commit
    releases = {release.commit for record in state.workflows.values() for release in record.releases if release.commit.startswith(name)}
    return releases.pop() if len(releases) == 1 else name if len(name) == FULL_CHARS else None


def content_at(context: RunContext, path: str, commit: str) -> bytes | None:
    """A file at a commit, from git or GitHub; None when it does not exist. Raises FlowshipError when GitHub fails."""
    for stored in forms_of(path):
        content = local_git.file_at(context.root, commit, stored)
        if content is None and context.services.github:
            from deployer.github import commits

            content = commits.read_file(context.services.github.api, commit, stored)
        if content is not None:
            return content
    return None


def forms_of(path: str) -> tuple[str, ...]:
    """The forms in which a commit may have stored a path: one, unless it holds letters that Unicode can write in two ways."""
    return (path,) if path.isascii() else tuple(dict.fromkeys((path, normalize("NFC", path), normalize("NFD", path))))


def sources_at(context: RunContext) -> SourceAt:
    """A function for a workflow's definition at a commit, in the file and with the `set` that the manifest named there; None when it does not exist.

    It raises FlowshipError when GitHub fails, or a line of `set` does not fit that definition.
    """
    manifests_at: dict[str, Mapping[str, Workflow]] = {}

    def source_at(workflow: Workflow, commit: str) -> Source | None:
        if commit not in manifests_at:
            manifests_at[commit] = entries_at(context, commit)
        entry = manifests_at[commit].get(nfc(workflow.name))
        if entry is None or entry.platform != workflow.platform:
            entry = workflow
        content = content_at(context, entry.path, commit)
        return None if content is None else source_in(context, _with_settings_of(workflow, entry), content, commit)

    return source_at


def entries_at(context: RunContext, commit: str) -> Mapping[str, Workflow]:
    """The entries of the manifest as that commit has it, by name, for this run's environment; none where it cannot be read."""
    selection = context.settings.selection
    if selection.files:
        return {}
    path, content = _manifest_at(context, commit)
    manifest = manifests.parse_manifest(context.root, path, content)[0] if content is not None else None
    if manifest is None:
        return {}
    environment = selection.environment or manifest.environments[0]
    return {nfc(workflow.name): workflow for named_in, workflow in resolve.list_targets(manifest) if named_in == environment}


def _manifest_at(context: RunContext, commit: str) -> tuple[str, bytes | None]:
    """The manifest's path at that commit, and its content. The path is today's; where the commit has none there, the one that the state records
    and that was moved since. The content is None where neither is there, or where several were moved."""
    path = paths.relative(context.root, context.settings.selection.manifest)
    content = content_at(context, path, commit)
    if content is not None:
        return path, content
    recorded = {state.owner.manifest for state in context.services.state.read_all().states} - {"", path}
    gone = [earlier for earlier in sorted(recorded) if not os.path.lexists(os.path.join(context.root, earlier))]
    matches = [(earlier, content) for earlier in gone if (content := content_at(context, earlier, commit)) is not None]
    return matches[0] if len(matches) == 1 else (path, None)


def _with_settings_of(workflow: Workflow, entry: Workflow) -> Workflow:
    """The workflow with the entry's values; its file keeps its path of today, which reports can point at."""
    return workflow._replace(source=workflow.source if workflow.path else entry.source, overlay=entry.overlay)


def source_finder(context: RunContext) -> SourceAt:
    """`sources_at` of that run, where a definition that cannot be read is none."""
    source_at = sources_at(context)

    def find_source(workflow: Workflow, commit: str) -> Source | None:
        try:
            return source_at(workflow, commit)
        except FlowshipError:
            return None

    return find_source


def source_in(context: RunContext, workflow: Workflow, content: bytes, commit: str) -> Source | None:
    """The definition in a file of that commit, with this environment's `set`; None when it has none."""
    source, _ = files.parse(workflow.path, content, platform=workflow.platform)
    if source is None:
        return None
    source, misfits = lay_over(source, workflow.overlay, context.settings.selection.values)
    if misfits:
        message = f"`set` does not fit {workflow.path} at {commit[:7]}: {misfits[0].message}"
        raise FlowshipError(message, fix=f"Take {misfits[0].path[0]!r} out of `set` for this run.", code="SET_MISFIT")
    return source
