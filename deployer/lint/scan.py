"""The scan for what lint reads: the known files of a folder, a manifest with all its sources, eval suites."""

import os
from collections.abc import Iterator, Sequence

from deployer.formats import files, known_formats, paths
from deployer.formats.discover import find_definitions, is_manifest, is_suite, read_if_regular
from deployer.model.source_format import suffix_of
from deployer.model.text import nfc
from deployer.model.workflow import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.manifest.model import Manifest
    from deployer.model.finding import Finding


class ScanResult:
    """What a scan collects besides the sources: findings of reading, the manifests, and the texts of manifests and suites by path."""

    __slots__ = ("findings", "folders", "manifests", "texts")

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.folders = paths.Folders()
        self.manifests: list[Manifest] = []
        self.texts: dict[str, str] = {}


def read_sources(root: str, requested: Sequence[str], result: ScanResult, manifest: str = "") -> Iterator[Source]:
    """The sources one by one, each once; none is kept in memory.

    A manifest among the paths adds its findings, all its sources and its suites to `result`. A path outside `root` is read relative to
    its own folder. `manifest`: the one to ask for the platform of a file whose suffix does not tell it, "" without one.
    """
    yielded: set[str] = set()
    for path in requested:
        for source in _read_path(root, path, result, manifest):
            if source.path not in yielded:
                yielded.add(source.path)
                yield source


def _read_path(root: str, path: str, result: ScanResult, manifest: str = "") -> Iterator[Source]:
    if os.path.isabs(paths.relative(root, path)) or paths.relative(root, path).startswith(".."):
        yield from _read_outside(os.path.join(root, path), path, result)
        return
    is_file = not os.path.isdir(os.path.join(root, path))  # below a folder only definitions are read
    for file in find_definitions(root, [path]):
        content = read_if_regular(root, file, result.folders) if is_file and suffix_of(file) in (".yaml", ".yml") else None
        if content is not None and is_manifest(file, content):
            yield from _read_manifest(root, file, result)
        elif content is not None and is_suite(content):
            read_eval_suite(root, file, result)
        else:
            platform = _platform_by_manifest(root, file, manifest) if manifest and is_file else None
            source, findings = files.read(root, file, platform=platform, folders=result.folders)
            result.findings.extend(findings)
            if source is not None:
                yield source


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
    for source in _read_path(folder, name, outside):
        yield Source(os.path.join(prefix, source.path), source.platform, source.kind, source.content, source.definition)
    result.findings.extend(finding._replace(path=os.path.join(prefix, finding.path)) for finding in outside.findings)
    result.manifests.extend(manifest._replace(path=os.path.join(prefix, manifest.path)) for manifest in outside.manifests)
    result.texts.update((os.path.join(prefix, file), text) for file, text in outside.texts.items())


def _read_manifest(root: str, path: str, result: ScanResult) -> Iterator[Source]:
    from deployer.manifest import load, resolve

    manifest, findings = load.load_manifest(root, path)
    result.findings.extend(findings)
    if manifest is not None:
        result.manifests.append(manifest)
        result.texts[manifest.path] = manifest.text
        sources, findings = resolve.read_sources(root, manifest)
        result.findings.extend(findings)
        read_eval_suites(root, manifest, result)
        yield from sources


def read_eval_suites(root: str, manifest: "Manifest", result: ScanResult) -> None:
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
