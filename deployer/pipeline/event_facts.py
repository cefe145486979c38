"""What the event of a run leaves open, asked from GitHub: the default branch, and the pull request that is known by its number alone."""

from dataclasses import replace

from deployer.github.event import GithubEvent
from deployer.model.errors import UsageError
from deployer.pipeline import pull_request
from deployer.pipeline.context import RunContext

LISTING = ("workflow_run", "check_run", "check_suite")  # they list no fork's pull requests, and a `workflow_run` names its commits' repository
OWN_COMMITS = ("push", "release")  # their commit is in this repository, as are those of a fork's pull request once it is merged


def numbered(event: GithubEvent, number: int) -> GithubEvent:
    """The event with the pull request of the input `pull-request` (0: not given), which an event of a pull request has itself."""
    has_its_own = event.name.startswith("pull_request") and event.pull_request
    return replace(event, pull_request=number) if number and not has_its_own else event


def refuse_another_number(context: RunContext) -> None:
    """Raises UsageError where the input `pull-request` names another pull request than the event, whose files are checked out."""
    number, own = context.settings.github.pull_request, context.event.pull_request
    if number and number != own:
        raise UsageError(f"`pull-request` is {number}, and the event is about pull request {own}.", fix="Leave it out: the event's own is used.")


def with_default_branch(context: RunContext) -> RunContext:
    """The context whose event names the default branch, where `auto` needs it and GitHub tells it; else the same."""
    event = context.event
    is_needed = context.settings.mode == "auto" and event.name == "push" and event.branch and not event.deleted
    if not is_needed or event.default_branch or context.services.github is None:
        return context
    return replace(context, event=replace(event, default_branch=context.services.github.commits.default_branch()))


def with_pull_request(context: RunContext) -> RunContext:
    """The context whose event has the commits and labels of its pull request, and whether they are a fork's; the same where the event is that
    of a pull request, or about none. What GitHub does not show counts as a fork's, unless the event itself listed it as this repository's."""
    event = context.event
    if not event.pull_request or event.name.startswith("pull_request"):
        return context
    current = pull_request.seen_now(context, event.pull_request, "comes from a fork")
    if current.pull is None and event.name in LISTING and not context.settings.github.pull_request:
        return context
    if current.pull is None:
        context.console.line(f"{current.notice} So it counts as a fork's.", "notice")
        return replace(context, event=replace(event, fork=True))
    pull = current.pull
    fork = event.fork or (pull.fork and not (pull.merged and event.name in OWN_COMMITS))
    head = event.followed_sha or pull.head
    return replace(context, event=replace(event, fork=fork, head_sha=head, base_sha=pull.base, labels=pull.labels))
