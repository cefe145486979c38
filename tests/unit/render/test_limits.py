"""A thousand workflows, five thousand findings: every rendering stays within what its destination takes."""

import json
from xml.etree import ElementTree as ET

import pytest

from deployer.model.report import Report
from deployer.render.annotations import annotations
from deployer.render.markdown import COMMENT_LIMIT, SUMMARY_LIMIT
from deployer.render.markdown import render as markdown
from deployer.render.outputs import outputs
from deployer.render.registry import FORMATS
from deployer.render.text import plan_text, render


@pytest.mark.parametrize("limit", [SUMMARY_LIMIT, COMMENT_LIMIT, 20_000])
def test_the_summary_is_cut_with_a_count(limit: int, crowd: Report) -> None:
    text = markdown(crowd, limit=limit)
    assert limit / 2 < len(text.encode()) <= limit
    assert text.startswith("## ❌ 100 failed, 0 released, 900 imported as draft\n")
    assert (" more failures, left out here" in text) is (limit < SUMMARY_LIMIT)
    assert " more findings, left out here" in text
    assert " more notices, left out here" in text
    assert "Follow the fix given for each failure" in text


def test_what_was_left_out_is_counted_right(crowd: Report) -> None:
    text = markdown(crowd, limit=COMMENT_LIMIT)
    rows = text.partition("| Workflow |")[2].partition("\n… and ")
    kept = sum(line.startswith("| `") for line in rows[0].splitlines())
    assert kept + int(rows[2].split()[0]) == 1000
    assert kept > 5


def test_a_summary_that_fits_is_whole(crowd: Report) -> None:
    small = Report(mode="deploy", outcomes=crowd.outcomes[1:4])
    assert "left out" not in markdown(small)


def test_annotations_keep_ten_of_a_level(crowd: Report) -> None:
    items, rest = annotations(crowd)
    levels = [each.level for each in items]
    assert levels == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    assert rest == 100 + 1000 + 5000 + 2000 - 30
    assert all(len(each.message.encode()) <= 4096 and len(each.title) <= 200 for each in items)


def test_outputs_stay_within_a_jobs_megabyte(crowd: Report) -> None:
    values = outputs(crowd, plan_text(crowd), "r.json")
    assert sum(2 * len(value) for value in values.values()) < 1_000_000
    assert len(values["plan"].encode()) <= 100_000
    assert len(json.loads(values["results"])) == 1000


def test_every_format_takes_it(crowd: Report) -> None:
    for name, format_ in FORMATS.items():
        assert "workflow-0999" in format_(crowd) or name in ("markdown", "sarif")
    assert len(json.loads(FORMATS["sarif"](crowd))["runs"][0]["results"]) == 5000
    assert len(ET.fromstring(FORMATS["junit"](crowd)).findall("testsuite/testcase")) == 6000
    assert render(crowd).count("\n") > 1000
