"""The report formats of lint: what GitHub shows, and descriptions of rules that have findings only."""

from deployer.lint.output import render_findings, rule_infos
from deployer.model.finding import Finding, Related, Span

RELATED = Related("w/a.yaml", None, "the first one is here")
FINDING = Finding("step-id-unique", "error", "There is a step `a` already.", "Give it another.", "w/a.yaml", Span(3, 1, 3, 4), RELATED)


def test_findings_over_githubs_limit_are_counted() -> None:
    text = render_findings("github", tuple(FINDING._replace(span=Span(line, 1, line, 2)) for line in range(1, 31)), failed=True)
    assert text.count("::error") == 10
    assert "20 more findings" in text


def test_only_rules_with_findings_are_described() -> None:
    assert list(rule_infos((FINDING, FINDING._replace(rule="no-such-rule")))) == ["step-id-unique"]
    assert rule_infos(()) == {}
