"""What a run says on GitHub's pages: its Deployment, the pull request's comment, the release's page, and the annotations that a step has no room for.

Nothing here can fail a run: what could not be said is a notice.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from deployer.model.errors import PlatformError, UsageError
from deployer.model.report import Report
from deployer.model.text import count
from deployer.pipeline.context import RunContext
from deployer.render import comment, release_page
from deployer.render import summary as words
from deployer.render.annotations import beyond

if TYPE_CHECKING:
    from deployer.github.api import Api

COMMENTED: Final = ("plan", "preview", "deploy", "report", "cleanup")  # modes
CHECK_RUN: Final = "Flowship"


class GithubPublication(NamedTuple):
    """`comment_url`: "" when there is none. `notices` are for the report, `lines` for the log alone."""

    comment_url: str = ""
    notices: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def publish_to_github(report: Report, context: RunContext) -> GithubPublication:
    """`report` is redacted already."""
    shown = context.services.deployments.finish(report)
    url, notice = _comment(report, context)
    line = _annotate_further(report, context) if context.settings.outputs.annotations else ""
    notices = (*shown, notice, _release_page(report, context))
    return GithubPublication(url, tuple(filter(None, notices)), (line,) if line else ())


def _api(context: RunContext) -> "Api | None":
    """None where there is no GitHub, or no time left to talk to it."""
    try:
        return context.services.github.api if not context.clock.stopped and context.services.github else None
    except UsageError:
        return None  # an address that no token may go to: that is what the report is about


def _comment(report: Report, context: RunContext) -> tuple[str, str]:
    """The comment's address, and a notice when it could not be posted."""
    settings, number = context.settings, context.event.pull_request
    # The parts of a deploy would overwrite each other: the report that joins them speaks for all.
    wanted = settings.outputs.comment and number and report.mode in COMMENTED and not report.shard
    api = _api(context) if wanted else None
    if api is None:
        return "", ""
    from deployer.github.comments import Comments

    if _is_stale(api, number, context.event.head_sha):
        return "", ""
    files = settings.selection.files if settings.mode != "report" else ()  # those are reports
    mark = comment.marker(settings.selection.environment, settings.selection.manifest if not files else "", files)
    body = context.redactor(comment.render(report, mark, context.run_url))
    try:
        return Comments(api, number).put(mark, body, make=_is_news(report)), ""
    except PlatformError as error:
        return "", _why_not(error, context)


def _is_stale(api: "Api", number: int, commit: str) -> bool:
    """Has something newer been pushed? Then its own run has the word, whichever of the two ends last."""
    from deployer.github import pulls

    try:
        now = pulls.pull(api, number)
    except PlatformError:
        return False
    return bool(now and now.open and now.head and commit and now.head != commit)


def _is_news(report: Report) -> bool:
    """Is there anything that deserves a new comment? Where nothing changes, only one that is there is brought up to date."""
    quiet = all(outcome.change.action == "unchanged" and not words.warning(outcome) for outcome in report.outcomes)
    return report.mode != "cleanup" and not (quiet and report.ok and not words.listed(report))


def _why_not(error: PlatformError, context: RunContext) -> str:
    if not _not_allowed(error):
        return f"The comment could not be posted: {error.message}"
    if context.event.fork or context.event.dependabot:
        whose = "Dependabot's pull requests" if context.event.dependabot else "a pull request from a fork"
        return f"The comment was not posted, since the token of {whose} can only read. The job summary says the same."
    return f"The comment was not posted: {error.message}. It takes `pull-requests: write` in the job's permissions; `comment: false` does without."


def _not_allowed(error: PlatformError) -> bool:
    """Is a permission missing? GitHub hides from some tokens that there is anything at all."""
    return error.status in (401, 404) or (error.status == 403 and "not accessible" in error.message)


def _release_page(report: Report, context: RunContext) -> str:
    """What went live with a tag, on the page of its release, where there is one. Returns a notice, "" when all is well."""
    tag = context.event.tag
    # A part of a deploy would overwrite the others: the report that joins them speaks for all.
    told = report.mode in ("deploy", "report") and report.release and not report.shard and not context.settings.sandbox
    released = told and any(outcome.change.action != "unchanged" for outcome in report.outcomes)
    api = _api(context) if tag and released and context.settings.outputs.summary else None
    if api is None:
        return ""
    from deployer.github import releases as page

    return page.renew(api, tag, lambda text: context.redactor(release_page.render(report, text)))


def _annotate_further(report: Report, context: RunContext) -> str:
    """A check run for the annotations beyond those that GitHub shows of a step. Returns a line for the log, "" when there are none."""
    more = beyond(report)
    if not more:
        return ""
    told = f"{count(len(more), 'more message')} than GitHub shows as annotations"
    api = _api(context)
    if api is None or not context.commit.sha:
        return f"{told}: see the job summary."
    from deployer.github import check_runs

    name = f"{CHECK_RUN} ({report.environment})" if report.environment else CHECK_RUN
    summary = f"What the [job summary]({context.run_url}) lists, on its lines." if context.run_url else "What the job summary lists, on its lines."
    run = check_runs.CheckRun(name, context.commit.sha, "success" if report.ok else "failure", words.headline(report), summary, context.run_url)
    try:
        there = check_runs.post(api, run, more)
    except PlatformError as error:
        hint = " With `checks: write` they would stand on their lines." if _not_allowed(error) else ""
        return f"{told}: see the job summary.{hint}"
    return f"{told}: {there} are on their lines in the check run `{name}`, all in the job summary."
