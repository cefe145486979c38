"""The report formats of `flowship lint`: SARIF, JUnit, and GitHub's workflow commands."""

import io
from collections.abc import Mapping

from deployer.model.finding import Finding, RuleInfo
from deployer.model.report import Report
from deployer.model.text import count


def render_findings(name: str, findings: tuple[Finding, ...], *, failed: bool, notes: bool = False) -> str:
    """The findings in that format (`sarif`, `junit` or `github`), ending with a line break. Annotations of notes are made only with
    `notes`."""
    report = Report(mode="lint", findings=findings, exit_code=int(failed), notes=notes)
    if name == "sarif":
        from deployer.render import sarif

        return sarif.render(report, rule_infos(findings))
    if name == "junit":
        from deployer.render import junit

        return junit.render(report)
    return _github_commands(report)


def rule_infos(findings: tuple[Finding, ...]) -> Mapping[str, RuleInfo]:
    """The descriptions of the rules that have findings, as SARIF needs them."""
    from deployer.lint.rule_index import describe_rules

    known = describe_rules() if findings else {}
    return {finding.rule: known[finding.rule] for finding in findings if finding.rule in known}


def _github_commands(report: Report) -> str:
    """Workflow commands that make annotations, within GitHub's limits; no other line can be read as a command."""
    from deployer.github.runner import Runner
    from deployer.render.annotations import annotations

    stream = io.StringIO()
    runner = Runner({}, stream)
    divided = annotations(report)
    runner.annotate(*divided.shown)
    if divided.rest:
        runner.line(f"{count(len(divided.rest), 'more finding')} than GitHub shows as annotations: `flowship lint` lists all.")
    return stream.getvalue()
