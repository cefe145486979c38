"""`flowship init` as a process, and then what it wrote: linted, and run for the events of a team's day, judged by what is live."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from github_stand_in import GitHub, running
from pull_requests import BASE, Events
from workflow_jobs import StartedJob, started_jobs

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ".github/workflows/flowship.yml"
SECRETS = {
    "FLOWSHIP_KEYS of staging": {"MEINGPT_STAGING": "sandbox-acme-staging", "A_STAGING": "sandbox-workflow-a-staging"},
    "FLOWSHIP_KEYS of production": {"MEINGPT": "sandbox-acme", "A": "sandbox-workflow-a"},
    "FLOWSHIP_PREVIEW_KEYS of flowship-preview": {"MEINGPT_PREVIEW": "sandbox-copies", "A_PREVIEW": "sandbox-workflow-pool-1"},
}
COMMIT = "0123456789" * 4


def process(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **environment}
    command = [sys.executable, "-m", "deployer", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def folder(repository: Any) -> Path:
    repository.flow()
    repository.workflow()
    place: Path = repository.root
    return place


@pytest.mark.parametrize(
    "arguments", [(), ("--environments", "staging,production"), ("--environments", "dev,acceptance,production", "--ghes"), ("--sharded",)]
)
def test_what_init_writes_has_no_findings_and_no_notes(folder: Path, arguments: tuple[str, ...]) -> None:
    ran = process(folder, "init", *arguments)
    assert (ran.returncode, ran.stderr) == (0, "")
    linted = process(folder, "lint", "--format", "json")
    assert (linted.returncode, '"findings": []' in linted.stdout) == (0, True), linted.stdout


def test_sharded_deploy_that_cannot_tell_environments_apart_is_refused_before_anything_is_written(folder: Path) -> None:
    ran = process(folder, "init", "--sharded", "--environments", "dev,acceptance,production")
    assert (ran.returncode, "Leave out --sharded" in ran.stderr) == (2, True)
    assert not (folder / "flowship.yml").exists()
    assert process(folder, "init", "--sharded", "--environments", "staging,production").returncode == 0


def test_twelve_files_two_environments_and_previews_take_at_most_twelve_lines(folder: Path) -> None:
    text = (folder / "workflows/onboarding.yaml").read_text()
    for number in range(11):
        (folder / f"workflows/w{number}.yaml").write_text(text.replace("Onboarding", f"W {number}"))
    (folder / "flows/a.flow").unlink()
    assert process(folder, "init", "--environments", "staging,production").returncode == 0
    assert len((folder / "flowship.yml").read_text().splitlines()) <= 12
    planned = process(folder, "plan", "--environment", "staging", "--release", "always")
    assert "12 to create" in planned.stdout, planned.stdout


def test_second_init_changes_nothing_and_shows_the_difference(folder: Path) -> None:
    assert process(folder, "init").returncode == 0
    again = process(folder, "init")
    assert (again.returncode, again.stdout) == (0, f"kept     flowship.yml\nin sync  {WORKFLOW}\n")
    edited = (folder / WORKFLOW).read_text().replace("timeout-minutes: 15", "timeout-minutes: 30")
    (folder / WORKFLOW).write_text(edited)
    different = process(folder, "init")
    assert different.returncode == 1
    assert "-    timeout-minutes: 30\n+    timeout-minutes: 15\n" in different.stdout
    assert "To write it, run the same command with --force." in different.stdout
    assert "\x1b" not in different.stdout
    assert (folder / WORKFLOW).read_text() == edited


def test_force_writes_the_workflow_and_never_a_manifest(folder: Path) -> None:
    manifest = "version: 1  # mine\nworkflows:\n  a: {source: flows/a.flow, key: A}\n"
    (folder / "flowship.yml").write_text(manifest)
    (folder / WORKFLOW).parent.mkdir(parents=True)
    (folder / WORKFLOW).write_text("name: old\n")
    ran = process(folder, "init", "--force")
    assert ran.returncode == 0
    assert "init never overwrites a manifest. For a new one, delete it and run init again." in ran.stdout
    assert (folder / "flowship.yml").read_text() == manifest
    assert (folder / WORKFLOW).read_text().startswith("# Replace `<OWNER>/flowship@v1` in each step: flowship init --uses")


@pytest.mark.parametrize(
    ("arguments", "environment", "written"),
    [
        (("--uses", f"acme/flowship@{COMMIT}"), {}, f"acme/flowship@{COMMIT}"),
        (("--uses", f"acme/flowship@{COMMIT} # v1.2.3"), {}, f"acme/flowship@{COMMIT} # v1.2.3"),
        (("--uses", "acme/flowship@v1.2.3"), {}, "acme/flowship@v1.2.3"),
        ((), {"FLOWSHIP_USES": "acme/flowship@v1"}, "acme/flowship@v1"),
        ((), {"GITHUB_ACTION_REPOSITORY": "acme/flowship", "GITHUB_ACTION_REF": "v2"}, "acme/flowship@v2"),
    ],
)
def test_action_is_filled_in_and_replaces_what_was_to_be_replaced(
    folder: Path, arguments: tuple[str, ...], environment: dict[str, str], written: str
) -> None:
    assert process(folder, "init", *arguments, **environment).returncode == 0
    first = (folder / WORKFLOW).read_text()
    assert first.count(f"- uses: {written}\n") == 2
    assert "<OWNER>" not in first
    (folder / WORKFLOW).unlink()
    process(folder, "init")
    assert "<OWNER>" in (folder / WORKFLOW).read_text()
    replaced = process(folder, "init", "--uses", written)
    assert (replaced.returncode, f"its steps use {written}" in replaced.stdout) == (0, True)
    assert (folder / WORKFLOW).read_text() == first
    assert process(folder, "init").returncode == 0, "what stands there is kept"
    assert (folder / WORKFLOW).read_text() == first


@pytest.mark.parametrize("uses", ["x", "acme/flowship", "acme/flowship@", "acme/flowship@v1 # x\n- run: y", "../flowship@v1", "acme/flowship@a..b"])
def test_action_that_names_none_is_refused(folder: Path, uses: str) -> None:
    ran = process(folder, "init", "--uses", uses)
    assert (ran.returncode, "names no action. Fix: Write OWNER/flowship@REF" in ran.stderr) == (2, True)
    assert not (folder / "flowship.yml").exists()


@pytest.mark.parametrize(
    "names", ["staging,staging", "staging,Staging", ",", "a b/c", "staging production", "flowship-preview", "${{x}}", "prod,staging"]
)
def test_environments_that_cannot_be_are_refused(folder: Path, names: str) -> None:
    ran = process(folder, "init", f"--environments={names}")
    assert (ran.returncode, "environments` " in ran.stderr) == (2, True)
    assert not (folder / "flowship.yml").exists()


def test_environments_other_than_those_of_the_manifest_are_refused(folder: Path) -> None:
    process(folder, "init")
    ran = process(folder, "init", FLOWSHIP_ENVIRONMENTS="staging,production")
    assert (ran.returncode, "Change `environments:` in flowship.yml" in ran.stderr) == (2, True)


def at_a_terminal(folder: Path, answers: str) -> str:
    """What is shown at a terminal at which these lines are typed."""
    master, slave = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "TERM": "xterm"}
    child = subprocess.Popen([sys.executable, "-m", "deployer", "init"], cwd=folder, env=environment, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    os.write(master, answers.encode())
    shown = b""
    try:
        while part := os.read(master, 4096):
            shown += part
    except OSError:  # the terminal is closed
        pass
    child.wait(timeout=60)
    os.close(master)
    return shown.decode().replace("\r\n", "\n")


def test_terminal_is_asked_for_environments_and_action_again_after_a_mistake(folder: Path) -> None:
    shown = at_a_terminal(folder, f"a,a\nproduction,staging\nstaging, production\nnonsense\nacme/flowship@{COMMIT}\n")
    assert "environments` names `a` twice" in shown
    assert "`--environments` names `production` before `staging`" in shown
    assert "names no action" in shown
    assert "a merge goes live in staging,\n   a tag v1.0.0 makes it live in production." in shown
    assert f"uses: acme/flowship@{COMMIT}\n" in (folder / WORKFLOW).read_text()
    assert "staging: {release: always}" in (folder / "flowship.yml").read_text()


def test_empty_answers_are_the_defaults_and_nothing_is_asked_twice(folder: Path) -> None:
    at_a_terminal(folder, "\n\n")
    assert "production: {release: on-tag}" in (folder / "flowship.yml").read_text()
    (folder / WORKFLOW).write_text((folder / WORKFLOW).read_text().replace("<OWNER>", "acme").replace("queue: max", "queue: single"))
    shown = at_a_terminal(folder, "")
    assert "Environments [" not in shown
    assert "\x1b[32m+      queue: max\x1b[0m" in shown


@pytest.fixture
def day(repository: Any, sandbox: Any, folder: Path) -> Iterator[Callable[..., list[StartedJob]]]:
    """Runs the jobs that an event starts, each in a fresh checkout of what init wrote, and returns them."""
    assert process(folder, "init", "--environments", "staging,production", "--uses", f"acme/flowship@{COMMIT}").returncode == 0
    manifest, workflow = (folder / "flowship.yml").read_text(), (folder / WORKFLOW).read_text()
    with running(GitHub()) as hub:
        events: Any = Events(repository, sandbox, hub, manifest)

        def happen(event: str, ref: str, number: int = 0, **inputs: str) -> list[StartedJob]:
            jobs = list(started_jobs(workflow, event, ref, inputs))
            for job in jobs:
                given = {**job.given, "keys": SECRETS[job.given["keys"]], "event": event, "ref": ref}
                if number:
                    ran = events.run(number, **given)
                else:
                    events.check_out(hub.files[BASE])
                    repository.write(".runner/event.json", {"repository": {"default_branch": "main"}, "head_commit": {"message": "A commit"}})
                    ran = repository.run(**events.environment(0, **given))
                assert ran.code == 0, ran.out
            return jobs

        happen.push = events.push  # type: ignore[attr-defined]
        yield happen


def live(sandbox: Any) -> set[str]:
    """What is live: of meinGPT by organisation, of GPTBots by Workflow."""
    state = sandbox.state()
    active = {place["organisation"] for place in state["meingpt"] for row in place["workflows"] if row["status"] == "active"}
    return active | {place["name"] for place in state["gptbots"] if any(version["status"] == "PUBLISHED" for version in place["versions"])}


def test_a_merge_goes_live_in_staging_and_a_tag_in_production(day: Any, sandbox: Any) -> None:
    merge = day("push", "refs/heads/main")
    assert [(job.name, job.queue) for job in merge] == [("ship-staging", "flowship-staging")]
    assert live(sandbox) == {"acme-staging", "a-staging"}
    tag = day("push", "refs/tags/v1.0.0")
    assert [(job.name, job.queue) for job in tag] == [("ship-production", "flowship-production")]
    assert live(sandbox) == {"acme-staging", "a-staging", "acme", "a"}


def test_a_pull_request_goes_to_its_preview_alone(day: Any, sandbox: Any) -> None:
    day.push(12)
    jobs = day("pull_request", "refs/pull/12/merge", 12)
    assert [(job.name, job.environment) for job in jobs] == [("pull-request", "flowship-preview")]
    assert live(sandbox) <= {"copies", "pool-1"}
    assert "pool-1" in live(sandbox)


def test_a_schedule_looks_for_drift_everywhere_and_cleans_up(day: Any) -> None:
    jobs = day("schedule", "refs/heads/main")
    assert {job.name: job.given["mode"] for job in jobs} == {"pull-request": "cleanup", "ship-staging": "drift", "ship-production": "drift"}


def test_a_manual_run_has_one_environment_and_its_inputs(day: Any, sandbox: Any) -> None:
    by_hand = {"mode": "deploy", "environment": "production", "release": "always", "only": "a", "on-drift": "hold", "dry-run": ""}
    (job,) = day("workflow_dispatch", "refs/heads/main", **by_hand)
    assert (job.name, job.queue) == ("ship-production", "flowship-production")
    assert live(sandbox) == {"a"}
    (job,) = day("workflow_dispatch", "refs/heads/main", **{**by_hand, "environment": "staging", "release": "policy", "only": ""})
    assert job.given["release"] == ""
    assert live(sandbox) == {"a", "a-staging", "acme-staging"}


def test_deploy_and_rollback_of_an_environment_wait_for_each_other(folder: Path) -> None:
    process(folder, "init", "--environments", "staging,production")
    workflow = (folder / WORKFLOW).read_text()
    (back,) = started_jobs(workflow, "workflow_dispatch", "refs/heads/main", {"mode": "rollback", "environment": "staging", "to": "v1"})
    (merge,) = started_jobs(workflow, "push", "refs/heads/main")
    assert back.queue == merge.queue == "flowship-staging"
    assert (back.given["mode"], back.given["to"], merge.given["to"]) == ("rollback", "v1", "")


def test_a_tag_reaches_production_after_the_environment_before_it(folder: Path) -> None:
    process(folder, "init", "--environments", "staging,acceptance,production")
    workflow = (folder / WORKFLOW).read_text()

    def names(event: str, ref: str, *failed: str, **inputs: str) -> list[str]:
        return [job.name for job in started_jobs(workflow, event, ref, inputs, failed)]

    assert names("push", "refs/heads/main") == ["ship-staging"]
    assert names("push", "refs/tags/v1") == ["ship-acceptance", "ship-production"]
    assert names("push", "refs/tags/v1", "ship-acceptance") == ["ship-acceptance"]
    assert names("workflow_dispatch", "refs/heads/main", environment="production") == ["ship-production"]
    assert names("schedule", "refs/heads/main", "ship-acceptance")[1:] == ["ship-staging", "ship-acceptance", "ship-production"]


def test_merge_imports_drafts_everywhere_where_no_environment_goes_live_with_it(folder: Path) -> None:
    (folder / "flowship.yml").write_text(
        "version: 1\nenvironments: [production, staging]\nworkflows:\n  a: {source: flows/a.flow, key: A, environments: {staging: {key: B}}}\n"
    )
    assert process(folder, "init").returncode == 0
    workflow = (folder / WORKFLOW).read_text()
    for ref in ("refs/heads/main", "refs/tags/v1"):
        assert [job.environment for job in started_jobs(workflow, "push", ref)] == ["staging", "production"]
