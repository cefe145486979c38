"""What comments and the manifest do to findings, and what they cannot do."""

from collections.abc import Mapping

import pytest

from deployer.lint import engine
from deployer.lint.suppression import LintDirectives, apply_directives
from deployer.manifest.model import IgnoredFindings, LintConfig
from deployer.model.choices import Severity
from deployer.model.finding import Finding, Span

STOPS, DOES_NOT = "workflow-value", "workflow-unknown-key"


def finding(rule: str, line: int = 1, severity: Severity = "error", path: str = "w/a.yaml") -> Finding:
    return Finding(rule, severity, "message", "fix", path, Span(line, 1, line, 2) if line else None)


def severities(found: Finding, text: str = "", severity: Mapping[str, str] | None = None, *, strict: bool = False) -> list[str]:
    """Those of this finding, after everything that is said about it."""
    directives = LintDirectives({found.path: text}, LintConfig(severity or {}))
    return [row.severity for row in apply_directives([found], directives, strict=strict) if row.rule == found.rule]


def test_example_rules_are_of_both_kinds() -> None:
    by_name = {rule.name: rule for rule in engine.load_all_rules()}
    assert (by_name[STOPS].refused_by_platform, by_name[DOES_NOT].refused_by_platform) == (True, False)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("severity", "kept"), [("error", ["error"]), ("warning", ["warning"]), ("info", ["info"]), ("off", [])])
def test_configured_severity_applies_to_lint_and_deploy(severity: str, kept: list[str], strict: bool) -> None:
    assert severities(finding(DOES_NOT), severity={DOES_NOT: severity}, strict=strict) == kept
    assert severities(finding(DOES_NOT, severity="info"), severity={DOES_NOT: severity}, strict=strict) == kept


@pytest.mark.parametrize(("severity", "kept"), [("error", "error"), ("warning", "warning"), ("info", "info"), ("off", "info")])
def test_error_that_stops_a_deploy_is_lowered_in_lint_only(severity: str, kept: str) -> None:
    for rule in (STOPS, "file-not-found", "yaml-syntax", "manifest-target-shared"):
        assert severities(finding(rule), severity={rule: severity}) == [kept]
        assert severities(finding(rule), severity={rule: severity}, strict=True) == ["error"]


def test_fix_states_that_nothing_turns_the_error_off() -> None:
    (lowered,) = apply_directives([finding(STOPS)], LintDirectives({}, LintConfig({STOPS: "off"})))
    assert "nothing turns it off" in lowered.fix


def test_note_of_reading_can_be_turned_off_and_raised() -> None:
    assert severities(finding("flow-opaque", 0, "info", "a.flow"), severity={"flow-opaque": "off"}, strict=True) == []
    assert severities(finding("flow-opaque", 0, "info", "a.flow"), severity={"flow-opaque": "error"}, strict=True) == ["error"]


@pytest.mark.parametrize("strict", [False, True])
def test_manifest_ignores_rules_by_glob(strict: bool) -> None:
    config = LintConfig({}, (IgnoredFindings(0, "w/**", (DOES_NOT,)), IgnoredFindings(1, "*.yaml"), IgnoredFindings(2, "[z-a]")))
    found = [finding(DOES_NOT), finding("key-unknown"), finding(DOES_NOT, path="b.yaml"), finding("key-unknown", path="b.yaml")]
    assert [row.path for row in apply_directives(found, LintDirectives({}, config), strict=strict)] == ["w/a.yaml"]


TEXT = f"""\
# flowship: ignore http-timeout, {DOES_NOT} -- the whole file, and its first line
name: a
a: 1  # flowship: ignore {DOES_NOT} -- this line
# flowship: ignore {DOES_NOT} -- the next line that holds something
# another comment

b: 1
c: &anchor !!str |  # flowship: ignore expression-syntax -- the text that begins here
  {{{{ one
  # flowship: ignore {DOES_NOT} -- this is text
d: 1
e: "# flowship: ignore {DOES_NOT} -- text too"
"""


@pytest.mark.parametrize(
    ("rule", "line", "kept"),
    [
        (DOES_NOT, 0, False),
        ("key-unknown", 0, True),
        (DOES_NOT, 2, False),
        (DOES_NOT, 3, False),
        (DOES_NOT, 4, True),
        (DOES_NOT, 7, False),
        (DOES_NOT, 8, True),
        ("expression-syntax", 9, False),
        ("expression-syntax", 11, True),
        (DOES_NOT, 11, True),
        (DOES_NOT, 12, True),
    ],
)
def test_comment_applies_to_its_line_or_the_next(rule: str, line: int, kept: bool) -> None:
    assert severities(finding(rule, line), TEXT) == (["error"] if kept else [])


@pytest.mark.parametrize(
    ("comment", "rule"),
    [
        (f"# flowship: ignore {STOPS} -- nothing to ignore", "ignore-unused"),
        (f"# flowship: ignore {DOES_NOT}", "ignore-reason"),
        (f"# flowship: ignore {DOES_NOT}, step-id-uniqe -- why", "rule-unknown"),
        ("# flowship: please", "ignore-form"),
    ],
)
def test_findings_about_comments_are_reported_by_lint_only(comment: str, rule: str) -> None:
    directives = LintDirectives({"w/a.yaml": f"a: 1 {comment}\n"})
    others = [row for row in apply_directives([finding(DOES_NOT)], directives) if row.rule != DOES_NOT]
    assert [(row.rule, row.severity, row.span) for row in others] == [(rule, "warning", Span(1, 6, 1, 5 + len(comment)))]
    assert {row.rule for row in apply_directives([finding(DOES_NOT)], directives, strict=True)} <= {DOES_NOT}
    quiet = directives._replace(config=LintConfig({rule: "off"}))
    assert rule not in {row.rule for row in apply_directives([finding(DOES_NOT)], quiet)}


def test_duplicate_findings_are_reported_once() -> None:
    assert len(apply_directives([finding(STOPS), finding(STOPS), finding(DOES_NOT)], LintDirectives())) == 2


def test_number_of_findings_about_comments_is_limited() -> None:
    text = "".join(f"k{number}: 1 # flowship: ignore no-rule-{number}\n" for number in range(20_000))
    found = apply_directives([finding(DOES_NOT, line) for line in range(1, 1000)], LintDirectives({"w/a.yaml": text}))
    assert sum(row.rule in ("ignore-reason", "rule-unknown") for row in found) == engine.MAX_FINDINGS_PER_RULE
