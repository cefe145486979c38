"""The linter's two entry points: `lint_paths` for `flowship lint`, and `lint_for_deploy` before a plan or a deploy."""

import os
from collections.abc import Iterable
from typing import NamedTuple

from deployer.formats import known_formats
from deployer.formats.places import below
from deployer.lint import engine, scan
from deployer.lint.scan import ScanResult
from deployer.model.errors import UsageError
from deployer.model.finding import Finding
from deployer.model.workflow import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.lint.suppression import LintDirectives
    from deployer.manifest.model import Manifest

DEFAULT_MANIFEST = "flowship.yml"


class LintResult(NamedTuple):
    """`files`: how many were read."""

    findings: tuple[Finding, ...]
    files: int


def lint_paths(root: str, paths: tuple[str, ...], manifest: str, folder: str = ".") -> tuple[Finding, ...]:
    """The findings of `lint_files`."""
    return lint_files(root, paths, manifest, folder).findings


def lint_files(root: str, paths: tuple[str, ...], manifest: str, folder: str = ".") -> LintResult:
    """The findings of these paths; without paths, of the manifest and all its sources; without a manifest, of every known file below `folder`.

    All paths are relative to `root`, the repository's top. The manifest's `lint:` applies in each case. Raises UsageError when there is nothing
    to lint, or when a manifest that is not the default one does not exist.
    """
    exists = os.path.lexists(os.path.join(root, manifest))
    if not exists and manifest != below(folder, DEFAULT_MANIFEST):
        raise UsageError(f"There is no manifest {manifest} in {root}.", fix="Correct `manifest`, or leave it out.", code="no-manifest")
    scanned = ScanResult()
    findings: list[Finding] = []
    linted: list[str] = []
    for source in scan.read_sources(root, _with_manifest(paths, manifest if exists else "", folder), scanned, manifest if exists else ""):
        findings += engine.lint_source(source)
        linted.append(source.path)
        _keep_commented_text(source, scanned)
    findings += scanned.findings
    if not linted and not findings and not scanned.texts:
        raise UsageError(f"There is nothing to lint here. Definition files are {known_formats.suffix_table()}.", fix="Name files or folders.")
    if not findings and not scanned.texts:
        return LintResult((), len(linted))
    from deployer.lint.suppression import apply_directives

    cross_file_findings, directives = _lint_across_files(root, manifest if exists else "", scanned, whole=not paths, linted=linted)
    read = {*linted, *scanned.texts, *(finding.path for finding in scanned.findings if finding.path)}
    return LintResult(apply_directives((*findings, *cross_file_findings), directives), len(read))


def lint_for_deploy(root: str, sources: Iterable[Source], reading: Iterable[Finding], manifest: "Manifest | None") -> tuple[Finding, ...]:
    """The findings of reading (`reading`) and of all rules. Errors that stop a deploy keep their severity whatever comments and manifest ask for."""
    from deployer.lint import cross_file
    from deployer.lint.secrets import find_in_texts
    from deployer.lint.suppression import LintDirectives, apply_directives

    scanned = ScanResult()
    definitions = set()
    for source in sources:
        definitions.add(source.path)
        scanned.findings += engine.lint_source(source)
        _keep_commented_text(source, scanned)
    if manifest is None:
        return apply_directives((*reading, *scanned.findings), LintDirectives(scanned.texts), strict=True)
    scanned.texts[manifest.path] = manifest.text
    scan.read_eval_suites(root, manifest, scanned)
    secrets = find_in_texts(scanned.texts, definitions, reading)
    findings = (*reading, *scanned.findings, *cross_file.check_manifest(manifest), *secrets)
    return apply_directives(findings, LintDirectives(scanned.texts, manifest.lint), strict=True)


def _keep_commented_text(source: Source, scanned: ScanResult) -> None:
    """Keep the text of a workflow that may hold comments for the linter."""
    if b"flowship:" in source.content and known_formats.format_of_source(source).language == "yaml":
        scanned.texts[source.path] = source.content.decode("utf-8").removeprefix("\ufeff")


def _with_manifest(paths: tuple[str, ...], manifest: str, folder: str) -> tuple[str, ...]:
    """The paths to lint. The folder that holds the manifest includes the manifest."""
    if not paths:
        return (manifest or folder,)
    return (manifest, *paths) if manifest and (os.path.dirname(manifest) or ".") in map(os.path.normpath, paths) else paths


def _lint_across_files(root: str, path: str, scanned: ScanResult, *, whole: bool, linted: list[str]) -> "tuple[list[Finding], LintDirectives]":
    """Findings across files, and the directives of manifest and comments. `path` is the manifest's, "" without one."""
    from deployer.formats.paths import relative
    from deployer.lint import cross_file
    from deployer.lint.secrets import find_in_texts
    from deployer.lint.suppression import LintDirectives

    findings = find_in_texts(scanned.texts, linted, scanned.findings)
    findings += [finding for manifest in scanned.manifests for finding in cross_file.check_manifest(manifest)]
    own = next((manifest for manifest in scanned.manifests if not path or manifest.path == relative(root, path)), None)
    if own is None:
        from deployer.manifest.load import read_lint_config

        return findings, LintDirectives(scanned.texts, read_lint_config(root, path) if path else LintDirectives().config)
    definition_files = None
    if whole:
        from deployer.formats.discover import find_definitions

        definition_files = find_definitions(root, [own.folder or "."])
        if not any(finding.severity == "error" and finding.path == own.path for finding in scanned.findings):  # what it names is not known
            findings += cross_file.find_unnamed_files(own, definition_files)
    return findings, LintDirectives(scanned.texts, own.lint, own, {*linted, *scanned.texts}, definition_files)
