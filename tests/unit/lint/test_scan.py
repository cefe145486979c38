"""Sources, manifests and suites that a scan finds for some paths. Discovery in folders: tests/unit/formats."""

from pathlib import Path

from deployer.lint import scan

WORKFLOW = "name: a\ntrigger: {type: webhook}\nsteps: []\n"
MANIFEST = "version: 1\nworkflows:\n  a: {source: a.yaml, id: wf_1, key: A, evals: evals.yml}\n"


def scanned(root: Path, *paths: str) -> tuple[list[str], scan.ScanResult]:
    result = scan.ScanResult()
    return [source.path for source in scan.read_sources(str(root), paths, result)], result


def test_each_source_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(WORKFLOW)
    assert scanned(tmp_path, "a.yaml", ".", "./a.yaml")[0] == ["a.yaml"]


def test_manifest_adds_its_sources_its_suites_and_their_texts(tmp_path: Path) -> None:
    for name, text in {"flowship.yml": MANIFEST, "a.yaml": WORKFLOW, "evals.yml": "cases: []\n"}.items():
        (tmp_path / name).write_text(text)
    paths, result = scanned(tmp_path, "flowship.yml")
    assert paths == ["a.yaml"]
    assert [manifest.path for manifest in result.manifests] == ["flowship.yml"]
    assert "flowship.yml" in result.texts


def test_missing_suite_is_a_finding_at_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "flowship.yml").write_text(MANIFEST)
    (tmp_path / "a.yaml").write_text(WORKFLOW)
    _, result = scanned(tmp_path, "flowship.yml")
    assert [(finding.rule, finding.path, finding.span and finding.span.line) for finding in result.findings] == [
        ("file-not-found", "flowship.yml", 3)
    ]


def test_suite_named_on_its_own_is_read_and_is_no_workflow(tmp_path: Path) -> None:
    (tmp_path / "evals.yml").write_text("cases:\n  - {name: a, input: {a: b}, expect: {contains: x}}\n")
    paths, result = scanned(tmp_path, "evals.yml")
    assert (paths, list(result.texts), result.findings) == ([], ["evals.yml"], [])


def test_path_outside_the_root_is_shown_as_typed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "a.yaml").write_text(WORKFLOW)
    (outside / "b.flow").write_text("{")
    paths, result = scanned(root, "../outside")
    assert paths == ["../outside/a.yaml"]
    assert [finding.path for finding in result.findings] == ["../outside/b.flow"]
