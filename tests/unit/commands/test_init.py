"""`flowship init`: what it writes, what it leaves alone, and that it fits what the rest of the program reads."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployer.commands.init import command
from deployer.commands.init.command import InitOptions
from deployer.commands.init.manifest_template import manifest_text, name_workflows, release_policies
from deployer.commands.init.next_steps import folded
from deployer.commands.init.own_action import pinned_action, read_action
from deployer.commands.init.workflow_template import ACTION, WORKFLOW, Layout, with_action, workflow_text
from deployer.config.inputs import BY_NAME
from deployer.manifest import load as manifests
from deployer.model.errors import FlowshipError, UsageError

ROOT = Path(__file__).parents[3]
FLOW = '{"workflowName": "Triage", "workflowNodes": []}'
OPTIONS = {"environments": "", "uses": "", "force": "false", "sharded": "false", "ghes": "false"}
TWO = ("staging", "production")
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


def written(result: command.InitResult) -> tuple[str, ...]:
    return tuple(file.path for file in (result.manifest, result.workflow) if file.done == "written")


def test_manifest_names_every_workflow(repository: Path) -> None:
    result = command.init(str(repository))
    assert written(result) == ("flowship.yml", ".github/workflows/flowship.yml")
    assert result.keys == {"production": ("TRIAGE", "MEINGPT")}
    manifest, findings = manifests.load_manifest(str(repository), "flowship.yml")
    assert findings == ()
    assert manifest is not None
    assert (manifest.environments, manifest.release_policy("production")) == (("production",), "on-tag")
    assert {(entry.name, entry.source, entry.key) for entry in manifest.entries} == {
        ("triage", "flows/triage.flow", "TRIAGE"),
        ("onboarding", "onboarding.yaml", "MEINGPT"),
    }


def test_each_environment_has_its_release_policy_and_keys_and_the_last_is_the_default(repository: Path) -> None:
    result = command.init(str(repository), InitOptions(("staging", "acceptance", "production")))
    manifest, findings = manifests.load_manifest(str(repository), "flowship.yml")
    assert findings == ()
    assert manifest is not None
    assert manifest.environments == ("production", "staging", "acceptance")
    assert manifest.releases == {"production": "on-tag", "staging": "always", "acceptance": "on-tag"}
    assert result.keys == {
        "staging": ("TRIAGE_STAGING", "MEINGPT_STAGING"),
        "acceptance": ("TRIAGE_ACCEPTANCE", "MEINGPT_ACCEPTANCE"),
        "production": ("TRIAGE", "MEINGPT"),
    }
    assert result.previews == ("TRIAGE_PREVIEW", "MEINGPT_PREVIEW")


def test_names_and_keys_are_unique_and_valid_for_any_file_name(tmp_path: Path) -> None:
    paths = ["a/x.flow", "b/x.flow", "meingpt.flow", "yes.flow", "12 - ü,b.flow", "工作.flow", "p/x.yaml", "é:\n@.yml", "🚀\x85\u2028.yml"]
    rows = name_workflows(paths)
    assert [(row.name, row.key) for row in rows] == [
        ("x", "X"),
        ("x-2", "X_2"),
        ("meingpt", "MEINGPT_2"),
        ("yes", "YES"),
        ("12 - ü b", "KEY_12_U_B"),
        ("工作", "KEY"),
        ("x-3", ""),
        ("é: @", ""),
        ("🚀", ""),
    ]
    loaded = yaml.safe_load(manifest_text(str(tmp_path), paths))
    assert {name: (entry["source"], entry.get("key", "")) for name, entry in loaded["workflows"].items()} == {
        row.name: (row.source, row.key) for row in rows
    }


@pytest.mark.parametrize("environments", [("on", "no"), ("1", "2"), ("a.b", "a-b", "a_b"), ("preview", "live"), ("y", "null", "true")])
def test_environment_may_have_any_name_that_the_manifest_takes(repository: Path, environments: tuple[str, ...]) -> None:
    command.init(str(repository), InitOptions(environments))
    manifest, findings = manifests.load_manifest(str(repository), "flowship.yml")
    assert findings == ()
    assert manifest is not None
    assert manifest.environments == (environments[-1], *environments[:-1])
    assert [job["environment"] for name, job in workflow(repository)["jobs"].items() if name != "pull-request"] == list(environments)


def test_keys_of_several_environments_are_unique(tmp_path: Path) -> None:
    loaded = yaml.safe_load(manifest_text(str(tmp_path), ["triage.flow", "triage-staging.flow", "triage preview.flow"], TWO, previews=True))
    keys = [
        key for entry in loaded["workflows"].values() for key in (entry["key"], *entry["preview"]["keys"], entry["environments"]["staging"]["key"])
    ]
    assert len(keys) == len(set(keys)) == 9


@pytest.mark.parametrize(
    ("files", "patterns"),
    [
        (("w/a.yaml", "w/b.yaml", "w/deep/c.yml"), ["w/*.yaml", "w/deep/*.yml"]),
        (("a.yaml", "b.yaml"), []),
        (("w/a.yaml", "other/a.yaml"), ["w/*.yaml"]),
        (("w[1]/a.yaml", "v,w/b.yaml"), []),
    ],
)
def test_pattern_names_the_files_of_a_folder_where_it_matches_nothing_else(tmp_path: Path, files: tuple[str, ...], patterns: list[str]) -> None:
    for path in files:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(MEINGPT)
    (tmp_path / "other").mkdir(exist_ok=True)
    (tmp_path / "other/compose.yaml").write_text("services: {}\n")
    command.init(str(tmp_path), InitOptions(TWO))
    manifest, findings = manifests.load_manifest(str(tmp_path), "flowship.yml")
    assert findings == ()
    assert manifest is not None
    assert sorted(entry.source for entry in manifest.entries) == sorted(files)
    assert [name for name in yaml.safe_load(manifest.text)["workflows"] if "*" in name] == patterns


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
    assert (result.manifest.done, result.workflow.done) == ("kept", "written")
    assert result.keys == {"live": ("T",)}
    assert (repository / "flowship.yml").read_bytes() == before
    assert workflow(repository)["jobs"]["ship"]["environment"] == "live"
    assert written(command.init(str(repository))) == ()


def test_manifest_with_the_other_suffix_is_the_manifest(repository: Path) -> None:
    (repository / "flowship.yaml").write_text("version: 1\nworkflows: {t: {source: flows/triage.flow, key: T}}\n", encoding="utf-8")
    assert command.init(str(repository)).manifest == command.Written("flowship.yaml", "kept")
    assert not (repository / "flowship.yml").exists()


@pytest.mark.parametrize("force", [False, True])
def test_manifest_that_cannot_be_read_is_refused_and_kept(repository: Path, force: bool) -> None:
    (repository / "flowship.yml").write_text("- old", encoding="utf-8")
    with pytest.raises(UsageError, match="For a new one, delete it and run init again"):
        command.init(str(repository), InitOptions(force=force))
    assert (repository / "flowship.yml").read_text(encoding="utf-8") == "- old"
    assert not (repository / WORKFLOW).exists()


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
    github = workflow(repository)
    assert github["permissions"] == {}
    assert set(github["on"]) == {"pull_request", "push", "schedule", "workflow_dispatch"}
    ship, pull_request = github["jobs"]["ship"], github["jobs"]["pull-request"]
    assert ship["concurrency"] == {"group": "flowship-production", "cancel-in-progress": "false", "queue": "max"}
    assert ship["environment"] == "production"
    assert ship["permissions"] == {"contents": "read", "deployments": "write"}
    assert pull_request["permissions"] == {"contents": "read", "deployments": "read", "pull-requests": "write"}
    for job in (ship, pull_request):
        assert set(job["steps"][-1]["with"]) <= set(BY_NAME)
    assert "environment" not in pull_request
    assert "secrets." not in str(pull_request)


def test_sharded_deploy_plans_once_and_reports_once(repository: Path) -> None:
    command.init(str(repository), InitOptions(sharded=True))
    github = workflow(repository)
    jobs = github["jobs"]
    assert set(jobs) == {"pull-request", "alone", "plan", "ship", "report"}
    assert github["permissions"] == {}
    assert github["concurrency"] == {
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
    command.init(str(repository), InitOptions(sharded=True))
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
    assert command.init_command(str(repository), OPTIONS) == 0
    assert "FLOWSHIP_PREVIEW_KEYS with the lines P1=…, P2=…." in capsys.readouterr().out
    github = workflow(repository)
    ship, pull_request = github["jobs"]["ship"], github["jobs"]["pull-request"]
    assert (pull_request["environment"], ship["environment"]) == ("flowship-preview", "production")
    assert pull_request["concurrency"]["cancel-in-progress"] == "false"
    given = [job["steps"][-1]["with"] for job in (pull_request, ship)]
    assert [inputs["keys"] for inputs in given] == ["${{ secrets.FLOWSHIP_PREVIEW_KEYS }}", "${{ secrets.FLOWSHIP_KEYS }}"]
    assert "'cleanup'" in given[0]["mode"]
    assert "'drift'" in given[1]["mode"]
    assert "secrets.FLOWSHIP_KEYS" not in str(pull_request)


def test_example_repository_is_what_init_writes(tmp_path: Path) -> None:
    """Two environments, with one job and sharded."""
    for folder in ("flows", "workflows", "evals"):
        shutil.copytree(ROOT / "examples" / folder, tmp_path / folder)
    for sharded, example in ((False, ROOT / "examples"), (True, ROOT / "examples/sharded")):
        result = command.init(str(tmp_path), InitOptions(() if sharded else TWO, sharded=sharded, force=True))
        assert (example / WORKFLOW).read_text(encoding="utf-8") == (tmp_path / WORKFLOW).read_text(encoding="utf-8")
        assert result.layout.action == ACTION
    assert (ROOT / "examples/flowship.yml").read_text(encoding="utf-8") == (tmp_path / "flowship.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("gptbots", "effect"), [(True, "a merge is imported as a draft"), (False, "a merge is held for the next release")])
def test_what_a_merge_does_is_true_for_the_platforms_of_the_repository(repository: Path, gptbots: bool, effect: str) -> None:
    if not gptbots:
        (repository / "flows/triage.flow").unlink()
    layout = command.init(str(repository)).layout
    assert layout.merge_effect == effect
    assert f"; {effect};" in (repository / WORKFLOW).read_text(encoding="utf-8").partition("\n")[2]
    assert layout._replace(environments={"staging": "always", "production": "on-tag"}).merge_effect == "a merge goes live in staging"


def test_init_prints_written_files_and_next_steps(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.init_command(str(repository), {**OPTIONS, "environments": "staging,production"}) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("written  flowship.yml\nwritten  .github/workflows/flowship.yml\nwritten  .gitignore: .flowship/, where")
    steps = printed.partition("keeps its state\n\nNext:\n")[2].splitlines()
    assert [line[:2] for line in steps if line[0] != " "] == ["1.", "2.", "3.", "4."]
    assert max(map(len, steps)) <= 80
    assert "   flowship init --uses OWNER/flowship@COMMIT" in steps
    assert "   - staging: limit branches and tags to main. Add the secret FLOWSHIP_KEYS with" in steps
    text = " ".join(line.strip() for line in steps)
    assert "3. On GitHub, in Settings → Environments, create staging, production, flowship-preview:" in text
    assert "- staging: limit branches and tags to main. Add the secret FLOWSHIP_KEYS with the lines TRIAGE_STAGING=…, MEINGPT_STAGING=…." in text
    assert "- production: limit branches and tags to main and v*. Add the secret FLOWSHIP_KEYS with the lines TRIAGE=…, MEINGPT=…." in text
    assert text.endswith("a merge goes live in staging, a tag v1.0.0 makes it live in production.")


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("", [""]),
        ("1. " + "word " * 16, ["1. " + " ".join(["word"] * 15), "   word"]),
        ("   - " + "word " * 16, ["   - " + " ".join(["word"] * 15), "     word"]),
        ("   a " + "x" * 90, ["   a", "   " + "x" * 90]),
    ],
)
def test_next_step_is_folded_below_its_text(line: str, rows: list[str]) -> None:
    assert folded(line) == rows


def test_next_steps_are_not_printed_again(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.init_command(str(repository), {**OPTIONS, "environments": "staging,production"}) == 0
    capsys.readouterr()
    assert command.init_command(str(repository), OPTIONS) == 0
    assert capsys.readouterr().out == "kept     flowship.yml\nin sync  .github/workflows/flowship.yml\n"


def test_steps_are_not_printed_for_a_workflow_that_differs(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command.init(str(repository))
    capsys.readouterr()
    (repository / WORKFLOW).write_text("name: \x1b[31mmine\n", encoding="utf-8")
    assert command.init_command(str(repository), OPTIONS) == 1
    printed = capsys.readouterr().out
    assert "-name: \\x1b[31mmine\n" in printed
    assert "Next:" not in printed


@pytest.mark.parametrize("ghes", [False, True])
@pytest.mark.parametrize("environments", [("production",), TWO, ("dev", "staging", "production")])
def test_every_step_ships_one_environment_in_its_own_queue(environments: tuple[str, ...], ghes: bool) -> None:
    jobs = yaml.load(workflow_text(Layout("main", release_policies(environments), ghes=ghes)), yaml.BaseLoader)["jobs"]
    ships = [job for name, job in jobs.items() if name.startswith("ship")]
    assert [job["environment"] for job in ships] == [job["steps"][-1]["with"]["environment"] for job in ships] == list(environments)
    queue = {"cancel-in-progress": "false"} | ({} if ghes else {"queue": "max"})
    assert [job["concurrency"] for job in ships] == [{"group": f"flowship-{name}", **queue} for name in environments]


def test_environments_whose_names_differ_in_signs_have_jobs_of_their_own() -> None:
    jobs = yaml.load(workflow_text(Layout("main", {"a.b": "on-tag", "a-b": "on-tag", "1": "always"})), yaml.BaseLoader)["jobs"]
    assert list(jobs) == ["pull-request", "ship-a-b-1", "ship-a-b-2", "ship-1"]
    assert jobs["ship-a-b-2"]["needs"] == "ship-a-b-1"


def test_enterprise_server_gets_nothing_that_it_does_not_know() -> None:
    layout = Layout("main", release_policies(TWO), sharded=True, previews=True, ghes=True)
    text = workflow_text(layout)
    assert not [word for word in ("queue:", "ubuntu-latest", "overwrite:", "merge-multiple", "pattern:") if word in text]
    artifacts = [step for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"] if "-artifact@" in step["uses"]]
    assert {step["with"]["name"] for step in artifacts} == {"flowship-reports"}, "uploads under one name are one artifact there"
    assert all("v3." in line for line in text.splitlines() if "-artifact@" in line)


def test_action_of_others_is_left_in_an_existing_workflow() -> None:
    text = (
        "      - uses: acme/other@v1\n      - uses: <OWNER>/flowship@v1\n      - uses: acme/flowship@v0 # v0.9\n      - uses: actions/checkout@v1\n"
    )
    assert with_action(text, "acme/flowship@v2") == (
        "      - uses: acme/other@v1\n      - uses: acme/flowship@v2\n      - uses: acme/flowship@v2\n      - uses: actions/checkout@v1\n"
    )


def test_existing_workflow_keeps_its_action_among_steps_of_others(repository: Path) -> None:
    command.init(str(repository), InitOptions(uses="acme/flow.ship@v1"))
    text = (repository / WORKFLOW).read_text(encoding="utf-8")
    (repository / WORKFLOW).write_text(text.replace("    steps:\n", "    steps:\n      - uses: acme/login@v3\n"), encoding="utf-8")
    assert command.init(str(repository)).layout.action == "acme/flow.ship@v1"
    command.init(str(repository), InitOptions(uses="other/flowship@v2"))
    changed = (repository / WORKFLOW).read_text(encoding="utf-8")
    assert [changed.count(f"uses: {name}\n") for name in ("acme/login@v3", "other/flowship@v2", "acme/flow.ship@v1")] == [2, 2, 0]


def test_version_that_is_installed_is_pinned_by_its_commit() -> None:
    known = f"acme/flowship@{COMMIT} # v1.2.3"
    assert read_action("acme/flowship@v1.2.3", known) == known
    assert read_action("acme/flowship@v1.2.4", known) == "acme/flowship@v1.2.4"
    assert read_action("other/flowship@v1.2.3", known) == "other/flowship@v1.2.3"


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
    assert (path.read_bytes().decode(), bool(result.ignored.done)) == (after, before != after)
    assert command.init(str(repository)).ignored.done == ""
    assert before is None or path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("sharded", [False, True])
def test_release_can_be_started_by_hand(repository: Path, sharded: bool) -> None:
    """Each step that deploys, or plans what others deploy, gets the choice; a push has none, and its empty text means the default."""
    command.init(str(repository), InitOptions(sharded=sharded))
    github = workflow(repository)
    release = github["on"]["workflow_dispatch"]["inputs"]["release"]
    assert (release["type"], release["default"]) == ("choice", "policy")
    assert set(release["options"]) - {"policy"} <= set(BY_NAME["release"].choices)
    given = {name: step["with"] for name, job in github["jobs"].items() for step in job["steps"] if step["uses"] == ACTION}
    assert {name for name, inputs in given.items() if inputs.get("release") == "${{ inputs.release != 'policy' && inputs.release || '' }}"} == {
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
    result = command.init(str(part), InitOptions(sharded=sharded))
    path = ".github/workflows/flowship-services-billing-v2.yml"
    assert written(result) == ("flowship.yml", f"../../{path}")
    assert not (part / ".github").exists()
    github = yaml.load((repository / path).read_text(encoding="utf-8"), yaml.BaseLoader)
    jobs = github["jobs"]
    inputs = [step["with"] for job in jobs.values() for step in job["steps"] if step["uses"].startswith(ACTION.partition("@")[0])]
    assert {given.get("root") for given in inputs if given.get("mode") != "report"} == {"services/Billing v2"}
    uploads = [step["with"]["path"] for job in jobs.values() for step in job["steps"] if "upload-artifact" in step["uses"]]
    assert all(upload.startswith("services/Billing v2/flowship-reports/") for upload in uploads)
    queue = github["concurrency"]["group"] if sharded else jobs["ship"]["concurrency"]["group"]
    assert "flowship-services-billing-v2-production" in queue
    assert "services-billing-v2" in jobs["pull-request"]["concurrency"]["group"]


def test_each_part_of_a_repository_has_its_own_workflow(repository: Path, part: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.init_command(str(part), OPTIONS) == 0
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
    command.init_command(str(repository), {**OPTIONS, "sharded": "true"})
    text = (repository / WORKFLOW).read_text(encoding="utf-8")
    assert "<OWNER>" not in text + capsys.readouterr().out
    assert text.count(f"uses: {pin} # v1.2.3\n") == 5


def test_unknown_action_is_named_as_what_to_replace(repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "own_action", lambda: "")
    command.init_command(str(repository), OPTIONS)
    assert "Its steps use <OWNER>/flowship@v1. To replace it:\n   flowship init --uses OWNER/flowship@COMMIT\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["flowship.yml", ".github", ".github/workflows", ".github/workflows/flowship.yml", ".gitignore"])
def test_nothing_is_written_through_a_link(repository: Path, tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    outside = tmp_path_factory.mktemp("outside")
    target = outside / "file" if name.endswith((".yml", ".gitignore")) else outside
    if target != outside:
        target.write_text("precious")
    (repository / name).parent.mkdir(parents=True, exist_ok=True)
    (repository / name).symlink_to(target)
    with pytest.raises(FlowshipError, match="symbolic link") as refused:
        command.init(str(repository), InitOptions(force=True))
    assert name in refused.value.message
    assert [(path.name, path.read_text()) for path in outside.iterdir()] == ([("file", "precious")] if target != outside else [])
