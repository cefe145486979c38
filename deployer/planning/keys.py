"""The key of each workflow, and errors in the keys, found before anything is written."""

from collections.abc import Iterable, Mapping

from deployer.config.inputs import KEY_PREFIX
from deployer.config.settings import Settings
from deployer.model.errors import UsageError
from deployer.model.secret import Secret
from deployer.model.text import did_you_mean
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
        raise UsageError(f"No key for {missing[0].path}.", fix="Set `api-key` (the variable FLOWSHIP_API_KEY on a command line).", code="missing-key")
    hints = dict.fromkeys(did_you_mean(workflow.key, settings.credentials.keys) for workflow in missing)
    raise UsageError(_missing_message(manifest, environment, missing) + "".join(hints), fix=_lines_to_add(missing), code="missing-key")


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


def _missing_message(manifest: str, environment: str, missing: list[Workflow]) -> str:
    names = ", ".join(workflow.name for workflow in missing)
    keys = ", ".join(dict.fromkeys(workflow.key for workflow in missing))
    if len(missing) == 1:
        return f"No key for {names} in {environment}: its entry in {manifest} names the key {keys}, and none was given under that name."
    return f"No key for {names} in {environment}: their entries in {manifest} name the keys {keys}, and none was given under those names."


def _lines_to_add(missing: list[Workflow]) -> str:
    names = list(dict.fromkeys(workflow.key for workflow in missing))
    lines = ", ".join(f"`{name}=…`" for name in names)
    variables = ", ".join(f"{KEY_PREFIX}{name}" for name in names)
    return f"Add to `keys` (in GitHub: the secret behind it): {lines}. On a command line: {variables}."
