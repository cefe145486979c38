"""A run that is cut off between a write and its record: what it had recorded is not lost, and the next one says what it could not."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from github_stand_in import GitHub, running

from deployer.platforms.draft_and_publish import write
from deployer.platforms.write_context import WriteContext
from deployer.state.base import WorkflowRecord
from deployer.state.file import FileStateStore

MANIFEST = """\
version: 1
workflows:
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
  triage: {source: flows/a.flow, key: TRIAGE}
"""
RELEASE = ("deploy", "--release", "always")


class Cut(BaseException):
    """Not an error that anybody handles: the process is on its way out."""


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    repository.write("flowship.yml", MANIFEST)
    repository.flow()
    repository.workflow()
    repository.use(sandbox.url, MEINGPT="sandbox-acme", TRIAGE="sandbox-workflow-triage")
    return repository


@pytest.fixture(autouse=True)
def over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was cut off in here is over, although its process, which is ours, goes on."""
    monkeypatch.setattr("deployer.state.run_locks.RunLocks.is_alive", lambda *_: False)


@contextmanager
def cut(workflow: str, record: str) -> Iterator[None]:
    """The run inside is cut off when it tells the state of that workflow and record (`draft`, `live`)."""
    keep = WriteContext.record

    def cut_off(context: WriteContext, change: Any, step: Any, **records: Any) -> None:
        if change.workflow.name == workflow and records.get(record):
            raise Cut
        keep(context, change, step, **records)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WriteContext, "record", cut_off)
        with pytest.raises(Cut):
            yield


def recorded(project: Any, workflow: str) -> WorkflowRecord:
    return FileStateStore(str(project.root / ".flowship/state.jsonl")).read("production").of(workflow)


def actions(ran: Any) -> dict[str, str]:
    return {change["workflow"]: change["action"] for change in ran.report["changes"]}


@pytest.mark.parametrize("record", ["draft", "live"])
def test_a_workflow_that_was_created_and_not_recorded_is_known_from_the_next_run_on(project: Any, sandbox: Any, record: str) -> None:
    with cut("onboarding", record):
        project.run(*RELEASE)
    (organisation,) = sandbox.state()["meingpt"]
    (made,) = organisation["workflows"]
    again = project.run(*RELEASE)
    assert (again.code, actions(again)["onboarding"]) == (0, "unchanged"), again.out
    known = recorded(project, "onboarding")
    assert known.live
    assert (known.live.target, known.live.created_with_key, known.open_intents) == (made["id"], "MEINGPT", ())
    before = len(sandbox.requests())
    assert set(actions(project.run(*RELEASE)).values()) == {"unchanged"}
    assert [request["path"] for request in sandbox.requests()[before:] if "workflows" in request["path"]] == [f"/v1/workflows/{made['id']}"]


def test_a_workflow_that_was_created_and_not_recorded_is_ours_to_prune_also_when_it_is_another_now(project: Any, sandbox: Any) -> None:
    with cut("onboarding", "draft"):
        project.run(*RELEASE)
    project.workflow(more="description: another\n")
    assert actions(project.run(*RELEASE))["onboarding"] == "update"
    known = recorded(project, "onboarding")
    assert known.live
    assert known.live.created_with_key == "MEINGPT"
    project.write("flowship.yml", MANIFEST.replace("  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}\n", ""))
    pruned = project.run(*RELEASE, "--prune", "force")
    assert (pruned.code, actions(pruned)["onboarding"]) == (0, "delete"), pruned.out
    assert sandbox.state()["meingpt"][0]["workflows"] == []


def test_a_release_that_was_not_recorded_can_be_rolled_back_once_somebody_saw_it(project: Any, sandbox: Any) -> None:
    assert project.run(*RELEASE).code == 0
    project.flow(text="bad")
    with cut("triage", "live"):
        project.run(*RELEASE)
    again = project.run(*RELEASE)
    assert (again.code, actions(again)["triage"]) == (0, "unchanged"), again.out
    known = recorded(project, "triage")
    assert known.live
    assert (known.live.version, known.open_intents) == ("1.0.1", ())
    back = project.run("rollback", "--only", "triage")
    assert (back.code, back.change["version"]) == (0, "1.0.0"), back.out


def test_a_release_that_was_not_recorded_is_no_drift_and_is_what_a_rollback_undoes(project: Any, sandbox: Any) -> None:
    assert project.run(*RELEASE).code == 0
    project.flow(text="bad")
    with cut("triage", "live"):
        project.run(*RELEASE)
    drift = project.run("drift", "--on-drift", "fail")
    assert (drift.code, drift.change_of("triage")["status"]) == (0, "in_sync"), drift.out
    back = project.run("rollback", "--only", "triage")
    assert (back.code, back.change["version"]) == (0, "1.0.0"), back.out
    versions = sandbox.state()["gptbots"][0]["versions"]
    assert [version["version"] for version in versions if version["status"] == "PUBLISHED"] == ["1.0.0"]
    again = project.run(*RELEASE, "--only", "triage")
    assert "rolled back" in str(again.change["warning"]), again.out


def test_what_a_run_that_still_goes_on_has_not_recorded_is_left_to_it(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with cut("onboarding", "live"):
        project.run(*RELEASE)
    monkeypatch.setattr("deployer.state.run_locks.RunLocks.is_alive", lambda *_: True)
    assert actions(project.run(*RELEASE, "--only", "onboarding"))["onboarding"] == "unchanged"
    known = recorded(project, "onboarding")
    assert (known.live, len(known.open_intents)) == (None, 1)


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        yield hub


def test_whatever_ends_an_apply_what_was_recorded_is_posted(project: Any, hub: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: object) -> None:
        raise Cut

    monkeypatch.setattr(write, "import_and_release", cut_off)
    sha = "c0ffee" + "0" * 34
    inputs = {"MODE": "deploy", "RELEASE": "always", "CONCURRENCY": "1", "GITHUB-TOKEN": "stand-in-token", "GITHUB-API-URL": hub.url}
    runner = {"ACTIONS": "true", "REPOSITORY": "acme/flows", "SHA": sha, "RUN_ID": "1", "RUN_ATTEMPT": "1", "WORKSPACE": str(project.root)}
    runner |= {"EVENT_NAME": "workflow_dispatch", "REF": "refs/heads/main"}
    with pytest.raises(Cut):
        project.run(**{f"INPUT_{name}": each for name, each in inputs.items()}, **{f"GITHUB_{name}": each for name, each in runner.items()})
    said = [fact for each in hub.deployments for fact in each["payload"]["events"] if fact["kind"] != "intent"]
    assert {(fact["kind"], fact["workflow"]) for fact in said} == {("record", "onboarding"), ("outcome", "onboarding")}, json.dumps(said)
