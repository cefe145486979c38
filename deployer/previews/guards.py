"""A preview key may not be a deploy key: refused by name, by value, and by the target behind it."""

from collections.abc import Collection, Iterable, Mapping

from deployer.manifest import resolve
from deployer.manifest.model import Manifest
from deployer.model.errors import UsageError
from deployer.model.secret import Secret
from deployer.model.workflow import Workflow
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.context import RunContext
from deployer.platforms.connections import Connections
from deployer.state.base import ProjectState

CODE = "preview-key"
FIX = "Make targets (workflows, or an organisation) for previews alone, and give their keys names of their own."
Address = tuple[str, str]
"""A base URL, and a target's id there."""


def refuse_deploy_keys(context: RunContext, manifests: Iterable[Manifest | None]) -> None:
    """Raises UsageError where a preview key of one of these manifests is a deploy key of any of them, by name or by value."""
    known = [manifest for manifest in manifests if manifest]
    deploys = {workflow.key for manifest in known for _, workflow in resolve.list_targets(manifest) if workflow.key}
    previews = sorted({key for manifest in known for entry in manifest.entries for key in entry.preview_keys})
    refuse_names(previews, deploys)
    refuse_values(previews, sorted(deploys), context.settings.credentials.keys)


def refuse_deploy_targets(context: RunContext, base: BaseBranch, connections: Connections, targets: Iterable[tuple[Workflow, str]]) -> None:
    """Raises UsageError where a target behind a preview key is one that the state of any project of the repository, or the manifest, names."""
    addresses = [(workflow.key, (connections.host(workflow), target)) for workflow, target in targets if target]
    if not addresses or base.manifest is None:
        return
    states = context.services.state.read_all().states
    pinned = {
        (connections.host(workflow), workflow.id): f"{workflow.name} in {environment}"
        for environment, workflow in resolve.list_targets(base.manifest)
        if workflow.id
    }
    refuse_targets(addresses, deployed_targets(states) | pinned)


def refuse_names(previews: Iterable[str], deploys: Collection[str]) -> None:
    """Raises UsageError for a name that is both a preview key and a deploy key."""
    shared = sorted(set(previews) & set(deploys))
    if shared:
        raise UsageError(f"The preview key {shared[0]} is a deploy key too: a preview would write to where a deploy writes.", fix=FIX, code=CODE)


def refuse_values(previews: Iterable[str], deploys: Iterable[str], keys: Mapping[str, Secret]) -> None:
    """Raises UsageError where a preview key has the same value as a deploy key, as far as both are given. Shows neither."""
    values = {keys[name]: name for name in deploys if name in keys}
    for name in previews:
        if name in keys and keys[name] in values:
            raise UsageError(f"The preview key {name} has the same value as the deploy key {values[keys[name]]}.", fix=FIX, code=CODE)


def deployed_targets(states: Iterable[ProjectState]) -> dict[Address, str]:
    """Every target in the states, and what was deployed to it: `triage in production`."""
    return {
        (record.host, record.target): f"{name} in {state.environment}{f' of the project {state.project}' * bool(state.project)}"
        for state in states
        for name, recorded in state.state.workflows.items()
        for record in (recorded.draft, *recorded.releases)
        if record and record.target
    }


def refuse_targets(previews: Iterable[tuple[str, Address]], deployed: Mapping[Address, str]) -> None:
    """Raises UsageError where a preview key (`previews` pairs its name with the address behind it) leads to a target of a deploy."""
    for name, address in previews:
        if address in deployed:
            message = f"The preview key {name} leads to {address[1]}, which is the target of {deployed[address]}. Nothing was written."
            raise UsageError(message, fix=FIX, code=CODE)
