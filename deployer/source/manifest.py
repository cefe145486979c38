"""The manifest: which workflows a repository ships, and where to (behaviour: one file, `flowship.yml`)."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deployer.domain.finding import Finding, in_order
from deployer.source import files, manifest_check, manifest_schema
from deployer.source.entries import DEFAULT_ENVIRONMENT, Entry, Manifest, Override
from deployer.source.problem import as_findings
from deployer.source.rules import RULES

if TYPE_CHECKING:
    from deployer.domain.workflow import PlatformName

_KEY_NAME = r"[A-Z][A-Z0-9_]*"  # what is none may be a key's value: it goes no further than this file


def load(root: str, path: str) -> tuple[Manifest | None, tuple[Finding, ...]]:
    """The manifest, and everything wrong with it. None when it cannot be read at all; with errors it holds what could be made out."""
    loaded = files.load(root, path)
    if isinstance(loaded, Finding):
        return None, (loaded,)
    located, content = loaded
    read, findings = files.read_yaml(located.path, content)
    if read is None:
        return None, findings
    manifest = _build(located.path, read)
    problems = [*manifest_schema.problems(read.data), *manifest_check.problems(manifest, read.data)]
    rows = [(rule, RULES[rule][0], problem) for rule, problem in problems]
    return manifest, in_order(as_findings(located.path, read.text, "yaml", rows))


def _build(path: str, read: files.Text) -> Manifest:
    """Takes what has the right type and leaves the rest: what is wrong with it is said elsewhere."""
    declared = read.data.get("environments")
    names = tuple(dict.fromkeys(name for name in declared if isinstance(name, str) and name)) if isinstance(declared, list) else ()
    entries = tuple(_entry(name, raw) for name, raw in _mapping(read.data.get("workflows")).items() if isinstance(raw, dict))
    return Manifest(path, names or (DEFAULT_ENVIRONMENT,), entries, read.text)


def _entry(name: str, raw: dict[str, Any]) -> Entry:
    source = _text(raw.get("source"))
    named = raw.get("platform")
    platform: PlatformName | None = named if named in ("gptbots", "meingpt") else files.platform_of(source)
    own = _override(raw)
    environments = {each: _override(_mapping(there)) for each, there in _mapping(raw.get("environments")).items()}
    preview = raw["preview"] if isinstance(raw.get("preview"), dict) else None
    return Entry(name, source, platform, own.key, own.id, own.endpoint, own.checks, preview, own.set, environments)


def _override(raw: Mapping[str, Any]) -> Override:
    source, key, workflow_id, endpoint, checks = (_text(raw.get(field)) for field in ("source", "key", "id", "endpoint", "checks"))
    return Override(source, key if re.fullmatch(_KEY_NAME, key) else "", workflow_id, endpoint, checks, _mapping(raw.get("set")))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
