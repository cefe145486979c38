"""What comments and the manifest do to findings, and what they cannot do."""

from collections.abc import Mapping

import pytest

from deployer.lint import engine
from deployer.lint.ignore_comments import parse_comments
from deployer.lint.suppression import LintDirectives, apply_directives
from deployer.manifest.model import Ignored, LintConfig
from deployer.model.finding import Finding, Severity, Span

STOPS, DOES_NOT = "step-id-unique", "workflow-unknown-key"


def finding(rule: str, line: int = 1, severity: Severity = "error", path: str = "w/a.yaml") -> Finding:
    return Finding(rule, severity, "message", "fix", path, Span(line, 1, line, 2) if line else None)


def severities(found: Finding, text: str = "", severity: Mapping[str, str] | None = None, *, strict: bool = False) -> list[str]:
    """Those of this finding, after everything that is said about it."""
    told = LintDirectives({found.path: text}, LintConfig(severity or {}))
    return [each.severity for each in apply_directives([found], told, strict=strict) if each.rule == found.rule]


def test_the_rules_of_these_tests_are_of_their_kinds() -> None:
    by_name = {rule.name: rule for rule in engine.load_all_rules()}
    assert (by_name[STOPS].refused_by_platform, by_name[DOES_NOT].refused_by_platform) == (True, False)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("wanted", "left"), [("error", ["error"]), ("warning", ["warning"]), ("info", ["info"]), ("off", [])])
def test_a_severity_counts_in_lint_and_deploy(wanted: str, left: list[str], strict: bool) -> None:
    assert severities(finding(DOES_NOT), severity={DOES_NOT: wanted}, strict=strict) == left
    assert severities(finding(DOES_NOT, severity="info"), severity={DOES_NOT: wanted}, strict=strict) == left


@pytest.mark.parametrize(("wanted", "left"), [("error", "error"), ("warning", "warning"), ("info", "info"), ("off", "info")])
def test_what_stops_a_deploy_is_lowered_in_lint_alone(wanted: str, left: str) -> None:
    for rule in (STOPS, "file-not-found", "yaml-syntax", "manifest-target-shared"):
        assert severities(finding(rule), severity={rule: wanted}) == [left]
        assert severities(finding(rule), severity={rule: wanted}, strict=True) == ["error"]


def test_what_cannot_be_turned_off_says_so() -> None:
    (lowered,) = apply_directives([finding(STOPS)], LintDirectives({}, LintConfig({STOPS: "off"})))
    assert "nothing turns it off" in lowered.fix


def test_a_warning_of_reading_may_be_turned_off_and_raised() -> None:
    assert severities(finding("flow-opaque", 0, "info", "a.flow"), severity={"flow-opaque": "off"}, strict=True) == []
    assert severities(finding("flow-opaque", 0, "info", "a.flow"), severity={"flow-opaque": "error"}, strict=True) == ["error"]


@pytest.mark.parametrize("strict", [False, True])
def test_paths_are_ignored_by_glob(strict: bool) -> None:
    config = LintConfig({}, (Ignored(0, "w/**", (DOES_NOT,)), Ignored(1, "*.yaml"), Ignored(2, "[z-a]")))
    found = [finding(DOES_NOT), finding("key-unknown"), finding(DOES_NOT, path="b.yaml"), finding("key-unknown", path="b.yaml")]
    assert [each.path for each in apply_directives(found, LintDirectives({}, config), strict=strict)] == ["w/a.yaml"]


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
    ("rule", "line", "left"),
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
def test_a_comment_is_about_its_line_or_the_next(rule: str, line: int, left: bool) -> None:
    assert severities(finding(rule, line), TEXT) == (["error"] if left else [])


def test_comments_in_texts_are_none() -> None:
    assert [comment.first for comment in parse_comments(TEXT)] == [2, 3, 7, 8]


@pytest.mark.parametrize(
    ("comment", "rules", "reason"),
    [
        ("# flowship: ignore a-b", ("a-b",), ""),
        ("#flowship:ignore a-b--why", ("a-b--why",), ""),
        ("# flowship: ignore a-b ,  c-d,a-b -- why, -- so", ("a-b", "c-d"), "why, -- so"),
        ("# flowship: ignore a-b --", ("a-b",), ""),
        ("# flowship: ignore", (), ""),
        ("# flowship: ignore *", (), ""),
        ("# flowship: ignore a b -- why", (), ""),
        ("# flowship: disable a-b", (), ""),
    ],
)
def test_forms(comment: str, rules: tuple[str, ...], reason: str) -> None:
    for ending in ("\n", "\r\n"):
        (read,) = parse_comments(f"a: 1{ending}b: 2  {comment}{ending}")
        assert (read.rules, read.reason, read.span[:2]) == (rules, reason, (2, 7))


@pytest.mark.parametrize(
    ("comment", "rule"),
    [
        (f"# flowship: ignore {STOPS} -- nothing to ignore", "ignore-unused"),
        (f"# flowship: ignore {DOES_NOT}", "ignore-reason"),
        (f"# flowship: ignore {DOES_NOT}, step-id-uniqe -- why", "rule-unknown"),
        ("# flowship: please", "ignore-form"),
    ],
)
def test_comments_are_findings_themselves_but_not_in_a_deploy(comment: str, rule: str) -> None:
    told = LintDirectives({"w/a.yaml": f"a: 1 {comment}\n"})
    about = [each for each in apply_directives([finding(DOES_NOT)], told) if each.rule != DOES_NOT]
    assert [(each.rule, each.severity, each.span) for each in about] == [(rule, "warning", Span(1, 6, 1, 5 + len(comment)))]
    assert {each.rule for each in apply_directives([finding(DOES_NOT)], told, strict=True)} <= {DOES_NOT}
    quiet = told._replace(config=LintConfig({rule: "off"}))
    assert rule not in {each.rule for each in apply_directives([finding(DOES_NOT)], quiet)}


def test_each_finding_once() -> None:
    assert len(apply_directives([finding(STOPS), finding(STOPS), finding(DOES_NOT)], LintDirectives())) == 2


def test_a_hundred_thousand_comments_are_no_trouble() -> None:
    text = "".join(f"k{number}: 1 # flowship: ignore no-rule-{number}\n" for number in range(20_000))
    found = apply_directives([finding(DOES_NOT, line) for line in range(1, 1000)], LintDirectives({"w/a.yaml": text}))
    assert sum(each.rule in ("ignore-reason", "rule-unknown") for each in found) == engine.MAX_FINDINGS_PER_RULE
