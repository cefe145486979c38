"""The scan for what lint reads: the known files of a folder, a manifest with all its sources, eval suites."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from deployer.formats import files, known_formats, paths
from deployer.formats.discover import is_manifest, is_suite, leads_out, list_candidates, read_definition, read_if_regular
from deployer.model.named_tuple import NamedTuple
from deployer.model.source_format import suffix_of
from deployer.model.text import nfc
from deployer.model.workflow import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.lint.ignore_comments import IgnoreComment
    from deployer.manifest.model import Manifest, WorkflowEntry
    from deployer.manifest.resolve import SourceReader
    from deployer.model.finding import Finding


class ScanResult:
    """What a scan collects besides the sources: findings of reading, the manifests, and by path the texts of manifests and suites, and the
    comments for the linter in workflows."""

    __slots__ = ("comments", "findings", "folders", "manifests", "texts")

    def __init__(self) -> None:
        self.comments: dict[str, tuple[IgnoreComment, ...]] = {}
        self.findings: list[Finding] = []
        self.folders = paths.Folders()
        self.manifests: list[Manifest] = []
        self.texts: dict[str, str] = {}


class ReadTask(NamedTuple):
    """A part of a scan: `read` gives its sources, and adds what else it reads to a result. `name`: the file that it is about. `alone`: it is
    not one of many of its kind, and may read anything."""

    name: str
    read: Callable[[ScanResult], Iterable[Source]]
    alone: bool = False


def read_sources(root: str, requested: Sequence[str], result: ScanResult, manifest: str = "") -> Iterator[Source]:
    """The sources one by one, each once; none is kept in memory.

    A manifest among the paths adds its findings, all its sources and its suites to `result`. A path outside `root` is read relative to
    its own folder. `manifest`: the one to ask for the platform of a file whose suffix does not tell it, "" without one.
    """
    yielded: set[str] = set()
    for task in list_tasks(root, requested, result, manifest):
        for source in task.read(result):
            if source.path not in yielded:
                yielded.add(source.path)
                yield source


def list_tasks(root: str, requested: Sequence[str], result: ScanResult, manifest: str = "") -> list[ReadTask]:
    """What there is to read for these paths. A manifest among them is read at once. `manifest` as in `read_sources`."""
    return [task for path in requested for task in _tasks_of_path(root, path, result, manifest)]


def _tasks_of_path(root: str, path: str, result: ScanResult, manifest: str) -> Iterable[ReadTask]:
    if os.path.isabs(paths.relative(root, path)) or paths.relative(root, path).startswith(".."):
        return [ReadTask(path, partial(_read_outside, os.path.join(root, path), path), alone=True)]
    if os.path.isdir(os.path.join(root, path)) and not leads_out(root, path):
        return [ReadTask(file, partial(_read_listed, root, file)) for file in list_candidates(root, path)]
    file = paths.relative(root, path)
    content = read_if_regular(root, file, result.folders) if suffix_of(file) in (".yaml", ".yml") else None
    if content is not None and is_manifest(file, content):
        return _tasks_of_manifest(root, file, result)
    if content is not None and is_suite(content):
        read_eval_suite(root, file, result)
        return []
    return [ReadTask(file, partial(_read_named, root, file, manifest))]


def _read_listed(root: str, file: str, result: ScanResult) -> Iterable[Source]:
    """The source in a file below a folder, where only definitions are read."""
    is_one, content = read_definition(root, file, result.folders)
    if not is_one:
        return ()
    return _read_definition(files.read(root, file, folders=result.folders) if content is None else files.parse_file(file, content), result)


def _read_named(root: str, file: str, manifest: str, result: ScanResult) -> Iterable[Source]:
    """The source in a file that was named."""
    platform = _platform_by_manifest(root, file, manifest) if manifest else None
    return _read_definition(files.read(root, file, platform=platform, folders=result.folders), result)


def _read_definition(read: tuple[Source | None, Sequence[Finding]], result: ScanResult) -> Iterable[Source]:
    """The source of a file that was read, if it is one."""
    source, findings = read
    result.findings.extend(findings)
    return () if source is None else (source,)


def _platform_by_manifest(root: str, file: str, manifest: str) -> str | None:
    """The platform that the manifest names for a file with a suffix of several platforms or of none; None where it names none."""
    if not known_formats.platforms_to_name(file):
        return None
    from deployer.manifest import load

    loaded, _ = load.load_manifest(root, manifest)
    entries = loaded.entries if loaded else ()
    return next((entry.platform for entry in entries for source in entry.sources if nfc(paths.relative(root, source)) == nfc(file)), None)


def _read_outside(absolute: str, path: str, result: ScanResult) -> Iterator[Source]:
    """The sources of a folder or file outside the root: its own folder is the root, and paths are shown as typed."""
    folder, name = (absolute, ".") if os.path.isdir(absolute) else os.path.split(absolute)
    prefix = path if os.path.isdir(absolute) else os.path.dirname(path)
    outside = ScanResult()
    for source in read_sources(folder, [name], outside):
        yield Source(os.path.join(prefix, source.path), source.platform, source.kind, source.content, source.definition)
    result.findings.extend(finding._replace(path=os.path.join(prefix, finding.path)) for finding in outside.findings)
    result.manifests.extend(manifest._replace(path=os.path.join(prefix, manifest.path)) for manifest in outside.manifests)
    result.texts.update((os.path.join(prefix, file), text) for file, text in outside.texts.items())


def _tasks_of_manifest(root: str, path: str, result: ScanResult) -> Iterable[ReadTask]:
    """A task for each entry; one for all of them where two have one source, which is read once."""
    from deployer.manifest import load, resolve

    manifest, findings = load.load_manifest(root, path)
    result.findings.extend(findings)
    if manifest is None:
        return []
    result.manifests.append(manifest)
    result.texts[manifest.path] = manifest.text
    read_eval_suites(root, manifest, result)
    read = partial(_read_entries, resolve.SourceReader(root, manifest), manifest)
    sources = resolve.source_paths(root, manifest.entries)
    if len(set(sources)) < len(sources):
        return [ReadTask(path, partial(read, manifest.entries), alone=True)]
    return [ReadTask(entry.source or path, partial(read, (entry,))) for entry in manifest.entries]


def _read_entries(reader: SourceReader, manifest: Manifest, entries: Sequence[WorkflowEntry], result: ScanResult) -> Iterable[Source]:
    from deployer.manifest.resolve import read_entries

    sources, findings = read_entries(reader, manifest, entries)
    result.findings.extend(findings)
    return sources


def read_eval_suites(root: str, manifest: Manifest, result: ScanResult) -> None:
    """Read every suite that the manifest names, once. The finding of a missing suite points at the manifest's line."""
    from deployer.manifest.resolve import ReadFinding, move_to_manifest

    rows: list[ReadFinding] = []
    for entry in manifest.entries:
        for environment, suite in (("", entry.evals), *((name, own.evals) for name, own in entry.environments.items())):
            if suite and paths.relative(root, suite) not in result.texts:
                read = ScanResult()
                read_eval_suite(root, suite, read)
                result.texts.update(read.texts)
                rows += [(entry, environment, finding) for finding in read.findings]
    result.findings.extend(move_to_manifest(manifest, rows, "evals"))


def read_eval_suite(root: str, path: str, result: ScanResult) -> None:
    from deployer.formats import eval_suite

    suite, findings = eval_suite.load(root, path)
    result.findings.extend(findings)
    if suite is not None:
        result.texts[suite.path] = suite.text
