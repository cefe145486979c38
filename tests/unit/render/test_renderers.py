"""What golden files do not say: fields, order, limits of meaning, and what must not be imported."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from deployer.config.inputs import OUTPUTS
from deployer.model.change import Change, Fail, Hold, Replace, Superseded
from deployer.model.failure import Failure
from deployer.model.finding import Finding, Span
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.shard import Shard
from deployer.model.workflow import Source, Workflow
from deployer.render import json_report
from deployer.render.annotations import annotations
from deployer.render.findings import as_json, as_text
from deployer.render.outputs import outputs
from deployer.render.plain_text import one_line, plan_text, sections
from deployer.render.registry import FORMATS
from deployer.render.summary import headline, live_or_draft, next_steps

REPOSITORY = Path(__file__).parents[3]


def test_the_json_report_has_the_documented_fields_first(report: Report) -> None:
    data = json.loads(FORMATS["json"](report))
    documented = ["schema", "mode", "environment", "commit", "ok", "exit_code", "plan_hash", "findings", "changes", "evals", "requests", "seconds"]
    assert list(data)[: len(documented)] == documented
    change = [
        "workflow",
        "platform",
        "path",
        "target",
        "action",
        "release",
        "outcome",
        "version",
        "previous_version",
        "live",
        "fingerprint",
        "warning",
    ]
    assert all(list(each)[:14] == [*change, "error", "seconds"] for each in data["changes"])
    finding = ["rule", "severity", "message", "fix", "path", "line", "column", "end_line", "end_column"]
    assert all([name for name in each if name != "related"] == finding for each in data["findings"])


def test_the_json_report_follows_its_schema(report: Report) -> None:
    import jsonschema_rs

    validator = jsonschema_rs.validator_for(json.loads(json_report.schema()))
    errors = [error.message for error in validator.iter_errors(json.loads(FORMATS["json"](report)))]
    assert errors == []


def test_every_rendering_can_be_written_as_utf8(report: Report) -> None:
    assert all(format_(report).encode() for format_ in FORMATS.values())


def test_findings_alone(reports: dict[str, Report]) -> None:
    findings = reports["lint"].findings
    assert json.loads(as_json(findings)) == {"schema": 1, "findings": json.loads(FORMATS["json"](reports["lint"]))["findings"]}
    assert as_text(findings).splitlines()[0] == "flows/a.flow:3:7: error: The flow has 2 end nodes. [flow-end-count]"
    assert as_text([]) == ""


def test_headlines(reports: dict[str, Report], outcome_of: Any) -> None:
    released = [outcome_of(f"w{n}", "release", "done", release=True, live=True) for n in range(3)]
    assert headline(Report(mode="deploy", release=True, outcomes=tuple(released))) == "3 released"
    assert headline(Report(mode="deploy")) == "0 released"
    held = outcome_of("h", "hold", "held")
    assert headline(Report(mode="deploy", outcomes=(held,))) == "0 released, 1 held: waits for the next release"
    assert headline(Report(mode="deploy", outcomes=(held, held))) == "0 released, 2 held: wait for the next release"
    assert headline(Report(mode="plan")) == "Plan: no workflows."
    errors = reports["lint"].findings
    assert headline(Report(mode="deploy", exit_code=1, findings=errors)) == "Nothing was written: 2 errors in the files"
    assert headline(Report(mode="deploy", exit_code=3, problem=Failure("", "boom", ""))) == "Stopped by a bug in Flowship"


def test_a_plan_ends_with_its_counts(outcome_of: Any) -> None:
    outcomes = [outcome_of("a", "import", None), outcome_of("b", "import", None, release=True), outcome_of("c", "hold", None)]
    outcomes += [outcome_of(f"u{n}", "unchanged", None) for n in range(3)]
    text = plan_text(Report(mode="plan", outcomes=tuple(outcomes)))
    assert text.splitlines()[-1] == "Plan: 2 to import, 1 to release, 1 held, 3 unchanged."
    assert text.splitlines()[1] == "+ import     b (gptbots, flows/b.flow), then release"


def test_nobody_has_to_do_anything_after_a_release(outcome_of: Any) -> None:
    done = outcome_of("a", "import", "done", release=True, live=True, version="1.0.0")
    assert next_steps(Report(mode="deploy", release=True, outcomes=(done,))) == ()
    assert one_line(done) == "a: released, 1.0.0, live, 0.00 s"


def test_the_last_section_is_the_outcome(report: Report) -> None:
    *before, end = sections(report)
    assert end.title == headline(report)
    assert all(section.lines for section in before)
    assert all(text == text.splitlines()[0] for section in (*before, end) for _, text in section.lines)


def test_all_outputs_are_always_set(report: Report) -> None:
    values = outputs(report, plan_text(report), "r.json")
    assert list(values) == list(OUTPUTS)
    assert all(isinstance(value, str) for value in values.values())
    assert values["ok"] == str(report.exit_code == 0).lower()
    assert all(json.loads(values["matrix"]).values())
    assert set(json.loads(values["results"])) == {outcome.change.workflow.name for outcome in report.outcomes}


def test_outputs_of_a_deploy(reports: dict[str, Report]) -> None:
    values = outputs(reports["deploy"], "the plan", "out/r.json", comment_url="u")
    assert (values["changed"], values["released"], values["held"], values["shards"]) == ("2", "2", "0", "0")
    assert (values["plan"], values["report"], values["comment-url"], values["plan-hash"]) == ("the plan", "out/r.json", "u", "ab" * 32)
    triage = json.loads(values["results"])["triage"]
    assert (triage["version"], triage["live"], triage["outcome"], triage["target"]) == ("1.0.3", True, "done", "t1")


def test_a_plan_gives_a_matrix_of_its_shards(reports: dict[str, Report]) -> None:
    parted = replace(reports["plan"], shards=(Shard(1, 2, "ab" * 32), Shard(2, 2, "cd" * 32)))
    values = outputs(parted, "", "")
    assert (values["shards"], json.loads(values["matrix"])) == (
        "2",
        {"include": [{"shard": "1/2", "number": 1, "plan-hash": "ab" * 32}, {"shard": "2/2", "number": 2, "plan-hash": "cd" * 32}]},
    )


def test_a_matrix_of_the_most_jobs_is_small_among_a_jobs_outputs() -> None:
    most = Report(mode="plan", shards=tuple(Shard(number, 256, "ab" * 32) for number in range(1, 257)))
    matrix = outputs(most, "", "")["matrix"]
    assert len(json.loads(matrix)["include"]) == 256
    assert len(matrix) < 50_000


def test_results_too_long_are_shortened_never_cut(outcome_of: Any) -> None:
    many = tuple(outcome_of(f"{'w' * 300}{n}", "unchanged" if n % 2 else "import", "done") for n in range(1500))
    results = json.loads(outputs(Report(mode="deploy", outcomes=many), "", "")["results"])
    assert len(results) == 750
    assert results[f"{'w' * 300}0"] == {"action": "import", "outcome": "done", "version": None, "live": False}


def test_annotations_name_the_file_code_and_fix(reports: dict[str, Report]) -> None:
    first = annotations(reports["deploy"]).shown[0]
    assert (first.level, first.title, first.path) == ("error", "broken: 403202", "flows/broken.flow")
    assert first.message == "The file is not a workflow.\nExport it again from the console."
    finding = annotations(reports["lint"]).shown[0]
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (3, 7, 3, 9)


def test_sarif_columns_end_after_the_last_and_links_are_text() -> None:
    finding = Finding("r", "error", "see [x](http://evil.example) and [y]", "", "a b/ü%.flow", Span(1, 2, 3, 4))
    run = json.loads(FORMATS["sarif"](Report(mode="lint", findings=(finding,))))["runs"][0]
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 1, "startColumn": 2, "endLine": 3, "endColumn": 5}
    assert place["artifactLocation"]["uri"] == "a%20b/%C3%BC%25.flow"
    assert result["message"]["text"] == "see \\[x](http://evil.example) and [y]"


def test_junit_counts(reports: dict[str, Report]) -> None:
    suite = ET.fromstring(FORMATS["junit"](reports["deploy"])).find("testsuite")
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }


@pytest.mark.parametrize(
    ("module", "banned"),
    [
        ("deployer.render.findings", ["dataclasses", "inspect", "pathlib", "hashlib", "enum", "json", "rich", "requests", "contextlib"]),
        ("deployer.render.plain_text", ["rich", "requests", "actions_toolkit"]),
        ("deployer.publish.terminal", ["rich", "requests", "actions_toolkit"]),
        ("deployer.github.runner", ["rich", "requests", "actions_toolkit"]),
        ("deployer.cli.main", ["msgspec"]),
        ("deployer.commands.lint", ["msgspec"]),
        ("deployer.cli.dispatch", ["msgspec"]),
    ],
)
def test_start_up_stays_light(module: str, banned: list[str]) -> None:
    """`re` brings `enum` along: what counts is what it adds to that."""
    script = f"import re, typing, sys; before = set(sys.modules); import {module}; print([m for m in {banned!r} if m in set(sys.modules) - before])"
    done = subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("change", "outcome", "said"),
    [
        (Hold, "held", "not yet"),  # what is there already goes on being live
        (Fail, "failed", "unknown"),  # nobody could look
        (Replace, "unknown", "unknown"),
        (Superseded, "skipped", "-"),
    ],
)
def test_nothing_is_said_not_to_be_live_that_may_be(change: type[Change], outcome: Any, said: str) -> None:
    more: dict[str, Any] = {"code": "UNREACHABLE", "message": "m", "fix": "c"} if change is Fail else {"version": "2"} if change is Superseded else {}
    found = change(workflow=Workflow("a", Source("a.yaml", "meingpt", "workflow", b"", {}), "K"), observed=MISSING, **more)
    assert live_or_draft(Outcome(change=found, outcome=outcome)) == said
