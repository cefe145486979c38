"""What is wrong between the parts of a manifest, which no schema can express: environments, keys, platforms, targets."""

from collections.abc import Iterator, Mapping
from typing import Any

from deployer.formats import files, known_formats
from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic
from deployer.formats.positions import Path
from deployer.formats.quoting import did_you_mean, shown
from deployer.manifest.model import Manifest, Override, WorkflowEntry


def validate(manifest: Manifest, data: Mapping[str, Any]) -> Iterator[RuleDiagnostic]:
    """`data` is the manifest as written: it distinguishes an absent key from one of the wrong type, which the schema reports."""
    if data.get("workflows") == {}:
        yield "manifest-empty", Diagnostic(("workflows",), "The manifest names no workflow.", "Add one under `workflows:`.", at_key=True)
    for entry in manifest.entries:
        raw = data["workflows"][entry.name]
        yield from _own_key(manifest, entry, raw)
        yield from _environments(manifest, entry, raw)
        yield from _platforms(entry)
        yield from _unused_keys(entry)
        yield from _preview(entry)
    yield from _shared_targets(manifest)
    yield from _preview_keys(manifest)
    yield from _precheck_key(manifest)


def _own_key(manifest: Manifest, entry: WorkflowEntry, raw: Mapping[str, Any]) -> Iterator[RuleDiagnostic]:
    first = manifest.environments[0]
    if "key" not in raw and "key" not in _mapping(_mapping(raw.get("environments")).get(first)):
        message = f"The workflow {shown(entry.name)} names no key for the environment {shown(first)}."
        fix = f"Add `key: {_proposed_key(entry.name)}`, the name of a key; its value goes into the input `keys`."
        yield "manifest-key-missing", Diagnostic(_base(entry), message, fix, at_key=True)


def _environments(manifest: Manifest, entry: WorkflowEntry, raw: Mapping[str, Any]) -> Iterator[RuleDiagnostic]:
    for name in entry.environments:
        path: Path = (*_base(entry), "environments", name)
        if name not in manifest.environments:
            fix = did_you_mean(name, manifest.environments) + " Environments are declared under `environments:` at the top."
            yield "manifest-environment", Diagnostic(path, f"The environment {shown(name)} is not declared.", fix, at_key=True)
        elif name != manifest.environments[0] and "key" not in _mapping(raw["environments"][name]):
            message = f"The workflow {shown(entry.name)} names no key for the environment {shown(name)}."
            fix = f"Add `key: {_proposed_key(entry.name + '_' + name)}`: no environment inherits another's key."
            yield "manifest-key-missing", Diagnostic(path, message, fix, at_key=True)


def _platforms(entry: WorkflowEntry) -> Iterator[RuleDiagnostic]:
    for path, settings in _settings(entry):
        source = settings.source
        by_suffix = files.platform_of(source)
        if source and entry.platform is None:
            fix = f"Name it {known_formats.suffix_table()}, or add `platform:`."
            yield "file-suffix", Diagnostic((*path, "source"), f"No platform has files like {shown(source)}.", fix)
        elif by_suffix is not None and by_suffix != entry.platform:
            message = f"{shown(source)} is a {by_suffix} file, and the workflow is on {entry.platform}."
            yield "manifest-source-platform", Diagnostic((*path, "source"), message, "Remove `platform:`, or name another file.")


def _unused_keys(entry: WorkflowEntry) -> Iterator[RuleDiagnostic]:
    """Keys that would silently do nothing on this workflow's platform."""
    known = known_formats.format_of(entry.platform)
    for path, settings in _settings(entry):
        for key, reason in known.unused_keys.items() if known else ():
            if getattr(settings, key):
                message = f"`{key}` does nothing on {entry.platform}."
                yield "manifest-value", Diagnostic((*path, key), message, f"Remove it: {reason}.", at_key=True)


def _shared_targets(manifest: Manifest) -> Iterator[RuleDiagnostic]:
    first_uses: dict[tuple[str, str], str] = {}
    for path, use, target in _targets(manifest):
        if target in first_uses:
            message = f"{use} and {first_uses[target]} have one target: both name the {target[0]} {shown(target[1])}."
            yield "manifest-target-shared", Diagnostic(path, message, f"The {target[0]} names the target: give each its own.")
        else:
            first_uses[target] = use


def _targets(manifest: Manifest) -> Iterator[tuple[Path, str, tuple[str, str]]]:
    """Every (environment, workflow) pair that names its target: the path, the pair in words, and what names it (`key` or `id`, and the name)."""
    first = manifest.environments[0]
    for entry in manifest.entries:
        known = known_formats.format_of(entry.platform)
        field = known.target_key if known else "key"
        overridden = entry.environments.get(first, Override())
        for path, settings in _settings(entry):
            environment = str(path[3]) if len(path) > 2 else first
            value = getattr(settings, field)
            if value and not (settings is entry and getattr(overridden, field)):
                yield (*path, field), f"{shown(entry.name)} in {shown(environment)}", (field, value)


def _preview(entry: WorkflowEntry) -> Iterator[RuleDiagnostic]:
    """`key` and `keys`: one of them, and the one that the platform takes."""
    if entry.preview is None:
        return
    path: Path = (*_base(entry), "preview")
    known = known_formats.format_of(entry.platform)
    takes_one = known is not None and known.preview_key == "key"
    has_one, has_pool = "key" in entry.preview, "keys" in entry.preview
    if set(entry.preview) <= {"set", "label"}:
        message = f"The preview of {shown(entry.name)} names no key."
        fix = f"Add `{known.preview_example if known else 'keys: […]'}`, a key that no deploy uses."
        yield "manifest-missing-key", Diagnostic(path, message, fix, at_key=True)
    elif has_pool and takes_one:
        message = f"The preview of {shown(entry.name)} has `keys`, and {entry.platform} takes one."
        yield "manifest-value", Diagnostic((*path, "keys"), message, "Write `key: …`: every pull request gets a copy under it.", at_key=True)
    elif has_one and has_pool:
        message = f"The preview of {shown(entry.name)} has both `key` and `keys`."
        yield "manifest-value", Diagnostic((*path, "key"), message, "Put all of them into `keys`.", at_key=True)


def _preview_keys(manifest: Manifest) -> Iterator[RuleDiagnostic]:
    deploy_keys = {settings.key for entry in manifest.entries for _, settings in _settings(entry) if settings.key}
    for entry in manifest.entries:
        preview = _mapping(entry.preview)
        pool = preview.get("keys")
        keys: list[tuple[Path, Any]] = [(("key",), preview.get("key"))]
        keys += [(("keys", index), key) for index, key in enumerate(pool if isinstance(pool, list) else ())]
        for path, key in keys:
            if isinstance(key, str) and key in deploy_keys:
                message = f"The preview of {shown(entry.name)} uses {shown(key)}, which is a deploy key."
                yield "manifest-preview-key", Diagnostic((*_base(entry), "preview", *path), message, "Create a key of its own for previews.")


def _precheck_key(manifest: Manifest) -> Iterator[RuleDiagnostic]:
    """An account's key opens no workflow, and a workflow's key no account."""
    key = manifest.precheck.key if manifest.precheck else ""
    workflow_keys = {name for entry in manifest.entries for _, settings in _settings(entry) for name in (settings.key, *entry.preview_keys)}
    if key and key in workflow_keys:
        message = f"`precheck` names {shown(key)}, which is a workflow's key."
        yield "manifest-value", Diagnostic(("precheck", "key"), message, "Name the developer key of the account, and give it a name of its own.")


def _base(entry: WorkflowEntry) -> Path:
    return ("workflows", entry.name)


def _settings(entry: WorkflowEntry) -> Iterator[tuple[Path, WorkflowEntry | Override]]:
    """The workflow itself, then each of its environments, with their paths."""
    yield _base(entry), entry
    for name, override in entry.environments.items():
        yield (*_base(entry), "environments", name), override


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _proposed_key(name: str) -> str:
    """A key name to propose: `triage v2` becomes `TRIAGE_V2`."""
    key = "".join(character if character.isascii() and character.isalnum() else "_" for character in name.upper()).strip("_")
    return key if key[:1].isalpha() else f"KEY_{key}".rstrip("_")
