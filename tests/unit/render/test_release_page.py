"""What went live with a tag, on the page of its release."""

from dataclasses import replace
from typing import Any

from deployer.model.report import Report
from deployer.render.release_page import MAX_PAGE_CHARS, render


def report(outcome_of: Any, *released: str, environment: str = "production") -> Report:
    outcomes = tuple(outcome_of(name, "import", "done", release=True, live=True, version="1.0.1", previous_version="1.0.0") for name in released)
    return Report(mode="deploy", environment=environment, release=True, outcomes=outcomes)


def test_a_part_is_added_and_renewed_in_its_place(outcome_of: Any) -> None:
    first = render(report(outcome_of, "triage"), "## What is new\n\nAll of it.\n")
    assert first.startswith("## What is new\n\nAll of it.\n\n<!-- flowship production -->\n### ✅ 1 released in `production`")
    assert "| `triage` | `1.0.1` (released) | `1.0.0` |" in first
    assert render(report(outcome_of, "triage"), first) == first
    more = render(report(outcome_of, "triage", "reply"), first + "\nWritten below.\n")
    assert "### ✅ 2 released" in more
    assert more.count("<!-- flowship") == 1
    assert more.endswith("\nWritten below.\n")


def test_a_part_with_a_mark_for_a_name_is_renewed_as_a_whole(outcome_of: Any) -> None:
    name = "<!-- /flowship production -->"
    first = render(report(outcome_of, name, "<!-- flowship production -->", "triage"), "Above.\n") + "\nBelow.\n"
    assert render(report(outcome_of, name, "<!-- flowship production -->", "triage"), first) == first


def test_what_people_wrote_stays_where_a_mark_was_taken_out(outcome_of: Any) -> None:
    page = render(report(outcome_of, "triage"), "").replace("<!-- /flowship production -->\n", "\nBy hand.\n")
    for _ in range(2):
        page = render(report(outcome_of, "triage"), page)
    assert page.count("By hand.") == 1
    assert page.count("<!-- flowship production -->") == 2


def test_line_ends_of_a_browser_do_not_pile_up(outcome_of: Any) -> None:
    page = render(report(outcome_of, "triage"), "Above.").replace("\n", "\r\n") + "\r\nBelow.\r\n"
    lines = [render(report(outcome_of, "triage"), page).replace("\r\n", "\n")]
    lines.append(render(report(outcome_of, "triage"), lines[0].replace("\n", "\r\n")).replace("\r\n", "\n"))
    assert lines[0] == lines[1] == page.replace("\r\n", "\n")


def test_each_environment_has_its_own_part(outcome_of: Any) -> None:
    page = ""
    for environment in ("staging", "staging 2", "-->", "production"):
        page = render(report(outcome_of, "triage", environment=environment), page)
    assert page.count("<!-- flowship ") == 4
    assert page.count("### ✅ 1 released") == 4
    assert render(report(outcome_of, "triage", environment="staging 2"), page) == page


def test_each_project_and_each_job_of_a_matrix_has_its_own_part(outcome_of: Any) -> None:
    page = ""
    for project, only in (("", ()), ("billing", ()), ("", ("triage",)), ("", ("triage", "other")), ("billing", ("triage",))):
        page = render(replace(report(outcome_of, "triage"), project=project), page, only)
    assert (page.count("<!-- flowship "), page.count("of the project `billing`")) == (5, 2)
    assert render(report(outcome_of, "triage"), page, ("other", "triage")) == page


def test_nothing_released_is_said_as_loudly(outcome_of: Any) -> None:
    assert "### ✅ 0 released in `production`" in render(report(outcome_of), "")


def test_a_page_without_room_stays_as_it_is(outcome_of: Any) -> None:
    page = "x" * (MAX_PAGE_CHARS - 10)
    assert render(report(outcome_of, "triage"), page) == page


def test_a_page_with_little_room_gets_a_part_without_its_table(outcome_of: Any) -> None:
    page = render(report(outcome_of, *("n" * 190 + str(number) for number in range(300))), "x" * (MAX_PAGE_CHARS - 10_000))
    assert "### ✅ 300 released" in page
    assert "… and 300 workflows." in page
    assert len(page) <= MAX_PAGE_CHARS


def test_a_thousand_fit(outcome_of: Any) -> None:
    page = render(report(outcome_of, *(f"workflow-{number}" for number in range(1000))), "")
    assert "### ✅ 1000 released" in page
    assert "… and 700 more workflows." in page
    assert len(page) < MAX_PAGE_CHARS
