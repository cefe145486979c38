"""The report as plain text: sections, the plan, and one line a workflow."""

from dataclasses import replace
from typing import Any

from deployer.model.report import Report
from deployer.render.headline import headline
from deployer.render.plain_text import one_line, plan_text, sections


def test_plan_text_ends_with_its_counts(outcome_of: Any) -> None:
    outcomes = [outcome_of("a", "import", None), outcome_of("b", "import", None, release=True), outcome_of("c", "hold", None)]
    outcomes += [outcome_of(f"u{n}", "unchanged", None) for n in range(3)]
    text = plan_text(Report(mode="plan", outcomes=tuple(outcomes)))
    assert text.splitlines()[-1] == "Plan: 2 to import, 1 to release, 1 held, 3 unchanged."
    assert text.splitlines()[1] == "+ import     b (gptbots, flows/b.flow), then release"


def test_last_section_is_the_outcome(report: Report) -> None:
    *listed, end = sections(report)
    assert end.title == headline(report)
    assert all(section.lines for section in listed)
    assert all(text == text.splitlines()[0] for section in (*listed, end) for _, text in section.lines)


def test_line_of_a_release(outcome_of: Any) -> None:
    done = outcome_of("a", "import", "done", release=True, live=True, version="1.0.0")
    assert one_line(done) == "a: released, 1.0.0, live, 0.00 s"


def test_line_of_an_unchanged_draft_does_not_look_live(outcome_of: Any) -> None:
    lines = [one_line(outcome_of("a", "unchanged", "done", live=live, version="1.0.0")) for live in (False, True)]
    assert lines == ["a: unchanged, 1.0.0, draft", "a: unchanged, 1.0.0, live"]


def test_changes_that_a_person_approved_are_not_shown_twice(reports: dict[str, Report]) -> None:
    report = next(
        report for report in reports.values() if report.mode == "deploy" and any(text.startswith("      compared with") for text in _texts(report))
    )
    approved = replace(report, plan_shown=True)
    assert not any(text.startswith("      compared with") for text in _texts(approved))
    assert [text for text in _texts(approved) if text.startswith("triage:")] == [text for text in _texts(report) if text.startswith("triage:")]


def _texts(report: Report) -> list[str]:
    return [text for section in sections(report) for _, text in section.lines]
