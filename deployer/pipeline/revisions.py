"""What other commits hold: which commit a name means, and a workflow's definition as that commit has it. By git, by GitHub where there is none."""

import re

from deployer.formats import files
from deployer.manifest.overlay import lay_over
from deployer.model.errors import FlowshipError
from deployer.model.workflow import Source, Workflow
from deployer.pipeline import local_git
from deployer.pipeline.context import RunContext
from deployer.state.base import EnvironmentState

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
WHOLE = 40  # hex digits of a commit that is not abbreviated


def commit_of(context: RunContext, name: str, state: EnvironmentState) -> str | None:
    """The full commit that a tag or an abbreviated commit names: by git, by GitHub, by the state."""
    found = local_git.commit_of(context.root, name)
    if found is None and context.services.github:
        from deployer.github import commits

        found = commits.resolve(context.services.github.api, name)
    if found or not _COMMIT.fullmatch(name):
        return found
    known = {entry.commit for recorded in state.workflows.values() for entry in recorded.releases if entry.commit.startswith(name)}
    return known.pop() if len(known) == 1 else name if len(name) == WHOLE else None


def content_at(context: RunContext, path: str, commit: str) -> bytes | None:
    """A file as a commit has it: by git, by GitHub; None when it is not there. Raises FlowshipError when GitHub cannot be asked."""
    content = local_git.file_at(context.root, commit, path)
    if content is None and context.services.github:
        from deployer.github import commits

        content = commits.read_file(context.services.github.api, commit, path)
    return content


def source_at(context: RunContext, workflow: Workflow, commit: str) -> Source | None:
    """A workflow's definition as a commit has it, with this environment's values laid over it; None when it is not there.

    Raises FlowshipError when GitHub cannot be asked, or a line of `set` does not fit that definition.
    """
    content = content_at(context, workflow.path, commit)
    return None if content is None else source_in(context, workflow, content, commit)


def source_in(context: RunContext, workflow: Workflow, content: bytes, commit: str) -> Source | None:
    """The definition that is that file, as `source_at` gives it; None when it is none."""
    source, _ = files.parse(workflow.path, content, platform=workflow.platform)
    if source is None or not workflow.overlay:
        return source
    source, misfits = lay_over(source, workflow.overlay, context.settings.selection.values)
    if misfits:
        message = f"`set` does not fit {workflow.path} at {commit[:7]}: {misfits[0].message}"
        raise FlowshipError(message, fix=f"Take {misfits[0].path[0]!r} out of `set` for this run.", code="SET_MISFIT")
    return source
