from pathlib import Path

import pytest

from deployer.formats import files
from deployer.manifest import load, resolve
from deployer.manifest.model import Manifest
from deployer.model.errors import UsageError
from deployer.model.finding import Finding, Span
from deployer.model.workflow import Workflow

MANIFEST = """\
version: 1
environments: [production, staging]
workflows:
  triage:
    source: flows/a.flow
    key: TRIAGE
    endpoint: th
    environments:
      staging: {key: TRIAGE_STAGING, source: flows/b.flow}
  onboarding:
    source: on.yaml
    key: MEINGPT
    id: wf_1
    environments:
      staging: {key: MEINGPT_STAGING}
  alone: {source: on.yaml, key: MEINGPT}
  upside-down: {source: flows/a.flow, environments: {production: {key: P, endpoint: jp}}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "a.flow").write_text('{"name": "a"}')
    (tmp_path / "flows" / "b.flow").write_text('{"name": "b"}')
    (tmp_path / "on.yaml").write_text("name: on\n")
    return tmp_path


def loaded(root: Path, text: str = MANIFEST) -> Manifest:
    (root / "flowship.yml").write_text(text)
    manifest, _ = load.load_manifest(str(root), "flowship.yml")
    assert manifest is not None
    return manifest


def rows(workflows: tuple[Workflow, ...]) -> list[tuple[str, str, str, str, str]]:
    return [(workflow.name, workflow.path, workflow.key, workflow.endpoint, workflow.id) for workflow in workflows]


def test_first_environment_is_the_default(root: Path) -> None:
    workflows, findings = resolve.resolve_environment(str(root), loaded(root), "", ())
    assert findings == ()
    assert rows(workflows) == [
        ("alone", "on.yaml", "MEINGPT", "", ""),
        ("onboarding", "on.yaml", "MEINGPT", "", "wf_1"),
        ("triage", "flows/a.flow", "TRIAGE", "th", ""),
        ("upside-down", "flows/a.flow", "P", "jp", ""),
    ]


def test_another_environment_inherits_neither_key_nor_id(root: Path) -> None:
    workflows, _ = resolve.resolve_environment(str(root), loaded(root), "staging", ())
    assert rows(workflows) == [
        ("onboarding", "on.yaml", "MEINGPT_STAGING", "", ""),
        ("triage", "flows/b.flow", "TRIAGE_STAGING", "th", ""),
    ]


def test_shared_source_is_read_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    really = files.read

    def counting(folder: str, path: str, **options: object) -> object:
        read.append(path)
        return really(folder, path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "read", counting)
    workflows, _ = resolve.resolve_environment(str(root), loaded(root))
    assert sorted(read) == ["flows/a.flow", "on.yaml"]
    assert workflows[0].source is workflows[1].source


def test_definitions_of_many_sources_are_packed_and_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, _ = resolve.resolve_environment(str(root), loaded(root))
    monkeypatch.setattr(resolve, "MAX_UNPACKED", 0)
    packed, findings = resolve.resolve_environment(str(root), loaded(root))
    assert findings == ()
    for one, other in zip(usual, packed, strict=True):
        assert (one.source.definition, one.fingerprint, one.source.upload) == (other.source.definition, other.fingerprint, other.source.upload)
        assert one.source.definition is one.source.definition
        assert other.source.definition is not other.source.definition


def test_only_selects_workflows(root: Path) -> None:
    workflows, _ = resolve.resolve_environment(str(root), loaded(root), "production", ["triage"])
    assert [workflow.name for workflow in workflows] == ["triage"]


@pytest.mark.parametrize(
    ("environment", "only", "message", "fix"),
    [
        ("stagin", (), "The environment `stagin` is not declared.", "Did you mean `staging`?"),
        ("", ("traige",), "There is no workflow `traige` in `flowship.yml`.", "Did you mean `triage`?"),
        ("", ("triage alone",), "There is no workflow `triage alone` in `flowship.yml`.", "Separate names by commas."),
        ("staging", ("alone",), "is not part of the environment `staging`.", "workflows.alone.environments.staging"),
    ],
)
def test_unknown_environment_and_unknown_only_are_refused(environment: str, only: tuple[str, ...], message: str, fix: str, root: Path) -> None:
    with pytest.raises(UsageError) as error:
        resolve.resolve_environment(str(root), loaded(root), environment, only)
    assert message in error.value.message
    assert fix in error.value.fix
    assert error.value.exit_code == 2


def test_missing_source_is_reported_at_the_line_that_names_it(root: Path) -> None:
    text = MANIFEST.replace("source: flows/b.flow", "source: flows/c.flow")
    workflows, findings = resolve.resolve_environment(str(root), loaded(root, text), "staging")
    assert [workflow.name for workflow in workflows] == ["onboarding"]
    (finding,) = findings
    assert (finding.rule, finding.path, finding.span) == ("file-not-found", "flowship.yml", Span(9, 46, 9, 57))


def test_syntax_error_is_reported_in_the_source(root: Path) -> None:
    (root / "flows" / "a.flow").write_text("{,}")
    workflows, findings = resolve.resolve_environment(str(root), loaded(root))
    assert [workflow.name for workflow in workflows] == ["alone", "onboarding"]
    assert [(finding.rule, finding.path) for finding in findings] == [("flow-nearly-json", "flows/a.flow")]


def test_read_sources_reads_all_environments(root: Path) -> None:
    sources, findings = resolve.read_sources(str(root), loaded(root, MANIFEST + "  broken: {source: more.yaml}\n"))
    assert [source.path for source in sources] == ["flows/a.flow", "flows/b.flow", "on.yaml"]
    assert [finding.rule for finding in findings] == ["file-not-found"]


def test_list_targets_reads_no_definition(tmp_path: Path) -> None:
    pairs = [(environment, workflow.name, workflow.key) for environment, workflow in resolve.list_targets(loaded(tmp_path))]
    assert ("production", "triage", "TRIAGE") in pairs
    assert ("staging", "triage", "TRIAGE_STAGING") in pairs
    assert len(pairs) == 6


def test_workflows_of_one_source_have_one_fingerprint(root: Path) -> None:
    workflows, _ = resolve.resolve_environment(str(root), loaded(root))
    assert workflows[0].fingerprint == workflows[1].fingerprint


def names(resolved: tuple[tuple[Workflow, ...], tuple[Finding, ...]]) -> list[tuple[str, str]]:
    return [(workflow.name, workflow.path) for workflow in resolved[0]]


def test_resolve_files_without_a_manifest(root: Path) -> None:
    resolved = resolve.resolve_files(str(root), ["flows/*.flow", "on.yaml", "./flows/a.flow"])
    assert names(resolved) == [("a", "flows/a.flow"), ("b", "flows/b.flow"), ("on", "on.yaml")]
    assert resolved[1] == ()
    assert {workflow.key for workflow in resolved[0]} == {""}


def test_resolve_files_makes_names_unique_by_path(root: Path) -> None:
    (root / "other").mkdir()
    (root / "other" / "a.flow").write_text("{}")
    (root / "other" / "a.bot").write_text("{}")
    resolved = resolve.resolve_files(str(root), ["**/*.flow", "**/*.bot"])
    assert names(resolved) == [("b", "flows/b.flow"), ("flows/a", "flows/a.flow"), ("other/a.bot", "other/a.bot"), ("other/a.flow", "other/a.flow")]


@pytest.mark.parametrize("pattern", ["nothing/*.flow", "**/*.txt", "flows/c.flow", "flows"])
def test_resolve_files_refuses_a_pattern_without_matches(pattern: str, root: Path) -> None:
    (root / "notes.txt").write_text("x")
    with pytest.raises(UsageError) as error:
        resolve.resolve_files(str(root), [pattern])
    assert pattern in error.value.message
    assert error.value.fix


def test_resolve_files_reports_unreadable_files(root: Path) -> None:
    (root / "empty.flow").write_text("")
    workflows, findings = resolve.resolve_files(str(root), ["empty.flow", "on.yaml", "../x.flow"])
    assert [workflow.name for workflow in workflows] == ["on"]
    assert [finding.rule for finding in findings] == ["file-outside-repository", "file-empty"]
