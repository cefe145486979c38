"""The linter's two uses: for paths that somebody names (`lint`), and before a plan or a deploy (`stopping`)."""

import os
from collections.abc import Iterable

from deployer.lint import engine, scan
from deployer.lint.scan import ScanResult
from deployer.model.errors import UsageError
from deployer.model.finding import Finding
from deployer.model.workflow import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.lint.suppression import LintDirectives
    from deployer.manifest.model import Manifest

MANIFEST = "flowship.yml"


def lint(root: str, paths: tuple[str, ...], manifest: str) -> tuple[Finding, ...]:
    """Findings of the given paths; without any, of the manifest and what it names; without that, of every known file.

    The manifest's `lint:` counts in each case.
    """
    there = os.path.lexists(os.path.join(root, manifest))
    if not there and manifest != MANIFEST:  # the default may be missing, what somebody named may not
        raise UsageError(f"There is no manifest {manifest} in {root}.", fix="Correct `--manifest`, or leave it out.", code="no-manifest")
    harvest = ScanResult()
    findings: list[Finding] = []
    read: list[str] = []
    for source in scan.walk(root, _wanted(paths, manifest if there else ""), harvest):
        findings += engine.findings_in(source)
        read.append(source.path)
        _listen(source, harvest)
    findings += harvest.findings
    if not read and not findings and not harvest.texts:
        raise UsageError("There is nothing to lint: no .flow, .bot or meinGPT workflow here.", fix="Name files or folders.")
    if not findings and not harvest.texts:
        return ()
    from deployer.lint.suppression import decide

    more, told = _across(root, manifest if there else "", harvest, whole=not paths, read=read)
    return decide((*findings, *more), told)


def stopping(root: str, sources: Iterable[Source], found: Iterable[Finding], manifest: "Manifest | None") -> tuple[Finding, ...]:
    """For a plan or a deploy: `found` while reading, and what the rules find. What stops a deploy does so, whatever comments and manifest say."""
    from deployer.lint import cross_file
    from deployer.lint.suppression import LintDirectives, decide

    harvest = ScanResult()
    for source in sources:
        harvest.findings += engine.findings_in(source)
        _listen(source, harvest)
    if manifest is None:
        return decide((*found, *harvest.findings), LintDirectives(harvest.texts), strict=True)
    harvest.texts[manifest.path] = manifest.text
    scan.of_evals(root, manifest, harvest)
    return decide((*found, *harvest.findings, *cross_file.notes(manifest)), LintDirectives(harvest.texts, manifest.lint), strict=True)


def _listen(source: Source, harvest: ScanResult) -> None:
    """Keeps the text of a workflow that speaks to the linter."""
    if source.platform == "meingpt" and b"flowship:" in source.content:
        harvest.texts[source.path] = source.content.decode("utf-8").removeprefix("\ufeff")


def _wanted(paths: tuple[str, ...], manifest: str) -> tuple[str, ...]:
    """The folder that holds the manifest stands for the manifest too."""
    if not paths:
        return (manifest or ".",)
    return (manifest, *paths) if manifest and "." in map(os.path.normpath, paths) else paths


def _across(root: str, path: str, harvest: ScanResult, *, whole: bool, read: list[str]) -> "tuple[list[Finding], LintDirectives]":
    """Findings across files, and what the manifest and comments say. `path` is the manifest's, "" where there is none."""
    from deployer.formats.paths import relative
    from deployer.lint import cross_file
    from deployer.lint.suppression import LintDirectives

    findings = [finding for manifest in harvest.manifests for finding in cross_file.notes(manifest)]
    own = next((manifest for manifest in harvest.manifests if not path or manifest.path == relative(root, path)), None)
    if own is None:
        from deployer.manifest.load import lint_config

        return findings, LintDirectives(harvest.texts, lint_config(root, path) if path else LintDirectives().config)
    there = None
    if whole:
        from deployer.formats.discover import find

        there = find(root)
        findings += cross_file.unnamed(own, there)
    return findings, LintDirectives(harvest.texts, own.lint, own, {*read, *harvest.texts}, there)
