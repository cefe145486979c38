"""Everything that lint looks at for some paths: a folder's known files, a manifest with all its sources, eval suites."""

import os
from collections.abc import Iterator, Sequence

from deployer.formats import files, paths
from deployer.formats.discover import content_of, find, is_manifest, is_suite
from deployer.manifest.model import Manifest
from deployer.model.finding import Finding, in_order
from deployer.model.workflow import Source


class ScanResult:
    """What comes along while sources are read: findings of reading, the manifests, and the texts of manifests and suites by path."""

    __slots__ = ("findings", "folders", "manifests", "texts")

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.folders = paths.Folders()
        self.manifests: list[Manifest] = []
        self.texts: dict[str, str] = {}


def gather(root: str, wanted: Sequence[str]) -> tuple[tuple[Source, ...], tuple[Finding, ...]]:
    """All sources for those paths at once, in path order, and the findings of reading."""
    harvest = ScanResult()
    sources = sorted(walk(root, wanted, harvest), key=lambda source: source.path)
    return tuple(sources), in_order(harvest.findings)


def walk(root: str, wanted: Sequence[str], harvest: ScanResult) -> Iterator[Source]:
    """The sources one by one, each once: nothing holds on to them.

    A manifest among the paths brings its own findings, all its sources and its suites. A path outside `root` is read beside its own
    folder: a person who types it means it.
    """
    seen: set[str] = set()
    for path in wanted:
        for source in _gathered(root, path, harvest):
            if source.path not in seen:
                seen.add(source.path)
                yield source


def _gathered(root: str, path: str, harvest: ScanResult) -> Iterator[Source]:
    if os.path.isabs(paths.relative(root, path)) or paths.relative(root, path).startswith(".."):
        yield from _elsewhere(os.path.join(root, path), path, harvest)
        return
    named = not os.path.isdir(os.path.join(root, path))  # below a folder only definitions are found
    for each in find(root, [path]):
        content = content_of(os.path.join(root, each)) if named and each.lower().endswith(files.MEINGPT_SUFFIXES) else None
        if content is not None and is_manifest(each, content):
            yield from _of_manifest(root, each, harvest)
        elif content is not None and is_suite(content):
            suite(root, each, harvest)
        else:
            source, found = files.read(root, each, folders=harvest.folders)
            harvest.findings.extend(found)
            if source is not None:
                yield source


def _elsewhere(whole: str, path: str, harvest: ScanResult) -> Iterator[Source]:
    """A folder or file outside the root: its own folder is the root, and paths are shown as typed."""
    folder, name = (whole, ".") if os.path.isdir(whole) else os.path.split(whole)
    before = path if os.path.isdir(whole) else os.path.dirname(path)
    inside = ScanResult()
    for source in _gathered(folder, name, inside):
        yield Source(os.path.join(before, source.path), source.platform, source.kind, source.content, source.definition)
    harvest.findings.extend(finding._replace(path=os.path.join(before, finding.path)) for finding in inside.findings)
    harvest.manifests.extend(manifest._replace(path=os.path.join(before, manifest.path)) for manifest in inside.manifests)
    harvest.texts.update((os.path.join(before, each), text) for each, text in inside.texts.items())


def _of_manifest(root: str, path: str, harvest: ScanResult) -> Iterator[Source]:
    from deployer.manifest import load as manifest
    from deployer.manifest import resolve

    loaded, found = manifest.load(root, path)
    harvest.findings.extend(found)
    if loaded is not None:
        harvest.manifests.append(loaded)
        harvest.texts[loaded.path] = loaded.text
        sources, found = resolve.sources(root, loaded)
        harvest.findings.extend(found)
        of_evals(root, loaded, harvest)
        yield from sources


def of_evals(root: str, manifest: Manifest, harvest: ScanResult) -> None:
    """Every suite that the manifest names, read once. One that is not there is a mistake of the line that names it."""
    from deployer.manifest.resolve import Read, at_manifest

    read: list[Read] = []
    for entry in manifest.entries:
        for environment, each in (("", entry.evals), *((name, own.evals) for name, own in entry.environments.items())):
            if each and paths.relative(root, each) not in harvest.texts:
                inside = ScanResult()
                suite(root, each, inside)
                harvest.texts.update(inside.texts)
                read += [(entry, environment, found) for found in inside.findings]
    harvest.findings.extend(at_manifest(manifest, read, "evals"))


def suite(root: str, path: str, harvest: ScanResult) -> None:
    """One eval suite."""
    from deployer.formats import eval_suite

    read, found = eval_suite.load(root, path)
    harvest.findings.extend(found)
    if read is not None:
        harvest.texts[read.path] = read.text
