"""A preview key may not be a deploy key: refused by name, by value, and by the target behind it. Pure."""

from collections.abc import Collection, Iterable, Mapping

from deployer.model.errors import UsageError
from deployer.model.secret import Secret
from deployer.state.base import EnvironmentState

CODE = "preview-key"
FIX = "Make targets (workflows, or an organisation) for previews alone, and give their keys names of their own."
Target = tuple[str, str]
"""A base URL, and an id there."""


def refuse_names(previews: Iterable[str], deploys: Collection[str]) -> None:
    """Raises UsageError for a name that both kinds of settings use."""
    shared = sorted(set(previews) & set(deploys))
    if shared:
        raise UsageError(f"The preview key {shared[0]} is a deploy key too: a preview would write to where a deploy writes.", fix=FIX, code=CODE)


def refuse_values(previews: Iterable[str], deploys: Iterable[str], keys: Mapping[str, Secret]) -> None:
    """Raises UsageError where a preview key has the same value as a deploy key, as far as both are given. Shows neither."""
    values = {keys[name]: name for name in deploys if name in keys}
    for name in previews:
        if name in keys and keys[name] in values:
            raise UsageError(f"The preview key {name} has the same value as the deploy key {values[keys[name]]}.", fix=FIX, code=CODE)


def deployed(states: Mapping[str, EnvironmentState]) -> dict[Target, str]:
    """Every target that the state says was deployed to, and what was: `triage in production`. By environment."""
    return {
        (entry.host, entry.target): f"{name} in {environment}"
        for environment, state in states.items()
        for name, recorded in state.workflows.items()
        for entry in (recorded.draft, *recorded.releases)
        if entry and entry.target
    }


def refuse_targets(found: Iterable[tuple[str, Target]], known: Mapping[Target, str]) -> None:
    """Raises UsageError where a preview key (`found` pairs its name with the target behind it) leads to a target of a deploy."""
    for name, target in found:
        if target in known:
            message = f"The preview key {name} leads to {target[1]}, which is the target of {known[target]}. Nothing was written."
            raise UsageError(message, fix=FIX, code=CODE)
