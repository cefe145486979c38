"""The outputs of the action."""

import json
from dataclasses import replace
from typing import Any

import pytest

from deployer.config.inputs import OUTPUTS
from deployer.model.failure import Failure
from deployer.model.report import Report
from deployer.model.shard import Shard
from deployer.render.outputs import MAX_RESULTS_BYTES, outputs, results_notice
from deployer.render.plain_text import plan_text


def test_every_output_is_always_set(report: Report) -> None:
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


def test_matrix_has_an_entry_for_each_shard(reports: dict[str, Report]) -> None:
    sharded = replace(reports["plan"], shards=(Shard(1, 2, "ab" * 32), Shard(2, 2, "cd" * 32)))
    values = outputs(sharded, "", "")
    assert (values["shards"], json.loads(values["matrix"])) == (
        "2",
        {"include": [{"shard": "1/2", "number": 1, "plan-hash": "ab" * 32}, {"shard": "2/2", "number": 2, "plan-hash": "cd" * 32}]},
    )


def test_largest_matrix_is_small() -> None:
    most = Report(mode="plan", shards=tuple(Shard(number, 256, "ab" * 32) for number in range(1, 257)))
    matrix = outputs(most, "", "")["matrix"]
    assert len(json.loads(matrix)["include"]) == 256
    assert len(matrix) < 50_000


def test_long_results_are_shortened_never_cut(outcome_of: Any) -> None:
    many = tuple(outcome_of(f"{'w' * 300}{n}", "unchanged" if n % 2 else "import", "done") for n in range(1500))
    report = Report(mode="deploy", outcomes=many)
    assert outputs(report, "", "")["results"] == "{}"
    assert "only what failed, in few fields: for 1500 workflows" in results_notice(report)
    fewer = Report(mode="deploy", outcomes=many[:400])
    results = json.loads(outputs(fewer, "", "")["results"])
    assert len(results) == 200
    assert results[f"{'w' * 300}0"] == {"action": "import", "outcome": "done", "version": None, "live": False}
    assert "only what changed or failed, in few fields" in results_notice(fewer)


@pytest.mark.parametrize("others", [1, 150, 350, 600, 3000])
def test_results_fit_into_a_variable_and_keep_what_changed(outcome_of: Any, others: int) -> None:
    unchanged = [outcome_of(f"größe-{n:04}", "unchanged", "done") for n in range(others)]
    changed = [outcome_of("a", "import", "done"), outcome_of("b", "unchanged", "failed", error=Failure("E", "m", "f"))]
    report = Report(mode="deploy", outcomes=(*unchanged, *changed))
    text = outputs(report, "", "")["results"]
    assert len(text.encode()) <= MAX_RESULTS_BYTES
    assert {"a", "b"} <= set(json.loads(text))
    assert (len(json.loads(text)) == others + 2) == (results_notice(report) == "")


def test_outputs_stay_within_a_jobs_megabyte(crowd: Report) -> None:
    values = outputs(crowd, plan_text(crowd), "r.json")
    assert sum(2 * len(value) for value in values.values()) < 1_000_000
    assert len(values["plan"].encode()) <= 100_000
    assert 0 < len(values["results"].encode()) <= 100_000
    assert {entry["outcome"] for entry in json.loads(values["results"]).values()} == {"failed"}
