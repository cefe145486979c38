"""What is wrong with the environments of a manifest: undeclared ones, entries without a key, and workflows that one lacks."""

from collections.abc import Iterator, Mapping
from typing import Any

from deployer.formats import known_formats
from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic
from deployer.formats.positions import Path
from deployer.formats.quoting import find_nearest, shown
from deployer.manifest.model import Manifest, WorkflowEntry
from deployer.model.text import count

Raw = Mapping[str, Any]


def undeclared(manifest: Manifest, data: Raw) -> Iterator[RuleDiagnostic]:
    """One diagnostic for each name that is not declared, at its first use."""
    uses: dict[str, list[Path]] = {}
    for path, settings in _settings(data):
        for name in _mapping(_mapping(settings).get("environments")):
            if name not in manifest.environments:
                uses.setdefault(name, []).append((*path, "environments", name))
    for name, paths in uses.items():
        nearest = find_nearest(name, manifest.environments)
        fix = f"Add {shown(name)} to `environments:` at the top, or write {shown(nearest or manifest.environments[0])}."
        more = f" It is used in {len(paths)} places." if len(paths) > 1 else ""
        yield "manifest-environment", Diagnostic(paths[0], f"The environment {shown(name)} is not declared.{more}", fix, at_key=True)


def _settings(data: Raw) -> Iterator[tuple[Path, object]]:
    for field in ("defaults", "workflows"):
        yield from (((field, name), settings) for name, settings in _mapping(data.get(field)).items())


def check_entry(manifest: Manifest, entry: WorkflowEntry, raw: Raw) -> Iterator[RuleDiagnostic]:
    """An entry's keys: each of its environments needs one."""
    first, own = manifest.environments[0], _mapping(raw.get("environments"))
    base: Path = ("workflows", entry.name)
    if own.get(first) is False:
        message = f"The workflow {shown(entry.name)} leaves the environment {shown(first)}, which is the default: every workflow is part of it."
        yield "manifest-value", Diagnostic((*base, "environments", first), message, "Remove the line, or name another environment first.")
    elif "source" in raw and not _names_key(raw) and not _names_key(_mapping(own.get(first))):
        yield "manifest-key-missing", Diagnostic(base, *_no_key(manifest, entry, first, entry.name), at_key=True)
    for name, settings in own.items():
        if name in manifest.environments[1:] and isinstance(settings, dict) and not _names_key(settings):
            path = (*base, "environments", name)
            yield "manifest-key-missing", Diagnostic(path, *_no_key(manifest, entry, name, f"{entry.name}_{name}"), at_key=True)


def _names_key(raw: Raw) -> bool:
    """Whether these settings have a key, or a misspelled one: of that the schema's check speaks."""
    return "key" in raw or bool(find_nearest("key", raw))


def _no_key(manifest: Manifest, entry: WorkflowEntry, environment: str, proposed: str) -> tuple[str, str]:
    """The message and its fix: at a pattern or defaults, one key can only serve where keys do not name targets."""
    known = known_formats.format_of(entry.platform)
    is_alone = manifest.layers[entry.name][0].path == ("workflows", entry.name)
    message = f"The workflow {shown(entry.name)} names no key for the environment {shown(environment)}."
    if is_alone:
        reason = "" if environment == manifest.environments[0] else " No environment inherits another's key."
        return message, f"Add `key: {propose_key(proposed)}`, and its value to the input `keys`.{reason}"
    if known and known.target_key == "key":
        return message, f"Add an entry `{entry.name}: {{key: {propose_key(proposed)}}}`: on {known.title} each workflow has a key of its own."
    return message, "Add `key: NAME` for all of them, here or under `defaults:`, and its value to the input `keys`."


def missing_workflows(manifest: Manifest, workflows: Mapping[str, Raw]) -> Iterator[RuleDiagnostic]:
    """A workflow that is not in an environment that most others are in, and does not say so with `false`."""
    for environment in manifest.environments[1:]:
        missing = [entry for entry in manifest.entries if environment not in entry.environments]
        if not missing or len(missing) * 2 >= len(manifest.entries):
            continue
        for entry in missing:
            if _mapping(workflows[entry.name].get("environments")).get(environment, True) is not False:
                others = len(manifest.entries) - len(missing)
                message = f"The workflow {shown(entry.name)} is not in {shown(environment)}, which {count(others, 'other')} are in."
                key = propose_key(f"{entry.name}_{environment}")
                fix = f"Add `environments: {{{environment}: {{key: {key}}}}}`, or `environments: {{{environment}: false}}` to leave it out."
                yield "manifest-environment-missing", Diagnostic(("workflows", entry.name), message, fix, at_key=True)


def propose_key(name: str) -> str:
    """A key name to propose: `triage v2` becomes `TRIAGE_V2`."""
    key = "".join(character if character.isascii() and character.isalnum() else "_" for character in name.upper()).strip("_")
    return key if key[:1].isalpha() else f"KEY_{key}".rstrip("_")


def _mapping(value: object) -> Raw:
    return value if isinstance(value, dict) else {}
