"""`flowship init`: what it writes, what it leaves alone, and that it fits what the rest of the program reads."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployer.commands.init import command
from deployer.commands.init.own_action import pinned_action
from deployer.commands.init.workflow_template import ACTION, WORKFLOW, workflow_text
from deployer.config.inputs import BY_NAME
from deployer.manifest import load as manifests
from deployer.model.errors import FlowshipError, UsageError

ROOT = Path(__file__).parents[3]
FLOW = '{"workflowName": "Triage", "workflowNodes": []}'
MEINGPT = "name: Onboarding\ntrigger:\n  type: webhook\nsteps:\n  - id: one\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/triage.flow").write_text(FLOW, encoding="utf-8")
    (tmp_path / "onboarding.yaml").write_text(MEINGPT, encoding="utf-8")
    (tmp_path / "docker-compose.yaml").write_text("services: {}\n", encoding="utf-8")
    return tmp_path


def workflow(root: Path) -> dict[str, Any]:
    # BaseLoader: under YAML 1.1 the key `on` would be True.
    loaded: dict[str, Any] = yaml.load((root / WORKFLOW).read_text(encoding="utf-8"), yaml.BaseLoader)
    return loaded


def test_manifest_names_every_workflow(repository: Path) -> None:
    result = command.init(str(repository))
    assert result.written == ("flowship.yml", ".github/workflows/flowship.yml")
    assert result.keys == ("TRIAGE", "MEINGPT")
    manifest, findings = manifests.load_manifest(str(repository), "flowship.yml")
    assert findings == ()
    assert manifest is not None
    assert manifest.environments == ("production",)
    assert [(entry.name, entry.source, entry.key) for entry in manifest.entries] == [
        ("triage", "flows/triage.flow", "TRIAGE"),
        ("onboarding", "onboarding.yaml", "MEINGPT"),
    ]


def test_names_and_keys_are_unique_and_valid_for_any_file_name() -> None:
    paths = ["a/x.flow", "b/x.flow", "meingpt.flow", "yes.flow", "12 - ü,b.flow", "工作.flow", "p/x.yaml", "é:\n@.yml", "🚀\x85\u2028.yml"]
    rows = command.name_workflows(paths)
    assert [row[:2] for row in rows] == [
        ("x", "X"),
        ("x-2", "X_2"),
        ("meingpt", "MEINGPT_2"),
        ("yes", "YES"),
        ("12 - ü b", "KEY_12_U_B"),
        ("工作", "KEY"),
        ("x-3", "MEINGPT"),
        ("é: @", "MEINGPT"),
        ("🚀", "MEINGPT"),
    ]
    loaded = yaml.safe_load(command.manifest_text(paths))
    assert {name: (entry["source"], entry["key"]) for name, entry in loaded["workflows"].items()} == {name: (path, key) for name, key, path in rows}


def test_file_name_that_is_not_utf8_is_refused(repository: Path) -> None:
    try:
        Path(f"{repository}/\udcff.flow").write_text(FLOW, encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with pytest.raises(UsageError, match="Rename the file"):
        command.init(str(repository))


def test_existing_files_are_kept(repository: Path) -> None:
    (repository / "flowship.yml").write_text(
        "version: 1\nenvironments: [live]\nworkflows:\n  triage: {source: flows/triage.flow, key: T}\n", encoding="utf-8"
    )
    before = (repository / "flowship.yml").read_bytes()
    result = command.init(str(repository))
    assert (result.written, result.kept) == ((WORKFLOW,), ("flowship.yml",))
    assert (result.environment, result.keys) == ("live", ("T",))
    assert (repository / "flowship.yml").read_bytes() == before
    assert workflow(repository)["jobs"]["ship"]["environment"] == "live"
    assert command.init(str(repository)).written == ()


def test_force_overwrites(repository: Path) -> None:
    (repository / "flowship.yml").write_text("old", encoding="utf-8")
    assert command.init(str(repository), force=True).kept == ()
    assert "old" not in (repository / "flowship.yml").read_text(encoding="utf-8")


def test_repository_without_workflows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"No workflow was found.*Export a workflow"):
        command.init(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("refs", "branch"),
    [
        ({"remotes/origin/HEAD": "ref: refs/remotes/origin/trunk\n", "heads/main": ""}, "trunk"),
        ({"heads/master": ""}, "master"),
        ({"heads/master": "", "heads/main": ""}, "main"),
        ({}, "main"),
    ],
)
def test_default_branch_is_that_of_git(repository: Path, refs: dict[str, str], branch: str) -> None:
    for name, text in refs.items():
        path = repository / ".git/refs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    command.init(str(repository))
    assert workflow(repository)["on"]["push"]["branches"] == [branch]


def test_workflow_has_least_permissions_and_queues_deploys(repository: Path) -> None:
    command.init(str(repository))
    written = workflow(repository)
    assert written["permissions"] == {}
    assert set(written["on"]) == {"pull_request", "push", "schedule", "workflow_dispatch"}
    ship, pull_request = written["jobs"]["ship"], written["jobs"]["pull-request"]
    assert ship["concurrency"] == {"group": "flowship-production", "cancel-in-progress": "false", "queue": "max"}
    assert ship["environment"] == "production"
    assert ship["permissions"] == {"contents": "read", "deployments": "write"}
    assert pull_request["permissions"] == {"contents": "read", "deployments": "read", "pull-requests": "write"}
    for job in (ship, pull_request):
        assert set(job["steps"][-1]["with"]) <= set(BY_NAME)
    assert "environment" not in pull_request
    assert "secrets." not in str(pull_request)


def test_sharded_deploy_plans_once_and_reports_once(repository: Path) -> None:
    command.init(str(repository), sharded=True)
    written = workflow(repository)
    jobs = written["jobs"]
    assert set(jobs) == {"pull-request", "alone", "plan", "ship", "report"}
    assert written["permissions"] == {}
    assert written["concurrency"] == {
        "group": "${{ github.event_name == 'pull_request' && github.run_id || 'flowship-production' }}",
        "cancel-in-progress": "false",
        "queue": "max",
    }
    assert not any("concurrency" in job for name, job in jobs.items() if name != "pull-request"), "the shards of one run must not wait for each other"
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "pull-request": {"contents": "read", "deployments": "read", "pull-requests": "write"},
        "alone": {"contents": "read", "deployments": "write"},
        "plan": {"contents": "read", "deployments": "read"},
        "ship": {"contents": "read", "deployments": "write"},
        "report": {},
    }
    assert {name for name, job in jobs.items() if "secrets." in str(job)} == {name for name, job in jobs.items() if "environment" in job}
    assert jobs["ship"]["strategy"]["fail-fast"] == "false"
    assert jobs["ship"]["needs"] == "plan"
    assert jobs["report"]["needs"] == ["plan", "ship"]
    assert "always()" in jobs["report"]["if"]


def test_sharded_deploy_publishes_one_report(repository: Path) -> None:
    command.init(str(repository), sharded=True)
    jobs = workflow(repository)["jobs"]
    ours = {name: step["with"] for name, job in jobs.items() for step in job["steps"] if step["uses"] == ACTION}
    assert all(set(inputs) <= set(BY_NAME) for inputs in ours.values())
    channels = ("summary", "annotations", "comment")
    assert {name for name, inputs in ours.items() if all(inputs.get(channel) == "false" for channel in channels)} == {"plan", "ship"}
    assert {name for name, inputs in ours.items() if any(channel in inputs for channel in channels)} == {"plan", "ship"}
    kept = [step["with"]["path"] for job in jobs.values() for step in job["steps"] if "upload-artifact" in step["uses"]]
    assert kept == [ours["plan"]["report"], ours["ship"]["report"]]
    fetched = next(step["with"]["path"] for step in jobs["report"]["steps"] if "download-artifact" in step["uses"])
    assert all(path.startswith(f"{fetched}/") for path in kept)
    assert ours["report"]["files"] == f"{fetched}/*.json"


def test_preview_job_has_preview_keys_alone(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "version: 1\nworkflows:\n  triage: {source: flows/triage.flow, key: T, preview: {keys: [P1, P2]}}\n"
    (repository / "flowship.yml").write_text(text, encoding="utf-8")
    assert command.init_command(str(repository)) == 0
    assert "FLOWSHIP_PREVIEW_KEYS: P1=…, P2=…" in capsys.readouterr().out
    written = workflow(repository)
    ship, pull_request = written["jobs"]["ship"], written["jobs"]["pull-request"]
    assert (pull_request["environment"], ship["environment"]) == ("flowship-preview", "production")
    assert pull_request["concurrency"]["cancel-in-progress"] == "false"
    given = [job["steps"][-1]["with"] for job in (pull_request, ship)]
    assert [inputs["keys"] for inputs in given] == ["${{ secrets.FLOWSHIP_PREVIEW_KEYS }}", "${{ secrets.FLOWSHIP_KEYS }}"]
    assert "'cleanup'" in given[0]["mode"]
    assert "'drift'" in given[1]["mode"]
    assert "secrets.FLOWSHIP_KEYS" not in str(pull_request)


def test_example_repository_holds_the_same_workflows() -> None:
    sharded = ROOT / "examples/sharded/.github/workflows/flowship.yml"
    assert sharded.read_text(encoding="utf-8") == workflow_text("main", "production", sharded=True)
    assert (ROOT / "examples" / WORKFLOW).read_text(encoding="utf-8") == workflow_text("main", "production")


def test_init_prints_written_files_and_next_steps(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.init_command(str(repository)) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("written  flowship.yml\nwritten  .github/workflows/flowship.yml\nwritten  .gitignore: .flowship/, where")
    assert "keeps its state\n\nNext:\n1. " in printed
    assert "TRIAGE=…, MEINGPT=…" in printed
    assert command.init_command(str(repository)) == 2
    assert capsys.readouterr().out == (
        "kept     flowship.yml (--force overwrites it)\nkept     .github/workflows/flowship.yml (--force overwrites it)\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, ".flowship/\n"),
        ("", ".flowship/\n"),
        ("dist/\n# ours\n", "dist/\n# ours\n.flowship/\n"),
        ("dist/", "dist/\n.flowship/\n"),
        ("dist/\r\n", "dist/\r\n.flowship/\r\n"),
        ("# .flowship/\n!.flowship/\n", "# .flowship/\n!.flowship/\n.flowship/\n"),
        ("/.flowship\ndist/", "/.flowship\ndist/"),
        ("**/.flowship/ \n", "**/.flowship/ \n"),
    ],
)
def test_state_folder_is_ignored_by_git(repository: Path, before: str | None, after: str) -> None:
    path = repository / ".gitignore"
    if before is not None:
        path.write_bytes(before.encode())
        path.chmod(0o640)
    result = command.init(str(repository))
    assert (path.read_bytes().decode(), bool(result.ignored)) == (after, before != after)
    assert command.init(str(repository)).ignored == ""
    assert before is None or path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("sharded", [False, True])
def test_release_can_be_started_by_hand(repository: Path, sharded: bool) -> None:
    """Each step that deploys, or plans what others deploy, gets the choice; a push has none, and its empty text means the default."""
    command.init(str(repository), sharded=sharded)
    written = workflow(repository)
    release = written["on"]["workflow_dispatch"]["inputs"]["release"]
    assert (release["type"], release["default"]) == ("choice", "on-tag")
    assert set(release["options"]) <= set(BY_NAME["release"].choices)
    given = {name: step["with"] for name, job in written["jobs"].items() for step in job["steps"] if step["uses"] == ACTION}
    assert {name for name, inputs in given.items() if inputs.get("release") == "${{ inputs.release }}"} == {
        name for name, inputs in given.items() if "FLOWSHIP_KEYS" in inputs.get("keys", "")
    }


@pytest.mark.parametrize(("label", "types"), [("", []), ("preview: {label: try}\n", ["labeled", "unlabeled"])])
def test_workflow_starts_for_labels_where_they_decide_on_previews(repository: Path, label: str, types: list[str]) -> None:
    text = f"version: 1\n{label}workflows:\n  triage: {{source: flows/triage.flow, key: T, preview: {{keys: [P1]}}}}\n"
    (repository / "flowship.yml").write_text(text, encoding="utf-8")
    command.init(str(repository))
    assert [kind for kind in workflow(repository)["on"]["pull_request"]["types"] if "label" in kind] == types


@pytest.fixture
def part(repository: Path) -> Path:
    """A folder of a repository, with a workflow of its own."""
    (repository / ".git").mkdir()
    (repository / "services/Billing v2/flows").mkdir(parents=True)
    (repository / "services/Billing v2/flows/refund.flow").write_text(FLOW, encoding="utf-8")
    return repository / "services/Billing v2"


@pytest.mark.parametrize("sharded", [False, True])
def test_in_a_folder_of_a_repository_the_workflow_goes_to_the_top_with_root_set(repository: Path, part: Path, sharded: bool) -> None:
    result = command.init(str(part), sharded=sharded)
    path = ".github/workflows/flowship-services-billing-v2.yml"
    assert result.written == ("flowship.yml", f"../../{path}")
    assert not (part / ".github").exists()
    written = yaml.load((repository / path).read_text(encoding="utf-8"), yaml.BaseLoader)
    jobs = written["jobs"]
    inputs = [step["with"] for job in jobs.values() for step in job["steps"] if step["uses"].startswith(ACTION.partition("@")[0])]
    assert {given.get("root") for given in inputs if given.get("mode") != "report"} == {"services/Billing v2"}
    uploads = [step["with"]["path"] for job in jobs.values() for step in job["steps"] if "upload-artifact" in step["uses"]]
    assert all(upload.startswith("services/Billing v2/flowship-reports/") for upload in uploads)
    queue = written["concurrency"]["group"] if sharded else jobs["ship"]["concurrency"]["group"]
    assert "flowship-services-billing-v2-production" in queue
    assert "services-billing-v2" in jobs["pull-request"]["concurrency"]["group"]


def test_each_part_of_a_repository_has_its_own_workflow(repository: Path, part: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.init_command(str(part)) == 0
    printed = capsys.readouterr().out
    assert "written  ../../.github/workflows/flowship-services-billing-v2.yml" in printed
    assert "`root: services/Billing v2`" in printed
    command.init(str(repository))
    assert sorted(path.name for path in (repository / ".github/workflows").iterdir()) == ["flowship-services-billing-v2.yml", "flowship.yml"]


COMMIT = "0123456789" * 4


@pytest.mark.parametrize(
    ("url", "tag", "written"),
    [
        ("https://github.com/acme/flowship", "v1", f"acme/flowship@{COMMIT} # v1.2.3"),
        ("https://github.com/acme/flowship.git", "v1.2.3-rc.1", f"acme/flowship@{COMMIT} # v1.2.3"),
        ("ssh://git@ghe.example:2222/acme/flow.ship.git", "v1.2", f"acme/flow.ship@{COMMIT} # v1.2.3"),
        ("https://github.com/acme/flowship", "main", f"acme/flowship@{COMMIT}"),
        ("https://github.com/acme/flowship", None, f"acme/flowship@{COMMIT}"),
        ("https://github.com/acme/flowship", "v1\n- run: x", f"acme/flowship@{COMMIT}"),
        ("file:///home/ada/flowship", "v1", ""),
        ("https://github.com/acme/flowship/../../other/x y", "v1", ""),
    ],
)
def test_action_is_pinned_to_the_commit_that_was_installed(url: str, tag: str | None, written: str) -> None:
    revision = {} if tag is None else {"requested_revision": tag}
    assert pinned_action(json.dumps({"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT, **revision}}), "1.2.3") == written


@pytest.mark.parametrize("text", ["", "[]", "{", '{"url": "https://github.com/acme/flowship", "archive_info": {}}', '{"url": 1, "vcs_info": {}}'])
def test_action_is_not_known_where_the_installation_names_no_commit(text: str) -> None:
    assert pinned_action(text, "1.2.3") == ""


def test_known_action_is_written_in_every_step_and_nothing_is_left_to_replace(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pin = f"acme/flowship@{COMMIT}"
    monkeypatch.setattr(command, "own_action", lambda: f"{pin} # v1.2.3")
    command.init_command(str(repository), sharded=True)
    text = (repository / WORKFLOW).read_text(encoding="utf-8")
    assert "<OWNER>" not in text + capsys.readouterr().out
    assert text.count(f"uses: {pin} # v1.2.3\n") == 5


def test_unknown_action_is_named_as_what_to_replace(repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "own_action", lambda: "")
    command.init_command(str(repository))
    assert "replace <OWNER>/flowship@v1 by the action's OWNER/flowship@COMMIT" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["flowship.yml", ".github", ".github/workflows", ".github/workflows/flowship.yml", ".gitignore"])
def test_nothing_is_written_through_a_link(repository: Path, tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    outside = tmp_path_factory.mktemp("outside")
    target = outside / "file" if name.endswith((".yml", ".gitignore")) else outside
    if target != outside:
        target.write_text("precious")
    (repository / name).parent.mkdir(parents=True, exist_ok=True)
    (repository / name).symlink_to(target)
    with pytest.raises(FlowshipError, match="is a symbolic link") as refused:
        command.init(str(repository), force=True)
    assert (name in refused.value.message, "Replace the symbolic link" in refused.value.fix) == (True, True)
    assert [(path.name, path.read_text()) for path in outside.iterdir()] == ([("file", "precious")] if target != outside else [])
