"""Files that a report is written to."""

from pathlib import Path
from typing import cast

import pytest
from fake_targets import run_context

from deployer.model.report import Report
from deployer.model.secret import Redactor, Secret
from deployer.publish import results
from deployer.render.registry import FORMATS

KEY = "a-key-that-is-long"


@pytest.mark.parametrize("part", [1, 30, 10_000])
@pytest.mark.parametrize("end", ["", "\n"])
def test_file_is_whole_and_without_keys_however_long_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int, end: str) -> None:
    lines = [f"line {number}: {{}} and what follows" for number in range(20)]
    monkeypatch.setattr(results, "PART_CHARS", part)
    monkeypatch.setitem(cast("dict[str, object]", FORMATS), "json", lambda _: "\n".join(lines).format(*[KEY] * 20) + end)
    context = run_context(tmp_path, options={"report": "r.json"}, redactor=Redactor((Secret(KEY),)))
    results.publish(Report(mode="plan"), context)
    assert (tmp_path / "r.json").read_text() == "\n".join(lines).format(*["***"] * 20) + end
