"""The pull request that a run is about, as the event tells it and as GitHub knows it by now, and what it changes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from deployer.config.settings import Credentials
from deployer.formats import files, paths
from deployer.manifest import resolve
from deployer.manifest.overlay import lay_over
from deployer.model.errors import FlowshipError, PlatformError, UsageError
from deployer.model.outcome import Outcome
from deployer.model.workflow import Workflow
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.context import RunContext

MOST_COMPARED = 50  # workflows: beyond this nobody reads what is inside each
PERMISSION = "It takes `permissions: pull-requests: read`."


class PullRequestNow(NamedTuple):
    """What GitHub said of it: `open` and `head` (its newest commit) are None and "" where it could not be asked, and `notice` says why."""

    open: bool | None = None
    head: str = ""
    notice: str = ""


def number_of(context: RunContext) -> int:
    """Its number. Raises UsageError for a run that is about no pull request."""
    number = context.event.pull_request
    if not number or not context.event.repository:
        raise UsageError(
            "The mode `preview` is for a pull request, and this run is about none.",
            fix="Run it on `pull_request` (`auto` does); to see what a deploy would do, say `mode: plan`.",
            code="no-pull-request",
        )
    return number


def without_keys_of_strangers(context: RunContext) -> RunContext:
    """A fork's files are never read together with keys, even where a repository hands its secrets to forks."""
    if not context.event.fork or not (context.settings.credentials.keys or context.settings.credentials.api_key):
        return context
    context.console.line("The keys are left aside: this run is about a fork's commits, and those are never read with keys.", "notice")
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


def seen_now(context: RunContext, number: int) -> PullRequestNow:
    """Asked anew each time: it may have been closed, or pushed to, since the event."""
    if context.services.github is None:
        return PullRequestNow(notice=f"Whether pull request {number} is still open could not be asked: there is no `github-token`.")
    from deployer.github import pulls

    try:
        found = pulls.read_pull(context.services.github.api, number)
    except PlatformError as error:
        need = f" {PERMISSION}" if error.status == 403 else ""
        return PullRequestNow(notice=f"Whether pull request {number} is still open could not be asked ({error.message}).{need}")
    return (
        PullRequestNow(found.open, found.head)
        if found
        else PullRequestNow(notice=f"GitHub shows no pull request {number} to this token. {PERMISSION}")
    )


def changed(context: RunContext, base: BaseBranch, environment: str, found: Sequence[Workflow]) -> frozenset[str]:
    """The names of the workflows that the pull request changes: their files, or what the manifest says of them."""
    before = dict[str, Workflow]()
    if base.manifest:
        before = {workflow.name: workflow for there, workflow in resolve.list_targets(base.manifest) if there == environment}
    listed = _changed_files(context)
    return frozenset(workflow.name for workflow in found if _differs(workflow, before.get(workflow.name), listed, base))


def _differs(workflow: Workflow, before: Workflow | None, listed: Collection[str] | None, base: BaseBranch) -> bool:
    if before is None or paths.relative(".", before.path) != workflow.path:
        return True
    if (before.endpoint, before.overlay) != (workflow.endpoint, workflow.overlay):
        return True
    if listed is not None:
        return workflow.path in listed
    try:
        return base.content(workflow.path) != workflow.source.content
    except FlowshipError:
        return True


def _changed_files(context: RunContext) -> Collection[str] | None:
    """By one request; None where GitHub cannot tell all of them: then each file is compared."""
    if context.services.github is None or not (context.event.base_sha and context.event.head_sha):
        return None
    from deployer.github import pulls

    try:
        return pulls.changed_files(context.services.github.api, context.event.base_sha, context.event.head_sha)
    except PlatformError:
        return None


def compared(context: RunContext, base: BaseBranch, environment: str, changed: Collection[str], outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """The planned lines, with what the pull request changes inside each workflow. Each file of the base branch is a request."""
    if not 0 < len(changed) <= MOST_COMPARED:
        return tuple(outcomes)
    from deployer.platforms.registry import platform_named

    before = {workflow.name: workflow for where, workflow in resolve.list_targets(base.manifest) if where == environment} if base.manifest else {}
    compared = []
    for outcome in outcomes:
        change = outcome.change
        definition = change.workflow.source.definition
        if change.workflow.name in changed and definition is not None:
            known, there = _before(context, base, before.get(change.workflow.name))
            found = platform_named(change.workflow.platform).compare_definitions(
                there or {}, definition, "the base branch" if there is not None else ""
            )
            outcome = replace(outcome, change=replace(change, difference=found)) if known else outcome  # noqa: PLW2901 - the same line, with more
        compared.append(outcome)
    return tuple(compared)


def _before(context: RunContext, base: BaseBranch, workflow: Workflow | None) -> tuple[bool, Mapping[str, Any] | None]:
    """Whether it is known what the base branch has, and that; None when there is nothing."""
    if workflow is None:
        return True, None
    try:
        content = base.content(workflow.path)
    except FlowshipError:
        return False, None
    if content is None:
        return True, None
    source, _ = files.parse(workflow.path, content, platform=workflow.platform)
    if source is None or source.definition is None:
        return False, None
    try:
        return True, lay_over(source, workflow.overlay, context.settings.selection.values)[0].definition if workflow.overlay else source.definition
    except FlowshipError:
        return True, source.definition
