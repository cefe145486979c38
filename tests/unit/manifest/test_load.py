"""The manifest's values. What is wrong with one is shown by the golden examples under tests/data/lint."""

from pathlib import Path

import pytest

from deployer.manifest import load as manifest
from deployer.manifest.model import Manifest, Override, WorkflowEntry


def load(root: Path, text: str) -> Manifest:
    (root / "flowship.yml").write_text(text, "utf-8")
    loaded, _ = manifest.load_manifest(str(root), "flowship.yml")
    assert loaded is not None
    return loaded


def test_load_manifest_keeps_every_setting(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        """\
version: 1
environments: [production, staging]
workflows:
  triage:
    source: flows/triage.flow
    key: TRIAGE
    endpoint: th
    evals: evals/triage.yml
    preview: {keys: [TRIAGE_PREVIEW_1]}
    environments:
      staging: {key: TRIAGE_STAGING, endpoint: jp}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT, id: wf_123456}
  odd: {source: odd.txt, platform: meingpt, key: ODD}
""",
    )
    assert (loaded.path, loaded.environments) == ("flowship.yml", ("production", "staging"))
    triage, onboarding, odd = loaded.entries
    assert triage == WorkflowEntry(
        name="triage",
        source="flows/triage.flow",
        platform="gptbots",
        key="TRIAGE",
        endpoint="th",
        evals="evals/triage.yml",
        preview={"keys": ["TRIAGE_PREVIEW_1"]},
        environments={"staging": Override(key="TRIAGE_STAGING", endpoint="jp")},
    )
    assert (onboarding.platform, onboarding.id, onboarding.preview) == ("meingpt", "wf_123456", None)
    assert odd.platform == "meingpt"


def test_default_environment_is_production(tmp_path: Path) -> None:
    assert load(tmp_path, "version: 1\nworkflows: {}\n").environments == ("production",)


def test_broken_entry_hides_no_other_entry(tmp_path: Path) -> None:
    loaded = load(tmp_path, "version: 1\nworkflows:\n  a: 3\n  b: {source: [x], key: 3, environments: 7, set: 1}\n  c: {source: c.flow, key: C}\n")
    assert [(entry.name, entry.source, entry.key) for entry in loaded.entries] == [("b", "", ""), ("c", "c.flow", "C")]


@pytest.mark.parametrize(("content", "rule"), [(None, "file-not-found"), ("", "file-empty"), ("- a", "yaml-not-a-mapping"), ("a: [", "yaml-syntax")])
def test_unreadable_manifest_is_one_finding(content: str | None, rule: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "flowship.yml").write_text(content)
    loaded, findings = manifest.load_manifest(str(tmp_path), "flowship.yml")
    assert loaded is None
    assert [finding.rule for finding in findings] == [rule]


def test_key_value_in_place_of_a_key_name_is_dropped(tmp_path: Path) -> None:
    loaded = load(tmp_path, "version: 1\nworkflows:\n  a: {source: a.flow, key: app-s3cr3t}\n  b: {source: b.flow, key: app-s3cr3t}\n")
    assert [entry.key for entry in loaded.entries] == ["", ""]
    _, findings = manifest.load_manifest(str(tmp_path), "flowship.yml")
    assert {finding.rule for finding in findings} == {"manifest-key-name"}


def test_preview_keys_and_preview_set(tmp_path: Path) -> None:
    text = """\
version: 1
workflows:
  pool: {source: a.flow, key: A, preview: {keys: [P1, app-s3cr3t, P2, P1], set: {name: Trial}}}
  one: {source: b.flow, key: B, preview: {key: P3}}
  copies: {source: c.yaml, key: M, preview: {key: P4, keys: [P5]}}
  none: {source: d.yaml, key: M}
  odd: {source: e.flow, key: E, preview: {keys: P6, set: 3}}
"""
    pool, one, copies, none, odd = load(tmp_path, text).entries
    assert [entry.preview_keys for entry in (pool, one, copies, none, odd)] == [("P1", "P2"), ("P3",), ("P4",), (), ()]
    assert [dict(entry.preview_set) for entry in (pool, none, odd)] == [{"name": "Trial"}, {}, {}]


def test_label_of_a_preview_is_its_own_or_the_manifests(tmp_path: Path) -> None:
    text = """\
version: 1
preview: {label: try me}
workflows:
  a: {source: a.flow, key: A, preview: {keys: [P1]}}
  b: {source: b.flow, key: B, preview: {keys: [P2], label: Other}}
  c: {source: c.flow, key: C}
"""
    loaded, findings = manifest.parse_manifest(".", "flowship.yml", text.encode())
    assert loaded is not None
    assert findings == ()
    assert [entry.preview_label for entry in loaded.entries] == ["try me", "Other", "try me"]
    loaded, _ = manifest.parse_manifest(".", "flowship.yml", text.replace("preview: {label: try me}\n", "").encode())
    assert loaded is not None
    assert [entry.preview_label for entry in loaded.entries] == ["", "Other", ""]


@pytest.mark.parametrize("label", ["3", "''", "' a'", "[a]", f"'{'x' * 51}'", '"a\\nb"'])
@pytest.mark.parametrize(
    "where",
    ["preview: {label: @}\nworkflows:\n  a: {source: a.flow, key: A}\n", "workflows:\n  a: {source: a.flow, key: A, preview: {key: P, label: @}}\n"],
)
def test_label_that_github_has_not_is_a_finding(where: str, label: str) -> None:
    _, findings = manifest.parse_manifest(".", "flowship.yml", f"version: 1\n{where.replace('@', label)}".encode())
    assert [finding.severity for finding in findings] == ["error"], findings
    assert "label" in findings[0].message


def test_top_of_a_manifest_takes_no_preview_key() -> None:
    _, findings = manifest.parse_manifest(".", "flowship.yml", b"version: 1\npreview: {key: P}\nworkflows:\n  a: {source: a.flow, key: A}\n")
    assert [finding.severity for finding in findings] == ["error"]
