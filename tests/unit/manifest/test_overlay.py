"""`set`: values laid over a definition at existing paths, and nowhere else."""

from pathlib import Path
from typing import Any

import pytest

from deployer.manifest import load, resolve
from deployer.manifest.overlay import lay_over
from deployer.model.errors import UsageError
from deployer.model.workflow import Source

DEFINITION: dict[str, Any] = {
    "name": "N",
    "variables": {"mail": "a@example.com", "a.b": 1},
    "steps": [{"id": "greet", "config": {"prompt": "x"}}, {"id": "notify", "config": {"to": "y", "cc": ["p", "q"]}}],
}


def source(definition: dict[str, Any] | None = DEFINITION) -> Source:
    return Source("w.yaml", "meingpt", "workflow", b"raw", definition)


def laid(sets: dict[str, Any], values: dict[str, str] | None = None) -> Any:
    result, misfits = lay_over(source(), sets, values or {})
    assert misfits == ()
    return result.definition


def test_lay_over_by_key_by_id_and_by_index() -> None:
    result = laid({"variables.mail": "b@example.com", "steps[id=notify].config.to": "z", "steps[1].config.cc[0]": "r", 'variables."a.b"': 2})
    assert result["variables"] == {"mail": "b@example.com", "a.b": 2}
    assert result["steps"][1]["config"] == {"to": "z", "cc": ["r", "q"]}
    assert result["steps"][0] is DEFINITION["steps"][0]


def test_lay_over_leaves_the_definition_unchanged() -> None:
    original = repr(DEFINITION)
    laid({"steps[id=notify].config.to": "z", "name": "M"})
    assert repr(DEFINITION) == original


def test_lay_over_substitutes_values_at_any_depth() -> None:
    assert laid({"steps[0].config": {"prompt": "to ${TEAM}", "more": ["${TEAM}!"]}}, {"TEAM": "us"})["steps"][0]["config"] == {
        "prompt": "to us",
        "more": ["us!"],
    }


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Answer with $${amount}.", "Answer with ${amount}."),
        ("$${TEAM} is ${TEAM}", "${TEAM} is us"),
        ("${ESCAPED}", "$${x}"),
        ("$${", "${"),
        ("${not a name} $$ {", "${not a name} $$ {"),
    ],
)
def test_lay_over_takes_a_doubled_dollar_sign_for_the_text_itself(text: str, sent: str) -> None:
    assert laid({"name": text}, {"TEAM": "us", "ESCAPED": "$${x}"})["name"] == sent


def test_lay_over_raises_for_a_missing_value() -> None:
    with pytest.raises(UsageError, match=r"No value TEAM.*TEAM=…"):
        lay_over(source(), {"name": "${TEAM}"}, {})


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("variables.male", "there is no `male`"),
        ("steps[id=nobody].config", "0 items have id `nobody`"),
        ("steps[7]", "there is no item 7"),
        ("name.first", "there is no `first`"),
        ("steps.greet", "there is no `greet`"),
        ("variables[0]", "there is no item 0"),
        ("steps[", "is not a valid path"),
        (".name", "is not a valid path"),
        ("", "is not a valid path"),
    ],
)
def test_path_that_leads_nowhere_is_a_misfit(path: str, message: str) -> None:
    result, misfits = lay_over(source(), {path: 1}, {})
    assert message in misfits[0].message
    assert misfits[0].fix
    assert result.definition == DEFINITION


def test_fingerprint_and_upload_are_of_the_overlaid_definition() -> None:
    result, _ = lay_over(source(), {"name": "M"}, {})
    assert result.fingerprint != source().fingerprint
    assert b'"name":"M"' in result.upload
    assert source().upload == b"raw"


def test_opaque_file_is_a_misfit() -> None:
    _, misfits = lay_over(source(None), {"name": "M"}, {})
    assert "opaque" in misfits[0].message


def test_read_sources_reports_a_misfit_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("name: N\ntrigger: {type: webhook}\nsteps: []\n")
    text = "version: 1\nenvironments: [production, staging]\nworkflows:\n  w:\n    source: w.yaml\n    key: A\n    environments:\n"
    text += '      staging: {key: B, set: {"nam": "${UNKNOWN}"}}\n'
    (tmp_path / "flowship.yml").write_text(text)
    loaded, findings = load.load_manifest(str(tmp_path), "flowship.yml")
    assert loaded is not None
    assert findings == ()
    _, findings = resolve.read_sources(str(tmp_path), loaded)
    assert [(finding.rule, finding.path, finding.span and finding.span.line) for finding in findings] == [("manifest-set-path", "flowship.yml", 8)]


def test_read_sources_reports_a_misfit_of_preview_set(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("name: N\ntrigger: {type: webhook}\nsteps: []\n")
    text = "version: 1\nworkflows:\n  w:\n    source: w.yaml\n    key: A\n    preview:\n      key: P\n      set: {name: Trial, nam: x}\n"
    (tmp_path / "flowship.yml").write_text(text)
    loaded, _ = load.load_manifest(str(tmp_path), "flowship.yml")
    assert loaded is not None
    _, (finding,) = resolve.read_sources(str(tmp_path), loaded)
    assert (finding.rule, finding.span and finding.span.line) == ("manifest-set-path", 8)
    assert "`preview.set`" in finding.message
