"""Everything that lint looks at for some paths: a folder's known files, and a manifest with all its sources."""

import os
from collections.abc import Iterator, Sequence

from deployer.domain.finding import Finding, in_order
from deployer.domain.workflow import Source
from deployer.source import files, paths
from deployer.source.discovery import content_of, find, is_manifest


def gather(root: str, wanted: Sequence[str]) -> tuple[tuple[Source, ...], tuple[Finding, ...]]:
    """Everything that lint looks at for those paths: the sources, in path order, and the findings of reading.

    A manifest among the paths brings its own findings and all its sources. A path outside `root` is read beside its own folder:
    a person who types it means it.
    """
    sources: dict[str, Source] = {}
    findings: list[Finding] = []
    for path in wanted:
        for source in _gathered(root, path, findings):
            sources.setdefault(source.path, source)
    return tuple(sources[path] for path in sorted(sources)), in_order(findings)


def _gathered(root: str, path: str, findings: list[Finding]) -> Iterator[Source]:
    if os.path.isabs(paths.relative(root, path)) or paths.relative(root, path).startswith(".."):
        yield from _elsewhere(os.path.join(root, path), path, findings)
        return
    for each in find(root, [path]):
        content = content_of(os.path.join(root, each)) if each.lower().endswith(files.MEINGPT_SUFFIXES) else None
        if content is not None and is_manifest(each, content):
            yield from _of_manifest(root, each, findings)
            continue
        source, found = files.read(root, each)
        findings.extend(found)
        if source is not None:
            yield source


def _elsewhere(whole: str, path: str, findings: list[Finding]) -> Iterator[Source]:
    """A folder or file outside the root: its own folder is the root, and paths are shown as typed."""
    folder, name = (whole, ".") if os.path.isdir(whole) else os.path.split(whole)
    before = path if os.path.isdir(whole) else os.path.dirname(path)
    inside: list[Finding] = []
    for source in _gathered(folder, name, inside):
        yield Source(os.path.join(before, source.path), source.platform, source.kind, source.content, source.definition)
    findings.extend(finding._replace(path=os.path.join(before, finding.path)) for finding in inside)


def _of_manifest(root: str, path: str, findings: list[Finding]) -> Iterator[Source]:
    from deployer.source import manifest, workflows

    loaded, found = manifest.load(root, path)
    findings.extend(found)
    if loaded is not None:
        sources, found = workflows.sources(root, loaded)
        findings.extend(found)
        yield from sources
