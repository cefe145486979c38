"""What is wrong between the parts of a manifest, which no schema can express: environments, keys, platforms, targets."""

from collections.abc import Iterator, Mapping
from typing import Any

from deployer.formats import files, known_formats
from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic
from deployer.formats.positions import Path
from deployer.formats.quoting import find_nearest, shown
from deployer.manifest import environments
from deployer.manifest.layers import is_pattern
from deployer.manifest.model import Manifest, Override, WorkflowEntry

KEYS = ("source", "platform", "key", "id", "endpoint", "evals", "set", "preview", "environments")
"""The keys of a workflow, as in the schema."""


def validate(manifest: Manifest, data: Mapping[str, Any], workflows: Mapping[str, Mapping[str, Any]]) -> Iterator[RuleDiagnostic]:
    """`data` is the manifest as written, `workflows` its complete entries as mappings: they distinguish an absent key from one of the wrong
    type, which the schema reports. Paths are those of the file."""
    if data.get("workflows") == {}:
        yield "manifest-empty", Diagnostic(("workflows",), "The manifest names no workflow.", "Add one under `workflows:`.", at_key=True)
    yield from environments.undeclared(manifest, data)
    for rule, diagnostic in _of_entries(manifest, workflows):
        related = diagnostic.related and (manifest.written_path(diagnostic.related[0]), diagnostic.related[1])
        yield rule, diagnostic._replace(path=manifest.written_path(diagnostic.path), related=related)


def _of_entries(manifest: Manifest, workflows: Mapping[str, Mapping[str, Any]]) -> Iterator[RuleDiagnostic]:
    for entry in manifest.entries:
        raw = workflows[entry.name]
        yield from _source(manifest, entry, raw)
        yield from environments.check_entry(manifest, entry, raw)
        yield from _platforms(entry)
        yield from _unused_keys(entry)
        yield from _preview(entry)
    yield from environments.missing_workflows(manifest, workflows)
    yield from _shared_targets(manifest)
    yield from _preview_keys(manifest)
    yield from _precheck_key(manifest)


def _source(manifest: Manifest, entry: WorkflowEntry, raw: Mapping[str, Any]) -> Iterator[RuleDiagnostic]:
    """A file, which the entry or a pattern names. Nothing where a key may be a misspelt `source`: that has its own finding."""
    for path, settings in ((_base(entry), raw), *(((*_base(entry), "environments", name), own) for name, own in _environments(raw))):
        source = settings.get("source")
        if isinstance(source, str) and is_pattern(source):
            fix = f'Write the pattern as the name, for one workflow a file: `"{source}": {{}}`.'
            yield "manifest-value", Diagnostic((*path, "source"), f"`source` names one file, and {shown(source)} is a pattern.", fix)
    if "source" not in raw and not any(find_nearest(key, KEYS) == "source" for key in raw if key not in KEYS):
        message = f"The workflow {shown(entry.name)} has no `source`"
        if any(layer.path[0] == "workflows" and is_pattern(layer.path[1]) for stack in manifest.layers.values() for layer in stack):
            message += ", and no pattern matches a file of that name"
        yield "manifest-missing-key", Diagnostic(_base(entry), f"{message}.", "Add `source: FILE`, the definition file.", at_key=True)


def _environments(raw: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, settings) for name, settings in _mapping(raw.get("environments")).items() if isinstance(settings, dict)]


def _platforms(entry: WorkflowEntry) -> Iterator[RuleDiagnostic]:
    for path, settings in _settings(entry):
        source = settings.source
        by_suffix = files.platform_of(source)
        may_have = [known.platform for known in known_formats.platforms_to_name(source)]
        if source and entry.platform is None and not is_pattern(source):
            folder = f'Name a file, or write a pattern as the name: `"{source}/*.yaml": {{}}`.' if "." not in source.rpartition("/")[2] else ""
            named = " or ".join(f"`platform: {name}`" for name in may_have) or "`platform:`"
            fix = folder or f"Name it {known_formats.suffix_table()}, or add {named}."
            yield "file-suffix", Diagnostic((*path, "source"), f"No platform has files like {shown(source)}.", fix)
        elif by_suffix not in (None, entry.platform) and entry.platform not in may_have:
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
            yield "manifest-target-shared", Diagnostic(path, message, f"Give each its own `{target[0]}`.")
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
                yield "manifest-preview-key", Diagnostic((*_base(entry), "preview", *path), message, "Name another key, for previews alone.")


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
