"""All sources of some paths at once, as `flowship lint` reads them."""

from collections.abc import Sequence

from deployer.lint import scan
from deployer.model.finding import Finding, in_order
from deployer.model.workflow import Source


def read_all(root: str, paths: Sequence[str]) -> tuple[tuple[Source, ...], tuple[Finding, ...]]:
    """The sources in path order, and the findings of reading."""
    result = scan.ScanResult()
    sources = sorted(scan.read_sources(root, paths, result), key=lambda source: source.path)
    return tuple(sources), in_order(result.findings)
