"""Workflows with their definitions: of the manifest's entries for one environment, or of files named without a manifest."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from deployer.formats import discover, files, known_formats, paths
from deployer.formats.diagnostic import Diagnostic, RuleDiagnostic, findings_of
from deployer.formats.positions import Path, find_places
from deployer.formats.quoting import did_you_mean, shown
from deployer.manifest.layers import is_pattern
from deployer.manifest.model import Manifest, Override, WorkflowEntry
from deployer.manifest.overlay import lay_over
from deployer.model.errors import UsageError
from deployer.model.finding import Finding, in_order
from deployer.model.text import nfc
from deployer.model.workflow import Source, Workflow

_AT_THE_MANIFEST = ("file-not-found", "file-outside-repository", "file-suffix")
"""Findings about a path: they belong to the line that names it."""
ReadFinding = tuple[WorkflowEntry, str, Finding]
"""An entry, an environment ("" for the entry itself), and a finding about the file that is named there."""


def _sources(manifest: Manifest) -> Iterator[str]:
    for entry in manifest.entries:
        yield from entry.sources


MAX_UNPACKED = 500
"""Definitions that are kept as they are; of more files, memory counts."""


class SourceReader:
    """Reads each source once, however many workflows share it."""

    def __init__(self, root: str, manifest: Manifest | None = None) -> None:
        self.root = root
        self.folders = paths.Folders(_sources(manifest), manifest.folder) if manifest else paths.Folders()
        self.cache: dict[tuple[str, str | None], tuple[Source | None, tuple[Finding, ...]]] = {}

    def __call__(self, path: str, platform: str | None = None) -> tuple[Source | None, tuple[Finding, ...]]:
        key = (paths.relative(self.root, path), platform)
        if key not in self.cache:
            self.cache[key] = files.read(self.root, path, platform=platform, folders=self.folders)
            source, _ = self.cache[key]
            if source and len(self.cache) > MAX_UNPACKED:
                source.pack()
        return self.cache[key]


def chosen_environment(manifest: Manifest, name: str) -> str:
    """The environment of this name, the first for "". Raises UsageError for one that is not declared."""
    if name and name not in manifest.environments:
        fix = f"{did_you_mean(name, manifest.environments)} Or add it to `environments:` in {shown(manifest.path)}."
        raise UsageError(f"The environment {shown(name)} is not declared.", fix=fix)
    return name or manifest.environments[0]


def resolve_environment(
    root: str, manifest: Manifest, environment: str = "", only: Sequence[str] = ()
) -> tuple[tuple[Workflow, ...], tuple[Finding, ...]]:
    """The workflows of one environment ("" is the first), in name order, and the findings of reading their sources.

    Raises UsageError for an environment that is not declared, and for `only` names that are not in it.
    """
    chosen = chosen_environment(manifest, environment)
    settings_by_name = dict(_in_environment(manifest, chosen))
    _check_only(manifest, chosen, settings_by_name, only)
    reader = SourceReader(root, manifest)
    workflows: list[Workflow] = []
    rows: list[ReadFinding] = []
    for entry in sorted(manifest.entries, key=lambda entry: entry.name):
        if entry.name not in settings_by_name or (only and entry.name not in only):
            continue
        settings = settings_by_name[entry.name]
        source, findings = reader(settings.source, entry.platform)
        rows += [(entry, chosen, finding) for finding in findings]
        if source is not None:
            workflows.append(Workflow(entry.name, source, settings.key, settings.endpoint, settings.id, settings.set))
    return tuple(workflows), in_order(move_to_manifest(manifest, rows, "source"))


def _in_environment(manifest: Manifest, environment: str) -> Iterator[tuple[str, Override]]:
    """Each workflow of that environment with its settings there: key and id its own, the rest inherited."""
    first = environment == manifest.environments[0]
    for entry in manifest.entries:
        own = entry.environments.get(environment)
        if not entry.source or is_pattern(entry.source) or (own is None and not first):
            continue
        own = own or Override()
        key, workflow_id = (own.key or entry.key, own.id or entry.id) if first else (own.key, own.id)
        if key:
            values = Override(own.source or entry.source, key, workflow_id, own.endpoint or entry.endpoint, own.evals or entry.evals)
            yield entry.name, values._replace(set={**entry.set, **own.set})


def _check_only(manifest: Manifest, environment: str, in_environment: Iterable[str], only: Sequence[str]) -> None:
    names = [entry.name for entry in manifest.entries]
    for name in only:
        if name not in names:
            fix = "Separate names by commas." if set(name.split()) <= set(names) else did_you_mean(name, names)
            raise UsageError(f"There is no workflow {shown(name)} in {shown(manifest.path)}.", fix=fix)
        if name not in in_environment:
            fix = f"Give it an entry with a key under `workflows.{name}.environments.{environment}`."
            raise UsageError(f"The workflow {shown(name)} is not part of the environment {shown(environment)}.", fix=fix)


def move_to_manifest(manifest: Manifest, rows: Iterable[ReadFinding], field: Literal["source", "evals"]) -> list[Finding]:
    """The findings of reading what `field` names. One about the path itself moves to the line that names it."""
    kept: list[Finding] = []
    moved: list[tuple[Path, Finding]] = []
    for entry, environment, finding in rows:
        if finding.rule in _AT_THE_MANIFEST and finding.span is None:  # a suite's table has its own place
            own = entry.environments.get(environment)
            base: Path = ("workflows", entry.name)
            moved.append(((*base, "environments", environment, field) if own and getattr(own, field) else (*base, field), finding))
        else:
            kept.append(finding)
    if not moved:
        return kept
    written = [(manifest.written_path(path), finding) for path, finding in moved]
    places = find_places(manifest.text, "yaml", [path for path, _ in written])
    return kept + [finding._replace(path=manifest.path, span=places[path].short if places[path].exact else None) for path, finding in written]


def lay_over_all(
    manifest: Manifest, environment: str, workflows: Iterable[Workflow], values: Mapping[str, str]
) -> tuple[tuple[Workflow, ...], tuple[Finding, ...]]:
    """The workflows with their environment's values laid over them, and findings for the lines of `set` that do not fit.

    Raises UsageError for a `${NAME}` without its value.
    """
    overlaid: list[Workflow] = []
    misfits: list[tuple[str, Diagnostic]] = []
    for workflow in workflows:
        source, of_workflow = lay_over(workflow.source, workflow.overlay, values)
        overlaid.append(workflow._replace(source=source))
        misfits += [(workflow.name, misfit) for misfit in of_workflow]
    return tuple(overlaid), tuple(findings_of(manifest.path, manifest.text, "yaml", _set_diagnostics(manifest, environment, misfits)))


def _set_diagnostics(manifest: Manifest, environment: str, misfits: Iterable[tuple[str, Diagnostic]]) -> Iterator[RuleDiagnostic]:
    """A diagnostic for each (workflow name, misfit), at the line of `set`: the environment's own, else the workflow's."""
    own = {entry.name: entry.environments.get(environment, Override()).set for entry in manifest.entries}
    for name, misfit in misfits:
        base: Path = ("environments", environment, "set") if misfit.path[0] in own[name] else ("set",)
        yield _at_set(manifest, misfit, ("workflows", name, *base), "set")


def _at_set(manifest: Manifest, misfit: Diagnostic, base: Path, key: str) -> RuleDiagnostic:
    path = manifest.written_path((*base, *misfit.path))
    return "manifest-set-path", misfit._replace(path=path, message=f"{shown(misfit.path[0])} in `{key}`: {misfit.message}")


def read_sources(root: str, manifest: Manifest) -> tuple[tuple[Source, ...], tuple[Finding, ...]]:
    """Every source of the manifest, of all its environments and of broken entries too, in path order: for lint."""
    return read_entries(SourceReader(root, manifest), manifest, manifest.entries)


def source_paths(root: str, entries: Iterable[WorkflowEntry]) -> list[str]:
    """The sources of those entries, of all environments, each as often as it is named."""
    return [paths.relative(root, path) for entry in entries for _, path in _named_sources(entry)]


def _named_sources(entry: WorkflowEntry) -> Iterator[tuple[str, str]]:
    """(environment, path) of each source of the entry that can be read; "" for the entry's own."""
    for environment, path in (("", entry.source), *((name, own.source) for name, own in entry.environments.items())):
        if path and not is_pattern(path) and not (entry.platform is None and files.platform_of(path) is None):
            yield environment, path


def read_entries(reader: SourceReader, manifest: Manifest, entries: Sequence[WorkflowEntry]) -> tuple[tuple[Source, ...], tuple[Finding, ...]]:
    """What `read_sources` gives, for some of the manifest's entries."""
    by_path: dict[str, Source] = {}
    rows: list[ReadFinding] = []
    for entry in entries:
        for environment, path in _named_sources(entry):
            source, findings = reader(path, entry.platform)
            rows += [(entry, environment, finding) for finding in findings]
            if source is not None:
                by_path[source.path] = source
    all_findings = [*move_to_manifest(manifest, rows, "source"), *_set_findings(manifest._replace(entries=tuple(entries)), reader)]
    return tuple(by_path[path] for path in sorted(by_path)), in_order(all_findings)


def _set_findings(manifest: Manifest, reader: SourceReader) -> list[Finding]:
    """Lines of `set` that do not fit their source, in every environment, whatever value `${NAME}` has."""
    rows: list[RuleDiagnostic] = []
    platforms = {entry.name: entry.platform for entry in manifest.entries}
    for environment in manifest.environments if any(map(_sets, manifest.entries)) else ():
        misfits: list[tuple[str, Diagnostic]] = []
        for name, settings in _in_environment(manifest, environment):
            source = reader(settings.source, platforms[name])[0] if settings.set else None
            if source is not None:
                misfits += [(name, misfit) for misfit in lay_over(source, settings.set, None)[1]]
        rows += _set_diagnostics(manifest, environment, misfits)
    for entry in manifest.entries:
        source = reader(entry.source, entry.platform)[0] if entry.preview_set and entry.source and not is_pattern(entry.source) else None
        if source is not None:
            base: Path = ("workflows", entry.name, "preview", "set")
            rows += [_at_set(manifest, misfit, base, "preview.set") for misfit in lay_over(source, entry.preview_set, None)[1]]
    return findings_of(manifest.path, manifest.text, "yaml", rows)


def _sets(entry: WorkflowEntry) -> bool:
    return bool(entry.set) or any(own.set for own in entry.environments.values())


def resolve_files(root: str, patterns: Sequence[str]) -> tuple[tuple[Workflow, ...], tuple[Finding, ...]]:
    """The workflows in the named files, in name order; `patterns` are paths or globs relative to `root`.

    A name is the file's without its suffix; where two would be one, the whole path. Keys are "". Raises UsageError for a pattern
    that matches no files.
    """
    matches = list(dict.fromkeys(path for pattern in patterns for path in discover.expand_pattern(root, pattern)))
    reader = SourceReader(root)
    workflows: list[Workflow] = []
    findings: list[Finding] = []
    for path, name in zip(matches, _names(matches)):
        source, of_file = reader(path)
        findings += of_file
        if source is not None:
            workflows.append(Workflow(name, source, ""))
    return tuple(sorted(workflows, key=lambda workflow: workflow.name)), in_order(findings)


def _names(files: Sequence[str]) -> list[str]:
    """A name for each path: the shortest of stem, path without suffix, and path that no other has."""
    candidates = [[os.path.splitext(os.path.basename(path))[0], os.path.splitext(path)[0], path] for path in map(nfc, files)]
    columns = [[names[level] for names in candidates] for level in range(3)]
    return [next((names[level] for level in range(2) if columns[level].count(names[level]) == 1), names[2]) for names in candidates]


def list_targets(manifest: Manifest) -> Iterator[tuple[str, Workflow]]:
    """Every (environment, workflow) pair of the manifest, with keys and ids, without reading any definition."""
    known_by_name = {entry.name: known_formats.format_of(entry.platform) for entry in manifest.entries}
    for environment in manifest.environments:
        for name, settings in _in_environment(manifest, environment):
            known = known_by_name[name]
            if known:
                source = Source(settings.source, known.platform, known.kind_of(settings.source), b"", None)
                yield environment, Workflow(name, source, settings.key, settings.endpoint, settings.id, settings.set)
