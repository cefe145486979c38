"""`flowship lint`: files in, findings out. No key, no network, and next to nothing to import: it runs in editors and hooks."""

import os
import sys
from collections.abc import Mapping

from deployer.lint.check import lint
from deployer.model.finding import Finding


def lint_command(paths: tuple[str, ...], options: Mapping[str, str], style: str) -> int:
    """Print every finding in that style (one of `cli.args.FORMATS`); returns 1 when one is an error. `options`: inputs by name."""
    findings = lint(os.getcwd(), paths, options["manifest"])
    failed = any(finding.severity == "error" for finding in findings)
    if style == "text":
        _say(findings)
    elif style == "json":
        from deployer.render.findings_json import render

        print(render(findings))
    else:
        from deployer.lint.output import rendered

        print(rendered(style, findings, failed=failed), end="")
    return int(failed)


def _say(findings: tuple[Finding, ...]) -> None:
    """With the source below each finding for a person at a terminal, one line and its fix each for everything else."""
    if sys.stdout.isatty():
        from deployer.render.findings_terminal import render

        color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        print(render(findings, os.getcwd(), color=color), end="")
    else:
        from deployer.render.findings_text import as_text

        print(as_text(findings), end="")
