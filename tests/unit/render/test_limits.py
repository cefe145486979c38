"""A thousand workflows, five thousand findings: every rendering stays within what its destination takes."""

import json
from xml.etree import ElementTree as ET

import pytest

from deployer.model.report import Report
from deployer.render.markdown import MAX_COMMENT_BYTES, MAX_SUMMARY_BYTES
from deployer.render.markdown import render as markdown
from deployer.render.plain_text import render
from deployer.render.registry import FORMATS


@pytest.mark.parametrize("limit", [MAX_SUMMARY_BYTES, MAX_COMMENT_BYTES, 20_000])
def test_the_summary_is_cut_with_a_count(limit: int, crowd: Report) -> None:
    text = markdown(crowd, limit=limit)
    assert limit / 2 < len(text.encode()) <= limit
    assert text.startswith("## ❌ 100 failed, 0 released, 900 imported as draft\n")
    assert (" more failures, left out here" in text) is (limit < MAX_SUMMARY_BYTES)
    assert " more findings, left out here" in text
    assert " more notices, left out here" in text
    assert "Fix the failures above" in text


def test_what_was_left_out_is_counted_right(crowd: Report) -> None:
    text = markdown(crowd, limit=MAX_COMMENT_BYTES)
    rows = text.partition("| Workflow |")[2].partition("\n… and ")
    kept = sum(line.startswith("| `") for line in rows[0].splitlines())
    assert kept + int(rows[2].split()[0]) == 1000
    assert kept > 5


def test_a_summary_that_fits_is_whole(crowd: Report) -> None:
    small = Report(mode="deploy", outcomes=crowd.outcomes[1:4])
    assert "left out" not in markdown(small)


def test_every_format_takes_it(crowd: Report) -> None:
    for name, format_ in FORMATS.items():
        assert "workflow-0999" in format_(crowd) or name in ("markdown", "sarif")
    assert len(json.loads(FORMATS["sarif"](crowd))["runs"][0]["results"]) == 5000
    assert len(ET.fromstring(FORMATS["junit"](crowd)).findall("testsuite/testcase")) == 6000
    assert render(crowd).count("\n") > 1000
