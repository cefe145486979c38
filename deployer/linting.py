"""`flowship lint`: files in, findings out. No key, no network, and next to nothing to import: it runs in editors and hooks."""

import os
import sys
from collections.abc import Iterable

from deployer.domain.finding import Finding
from deployer.domain.workflow import Source
from deployer.errors import UsageError
from deployer.lint import engine
from deployer.options import Request
from deployer.source import gathering
from deployer.source.gathering import Harvest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.lint.verdict import Told
    from deployer.source.entries import Manifest


MANIFEST = "flowship.yml"


def lint_command(request: Request) -> int:
    """Print every finding; 1 when one is an error."""
    findings = lint(os.getcwd(), request.words, request.options["manifest"])
    failed = any(finding.severity == "error" for finding in findings)
    if request.format == "text":
        _say(findings)
    elif request.format == "json":
        from deployer.report.findings_json import render

        print(render(findings))
    else:
        from deployer.rendering import rendered

        print(rendered(request.format, findings, failed=failed), end="")
    return int(failed)


def _say(findings: tuple[Finding, ...]) -> None:
    """With the source below each finding for a person at a terminal, one line and its cure each for everything else."""
    if sys.stdout.isatty():
        from deployer.report.findings_terminal import render

        color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        print(render(findings, os.getcwd(), color=color), end="")
    else:
        from deployer.report.findings_text import as_text

        print(as_text(findings), end="")


def lint(root: str, paths: tuple[str, ...], manifest: str) -> tuple[Finding, ...]:
    """Findings of the given paths; without any, of the manifest and what it names; without that, of every known file.

    The manifest's `lint:` counts in each case.
    """
    there = os.path.lexists(os.path.join(root, manifest))
    if not there and manifest != MANIFEST:  # the default may be missing, what somebody named may not
        raise UsageError(f"There is no manifest {manifest} in {root}.", cure="Correct `--manifest`, or leave it out.", code="no-manifest")
    harvest = Harvest()
    findings: list[Finding] = []
    read: list[str] = []
    for source in gathering.walk(root, _wanted(paths, manifest if there else ""), harvest):
        findings += engine.findings_in(source)
        read.append(source.path)
        _listen(source, harvest)
    findings += harvest.findings
    if not read and not findings and not harvest.texts:
        raise UsageError("There is nothing to lint: no .flow, .bot or meinGPT workflow here.", cure="Name files or folders.")
    if not findings and not harvest.texts:
        return ()
    from deployer.lint.verdict import decide

    more, told = _across(root, manifest if there else "", harvest, whole=not paths, read=read)
    return decide((*findings, *more), told)


def stopping(root: str, sources: Iterable[Source], found: Iterable[Finding], manifest: "Manifest | None") -> tuple[Finding, ...]:
    """For a plan or a deploy: `found` while reading, and what the rules find. What stops a deploy does so, whatever comments and manifest say."""
    from deployer.lint import project
    from deployer.lint.verdict import Told, decide

    harvest = Harvest()
    for source in sources:
        harvest.findings += engine.findings_in(source)
        _listen(source, harvest)
    if manifest is None:
        return decide((*found, *harvest.findings), Told(harvest.texts), strict=True)
    harvest.texts[manifest.path] = manifest.text
    gathering.of_checks(root, manifest, harvest)
    return decide((*found, *harvest.findings, *project.remarks(manifest)), Told(harvest.texts, manifest.lint), strict=True)


def _listen(source: Source, harvest: Harvest) -> None:
    """Keeps the text of a workflow that speaks to the linter."""
    if source.platform == "meingpt" and b"flowship:" in source.content:
        harvest.texts[source.path] = source.content.decode("utf-8").removeprefix("\ufeff")


def _wanted(paths: tuple[str, ...], manifest: str) -> tuple[str, ...]:
    """The folder that holds the manifest stands for the manifest too."""
    if not paths:
        return (manifest or ".",)
    return (manifest, *paths) if manifest and "." in map(os.path.normpath, paths) else paths


def _across(root: str, path: str, harvest: Harvest, *, whole: bool, read: list[str]) -> "tuple[list[Finding], Told]":
    """Findings across files, and what the manifest and comments say. `path` is the manifest's, "" where there is none."""
    from deployer.lint import project
    from deployer.lint.verdict import Told
    from deployer.source.paths import relative

    findings = [finding for manifest in harvest.manifests for finding in project.remarks(manifest)]
    own = next((manifest for manifest in harvest.manifests if not path or manifest.path == relative(root, path)), None)
    if own is None:
        from deployer.source.manifest import lint_config

        return findings, Told(harvest.texts, lint_config(root, path) if path else Told().config)
    there = None
    if whole:
        from deployer.source.discovery import find

        there = find(root)
        findings += project.unnamed(own, there)
    return findings, Told(harvest.texts, own.lint, own, {*read, *harvest.texts}, there)
