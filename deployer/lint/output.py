"""The formats of `flowship lint` that tell more than findings: SARIF, JUnit, and GitHub's workflow commands."""

import io
import os
from collections.abc import Mapping

from deployer.model.finding import Finding, RuleInfo
from deployer.model.report import Report
from deployer.model.text import count


def rendered(name: str, findings: tuple[Finding, ...], *, failed: bool) -> str:
    """The findings in that format (`sarif`, `junit` or `github`), ending with a line break."""
    if name in ("sarif", "github"):
        findings = tuple(_in_repository(finding) for finding in findings)
    report = Report(mode="lint", findings=findings, exit_code=int(failed))
    if name == "sarif":
        from deployer.render import sarif

        return sarif.render(report, about_rules(findings))
    if name == "junit":
        from deployer.render import junit

        return junit.render(report)
    return _commands(report)


def _in_repository(finding: Finding) -> Finding:
    """GitHub looks for files below the checkout, also in a job that works in a folder of it."""
    workspace = os.environ.get("GITHUB_WORKSPACE", "")
    folder = os.path.relpath(os.getcwd(), workspace) if workspace else "."
    if folder == "." or folder.startswith("..") or not finding.path:
        return finding
    related = finding.related and finding.related._replace(path=f"{folder}/{finding.related.path}")
    return finding._replace(path=f"{folder}/{finding.path}", related=related)


def about_rules(findings: tuple[Finding, ...]) -> Mapping[str, RuleInfo]:
    """What SARIF tells of the rules that found something."""
    from deployer.lint.rule_index import catalogue

    known = catalogue() if findings else {}
    return {finding.rule: known[finding.rule] for finding in findings if finding.rule in known}


def _commands(report: Report) -> str:
    """What makes annotations of a workflow's step, within GitHub's limits; no other line could be read as a command."""
    from deployer.github.runner import Runner
    from deployer.render.annotations import annotations

    stream = io.StringIO()
    runner = Runner({}, stream)
    divided = annotations(report)
    runner.annotate(*divided.shown)
    if divided.rest:
        runner.line(f"{count(len(divided.rest), 'more finding')} than GitHub shows as annotations: `flowship lint` lists all.")
    return stream.getvalue()
