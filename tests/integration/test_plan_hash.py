"""What `plan-hash` lets through: the plan that was approved, what is left of it, and nothing else."""

import json
from typing import Any

import pytest

IMPORT = "/v1/workflow/version/import"
RELEASE = ("--release", "always")
TWO = "version: 1\nworkflows:\n  one: {source: workflows/one.yaml, key: MEINGPT}\n  other: {source: workflows/other.yaml, key: MEINGPT}\n"

DEFINITION = """\
name: {name}
description: {words}
trigger: {{type: webhook}}
steps:
  - {{id: greet, type: ai_completion, config: {{model: gpt-4, prompt: Hello}}}}
"""


def writes(sandbox: Any) -> list[str]:
    return [request["path"] for request in sandbox.requests() if request["method"] != "GET"]


@pytest.fixture
def meingpt(repository: Any, sandbox: Any) -> Any:
    """Two live meinGPT workflows of one organisation, with a change waiting in each."""
    for name in ("one", "other"):
        repository.write(f"workflows/{name}.yaml", DEFINITION.format(name=name, words="first"))
    repository.write("flowship.yml", TWO)
    repository.use(sandbox.url, MEINGPT="sandbox-acme")
    assert repository.run("deploy", *RELEASE).code == 0
    for name in ("one", "other"):
        repository.write(f"workflows/{name}.yaml", DEFINITION.format(name=name, words="second"))
    return repository


@pytest.fixture
def flow(repository: Any, sandbox: Any) -> Any:
    repository.flow()
    repository.write("flowship.yml", "version: 1\nworkflows:\n  a: {source: flows/a.flow, key: A}\n")
    repository.use(sandbox.url, A="sandbox-workflow-a")
    return repository


def test_a_shard_that_has_one_workflow_of_an_organisation_makes_the_plan_of_all(meingpt: Any) -> None:
    plan = meingpt.run("plan", *RELEASE, "--shards", "2")
    for shard in plan.report["shards"]:
        ran = meingpt.run("deploy", *RELEASE, "--shard", shard["shard"], "--plan-hash", shard["plan_hash"])
        assert (ran.code, ran.change["outcome"]) == (0, "done"), ran.out


def test_a_workflow_that_ran_since_is_the_same_one(meingpt: Any, sandbox: Any) -> None:
    approved = meingpt.run("plan", *RELEASE, "--only", "one").report
    sandbox.call("POST", f"/v1/workflows/{approved['changes'][0]['target']}/execute", "sandbox-acme", json={"input": {}})
    assert meingpt.run("deploy", *RELEASE, "--only", "one", "--plan-hash", approved["plan_hash"]).code == 0


def test_a_workflow_that_was_edited_since_is_another_one(meingpt: Any, sandbox: Any) -> None:
    approved = meingpt.run("plan", *RELEASE, "--only", "one", "--on-drift", "overwrite").report
    sandbox.call("PUT", f"/v1/workflows/{approved['changes'][0]['target']}", "sandbox-acme", json={"description": "by hand"})
    ran = meingpt.run("deploy", *RELEASE, "--only", "one", "--on-drift", "overwrite", "--plan-hash", approved["plan_hash"])
    assert (ran.code, ran.report["problem"]["code"]) == (2, "plan-changed")


def test_a_plan_without_a_release_approves_none(flow: Any, sandbox: Any) -> None:
    approved = flow.run("plan").report["plan_hash"]
    assert flow.run("deploy", "--plan-hash", approved).code == 0
    assert flow.run("deploy", "--plan-hash", approved).code == 0  # nothing is left of it
    ran = flow.run("deploy", *RELEASE, "--plan-hash", approved)
    assert (ran.code, ran.report["problem"]["code"]) == (2, "plan-changed")
    assert writes(sandbox) == [IMPORT]


def test_nor_does_one_that_was_cut_off(flow: Any, sandbox: Any) -> None:
    approved = flow.run("plan").report["plan_hash"]
    sandbox.faults([{"match": {"path": IMPORT, "nth": 1}, "do": {"error": 40000}}])
    assert flow.run("deploy", "--plan-hash", approved).code == 1
    assert flow.run("deploy", *RELEASE, "--plan-hash", approved).code == 2
    assert flow.run("deploy", "--plan-hash", approved).code == 0


def test_a_plan_that_was_carried_out_is_not_approved_for_ever(flow: Any, sandbox: Any) -> None:
    approved = flow.run("plan").report["plan_hash"]
    assert flow.run("deploy", "--plan-hash", approved).code == 0
    flow.flow(text="B")
    assert flow.run("deploy").code == 0
    flow.flow()
    ran = flow.run("deploy", "--plan-hash", approved)
    assert (ran.code, ran.report["problem"]["code"]) == (2, "plan-changed")
    assert writes(sandbox) == [IMPORT, IMPORT]


def test_what_somebody_else_meant_since_is_not_left_of_it(flow: Any, sandbox: Any) -> None:
    approved = flow.run("plan").report["plan_hash"]
    sandbox.faults([{"match": {"path": IMPORT, "nth": [1, 2]}, "do": {"error": 40000}}])
    assert flow.run("deploy", "--plan-hash", approved).code == 1
    flow.flow(text="B")
    assert flow.run("deploy").code == 1
    assert flow.run("deploy").code == 0
    flow.flow()
    assert flow.run("deploy", "--plan-hash", approved).code == 2


def test_an_import_that_was_to_be_released_and_was_cut_off_is_gone_on_with(flow: Any, sandbox: Any) -> None:
    approved = flow.run("plan", *RELEASE).report["plan_hash"]
    sandbox.faults([{"match": {"path": "/v1/workflow/version/release", "nth": 1}, "do": {"error": 40000}}])
    assert flow.run("deploy", *RELEASE, "--plan-hash", approved).code == 1
    ran = flow.run("deploy", *RELEASE, "--plan-hash", approved)
    assert (ran.code, ran.change["action"]) == (0, "release"), json.dumps(ran.report)


def test_another_plan_says_that_nothing_was_done_and_what_to_do(flow: Any, sandbox: Any) -> None:
    for mode in ("plan", "deploy"):
        ran = flow.run(mode, "--plan-hash", "0" * 64)
        last = ran.out[ran.out.index("Nothing was written: this is another plan than the approved one\n") :]
        assert "error: plan-changed: The plan has changed: `--plan-hash` is 000" in last
        assert "Fix: Read the plan above. To apply it, give its hash to `--plan-hash`; else plan again with the same inputs as before.\n" in last
        assert ("Stopped early" in ran.out, "To apply exactly this plan" in last) == (False, False)
    assert writes(sandbox) == []
