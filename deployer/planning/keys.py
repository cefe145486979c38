"""The key of each workflow, and errors in the keys, found before anything is written."""

from collections.abc import Iterable, Mapping

from deployer.config.settings import Settings
from deployer.model.errors import UsageError
from deployer.model.near_names import near_names
from deployer.model.secret import Secret
from deployer.model.workflow import Workflow
from deployer.platforms.registry import platform_named


def key_of(settings: Settings, environment: str, workflow: Workflow) -> Secret | None:
    """The workflow's key; None when it was not given. Only `keys`, `api-key` and FLOWSHIP_KEY_ variables are read."""
    if settings.sandbox:
        return platform_named(workflow.platform).sandbox_key(workflow, f"{environment}\0{workflow.name}", preview=False)
    return settings.credentials.keys.get(workflow.key) if workflow.key else settings.credentials.api_key


def require_keys(settings: Settings, manifest: str, environment: str, workflows: Iterable[Workflow]) -> None:
    """Raises UsageError that names every workflow without its key, its entry, and the line to add to `keys`."""
    missing = [workflow for workflow in workflows if key_of(settings, environment, workflow) is None]
    if not missing:
        return
    if not missing[0].key:
        raise UsageError(f"No key for {missing[0].path}.", fix="Set `api-key`.", code="missing-key")
    names = tuple(dict.fromkeys(workflow.key for workflow in missing))
    message = _missing_message(manifest, environment, missing, names) + "".join(similar_key(name, settings) for name in names)
    raise UsageError(message, fix=add_keys(names), code="missing-key")


def refuse_shared_targets(hosts: Mapping[tuple[str, str], str], pairs: Iterable[tuple[str, Workflow, Secret | None]]) -> None:
    """Raises UsageError where two (environment, workflow) pairs are one target, by their platform's rule.

    `pairs`: environment, workflow, key (None when not given). `hosts`: base URL by (environment, workflow name).
    """
    owners: dict[tuple[str, str], tuple[str, str]] = {}
    for environment, workflow, key in pairs:
        platform = platform_named(workflow.platform)
        target = platform.target_key(hosts[environment, workflow.name], workflow, key)
        if target is None:
            continue
        owner = owners.setdefault(target, (environment, workflow.name))
        if owner != (environment, workflow.name):
            raise shared_target(
                owner, (environment, workflow.name), "have one key" if platform.capabilities.key_is_target else f"have one id ({workflow.id})"
            )


def shared_target(one: tuple[str, str], other: tuple[str, str], what: str) -> UsageError:
    """The error for two (environment, workflow) pairs on one target."""
    return UsageError(
        f"{one[1]} in {one[0]} and {other[1]} in {other[0]} {what}: each would overwrite the other.",
        fix="Give each its own target: its own key where a key leads to one workflow, else its own `id`.",
        code="shared-target",
    )


def add_keys(names: Iterable[str]) -> str:
    """The instruction to give these keys; `deployer.config.spelling` knows it."""
    return f"Add {', '.join(f'`{name}=…`' for name in names)} to `keys` (the secret behind it)."


def similar_key(name: str, settings: Settings) -> str:
    """A sentence on the given key whose name is almost the missing one's; "" when none is."""
    near = near_names(name, settings.credentials.keys, prefixes=False)
    return f" A key {near[0]} was given: is its name misspelled?" if near else ""


def _missing_message(manifest: str, environment: str, missing: list[Workflow], names: tuple[str, ...]) -> str:
    workflows = ", ".join(workflow.name for workflow in missing)
    keys, were = (f"the key {names[0]}", "was") if len(names) == 1 else (f"the keys {', '.join(names)}", "were")
    return f"No key for {workflows} in {environment}: {manifest} names {keys}, which {were} not given."
