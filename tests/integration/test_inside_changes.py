"""What changes inside a workflow, through the program: what a plan and a deploy show, and where "before" comes from."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from github_stand_in import Fault, GitHub, running
from pull_requests import Events

MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
KEYS = {"TRIAGE": "sandbox-workflow-triage", "MEINGPT": "sandbox-acme"}
SHA, NEXT = "c0ffee" + "0" * 34, "beef" + "0" * 36
LINES = 'compared with version 1.0.0 (commit {commit}):\n      ~ node End (END)\n          endParam.outputText: "hi" → "good day"\n'


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, "-C", str(root), *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    """Both platforms, in a git repository with one commit."""
    repository.write("flowship.yml", MANIFEST)
    repository.flow()
    repository.workflow()
    repository.use(sandbox.url, **KEYS)
    git(repository.root, "init", "-q", "-b", "main")
    repository.write(".gitignore", ".flowship/\nreport.json\n")
    commit(repository)
    return repository


def commit(repository: Any) -> str:
    git(repository.root, "add", ".")
    git(repository.root, "commit", "-q", "-m", "A commit")
    return git(repository.root, "rev-parse", "HEAD")[:7]


@pytest.fixture
def deployed(project: Any) -> Any:
    assert project.run("deploy", "--release", "always").code == 0
    return project


def parts(change: dict[str, Any]) -> list[tuple[Any, ...]]:
    """(kind, name, change, {path: (before, after)}) of each."""
    return [
        (part["kind"], part["name"], part["change"], {field["path"]: (field.get("before"), field.get("after")) for field in part["fields"]})
        for part in change["diff"]["parts"]
    ]


def test_first_everything_on_meingpt_is_new_and_of_gptbots_nothing_can_be_told(project: Any) -> None:
    plan = project.run("plan", "--release", "always")
    assert "      new, with 1 trigger, 1 step\n" in plan.out
    onboarding, triage = plan.change_of("onboarding")["diff"], plan.change_of("triage")["diff"]
    assert (onboarding["against"], {part["change"] for part in onboarding["parts"]}) == ("", {"added"})
    assert (triage["against"], triage["parts"], [node["label"] for node in triage["graph"]["nodes"]]) == (None, [], ["Start", "End"])


def test_an_edit_shows_exactly_the_fields_that_changed_on_both_platforms(deployed: Any) -> None:
    before = git(deployed.root, "rev-parse", "HEAD")[:7]
    deployed.flow(text="good day")
    text = (deployed.root / "workflows/onboarding.yaml").read_text()
    deployed.workflow(more="  - {id: tell, type: email, config: {to: a@example.com, subject: New, body: x}}\nvariables: {seats: 3}\n")
    edited = (deployed.root / "workflows/onboarding.yaml").read_text().replace("model: gpt-4", "model: gpt-5, temperature: 0.2")
    assert edited != text
    deployed.write("workflows/onboarding.yaml", edited)
    plan = deployed.run("plan", "--release", "always")
    assert parts(plan.change_of("triage")) == [("node", "End", "changed", {"endParam.outputText": ("hi", "good day")})]
    assert parts(plan.change_of("onboarding")) == [
        ("variable", "seats", "added", {"": (None, 3)}),
        ("step", "", "changed", {"config.model": ("gpt-4", "gpt-5"), "config.temperature": (None, 0.2)}),
        ("step", "", "added", {}),
    ]
    assert plan.change_of("onboarding")["diff"]["against"] == "what is there now"
    assert LINES.format(commit=before).replace("version 1.0.0", "version 1.0.0, which is live") in plan.out
    assert "      + step tell (email)\n" in plan.out
    assert deployed.run("plan", "--release", "always").report["plan_hash"] == plan.report["plan_hash"]
    done = deployed.run("deploy", "--release", "always")
    assert (done.code, parts(done.change_of("triage"))) == (0, parts(plan.change_of("triage")))
    assert LINES.format(commit=before).replace("version 1.0.0", "version 1.0.0, which was live before this run") in done.out
    after = deployed.run("plan", "--release", "always")
    assert [change["diff"] for change in after.report["changes"]] == [None, None]


def test_layout_alone_is_said_to_be_that(deployed: Any) -> None:
    flow = json.loads((deployed.root / "flows/a.flow").read_text())
    flow["workflow"]["workflowNodes"][1]["x"] = 999
    flow["exportTime"] += 1
    deployed.write("flows/a.flow", flow)
    plan = deployed.run("plan", "--only", "triage")
    assert plan.change["diff"]["layout_only"] is True
    assert "only the layout changed: 1 node moved, compared with version 1.0.0, which is live (commit" in plan.out


def test_held_on_meingpt_what_waits_is_shown(deployed: Any) -> None:
    deployed.workflow(more="description: Says hello\n")
    plan = deployed.run("plan", "--only", "onboarding")
    assert (plan.change["action"], parts(plan.change)) == ("hold", [("setting", "description", "added", {"": (None, "Says hello")})])


def test_without_the_state_the_description_of_the_version_names_the_commit(deployed: Any) -> None:
    before = git(deployed.root, "rev-parse", "HEAD")[:7]
    deployed.flow(text="good day")
    plan = deployed.run("plan", "--only", "triage", "--state", "none")
    assert LINES.format(commit=before).replace("version 1.0.0", "version 1.0.0, which is live") in plan.out


def test_a_release_is_compared_with_what_is_live_and_a_draft_with_the_draft(deployed: Any) -> None:
    deployed.flow(text="B")
    commit(deployed)
    assert deployed.run("deploy").code == 0
    deployed.flow(text="C")
    draft, release = (deployed.run("plan", "--only", "triage", "--release", mode).change for mode in ("never", "always"))
    assert parts(draft) == [("node", "End", "changed", {"endParam.outputText": ("B", "C")})]
    assert parts(release) == [("node", "End", "changed", {"endParam.outputText": ("hi", "C")})]
    deployed.flow(text="B")
    ready = deployed.run("plan", "--only", "triage", "--release", "always").change
    assert (ready["action"], parts(ready)) == ("release", [("node", "End", "changed", {"endParam.outputText": ("hi", "B")})])


def test_a_file_that_is_not_what_was_deployed_proves_nothing(project: Any) -> None:
    """It was deployed with an edit that nobody committed."""
    project.flow(text="never committed")
    assert project.run("deploy", "--only", "triage").code == 0
    project.flow(text="good day")
    assert project.run("plan", "--only", "triage").change["diff"]["against"] is None


def test_values_of_an_environment_are_laid_over_both_sides(project: Any) -> None:
    here = "    environments:\n      staging: {key: TRIAGE, set: {'workflow.workflowNodes[id=e].endParam.outputText': 'from set'}}\n"
    project.write(
        "flowship.yml", f"version: 1\nenvironments: [production, staging]\nworkflows:\n  triage:\n    source: flows/a.flow\n    key: X\n{here}"
    )
    commit(project)
    assert project.run("deploy", "--environment", "staging").code == 0
    project.flow(text="hidden by set", name="B")
    plan = project.run("plan", "--environment", "staging")
    assert parts(plan.change) == [("setting", "name", "changed", {"": ("A", "B")})]


def test_a_rollback_that_is_only_shown_says_what_it_changes_back(deployed: Any) -> None:
    deployed.flow(text="B")
    deployed.workflow(more="description: B\n")
    commit(deployed)
    assert deployed.run("deploy", "--release", "always").code == 0
    deployed.flow(text="something else")
    plan = deployed.run("rollback", "--dry-run")
    assert parts(plan.change_of("triage")) == [("node", "End", "changed", {"endParam.outputText": ("B", "hi")})]
    assert parts(plan.change_of("onboarding")) == [("setting", "description", "removed", {"": ("B", None)})]
    assert plan.change_of("triage")["diff"]["against"].startswith("version 1.0.1, which is live (commit ")


def test_hostile_names_and_secrets(deployed: Any) -> None:
    flow = json.loads((deployed.root / "flows/a.flow").read_text())
    flow["workflow"]["workflowNodes"][1] |= {"name": "End\n::error::x \x1b[31m```", "desc": "sandbox-workflow-triage", "authKey": "quite-secret"}
    deployed.write("flows/a.flow", flow)
    plan = deployed.run("plan", "--only", "triage")
    assert "~ node End\\n::error::x \\x1b[31m``` (END)" in plan.out
    assert "authKey: added, ***" in plan.out
    everything = plan.out + json.dumps(plan.report)
    assert [each for each in ("sandbox-workflow-triage", "quite-secret") if each in everything] == []


def test_what_is_there_was_not_read_again_and_the_states_commit_tells(deployed: Any, sandbox: Any) -> None:
    """With several meinGPT workflows the list says that nobody wrote: none is fetched, and what changes is known all the same. Without git the
    one that changes is fetched."""
    second = MANIFEST + "  other: {source: workflows/other.yaml, key: MEINGPT}\n"
    deployed.write("flowship.yml", second)
    deployed.write("workflows/other.yaml", (deployed.root / "workflows/onboarding.yaml").read_text().replace("Onboarding", "Other"))
    commit(deployed)
    assert deployed.run("deploy", "--release", "always").code == 0
    deployed.workflow(more="description: Says hello\n")
    asked = len(sandbox.requests())
    plan = deployed.run("plan", "--release", "always")
    assert not [each for each in sandbox.requests()[asked:] if each["path"].startswith("/v1/workflows/")]
    change = plan.change_of("onboarding")
    assert parts(change) == [("setting", "description", "added", {"": (None, "Says hello")})]
    assert change["diff"]["against"].startswith("what was deployed last (commit ")

    shutil.rmtree(deployed.root / ".git")
    asked = len(sandbox.requests())
    deployed.workflow(more="description: Says good day\n")
    plan = deployed.run("plan", "--release", "always")
    assert parts(plan.change_of("onboarding")) == [("setting", "description", "added", {"": (None, "Says good day")})]
    assert plan.change_of("onboarding")["diff"]["against"] == "what is there now"
    assert sum(each["path"].startswith("/v1/workflows/") for each in sandbox.requests()[asked:]) == 1


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        hub.files[SHA] = {}
        yield hub


@pytest.fixture
def action(repository: Any, sandbox: Any, hub: GitHub) -> Callable[..., Any]:
    """The action, in a container without git: a run of `mode` for a push or a pull request."""
    numbers = iter(range(1, 100))

    def run(mode: str, text: str, sha: str = SHA, event: str = "push", payload: dict[str, Any] | None = None, **inputs: str) -> Any:
        repository.flow(text=text)
        hub.files.setdefault(sha, {})["flows/a.flow"] = (repository.root / "flows/a.flow").read_bytes()
        repository.write("flowship.yml", "version: 1\nworkflows:\n  triage: {source: flows/a.flow, key: TRIAGE}\n")
        repository.use(sandbox.url)
        repository.write(".runner/event.json", {"repository": {"default_branch": "main"}, **(payload or {})})
        given = {"mode": mode, "keys": f"TRIAGE={KEYS['TRIAGE']}", "github-token": "stand-in-token", "github-api-url": hub.url, **inputs}
        return repository.run(
            PATH="",
            GITHUB_ACTIONS="true",
            GITHUB_EVENT_NAME=event,
            GITHUB_EVENT_PATH=str(repository.root / ".runner/event.json"),
            GITHUB_REF="refs/heads/main",
            GITHUB_REPOSITORY="acme/flows",
            GITHUB_RUN_ID=str(next(numbers)),
            GITHUB_RUN_ATTEMPT="1",
            GITHUB_SHA=sha,
            GITHUB_WORKSPACE=str(repository.root),
            GITHUB_OUTPUT=str(repository.root / ".runner/output"),
            GITHUB_STEP_SUMMARY=str(repository.root / ".runner/summary"),
            **{f"INPUT_{name.upper()}": value for name, value in given.items()},
        )

    return run


def test_in_the_action_github_holds_the_file(action: Any, hub: GitHub) -> None:
    assert action("deploy", "hi").code == 0
    hub.commit(NEXT)
    plan = action("plan", "good day", NEXT)
    assert parts(plan.change) == [("node", "End", "changed", {"endParam.outputText": ("hi", "good day")})]
    assert plan.change["diff"]["against"] == "version 1.0.0 (commit c0ffee0)"
    assert [request.path.rpartition("/contents/")[2] for request in hub.requests if "/contents/" in request.path].count("flows/a.flow") == 1
    asked = len(hub.requests)
    action("plan", "hi", NEXT)
    assert not [request for request in hub.requests[asked:] if "/contents/" in request.path]


def test_what_github_does_not_tell_is_a_notice_and_never_a_failure(action: Any, hub: GitHub) -> None:
    action("deploy", "hi")
    hub.commit(NEXT)
    hub.faults = [Fault(method="GET", path="*/contents/*", do=403, times=99)]
    done = action("deploy", "good day", NEXT)
    assert (done.code, done.change["outcome"], done.change["diff"]["against"]) == (0, "done", None)
    assert "What changes inside is not shown for 1 workflow: the earlier files could not be read from GitHub" in " ".join(done.report["notices"])


@pytest.mark.parametrize(
    ("event", "payload", "said"),
    [
        ("push", {"before": SHA}, "what was there before this push (commit c0ffee0)"),
        ("pull_request", {"pull_request": {"number": 7, "base": {"sha": SHA}}}, "the base branch (commit c0ffee0)"),
        ("push", {"before": "0" * 40}, None),
        ("workflow_dispatch", {}, None),
    ],
)
def test_where_nobody_knows_what_was_deployed_it_is_the_commit_before(action: Any, hub: GitHub, event: str, payload: Any, said: str | None) -> None:
    hub.commit(NEXT)
    action("plan", "hi")
    plan = action("plan", "good day", NEXT, event, payload)
    assert plan.change["diff"]["against"] == said
    assert parts(plan.change) == ([("node", "End", "changed", {"endParam.outputText": ("hi", "good day")})] if said else [])


def test_no_more_than_so_many_files_are_asked_for(repository: Any, sandbox: Any, hub: GitHub, action: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployer.pipeline.plan_details.MAX_CALLS", 0)
    action("deploy", "hi")
    hub.commit(NEXT)
    plan = action("plan", "good day", NEXT)
    assert plan.change["diff"]["against"] is None
    assert "GitHub is asked for 0 files" in " ".join(plan.report["notices"])


def test_a_mistake_of_ours_in_comparing_keeps_nobody_from_deploying(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr("deployer.platforms.meingpt.diff.compare", broken)
    done = project.run("deploy", "--release", "always")
    assert (done.code, {change["outcome"] for change in done.report["changes"]}) == (0, {"done"})
    assert "What changes inside onboarding could not be worked out (RecursionError)" in " ".join(done.report["notices"])


def test_a_previewed_pull_request_shows_what_it_changes(repository: Any, sandbox: Any) -> None:
    with running(GitHub()) as hub:
        events = Events(repository, sandbox, hub)
        events.push(12)
        ran = events.run(12, "opened")
    assert {change["outcome"] for change in ran.report["changes"]} == {"done"}
    assert ran.change_of("triage")["diff"]["against"] == "the base branch"
    assert parts(ran.change_of("triage")) == [("node", "End", "changed", {"endParam.outputText": ("hi", "answer 12.1")})]
    assert parts(ran.change_of("onboarding")) == [("step", "", "changed", {"config.prompt": ("Hello {{input.name}}", "Welcome 12.1 {{input.name}}")})]
    assert "~ node End (END)" in ran.out
