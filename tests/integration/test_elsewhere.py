"""Two environments on one target, where the manifest alone does not show it: refused before any write."""

from typing import Any

import pytest

RELEASE = ("--release", "always")
STAGING = ("--environment", "staging")


def manifest(repository: Any, production: str, staging: str, source: str) -> None:
    entry = f"  one:\n    source: {source}\n    {production}\n    environments:\n      staging: {{{staging}}}\n"
    repository.write("flowship.yml", f"version: 1\nenvironments: [production, staging]\nworkflows:\n{entry}")


def writes(sandbox: Any) -> int:
    return sum(request["method"] != "GET" for request in sandbox.requests())


@pytest.fixture
def meingpt(repository: Any, sandbox: Any) -> Any:
    repository.workflow()
    repository.use(sandbox.url, MEINGPT="sandbox-acme")
    return repository


def test_an_id_that_only_the_state_knows_is_not_written_to_by_another_environment(meingpt: Any, sandbox: Any) -> None:
    manifest(meingpt, "key: MEINGPT", "key: MEINGPT", "workflows/onboarding.yaml")
    id_ = meingpt.run("deploy", *RELEASE).change["target"]
    line = f"key: MEINGPT, id: {id_}, set: {{'steps[id=greet].config.model': gpt-tiny}}"
    manifest(meingpt, "key: MEINGPT", line, "workflows/onboarding.yaml")
    before = writes(sandbox)
    ran = meingpt.run("deploy", *RELEASE, *STAGING)
    assert (ran.code, ran.report["problem"]["code"], writes(sandbox)) == (2, "shared-target", before)
    assert f"one in staging leads to {id_}, the target of one in production" in ran.report["problem"]["message"]
    assert meingpt.run("plan", *RELEASE, *STAGING).code == 2
    meingpt.workflow(more="description: more\n")
    assert meingpt.run("deploy", *RELEASE).code == 0  # whose it is goes on


def test_what_the_manifest_names_otherwise_by_now_is_free(meingpt: Any, sandbox: Any) -> None:
    manifest(meingpt, "key: MEINGPT", "key: MEINGPT", "workflows/onboarding.yaml")
    first, second = (meingpt.run("deploy", *RELEASE, *more).change["target"] for more in ((), STAGING))
    swapped = f"key: MEINGPT, id: {first}, set: {{'steps[id=greet].config.model': gpt-tiny}}"
    manifest(meingpt, f"key: MEINGPT\n    id: {second}", swapped, "workflows/onboarding.yaml")
    assert meingpt.run("deploy", *RELEASE, *STAGING).code == 0


def test_two_keys_of_one_gptbots_workflow_are_one_target(repository: Any, start_sandbox: Any) -> None:
    targets = {name: {"key": f"key-{name}", "id": "66f0a1b2c3d4e5f6a7b8c9d0"} for name in ("one", "other")}
    sandbox = start_sandbox(targets={"gptbots": {"targets": targets}})
    repository.flow()
    repository.use(sandbox.url, ONE="key-one", OTHER="key-other")
    manifest(repository, "key: ONE", "key: OTHER, set: {name: Staging}", "flows/a.flow")
    assert repository.run("deploy", *RELEASE).code == 0
    before = writes(sandbox)
    ran = repository.run("deploy", *STAGING)
    assert (ran.code, ran.report["problem"]["code"], writes(sandbox)) == (2, "shared-target", before), ran.out
