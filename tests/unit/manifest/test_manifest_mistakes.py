"""Plausible mistakes in a manifest, each answered once, at its line, with the next step.

A case is a `.yml` file in tests/data/manifest, linted as the manifest of a repository with the workflows wf-01 to wf-12; the `.txt` file beside it is
what `flowship lint` prints, without its notes. `FLOWSHIP_GOLDEN=write` writes that anew; read what changed before keeping it.
"""

import os
import shutil
from pathlib import Path

import pytest

from deployer.lint.linter import lint_paths
from deployer.render.findings import as_text

DATA = Path(__file__).parents[2] / "data" / "manifest"
CASES = sorted(path.stem for path in DATA.glob("*.yml"))
WITHOUT_MISTAKE = ("alias-works", "environments-with-null", "json-like")
WORKFLOW = "name: Workflow {0}\ntrigger: {{type: webhook}}\nsteps:\n  - {{id: ask, name: Ask, type: http, config: {{method: GET, url: https://example.com}}}}\n"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    for folder in (".git", "workflows", "other"):
        (root / folder).mkdir()
    for number in range(1, 13):
        (root / "workflows" / f"wf-{number:02}.yaml").write_text(WORKFLOW.format(number))
    (root / "other" / "wf-01.yaml").write_text(WORKFLOW.format("other"))
    return root


@pytest.mark.parametrize("name", CASES)
def test_mistake_is_answered(name: str, repository: Path) -> None:
    shutil.copy(DATA / f"{name}.yml", repository / "flowship.yml")
    findings = [finding for finding in lint_paths(str(repository), (), "flowship.yml") if finding.severity != "info"]
    if os.environ.get("FLOWSHIP_GOLDEN") == "write":
        (DATA / f"{name}.txt").write_text(as_text(findings))
    assert as_text(findings) == (DATA / f"{name}.txt").read_text()
    assert len(findings) == (0 if name in WITHOUT_MISTAKE else 1)
    assert all(finding.fix.endswith((".", "?")) and (finding.span or name in ("empty", "comments-only")) for finding in findings)
