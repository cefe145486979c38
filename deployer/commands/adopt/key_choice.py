"""Which keys to adopt with, and which platform each is for: a key goes to that platform and to no other, so it is never tried out."""

import re
from typing import NamedTuple

from deployer.config.settings import Settings
from deployer.manifest import resolve
from deployer.manifest.environments import propose_key
from deployer.manifest.model import KEY_NAME, Manifest
from deployer.model.errors import UsageError
from deployer.planning import keys
from deployer.platforms.registry import all_platforms, platform_named


class PickedKey(NamedTuple):
    """A key by its name, and its platform."""

    key: str
    platform: str


def pick_keys(settings: Settings, manifest: Manifest | None, environment: str) -> tuple[PickedKey, ...]:
    """The key that was named; else every given key of the environment that leads to many workflows, and those whose names show their platform.

    Raises UsageError when there is none, or its platform is unknown.
    """
    if settings.adopt.key_name:
        return (_pick_named(settings, manifest),)
    given = [name.upper() for name in _listing()] if settings.sandbox else sorted(settings.credentials.keys)
    picked = [PickedKey(name, platform) for name in given if (platform := _platform_unasked(manifest, environment, name))]
    picked = [pick for pick in picked if settings.adopt.platform in ("auto", pick.platform)]
    if not picked:
        raise _no_key_error(settings)
    return tuple(picked)


def _fix_platform() -> str:
    names = tuple(all_platforms())
    return (
        f"Set {' or '.join(f'`platform: {name}`' for name in names)}. "
        f"A key whose name begins with {' or '.join(map(str.upper, names))} needs no `platform`."
    )


def _pick_named(settings: Settings, manifest: Manifest | None) -> PickedKey:
    name = settings.adopt.key_name
    if not re.fullmatch(KEY_NAME, name):
        # It is not shown: it may well be the key itself.
        raise UsageError(
            "`key-name` is no name of a key.", fix="It takes a name, as the manifest would: capital letters, digits and `_`. Keys go into `keys`."
        )
    platforms = dict.fromkeys(platform for _, platform in _uses(manifest, name))
    platform = next(iter(platforms), None) or _platform_in_name(name)
    if settings.adopt.platform != "auto":
        chosen = platform_named(settings.adopt.platform).name
        if platforms and chosen not in platforms:
            raise UsageError(f"`platform` is {chosen}, and the manifest uses the key {name} for {platform}.", fix="Leave `platform` out.")
        platform = chosen
    if not settings.sandbox and name not in settings.credentials.keys:
        message = f"No key named {name} was given.{keys.similar_key(name, settings)}"
        raise UsageError(message, fix=keys.add_keys((name,)), code="missing-key")
    if platform is None:
        raise UsageError(f"Which platform the key {name} is for is unknown.", fix=_fix_platform())
    return PickedKey(name, platform)


def _platform_unasked(manifest: Manifest | None, environment: str, name: str) -> str | None:
    """The platform of a key that may be used without being named: not that of another environment, or of previews, whose workflows are
    no business of this one; nor a key that leads to one workflow and has its entry. The name tells too, as `init` gives it: it ends in `_STAGING`."""
    uses = _uses(manifest, name)
    if listed := next((platform for platform in _listing() if (environment, platform) in uses), None):
        return listed
    is_anothers = uses or name in _preview_key_names(manifest) or _is_named_for_another(manifest, environment, name)
    return None if is_anothers else _platform_in_name(name)


def _is_named_for_another(manifest: Manifest | None, environment: str, name: str) -> bool:
    others = {declared for declared in manifest.environments if declared != environment} if manifest else set()
    return any(name.endswith(f"_{propose_key(other)}") for other in (*others, "preview"))


def _uses(manifest: Manifest | None, name: str) -> list[tuple[str, str]]:
    """(environment, platform) of every entry in the manifest that names that key."""
    pairs = resolve.list_targets(manifest) if manifest else ()
    return [(environment, workflow.platform) for environment, workflow in pairs if workflow.key == name]


def _preview_key_names(manifest: Manifest | None) -> set[str]:
    return {key for entry in (manifest.entries if manifest else ()) for key in entry.preview_keys}


def _platform_in_name(name: str) -> str | None:
    return next((platform for platform in all_platforms() if name.startswith(platform.upper())), None)


def _listing() -> list[str]:
    """The platforms whose keys lead to more than one workflow."""
    return [name for name, platform in all_platforms().items() if not platform.capabilities.key_is_target]


def _no_key_error(settings: Settings) -> UsageError:
    asked = settings.adopt.platform
    if names := ", ".join(name for name in sorted(settings.credentials.keys) if asked == "auto" or _platform_in_name(name) in (None, asked)):
        also = f" {_fix_platform()}" if asked == "auto" else ""
        return UsageError(f"Which of the keys to adopt with? Given: {names}.", fix=f"Name one with `key-name`.{also}", code="missing-key")
    unnamed = " `api-key` has no name that the manifest could use." if settings.credentials.api_key else ""
    platform = platform_named(_listing()[0] if asked == "auto" else asked)
    fix = f"Add `{platform.name.upper()}=…` to `keys`, an API token of your {platform.title} organisation."
    if platform.capabilities.key_is_target:
        fix = f"Add `{platform.name.upper()}_NAME=…` to `keys`, the API key of one {platform.title} workflow, and name it with `key-name`."
    return UsageError(f"There is no key to adopt with.{unnamed}", fix=fix, code="missing-key")
