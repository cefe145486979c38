"""Findings across files: settings that a manifest leaves out, shared sources, files that it does not name."""

from pathlib import Path

from deployer.lint.cross_file import check_manifest, find_unnamed_files
from deployer.manifest import load
from deployer.manifest.model import Manifest


def manifest(folder: Path, entries: str) -> Manifest:
    (folder / "flowship.yml").write_text(f"version: 1\nenvironments: {{staging: {{}}}}\nworkflows:\n{entries}")
    loaded, findings = load.load_manifest(str(folder), "flowship.yml")
    assert loaded is not None, findings
    return loaded


def test_missing_preview_and_evals_are_notes_at_the_entry(tmp_path: Path) -> None:
    found = check_manifest(manifest(tmp_path, "  a: {source: a.flow, key: A}\n"))
    assert [(row.rule, row.severity, row.span and row.span.line) for row in found] == [
        ("manifest-preview-missing", "info", 4),
        ("manifest-evals-missing", "info", 4),
    ]


def test_complete_entry_has_no_finding(tmp_path: Path) -> None:
    assert check_manifest(manifest(tmp_path, "  a: {source: a.flow, key: A, preview: {keys: [P]}, evals: e.yml}\n")) == []


def test_shared_source_is_reported_at_the_second_entry(tmp_path: Path) -> None:
    rest = "preview: {keys: [P]}, evals: e.yml}"
    found = check_manifest(manifest(tmp_path, f"  a: {{source: a.flow, key: A, {rest}\n  b: {{source: ./a.flow, key: B, {rest}\n"))
    assert [(row.rule, row.span and row.span.line, row.related and row.related.span and row.related.span.line) for row in found] == [
        ("manifest-source-shared", 5, 4)
    ]


def test_file_that_no_entry_names_is_reported(tmp_path: Path) -> None:
    own = manifest(tmp_path, "  a: {source: ./a.flow, key: A, environments: {staging: {source: b.flow, key: B}}}\n")
    assert [row.path for row in find_unnamed_files(own, ("a.flow", "b.flow", "c.flow"))] == ["c.flow"]
