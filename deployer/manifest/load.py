"""Reads the manifest: which workflows a repository ships, and where to (docs/manifest.md)."""

import os
import re
from collections.abc import Mapping
from typing import Any

from deployer.formats import files, known_formats, schema_check
from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic, findings_of
from deployer.formats.places import below, glob_text
from deployer.formats.quoting import shown
from deployer.manifest import validate
from deployer.manifest.model import (
    DEFAULT_ENVIRONMENT,
    KEY_NAME,
    SEVERITY_CHOICES,
    IgnoredFindings,
    LintConfig,
    Manifest,
    Override,
    PrecheckEntry,
    WorkflowEntry,
)
from deployer.model.finding import Finding, in_order
from deployer.model.text import nfc


def load_manifest(root: str, path: str) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """The manifest, and its findings. None when it cannot be read at all; with errors it holds the parts of the right type."""
    loaded = files.read_bytes(root, path)
    if isinstance(loaded, Finding):
        return None, (loaded,)
    located, content = loaded
    return parse_manifest(located.path, content)


def parse_manifest(path: str, content: bytes) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """The same from a manifest's bytes, which may come from another commit. `path` is relative to the repository.

    What the manifest names is relative to its own folder; in the model it is relative to the repository too.
    """
    file, findings = files.read_yaml(path, content)
    if file is None:
        return None, findings
    file, repeated = _with_composed_names(file)
    manifest = _build(path, file)
    diagnostics = [*repeated, *schema_check.check_schema("manifest", file.data), *validate.validate(manifest, file.data)]
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


def _build(path: str, file: files.TextFile) -> Manifest:
    """Takes what has the right type and leaves out the rest, which the schema reports."""
    declared = file.data.get("environments")
    names = tuple(dict.fromkeys(name for name in declared if isinstance(name, str) and name)) if isinstance(declared, list) else ()
    folder = os.path.dirname(path)
    label = _text(_mapping(file.data.get("preview")).get("label"))
    entries = tuple(_entry(name, raw, folder, label) for name, raw in _mapping(file.data.get("workflows")).items() if isinstance(raw, dict))
    return Manifest(
        path,
        names or (DEFAULT_ENVIRONMENT,),
        entries,
        file.text,
        _lint_config(file.data.get("lint"), folder),
        _text(file.data.get("project")),
        _precheck(file.data.get("precheck")),
    )


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
    environments = {environment: _override(_mapping(settings), folder) for environment, settings in _mapping(raw.get("environments")).items()}
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
