"""Reads the manifest: which workflows a repository ships, and where to (docs/manifest.md)."""

import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from deployer.formats import discover, files, known_formats, paths, schema_check
from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic, finding, findings_of
from deployer.formats.places import below, glob_text, other_yaml_suffix
from deployer.formats.quoting import shown
from deployer.manifest import matches, validate
from deployer.manifest.layers import ResolvedWorkflows, once_a_place, resolve_layers
from deployer.manifest.model import (
    DEFAULT_ENVIRONMENT,
    KEY_NAME,
    RELEASE_POLICIES,
    SEVERITY_CHOICES,
    IgnoredFindings,
    LintConfig,
    Manifest,
    Override,
    PrecheckEntry,
    WorkflowEntry,
)
from deployer.model.finding import Finding, in_order
from deployer.model.near_names import near_names, suggestion
from deployer.model.text import nfc

_FIXES = {
    "yaml-merge-key": "Write the keys out, or write them once for all workflows: `defaults: {key: NAME}`.",
    "yaml-several-documents": "Remove the `---` and what follows it: a manifest is one document.",
    "file-empty": "Write a manifest: `version: 1`, and `workflows:` with `NAME: {source: FILE, key: KEY}`.",
}
"""By the rule of a finding about YAML in general."""
MAX_FILES_READ = 100  # to find a manifest to suggest


def load_manifest(root: str, path: str) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """The manifest, and its findings. None when it cannot be read at all; with errors it holds the parts of the right type."""
    loaded = files.read_bytes(root, path)
    if isinstance(loaded, Finding):
        return None, (_with_manifest_fix(loaded),)
    located, content = loaded
    manifest, findings = parse_manifest(root, located.path, content)
    return manifest, (*findings, *_unread_beside(root, located.path))


def _unread_beside(root: str, path: str) -> Iterator[Finding]:
    """A finding for a second manifest that differs from this one in `.yml` and `.yaml` alone."""
    other = other_yaml_suffix(path)
    if other and os.path.isfile(os.path.join(root, other)):
        message = f"{shown(other)} stands beside it and is not read."
        yield finding("manifest-beside", path, message, "Move its workflows into this file, and delete it.")


def suggest_manifest(root: str, path: str) -> str:
    """A fix for a manifest that does not exist: the one that has nearly its name, else those that are there; "" for none.

    Those in its folder, else at the top, are looked at.
    """
    beside = _manifests_in(root, os.path.dirname(path))
    stems = {os.path.splitext(os.path.basename(file))[0]: file for file in reversed(beside)}
    near = [stems[stem] for stem in near_names(os.path.splitext(os.path.basename(path))[0], stems)]
    return suggestion(near or beside or _manifests_in(root, "")).strip()


def _manifests_in(root: str, folder: str) -> list[str]:
    folders = paths.Folders()
    try:
        names = sorted(os.listdir(os.path.join(root, folder)), key=lambda name: (not name.startswith("flowship."), name))
    except OSError:
        return []
    files = [os.path.join(folder, name) for name in names if name.endswith((".yml", ".yaml"))]
    return [file for file in files[:MAX_FILES_READ] if discover.is_manifest(file, discover.read_if_regular(root, file, folders) or b"")]


def _with_manifest_fix(found: Finding) -> Finding:
    """The finding of an unreadable file, with what to write in a manifest instead."""
    return found._replace(fix=_FIXES.get(found.rule, found.fix))


def parse_manifest(root: str, path: str, content: bytes) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """The same from a manifest's bytes, which may come from another commit. `path` is relative to the repository.

    What the manifest names is relative to its own folder; in the model it is relative to the repository too. Its patterns match the files that
    are checked out below `root`, whichever commit the manifest is from.
    """
    file, findings = files.read_yaml(path, content)
    if file is None:
        return None, tuple(map(_with_manifest_fix, findings))
    file, repeated = _with_composed_names(file)
    environments = _environments(file.data.get("environments"))
    list_files = partial(matches.list_files, root, os.path.dirname(path))
    workflows = resolve_layers(file.data, next(iter(environments)), list_files, partial(matches.suggest_pattern, root, os.path.dirname(path)))
    manifest = _build(path, file, environments, workflows)
    checked = once_a_place(validate.validate(manifest, file.data, workflows.settings))
    diagnostics = [*repeated, *schema_check.check_schema("manifest", file.data), *workflows.diagnostics, *checked]
    return manifest, in_order(findings_of(path, file.text, "yaml", diagnostics))


def _with_composed_names(file: files.TextFile) -> tuple[files.TextFile, list[RuleDiagnostic]]:
    """The file with its workflows' names in NFC, in which they are compared, and diagnostics of names that are then one."""
    workflows = file.data.get("workflows")
    if file.text.isascii() or not isinstance(workflows, dict):
        return file, []
    composed: dict[str, Any] = {}
    repeated: list[RuleDiagnostic] = []
    for name, entry in workflows.items():
        if nfc(name) in composed:
            message = f"The name {shown(nfc(name))} occurs twice: the two differ only in how its letters are stored (NFC, NFD)."
            repeated.append(("file-duplicate-key", Diagnostic(("workflows", name), message, "Give each workflow a name of its own.", at_key=True)))
        composed[nfc(name)] = entry
    return file._replace(data={**file.data, "workflows": composed}), repeated


def _environments(declared: object) -> dict[str, str]:
    """The release policy by environment, never empty: of a list, or of a mapping from a name to its settings."""
    names = declared if isinstance(declared, list | dict) else ()
    policies = {name: _mapping(_mapping(declared).get(name)).get("release") for name in names if isinstance(name, str) and name}
    known = {name: policy if policy in RELEASE_POLICIES else RELEASE_POLICIES[0] for name, policy in policies.items()}
    return known or {DEFAULT_ENVIRONMENT: RELEASE_POLICIES[0]}


def _build(path: str, file: files.TextFile, environments: Mapping[str, str], workflows: ResolvedWorkflows) -> Manifest:
    """Takes what has the right type and leaves out the rest, which the schema reports."""
    folder = os.path.dirname(path)
    label = _text(_mapping(file.data.get("preview")).get("label"))
    entries = tuple(_entry(name, raw, folder, label) for name, raw in workflows.settings.items())
    lint, project, precheck = _lint_config(file.data.get("lint"), folder), _text(file.data.get("project")), _precheck(file.data.get("precheck"))
    return Manifest(path, tuple(environments), entries, file.text, lint, project, environments, workflows.layers, precheck)


def _precheck(raw: object) -> PrecheckEntry | None:
    return PrecheckEntry(_key_name(raw.get("key")), _text(raw.get("organisation"))) if isinstance(raw, dict) else None


def read_project_name(root: str, path: str) -> str:
    """The manifest's `project:`, without the rest of it; "" without one, and where there is no manifest that can be read."""
    loaded = files.read_bytes(root, path)
    if isinstance(loaded, Finding) or b"project" not in loaded[1]:
        return ""
    file, _ = files.read_yaml(loaded[0].path, loaded[1])
    return _text(file.data.get("project")) if file else ""


def read_lint_config(root: str, path: str) -> LintConfig:
    """The manifest's `lint:`, without the rest of it; empty where there is no manifest that can be read."""
    loaded = files.read_bytes(root, path)
    if isinstance(loaded, Finding) or b"lint" not in loaded[1]:
        return LintConfig()
    file, _ = files.read_yaml(loaded[0].path, loaded[1])
    return _lint_config(file.data.get("lint"), os.path.dirname(file.path)) if file else LintConfig()


def _lint_config(raw: object, folder: str) -> LintConfig:
    severity = {name: choice for name, choice in _mapping(_mapping(raw).get("severity")).items() if choice in SEVERITY_CHOICES}
    items = _mapping(raw).get("ignore")
    ignored = []
    for index, item in enumerate(items if isinstance(items, list) else ()):
        rules = _mapping(item).get("rules")
        names = tuple(name for name in rules if isinstance(name, str)) if isinstance(rules, list) else ()
        if _text(_mapping(item).get("path")) and (names or rules is None):
            ignored.append(IgnoredFindings(index, below(glob_text(folder), item["path"]), names))
    return LintConfig(severity, tuple(ignored))


def _entry(name: str, raw: dict[str, Any], folder: str, label: str) -> WorkflowEntry:
    """`label`: the manifest's own `preview.label`."""
    own = _override(raw, folder)
    source = own.source
    known = known_formats.format_of(raw.get("platform")) or known_formats.format_of_file(source)
    platform = known.platform if known else None
    named = {environment: settings for environment, settings in _mapping(raw.get("environments")).items() if settings is not False}
    environments = {environment: _override(_mapping(settings), folder) for environment, settings in named.items()}
    preview = raw["preview"] if isinstance(raw.get("preview"), dict) else None
    label = _text(_mapping(preview).get("label")) or label
    return WorkflowEntry(name, source, platform, own.key, own.id, own.endpoint, own.evals, preview, own.set, environments, label)


def _override(raw: Mapping[str, Any], folder: str) -> Override:
    source, workflow_id, endpoint, evals = (_text(raw.get(field)) for field in ("source", "id", "endpoint", "evals"))
    return Override(below(folder, source), _key_name(raw.get("key")), workflow_id, endpoint, below(folder, evals), _mapping(raw.get("set")))


def _key_name(value: object) -> str:
    """The name of a key; "" for any other text, which may be a key's value."""
    return value if isinstance(value, str) and re.fullmatch(KEY_NAME, value) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
