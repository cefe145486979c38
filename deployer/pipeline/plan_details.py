"""The difference inside each workflow of a plan. Nothing here fails a run: a difference that cannot be found is left out, with a notice.

Imported late, by modes that plan.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from deployer.model.change import Change
from deployer.model.difference import Difference
from deployer.model.errors import FlowshipError
from deployer.model.fingerprint import same_hash
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.text import count
from deployer.model.workflow import Source, Workflow
from deployer.pipeline import local_git
from deployer.pipeline.context import RunContext
from deployer.pipeline.revisions import forms_of, source_in
from deployer.planning import baseline as baselines
from deployer.platforms.baseline import Baseline, CandidateCommit
from deployer.platforms.connections import Connections
from deployer.platforms.registry import platform_named, target_of
from deployer.state.base import EnvironmentState

MAX_CALLS = 50  # files from GitHub, and definitions from a platform: a request each
MIN_REQUESTS_LEFT = 500  # of a platform's budget: the deploy needs them
MAX_SECONDS = 15.0  # for all of them
MIN_SECONDS_LEFT = 60.0  # the deploy needs them


def detailed(context: RunContext, plan: Plan, state: EnvironmentState, hosts: Mapping[str, str], policy: Policy, connections: Connections) -> Plan:
    """The plan, with a difference in each change that would write, or waits. `hosts`: the base URL by workflow name."""
    with closing(HistoricalSources(context, connections)) as history:
        changes = tuple(with_difference(change, state, hosts.get(change.workflow.name, ""), policy, history) for change in plan)
    return replace(plan, changes=changes, notices=(*plan.notices, *history.notices()))


def with_difference(change: Change, state: EnvironmentState, host: str, policy: Policy, history: "HistoricalSources") -> Change:
    """The change with what changes inside its workflow; the same where that is not shown. `host`: its base URL."""
    if change.action not in baselines.COMPARED or change.preview:
        return change
    try:
        wanted = _wanted(change, history)
        if wanted is None or wanted.source.definition is None:
            return change
        baseline = baselines.find_baseline(change, state.of(wanted.name).of_host(host), history.base)
        return replace(change, difference=_difference(change, wanted, baseline, policy, history))
    except Exception as error:  # noqa: BLE001 - a bug in showing a change must not prevent the change
        history.errors[change.workflow.name] = type(error).__name__
        return change


def _wanted(change: Change, history: "HistoricalSources") -> Workflow | None:
    """The workflow with the definition to deploy, which for a rollback is not in the file; None where that is unknown."""
    rollback, workflow = change.restored, change.workflow
    if rollback is None or same_hash(workflow.fingerprint, rollback.fingerprint):
        return workflow
    source = history.source(workflow, CandidateCommit(rollback.commit, "", rollback.fingerprint)) if rollback.fingerprint else None
    return workflow._replace(source=source) if source else None


def _difference(change: Change, workflow: Workflow, baseline: Baseline, policy: Policy, history: "HistoricalSources") -> Difference:
    """Compared with the observed definition or a proven file; else with the platform's definition, requested now; else with an earlier commit."""
    wanted = target_of(workflow).shown_definition(policy)
    if baseline.absent:
        return _difference_of(workflow, {}, wanted, "")
    proven = [commit for commit in baseline.commits if commit.fingerprint]
    difference = baseline.definition is None and _at_commits(workflow, proven, policy, history)
    shown = None if difference else baseline.definition or history.shown(change)
    if shown is not None:
        target = target_of(workflow)
        after = target.shown_definition(policy, status=target.status_field in shown)
        return _difference_of(workflow, target.without_added(shown), after, baselines.NOW)
    unproven = [commit for commit in baseline.commits if not commit.fingerprint]
    return difference or _at_commits(workflow, unproven, policy, history) or _difference_of(workflow, wanted, wanted, "")._replace(known=False)


def _difference_of(workflow: Workflow, before: Mapping[str, Any], after: Mapping[str, Any], against: str) -> Difference:
    return platform_named(workflow.platform).compare_definitions(before, after, against)


def _at_commits(workflow: Workflow, commits: Sequence[CandidateCommit], policy: Policy, history: "HistoricalSources") -> Difference | None:
    for commit in commits:
        source = history.source(workflow, commit)
        if source is not None and source.definition is not None:
            existing = target_of(workflow._replace(source=source)).shown_definition(policy)
            return _difference_of(workflow, existing, target_of(workflow).shown_definition(policy), commit.against)
    return None


class HistoricalSources:
    """Definitions at other commits: from git, else a few from GitHub, and no more once that failed."""

    def __init__(self, context: RunContext, connections: Connections) -> None:
        self._context = context
        self._connections = connections
        self._git = local_git.Files(context.root)
        self._downloads = 0
        self._exports = 0
        self._until = context.clock.remaining - MAX_SECONDS
        self._failure = ""
        self._missed: set[str] = set()
        self.errors: dict[str, str] = {}
        event = context.event
        self.base = (
            CandidateCommit(event.base_sha, "the base branch") if event.base_sha else CandidateCommit(event.before, "what was there before this push")
        )

    def source(self, workflow: Workflow, commit: CandidateCommit) -> Source | None:
        """The definition at that commit, with this environment's `set`; None where it has another fingerprint than recorded."""
        contents = (self._content(workflow, path, commit.commit) for path in forms_of(workflow.path))
        content = next((content for content in contents if content is not None), None)
        try:
            source = source_in(self._context, workflow, content, commit.commit) if content is not None else None
        except FlowshipError:  # its values in `set` do not fit the definition as it was then
            return None
        return source if source and (not commit.fingerprint or same_hash(source.fingerprint, commit.fingerprint)) else None

    def _content(self, workflow: Workflow, path: str, commit: str) -> bytes | None:
        content = self._git.at(commit, path)
        return self._from_github(workflow, path, commit) if content is None else content

    def shown(self, change: Change) -> Mapping[str, Any] | None:
        """The definition on the platform, where it was not read before; None where no request can be spared for it."""
        workflow, observed = change.workflow, change.observed
        requests = self._connections.requests().get(workflow.platform)
        is_scarce = requests is not None and requests.remaining is not None and requests.remaining < MIN_REQUESTS_LEFT
        if not (change.target and observed.active) or is_scarce or self._exports >= MAX_CALLS or not self._in_time():
            return None
        self._exports += 1
        try:
            return self._connections.target(workflow).shown_live(change.target)
        except FlowshipError:
            return None

    def _in_time(self) -> bool:
        clock = self._context.clock
        return not clock.stopped and clock.remaining >= max(self._until, MIN_SECONDS_LEFT)

    def _from_github(self, workflow: Workflow, path: str, commit: str) -> bytes | None:
        context = self._context
        if context.services.github is None:
            return None
        if self._failure or self._downloads >= MAX_CALLS or not self._in_time():
            self._missed.add(workflow.name)
            return None
        from deployer.github import commits

        self._downloads += 1
        try:
            return commits.read_file(context.services.github.api, commit, path)
        except FlowshipError as error:
            self._failure = error.message
            self._missed.add(workflow.name)
            return None

    def close(self) -> None:
        self._git.close()

    def notices(self) -> tuple[str, ...]:
        """Notices of differences that are not shown."""
        lines = [f"What changes inside {name} could not be worked out ({error}): please report it." for name, error in sorted(self.errors.items())]
        if self._missed:
            why = (
                f"the earlier files could not be read from GitHub ({self._failure})"
                if self._failure
                else f"GitHub is asked for {MAX_CALLS} files and for {MAX_SECONDS:.0f} seconds at most"
            )
            lines.append(f"What changes inside is not shown for {count(len(self._missed), 'workflow')}: {why}.")
        return tuple(lines)
