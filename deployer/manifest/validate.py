"""What is wrong between the parts of a manifest, which no schema can say: environments, keys, platforms, targets."""

from collections.abc import Iterator, Mapping
from typing import Any

from deployer.formats import files
from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic
from deployer.formats.positions import Path
from deployer.formats.quoting import did_you_mean, shown
from deployer.manifest.model import Manifest, Override, WorkflowEntry


def validate(manifest: Manifest, data: Mapping[str, Any]) -> Iterator[RuleDiagnostic]:
    """`data` is the manifest as written: it tells an absent key from one of the wrong type, which its shape's check reports."""
    if data.get("workflows") == {}:
        yield "manifest-empty", Diagnostic(("workflows",), "The manifest names no workflow.", "Add one under `workflows:`.", at_key=True)
    for entry in manifest.entries:
        raw = data["workflows"][entry.name]
        yield from _own_key(manifest, entry, raw)
        yield from _environments(manifest, entry, raw)
        yield from _platforms(entry)
        yield from _meaningless(entry)
        yield from _preview(entry)
    yield from _shared_targets(manifest)
    yield from _preview_keys(manifest)


def _own_key(manifest: Manifest, entry: WorkflowEntry, raw: Mapping[str, Any]) -> Iterator[RuleDiagnostic]:
    first = manifest.environments[0]
    if "key" not in raw and "key" not in _mapping(_mapping(raw.get("environments")).get(first)):
        message = f"The workflow {shown(entry.name)} names no key for the environment {shown(first)}."
        fix = f"Add `key: {_key_name(entry.name)}`, the name of a key; its value goes into the input `keys`."
        yield "manifest-key-missing", Diagnostic(_base(entry), message, fix, at_key=True)


def _environments(manifest: Manifest, entry: WorkflowEntry, raw: Mapping[str, Any]) -> Iterator[RuleDiagnostic]:
    for name in entry.environments:
        there: Path = (*_base(entry), "environments", name)
        if name not in manifest.environments:
            fix = did_you_mean(name, manifest.environments) + " Environments are declared under `environments:` at the top."
            yield "manifest-environment", Diagnostic(there, f"The environment {shown(name)} is not declared.", fix, at_key=True)
        elif name != manifest.environments[0] and "key" not in _mapping(raw["environments"][name]):
            message = f"The workflow {shown(entry.name)} names no key for the environment {shown(name)}."
            fix = f"Add `key: {_key_name(entry.name + '_' + name)}`: no environment inherits another's key."
            yield "manifest-key-missing", Diagnostic(there, message, fix, at_key=True)


def _platforms(entry: WorkflowEntry) -> Iterator[RuleDiagnostic]:
    for path, settings in _settings(entry):
        source = settings.source
        told = files.platform_of(source)
        if source and entry.platform is None:
            fix = "Name it .flow or .bot (GPTBots), .yaml or .yml (meinGPT), or add `platform:`."
            yield "file-suffix", Diagnostic((*path, "source"), f"The suffix of {shown(source)} tells no platform.", fix)
        elif told is not None and told != entry.platform:
            message = f"{shown(source)} is a {told} file, and the workflow is on {entry.platform}."
            yield "manifest-source-platform", Diagnostic((*path, "source"), message, "Take `platform:` away, or name another file.")


def _meaningless(entry: WorkflowEntry) -> Iterator[RuleDiagnostic]:
    """Keys that would silently do nothing on this workflow's platform."""
    for path, settings in _settings(entry):
        if entry.platform == "meingpt" and settings.endpoint:
            yield (
                "manifest-value",
                Diagnostic((*path, "endpoint"), "`endpoint` means nothing on meingpt.", "Remove it: data centres are GPTBots'.", at_key=True),
            )
        if entry.platform == "gptbots" and settings.id:
            fix = "Remove it: a GPTBots key names its target, no id is sent."
            yield "manifest-value", Diagnostic((*path, "id"), "`id` means nothing on gptbots.", fix, at_key=True)


def _shared_targets(manifest: Manifest) -> Iterator[RuleDiagnostic]:
    seen: dict[tuple[str, str], str] = {}
    for path, pair, target in _targets(manifest):
        if target in seen:
            message = f"{pair} and {seen[target]} have one target: both name the {target[0]} {shown(target[1])}."
            what = "A GPTBots key names one target" if target[0] == "key" else "An id names one workflow"
            yield "manifest-target-shared", Diagnostic(path, message, f"{what}: give each its own.")
        else:
            seen[target] = pair


def _targets(manifest: Manifest) -> Iterator[tuple[Path, str, tuple[str, str]]]:
    """Every (environment, workflow) pair that names its target: where, the pair in words, and what names it (`key` or `id`, and the name)."""
    first = manifest.environments[0]
    for entry in manifest.entries:
        field = "id" if entry.platform == "meingpt" else "key"
        overridden = entry.environments.get(first, Override())
        for path, settings in _settings(entry):
            environment = str(path[3]) if len(path) > 2 else first
            value = getattr(settings, field)
            if value and not (settings is entry and getattr(overridden, field)):
                yield (*path, field), f"{shown(entry.name)} in {shown(environment)}", (field, value)


def _preview(entry: WorkflowEntry) -> Iterator[RuleDiagnostic]:
    """`key` and `keys`: one of them, and the one that the platform means."""
    if entry.preview is None:
        return
    there: Path = (*_base(entry), "preview")
    one, pool = "key" in entry.preview, "keys" in entry.preview
    if set(entry.preview) <= {"set"}:
        write = "`key: …`" if entry.platform == "meingpt" else "`keys: […]`"
        problem = Diagnostic(there, f"The preview of {shown(entry.name)} names no key.", f"Add {write}, a key that no deploy uses.", at_key=True)
        yield "manifest-missing-key", problem
    elif pool and entry.platform == "meingpt":
        message = f"The preview of {shown(entry.name)} has `keys`, and meingpt takes one."
        yield "manifest-value", Diagnostic((*there, "keys"), message, "Write `key: …`: every pull request gets a copy under it.", at_key=True)
    elif one and pool:
        message = f"The preview of {shown(entry.name)} has both `key` and `keys`."
        yield "manifest-value", Diagnostic((*there, "key"), message, "Put all of them into `keys`.", at_key=True)


def _preview_keys(manifest: Manifest) -> Iterator[RuleDiagnostic]:
    deploys = {settings.key for entry in manifest.entries for _, settings in _settings(entry) if settings.key}
    for entry in manifest.entries:
        preview = _mapping(entry.preview)
        pool = preview.get("keys")
        named: list[tuple[Path, Any]] = [(("key",), preview.get("key"))]
        named += [(("keys", index), key) for index, key in enumerate(pool if isinstance(pool, list) else ())]
        for path, key in named:
            if isinstance(key, str) and key in deploys:
                message = f"The preview of {shown(entry.name)} uses {shown(key)}, which is a deploy key."
                yield "manifest-preview-key", Diagnostic((*_base(entry), "preview", *path), message, "Make a key of its own for previews.")


def _base(entry: WorkflowEntry) -> Path:
    return ("workflows", entry.name)


def _settings(entry: WorkflowEntry) -> Iterator[tuple[Path, WorkflowEntry | Override]]:
    """The workflow itself, then each of its environments, with their paths."""
    yield _base(entry), entry
    for name, override in entry.environments.items():
        yield (*_base(entry), "environments", name), override


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _key_name(name: str) -> str:
    """A key name to propose: `triage v2` becomes `TRIAGE_V2`."""
    made = "".join(character if character.isascii() and character.isalnum() else "_" for character in name.upper()).strip("_")
    return made if made[:1].isalpha() else f"KEY_{made}".rstrip("_")
