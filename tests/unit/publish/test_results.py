"""Files that a report is written to."""

import json
from pathlib import Path
from typing import cast

import pytest
from fake_targets import run_context

from deployer.model.change import Unchanged
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.secret import Redactor, Secret
from deployer.model.workflow import Source, Workflow
from deployer.publish import results
from deployer.render import json_report
from deployer.render.registry import FORMATS

KEY = "a-key-that-is-long"


@pytest.mark.parametrize("part", [1, 30, 10_000])
@pytest.mark.parametrize("end", ["", "\n"])
def test_file_is_whole_and_without_keys_however_long_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int, end: str) -> None:
    lines = [f"line {number}: {{}} and what follows" for number in range(20)]
    monkeypatch.setattr(results, "PART_CHARS", part)
    monkeypatch.setitem(cast("dict[str, object]", FORMATS), "html", lambda _: "\n".join(lines).format(*[KEY] * 20) + end)
    context = run_context(tmp_path, options={"html": "r.html"}, redactor=Redactor((Secret(KEY),)))
    results.publish(Report(mode="plan"), context)
    assert (tmp_path / "r.html").read_text() == "\n".join(lines).format(*["***"] * 20) + end


def test_report_is_written_a_change_at_a_time_and_without_keys(tmp_path: Path) -> None:
    workflows = [Workflow(f"w{number}", Source.known_by("f" * 64, f"w{number}.flow", "gptbots"), "") for number in range(3)]
    outcomes = tuple(Outcome(change=Unchanged(workflow=workflow, observed=MISSING, why=f"as {KEY}"), outcome=None) for workflow in workflows)
    report = Report(mode="plan", outcomes=outcomes)
    parts = list(json_report.parts(report))
    assert [[name for name in ("w0", "w1", "w2") if f'"{name}"' in part] for part in parts] == [[], ["w0"], ["w1"], ["w2"], []]
    assert all(part.endswith("\n") for part in parts)
    results.publish(report, run_context(tmp_path, options={"report": "r.json"}, redactor=Redactor((Secret(KEY),))))
    written = (tmp_path / "r.json").read_text()
    assert KEY not in written
    assert json.loads(written) == json.loads("".join(parts).replace(KEY, "***"))
