"""`drift`, through the program: in sync, edited, gone, never deployed; nothing is written, whatever is found."""

from typing import Any

import pytest

MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding:
    source: workflows/onboarding.yaml
    key: MEINGPT
"""
GPTBOTS, MEINGPT = "sandbox-workflow-triage", "sandbox-acme"


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    repository.write("flowship.yml", MANIFEST)
    repository.flow()
    repository.workflow()
    repository.use(sandbox.url, TRIAGE=GPTBOTS, MEINGPT=MEINGPT)
    return repository


@pytest.fixture
def deployed(project: Any) -> Any:
    assert project.run("deploy", "--release", "always").code == 0
    return project


def id_of(sandbox: Any) -> str:
    return str(sandbox.state()["meingpt"][0]["workflows"][0]["id"])


def writes(sandbox: Any) -> list[str]:
    return [f"{request['method']} {request['path']}" for request in sandbox.requests() if request["method"] != "GET"]


def test_never_deployed_then_as_left_whatever_the_files_say_now(project: Any, sandbox: Any) -> None:
    before = project.run("drift")
    assert (before.code, "2 never deployed" in before.out) == (0, True), before.out
    project.run("deploy", "--release", "always")
    project.flow(text="not deployed yet")
    project.write("workflows/onboarding.yaml", "steps: [")
    made = writes(sandbox)
    after = project.run("drift", "--on-drift", "fail")
    assert (after.code, "2 in sync" in after.out, writes(sandbox)) == (0, True, made), after.out
    assert [change["action"] for change in after.report["changes"]] == ["unchanged", "unchanged"]


@pytest.mark.parametrize(("on_drift", "code", "action"), [("hold", 0, "drift"), ("overwrite", 0, "drift"), ("fail", 1, "fail")])
def test_an_edit_on_meingpt_field_by_field(deployed: Any, sandbox: Any, on_drift: str, code: int, action: str) -> None:
    steps = [{"id": "greet", "type": "ai_completion", "config": {"model": "gpt-5", "prompt": "Hello {{input.name}}"}}]
    sandbox.call("PUT", f"/v1/workflows/{id_of(sandbox)}", MEINGPT, json={"steps": steps, "description": "by hand"})
    made = writes(sandbox)
    ran = deployed.run("drift", "--on-drift", on_drift)
    change = ran.change_of("onboarding")
    said = change["warning"] or change["error"]["message"]
    assert (ran.code, change["action"], writes(sandbox)) == (code, action, made)
    assert 'steps[id=greet].config.model: "gpt-4" → "gpt-5"' in said
    assert 'description: added, "by hand"' in said
    assert "config.prompt" not in said
    assert ("1 edited on the platform, 1 in sync" in ran.out) == (code == 0)


def test_switched_off_is_an_edit(deployed: Any, sandbox: Any) -> None:
    sandbox.call("PUT", f"/v1/workflows/{id_of(sandbox)}", MEINGPT, json={"status": "paused"})
    change = deployed.run("drift").change_of("onboarding")
    assert (change["action"], 'status: "active" → "paused"' in change["warning"], change["live"]) == ("drift", True, False)


def test_what_was_sent_can_no_longer_be_read(deployed: Any, sandbox: Any) -> None:
    sandbox.call("PUT", f"/v1/workflows/{id_of(sandbox)}", MEINGPT, json={"description": "by hand"})
    deployed.workflow(more="description: from the file\n")
    assert "What exactly is not known" in deployed.run("drift").change_of("onboarding")["warning"]


def test_gone(deployed: Any, sandbox: Any) -> None:
    sandbox.call("DELETE", f"/v1/workflows/{id_of(sandbox)}", MEINGPT)
    ran = deployed.run("drift")
    assert (ran.code, "1 gone, 1 in sync" in ran.out, ran.change_of("onboarding")["action"]) == (0, True, "drift")
    assert deployed.run("drift", "--on-drift", "fail").code == 1


def test_a_version_that_somebody_made_and_one_that_somebody_published(deployed: Any, sandbox: Any) -> None:
    copy = {"version": "1.0.0", "release": False}
    made = sandbox.call("POST", "/v1/workflow/version/rollback", GPTBOTS, json=copy).json()["data"]["new_version"]
    draft = deployed.run("drift").change_of("triage")
    assert (draft["action"], f"The draft {made} is newer than 1.0.0" in draft["warning"]) == ("drift", True)
    sandbox.call("POST", "/v1/workflow/version/release", GPTBOTS, json={"version": made})
    live = deployed.run("drift").change_of("triage")["warning"]
    assert f"Version {made} is live" in live
    assert "1.0.0 was released last" in live


def test_a_draft_that_somebody_published(project: Any, sandbox: Any) -> None:
    project.run("deploy")
    assert "in sync" in project.run("drift", "--only", "triage").out
    sandbox.call("POST", "/v1/workflow/version/release", GPTBOTS, json={"version": "1.0.0"})
    assert "no release of it is recorded" in project.run("drift", "--only", "triage").change["warning"]


def test_what_cannot_be_listed_is_not_called_as_left(deployed: Any, sandbox: Any) -> None:
    sandbox.faults([{"match": {"path": "/v1/workflow/version/list"}, "do": {"status": 404, "body": {}}}])
    ran = deployed.run("drift")
    assert (ran.code, "1 in sync, 1 cannot tell" in ran.out) == (0, True), ran.out


def test_what_cannot_be_read_fails_and_keys_are_needed(deployed: Any, sandbox: Any) -> None:
    sandbox.faults([{"match": {"path": "/v1/workflows/*"}, "do": {"status": 400, "body": {}}}])
    assert deployed.run("drift").code == 1
    assert deployed.run("drift", FLOWSHIP_KEY_MEINGPT="").report["problem"]["code"] == "missing-key"


def test_on_a_schedule(deployed: Any, sandbox: Any) -> None:
    """Drift; the clean-up that follows is about previews (test_preview_mishaps.py), and there are none."""
    ran = deployed.run(
        GITHUB_ACTIONS="true",
        INPUT_MODE="auto",
        GITHUB_EVENT_NAME="schedule",
        GITHUB_REF="refs/heads/main",
        GITHUB_OUTPUT="out",
        GITHUB_STEP_SUMMARY="sum",
    )
    assert (ran.code, ran.report["mode"], ran.report["notices"]) == (0, "drift", [])
    assert "2 in sync" in (deployed.root / "sum").read_text()


def test_after_a_rollback_what_it_left_is_as_left(deployed: Any) -> None:
    deployed.flow(text="B")
    deployed.run("deploy", "--release", "always")
    assert deployed.run("rollback").code == 0
    assert "2 in sync" in deployed.run("drift").out
