"""The pull request of a run: its number, its state on GitHub now, and what it changes."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from deployer.config.settings import Credentials
from deployer.formats import files, paths
from deployer.manifest import resolve
from deployer.manifest.overlay import lay_over
from deployer.model.errors import FlowshipError, PlatformError, UsageError
from deployer.model.outcome import Outcome
from deployer.model.text import nfc
from deployer.model.workflow import Workflow
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.context import RunContext

if TYPE_CHECKING:
    from deployer.github.pulls import Pull

MAX_COMPARED = 50  # workflows; a longer list of differences would not be read
PERMISSION = "Fix: give the job `pull-requests: read`."
NO_REPOSITORY = "GITHUB_REPOSITORY names no repository."
SET_REPOSITORY = "Run it on GitHub, or set GITHUB_REPOSITORY, GITHUB_API_URL and `github-token`."


class PullRequestNow(NamedTuple):
    """Its state on GitHub: `open` and `head` (its newest commit), and all of it in `pull`. None and "" where that could not be read, for the
    reason in `notice`."""

    open: bool | None = None
    head: str = ""
    notice: str = ""
    pull: "Pull | None" = None


def require_repository(context: RunContext) -> None:
    """Raises UsageError for a run about pull requests outside of GitHub, where nothing names their repository."""
    if not context.event.repository:
        about = f"about pull request {context.event.pull_request}" if context.event.pull_request else "which pull requests are closed"
        raise UsageError(f"GitHub cannot be asked {about}: {NO_REPOSITORY}", fix=SET_REPOSITORY, code="no-pull-request")


def number_of(context: RunContext) -> int:
    """The pull request's number. Raises UsageError for a run without one."""
    number = context.event.pull_request
    if not number:
        raise UsageError(
            "The mode `preview` needs a pull request, and this run is for none.",
            fix="Run it on `pull_request` (`auto` does), or set `pull-request` to its number. To see what a deploy would do, use `mode: plan`.",
            code="no-pull-request",
        )
    return number


def without_keys_of_strangers(context: RunContext) -> RunContext:
    """A fork's files are never read together with keys, even where a repository hands its secrets to forks."""
    if not context.event.fork or not (context.settings.credentials.keys or context.settings.credentials.api_key):
        return context
    context.console.line("The keys are not used: this run is about a fork's commits, and those are never read with keys.", "notice")
    return replace(context, settings=context.settings._replace(credentials=Credentials({}, None)))


def refuse_strangers_with_keys(context: RunContext) -> None:
    """On `pull_request_target` secrets are there, and what is checked out may be the fork's. Raises UsageError before any file is read."""
    event, settings = context.event, context.settings
    if event.name == "pull_request_target" and event.fork and (settings.credentials.keys or settings.credentials.api_key):
        raise UsageError(
            "This is `pull_request_target` for a fork's pull request, with keys: nothing is read, since the files may be a stranger's.",
            fix="Use `on: pull_request`, which gives forks no keys, or take the keys out of this job.",
            code="fork-with-keys",
        )


def seen_now(context: RunContext, number: int, question: str = "is still open") -> PullRequestNow:
    """Its state now: it may have been closed, or pushed to, since the event. `question`: what the notice says could not be asked."""
    if context.services.github is None:
        why = "there is no `github-token`." if context.event.repository else NO_REPOSITORY
        return PullRequestNow(notice=f"Whether pull request {number} {question} could not be asked: {why}")
    from deployer.github import pulls

    try:
        pull = pulls.read_pull(context.services.github.api, number)
    except PlatformError as error:
        need = f" {PERMISSION}" if error.status == 403 else ""
        return PullRequestNow(notice=f"Whether pull request {number} {question} could not be asked ({error.message}).{need}")
    return (
        PullRequestNow(pull.open, pull.head, pull=pull)
        if pull
        else PullRequestNow(notice=f"GitHub shows no pull request {number} to this token. {PERMISSION}")
    )


def changed(context: RunContext, base: BaseBranch, environment: str, workflows: Sequence[Workflow]) -> frozenset[str]:
    """The names of the workflows that the pull request changes: their files, or what the manifest says of them."""
    base_workflows = _workflows_of(base, environment)
    changed_files = _changed_files(context)
    return frozenset(
        workflow.name
        for workflow in workflows
        if _differs(workflow, _real_path(context.root, workflow.path), base_workflows.get(workflow.name), changed_files, base)
    )


def _real_path(root: str, path: str) -> str:
    """The path that a symbolic link leads to, relative to the repository."""
    return os.path.relpath(os.path.realpath(os.path.join(root, path)), os.path.realpath(root)).replace(os.sep, "/")


def _is_in(path: str, changed_files: Collection[str]) -> bool:
    """Whether the file is among the changed ones, or a folder above it is: git shows that of a submodule that moved, or of a symbolic link."""
    parts = path.split("/")
    return any("/".join(parts[: length + 1]) in changed_files for length in range(len(parts)))


def _workflows_of(base: BaseBranch, environment: str) -> dict[str, Workflow]:
    """The base branch's workflows of an environment, by name."""
    pairs = resolve.list_targets(base.manifest) if base.manifest else ()
    return {workflow.name: workflow for target_environment, workflow in pairs if target_environment == environment}


def _differs(workflow: Workflow, real_path: str, base_workflow: Workflow | None, changed_files: Collection[str] | None, base: BaseBranch) -> bool:
    if base_workflow is None or nfc(paths.relative(".", base_workflow.path)) != nfc(workflow.path):
        return True
    if (base_workflow.endpoint, base_workflow.overlay) != (workflow.endpoint, workflow.overlay):
        return True
    if changed_files is not None:
        return any(_is_in(path, changed_files) for path in (workflow.path, real_path))
    try:
        return base.content(workflow.path) != workflow.source.content
    except FlowshipError:
        return True


def _changed_files(context: RunContext) -> Collection[str] | None:
    """The changed paths, by one request; None where GitHub cannot list all of them: then each file is compared."""
    if context.services.github is None or not (context.event.base_sha and context.event.head_sha):
        return None
    from deployer.github import pulls

    try:
        return pulls.changed_files(context.services.github.api, context.event.base_sha, context.event.head_sha)
    except PlatformError:
        return None


def compared(context: RunContext, base: BaseBranch, environment: str, changed: Collection[str], outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """The planned lines, with what the pull request changes inside each workflow. Each file of the base branch is a request."""
    if not 0 < len(changed) <= MAX_COMPARED:
        return tuple(outcomes)
    from deployer.platforms.registry import platform_named

    base_workflows = _workflows_of(base, environment)
    result = []
    for outcome in outcomes:
        change = outcome.change
        definition = change.workflow.source.definition
        if change.workflow.name in changed and definition is not None:
            is_known, definition_before = _base_definition(context, base, base_workflows.get(change.workflow.name))
            difference = platform_named(change.workflow.platform).compare_definitions(
                definition_before or {}, definition, "the base branch" if definition_before is not None else ""
            )
            outcome = replace(outcome, change=replace(change, difference=difference)) if is_known else outcome  # noqa: PLW2901 - the same line, with more
        result.append(outcome)
    return tuple(result)


def _base_definition(context: RunContext, base: BaseBranch, workflow: Workflow | None) -> tuple[bool, Mapping[str, Any] | None]:
    """Whether the base branch could be read, and its definition of the workflow, None when it has none."""
    if workflow is None:
        return True, None
    try:
        content = base.content(workflow.path)
    except FlowshipError:
        return False, None
    if content is None:
        return not base.submodule_of(workflow.path), None
    source, _ = files.parse(workflow.path, content, platform=workflow.platform)
    if source is None or source.definition is None:
        return False, None
    try:
        return True, lay_over(source, workflow.overlay, context.settings.selection.values)[0].definition
    except FlowshipError:
        return True, source.definition
