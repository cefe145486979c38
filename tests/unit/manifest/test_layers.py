"""Patterns and defaults: the short form of a manifest and the explicit one give the same values."""

from pathlib import Path

import pytest

from deployer.manifest import load, resolve
from deployer.manifest.model import Manifest
from deployer.model.finding import Finding

WORKFLOW = "name: {0}\ntrigger: {{type: webhook}}\nsteps: []\n"
SHORT = """\
version: 1
environments: {production: {release: on-tag}, staging: {release: always}}
defaults:
  meingpt:
    key: MEINGPT
    preview: {key: MEINGPT_PREVIEW}
    environments: {staging: {key: MEINGPT_STAGING}}
workflows:
  "workflows/*.yaml": {}
"""
EXPLICIT = """\
version: 1
environments: {production: {release: on-tag}, staging: {release: always}}
workflows:
""" + "".join(
    f"  wf-{number:02}:\n    source: workflows/wf-{number:02}.yaml\n    key: MEINGPT\n    preview: {{key: MEINGPT_PREVIEW}}\n"
    "    environments: {staging: {key: MEINGPT_STAGING}}\n"
    for number in range(1, 13)
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write(tmp_path, *(f"workflows/wf-{number:02}.yaml" for number in range(1, 13)))
    return tmp_path


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(WORKFLOW.format(path))


def read(root: Path, text: str, path: str = "flowship.yml") -> tuple[Manifest, tuple[Finding, ...]]:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    manifest, findings = load.load_manifest(str(root), path)
    assert manifest is not None
    return manifest, findings


def shipped(root: Path, manifest: Manifest, environment: str) -> list[tuple[object, ...]]:
    workflows, findings = resolve.resolve_environment(str(root), manifest, environment)
    assert findings == ()
    return [(workflow.path, workflow.source.content, *workflow._replace(source=workflow.source.path)) for workflow in workflows]  # type: ignore[arg-type]


def targets(manifest: Manifest) -> list[tuple[str, str, str, str]]:
    return [(environment, workflow.name, workflow.path, workflow.key) for environment, workflow in resolve.list_targets(manifest)]


def rows(findings: tuple[Finding, ...]) -> list[tuple[str, int]]:
    return [(finding.rule, finding.span.line if finding.span else 0) for finding in findings]


def test_twelve_workflows_two_environments_and_previews_take_at_most_twelve_lines(repository: Path) -> None:
    assert len(SHORT.splitlines()) <= 12
    short, short_findings = read(repository, SHORT)
    explicit, findings = read(repository, EXPLICIT)
    assert short_findings == findings == ()
    assert short.entries == explicit.entries
    assert len(short.entries) == 12
    for environment in ("production", "staging"):
        assert shipped(repository, short, environment) == shipped(repository, explicit, environment)
    assert targets(short) == targets(explicit)


def test_entry_wins_over_its_pattern_and_that_over_defaults(repository: Path) -> None:
    text = """\
version: 1
environments: [production, staging]
defaults:
  meingpt:
    key: D
    set: {a: default, b: default, c: default}
    preview: {key: DP, label: default}
    environments: {production: {key: DEFAULT_PRODUCTION}, staging: {key: DS, set: {s: default, t: default}}}
workflows:
  "workflows/*.yaml": {set: {b: pattern, c: pattern}, environments: {staging: {key: PS}}}
  wf-01: {key: E, set: {c: entry}, preview: {key: EP}, environments: {staging: {set: {t: entry}}}}
  wf-02: {environments: {staging: false}}
"""
    manifest, _ = read(repository, text)
    entries = {entry.name: entry for entry in manifest.entries}
    own, left_out, other = entries["wf-01"], entries["wf-02"], entries["wf-03"]
    assert (own.source, own.key) == ("workflows/wf-01.yaml", "E")
    assert own.set == {"a": "default", "b": "pattern", "c": "entry"}
    assert own.preview == {"key": "EP", "label": "default"}
    assert (own.environments["staging"].key, own.environments["staging"].set) == ("PS", {"s": "default", "t": "entry"})
    assert own.environments["production"].key == ""  # the entry's own key is the default environment's
    assert (other.key, other.environments["production"].key) == ("D", "DEFAULT_PRODUCTION")
    assert "staging" not in left_out.environments
    keys = {(environment, name): key for environment, name, _, key in targets(manifest)}
    assert keys["production", "wf-01"] == "E"
    assert keys["production", "wf-03"] == "DEFAULT_PRODUCTION"
    assert ("staging", "wf-02") not in keys


def test_a_pool_replaces_the_one_preview_key_of_defaults(tmp_path: Path) -> None:
    write(tmp_path, "a.flow")
    text = "version: 1\ndefaults: {gptbots: {preview: {key: P}}}\nworkflows:\n  a: {source: a.flow, key: A, preview: {keys: [P1, P2]}}\n"
    manifest, findings = read(tmp_path, text)
    assert manifest.entries[0].preview == {"keys": ["P1", "P2"]}
    assert findings == ()


def test_defaults_are_those_of_the_platform(tmp_path: Path) -> None:
    write(tmp_path, "a.flow", "b.yaml", "c.txt")
    text = """\
version: 1
defaults: {gptbots: {endpoint: jp}, meingpt: {key: MEINGPT}}
workflows:
  a: {source: a.flow, key: A}
  b: {source: b.yaml}
  c: {source: c.txt, platform: meingpt}
"""
    manifest, findings = read(tmp_path, text)
    assert findings == ()
    assert [(entry.key, entry.endpoint) for entry in manifest.entries] == [("A", "jp"), ("MEINGPT", ""), ("MEINGPT", "")]


def test_defaults_of_all_workflows_are_the_weakest(tmp_path: Path) -> None:
    write(tmp_path, "a.flow", "b.yaml", "c.yaml")
    text = """\
version: 1
environments: [production, staging]
defaults: {key: K, meingpt: {key: MEINGPT}, environments: {staging: {key: S}}}
workflows:
  a: {source: a.flow}
  b: {source: b.yaml}
  c: {source: c.yaml, key: C}
"""
    manifest, findings = read(tmp_path, text)
    assert findings == ()
    assert [entry.key for entry in manifest.entries] == ["K", "MEINGPT", "C"]
    assert {entry.environments["staging"].key for entry in manifest.entries} == {"S"}


def test_entry_of_another_name_takes_its_file_out_of_the_pattern(repository: Path) -> None:
    text = 'version: 1\nworkflows:\n  "workflows/*.yaml": {key: MEINGPT}\n  renamed: {source: ./workflows/wf-01.yaml, id: wf_1}\n'
    manifest, findings = read(repository, text)
    entries = {entry.name: entry for entry in manifest.entries}
    assert "wf-01" not in entries
    assert (entries["renamed"].key, entries["renamed"].id) == ("MEINGPT", "wf_1")
    assert findings == ()


def test_file_that_an_entry_has_for_one_environment_is_no_workflow_of_its_own(repository: Path) -> None:
    write(repository, "workflows/wf-01-staging.yaml")
    text = (
        'version: 1\nenvironments: [production, staging]\nworkflows:\n  "workflows/*.yaml": {key: MEINGPT, environments: {staging: {key: S}}}\n'
        "  wf-01: {environments: {staging: {source: workflows/wf-01-staging.yaml}}}\n"
    )
    manifest, findings = read(repository, text)
    assert "wf-01-staging" not in {entry.name for entry in manifest.entries}
    assert findings == ()


def test_pattern_takes_no_manifest_and_no_eval_suite(tmp_path: Path) -> None:
    write(tmp_path, "triage.yaml")
    (tmp_path / "triage.evals.yaml").write_text("cases: []\n")
    manifest, findings = read(tmp_path, 'version: 1\nworkflows:\n  "*.y*ml": {key: MEINGPT}\n')
    assert [entry.name for entry in manifest.entries] == ["triage"]
    assert findings == ()


def test_file_with_an_error_stays_a_workflow(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("name: Broken\nsteps: [")
    manifest, _ = read(tmp_path, 'version: 1\nworkflows:\n  "*.yaml": {key: MEINGPT}\n')
    sources, findings = resolve.read_sources(str(tmp_path), manifest)
    assert ([entry.name for entry in manifest.entries], sources) == (["broken"], ())
    assert [finding.rule for finding in findings] == ["yaml-syntax"]


def test_two_files_of_one_stem_are_refused_until_one_has_an_entry(tmp_path: Path) -> None:
    write(tmp_path, "a/welcome.yaml", "b/welcome.yaml")
    text = 'version: 1\nworkflows:\n  "**/*.yaml": {key: MEINGPT}\n'
    assert rows(read(tmp_path, text)[1]) == [("manifest-pattern", 3)]
    manifest, findings = read(tmp_path, text + "  b-welcome: {source: b/welcome.yaml}\n")
    assert findings == ()
    assert {entry.name: entry.source for entry in manifest.entries} == {"welcome": "a/welcome.yaml", "b-welcome": "b/welcome.yaml"}


def test_pattern_is_relative_to_the_folder_of_the_manifest(tmp_path: Path) -> None:
    write(tmp_path, "apps/billing/workflows/a.yaml", "workflows/b.yaml", "apps/shared/c.yaml")
    text = 'version: 1\nworkflows:\n  "workflows/*.yaml": {key: MEINGPT}\n  "../shared/*.yaml": {key: MEINGPT}\n'
    manifest, findings = read(tmp_path, text, "apps/billing/flowship.yml")
    assert findings == ()
    assert [(entry.name, entry.source) for entry in manifest.entries] == [("a", "apps/billing/workflows/a.yaml"), ("c", "apps/shared/c.yaml")]


def test_pattern_matches_nothing_through_a_link_out_of_the_repository(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    write(outside, "secret.yaml")
    root.mkdir()
    (root / "workflows").symlink_to(outside)
    assert rows(read(root, 'version: 1\nworkflows:\n  "workflows/*.yaml": {key: MEINGPT}\n')[1]) == [("manifest-no-match", 3)]


def test_finding_about_a_setting_is_where_the_setting_is_written(repository: Path) -> None:
    text = """\
version: 1
environments: [production, staging]
defaults:
  meingpt:
    key: MEINGPT
    endpoint: jp
    environments: {staging: {key: MEINGPT_STAGING, set: {nowhere: 1}}}
workflows:
  "workflows/*.yaml": {}
  wf-02: {set: {nothing: 1}}
"""
    manifest, findings = read(repository, text)
    assert rows(findings) == [("manifest-value", 6)]
    assert findings[0].message == "`endpoint` does nothing on meingpt."
    assert {row for row in rows(resolve.read_sources(str(repository), manifest)[1]) if row[0] == "manifest-set-path"} == {
        ("manifest-set-path", 7),
        ("manifest-set-path", 10),
    }


def test_release_policy_is_that_of_the_environment(repository: Path) -> None:
    manifest, _ = read(repository, SHORT)
    assert [manifest.release_policy(name) for name in manifest.environments] == ["on-tag", "always"]
    listed, _ = read(repository, SHORT.replace("{production: {release: on-tag}, staging: {release: always}}", "[production, staging]"))
    assert [listed.release_policy(name) for name in listed.environments] == ["on-tag", "on-tag"]
