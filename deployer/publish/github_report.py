"""A run on GitHub's pages: its Deployment, the pull request's comment, the release's page, and the annotations that a step has no room for.

Nothing here can fail a run: what could not be published is a notice.
"""

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from deployer.config.settings import Settings
from deployer.model.errors import OutcomeUnknown, PlatformError, UsageError
from deployer.model.report import Report
from deployer.model.text import count
from deployer.pipeline.context import RunContext
from deployer.render import headline, markdown, release_page, summary
from deployer.render.annotations import annotations

if TYPE_CHECKING:
    from deployer.github.api import Api
    from deployer.github.pulls import Pull

COMMENTED_MODES: Final = ("plan", "preview", "deploy", "report", "cleanup")
CHECK_RUN: Final = "Flowship"


class GithubPublication(NamedTuple):
    """`comment_url`: "" when there is none. `notices` are for the report, `lines` for the log alone."""

    comment_url: str = ""
    notices: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def publish_to_github(report: Report, context: RunContext) -> GithubPublication:
    """Publish a redacted report. Returns the comment's address and what people must know of it."""
    notices = context.services.deployments.finish(report)
    url, notice = _comment(report, context)
    line = _annotate_rest(report, context) if context.settings.outputs.annotations else ""
    return GithubPublication(url, tuple(filter(None, (*notices, notice, _update_release_page(report, context)))), (line,) if line else ())


def _api(context: RunContext) -> "Api | None":
    """None without GitHub, or without time left to call it."""
    try:
        return context.services.github.api if not context.clock.stopped and context.services.github else None
    except UsageError:
        return None  # an address that no token may go to: the report is about that


def _comment(report: Report, context: RunContext) -> tuple[str, str]:
    """The comment's address, and a notice when it could not be posted."""
    settings, number = context.settings, context.event.pull_request
    # Shards would overwrite each other: the report that merges them has the comment.
    is_wanted = settings.outputs.comment and number and report.mode in COMMENTED_MODES and not report.shard
    api = _api(context) if is_wanted else None
    pull = _read_pull(api, number) if api else None
    if api is None or _is_outdated(pull, context.event.followed_sha or context.event.head_sha):
        return "", ""
    from deployer.github.comments import Comments

    files = settings.selection.files if settings.mode != "report" else ()  # those are reports
    marker = _marker(report, settings, files)
    body = context.redactor(markdown.render_comment(report, marker, context.run_url))
    update = lambda previous: context.redactor(markdown.update_comment(report, marker, context.run_url, previous))  # noqa: E731
    try:
        keeps = _may_keep_previews(report, context, pull)
        return Comments(api, number).put(marker, body, make=_deserves_comment(report), update=update if keeps else None), ""
    except PlatformError as error:
        return "", _comment_notice(error, context)


def _marker(report: Report, settings: Settings, files: tuple[str, ...]) -> str:
    """A run that was refused before it read the manifest is known by the manifest's folder."""
    selection = settings.selection
    if files:
        return markdown.comment_marker("", selection.environment, "", (), files)
    folder, name = os.path.split(os.path.normpath(selection.manifest))
    return markdown.comment_marker(report.project or folder, selection.environment, name, selection.only)


def _read_pull(api: "Api", number: int) -> "Pull | None":
    """None where it cannot be read."""
    from deployer.github import pulls

    try:
        return pulls.read_pull(api, number)
    except PlatformError:
        return None


def _is_outdated(pull: "Pull | None", commit: str) -> bool:
    """Whether the pull request has a newer commit: then that commit's run writes the comment, whichever of the two ends last."""
    return bool(pull and pull.open and pull.head and commit and pull.head != commit)


def _may_keep_previews(report: Report, context: RunContext, pull: "Pull | None") -> bool:
    """Whether previews that this run did not write may still be up: the pull request is open, and none was deleted."""
    previews = [outcome.change.preview for outcome in report.outcomes if outcome.outcome == "done" and outcome.change.preview]
    is_asked_cleanup = report.mode == "cleanup" and context.settings.mode != "auto"
    is_open = pull.open if pull else context.event.action != "closed"
    return is_open and not is_asked_cleanup and not any(preview.ended for preview in previews)


def _deserves_comment(report: Report) -> bool:
    """Whether a new comment is made. Where nothing changes, only an existing one is brought up to date."""
    is_quiet = all(outcome.change.action == "unchanged" and not summary.warning(outcome) for outcome in report.outcomes)
    return report.mode != "cleanup" and not (is_quiet and report.ok and not summary.listed_findings(report))


def _comment_notice(error: PlatformError, context: RunContext) -> str:
    if isinstance(error, OutcomeUnknown):
        return f"Whether the comment was posted is unknown: {error.message}"
    if not _lacks_permission(error):
        return f"The comment could not be posted: {error.message}. {error.fix}".rstrip()
    if (context.event.fork or context.event.dependabot) and context.event.name.startswith("pull_request"):
        origin = "Dependabot's pull requests" if context.event.dependabot else "a pull request from a fork"
        return f"The comment was not posted, since the token of {origin} can only read. The job summary says the same."
    return f"The comment was not posted: {error.message}. Fix: give the job `pull-requests: write`, or set `comment: false`."


def _lacks_permission(error: PlatformError) -> bool:
    """Whether a permission is missing. To some tokens GitHub answers 404 for that."""
    return error.status in (401, 404) or (error.status == 403 and "not accessible" in error.message)


def _update_release_page(report: Report, context: RunContext) -> str:
    """List what went live with a tag on the page of its release, if it has one. Returns a notice, "" without one."""
    tag = context.event.tag
    # Shards would overwrite each other: the report that merges them has the page.
    is_release = report.mode in ("deploy", "report") and report.release and not report.shard and not context.settings.sandbox
    has_changes = is_release and any(outcome.change.action != "unchanged" for outcome in report.outcomes)
    api = _api(context) if tag and has_changes and context.settings.outputs.summary else None
    if api is None:
        return ""
    from deployer.github import releases

    only = context.settings.selection.only
    return releases.update_page(api, tag, lambda page: context.redactor(release_page.render(report, page, only)))


def _annotate_rest(report: Report, context: RunContext) -> str:
    """Post a check run with the annotations that GitHub does not show of a step. Returns a line for the log, "" without any."""
    rest = annotations(report).rest
    if not rest:
        return ""
    total = f"{count(len(rest), 'more message')} than GitHub shows as annotations"
    api = _api(context)
    commit = context.event.head_sha or context.commit.sha  # a pull request shows the check runs of its own commit
    if api is None or not commit:
        return f"{total}: see the job summary."
    from deployer.github import check_runs

    about = ", ".join(filter(None, (report.project, report.environment)))
    name = f"{CHECK_RUN} ({about})" if about else CHECK_RUN
    page = f"the [job summary]({context.run_url})" if context.run_url else "the job summary"
    text = f"What {page} lists, on its lines."
    run = check_runs.CheckRun(name, commit, "success" if report.ok else "failure", headline.headline(report), text, context.run_url)
    try:
        posted = check_runs.post(api, run, rest)
    except PlatformError as error:
        hint = " With `checks: write` they would stand on their lines." if _lacks_permission(error) else ""
        return f"{total}: see the job summary.{hint}"
    return f"{total}: {posted} are on their lines in the check run `{name}`, all in the job summary."
