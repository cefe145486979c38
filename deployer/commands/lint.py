"""The mode `lint`, and `flowship lint`: files in, findings out. No key, no network, and few imports: it runs in editors and hooks."""

import os
import sys
from collections.abc import Mapping, Sequence

from deployer.formats.places import resolve_places
from deployer.lint.linter import LintResult, lint_files
from deployer.model.errors import UsageError
from deployer.model.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.model.report import Report
    from deployer.pipeline.context import RunContext


def run(context: "RunContext", report: "Report") -> "Report":
    """The findings, as a report: what the action's mode `lint` gives."""
    from dataclasses import replace

    from deployer.formats import discover

    selection = context.settings.selection
    paths = tuple(path for pattern in selection.files for path in discover.expand_pattern(context.root, pattern))
    folder = context.places.from_top(".") if context.places else "."
    result = lint_files(context.root, paths, selection.manifest, folder)
    return replace(report, findings=result.findings, files=result.files)


def lint_command(paths: tuple[str, ...], options: Mapping[str, str]) -> int:
    """Print the findings; returns 1 when one is an error. `options`: by name, with defaults.

    Paths are relative to the current folder; in the formats that GitHub reads, to the repository's top.
    """
    current, style, notes = os.getcwd(), options["format"], options["notes"] == "true"
    places = resolve_places(options["root"], options["manifest"], current=current, workspace=os.environ.get("GITHUB_WORKSPACE", ""))
    if not os.path.isdir(places.folder):
        raise UsageError(f"There is no folder {options['root']}, which `root` names.", fix="Correct it.", code="no-root")
    result = lint_files(places.top, tuple(map(places.from_top, paths)), places.manifest_from_top(options["manifest"]), places.from_top("."))
    findings = result.findings
    if style not in ("sarif", "github") and places.top != current:
        findings = tuple(_seen_from(current, places.top, finding) for finding in findings)
    failed = any(finding.severity == "error" for finding in findings)
    if style == "text":
        _print(LintResult(findings, result.files), notes=notes)
    elif style == "json":
        from deployer.render.findings import as_json

        print(as_json(findings))
    else:
        from deployer.github.runner import command_stream
        from deployer.lint.output import render_findings

        print(render_findings(style, findings, failed=failed, notes=notes), end="", file=command_stream())
    return int(failed)


def _seen_from(folder: str, top: str, finding: Finding) -> Finding:
    """The finding with its paths relative to the folder instead of the repository's top."""

    def path(of_top: str) -> str:
        return os.path.relpath(os.path.join(top, of_top), folder) if of_top and not os.path.isabs(of_top) else of_top

    return finding._replace(path=path(finding.path), related=finding.related and finding.related._replace(path=path(finding.related.path)))


def _print(result: LintResult, *, notes: bool) -> None:
    """At a terminal, or in colour, each finding with its source below it; elsewhere one line each, and its fix. Last, the totals."""
    from deployer.render.findings import totals

    listed = [finding for finding in result.findings if notes or finding.severity != "info"]
    if listed:
        _print_each(listed)
    hidden = len(listed) < len(result.findings)
    print(f"{totals(result.findings, result.files)}{': --notes shows them' * hidden}")


def _print_each(findings: Sequence[Finding]) -> None:
    from deployer.model.color import wants_color
    from deployer.render.findings import as_text, with_source

    color = wants_color(os.environ, is_terminal=sys.stdout.isatty())
    if not color and not sys.stdout.isatty():
        print(as_text(findings), end="")
        return
    from functools import partial

    from deployer.formats import file_reader, files

    read = partial(file_reader.read_inside, os.getcwd(), max_bytes=files.MAX_BYTES)
    print(with_source(findings, read, color=color), end="")
