"""The manifest: which workflows a repository ships, and where to (docs/manifest.md)."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deployer.formats import files, schema_check
from deployer.formats.diagnostic import findings_of
from deployer.manifest import validate
from deployer.manifest.model import DEFAULT_ENVIRONMENT, KEY_NAME, SEVERITY_CHOICES, IgnoredFindings, LintConfig, Manifest, Override, WorkflowEntry
from deployer.model.finding import Finding, in_order

if TYPE_CHECKING:
    from deployer.model.workflow import PlatformName


def load_manifest(root: str, path: str) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """The manifest, and everything wrong with it. None when it cannot be read at all; with errors it holds what could be made out."""
    loaded = files.read_bytes(root, path)
    if isinstance(loaded, Finding):
        return None, (loaded,)
    located, content = loaded
    return parse_manifest(located.path, content)


def parse_manifest(path: str, content: bytes) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """The same, of a manifest's bytes: as another commit has it. `path` is relative to the repository."""
    read, findings = files.read_yaml(path, content)
    if read is None:
        return None, findings
    manifest = _build(path, read)
    diagnostics = [*schema_check.check_schema("manifest", read.data), *validate.validate(manifest, read.data)]
    return manifest, in_order(findings_of(path, read.text, "yaml", diagnostics))


def _build(path: str, read: files.TextFile) -> Manifest:
    """Takes what has the right type and leaves the rest: what is wrong with it is said elsewhere."""
    declared = read.data.get("environments")
    names = tuple(dict.fromkeys(name for name in declared if isinstance(name, str) and name)) if isinstance(declared, list) else ()
    entries = tuple(_entry(name, raw) for name, raw in _mapping(read.data.get("workflows")).items() if isinstance(raw, dict))
    return Manifest(path, names or (DEFAULT_ENVIRONMENT,), entries, read.text, _lint_config(read.data.get("lint")))


def read_lint_config(root: str, path: str) -> LintConfig:
    """What the manifest says to the linter, without looking at the rest of it; nothing where there is no manifest that can be read."""
    loaded = files.read_bytes(root, path)
    if isinstance(loaded, Finding) or b"lint" not in loaded[1]:
        return LintConfig()
    read, _ = files.read_yaml(loaded[0].path, loaded[1])
    return _lint_config(read.data.get("lint")) if read else LintConfig()


def _lint_config(raw: object) -> LintConfig:
    severity = {name: word for name, word in _mapping(_mapping(raw).get("severity")).items() if word in SEVERITY_CHOICES}
    listed = _mapping(raw).get("ignore")
    ignored = []
    for place, each in enumerate(listed if isinstance(listed, list) else ()):
        rules = _mapping(each).get("rules")
        named = tuple(name for name in rules if isinstance(name, str)) if isinstance(rules, list) else ()
        if _text(_mapping(each).get("path")) and (named or rules is None):
            ignored.append(IgnoredFindings(place, each["path"], named))
    return LintConfig(severity, tuple(ignored))


def _entry(name: str, raw: dict[str, Any]) -> WorkflowEntry:
    source = _text(raw.get("source"))
    named = raw.get("platform")
    platform: PlatformName | None = named if named in ("gptbots", "meingpt") else files.platform_of(source)
    own = _override(raw)
    environments = {each: _override(_mapping(there)) for each, there in _mapping(raw.get("environments")).items()}
    preview = raw["preview"] if isinstance(raw.get("preview"), dict) else None
    return WorkflowEntry(name, source, platform, own.key, own.id, own.endpoint, own.evals, preview, own.set, environments)


def _override(raw: Mapping[str, Any]) -> Override:
    source, key, workflow_id, endpoint, evals = (_text(raw.get(field)) for field in ("source", "key", "id", "endpoint", "evals"))
    return Override(source, key if re.fullmatch(KEY_NAME, key) else "", workflow_id, endpoint, evals, _mapping(raw.get("set")))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
