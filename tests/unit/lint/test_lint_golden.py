"""Golden examples: a file under tests/data/lint/bad with its exact findings beside it, or a file under ok without any.

A new case is two files and no code: NAME and NAME.findings.json. A name with `.manifest.` is read as a manifest, one with `.evals.`
as an eval suite. A folder is linted as a repository, manifest and all; its findings tell their files too.
`FLOWSHIP_GOLDEN=write` writes the findings anew; read what changed before keeping it.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from deployer.formats import eval_suite, files
from deployer.formats.diagnostic import RULES
from deployer.lint import engine
from deployer.lint.linter import lint_paths
from deployer.lint.suppression import LintDirectives, apply_directives
from deployer.manifest import load
from deployer.model.finding import Finding

DATA = Path(__file__).parents[2] / "data" / "lint"
BAD = sorted(path.name for path in (DATA / "bad").iterdir() if not path.name.endswith(".findings.json"))
OK = sorted(path.name for path in (DATA / "ok").iterdir())


def findings_in(folder: Path, name: str) -> tuple[Finding, ...]:
    if (folder / name).is_dir():
        return lint_paths(str(folder / name), (), "flowship.yml")
    if ".manifest." in name:
        return load.load_manifest(str(folder), name)[1]
    if ".evals." in name:
        return eval_suite.load(str(folder), name)[1]
    source, findings = files.read(str(folder), name)
    texts = {name: source.content.decode("utf-8-sig")} if source and source.platform == "meingpt" else {}
    return apply_directives((*findings, *engine.lint_sources([source] if source else [])), LintDirectives(texts))


def as_row(name: str, finding: Finding) -> dict[str, Any]:
    place = list(finding.span) if finding.span else None
    row: dict[str, Any] = {} if finding.path == name else {"path": finding.path}
    row |= {"rule": finding.rule, "severity": finding.severity, "place": place, "message": finding.message, "fix": finding.fix}
    related = finding.related
    return row | ({"related": [list(related.span) if related.span else None, related.message]} if related else {})


@pytest.mark.parametrize("name", BAD)
def test_bad_file_has_exactly_its_findings(name: str) -> None:
    expected = DATA / "bad" / f"{name}.findings.json"
    found = [as_row(name, finding) for finding in findings_in(DATA / "bad", name)]
    if os.environ.get("FLOWSHIP_GOLDEN") == "write":
        rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in found)
        expected.write_text(f"[\n  {rows}\n]\n" if rows else "[]\n", "utf-8")
    assert found
    assert found == json.loads(expected.read_text("utf-8"))


@pytest.mark.parametrize("name", OK)
def test_good_file_has_no_findings(name: str) -> None:
    assert findings_in(DATA / "ok", name) == ()


def test_every_findings_file_has_its_input() -> None:
    assert {path.name.removesuffix(".findings.json") for path in (DATA / "bad").glob("*.findings.json")} == set(BAD)


def test_every_rule_has_a_bad_file() -> None:
    shown = {row["rule"] for name in BAD for row in json.loads((DATA / "bad" / f"{name}.findings.json").read_text("utf-8"))}
    # These need a file system or a second file to show: tests/unit/formats/test_files.py, test_overlay.py.
    elsewhere = {"file-unreadable", "file-too-large", "manifest-set-path"}
    assert {*RULES, *(rule.name for rule in engine.load_all_rules())} - elsewhere == shown


def test_secret_in_a_manifest_is_never_repeated() -> None:
    """A value that stands in a manifest where a key's name belongs is in no message."""
    leaked = "app-Xu5xxHJ62kqzWfJMa1b2c3d4"
    assert leaked in (DATA / "bad" / "key-names.manifest.yml").read_text("utf-8")
    assert leaked not in str(findings_in(DATA / "bad", "key-names.manifest.yml"))
