"""Two environments from a short manifest, through the program: release policies, files that come and go under a pattern, and `adopt`."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from github_stand_in import GitHub, running

MANIFEST = """\
version: 1
environments: {production: {release: on-tag}, staging: {release: always}}
defaults:
  meingpt: {key: MEINGPT, environments: {staging: {key: MEINGPT_STAGING}}}
workflows:
  "workflows/*.yaml": {}
"""
KEYS = {"MEINGPT": "sandbox-acme", "MEINGPT_STAGING": "sandbox-acme-staging"}
ALWAYS = ("--release", "always")


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    repository.write("flowship.yml", MANIFEST)
    for name in ("a", "b", "c"):
        write(repository, name)
    repository.use(sandbox.url, **KEYS)
    return repository


@pytest.fixture
def action(project: Any) -> Iterator[Callable[..., Any]]:
    """The action for an event: `ref`, and inputs by name."""
    project.write(".runner/event.json", json.dumps({"repository": {"default_branch": "main"}, "head_commit": {"message": "A commit"}}))
    with running(GitHub()) as hub:
        runs = iter(range(1, 100))

        def run(ref: str, event: str = "push", **inputs: str) -> Any:
            given = {"github-token": "stand-in-token", "github-api-url": hub.url, "release": "", **inputs}
            return project.run(
                GITHUB_ACTIONS="true",
                GITHUB_EVENT_NAME=event,
                GITHUB_EVENT_PATH=str(project.root / ".runner/event.json"),
                GITHUB_REF=ref,
                GITHUB_REPOSITORY="acme/flows",
                GITHUB_RUN_ID=str(next(runs)),
                GITHUB_RUN_ATTEMPT="1",
                GITHUB_SHA="c0ffee" + "0" * 34,
                GITHUB_WORKSPACE=str(project.root),
                GITHUB_OUTPUT=str(project.root / ".runner/output"),
                GITHUB_STEP_SUMMARY=str(project.root / ".runner/summary"),
                **{f"INPUT_{name.upper()}": value for name, value in given.items()},
            )

        yield run


def write(repository: Any, name: str, title: str = "") -> None:
    repository.workflow(f"workflows/{name}.yaml")
    path = repository.root / f"workflows/{name}.yaml"
    path.write_text(path.read_text().replace("Onboarding", title or f"Title {name}"))


def live(sandbox: Any) -> dict[str, str]:
    """Status by title."""
    return {row["name"]: row["status"] for organisation in sandbox.state()["meingpt"] for row in organisation["workflows"]}


def test_merge_goes_live_in_staging_and_is_held_in_production(action: Callable[..., Any], sandbox: Any) -> None:
    staging = action("refs/heads/main", environment="staging")
    assert (staging.code, staging.report["mode"], staging.report["released"]) == (0, "deploy", 3), staging.out
    assert set(live(sandbox).values()) == {"active"}
    production = action("refs/heads/main")
    assert (production.code, production.report["released"], production.report["held"]) == (0, 0, 3)
    assert "push a release tag" in production.out
    tagged = action("refs/tags/v1")
    assert (tagged.code, tagged.report["released"]) == (0, 3), tagged.out


def test_other_branch_and_laptop_make_nothing_live_in_staging(project: Any, action: Callable[..., Any], sandbox: Any) -> None:
    branch = action("refs/heads/try", mode="deploy", environment="staging")
    assert (branch.code, branch.report["held"], live(sandbox)) == (0, 3, {})
    assert "Nothing goes live in staging: the manifest's `release: always` does not apply to the branch try. Fix: Merge into main" in branch.out
    laptop = project.run("deploy", "--environment", "staging")
    assert (laptop.code, laptop.report["held"], live(sandbox)) == (0, 3, {})
    assert "does not apply to a run outside of GitHub" in laptop.out
    assert project.run("deploy", "--environment", "staging", *ALWAYS).report["released"] == 3


def test_input_release_overrides_the_policy(action: Callable[..., Any], sandbox: Any) -> None:
    held = action("refs/heads/main", environment="staging", release="never")
    assert (held.code, held.report["held"], live(sandbox)) == (0, 3, {})
    assert "does not apply" not in held.out
    assert action("refs/heads/main", release="always").report["released"] == 3


def test_manual_run_on_the_default_branch_goes_live_and_on_another_does_not(action: Callable[..., Any]) -> None:
    assert action("refs/heads/try", "workflow_dispatch", mode="deploy", environment="staging").report["released"] == 0
    assert action("refs/heads/main", "workflow_dispatch", mode="deploy", environment="staging").report["released"] == 3


def test_first_line_of_a_plan_is_what_goes_live_and_why(project: Any, action: Callable[..., Any]) -> None:
    def first_line(ran: Any) -> str:
        lines: list[str] = ran.out.splitlines()
        return next(line for line in lines if "oes live" in line or "go live" in line)

    assert first_line(project.run("plan")) == ("Nothing goes live in production: `release: on-tag`, and this run is not for a release tag.")
    merge = action("refs/heads/main", mode="plan", environment="staging")
    assert first_line(merge) == "Goes live in staging: a, b, c (`release: always` in the manifest, and this run is for the branch main)."
    assert "Goes live in staging" in (project.root / ".runner/summary").read_text()
    assert merge.report["release_policy"] == "always"
    assert first_line(project.run("plan", *ALWAYS)) == "Goes live in production: a, b, c (`--release always` was given)."
    project.run("deploy", *ALWAYS)
    assert first_line(project.run("plan", *ALWAYS)) == "Nothing goes live in production: no change needs a release."
    project.write("flows/broken.flow", "{")
    manifest = (project.root / "flowship.yml").read_text(encoding="utf-8")
    project.write("flowship.yml", f"{manifest}  broken: {{source: flows/broken.flow, key: BROKEN}}\n")
    stopped = project.run("plan")
    assert (stopped.code, "goes live" in stopped.out) == (1, False), stopped.out


def test_file_deleted_under_a_pattern_is_pruned_and_a_renamed_one_keeps_its_id(project: Any, sandbox: Any) -> None:
    project.run("deploy", *ALWAYS)
    before = {row["name"]: row["id"] for row in sandbox.state()["meingpt"][0]["workflows"]}
    (project.root / "workflows/a.yaml").rename(project.root / "workflows/renamed.yaml")
    (project.root / "workflows/b.yaml").unlink()
    ran = project.run("deploy", *ALWAYS, "--prune", "true")
    assert ran.code == 0, ran.out
    assert {row["name"]: row["id"] for row in sandbox.state()["meingpt"][0]["workflows"]} == {name: before[name] for name in ("Title a", "Title c")}
    assert "renamed was a before" in ran.out
    assert (ran.change_of("b")["action"], ran.change_of("renamed")["action"]) == ("delete", "unchanged")


def test_workflow_that_moves_from_an_entry_to_a_pattern_keeps_its_id(project: Any, sandbox: Any) -> None:
    explicit = "".join(f"  {name}: {{source: workflows/{name}.yaml, key: MEINGPT}}\n" for name in ("a", "b", "c"))
    project.write("flowship.yml", f"version: 1\nworkflows:\n{explicit}")
    project.run("deploy", *ALWAYS)
    project.write("flowship.yml", MANIFEST)
    ran = project.run("deploy", *ALWAYS)
    assert {change["action"] for change in ran.report["changes"]} == {"unchanged"}
    assert len(live(sandbox)) == 3


def test_adopt_adds_what_exists_to_a_manifest_with_a_pattern(project: Any, sandbox: Any) -> None:
    project.run("deploy", *ALWAYS)
    for name in ("a", "b", "c"):
        (project.root / f"workflows/{name}.yaml").unlink()
    write(project, "own", "Mine")
    (project.root / ".flowship/state.jsonl").unlink()
    ran = project.run("adopt", "--key-name", "MEINGPT")
    assert ran.code == 0, ran.out
    text = (project.root / "flowship.yml").read_text()
    assert text.startswith(MANIFEST)
    assert text.count("    id: ") == 3
    plan = project.run("plan", *ALWAYS)
    actions = {change["workflow"]: change["action"] for change in plan.report["changes"]}
    assert actions == {"own": "create", **dict.fromkeys(("title-a", "title-b", "title-c"), "unchanged")}, plan.out


def test_manifest_named_flowship_yaml_is_read(project: Any) -> None:
    (project.root / "flowship.yml").rename(project.root / "flowship.yaml")
    ran = project.run("deploy", *ALWAYS)
    assert (ran.code, ran.report["released"]) == (0, 3), ran.out
    assert project.run("lint").code == 0


def test_two_files_of_one_name_stop_a_deploy_before_any_write(project: Any, sandbox: Any) -> None:
    project.write("flowship.yml", MANIFEST.replace("workflows/*.yaml", "**/*.yaml"))
    project.workflow("more/a.yaml")
    ran = project.run("deploy", *ALWAYS)
    assert (ran.code, live(sandbox)) == (2, {})
    assert "Two files are named `a`" in ran.out
