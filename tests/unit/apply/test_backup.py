"""Keeping a definition that is replaced: where it goes, and that two contents never share a file."""

import json
from pathlib import Path

import pytest
from fake_targets import yaml

from deployer.apply.backup import save_definition
from deployer.model.errors import FlowshipError


def test_backup_stands_beside_the_report_and_holds_the_whole_definition(tmp_path: Path) -> None:
    body = {"name": "größer", "steps": [{"id": "a"}], "status": "paused"}
    path = save_definition(str(tmp_path), "out/report.json", yaml("triage"), body)
    assert (tmp_path / path).parent == tmp_path / "out"
    assert json.loads((tmp_path / path).read_text(encoding="utf-8")) == body


def test_without_a_report_it_goes_into_the_folder_of_flowship(tmp_path: Path) -> None:
    assert save_definition(str(tmp_path), "", yaml("triage"), {"name": "a"}).startswith(".flowship/triage.")


def test_another_content_is_another_file_and_the_same_one_is_written_once(tmp_path: Path) -> None:
    paths = [save_definition(str(tmp_path), "", yaml("triage"), {"name": name}) for name in ("a", "b", "a")]
    assert (paths[0] == paths[2], len(set(paths))) == (True, 2)


def test_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    path = save_definition(str(tmp_path), "", yaml("../../etc/x y"), {"name": "a"})
    assert (tmp_path / path).resolve().parent == (tmp_path / ".flowship").resolve()


def test_backup_that_cannot_be_written_stops_the_write(tmp_path: Path) -> None:
    (tmp_path / ".flowship").write_text("a file")
    with pytest.raises(FlowshipError, match="nothing was sent") as raised:
        save_definition(str(tmp_path), "", yaml("triage"), {"name": "a"})
    assert raised.value.code == "NOT_KEPT"
