"""Reads the manifest: which workflows a repository ships, and where to (docs/manifest.md)."""

import re
from collections.abc import Mapping
from typing import Any

from deployer.formats import files, known_formats, schema_check
from deployer.formats.diagnostic import findings_of
from deployer.manifest import validate
from deployer.manifest.model import DEFAULT_ENVIRONMENT, KEY_NAME, SEVERITY_CHOICES, IgnoredFindings, LintConfig, Manifest, Override, WorkflowEntry
from deployer.model.finding import Finding, in_order


def load_manifest(root: str, path: str) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """The manifest, and its findings. None when it cannot be read at all; with errors it holds the parts of the right type."""
    loaded = files.read_bytes(root, path)
    if isinstance(loaded, Finding):
        return None, (loaded,)
    located, content = loaded
    return parse_manifest(located.path, content)


def parse_manifest(path: str, content: bytes) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """The same from a manifest's bytes, which may come from another commit. `path` is relative to the repository."""
    file, findings = files.read_yaml(path, content)
    if file is None:
        return None, findings
    manifest = _build(path, file)
    diagnostics = [*schema_check.check_schema("manifest", file.data), *validate.validate(manifest, file.data)]
    return manifest, in_order(findings_of(path, file.text, "yaml", diagnostics))


def _build(path: str, file: files.TextFile) -> Manifest:
    """Takes what has the right type and leaves out the rest, which the schema reports."""
    declared = file.data.get("environments")
    names = tuple(dict.fromkeys(name for name in declared if isinstance(name, str) and name)) if isinstance(declared, list) else ()
    entries = tuple(_entry(name, raw) for name, raw in _mapping(file.data.get("workflows")).items() if isinstance(raw, dict))
    return Manifest(path, names or (DEFAULT_ENVIRONMENT,), entries, file.text, _lint_config(file.data.get("lint")), _text(file.data.get("project")))


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
    return _lint_config(file.data.get("lint")) if file else LintConfig()


def _lint_config(raw: object) -> LintConfig:
    severity = {name: choice for name, choice in _mapping(_mapping(raw).get("severity")).items() if choice in SEVERITY_CHOICES}
    items = _mapping(raw).get("ignore")
    ignored = []
    for index, item in enumerate(items if isinstance(items, list) else ()):
        rules = _mapping(item).get("rules")
        names = tuple(name for name in rules if isinstance(name, str)) if isinstance(rules, list) else ()
        if _text(_mapping(item).get("path")) and (names or rules is None):
            ignored.append(IgnoredFindings(index, item["path"], names))
    return LintConfig(severity, tuple(ignored))


def _entry(name: str, raw: dict[str, Any]) -> WorkflowEntry:
    source = _text(raw.get("source"))
    known = known_formats.format_of(raw.get("platform")) or known_formats.format_of_file(source)
    platform = known.platform if known else None
    own = _override(raw)
    environments = {environment: _override(_mapping(settings)) for environment, settings in _mapping(raw.get("environments")).items()}
    preview = raw["preview"] if isinstance(raw.get("preview"), dict) else None
    return WorkflowEntry(name, source, platform, own.key, own.id, own.endpoint, own.evals, preview, own.set, environments)


def _override(raw: Mapping[str, Any]) -> Override:
    source, key, workflow_id, endpoint, evals = (_text(raw.get(field)) for field in ("source", "key", "id", "endpoint", "evals"))
    return Override(source, key if re.fullmatch(KEY_NAME, key) else "", workflow_id, endpoint, evals, _mapping(raw.get("set")))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
