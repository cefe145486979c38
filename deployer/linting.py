"""`flowship lint`: files in, findings out. No key, no network, and next to nothing to import: it runs in editors and hooks."""

import os

from deployer.domain.finding import Finding, in_order
from deployer.errors import UsageError
from deployer.lint import engine
from deployer.options import Request
from deployer.source import gathering


def lint_command(request: Request) -> int:
    """Print every finding; 1 when one is an error."""
    findings = lint(os.getcwd(), request.words, request.options["manifest"])
    if request.format == "json":
        from deployer.report.findings_json import render

        print(render(findings))
    else:
        from deployer.report.findings_text import as_text

        print(as_text(findings), end="")
    return int(any(finding.severity == "error" for finding in findings))


def lint(root: str, paths: tuple[str, ...], manifest: str) -> tuple[Finding, ...]:
    """Findings of the given paths; without any, of the manifest and what it names; without that, of every known file."""
    wanted = paths or ((manifest,) if os.path.lexists(os.path.join(root, manifest)) else (".",))
    sources, findings = gathering.gather(root, wanted)
    if not sources and not findings:
        raise UsageError("There is nothing to lint: no .flow, .bot or meinGPT workflow here.", cure="Name files or folders.")
    return in_order((*findings, *engine.check(sources)))
