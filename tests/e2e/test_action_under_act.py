"""The action as a step of a workflow: a real runner builds the Dockerfile and runs it against the sandbox."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from github_stand_in import GitHub, running

from deployer.domain.secret import forms
from deployer.inputs import OUTPUTS

if TYPE_CHECKING:
    from tests.conftest import Sandbox
    from tests.e2e.conftest import Ran, Repository

KEY = "sandbox-workflow-triage"
TOKEN = "sandbox-acme-of-e2e"
MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/triage.flow, key: TRIAGE}
  onboarding: {source: onboarding.yaml, key: MEINGPT}
"""
ONBOARDING = """\
name: Onboarding
description: Greets who is new.
trigger:
  type: webhook
steps:
  - id: greet
    name: Greet
    type: llm
    config:
      prompt: Say hello to {{ trigger.body.name }}
"""


def keyed(sandbox: Sandbox, **more: str) -> dict[str, str]:
    keys = f"TRIAGE={KEY}\nMEINGPT={TOKEN}\n"
    return {"keys": keys, "gptbots-base-url": sandbox.url, "meingpt-base-url": sandbox.url, **more}


def assert_no_secret(ran: Ran, *secrets: str) -> None:
    """Neither a key nor any form of it in the log, the outputs, the summary, or the report."""
    found = [(name, form) for name, text in ran.everything.items() for secret in secrets for form in forms(secret) if form in text]
    assert found == []


@pytest.fixture
def deployable(repository: Repository, flow: Callable[[str], str]) -> Repository:
    repository.write("flowship.yml", MANIFEST)
    repository.write("flows/triage.flow", flow("Triage"))
    repository.write("onboarding.yaml", ONBOARDING)
    repository.commit("Answer faster")
    return repository


def versions(sandbox: Sandbox) -> list[tuple[str, str]]:
    (target,) = sandbox.state()["gptbots"]
    return [(each["version"], each["status"]) for each in target["versions"]]


def imports(sandbox: Sandbox) -> int:
    return sum(each["path"].endswith("/import") for each in sandbox.requests())


def test_a_push_imports_a_draft_and_a_tag_releases_that_very_version(deployable: Repository, sandbox: Sandbox) -> None:
    pushed = deployable.push(keyed(sandbox))
    assert (pushed.code, pushed.outcome) == (0, "success"), pushed.log
    assert set(pushed.outputs) == set(OUTPUTS)
    assert {name: pushed.outputs[name] for name in ("ok", "changed", "released", "held")} == {
        "ok": "true",
        "changed": "1",
        "released": "0",
        "held": "1",
    }
    assert json.loads(pushed.outputs["results"])["triage"]["version"] == "1.0.0"
    assert pushed.report["mode"] == "deploy"
    assert [(name, status.lower()) for name, status in versions(sandbox)] == [("1.0.0", "draft")]
    assert "triage" in pushed.summary

    deployable.git("tag", "v1.0.0")
    tagged = deployable.push(keyed(sandbox), ref="refs/tags/v1.0.0")
    assert (tagged.code, tagged.outcome) == (0, "success"), tagged.log
    assert (tagged.outputs["released"], tagged.outputs["held"]) == ("2", "0")
    live = {each["workflow"]: each["live"] for each in tagged.report["changes"]}
    assert live == {"triage": True, "onboarding": True}
    assert len(versions(sandbox)) == 1
    assert imports(sandbox) == 1
    assert_no_secret(pushed, KEY, TOKEN)
    assert_no_secret(tagged, KEY, TOKEN)


def test_an_import_that_fails_fails_the_step_and_names_the_file(deployable: Repository, sandbox: Sandbox) -> None:
    """The platform's own words hold our key, plain and encoded, and a command: neither may come through."""
    said = f"refused for {KEY} {base64.b64encode(KEY.encode()).decode()} {quote(TOKEN)}\n::set-env name=PATH::/tmp"
    refusal = {"code": 403202, "message": said}
    sandbox.faults([{"match": {"path": "*/import"}, "do": {"status": 200, "body": json.dumps(refusal), "effect": False}}])
    ran = deployable.push(keyed(sandbox))
    assert (ran.code, ran.outcome) == (1, "failure"), ran.log
    (annotation,) = [line for line in ran.log.splitlines() if "::error " in line]
    assert "file=flows/triage.flow" in annotation
    assert "403202" in annotation
    assert ran.outputs["ok"] == "false"
    assert json.loads(ran.outputs["results"])["triage"]["outcome"] == "failed"
    failed = {each["workflow"]: each["error"] for each in ran.report["changes"]}["triage"]
    assert failed["code"] == "403202"
    assert failed["cure"]
    assert "triage" in ran.summary
    assert_no_secret(ran, KEY, TOKEN)


def test_lint_errors_are_annotated_on_their_file_and_line_and_nothing_is_written(deployable: Repository, sandbox: Sandbox) -> None:
    deployable.write("onboarding.yaml", ONBOARDING + "status: active\n")
    deployable.commit("A mistake")
    ran = deployable.push(keyed(sandbox))
    assert (ran.code, ran.outcome, ran.outputs["ok"]) == (1, "failure", "false"), ran.log
    line = len(ONBOARDING.splitlines()) + 1
    (annotation,) = [each for each in ran.log.splitlines() if "::error " in each]
    assert "file=onboarding.yaml" in annotation
    assert f"line={line}," in annotation
    assert "workflow-managed-key" in annotation
    assert sandbox.requests() == []


def test_findings_are_marked_on_their_lines(deployable: Repository, sandbox: Sandbox) -> None:
    """An error and a warning in two files, and one that is ignored: the runner is told of two, each on its very line, and SARIF says the same."""
    deployable.write(
        "flows/triage.flow", json.dumps(json.loads((deployable.root / "flows/triage.flow").read_text()) | {"exportType": "BOT"}, indent=2)
    )
    deployable.write("onboarding.yaml", ONBOARDING + "owner: sales  # flowship: ignore workflow-unknown-key -- another tool reads it\nteam: north\n")
    deployable.write("flowship.yml", MANIFEST + "lint: {severity: {workflow-unknown-key: warning}}\n")
    ran = deployable.push({"mode": "lint", "sarif": "seen/found.sarif"})
    assert (ran.code, ran.outcome, ran.outputs["ok"]) == (1, "failure", "false"), ran.log
    marks = re.findall(r"::(error|warning) title=([a-z-]+),file=([^,:]+),line=(\d+)", ran.log)
    lines = {name: (deployable.root / name).read_text().splitlines() for _, _, name, _ in marks}
    assert {
        (level, rule, lines[name][int(line) - 1].strip()) for level, rule, name, line in marks if rule in ("flow-export-type", "workflow-unknown-key")
    } == {
        ("error", "flow-export-type", '"exportType": "BOT",'),
        ("warning", "workflow-unknown-key", "team: north"),
    }
    (run,) = json.loads((deployable.root / "seen/found.sarif").read_text())["runs"]
    regions = {result["ruleId"]: result["locations"][0]["physicalLocation"] for result in run["results"]}
    assert regions["workflow-unknown-key"]["artifactLocation"]["uri"] == "onboarding.yaml"
    assert lines["onboarding.yaml"][regions["workflow-unknown-key"]["region"]["startLine"] - 1] == "team: north"


def test_the_sandbox_in_the_step_needs_no_key(deployable: Repository) -> None:
    ran = deployable.push({"sandbox": "true", "release": "always"})
    assert (ran.code, ran.outcome) == (0, "success"), ran.log
    assert (ran.outputs["ok"], ran.outputs["released"]) == ("true", "2")
    assert not (deployable.root / ".flowship").exists()


def test_a_missing_key_is_named_and_nothing_is_written(deployable: Repository, sandbox: Sandbox) -> None:
    ran = deployable.push(keyed(sandbox, keys=f"MEINGPT={TOKEN}\n"))
    assert (ran.code, ran.outcome, ran.outputs["ok"]) == (1, "failure", "false")  # act ends with 1 whatever the step's code was
    assert ran.report["exit_code"] == 2
    assert "TRIAGE" in ran.log
    assert [each for each in sandbox.requests() if each["method"] != "GET"] == []


def test_a_workflow_that_one_job_created_is_known_to_the_next(deployable: Repository, sandbox: Sandbox) -> None:
    with running(GitHub()) as hub:
        hub.commit(deployable.git("rev-parse", "HEAD").strip())
        deployable.git("remote", "add", "origin", "https://github.com/acme/flows.git")
        asked = keyed(sandbox, release="always", **{"github-token": "stand-in-token", "github-api-url": hub.url})
        first = deployable.push(asked)
        assert (first.code, first.outputs["released"]) == (0, "2"), first.log
        assert not (deployable.root / ".flowship").exists()
        second = deployable.push(asked)
    assert (second.code, second.outputs["ok"], second.outputs["changed"]) == (0, "true", "0"), second.log
    (organisation,) = sandbox.state()["meingpt"]
    assert len(organisation["workflows"]) == 1
    assert_no_secret(first, KEY, TOKEN)
