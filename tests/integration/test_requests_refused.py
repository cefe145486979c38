"""Requests that are wrong in themselves: exit 2, a message with its fix, and nothing written."""

from typing import Any

import pytest

TWO = """\
version: 1
environments: [production, staging]
workflows:
  triage:
    source: flows/a.flow
    key: TRIAGE
    environments:
      staging: {key: TRIAGE_STAGING}
  answer:
    source: flows/b.flow
    key: ANSWER
"""


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    repository.flow("flows/a.flow", "a")
    repository.flow("flows/b.flow", "b")
    repository.write("flowship.yml", TWO)
    repository.use(sandbox.url, TRIAGE="sandbox-workflow-triage", ANSWER="sandbox-workflow-answer")
    return repository


def refused(project: Any, sandbox: Any, *arguments: str, **environment: str) -> str:
    """Runs, expects exit 2 and not one write; returns all that was said."""
    ran = project.run(*arguments, **environment)
    assert ran.code == 2, ran.out + ran.err
    assert [request for request in sandbox.requests() if request["method"] != "GET"] == []
    return str(ran.out + ran.err)


def test_a_missing_key_names_workflow_entry_and_the_line_to_add(project: Any, sandbox: Any) -> None:
    del project.environment["FLOWSHIP_KEY_ANSWER"]
    said = refused(project, sandbox, "deploy")
    assert "No key for answer in production" in said
    assert "flowship.yml" in said
    assert "Set FLOWSHIP_KEY_ANSWER." in said


def test_every_missing_key_is_named_at_once(project: Any, sandbox: Any) -> None:
    del project.environment["FLOWSHIP_KEY_ANSWER"]
    del project.environment["FLOWSHIP_KEY_TRIAGE"]
    said = refused(project, sandbox, "deploy")
    assert "No key for answer, triage" in said


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "PATH", "AWS_SECRET_ACCESS_KEY"])
def test_no_other_variable_is_ever_read_as_a_key(project: Any, sandbox: Any, name: str) -> None:
    project.write("flowship.yml", TWO.replace("key: ANSWER", f"key: {name}"))
    said = refused(project, sandbox, "deploy", **{name: "sandbox-workflow-stolen"})
    assert "No key for answer" in said
    assert "stolen" not in said


def test_two_entries_on_one_key(project: Any, sandbox: Any) -> None:
    said = refused(project, sandbox, "deploy", FLOWSHIP_KEY_ANSWER="sandbox-workflow-triage")
    assert "have one key" in said
    assert "sandbox-workflow-triage" not in said


def test_two_environments_on_one_key(project: Any, sandbox: Any) -> None:
    assert "triage in staging" in refused(project, sandbox, "deploy", FLOWSHIP_KEY_TRIAGE_STAGING="sandbox-workflow-triage")


def test_two_keys_of_one_target_are_found_by_its_id(repository: Any, start_sandbox: Any) -> None:
    same = {"id": "5" * 24}
    sandbox = start_sandbox(targets={"gptbots": {"targets": {"triage": same, "answer": same}}})
    repository.flow("flows/a.flow")
    repository.flow("flows/b.flow", "b")
    repository.write("flowship.yml", TWO)
    repository.use(sandbox.url, TRIAGE="sandbox-workflow-triage", ANSWER="sandbox-workflow-answer")
    assert "are one target" in refused(repository, sandbox, "deploy")


def test_two_meingpt_entries_with_one_id(repository: Any, sandbox: Any) -> None:
    repository.workflow("w/a.yaml")
    entry = "    source: w/a.yaml\n    key: MEINGPT\n    id: wf_1\n"
    repository.write("flowship.yml", f"version: 1\nworkflows:\n  one:\n{entry}  two:\n{entry}")
    repository.use(sandbox.url, MEINGPT="sandbox-acme")
    assert "id `wf_1`" in refused(repository, sandbox, "deploy")


def test_an_undeclared_environment_names_the_nearest(project: Any, sandbox: Any) -> None:
    assert "staging" in refused(project, sandbox, "deploy", "--environment", "stagin")


@pytest.mark.parametrize("command", ["deploy", "plan", "rollback", "drift", "doctor"])
def test_only_names_what_is_there(project: Any, sandbox: Any, command: str) -> None:
    assert "Fix: Did you mean `triage`?" in refused(project, sandbox, command, "--only", "triagee")


def test_an_unknown_mode_names_the_nearest(project: Any, sandbox: Any) -> None:
    assert "`deploy`" in refused(project, sandbox, "depoy")
    said = refused(project, sandbox, GITHUB_ACTIONS="true", INPUT_MODE="depoy")
    assert "`deploy`" in said


@pytest.mark.parametrize(
    ("option", "value", "word"),
    [
        ("--gptbots-base-url", "http://api.example.com", "https"),
        ("--meingpt-base-url", "http://api.example.com", "https"),
        ("--gptbots-base-url", "https://user:password@api.example.com", "user"),
        ("--gptbots-base-url", "ftp://127.0.0.1", "https"),
        ("--concurrency", "0", "whole number"),
        ("--concurrency", "many", "whole number"),
        ("--timeout", "nan", "number"),
        ("--shard", "0/2", "of how many"),
        ("--to", "v1", "--to is no option of `flowship deploy`. These have it: rollback."),
        ("--endpoint", "a.b/c", "data centre"),
    ],
)
def test_a_bad_value_is_refused_before_anything_is_sent(project: Any, sandbox: Any, option: str, value: str, word: str) -> None:
    if option == "--endpoint":
        del project.environment["FLOWSHIP_GPTBOTS_BASE_URL"]
    if option == "--meingpt-base-url":
        project.workflow()
        project.write("flowship.yml", TWO + "  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}\n")
        project.use(sandbox.url, MEINGPT="sandbox-acme")
    assert word in refused(project, sandbox, "deploy", option, value)


def test_a_value_that_is_a_key_is_refused(project: Any, sandbox: Any) -> None:
    said = refused(project, sandbox, "deploy", FLOWSHIP_VALUES="MAIL=sandbox-workflow-triage")
    assert "The value MAIL" in said
    assert "sandbox-workflow-triage" not in said


@pytest.mark.parametrize("keys", ["just-a-key", "1BAD=x", "=x"])
def test_keys_that_are_no_pairs_are_refused_without_being_shown(project: Any, sandbox: Any, keys: str) -> None:
    said = refused(project, sandbox, "deploy", FLOWSHIP_KEYS=keys)
    assert "Line 1 of `FLOWSHIP_KEYS`" in said
    assert "just-a-key" not in said


def test_a_key_with_a_space_is_refused_without_being_shown(project: Any, sandbox: Any) -> None:
    said = refused(project, sandbox, "deploy", FLOWSHIP_KEY_ANSWER="not a key")
    assert "the key ANSWER" in said.lower() or "key ANSWER" in said
    assert "not a key" not in said


def test_one_key_for_two_gptbots_files(project: Any, sandbox: Any) -> None:
    said = refused(project, sandbox, "deploy", "--files", "flows/*.flow", FLOWSHIP_API_KEY="sandbox-workflow-a")
    assert "each needs a key of its own" in said


def test_no_manifest_and_no_files(repository: Any, sandbox: Any) -> None:
    assert "flowship init" in refused(repository, sandbox, "deploy")


def test_a_lint_error_stops_before_any_write(project: Any, sandbox: Any) -> None:
    project.write("flows/b.flow", '{"formatVersion": "1.0", ')
    ran = project.run("deploy")
    assert ran.code == 1
    assert ran.report["findings"][0]["path"] == "flows/b.flow"
    assert {each["method"] for each in sandbox.requests()} <= {"GET"}  # what is there is read while the files are


def test_an_unknown_manifest_key_names_the_nearest_and_its_place(project: Any, sandbox: Any) -> None:
    project.write("flowship.yml", TWO.replace("source: flows/b.flow", "sorce: flows/b.flow"))
    ran = project.run("deploy")
    assert ran.code == 2
    unknown = next(finding for finding in ran.report["findings"] if "sorce" in finding["message"])
    assert "source" in unknown["message"] + unknown["fix"]
    assert unknown["line"] == 10
    assert sandbox.requests() == []


def test_an_environment_without_a_key_is_a_finding(project: Any, sandbox: Any) -> None:
    project.write("flowship.yml", TWO.replace("staging: {key: TRIAGE_STAGING}", "staging: {endpoint: jp}"))
    ran = project.run("deploy")
    assert ran.code == 2
    assert any("staging" in finding["message"] for finding in ran.report["findings"]), ran.report["findings"]
    assert sandbox.requests() == []


def test_a_wrong_key_is_the_platforms_401_with_our_fix(project: Any, sandbox: Any) -> None:
    ran = project.run("deploy", FLOWSHIP_KEY_ANSWER="nobody-knows-this-key")
    assert ran.code == 1
    error = ran.change_of("answer")["error"]
    assert error["code"] == "40127"
    assert "secret" in error["fix"]
    assert ran.change_of("triage")["outcome"] == "done"
    assert "nobody-knows-this-key" not in ran.out + str(ran.report)


def test_a_platform_that_is_not_registered(repository: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program dispatches on the registry: nothing else knows a platform."""
    monkeypatch.setattr("deployer.platforms.registry.PLATFORMS", {})
    repository.flow()
    ran = repository.run("deploy", "--files", "flows/a.flow", "--gptbots-base-url", sandbox.url, FLOWSHIP_API_KEY="sandbox-workflow-a")
    assert (ran.code, sandbox.requests()) == (2, [])
    assert "There is no platform 'gptbots': nothing can be deployed to it." in ran.out


@pytest.mark.parametrize("command", ["preview", "cleanup"])
def test_a_preview_outside_of_github_names_what_to_set(project: Any, sandbox: Any, command: str) -> None:
    project.flow()
    ran = project.run(command, "--pull-request", "12")
    problem = ran.report["problem"]
    assert (ran.code, problem["code"], problem["fix"].split(",")[0]) == (2, "no-pull-request", "Run it on GitHub")
    assert "set GITHUB_REPOSITORY, GITHUB_API_URL and `FLOWSHIP_GITHUB_TOKEN`" in ran.out
    assert "notice:" not in ran.out
    assert sandbox.requests() == []
