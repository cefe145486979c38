"""Findings and failures as annotations, divided by what GitHub shows of a step."""

from deployer.model.report import Report
from deployer.render.annotations import annotations


def test_annotation_names_file_code_and_fix(reports: dict[str, Report]) -> None:
    first = annotations(reports["deploy"]).shown[0]
    assert (first.level, first.title, first.path) == ("error", "broken: 403202", "flows/broken.flow")
    assert first.message == "The file is not a workflow.\nExport it again from the console."
    finding = annotations(reports["lint"]).shown[0]
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (3, 7, 3, 9)


def test_annotations_keep_ten_of_a_level(crowd: Report) -> None:
    shown, rest = annotations(crowd)
    assert [annotation.level for annotation in shown] == ["error"] * 10 + ["warning"] * 10 + ["notice"] * 10
    assert len(rest) == 100 + 1000 + 5000 + 2000 - 30
    assert (rest[0].level, rest[-1].level) == ("error", "notice")
    assert all(len(annotation.message.encode()) <= 4096 and len(annotation.title) <= 200 for annotation in shown)
