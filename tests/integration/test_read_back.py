"""An accepted write that could not be read back, or that no run recorded, is ours: the next run recognises it, fills it in and goes on. It is never
"edited elsewhere", and what somebody did edit still is."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from github_stand_in import GitHub, running
from quick_clock import QuickClock

from deployer.platforms.write_context import WriteContext
from deployer.state.base import WorkflowRecord
from deployer.state.file import FileStateStore

READ = {"method": "GET", "path": "/v1/workflows/wf_*"}
LIST = {"method": "GET", "path": "/v1/workflows"}
UPDATE = {"method": "PUT", "path": "/v1/workflows/*"}
CREATE = {"method": "POST", "path": "/v1/workflows"}
RELEASE = ("deploy", "--release", "always")
DRIFT = ("drift", "--on-drift", "fail")
MANIFEST = "version: 1\nworkflows:\n  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}\n"
ADDS = {"meingpt": {"organisations": {"acme": {"adds": {"workflow": {"revision": 1}, "trigger": {"retries": 3}, "step": {"timeout": 30}}}}}}
FAILS: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "503": {"status": 503},
    "404": {"status": 404},
    "torn": {"truncate": 10},
    "reset": {"reset": "after"},
    "without its fields": {"status": 200, "body": {}},
    "without its status": {"status": 200, "body": {"id": "wf", "name": "Onboarding", "trigger": {}, "steps": []}},
}


class Cut(BaseException):
    """The process is on its way out."""


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployer.cli.dispatch.Clock", QuickClock)
    monkeypatch.setattr("deployer.http.retry.FIRST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("deployer.state.run_locks.RunLocks.is_alive", lambda *_: False)  # whoever was cut off in here is over


@pytest.fixture
def project(repository: Any) -> Any:
    repository.write("flowship.yml", MANIFEST)
    repository.workflow()
    return repository


@pytest.fixture(params=[{}, ADDS], ids=["as sent", "a server that adds"])
def box(request: Any, project: Any, start_sandbox: Callable[..., Any]) -> Any:
    box = start_sandbox(targets=request.param)
    project.use(box.url, MEINGPT="sandbox-acme")
    return box


def describe(project: Any, text: str) -> None:
    project.workflow(more=f"description: {text}\n")


def live(box: Any) -> dict[str, Any]:
    ((workflow,),) = ([*organisation["workflows"]] for organisation in box.state()["meingpt"])
    return dict(workflow)


def recorded(project: Any) -> WorkflowRecord:
    return FileStateStore(str(project.root / ".flowship/state.jsonl")).read("production").of("onboarding")


def edit(box: Any, text: str) -> None:
    box.call("PUT", f"/v1/workflows/{live(box)['id']}", "sandbox-acme", json={"description": text})


def release_unread(project: Any, box: Any, text: str, fault: dict[str, Any] = FAILS["503"]) -> Any:
    """A release of that text whose read-back fails."""
    describe(project, text)
    box.faults([{"match": READ | {"nth": list(range(2, 100))}, "do": fault}])
    ran = project.run(*RELEASE)
    box.faults([])
    return ran


@contextmanager
def cut(record: str) -> Iterator[None]:
    """The run inside is cut off when it tells the state of that record (`draft`, `live`)."""
    keep = WriteContext.record

    def cut_off(context: WriteContext, change: Any, step: Any, **records: Any) -> None:
        if records.get(record):
            raise Cut
        keep(context, change, step, **records)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WriteContext, "record", cut_off)
        with pytest.raises(Cut):
            yield


def release_cut_off(project: Any, text: str) -> None:
    """A release of that text whose run is stopped between the write and its record."""
    describe(project, text)
    with cut("live"):
        project.run(*RELEASE)


@pytest.mark.parametrize("fault", FAILS)
def test_update_whose_read_back_failed_is_done_and_says_so(project: Any, box: Any, fault: str) -> None:
    assert project.run(*RELEASE).code == 0
    ran = release_unread(project, box, "two", FAILS[fault])
    assert (ran.code, ran.change["outcome"], live(box)["description"]) == (0, "done", "two"), ran.out
    assert "could not be read back" in ran.change["warning"]
    state = recorded(project).live
    assert state
    assert (state.read_back, state.updated_at) == (False, "")


def test_next_run_fills_in_what_was_not_read_back(project: Any, box: Any) -> None:
    assert project.run(*RELEASE).code == 0
    release_unread(project, box, "two")
    assert project.run(*DRIFT).change["status"] == "in_sync"
    assert project.run("plan", "--release", "always").change["action"] == "unchanged"
    ran = project.run(*RELEASE)
    assert (ran.code, ran.change["status"], ran.change["warning"]) == (0, "unchanged", None)
    state = recorded(project)
    assert state.live
    assert (state.live.read_back, state.live.updated_at, len(state.releases)) == (True, live(box)["updated_at"], 2)
    assert project.run(*DRIFT).code == 0


@pytest.mark.parametrize("stopped", [False, True], ids=["not read back", "stopped"])
def test_next_release_goes_on(project: Any, box: Any, stopped: bool) -> None:
    assert project.run(*RELEASE).code == 0
    if stopped:
        release_cut_off(project, "two")
    else:
        release_unread(project, box, "two")
    for text in ("three", "four"):
        describe(project, text)
        ran = project.run(*RELEASE)
        assert (ran.code, ran.change["status"], live(box)["description"]) == (0, "released", text), ran.out
    assert project.run(*DRIFT).change["status"] == "in_sync"


def test_two_in_a_row_that_were_not_read_back(project: Any, box: Any) -> None:
    assert project.run(*RELEASE).code == 0
    release_unread(project, box, "two")
    describe(project, "three")
    box.faults([{"match": READ | {"nth": list(range(2, 100))}, "do": {"status": 503}}])
    assert project.run(*RELEASE).code == 0
    box.faults([])
    assert (project.run(*RELEASE).change["status"], project.run(*DRIFT).code) == ("unchanged", 0)


@pytest.mark.parametrize("stopped", [False, True], ids=["not read back", "stopped"])
def test_merge_waits_for_a_release_and_is_not_taken_for_an_edit(project: Any, box: Any, stopped: bool) -> None:
    assert project.run(*RELEASE).code == 0
    if stopped:
        release_cut_off(project, "two")
    else:
        release_unread(project, box, "two")
    describe(project, "three")
    ran = project.run("deploy")
    assert (ran.code, ran.change["status"], "waits for the next release" in ran.change["why"]) == (0, "held", True), ran.out


@pytest.mark.parametrize("stopped", [False, True], ids=["not read back", "stopped"])
def test_rollback_goes_back_to_what_was_live_before(project: Any, box: Any, stopped: bool) -> None:
    git = ["git", "-C", str(project.root), "-c", "user.name=A", "-c", "user.email=a@x"]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    for text in ("one", "two", "three"):
        describe(project, text)
        subprocess.run([*git, "add", "workflows", "flowship.yml"], check=True)
        subprocess.run([*git, "commit", "-qm", text], check=True)
        if text != "three":
            assert project.run(*RELEASE).code == 0
    if stopped:
        release_cut_off(project, "three")
    else:
        release_unread(project, box, "three")
    ran = project.run("rollback")
    assert (ran.code, ran.change["status"], live(box)["description"]) == (0, "rolled_back", "two"), ran.out
    assert not list(project.root.glob("*.found.json"))
    held = project.run(*RELEASE)
    assert (held.code, held.change["why"]) == (0, "rolled back"), held.out
    assert project.run("rollback").code == 0
    assert live(box)["description"] == "one"


@pytest.mark.parametrize("stopped", [False, True], ids=["not read back", "stopped"])
@pytest.mark.parametrize(("on_drift", "code", "text"), [("hold", 1, "by hand"), ("overwrite", 0, "three")])
def test_what_somebody_edited_after_it_is_an_edit(project: Any, box: Any, on_drift: str, code: int, text: str, stopped: bool) -> None:
    assert project.run(*RELEASE).code == 0
    if stopped:
        release_cut_off(project, "two")
        project.run(*RELEASE)  # sees it, and records it
    else:
        release_unread(project, box, "two")
    edit(box, "by hand")
    assert project.run(*DRIFT).code == 1
    describe(project, "three")
    ran = project.run(*RELEASE, "--on-drift", on_drift)
    assert (ran.code, live(box)["description"]) == (code, text), ran.out
    assert len(list(project.root.glob("*.found.json"))) == (on_drift == "overwrite")


def test_edit_after_a_stopped_run_of_the_same_file_is_an_edit(project: Any, box: Any) -> None:
    assert project.run(*RELEASE).code == 0
    release_cut_off(project, "two")
    edit(box, "by hand")
    ran = project.run(*RELEASE)
    assert (ran.code, ran.change["why"], live(box)["description"]) == (1, "edited elsewhere", "by hand"), ran.out


def test_prune_deletes_what_was_not_read_back(project: Any, box: Any) -> None:
    assert project.run(*RELEASE).code == 0
    release_unread(project, box, "two")
    project.write("flowship.yml", "version: 1\nworkflows:\n  other: {source: workflows/other.yaml, key: MEINGPT}\n")
    other = (project.root / "workflows/onboarding.yaml").read_text().replace("Onboarding", "Other").replace("two", "other")
    project.write("workflows/other.yaml", other)
    ran = project.run(*RELEASE, "--prune", "force")
    assert (ran.code, ran.change_of("onboarding")["outcome"], live(box)["name"]) == (0, "done", "Other"), ran.out


def test_update_that_came_back_as_something_else_fails_and_is_no_edit(project: Any, box: Any) -> None:
    assert project.run(*RELEASE).code == 0
    describe(project, "two")
    box.faults([{"match": UPDATE, "do": {"status": 200, "body": {"ok": True}}}])  # taken, and without effect
    ran = project.run(*RELEASE)
    assert (ran.code, ran.change["error"]["code"], ran.change["live"]) == (1, "NOT_AS_SENT", False), ran.out
    assert project.run(*DRIFT).code == 0
    box.faults([])
    ran = project.run(*RELEASE)
    assert (ran.code, ran.change["status"], live(box)["description"]) == (0, "released", "two"), ran.out


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_update_that_lands_after_the_run_gave_up_is_no_edit(project: Any, box: Any, status: int) -> None:
    assert project.run(*RELEASE).code == 0
    describe(project, "two")
    box.faults([{"match": UPDATE, "do": {"status": status}}])
    ran = project.run(*RELEASE)
    assert (ran.code, ran.change["outcome"]) == (1, "failed"), ran.out
    assert "is not what was sent" in ran.change["error"]["message"]
    box.faults([])
    edit(box, "two")  # it lands
    ran = project.run(*RELEASE)
    assert (ran.code, ran.change["status"]) == (0, "unchanged"), ran.out
    assert project.run(*DRIFT).change["status"] == "in_sync"


def unread_create(project: Any, box: Any, do: dict[str, Any]) -> Any:
    """A create whose reply is lost, where the list cannot be read after it either."""
    box.faults([{"match": CREATE, "do": do}, {"match": LIST | {"nth": list(range(2, 500))}, "do": {"status": 403}}])
    ran = project.run(*RELEASE)
    box.faults([])
    return ran


@pytest.mark.parametrize("changed", [False, True], ids=["same file", "newer file"])
@pytest.mark.parametrize("do", [{"status": 500, "effect": True}, {"status": 504, "effect": True}, {"reset": "after"}, {"body": {}}])
def test_create_that_took_effect_is_found_by_the_next_run(project: Any, box: Any, do: dict[str, Any], changed: bool) -> None:
    ran = unread_create(project, box, do)
    assert (ran.code, ran.change["outcome"]) == (4, "unknown"), ran.out
    if changed:
        describe(project, "newer")
    ran = project.run(*RELEASE)
    assert (ran.code, ran.change["outcome"]) == (0, "done"), ran.out
    assert live(box).get("description", "") == ("newer" if changed else "")
    state = recorded(project)
    assert state.live
    assert (state.live.created_with_key, state.open_intents) == ("MEINGPT", ())


@pytest.mark.parametrize("do", [{"status": 500}, {"status": 504}, {"reset": "before"}])
def test_create_that_took_no_effect_is_done_by_the_next_run(project: Any, box: Any, do: dict[str, Any]) -> None:
    assert unread_create(project, box, do).code == 4
    ran = project.run(*RELEASE)
    assert (ran.code, ran.change["status"], live(box)["name"]) == (0, "released", "Onboarding"), ran.out


def test_workflow_of_that_name_that_somebody_else_made_since_is_refused(project: Any, box: Any) -> None:
    assert unread_create(project, box, {"status": 500}).code == 4
    definition = {
        "name": "Onboarding",
        "trigger": {"type": "webhook"},
        "steps": [{"id": "x", "type": "email", "config": {"to": "a", "subject": "b"}}],
    }
    box.call("POST", "/v1/workflows", "sandbox-acme", json=definition)
    ran = project.run(*RELEASE)
    assert (ran.code, ran.change["error"]["code"]) == (1, "NAME_TAKEN"), ran.out


def test_create_that_answered_500_and_took_no_effect_is_sent_once_more(project: Any, box: Any) -> None:
    box.faults([{"match": CREATE | {"nth": 1}, "do": {"status": 500}}])
    ran = project.run(*RELEASE)
    assert (ran.code, ran.change["status"], live(box)["name"]) == (0, "released", "Onboarding"), ran.out


def test_deletion_that_was_taken_and_had_no_effect_fails(project: Any, box: Any) -> None:
    assert project.run(*RELEASE).code == 0
    project.write("flowship.yml", MANIFEST.replace("onboarding:", "other:").replace("onboarding.yaml", "other.yaml"))
    project.write("workflows/other.yaml", (project.root / "workflows/onboarding.yaml").read_text().replace("Onboarding", "Other"))
    box.faults([{"match": {"method": "DELETE", "path": "/v1/workflows/*"}, "do": {"status": 204, "body": None}}])
    ran = project.run(*RELEASE, "--prune", "force")
    assert (ran.code, ran.change_of("onboarding")["outcome"]) == (1, "failed"), ran.out
    assert "is still there" in ran.change_of("onboarding")["error"]["message"]
    box.faults([])
    assert project.run(*RELEASE, "--prune", "force").code == 0
    assert live(box)["name"] == "Other"


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        yield hub


@pytest.mark.parametrize("stopped", [False, True], ids=["not read back", "stopped"])
def test_the_state_on_github_knows_it_too(project: Any, box: Any, hub: GitHub, stopped: bool) -> None:
    runs = iter(range(1, 100))

    def run(mode: str, **inputs: str) -> Any:
        sha = "c0ffee" + "0" * 34
        given = {"MODE": mode, "RELEASE": "always", "GITHUB-TOKEN": "stand-in-token", "GITHUB-API-URL": hub.url, **inputs}
        runner = {"ACTIONS": "true", "REPOSITORY": "acme/flows", "SHA": sha, "RUN_ID": str(next(runs)), "RUN_ATTEMPT": "1"}
        runner |= {"WORKSPACE": str(project.root), "EVENT_NAME": "workflow_dispatch", "REF": "refs/heads/main"}
        variables = {f"INPUT_{name}": value for name, value in given.items()} | {f"GITHUB_{name}": value for name, value in runner.items()}
        return project.run(**variables)

    assert run("deploy").code == 0
    describe(project, "two")
    if stopped:
        with cut("live"):
            run("deploy")
    else:
        box.faults([{"match": READ | {"nth": list(range(2, 100))}, "do": {"status": 503}}])
        assert run("deploy").code == 0
        box.faults([])
    assert run("drift", **{"ON-DRIFT": "fail"}).code == 0
    describe(project, "three")
    ran = run("deploy")
    assert (ran.code, ran.change["status"], live(box)["description"]) == (0, "released", "three"), ran.out
    written = json.dumps([deployment["payload"] for deployment in hub.deployments])
    assert ('"read_back": false' in written) == (not stopped)
