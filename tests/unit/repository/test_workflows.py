"""Our own GitHub workflows, and those that people copy from here: linted as an auditor would, and a release that waits for a person."""

import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
OURS = sorted((ROOT / ".github/workflows").glob("*.yml"))
USES = re.compile(r"uses: (?P<action>[\w./-]+)@(?P<commit>[0-9a-f]{40}) # (?P<version>v[\d.]+)(?:-node20)?$", re.MULTILINE)


def load(path: Path) -> dict[str, Any]:
    # BaseLoader: under YAML 1.1 the key `on` would be True.
    loaded: dict[str, Any] = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)
    return loaded


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What people copy, with our own action pinned as they pin it."""
    folder = tmp_path_factory.mktemp("shipped")
    runpy.run_path(str(ROOT / "tools/shipped_workflows.py"))["main"](str(folder))
    return sorted(folder.glob("*.yml"))


def audit(*paths: Path) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).parent / "zizmor"),
        "--offline",
        "--no-progress",
        "--strict-collection",
        "--persona",
        "auditor",
        "--no-config",
    ]
    return subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, check=False, cwd=ROOT)


def test_an_auditor_finds_nothing_in_our_workflows() -> None:
    done = audit(ROOT / "action.yml", ROOT / ".github")
    assert (done.returncode, "No findings" in done.stdout + done.stderr) == (0, True), done.stdout
    assert done.stderr.count("completed") == len(OURS) + 2  # action.yml, dependabot.yml


def test_an_auditor_finds_nothing_in_what_people_copy(shipped: list[Path]) -> None:
    forms = {f"init{server}{sharded}{several}{previews}" for server in ("", "-ghes") for sharded in ("", "-sharded")
             for several in ("", "-environments-2") for previews in ("", "-previews")}  # fmt: skip
    assert {"README-1", "previews-1", "init-environments-3", *forms} <= {path.stem for path in shipped}
    done = audit(*shipped)
    assert (done.returncode, "No findings" in done.stdout + done.stderr) == (0, True), done.stdout


def test_an_auditor_finds_an_action_that_is_not_pinned(tmp_path: Path) -> None:
    path = tmp_path / "lint.yml"
    path.write_text((ROOT / ".github/workflows/audit.yml").read_text("utf-8").replace("9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0", "v7"), "utf-8")
    assert "unpinned-uses" in audit(path).stdout


def actionlint(*paths: Path) -> str:
    command = [str(Path(sys.executable).parent / "actionlint"), "-shellcheck=", "-pyflakes=", "-oneline", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stdout


def test_actionlint_finds_nothing_in_our_workflows_and_in_what_people_copy(shipped: list[Path]) -> None:
    assert actionlint(*OURS, *shipped) == ""


def test_actionlint_knows_queues_and_finds_a_key_that_is_none(tmp_path: Path, shipped: list[Path]) -> None:
    text = next(path for path in shipped if path.stem == "init").read_text("utf-8")
    path = tmp_path / "flowship.yml"
    path.write_text(text.replace("queue: max", "queues: max"), "utf-8")
    assert '"queues"' in actionlint(path)
    path.write_text(text.replace("queue: max", "queue: most"), "utf-8")
    assert '"most"' in actionlint(path)


def test_no_finding_is_suppressed(shipped: list[Path]) -> None:
    assert not [path for path in (*OURS, *shipped) if "zizmor:" in path.read_text("utf-8")]
    named = ("*zizmor*", ".github/*zizmor*", "tools/*zizmor*", "*actionlint*", ".github/actionlint*", "tools/actionlint*")
    assert not [path for name in named for path in ROOT.glob(name)]
    assert "-ignore" not in (ROOT / "Makefile").read_text("utf-8")


def test_an_action_has_the_same_commit_and_version_everywhere(shipped: list[Path]) -> None:
    """What people copy is what runs here. Enterprise Server takes other versions of the actions for artifacts."""
    pins: dict[str, set[tuple[str, str]]] = {}
    for path in (*OURS, *shipped):
        text = path.read_text("utf-8")
        assert len(USES.findall(text)) == len(re.findall(r"\buses:", text)), path
        for use in USES.finditer(text):
            repository = "/".join(use["action"].split("/")[:2])
            if "artifact" in repository and "-ghes" in path.stem:
                repository += " on Enterprise Server"
            pins.setdefault(repository, set()).add((use["commit"], use["version"]))
    assert {action: pin for action, pin in pins.items() if len(pin) > 1} == {}


def test_a_release_runs_on_the_default_branch_only() -> None:
    release = load(ROOT / ".github/workflows/release.yml")
    assert set(release["on"]) == {"workflow_dispatch"}
    first = [name for name, job in release["jobs"].items() if "needs" not in job]
    assert first == ["test"]
    assert release["jobs"]["test"]["if"] == "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)"
    assert not [name for name, job in release["jobs"].items() if name != "test" and "if" in job]  # `always()` would pass the first job over


def test_nothing_of_a_release_is_written_to_the_repository_before_a_person_confirms_it() -> None:
    jobs = load(ROOT / ".github/workflows/release.yml")["jobs"]
    assert jobs["confirm"]["environment"] == "release"
    assert jobs["confirm"]["permissions"] == {}
    assert {"test", "build", "image", "try"} <= set(_before(jobs, "confirm"))
    writers = [name for name, job in jobs.items() if job["permissions"].get("contents") == "write"]
    assert writers == ["publish"]
    assert "confirm" in _before(jobs, "publish")
    named = [name for name, job in jobs.items() if any(":${VERSION#v}" in step.get("run", "") for step in job["steps"])]
    assert named == ["publish"]  # nor does an image get the version's name


def _before(jobs: dict[str, Any], name: str) -> Iterator[str]:
    """The jobs that must have succeeded before that one."""
    needs = jobs[name].get("needs", [])
    for needed in [needs] if isinstance(needs, str) else needs:
        yield needed
        yield from _before(jobs, needed)


def test_checks_of_the_supply_chain_run_on_a_schedule() -> None:
    for name in ("audit", "codeql", "scorecard"):
        assert load(ROOT / f".github/workflows/{name}.yml")["on"]["schedule"], name


def test_every_locked_package_is_audited() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "run: make audit" in (ROOT / ".github/workflows/audit.yml").read_text("utf-8")
    assert "for each in requirements*.txt; do" in makefile
    assert "pip_audit --strict --disable-pip --require-hashes" in makefile
    assert {path.name for path in ROOT.glob("requirements*.txt")} >= {"requirements.txt", "requirements-dev.txt", "requirements-audit.txt"}


def test_updates_are_proposed_for_actions_packages_and_images() -> None:
    updates = load(ROOT / ".github/dependabot.yml")["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "pip", "docker"}
