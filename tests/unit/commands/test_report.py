"""`report`: which files are merged, what is wrong with those that cannot be, and the exit code of it."""

import io
import os
from dataclasses import replace
from pathlib import Path

import pytest

from deployer.cli.dispatch import make_context
from deployer.commands import report as command
from deployer.config.reader import read
from deployer.model.change import Replace
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.failure import Failure
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.secret import Redactor
from deployer.model.workflow import Source, Workflow
from deployer.publish.terminal import open_console
from deployer.render.json_report import render

STOPPED = Failure("AUTH", "The key was refused.", "Set another.")
PLANNED = Outcome(change=Replace(workflow=Workflow("a", Source("a.yaml", "meingpt", "workflow", b"", {}), "K"), observed=MISSING), outcome=None)
SHARD = Report(mode="deploy", environment="production", shard="1/1", outcomes=(PLANNED,))


def merged(root: Path, *patterns: str) -> Report:
    settings = read({"mode": "report", **({"files": "\n".join(patterns)} if patterns else {})}, {})
    context = make_context(settings, {}, open_console(io.StringIO(), {}), Redactor(()))
    return command.run(replace(context, root=str(root), places=None), Report(mode="report"))


def write(root: Path, name: str, report: Report) -> None:
    (root / name).write_text(render(report), encoding="utf-8")


def test_file_is_merged_once_however_often_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, "1.json", SHARD)
    (tmp_path / "link.json").symlink_to("1.json")
    assert len(merged(tmp_path, "1.json", "*.json", "./1.json").outcomes) == 1


def test_missing_file_is_a_failure_and_a_glob_without_matches_is_none(tmp_path: Path) -> None:
    write(tmp_path, "1.json", SHARD)
    report = merged(tmp_path, "1.json", "2.json", "none-*.json")
    assert report.exit_code == 1
    assert "2.json" in str(report)
    assert merged(tmp_path, "1.json", "none-*.json").exit_code == 0


@pytest.mark.parametrize(("content", "message"), [(b"{}", "cannot be merged"), (b"\xff", "it is not UTF-8"), (b"nothing", "cannot be merged")])
def test_file_that_is_no_report_is_a_wrong_request(content: bytes, message: str, tmp_path: Path) -> None:
    write(tmp_path, "1.json", SHARD)
    (tmp_path / "2.json").write_bytes(content)
    report = merged(tmp_path, "1.json", "2.json")
    assert report.exit_code == 2
    assert message in str(report)
    with pytest.raises(UsageError, match=message):
        merged(tmp_path, "2.json")


def test_oversized_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "1.json", SHARD)
    monkeypatch.setattr(command, "MAX_BYTES", 10)
    with pytest.raises(UsageError, match="larger than any report"):
        merged(tmp_path, "1.json")


@pytest.mark.parametrize(
    ("report", "outcome"), [(SHARD, None), (replace(SHARD, problem=STOPPED), "skipped"), (replace(SHARD, mode="plan", problem=STOPPED), None)]
)
def test_planned_changes_of_stopped_shard_are_skipped(report: Report, outcome: str | None, tmp_path: Path) -> None:
    write(tmp_path, "1.json", report)
    assert [row.outcome for row in merged(tmp_path, "1.json").outcomes] == [outcome]


def test_no_report_at_all(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no reports to merge"):
        merged(tmp_path)
    with pytest.raises(FlowshipError, match="no report to merge") as empty:
        merged(tmp_path, "*.json")
    with pytest.raises(FlowshipError, match=r"no report 1\.json") as missing:
        merged(tmp_path, "1.json")
    assert (empty.value.exit_code, missing.value.exit_code) == (1, 1)


@pytest.mark.parametrize("kind", ["pipe", "link to a device", "link out of the repository"])
def test_report_that_is_no_file_of_the_repository_is_refused_by_its_name(kind: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    write(root, "1.json", SHARD)
    write(tmp_path, "outside.json", replace(SHARD, shard="2/2"))
    match kind:
        case "pipe":
            os.mkfifo(root / "bad.json")
        case "link to a device":
            (root / "bad.json").symlink_to("/dev/zero")
        case _:
            (root / "bad.json").symlink_to("../outside.json")
    report = merged(root, "1.json", "bad.json")
    assert (report.exit_code, "bad.json cannot be merged: `bad.json` " in str(report)) == (2, True)


def test_report_is_read_from_a_folder_that_is_named_outside(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "artifacts").mkdir()
    write(tmp_path / "artifacts", "1.json", SHARD)
    for pattern in (str(tmp_path / "artifacts/1.json"), str(tmp_path / "artifacts/*.json"), "../artifacts/*.json"):
        assert len(merged(tmp_path / "root", pattern).outcomes) == 1


def test_glob_through_a_link_out_of_the_repository_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path, "1.json", SHARD)
    (tmp_path / "out").symlink_to("/")
    report = merged(tmp_path, "1.json", "out/**/*.json")
    assert (report.exit_code, "out/**/*.json is not searched" in str(report)) == (1, True)
