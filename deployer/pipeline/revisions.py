"""Files and definitions of other commits: from git, or from GitHub where there is no git."""

import re

from deployer.formats import files
from deployer.manifest.overlay import lay_over
from deployer.model.errors import FlowshipError
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
    content = local_git.file_at(context.root, commit, path)
    if content is None and context.services.github:
        from deployer.github import commits

        content = commits.read_file(context.services.github.api, commit, path)
    return content


def source_at(context: RunContext, workflow: Workflow, commit: str) -> Source | None:
    """A workflow's definition at a commit, with this environment's `set`; None when it does not exist.

    Raises FlowshipError when GitHub fails, or a line of `set` does not fit that definition.
    """
    content = content_at(context, workflow.path, commit)
    return None if content is None else source_in(context, workflow, content, commit)


def source_finder(context: RunContext) -> SourceAt:
    """`source_at` of that run, where a definition that cannot be read is none."""

    def find_source(workflow: Workflow, commit: str) -> Source | None:
        try:
            return source_at(context, workflow, commit)
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
