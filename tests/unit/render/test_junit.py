"""Outcomes and findings as JUnit XML."""

from xml.etree import ElementTree as ET

from deployer.model.report import Report
from deployer.render import junit


def test_suite_counts_failures_errors_and_skipped(reports: dict[str, Report]) -> None:
    suite = ET.fromstring(junit.render(reports["deploy"])).find("testsuite")
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }


def test_failed_case_has_file_line_and_misses(reports: dict[str, Report]) -> None:
    root = ET.fromstring(junit.render(reports["evals"]))
    case = root.find(".//testcase[@name='a refund names the time it takes']")
    assert case is not None
    failure = case.find("failure")
    assert failure is not None
    assert (case.get("file"), case.get("line"), failure.get("message")) == ("evals/triage.yml", "4", "contains: expected 14 days, got No.")
