"""Commands that need no platform, and doctor: through `main`, as a person types them."""

import json
import re
from typing import Any

import pytest

from deployer import __version__
from deployer.config.inputs import LOCAL_COMMANDS, MODES


def test_version(repository: Any) -> None:
    assert repository.run("--version").out == f"flowship {__version__}\n"


def test_help_names_every_command_and_where_keys_come_from(repository: Any) -> None:
    ran = repository.run("--help")
    assert ran.code == 0
    for command in (*MODES, *LOCAL_COMMANDS):
        assert f"\n  {command} " in ran.out
    assert "FLOWSHIP_KEY_<NAME>" in ran.out


@pytest.mark.parametrize("command", [*MODES, *LOCAL_COMMANDS])
def test_every_command_has_help(repository: Any, command: str) -> None:
    ran = repository.run(command, "--help")
    assert ran.code == 0
    assert f"flowship {command}" in ran.out


def test_no_option_takes_a_key(repository: Any) -> None:
    assert "key" not in [word.strip("[]-") for word in repository.run("deploy", "--help").out.split() if word.startswith("--")]
    ran = repository.run("deploy", "--api-key", "secret")
    assert ran.code == 2


def test_nothing_typed_is_an_overview_and_2(repository: Any) -> None:
    ran = repository.run()
    assert (ran.code, "usage: flowship COMMAND" in ran.out) == (2, True)


@pytest.mark.parametrize(("typed", "said"), [("depoly", "`deploy`"), ("evla", "`eval`"), ("::error::x\n", "\\n")])
def test_an_unknown_command(repository: Any, typed: str, said: str) -> None:
    ran = repository.run(typed)
    assert ran.code == 2
    assert said in ran.err
    assert not any(line.startswith("::") for line in ran.err.splitlines())


def test_lint_says_of_good_files_how_many_they_are(repository: Any) -> None:
    repository.flow()
    repository.workflow()
    ran = repository.run("lint")
    assert (ran.code, ran.err) == (0, "")
    assert re.fullmatch(r"2 files, no errors(, \d+ notes?: --notes shows them)?\n", ran.out)


def test_lint_shows_each_mistake_at_its_place_and_as_json(repository: Any) -> None:
    repository.flow(exportType="BOT")
    repository.workflow(more="status: active\n")
    ran = repository.run("lint", "flows", "workflows/onboarding.yaml")
    assert ran.code == 1
    assert "flows/a.flow:1:" in ran.out
    assert "workflows/onboarding.yaml:5:1: error:" in ran.out
    document = json.loads(repository.run("lint", "--format", "json").out)
    assert document["schema"] == 1
    assert {finding["path"] for finding in document["findings"]} == {"flows/a.flow", "workflows/onboarding.yaml"}


def test_lint_reads_the_manifest_and_what_it_names(repository: Any) -> None:
    repository.flow("flows/a.flow", exportType="BOT")
    repository.write("flowship.yml", "version: 1\nworkflows:\n  a: {source: flows/a.flow, kee: A}\n")
    ran = repository.run("lint")
    assert ran.code == 1
    assert "flowship.yml:3:" in ran.out
    assert "flows/a.flow:1:" in ran.out


def test_lint_with_nothing_to_lint_is_a_wrong_request(repository: Any) -> None:
    ran = repository.run("lint")
    assert (ran.code, "nothing to lint" in ran.err) == (2, True)


@pytest.mark.parametrize("name", ["manifest", "workflow", "flow", "evals", "report"])
def test_schema_prints_a_json_schema(repository: Any, name: str) -> None:
    ran = repository.run("schema", name)
    assert ran.code == 0
    assert json.loads(ran.out)["$schema"].startswith("https://json-schema.org/")


@pytest.mark.parametrize(("option", "said"), [("--targets", "gptbotz"), ("--faults", "list of rules")])
def test_a_wrong_sandbox_file_is_a_wrong_request(repository: Any, option: str, said: str) -> None:
    repository.write("file.yml", "gptbotz: {}\n")
    ran = repository.run("sandbox", "--port", "0", option, "file.yml")
    assert (ran.code, said in ran.err) == (2, True), ran.err


def test_init_writes_what_lint_and_plan_take(repository: Any, sandbox: Any) -> None:
    repository.flow("flows/triage.flow")
    repository.workflow("workflows/onboarding.yaml")
    assert repository.run("init").code == 0
    assert (repository.root / ".github/workflows/flowship.yml").exists()
    lint = repository.run("lint")
    assert (lint.code, lint.out.count("\n")) == (0, 1), lint.out
    repository.use(sandbox.url, TRIAGE="sandbox-workflow-triage", MEINGPT="sandbox-acme")
    plan = repository.run("plan")
    assert (plan.code, len(plan.report["changes"])) == (0, 2), plan.out + plan.err


MANIFEST = """\
version: 1
environments: [production, staging]
workflows:
  triage:
    source: flows/a.flow
    key: TRIAGE
    environments:
      staging: {key: TRIAGE_STAGING}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    repository.flow()
    repository.workflow()
    repository.write("flowship.yml", MANIFEST)
    repository.use(sandbox.url, TRIAGE="sandbox-workflow-triage", TRIAGE_STAGING="sandbox-workflow-staging", MEINGPT="sandbox-acme")
    return repository


def test_doctor_looks_at_every_key_of_every_environment(project: Any, sandbox: Any) -> None:
    ran = project.run("doctor")
    assert ran.code == 0, ran.out
    assert "3 of 3 targets ready" in ran.out
    assert {request["method"] for request in sandbox.requests()} == {"GET"}


def test_doctor_names_preview_keys_that_were_not_given(project: Any) -> None:
    previewed = MANIFEST.replace("key: MEINGPT}", "key: MEINGPT, preview: {key: COPIES}}").replace(
        "key: TRIAGE\n", "key: TRIAGE\n    preview: {keys: [POOL_1, POOL_2]}\n"
    )
    project.write("flowship.yml", previewed)
    ran = project.run("doctor", FLOWSHIP_KEY_POOL_1="sandbox-workflow-pool-1")
    (notice,) = ran.report["notices"]
    assert ran.code == 0
    assert notice.startswith(
        "2 preview keys of triage, onboarding were not given: pull requests are previewed only with them. Those from forks never get"
    )
    assert notice.endswith(" Fix: Set FLOWSHIP_KEY_POOL_2, FLOWSHIP_KEY_COPIES.")
    (notice,) = project.run("doctor", "--only", "onboarding").report["notices"]
    assert notice.startswith("1 preview key of onboarding was not given")
    given = {f"FLOWSHIP_KEY_{name}": "sandbox-workflow-x" for name in ("POOL_1", "POOL_2", "COPIES")}
    assert project.run("doctor", **given).report["notices"] == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TRIAGE", "nobody", "40127"),
        ("TRIAGE", "sandbox-agent-x", "403204"),
        ("TRIAGE", "", "Set FLOWSHIP_KEY_TRIAGE."),
        ("MEINGPT", "nobody", "UNAUTHORIZED"),
    ],
)
def test_doctor_says_what_is_wrong_with_a_key_and_goes_on(project: Any, name: str, value: str, said: str) -> None:
    ran = project.run("doctor", **{f"FLOWSHIP_KEY_{name}": value})
    assert (ran.code, said in ran.out) == (1, True), ran.out
    assert "2 of 3 targets ready" in ran.out


def test_doctor_finds_two_environments_on_one_target(repository: Any, start_sandbox: Any) -> None:
    same = {"id": "7" * 24}
    sandbox = start_sandbox(targets={"gptbots": {"targets": {"triage": same, "staging": same}}})
    repository.flow()
    repository.workflow()
    repository.write("flowship.yml", MANIFEST)
    repository.use(sandbox.url, TRIAGE="sandbox-workflow-triage", TRIAGE_STAGING="sandbox-workflow-staging", MEINGPT="sandbox-acme")
    ran = repository.run("doctor")
    assert ran.code == 1
    assert "the same target" in ran.out
