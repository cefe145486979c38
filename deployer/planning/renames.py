"""Renamed workflows: a new name in the manifest with the id, definition, file or visible name last deployed under a name that is gone. Pure.

The new name takes the records over. Else the next deploy would create a second copy, or refuse a name that is taken on the platform.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from deployer.model.workflow import Workflow
from deployer.platforms.registry import platform_named
from deployer.state.base import DeployRecord, EnvironmentState


def find_renames(
    state: EnvironmentState,
    workflows: Sequence[Workflow],
    named: Collection[str],
    hosts: Mapping[str, str],
    is_successor: Callable[[Workflow, str, DeployRecord], bool] = lambda *_: False,
) -> dict[str, str]:
    """Old names by new name, where a key leads to more than one workflow. `named`: every name in the manifest, of any environment. None where
    two old names fit. `is_successor`: whether an old name's file, or its name on the platform, is the workflow's; asked where the definition,
    which may have changed too, does not tell."""
    loose = {name: last for name, record in state.workflows.items() if name not in named and (last := record.last) and last.target}
    old_names: dict[str, str] = {}
    for workflow in workflows:
        if platform_named(workflow.platform).capabilities.key_is_target or state.of(workflow.name).last:
            continue
        here = {name: last for name, last in loose.items() if last.host == hosts[workflow.name]}
        candidates = [name for name, last in here.items() if _is_same(workflow, last)]
        if not candidates and not workflow.id:
            candidates = [name for name, last in here.items() if is_successor(workflow, name, last)]
        if len(candidates) == 1:
            old_names[workflow.name] = candidates[0]
    claims = list(old_names.values())
    return {new: old for new, old in old_names.items() if claims.count(old) == 1}


def take_over_records(state: EnvironmentState, old_names: Mapping[str, str]) -> EnvironmentState:
    """The state with these records under their new names."""
    kept = {name: record for name, record in state.workflows.items() if name not in old_names.values()}
    return replace(state, workflows={**kept, **{new: state.of(old) for new, old in old_names.items()}})


def _is_same(workflow: Workflow, last: DeployRecord) -> bool:
    return workflow.id == last.target if workflow.id else workflow.fingerprint == last.fingerprint
