"""Workflows: the manifest's entries for one environment, or files named without a manifest, with their definitions read."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from deployer.formats import discover, files, paths
from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic, findings_of
from deployer.formats.positions import Path, find_places
from deployer.formats.quoting import did_you_mean, shown
from deployer.manifest.model import Manifest, Override, WorkflowEntry
from deployer.manifest.overlay import lay_over
from deployer.model.errors import UsageError
from deployer.model.finding import Finding, in_order
from deployer.model.workflow import PlatformName, Source, Workflow

_AT_THE_MANIFEST = ("file-not-found", "file-outside-repository", "file-suffix")
"""Findings about a path: they belong to the line that names it."""
Read = tuple[WorkflowEntry, str, Finding]
"""An entry, an environment ("" for the entry itself), and what was found on reading the file that is named there."""


class _DefinitionReader:
    """Reads each source once, however many workflows share it."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.folders = paths.Folders()
        self.read: dict[tuple[str, PlatformName | None], tuple[Source | None, tuple[Finding, ...]]] = {}

    def __call__(self, path: str, platform: PlatformName | None = None) -> tuple[Source | None, tuple[Finding, ...]]:
        wanted = (paths.relative(self.root, path), platform)
        if wanted not in self.read:
            self.read[wanted] = files.read(self.root, path, platform=platform, folders=self.folders)
        return self.read[wanted]


def resolve_environment(
    root: str, manifest: Manifest, environment: str = "", only: Sequence[str] = ()
) -> tuple[tuple[Workflow, ...], tuple[Finding, ...]]:
    """The workflows of one environment ("" is the first), in name order, and the findings of reading their sources.

    Raises UsageError for an environment that is not declared, and for `only` names that are not in it.
    """
    chosen = environment or manifest.environments[0]
    if chosen not in manifest.environments:
        fix = f"{did_you_mean(chosen, manifest.environments)} {shown(manifest.path)} declares them under `environments:`."
        raise UsageError(f"The environment {shown(chosen)} is not declared.", fix=fix)
    there = dict(_in_environment(manifest, chosen))
    _check_only(manifest, chosen, there, only)
    reader = _DefinitionReader(root)
    workflows: list[Workflow] = []
    read: list[Read] = []
    for entry in sorted(manifest.entries, key=lambda each: each.name):
        if entry.name not in there or (only and entry.name not in only):
            continue
        settings = there[entry.name]
        source, found = reader(settings.source, entry.platform)
        read += [(entry, chosen, each) for each in found]
        if source is not None:
            workflows.append(Workflow(entry.name, source, settings.key, settings.endpoint, settings.id, settings.set))
    return tuple(workflows), in_order(move_to_manifest(manifest, read, "source"))


def _in_environment(manifest: Manifest, environment: str) -> Iterator[tuple[str, Override]]:
    """Each workflow of that environment with what holds there: key and id its own, the rest inherited."""
    first = environment == manifest.environments[0]
    for entry in manifest.entries:
        own = entry.environments.get(environment)
        if not entry.source or (own is None and not first):
            continue
        own = own or Override()
        key, workflow_id = (own.key or entry.key, own.id or entry.id) if first else (own.key, own.id)
        if key:
            values = Override(own.source or entry.source, key, workflow_id, own.endpoint or entry.endpoint, own.evals or entry.evals)
            yield entry.name, values._replace(set={**entry.set, **own.set})


def _check_only(manifest: Manifest, environment: str, there: Iterable[str], only: Sequence[str]) -> None:
    names = [entry.name for entry in manifest.entries]
    for name in only:
        if name not in names:
            raise UsageError(f"`only` names {shown(name)}, which is no workflow of {shown(manifest.path)}.", fix=did_you_mean(name, names))
        if name not in there:
            fix = f"Give it an entry with a key under `workflows.{name}.environments.{environment}`."
            raise UsageError(f"`only` names {shown(name)}, which is not part of the environment {shown(environment)}.", fix=fix)


def move_to_manifest(manifest: Manifest, rows: Iterable[Read], field: Literal["source", "evals"]) -> list[Finding]:
    """The findings of reading what `field` names. A path that leads nowhere is a mistake of the line that names it."""
    kept: list[Finding] = []
    moved: list[tuple[Path, Finding]] = []
    for entry, environment, found in rows:
        if found.rule in _AT_THE_MANIFEST and found.span is None:  # a suite's table has its own place
            own = entry.environments.get(environment)
            base: Path = ("workflows", entry.name)
            moved.append(((*base, "environments", environment, field) if own and getattr(own, field) else (*base, field), found))
        else:
            kept.append(found)
    if not moved:
        return kept
    there = find_places(manifest.text, "yaml", [path for path, _ in moved])
    return kept + [found._replace(path=manifest.path, span=there[path].short if there[path].exact else None) for path, found in moved]


def lay_over_all(
    manifest: Manifest, environment: str, found: Iterable[Workflow], values: Mapping[str, str]
) -> tuple[tuple[Workflow, ...], tuple[Finding, ...]]:
    """The workflows with their environment's values laid over them, and findings for the lines of `set` that did not fit.

    Raises UsageError for a `${NAME}` without its value.
    """
    done: list[Workflow] = []
    findings: list[Finding] = []
    for workflow in found:
        source, misfits = lay_over(workflow.source, workflow.overlay, values) if workflow.overlay else (workflow.source, ())
        done.append(workflow._replace(source=source))
        findings += _misfits(manifest, environment, workflow.name, misfits)
    return tuple(done), tuple(findings)


def _misfits(manifest: Manifest, environment: str, name: str, misfits: Iterable[Diagnostic]) -> list[Finding]:
    """At the line of `set`: the environment's own, else the workflow's."""
    own = next(entry.environments.get(environment, Override()).set for entry in manifest.entries if entry.name == name)
    rows = []
    for misfit in misfits:
        base: Path = ("environments", environment, "set") if misfit.path[0] in own else ("set",)
        rows.append(_placed(misfit, ("workflows", name, *base), "set"))
    return findings_of(manifest.path, manifest.text, "yaml", rows)


def _placed(misfit: Diagnostic, base: Path, key: str) -> RuleDiagnostic:
    path = (*base, *misfit.path)
    return "manifest-set-path", misfit._replace(path=path, message=f"{shown(misfit.path[0])} in `{key}`: {misfit.message}")


def read_sources(root: str, manifest: Manifest) -> tuple[tuple[Source, ...], tuple[Finding, ...]]:
    """Every source of the manifest, of all its environments and of broken entries too, in path order: what lint looks at."""
    reader = _DefinitionReader(root)
    found: dict[str, Source] = {}
    read: list[Read] = []
    for entry in manifest.entries:
        named = [("", entry.source), *((name, each.source) for name, each in entry.environments.items())]
        for environment, path in named:
            if not path or (entry.platform is None and files.platform_of(path) is None):
                continue
            source, seen = reader(path, entry.platform)
            read += [(entry, environment, each) for each in seen]
            if source is not None:
                found[source.path] = source
    findings = [*move_to_manifest(manifest, read, "source"), *_sets(manifest, reader)]
    return tuple(found[path] for path in sorted(found)), in_order(findings)


def _sets(manifest: Manifest, reader: _DefinitionReader) -> Iterator[Finding]:
    """Lines of `set` that do not fit their source, in every environment; what `${NAME}` stands for is not asked."""
    platforms = {entry.name: entry.platform for entry in manifest.entries}
    for environment in manifest.environments:
        for name, there in _in_environment(manifest, environment):
            source = reader(there.source, platforms[name])[0] if there.set else None
            if source is not None:
                yield from _misfits(manifest, environment, name, lay_over(source, there.set, None)[1])
    for entry in manifest.entries:
        source = reader(entry.source, entry.platform)[0] if entry.preview_set and entry.source else None
        if source is not None:
            base: Path = ("workflows", entry.name, "preview", "set")
            rows = [_placed(misfit, base, "preview.set") for misfit in lay_over(source, entry.preview_set, None)[1]]
            yield from findings_of(manifest.path, manifest.text, "yaml", rows)


def resolve_files(root: str, patterns: Sequence[str]) -> tuple[tuple[Workflow, ...], tuple[Finding, ...]]:
    """The workflows in the named files, in name order; `patterns` are paths or globs relative to `root`.

    A name is the file's without its suffix; where two would be one, the whole path. Keys are "". Raises UsageError for a pattern that meets no file.
    """
    named = list(dict.fromkeys(path for pattern in patterns for path in discover.expand_pattern(root, pattern)))
    reader = _DefinitionReader(root)
    workflows: list[Workflow] = []
    findings: list[Finding] = []
    for path, name in zip(named, _names(named)):
        source, found = reader(path)
        findings += found
        if source is not None:
            workflows.append(Workflow(name, source, ""))
    return tuple(sorted(workflows, key=lambda workflow: workflow.name)), in_order(findings)


def _names(named: Sequence[str]) -> list[str]:
    """A name for each path: the shortest of stem, path without suffix, and path that no other has."""
    forms = [[os.path.splitext(os.path.basename(path))[0], os.path.splitext(path)[0], path] for path in named]
    taken = [[each[level] for each in forms] for level in range(3)]
    return [next((each[level] for level in range(2) if taken[level].count(each[level]) == 1), each[2]) for each in forms]


def list_targets(manifest: Manifest) -> Iterator[tuple[str, Workflow]]:
    """Every (environment, workflow) pair of the manifest, without reading any definition: keys and ids are what it is for."""
    platforms = {entry.name: entry.platform or files.platform_of(entry.source) for entry in manifest.entries}
    for environment in manifest.environments:
        for name, there in _in_environment(manifest, environment):
            platform = platforms[name]
            if platform:
                source = Source(there.source, platform, "agent" if there.source.lower().endswith(".bot") else "workflow", b"", None)
                yield environment, Workflow(name, source, there.key, there.endpoint, there.id, there.set)
