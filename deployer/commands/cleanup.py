"""The mode `cleanup`: deletes the previews of closed pull requests."""

from dataclasses import replace

from deployer.model.errors import PlatformError
from deployer.model.lease import RELEASE
from deployer.model.preview import environment_of
from deployer.model.report import Report
from deployer.pipeline import base_branch, plan, pull_request
from deployer.pipeline.context import RunContext
from deployer.previews import targets
from deployer.previews.teardown import ALL_PREVIEWS, TeardownResult, delete_previews


def run(context: RunContext, report: Report) -> Report:
    """Delete the preview of this run's pull request; without one, those of all closed pull requests."""
    number = context.event.pull_request
    report = replace(report, environment=environment_of(number) if number else ALL_PREVIEWS)
    with plan.attach_report_on_error(report):
        if not number:
            return _merge(report, delete_closed(context))
        notice, closed = _is_closed(context, number)
        base = base_branch.of_pull_request(context)
        deleted = delete_previews(context, base, lambda numbers: numbers & {number}) if closed else TeardownResult()
        return _merge(report, deleted._replace(notices=(*filter(None, [notice]), *deleted.notices)))


def _merge(report: Report, deleted: TeardownResult) -> Report:
    return targets.merge_report(report, deleted.outcomes, deleted.notices, deleted.requests)


def after(context: RunContext, report: Report) -> Report:
    """The report of `drift`, which runs on a schedule, with the clean-up in it; unchanged for a repository without previews."""
    with plan.attach_report_on_error(report):
        manifest = base_branch.of_checkout(context).manifest
        previews = manifest is not None and any(entry.preview_keys for entry in manifest.entries)
        return _merge(report, delete_closed(context)) if previews else report


def _is_closed(context: RunContext, number: int) -> tuple[str, bool]:
    """A notice, and whether to delete the preview. `auto` asks GitHub: this may be an old run, repeated after the pull request was reopened."""
    if context.settings.mode != "auto":
        return "", True
    current = pull_request.seen_now(context, number)
    return (f"Pull request {number} is open again: its preview stays.", False) if current.open else (current.notice, True)


def delete_closed(context: RunContext) -> TeardownResult:
    """Delete the previews of all closed pull requests of this repository and those that killed releases left, by the settings checked out."""
    if not context.event.repository:
        unknown = f"GitHub cannot be asked which pull requests are closed: {pull_request.NO_REPOSITORY}"
        return TeardownResult(notices=(f"{unknown} Fix: {pull_request.SET_REPOSITORY}",))
    notices: list[str] = []

    def find_closed(numbers: frozenset[int]) -> frozenset[int]:
        closed, problems = _closed(context, numbers - {RELEASE})
        notices.extend(problems)
        return closed | (numbers & {RELEASE})

    deleted = delete_previews(context, base_branch.of_checkout(context), find_closed)
    return deleted._replace(notices=(*deleted.notices, *notices))


def _closed(context: RunContext, numbers: frozenset[int]) -> tuple[frozenset[int], tuple[str, ...]]:
    """Which of these are closed, and notices. Each is asked for by itself, since the list of open ones may change while it is read."""
    if not numbers:
        return numbers, ()
    if context.services.github is None:
        return frozenset(), ("Which pull requests are closed could not be asked: there is no `github-token`. No pull request's preview was deleted.",)
    from deployer.github import pulls

    api, closed = context.services.github.api, set[int]()
    try:
        for number in sorted(numbers - pulls.list_open(api)):
            pull = pulls.read_pull(api, number)
            closed |= {number} if pull and not pull.open else set()
    except PlatformError as error:
        if context.clock.stopped:
            raise  # a run that was stopped is no clean-up
        return frozenset(), (
            f"Which pull requests are closed could not be asked ({error.message}). {pull_request.PERMISSION} No pull request's preview was deleted.",
        )
    return frozenset(closed), ()
