"""What changes inside each workflow of a plan: both definitions are found and compared. Nothing here can fail a run: what cannot be found out is
not shown, and that is said.

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
from deployer.pipeline.revisions import source_in
from deployer.planning import baseline as befores
from deployer.planning.reconcile import about
from deployer.platforms.baseline import Baseline, CandidateCommit
from deployer.platforms.connections import Connections
from deployer.platforms.registry import platform_named, target_of
from deployer.state.base import EnvironmentState

MOST = 50  # files to ask GitHub for, and definitions to ask a platform for: a request each
SPARED = 500  # of the platform's requests: what is to be deployed needs the rest
LONGEST = 15.0  # seconds for all of them
ENOUGH = 60.0  # seconds left: what is to be deployed needs the rest


def detailed(context: RunContext, plan: Plan, state: EnvironmentState, hosts: Mapping[str, str], policy: Policy, clients: Connections) -> Plan:
    """The plan, with a difference in each change that would write, or waits. `hosts`: the base URL by workflow name."""
    with closing(HistoricalSources(context, clients)) as past:
        changes = tuple(_detailed(change, state, hosts.get(change.workflow.name, ""), policy, past) for change in plan)
    return replace(plan, changes=changes, notices=(*plan.notices, *past.notices()))


def _detailed(change: Change, state: EnvironmentState, host: str, policy: Policy, past: "HistoricalSources") -> Change:
    if change.action not in befores.COMPARED or change.preview:
        return change
    try:
        wanted = _wanted(change, past)
        if wanted is None or wanted.source.definition is None:
            return change
        before = befores.find_baseline(change, about(state.of(wanted.name), host), past.base)
        return replace(change, difference=_difference(change, wanted, before, policy, past))
    except Exception as error:  # noqa: BLE001 - a mistake of ours in saying what changes must not keep anybody from changing it
        past.odd[change.workflow.name] = type(error).__name__
        return change


def _wanted(change: Change, past: "HistoricalSources") -> Workflow | None:
    """The workflow with the definition that is to be there: a rollback's is not in the file."""
    back, workflow = change.restored, change.workflow
    if back is None or same_hash(workflow.fingerprint, back.fingerprint):
        return workflow
    source = past.source(workflow, CandidateCommit(back.commit, "", back.fingerprint)) if back.fingerprint else None
    return workflow._replace(source=source) if source else None


def _difference(change: Change, workflow: Workflow, before: Baseline, policy: Policy, past: "HistoricalSources") -> Difference:
    """With what is there, as the platform showed it, or a file proves; else with what the platform shows when asked; else with a commit before."""
    wanted = target_of(workflow).shown_definition(policy)
    if before.absent:
        return _compare(workflow, {}, wanted, "")
    proven = [commit for commit in before.commits if commit.fingerprint]
    difference = before.definition is None and _at_commits(workflow, proven, policy, past)
    shown = None if difference else before.definition or past.shown(change)
    if shown is not None:
        after = target_of(workflow).shown_definition(policy, status="status" in shown)
        return _compare(workflow, target_of(workflow).without_added(shown), after, befores.NOW)
    unproven = [commit for commit in before.commits if not commit.fingerprint]
    return difference or _at_commits(workflow, unproven, policy, past) or _compare(workflow, wanted, wanted, "")._replace(known=False)


def _compare(workflow: Workflow, before: Mapping[str, Any], after: Mapping[str, Any], against: str) -> Difference:
    return platform_named(workflow.platform).compare_definitions(before, after, against)


def _at_commits(workflow: Workflow, commits: Sequence[CandidateCommit], policy: Policy, past: "HistoricalSources") -> Difference | None:
    for commit in commits:
        source = past.source(workflow, commit)
        if source is not None and source.definition is not None:
            existing = target_of(workflow._replace(source=source)).shown_definition(policy)
            return _compare(workflow, existing, target_of(workflow).shown_definition(policy), commit.against)
    return None


class HistoricalSources:
    """Definitions as other commits have them: by git, else by GitHub. Asks GitHub for few, and no more once that failed."""

    def __init__(self, context: RunContext, clients: Connections) -> None:
        self._context = context
        self._clients = clients
        self._git = local_git.Files(context.root)
        self._asked = 0
        self._looked = 0
        self._until = context.clock.remaining - LONGEST
        self._failure = ""
        self._missed: set[str] = set()
        self.odd: dict[str, str] = {}
        event = context.event
        self.base = (
            CandidateCommit(event.base_sha, "the base branch") if event.base_sha else CandidateCommit(event.before, "what was there before this push")
        )

    def source(self, workflow: Workflow, place: CandidateCommit) -> Source | None:
        """The definition there, with this environment's values laid over it; None where it is not known to be what was there."""
        content = self._git.at(place.commit, workflow.path)
        content = self._from_github(workflow, place.commit) if content is None else content
        try:
            source = source_in(self._context, workflow, content, place.commit) if content is not None else None
        except FlowshipError:  # its values in `set` do not fit the definition as it was then
            return None
        return source if source and (not place.fingerprint or same_hash(source.fingerprint, place.fingerprint)) else None

    def shown(self, change: Change) -> Mapping[str, Any] | None:
        """The definition on the platform, where it was not read since it was not written there; None where no request can be spared for it."""
        workflow, observed = change.workflow, change.observed
        spent = self._clients.requests().get(workflow.platform)
        dear = spent is not None and spent.remaining is not None and spent.remaining < SPARED
        if not (change.target and observed.active) or dear or self._looked >= MOST or not self._in_time():
            return None
        self._looked += 1
        try:
            return self._clients.target(workflow).shown_live(change.target)
        except FlowshipError:
            return None

    def _in_time(self) -> bool:
        clock = self._context.clock
        return not clock.stopped and clock.remaining >= max(self._until, ENOUGH)

    def _from_github(self, workflow: Workflow, commit: str) -> bytes | None:
        context = self._context
        if context.services.github is None:
            return None
        if self._failure or self._asked >= MOST or not self._in_time():
            self._missed.add(workflow.name)
            return None
        from deployer.github import commits

        self._asked += 1
        try:
            return commits.read_file(context.services.github.api, commit, workflow.path)
        except FlowshipError as error:
            self._failure = error.message
            self._missed.add(workflow.name)
            return None

    def close(self) -> None:
        self._git.close()

    def notices(self) -> tuple[str, ...]:
        """What people should know of what is not shown."""
        said = [f"What changes inside {name} could not be worked out ({kind}): please report it." for name, kind in sorted(self.odd.items())]
        if self._missed:
            why = (
                f"GitHub did not tell what was there ({self._failure})"
                if self._failure
                else f"GitHub is asked for {MOST} files and for {LONGEST:.0f} seconds at most"
            )
            said.append(f"What changes inside is not shown for {count(len(self._missed), 'workflow')}: {why}.")
        return tuple(said)
