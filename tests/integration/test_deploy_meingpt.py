"""The main job on meinGPT: held without a release; with one, written, active, read back; found again; drift."""

from collections.abc import Callable
from typing import Any

import pytest

MANIFEST = """\
version: 1
environments: [production, staging]
workflows:
  onboarding:
    source: workflows/onboarding.yaml
    key: MEINGPT
    environments:
      staging: {key: MEINGPT}
"""


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    repository.workflow()
    repository.write("flowship.yml", MANIFEST)
    repository.use(sandbox.url, MEINGPT="sandbox-acme")
    return repository


def writes(sandbox: Any) -> list[str]:
    return [f"{request['method']} {request['path']}" for request in sandbox.requests() if request["method"] != "GET"]


def workflows(sandbox: Any) -> dict[str, Any]:
    return {workflow["name"]: workflow for organisation in sandbox.state()["meingpt"] for workflow in organisation["workflows"]}


def test_held_then_released_then_unchanged(project: Any, sandbox: Any) -> None:
    held = project.run("deploy")
    assert (held.code, held.change["action"], held.change["outcome"], writes(sandbox)) == (0, "hold", "held", [])
    assert "1 held for the next release" in held.out
    created = project.run("deploy", "--release", "always")
    assert (created.code, created.change["action"], created.change["live"]) == (0, "create", True)
    assert workflows(sandbox)["Onboarding"]["status"] == "active"
    assert workflows(sandbox)["Onboarding"]["id"] == created.change["target"]
    again = project.run("deploy", "--release", "always")
    assert (again.change["action"], len(writes(sandbox))) == ("unchanged", 1)


def test_an_edit_is_held_until_a_release_updates(project: Any, sandbox: Any) -> None:
    project.run("deploy", "--release", "always")
    project.workflow(more="description: Says hello\n")
    assert project.run("deploy").change["action"] == "hold"
    updated = project.run("deploy", "--release", "always")
    assert (updated.change["action"], updated.change["outcome"]) == ("update", "done")
    assert workflows(sandbox)["Onboarding"]["description"] == "Says hello"


def test_a_new_workflow_that_is_not_active_is_made_active(project: Any, start_sandbox: Callable[..., Any]) -> None:
    sandbox = start_sandbox(targets={"meingpt": {"organisations": {"acme": {"default_status": "inactive"}}}})
    project.use(sandbox.url)
    assert project.run("deploy", "--release", "always").code == 0
    assert workflows(sandbox)["Onboarding"]["status"] == "active"


def test_another_environment_has_its_own_workflow(project: Any, sandbox: Any) -> None:
    assert project.run("deploy", "--release", "always").code == 0
    assert project.run("deploy", "--release", "always", "--environment", "staging").code == 0
    assert set(workflows(sandbox)) == {"Onboarding", "Onboarding (staging)"}


def test_values_are_laid_over_for_one_environment(project: Any, sandbox: Any) -> None:
    line = '      staging: {key: MEINGPT, set: {"steps[id=greet].config.model": "${MODEL}", name: Trial}}\n'
    project.write("flowship.yml", MANIFEST.replace("      staging: {key: MEINGPT}\n", line))
    assert project.run("deploy", "--release", "always").code == 0
    assert project.run("deploy", "--release", "always", "--environment", "staging").code == 2
    ran = project.run("deploy", "--release", "always", "--environment", "staging", FLOWSHIP_VALUE_MODEL="gpt-tiny")
    assert ran.code == 0, ran.out
    models = {name: workflow["steps"][0]["config"]["model"] for name, workflow in workflows(sandbox).items()}
    assert models == {"Onboarding": "gpt-4", "Trial (staging)": "gpt-tiny"}
    assert project.run("deploy", "--release", "always", "--environment", "staging", FLOWSHIP_VALUES="MODEL=gpt-tiny").change["action"] == "unchanged"


def test_a_name_that_is_taken_is_an_error_that_offers_the_id(project: Any, sandbox: Any) -> None:
    body = {"name": "Onboarding", "trigger": {"type": "webhook"}, "steps": []}
    made = sandbox.call("POST", "/v1/workflows", "sandbox-acme", json=body).json()
    ran = project.run("deploy", "--release", "always")
    assert (ran.code, ran.change["outcome"]) == (1, "failed")
    assert f"id: {made['id']}" in ran.change["error"]["fix"]
    project.write("flowship.yml", MANIFEST.replace("    key: MEINGPT\n", f"    key: MEINGPT\n    id: {made['id']}\n", 1))
    assert project.run("deploy", "--release", "always").change["action"] == "update"


def test_an_id_that_leads_nowhere_is_an_error(project: Any) -> None:
    project.write("flowship.yml", MANIFEST.replace("    key: MEINGPT\n", "    key: MEINGPT\n    id: wf_nowhere\n", 1))
    ran = project.run("deploy", "--release", "always")
    assert (ran.code, ran.change["error"]["code"]) == (1, "WORKFLOW_NOT_FOUND")


@pytest.mark.parametrize(("on_drift", "action", "code"), [("hold", "hold", 1), ("overwrite", "update", 0), ("fail", "fail", 1)])
def test_an_edit_elsewhere(project: Any, sandbox: Any, on_drift: str, action: str, code: int) -> None:
    id_ = project.run("deploy", "--release", "always").change["target"]
    sandbox.call("PUT", f"/v1/workflows/{id_}", "sandbox-acme", json={"description": "by hand"})
    project.workflow(more="description: from the file\n")
    before = len(writes(sandbox))
    ran = project.run("deploy", "--release", "always", "--on-drift", on_drift)
    assert (ran.code, ran.change["action"]) == (code, action)
    assert len(writes(sandbox)) == before + (on_drift == "overwrite")
    saved = list(project.root.glob("*.found.json"))
    assert len(saved) == (on_drift == "overwrite")
    if saved:
        assert "by hand" in saved[0].read_text()


def test_a_create_whose_reply_was_lost_is_found_by_name(project: Any, sandbox: Any) -> None:
    sandbox.faults([{"match": {"method": "POST", "path": "/v1/workflows", "nth": 1}, "do": {"reset": "after"}}])
    ran = project.run("deploy", "--release", "always")
    assert (ran.code, ran.change["outcome"], len(workflows(sandbox))) == (0, "done", 1)


def test_a_create_that_nobody_saw_arrive_is_unknown_and_adopted_by_the_next_run(project: Any, sandbox: Any) -> None:
    lost = {"match": {"method": "POST", "path": "/v1/workflows"}, "do": {"reset": "after"}}
    blind = {"match": {"method": "GET", "path": "/v1/workflows", "nth": list(range(2, 60))}, "do": {"status": 404, "body": {}}}
    sandbox.faults([lost, blind])
    ran = project.run("deploy", "--release", "always", "--timeout", "3")
    assert (ran.code, ran.change["outcome"]) == (4, "unknown")
    sandbox.faults([])
    after = project.run("deploy", "--release", "always")
    assert (after.code, after.change["outcome"], len(workflows(sandbox))) == (0, "done", 1)


def test_an_update_whose_reply_was_lost_is_read_back(project: Any, sandbox: Any) -> None:
    project.run("deploy", "--release", "always")
    project.workflow(more="description: new\n")
    sandbox.faults([{"match": {"method": "PUT", "path": "/v1/workflows/*", "nth": 1}, "do": {"reset": "after"}}])
    ran = project.run("deploy", "--release", "always")
    assert (ran.code, ran.change["outcome"]) == (0, "done")
    assert workflows(sandbox)["Onboarding"]["description"] == "new"


def test_create_that_can_neither_be_read_nor_made_active_is_unknown(project: Any, sandbox: Any) -> None:
    refused = {"status": 403, "body": {}}
    sandbox.faults([{"match": {"method": method, "path": "/v1/workflows/*"}, "do": refused} for method in ("GET", "PUT")])
    ran = project.run("deploy", "--release", "always")
    assert (ran.code, ran.change["outcome"], ran.change["live"]) == (4, "unknown", False), ran.out
    assert "whether it is live is unknown" in ran.change["error"]["message"]
    sandbox.faults([])
    assert project.run("deploy", "--release", "always").code == 0
    assert [workflow["status"] for workflow in sandbox.state()["meingpt"][0]["workflows"]] == ["active"]


def test_step_whose_form_the_page_does_not_show_deploys_when_its_rules_are_off(project: Any, sandbox: Any) -> None:
    steps = "  - {id: my-step, type: email, config: {to: a@example.com}}\n  - {id: ask, type: approval}\n  - {id: mail, type: email}\n"
    project.write("workflows/onboarding.yaml", f"name: Onboarding\ntrigger: {{type: webhook}}\nsteps:\n{steps}")
    refused = project.run("deploy", "--release", "always")
    rules = {finding["rule"] for finding in refused.report["findings"] if finding["severity"] == "error"}
    assert (refused.code, rules, writes(sandbox)) == (1, {"step-names", "config-value"}, [])
    project.write("flowship.yml", MANIFEST + "lint: {severity: {step-names: off, config-value: off}}\n")
    assert project.run("deploy", "--release", "always").code == 0
    assert [step["id"] for step in workflows(sandbox)["Onboarding"]["steps"]] == ["my-step", "ask", "mail"]
    assert project.run("deploy", "--release", "always").change["action"] == "unchanged"
    assert project.run("drift").code == 0
