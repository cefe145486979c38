"""A workflow under a new name in the manifest: same id, or the very definition that was deployed last under a name that is gone. Pure.

Its records are taken over. Else the next deploy would make a second copy, or find a name on the platform that nobody claims.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from deployer.model.workflow import Workflow
from deployer.platforms.registry import platform_named
from deployer.state.base import DeployRecord, EnvironmentState, WorkflowRecord


def renames(state: EnvironmentState, workflows: Sequence[Workflow], named: Collection[str], hosts: Mapping[str, str]) -> dict[str, str]:
    """New name → old name, where a key leads to more than one workflow. `named`: every name in the manifest, whatever its environment. Where two
    could be meant nothing is guessed."""
    loose = {name: last for name, recorded in state.workflows.items() if name not in named and (last := last_of(recorded)) and last.target}
    found: dict[str, str] = {}
    for workflow in workflows:
        if platform_named(workflow.platform).capabilities.key_is_target or last_of(state.of(workflow.name)):
            continue
        before = [name for name, last in loose.items() if last.host == hosts[workflow.name] and _is(workflow, last)]
        if len(before) == 1:
            found[workflow.name] = before[0]
    claims = list(found.values())
    return {new: old for new, old in found.items() if claims.count(old) == 1}


def taken_over(state: EnvironmentState, found: Mapping[str, str]) -> EnvironmentState:
    """The state as if they had always had their new names."""
    kept = {name: recorded for name, recorded in state.workflows.items() if name not in found.values()}
    return replace(state, workflows={**kept, **{new: state.of(old) for new, old in found.items()}})


def last_of(recorded: WorkflowRecord) -> DeployRecord | None:
    """What was written last, live or not."""
    return recorded.live or recorded.draft


def _is(workflow: Workflow, last: DeployRecord) -> bool:
    return workflow.id == last.target if workflow.id else workflow.fingerprint == last.fingerprint
