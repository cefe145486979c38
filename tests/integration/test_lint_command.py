"""`flowship lint` as it is typed: formats, what it finds where, and that what the manifest says of findings counts in every mode."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from runner_grammar import Grammar

ROOT = Path(__file__).parents[2]
MANIFEST = """\
version: 1
workflows:
  a: {source: flows/a.flow, key: A}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
KEY_UNKNOWN = "owner: sales\n"  # workflow-unknown-key: an error that the platform would not raise


def lines_of(out: str) -> set[str]:
    return {line for line in out.splitlines() if not line.startswith(" ")}


def typed(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """The program itself, in a process of its own, in that folder."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    command = [sys.executable, "-m", "deployer", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_references_are_checked_in_every_place_of_a_node() -> None:
    ran = typed(ROOT / "tests" / "data" / "lint" / "bad", "lint", "reference-places.flow")
    assert ran.returncode == 1
    assert "reference-places.flow:9:231: error: There is no node `nobody` to read from. [flow-reference]" in ran.stdout
    assert "reference-places.flow:13:350: warning: The HTTP node `call` reads from `a`, which does not run on every branch" in ran.stdout
    good = typed(ROOT / "tests" / "data" / "lint" / "ok", "lint", "references.flow")
    assert (good.returncode, good.stdout, good.stderr) == (0, "1 file, no errors\n", "")


def test_a_folder_without_a_manifest(repository: Any) -> None:
    """Every known file is found and linted, and paths are relative to the working directory."""
    repository.flow("here/flows/a.flow", exportType="BOT")
    repository.flow("here/b.flow")
    repository.workflow("here/deep/er/onboarding.yaml", more=KEY_UNKNOWN)
    repository.write("here/broken.flow", '{"formatVersion": ')
    repository.write("here/deep/tabs.yml", "trigger: {}\nsteps:\n\t- a\n")
    repository.write("here/deep/compose.yaml", "services: {}\n")
    repository.write("here/node_modules/x.flow", "{")
    ran = typed(repository.root / "here", "lint", "--format", "json", ".")
    assert (ran.returncode, ran.stderr) == (1, "")
    document = json.loads(ran.stdout)
    assert document["schema"] == 1
    found = {(finding["path"], finding["rule"]) for finding in document["findings"] if finding["severity"] == "error"}
    assert found == {
        ("broken.flow", "flow-nearly-json"),
        ("deep/er/onboarding.yaml", "workflow-unknown-key"),
        ("deep/tabs.yml", "yaml-tab"),
        ("flows/a.flow", "flow-export-type"),
    }
    from_above = typed(repository.root, "lint", "--format", "json", "here")
    assert {(finding["path"], finding["rule"]) for finding in json.loads(from_above.stdout)["findings"] if finding["severity"] == "error"} == {
        (f"here/{path}", rule) for path, rule in found
    }


def test_a_clean_folder_says_nothing(repository: Any) -> None:
    repository.flow()
    ran = repository.run("lint", ".")
    assert (ran.code, ran.err) == (0, "")
    assert re.fullmatch(r"1 file, no errors(, \d+ notes?: --notes shows them)?\n", ran.out)
    assert json.loads(repository.run("lint", "--format", "json", ".").out) == {"schema": 1, "findings": []}


def test_the_folder_of_the_manifest_stands_for_it(repository: Any) -> None:
    repository.flow()
    repository.write("flowship.yml", "version: 1\nworkflows:\n  a: {source: flows/a.flow, kee: A}\n")
    assert "flowship.yml:3:" in repository.run("lint", ".").out
    assert "flowship.yml" not in repository.run("lint", "flows").out


@pytest.fixture
def wrong(repository: Any) -> Any:
    """A workflow with an error on line 5, and one in the flow."""
    repository.flow("flows/a.flow", exportType="BOT")
    repository.workflow(more=KEY_UNKNOWN)
    repository.write("flowship.yml", MANIFEST)
    return repository


def test_text_in_a_pipe_is_a_line_for_each(wrong: Any) -> None:
    ran = typed(wrong.root, "lint")
    assert ran.returncode == 1
    pattern = r"[^:]+(:\d+:\d+)?: (error|warning|info): .* \[[a-z-]+\]"
    *lines, last = (line for line in ran.stdout.splitlines() if not line.startswith(" "))
    assert all(re.fullmatch(pattern, line) for line in lines), ran.stdout
    assert re.fullmatch(r"3 files, 2 errors, \d+ notes: --notes shows them", last)
    assert "\x1b" not in ran.stdout


def on_a_terminal(folder: Path, **variables: str) -> str:
    master, slave = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm", **variables}
    process = subprocess.Popen([sys.executable, "-m", "deployer", "lint"], cwd=folder, env=environment, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 65536):
            shown += chunk
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(master)
    assert process.wait(timeout=30) == 1
    return shown.decode().replace("\r\n", "\n")


def test_at_a_terminal_the_place_is_pointed_at(wrong: Any) -> None:
    plain = on_a_terminal(wrong.root, NO_COLOR="1")
    assert "5 | owner: sales\n  | ^~~~~\n" in plain
    assert "\x1b" not in plain
    assert re.search(r"\n3 files, 2 errors, \d+ notes: --notes shows them\n$", plain)
    assert re.sub(r"\x1b\[[\d;]*m", "", on_a_terminal(wrong.root)) == plain
    assert "\x1b" not in on_a_terminal(wrong.root, TERM="dumb")


def test_sarif(wrong: Any) -> None:
    ran = wrong.run("lint", "--format", "sarif")
    (run,) = json.loads(ran.out)["runs"]
    assert (ran.code, {result["ruleId"] for result in run["results"]} >= {"flow-export-type", "workflow-unknown-key"}) == (1, True)
    assert all(rule["help"]["text"] for rule in run["tool"]["driver"]["rules"])


def test_junit(wrong: Any) -> None:
    root = ET.fromstring(wrong.run("lint", "--format", "junit").out)
    cases = {case.get("name"): case.find("failure") is not None for case in root.iter("testcase")}
    assert cases == {"flows/a.flow": True, "workflows/onboarding.yaml": True, "flowship.yml": False}


def test_github_prints_annotations_within_its_limits(wrong: Any) -> None:
    wrong.workflow(more=KEY_UNKNOWN + "".join(f"k{number}: 1\n" for number in range(30)))
    ran = wrong.run("lint", "--format", "github")
    commands = Grammar().read(ran.out)
    assert ran.code == 1
    names = [command.name for command in commands]
    assert names == sorted(names, key=["error", "warning", "notice"].index)
    assert names.count("error") == 10
    first = commands[0].properties
    assert (first["file"], first["title"]) == ("flows/a.flow", "flow-export-type")
    assert "22 more findings" in ran.out


@pytest.mark.parametrize("name", ["github", "sarif"])
def test_a_job_in_a_folder_names_files_below_the_checkout(wrong: Any, name: str) -> None:
    """Annotations and code scanning look below the checkout, wherever the job works."""
    told = typed(wrong.root, "lint", "--format", name, GITHUB_WORKSPACE=str(wrong.root.parent)).stdout
    assert f"{wrong.root.name}/flows/a.flow" in told
    assert f"{wrong.root.name}/flows/a.flow" not in typed(wrong.root, "lint", "--format", name, GITHUB_WORKSPACE=str(wrong.root)).stdout


def test_a_manifest_that_is_named_must_be_there(wrong: Any) -> None:
    ran = wrong.run("lint", "--manifest", "flowships.yml")
    assert ran.code == 2
    assert "There is no manifest flowships.yml" in ran.err
    assert "Fix: Did you mean `flowship.yml`?" in ran.err


@pytest.mark.parametrize("name", ["sarif", "junit", "github"])
def test_every_format_can_say_that_all_is_well(repository: Any, name: str) -> None:
    repository.flow()
    assert repository.run("lint", "--format", name).code == 0


def with_lint(wrong: Any, text: str) -> None:
    wrong.write("flowship.yml", MANIFEST.replace("workflows:", f"lint: {text}\nworkflows:"))


def test_the_manifest_counts_for_a_single_file_too(wrong: Any) -> None:
    assert wrong.run("lint", "workflows/onboarding.yaml").code == 1
    with_lint(wrong, "{severity: {workflow-unknown-key: warning}}")
    ran = wrong.run("lint", "workflows/onboarding.yaml")
    assert (ran.code, "warning: " in ran.out) == (0, True)
    with_lint(wrong, "{ignore: [{path: 'workflows/*'}]}")
    assert re.fullmatch(r"\d files?, no errors\n", wrong.run("lint", "workflows/onboarding.yaml").out)
    wrong.write("other.yml", MANIFEST)
    assert wrong.run("lint", "--manifest", "other.yml", "workflows/onboarding.yaml").code == 1


@pytest.mark.parametrize(
    "text", ["{severity: [a]}", "{ignore: {path: x}}", "7", "{severity: {workflow-unknown-key: never}}", "[", "{ignore: [{rules: [1]}]}"]
)
def test_a_broken_configuration_hides_nothing(wrong: Any, text: str) -> None:
    with_lint(wrong, text)
    assert "[workflow-unknown-key]" in wrong.run("lint", "workflows/onboarding.yaml").out
    assert "flowship.yml:2:" in wrong.run("lint").out or text == "["


@pytest.fixture
def deployable(repository: Any, sandbox: Any) -> Any:
    repository.flow()
    repository.workflow(more=KEY_UNKNOWN)
    repository.write("flowship.yml", MANIFEST)
    repository.use(sandbox.url, A="sandbox-workflow-a", MEINGPT="sandbox-acme")
    return repository


def writes(sandbox: Any) -> list[str]:
    return [request["path"] for request in sandbox.requests() if request["method"] != "GET"]


def test_an_ignored_error_deploys(deployable: Any, sandbox: Any) -> None:
    assert deployable.run("deploy").code == 1
    assert writes(sandbox) == []
    deployable.workflow(more="owner: sales # flowship: ignore workflow-unknown-key -- another tool reads it\n")
    assert deployable.run("deploy").code == 0
    deployable.workflow(more=KEY_UNKNOWN)
    with_lint(deployable, "{severity: {workflow-unknown-key: off}}")
    assert deployable.run("plan").code == 0


def test_what_the_platform_refuses_stops_a_deploy_whatever_is_said(deployable: Any, sandbox: Any) -> None:
    """`exportType` decides at GPTBots whether a file is a workflow at all."""
    deployable.workflow()
    deployable.flow(exportType="BOT")
    with_lint(deployable, "{severity: {flow-export-type: off}, ignore: [{path: '**'}]}")
    assert deployable.run("lint").code == 0
    for mode in ("plan", "deploy"):
        ran = deployable.run(mode)
        assert ran.code == 1
        assert "[flow-export-type]" in ran.out
    assert writes(sandbox) == []


def test_a_remark_may_be_made_an_error(deployable: Any, sandbox: Any) -> None:
    deployable.workflow()
    assert deployable.run("plan").code == 0
    with_lint(deployable, "{severity: {manifest-evals-missing: error}}")
    ran = deployable.run("deploy")
    assert (ran.code, "[manifest-evals-missing]" in ran.out, writes(sandbox)) == (1, True, [])


def test_remarks_are_counted_by_a_plan_and_listed_by_lint(deployable: Any) -> None:
    deployable.workflow()
    ran = deployable.run("plan")
    listed = deployable.run("lint", "--notes").out
    notes = sum(": info: " in line for line in listed.splitlines())
    assert notes >= 4
    assert ": info: " not in ran.out
    assert f"{notes} notes on the files" in ran.out
    assert len(ran.report["findings"]) == notes


def test_a_suite_that_cannot_be_read_stops_a_deploy(deployable: Any, sandbox: Any) -> None:
    deployable.workflow()
    deployable.write("evals/a.yml", "cases: [{name: one}]\n")
    deployable.write("flowship.yml", MANIFEST.replace("key: A}", "key: A, evals: evals/a.yml}"))
    ran = deployable.run("deploy")
    assert (ran.code, "evals/a.yml:1:" in ran.out, writes(sandbox)) == (1, True, [])
    assert "evals/a.yml:1:" in deployable.run("lint", "evals/a.yml").out


def test_a_thousand_missing_files_are_told_at_once(repository: Any) -> None:
    entries = "".join(f"  w{number}: {{source: flows/{number}.flow, key: K{number}, evals: evals/{number}.yml}}\n" for number in range(1000))
    repository.write("flowship.yml", f"version: 1\nworkflows:\n{entries}")
    out = repository.run("lint").out
    assert out.count("[file-not-found]") == 2000
    assert "flowship.yml:1002:" in out


def test_the_hook_lints_what_it_should() -> None:
    import yaml

    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert (hook["id"], hook["entry"], hook["language"]) == ("flowship-lint", "flowship lint", "python")
    for path in ("flows/a.flow", "b.bot", "flowship.yml", "workflows/onboarding.yaml"):
        assert re.search(hook["files"], path)
    assert not re.search(hook["files"], "README.md")


AGENT = {"formatVersion": "1.0", "exportType": "BOT", "name": "Desk", "botType": "MultiAgent", "multiModal": {"multiModalInput": {"fileLimit": 1}}}


@pytest.mark.parametrize(
    ("changes", "expected", "deployed"),
    [
        ({}, [], True),
        ({"exportTime": None, "plugins": [{"oAuthId": "abc"}]}, [("warning", "flow-credentials")], True),
        ({"multiModal": None}, [("warning", "bot-file-limit")], True),
        ({"name": " "}, [("error", "flow-name")], False),
        ({"humanConfig": {"status": "on"}}, [("error", "bot-human-config")], False),
    ],
)
def test_agent_is_linted_and_deployed_alike(repository: Any, changes: dict[str, Any], expected: list[tuple[str, str]], deployed: bool) -> None:
    repository.write("desk.bot", AGENT | changes)
    done = typed(repository.root, "lint", "--format", "json", "desk.bot")
    assert [(finding["severity"], finding["rule"]) for finding in json.loads(done.stdout)["findings"]] == expected
    shipped = typed(repository.root, "deploy", "--files", "desk.bot", "--sandbox", FLOWSHIP_API_KEY="key-123456")
    assert (shipped.returncode == 0) == deployed, shipped.stdout
