"""Targets that other projects and environments of this repository have, by its state: a deploy may not write to them. Pure.

`deployer.planning.keys` finds two entries of one manifest with one id or one key value. This finds an id that only the state has, two keys that
lead to one workflow, and what another manifest of the repository ships.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from deployer.model.errors import UsageError
from deployer.model.failure import NAME_TAKEN
from deployer.model.observation import Observed
from deployer.model.plan import Plan
from deployer.model.workflow import Workflow
from deployer.state.base import EnvironmentState, ProjectState, StateOwner, WorkflowRecord

Target = tuple[str, str]
"""A base URL, and an id there."""


class ManifestEntries(NamedTuple):
    """What a manifest in this commit names: the id of each (environment, workflow), "" where it gives none. Without `readable` it may name
    anything."""

    project: str
    ids: Mapping[tuple[str, str], str] = {}
    readable: bool = True


class TargetOwner(NamedTuple):
    """The workflow whose records have a target. `claim`: its manifest in this commit names it (`named`), names it no more (`dropped`), or is
    not there (`gone`); what is not `named` may be taken over."""

    state: ProjectState
    workflow: str
    claim: Literal["named", "dropped", "gone"]

    @property
    def record(self) -> WorkflowRecord:
        return self.state.state.of(self.workflow)

    def text(self, project: str) -> str:
        """For people, seen from a project: `triage in production`, with the project where it is another."""
        other = f" of {project_text(self.state.project)}" if self.state.project != project else ""
        return f"{self.workflow} in {self.state.environment}{other}"


def project_text(project: str) -> str:
    return f"the project {project}" if project else "the project at the repository's top"


def find_owners(states: Iterable[ProjectState], owner: StateOwner, entries: Mapping[str, ManifestEntries]) -> dict[Target, TargetOwner]:
    """The owner of each target in the states. `owner`: of this run; `entries`: by path, of the manifests that are in this commit."""
    owners: dict[Target, TargetOwner] = {}
    for state in states:
        for name, record in state.state.workflows.items():
            for deployed in filter(None, (record.live, record.draft)):
                target = (deployed.host, deployed.target)
                known = owners.get(target)
                if deployed.target and not (known and known.claim == "named"):
                    owners[target] = TargetOwner(state, name, _claim(state, name, deployed.target, owner, entries))
    return owners


def _claim(
    state: ProjectState, name: str, target: str, owner: StateOwner, entries: Mapping[str, ManifestEntries]
) -> Literal["named", "dropped", "gone"]:
    """A manifest that was given another `project` is a new project's, which goes on with its state."""
    is_own = state.project == owner.project
    path = owner.manifest if is_own and owner.manifest else state.owner.manifest
    manifest = entries.get(path)
    if manifest is None or (path == owner.manifest and not is_own):
        return "gone"
    if not manifest.readable:
        return "named"
    return "named" if manifest.ids.get((state.environment, name)) in ("", target) else "dropped"


def find_takeovers(
    workflows: Sequence[Workflow], observed: Mapping[str, Observed], hosts: Mapping[str, str], owners: Mapping[Target, TargetOwner]
) -> dict[str, TargetOwner]:
    """The owner whose records each workflow takes over, since it has the same target. One that was found by its name alone, and not by key or
    id, takes over only from a manifest that is gone. `observed` as far as there is a key; without one the workflow's name has to do."""
    takeovers: dict[str, TargetOwner] = {}
    for workflow in workflows:
        observation = observed.get(workflow.name, Observed(readable=False))
        owner = owners.get((hosts[workflow.name], observation.id or workflow.id)) if observation.id or workflow.id else None
        if owner is None and not observation.readable and not observation.failure and not observation.id:
            owner = _by_name(workflow.name, hosts[workflow.name], owners)
        by_name_alone = observation.failure is not None and observation.failure.code == NAME_TAKEN
        if owner and owner.claim != "named" and not (by_name_alone and owner.claim != "gone"):
            takeovers[workflow.name] = owner
    return takeovers


def find_leftovers(
    takeovers: Mapping[str, TargetOwner], owners: Mapping[Target, TargetOwner], owner: StateOwner, environment: str, named: Collection[str]
) -> dict[str, TargetOwner]:
    """What this manifest recorded in the environment while it was the project that these records are taken over from, by names that it has no
    more: without its records, nothing would ever prune it. `named`: every name in the manifest."""
    sources = set(map(_place, takeovers.values()))
    taken = {(*_place(earlier), earlier.workflow) for earlier in takeovers.values()}
    return {
        earlier.workflow: earlier
        for earlier in owners.values()
        if earlier.claim == "gone"
        and earlier.state.owner.manifest == owner.manifest != ""
        and earlier.state.environment == environment
        and _place(earlier) in sources
        and (*_place(earlier), earlier.workflow) not in taken
        and earlier.workflow not in named
    }


def _place(owner: TargetOwner) -> tuple[str, str]:
    return owner.state.project, owner.state.environment


def _by_name(name: str, host: str, owners: Mapping[Target, TargetOwner]) -> TargetOwner | None:
    matches = [owner for (base, _), owner in owners.items() if (base, owner.workflow, owner.claim) == (host, name, "gone")]
    return matches[0] if len({match.state.project for match in matches}) == 1 else None


def take_over(state: EnvironmentState, takeovers: Mapping[str, TargetOwner]) -> EnvironmentState:
    """The state with the records of these owners. What this project's own runs were about to do stays known."""
    return replace(state, workflows={**state.workflows, **{name: _with_intents(owner.record, state.of(name)) for name, owner in takeovers.items()}})


def _with_intents(record: WorkflowRecord, own: WorkflowRecord) -> WorkflowRecord:
    return replace(
        record,
        open_intents=(*record.open_intents, *own.open_intents),
        unfinished_intents=(*record.unfinished_intents, *own.unfinished_intents),
    )


def takeover_notices(takeovers: Mapping[str, TargetOwner], owner: StateOwner) -> tuple[str, ...]:
    """One notice for each project whose records are taken over by `owner`'s."""
    names: dict[tuple[StateOwner, str], list[str]] = {}
    for name, earlier in sorted(takeovers.items()):
        names.setdefault((earlier.state.owner, earlier.claim), []).append(name)
    return tuple(
        f"The records of {', '.join(own)} are taken over from {project_text(source.project)}: {_why(source.manifest, claim, owner)}."
        for (source, claim), own in names.items()
    )


def _why(manifest: str, claim: str, owner: StateOwner) -> str:
    if claim == "dropped":
        return f"{manifest or 'its manifest'} no longer names them"
    if manifest and manifest == owner.manifest:
        return f"{manifest} is {project_text(owner.project)} now"
    return f"its manifest, {manifest}, is not in this commit" if manifest else "it has no manifest"


def refuse(plan: Plan, hosts: Mapping[str, str], owners: Mapping[Target, TargetOwner]) -> None:
    """Raises UsageError where a workflow of the plan leads to a target of another project or environment. `hosts`: the base URL by workflow."""
    for change in plan:
        host, observed = hosts.get(change.workflow.name, ""), change.observed
        by_name_alone = observed.failure is not None and observed.failure.code == NAME_TAKEN
        target = change.target or observed.id
        owner = owners.get((host, target))
        if owner and (owner.claim == "named" or by_name_alone):
            what = f"would be created under a name that is taken by {target}" if by_name_alone else f"leads to {target}"
            raise UsageError(
                f"{change.workflow.name} in {plan.environment} {what}, the target of {owner.text(plan.project)}: each would "
                "overwrite the other. Nothing was written.",
                fix=_fix(owner, by_name_alone=by_name_alone),
                code="shared-target",
            )


def _fix(owner: TargetOwner, *, by_name_alone: bool) -> str:
    if by_name_alone:
        return "Give yours another `name` in its definition."
    return f"Give each its own key or `id`. If {owner.workflow} in {owner.state.environment} has another target by now, deploy that first."


def refuse_shared_project(recorded: Iterable[StateOwner], owner: StateOwner, entries: Mapping[str, ManifestEntries]) -> None:
    """Raises UsageError where another manifest of this commit names the same project: each would take the other's workflows for its own."""
    for other in recorded:
        manifest = entries.get(other.manifest)
        if owner.manifest and other.project == owner.project and other.manifest != owner.manifest and manifest and manifest.project == owner.project:
            raise UsageError(
                f"{owner.manifest} and {other.manifest} are both {project_text(owner.project)}: they would have one state. Nothing was written.",
                fix=f"Add `project: NAME` to {owner.manifest}, with a name of its own.",
                code="shared-project",
            )
