"""Diagnostics become findings at the right place: of a path, a key, a part of a value, or offsets."""

from deployer.formats.diagnostic import Diagnostic, as_findings, finding, findings_of, unparsable
from deployer.model.finding import Related, Span

TEXT = "name: a\nsteps:\n  - id: one {{x}}\n  - id: one\n"


def span_of(diagnostic: Diagnostic) -> Span | None:
    (result,) = as_findings("a.yaml", TEXT, "yaml", [("some-rule", "error", diagnostic)])
    return result.span


def test_path_is_the_place_of_its_value() -> None:
    assert span_of(Diagnostic(("name",), "m", "f")) == Span(1, 7, 1, 7)


def test_at_key_is_the_place_of_the_key() -> None:
    assert span_of(Diagnostic(("name",), "m", "f", at_key=True)) == Span(1, 1, 1, 4)


def test_missing_path_at_key_is_the_place_of_its_ancestor() -> None:
    assert span_of(Diagnostic(("steps", 1, "type"), "m", "f", at_key=True)) == Span(4, 5, 4, 11)


def test_empty_path_has_no_place() -> None:
    assert span_of(Diagnostic((), "m", "f")) is None


def test_within_is_a_part_of_the_value() -> None:
    assert span_of(Diagnostic(("steps", 0, "id"), "m", "f", within=("one {{x}}", 6, 7))) == Span(3, 15, 3, 15)


def test_within_another_value_falls_back_to_the_whole_one() -> None:
    assert span_of(Diagnostic(("steps", 0, "id"), "m", "f", within=("overlaid", 0, 2))) == Span(3, 9, 3, 17)


def test_offsets_replace_the_path() -> None:
    assert span_of(unparsable("yaml-syntax", "m", "f", 8, 13)[1]) == Span(2, 1, 2, 5)
    assert span_of(unparsable("yaml-syntax", "m", "f")[1]) is None


def test_related_place_is_found_in_the_same_pass() -> None:
    diagnostic = Diagnostic(("steps", 1, "id"), "m", "f", related=(("steps", 0, "id"), "the first one is here"))
    (result,) = findings_of("a.yaml", TEXT, "yaml", [("evals-name-twice", diagnostic)])
    assert (result.severity, result.span, result.related) == (
        "error",
        Span(4, 9, 4, 11),
        Related("a.yaml", Span(3, 9, 3, 17), "the first one is here"),
    )


def test_severity_is_the_rules_own() -> None:
    assert [finding(rule, "a", "m", "f").severity for rule in ("file-empty", "ignore-form", "flow-opaque")] == ["error", "warning", "info"]
