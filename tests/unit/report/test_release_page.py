"""What went live with a tag, on the page of its release."""

from typing import Any

from deployer.domain.report import Report
from deployer.report.release_page import LIMIT, render


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


def test_each_environment_has_its_own_part(outcome_of: Any) -> None:
    page = ""
    for environment in ("staging", "staging 2", "-->", "production"):
        page = render(report(outcome_of, "triage", environment=environment), page)
    assert page.count("<!-- flowship ") == 4
    assert page.count("### ✅ 1 released") == 4
    assert render(report(outcome_of, "triage", environment="staging 2"), page) == page


def test_nothing_released_is_said_as_loudly(outcome_of: Any) -> None:
    assert "### ✅ 0 released in `production`" in render(report(outcome_of), "")


def test_a_page_without_room_stays_as_it_is(outcome_of: Any) -> None:
    page = "x" * (LIMIT - 10)
    assert render(report(outcome_of, "triage"), page) == page


def test_a_thousand_fit(outcome_of: Any) -> None:
    page = render(report(outcome_of, *(f"workflow-{number}" for number in range(1000))), "")
    assert "### ✅ 1000 released" in page
    assert "… and 700 more workflows." in page
    assert len(page) < LIMIT
