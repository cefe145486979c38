"""The targets that other projects and environments of this repository have: its state, read once, and the manifests that it names, as they are in
this commit."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from deployer.formats import files
from deployer.manifest import load as manifests
from deployer.manifest import resolve
from deployer.model.errors import FlowshipError
from deployer.model.finding import Finding
from deployer.model.plan import Plan
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.pipeline.project import owner_of
from deployer.pipeline.revisions import content_at
from deployer.planning import target_conflicts
from deployer.planning.target_conflicts import ManifestEntries, Target, TargetOwner
from deployer.state.base import ProjectState, StateOwner


class RepositoryTargets:
    """Seen from one environment of a project ("" for all of it). `pairs`: what its own manifest names, as (environment, workflow)."""

    def __init__(self, context: RunContext, owner: StateOwner, environment: str, pairs: Iterable[tuple[str, Workflow]]) -> None:
        self._context = context
        self._owner = owner
        self._environment = environment
        self._top = context.root
        self._entries = {owner.manifest: ManifestEntries(owner.project, _ids(pairs))}
        self._missing: set[str] = set()

    @cached_property
    def _states(self) -> tuple[ProjectState, ...]:
        repository = self._context.services.state.read_all()
        self.notices = repository.notices
        return tuple(state for state in repository.states if not self._is_own(state))

    notices: tuple[str, ...] = ()

    @cached_property
    def owners(self) -> dict[Target, TargetOwner]:
        """By target. Raises UsageError where another manifest of this commit has the same project."""
        self.refuse_shared_project(*(state.owner for state in self._states))
        return target_conflicts.find_owners(self._states, self._owner, self._manifests(state.owner.manifest for state in self._states))

    @property
    def project(self) -> str:
        return self._owner.project

    @property
    def is_read(self) -> bool:
        return "owners" in self.__dict__

    def named(self) -> frozenset[Target]:
        """What other manifests of this commit ship, by the state, and (on any host, "") the ids that they name."""
        recorded = {target for target, owner in self.owners.items() if owner.claim == "named"}
        ids = {("", id_) for path, manifest in self._entries.items() if path != self._owner.manifest for id_ in manifest.ids.values() if id_}
        return frozenset(recorded | ids)

    def approve(self, plan: Plan, hosts: Mapping[str, str]) -> Plan:
        """The plan, as one of this project. Raises UsageError where it leads to a target of another one; the state is read for that where
        something is to be written, or a name is taken. `hosts`: the base URL by workflow name."""
        plan = replace(plan, project=self._owner.project)
        if self.is_read or plan.writes or any(change.action == "fail" and change.observed.id for change in plan):
            target_conflicts.refuse(plan, hosts, self.owners)
        return replace(plan, notices=(*plan.notices, *self.notices))

    def refuse_shared_project(self, *recorded: StateOwner) -> None:
        target_conflicts.refuse_shared_project(recorded, self._owner, self._manifests(other.manifest for other in recorded))

    def _is_own(self, state: ProjectState) -> bool:
        return state.project == self._owner.project and self._environment in ("", state.environment)

    def _manifests(self, paths: Iterable[str]) -> Mapping[str, ManifestEntries]:
        """Those of the paths that are in this commit."""
        for path in paths:
            if path and path not in self._entries and path not in self._missing:
                entries = self._read(path)
                if entries:
                    self._entries[path] = entries
                else:
                    self._missing.add(path)
        return self._entries

    def _read(self, path: str) -> ManifestEntries | None:
        """The manifest at a path as checked out; where not everything is, as the commit has it."""
        loaded = files.read_bytes(self._top, path)
        content = None if isinstance(loaded, Finding) else loaded[1]
        if content is None and os.path.exists(os.path.join(self._top, ".git", "info", "sparse-checkout")):
            try:
                content = content_at(replace(self._context, root=self._top), path, self._context.commit.sha)
            except FlowshipError:
                return ManifestEntries("", readable=False)
        if content is None:
            return None
        manifest, _ = manifests.parse_manifest(self._top, path, content)
        owner = owner_of(self._top, path, manifest.project if manifest else "")
        return ManifestEntries(owner.project, _ids(resolve.list_targets(manifest)) if manifest else {}, readable=manifest is not None)


def _ids(pairs: Iterable[tuple[str, Workflow]]) -> dict[tuple[str, str], str]:
    return {(environment, workflow.name): workflow.id for environment, workflow in pairs}
