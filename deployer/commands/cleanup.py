"""The mode `cleanup`: previews of closed pull requests are deleted. Done twice, it finds nothing the second time."""

from dataclasses import replace

from deployer.model.errors import PlatformError
from deployer.model.lease import RELEASE
from deployer.model.preview import environment_of
from deployer.model.report import Report
from deployer.pipeline import base_branch, plan, pull_request
from deployer.pipeline.context import RunContext
from deployer.previews import guards as targets
from deployer.previews.teardown import EVERY, TeardownResult, delete_previews


def run(context: RunContext, report: Report) -> Report:
    """This pull request's preview; without a pull request, those of all closed ones."""
    number = context.event.pull_request
    report = replace(report, environment=environment_of(number) if number else EVERY)
    with plan.attach_report_on_error(report):
        if not number:
            return _told(report, sweep(context))
        notice, over = _is_over(context, number)
        base = base_branch.of_pull_request(context)
        swept = delete_previews(context, base, lambda numbers: numbers & {number}) if over else TeardownResult()
        return _told(report, swept._replace(notices=(*filter(None, [notice]), *swept.notices)))


def _told(report: Report, swept: TeardownResult) -> Report:
    return targets.merged(report, swept.outcomes, swept.notices, swept.requests)


def after(context: RunContext, report: Report) -> Report:
    """On a schedule, what `drift` found and then the clean-up. A repository that previews nothing hears nothing of it."""
    with plan.attach_report_on_error(report):
        manifest = base_branch.of_checkout(context).manifest
        previews = manifest is not None and any(entry.preview_keys for entry in manifest.entries)
        return _told(report, sweep(context)) if previews else report


def _is_over(context: RunContext, number: int) -> tuple[str, bool]:
    """Whether to take it away, and what to say. `auto` looks: this may be an old run, repeated after the pull request was opened again."""
    if context.settings.mode != "auto":
        return "", True
    seen = pull_request.seen_now(context, number)
    return (f"Pull request {number} is open again: its preview stays.", False) if seen.open else (seen.notice, True)


def sweep(context: RunContext) -> TeardownResult:
    """The previews of all closed pull requests of this repository, and what releases that were cut off left, by the settings of what is checked
    out."""
    if not context.event.repository:
        return TeardownResult(notices=("Which pull requests are closed can be told on GitHub only: nothing was cleaned up.",))
    told: list[str] = []

    def over(numbers: frozenset[int]) -> frozenset[int]:
        found, why = _closed(context, numbers - {RELEASE})
        told.extend(why)
        return found | (numbers & {RELEASE})

    swept = delete_previews(context, base_branch.of_checkout(context), over)
    return swept._replace(notices=(*swept.notices, *told))


def _closed(context: RunContext, numbers: frozenset[int]) -> tuple[frozenset[int], tuple[str, ...]]:
    """Which of these are closed: asked after the previews were found, and each by itself, since the list may change while it is read."""
    if not numbers:
        return numbers, ()
    if context.services.github is None:
        return frozenset(), ("Which pull requests are closed could not be asked: there is no `github-token`. Nothing was cleaned up.",)
    from deployer.github import pulls

    api, closed = context.services.github.api, set[int]()
    try:
        for number in sorted(numbers - pulls.list_open(api)):
            found = pulls.read_pull(api, number)
            closed |= {number} if found and not found.open else set()
    except PlatformError as error:
        return frozenset(), (
            f"Which pull requests are closed could not be asked ({error.message}). {pull_request.PERMISSION} Nothing was cleaned up.",
        )
    return frozenset(closed), ()
