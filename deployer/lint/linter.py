"""The linter's two entry points: `lint_paths` for `flowship lint`, and `lint_for_deploy` before a plan or a deploy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from deployer.formats import known_formats
from deployer.formats.marks import COMMENT_SIGN
from deployer.formats.places import below
from deployer.lint import engine, scan
from deployer.lint.scan import ReadTask, ScanResult
from deployer.model.errors import UsageError
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.lint.suppression import LintDirectives
    from deployer.manifest.model import Manifest
    from deployer.model.finding import Finding
    from deployer.model.workflow import Source

_COMMENT_SIGN = COMMENT_SIGN.encode()
DEFAULT_MANIFEST = "flowship.yml"
BATCH_BYTES = 400_000
"""Of files that are read before the first of them is linted."""
MIN_FILES_FOR_PROCESSES = 200
"""From here on several processes are worth what they cost."""


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
        from deployer.manifest.load import suggest_manifest

        fix = suggest_manifest(root, manifest) or "Correct `manifest`, or leave it out."
        raise UsageError(f"There is no manifest {manifest} in {root}.", fix=fix, code="no-manifest")
    scanned = ScanResult()
    named = manifest if exists else ""
    by_path = _lint_tasks(scan.list_tasks(root, _with_manifest(paths, named, folder), scanned, named), scanned)
    linted = list(by_path)
    findings = [finding for of_file in by_path.values() for finding in of_file] + scanned.findings
    if not linted and not findings and not scanned.texts:
        raise UsageError(f"There is nothing to lint here. Definition files are {known_formats.suffix_table()}.", fix="Name files or folders.")
    if not findings and not scanned.texts and not scanned.comments:
        return LintResult((), len(linted))
    from deployer.lint.suppression import apply_directives

    cross_file_findings, directives = _lint_across_files(root, manifest if exists else "", scanned, whole=not paths, linted=linted)
    read = {*linted, *scanned.texts, *(finding.path for finding in scanned.findings if finding.path)}
    return LintResult(apply_directives((*findings, *cross_file_findings), directives), len(read))


def _lint_tasks(tasks: Sequence[ReadTask], scanned: ScanResult) -> dict[str, list[Finding]]:
    """The findings of all rules for each file that these tasks read, which add the rest to `scanned`. Of many files in several processes."""
    if len(tasks) < MIN_FILES_FOR_PROCESSES or any(task.alone for task in tasks):
        return _lint_part(tasks, scanned)
    from deployer.lint import processes

    number = processes.usable()
    if number < 2:
        return _lint_part(tasks, scanned)

    def work(start: int, end: int, begin: Callable[[int], None]) -> tuple[dict[str, list[Finding]], tuple[Any, ...]]:
        part = ScanResult()
        by_path: dict[str, list[Finding]] = {}
        for task in range(start, end):
            begin(task)
            _lint(tasks[task].read(part), part, by_path)
        return by_path, (part.findings, part.texts, part.comments)

    try:
        parts = processes.share_out(len(tasks), number, work, lambda task: tasks[task].name)
    except OSError:  # no process can be started
        return _lint_part(tasks, scanned)
    by_path: dict[str, list[Finding]] = {}
    for of_part, (findings, texts, comments) in parts:
        by_path |= {path: of_file for path, of_file in of_part.items() if path not in by_path}
        scanned.findings += findings
        scanned.texts |= texts
        scanned.comments |= comments
    return by_path


def _lint_part(tasks: Iterable[ReadTask], scanned: ScanResult) -> dict[str, list[Finding]]:
    """Some files are read, and then these are linted: both in turn, file by file, need more code than a processor keeps at hand."""
    by_path: dict[str, list[Finding]] = {}
    waiting: list[Source] = []
    size = 0
    for task in tasks:
        for source in task.read(scanned):
            waiting.append(source)
            size += len(source.content)
        if size > BATCH_BYTES:
            _lint(_drain(waiting), scanned, by_path)
            size = 0
    _lint(_drain(waiting), scanned, by_path)
    return by_path


def _drain(waiting: list[Source]) -> Iterator[Source]:
    """The sources in order. Each is removed from the list as it is yielded: its memory is freed while it is still in the processor's cache."""
    waiting.reverse()
    while waiting:
        yield waiting.pop()


def _lint(sources: Iterable[Source], scanned: ScanResult, by_path: dict[str, list[Finding]]) -> None:
    """Add the findings of the files that are not in `by_path` yet."""
    for source in sources:
        if source.path not in by_path:
            by_path[source.path] = engine.lint_source(source)
            _keep_comments(source, scanned)


def lint_for_deploy(root: str, sources: Iterable[Source], reading: Iterable[Finding], manifest: Manifest | None) -> tuple[Finding, ...]:
    """The findings of reading (`reading`) and of all rules. Errors that stop a deploy keep their severity whatever comments and manifest ask for."""
    from deployer.lint import cross_file
    from deployer.lint.secrets import find_in_texts
    from deployer.lint.suppression import LintDirectives, apply_directives

    scanned = ScanResult()
    definitions = set()
    for source in sources:
        definitions.add(source.path)
        scanned.findings += engine.lint_source(source)
        _keep_comments(source, scanned)
    if manifest is None:
        return apply_directives((*reading, *scanned.findings), LintDirectives(scanned.texts, comments=scanned.comments), strict=True)
    scanned.texts[manifest.path] = manifest.text
    scan.read_eval_suites(root, manifest, scanned)
    secrets = find_in_texts(scanned.texts, definitions, reading)
    findings = (*reading, *scanned.findings, *cross_file.check_manifest(manifest), *secrets)
    return apply_directives(findings, LintDirectives(scanned.texts, manifest.lint, comments=scanned.comments), strict=True)


def _keep_comments(source: Source, scanned: ScanResult) -> None:
    """Keep a workflow's comments for the linter. Right after its findings: the marks of its text are still known."""
    if known_formats.format_of_source(source).language == "yaml" and _COMMENT_SIGN in source.content:
        from deployer.lint.ignore_comments import parse_comments

        scanned.comments[source.path] = parse_comments(source.content.decode("utf-8").removeprefix("\ufeff"))


def _with_manifest(paths: tuple[str, ...], manifest: str, folder: str) -> tuple[str, ...]:
    """The paths to lint. The folder that holds the manifest includes the manifest."""
    if not paths:
        return (manifest or folder,)
    return (manifest, *paths) if manifest and (os.path.dirname(manifest) or ".") in map(os.path.normpath, paths) else paths


def _lint_across_files(root: str, path: str, scanned: ScanResult, *, whole: bool, linted: list[str]) -> tuple[list[Finding], LintDirectives]:
    """Findings across files, and the directives of manifest and comments. `path` is the manifest's, "" without one."""
    from deployer.formats.paths import relative
    from deployer.lint.suppression import LintDirectives

    findings: list[Finding] = []
    if scanned.texts:
        from deployer.lint.secrets import find_in_texts

        findings += find_in_texts(scanned.texts, linted, scanned.findings)
    for manifest in scanned.manifests:
        from deployer.lint.cross_file import check_manifest

        findings += check_manifest(manifest)
    own = next((manifest for manifest in scanned.manifests if not path or manifest.path == relative(root, path)), None)
    if own is None and not path:
        return findings, LintDirectives(scanned.texts, comments=scanned.comments)
    if own is None:
        from deployer.manifest.load import read_lint_config

        return findings, LintDirectives(scanned.texts, read_lint_config(root, path), comments=scanned.comments)
    definition_files = None
    if whole:
        from deployer.formats.discover import find_definitions
        from deployer.lint.cross_file import find_unnamed_files

        definition_files = find_definitions(root, [own.folder or "."])
        if not any(finding.severity == "error" and finding.path == own.path for finding in scanned.findings):  # what it names is not known
            findings += find_unnamed_files(own, definition_files)
    return findings, LintDirectives(scanned.texts, own.lint, own, {*linted, *scanned.texts}, definition_files, scanned.comments)
