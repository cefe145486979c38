"""The action as a step of a workflow: a real runner builds the Dockerfile, once, and runs it against the sandbox."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from github_stand_in import GitHub, running

from deployer.config.inputs import OUTPUTS
from deployer.model.secret import forms

if TYPE_CHECKING:
    from act_runner import Ran, Repository, Step

    from tests.conftest import Sandbox

WRITES = ("POST", "PUT", "DELETE")
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
    deployable.use_image("Dockerfile")
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
    assert failed["fix"]
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
    assert {request["method"] for request in sandbox.requests()} <= {"GET"}  # platforms are read while files are linted


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


class Story:
    """One repository, one GitHub and one sandbox through which runs go, one after the other; what one leaves on GitHub is all that the next knows."""

    def __init__(self, repository: Repository, sandbox: Sandbox, hub: GitHub) -> None:
        self.repository, self.sandbox, self.hub = repository, sandbox, hub
        self.inputs = keyed(sandbox, **{"github-token": "stand-in-token", "github-api-url": hub.url})
        repository.git("remote", "add", "origin", "https://github.com/acme/flows.git")

    def merge(self, text: str, flow: str) -> str:
        """A commit on main, here and on GitHub, in which both workflows say `text`."""
        self.repository.write("flows/triage.flow", flow)
        self.repository.write("onboarding.yaml", ONBOARDING.replace("Greets who is new.", text))
        sha = self.hub.commit(self.repository.commit(text))
        self.hub.files[sha] = {path: (self.repository.root / path).read_bytes() for path in ("flowship.yml", "flows/triage.flow", "onboarding.yaml")}
        return sha

    def released_before(self, sha: str) -> None:
        """A release as the action makes it, without a runner: the story begins after it."""
        inputs = {f"INPUT_{name.upper()}": value for name, value in {"mode": "deploy", "release": "always", **self.inputs}.items()}
        run = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/flows", "GITHUB_RUN_ID": "1000", "GITHUB_SHA": sha}
        environ = {"PATH": os.environ["PATH"], "GITHUB_WORKSPACE": str(self.repository.root), **run, **inputs}
        done = subprocess.run([sys.executable, "-m", "deployer"], env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def step(self, name: str, **more: str) -> dict[str, Any]:
        inputs = {**self.inputs, "report": f"seen/{name}.json", **{each.replace("_", "-"): value for each, value in more.items()}}
        return {"id": name, "uses": "./.action", "with": inputs}

    def edit(self, text: str) -> dict[str, Any]:
        """Somebody in meinGPT's console, between two steps."""
        address = f"{self.sandbox.url}/v1/workflows/{self.onboarding}"
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        call = f"Request({address!r}, {json.dumps({'description': text}).encode()!r}, {headers!r}, method='PUT')"
        return {"shell": "python", "run": f"from urllib.request import Request, urlopen\nurlopen({call}, timeout=10).close()"}

    def run(self, *steps: dict[str, Any], ref: str = "refs/heads/main") -> tuple[dict[str, Step], list[str]]:
        """What became of each step, and all calls on the platforms meanwhile that write."""
        before = len(self.sandbox.requests())
        log, found = self.repository.job(steps, ref)
        assert [secret for secret in (KEY, TOKEN) for form in forms(secret) if form in log] == []
        asked = [each for each in self.sandbox.requests()[before:] if not each["path"].startswith("/_sandbox")]
        return found, [f"{each['method']} {each['path'].rpartition('/')[2]}" for each in asked if each["method"] in WRITES]

    @property
    def live(self) -> tuple[list[str], list[str]]:
        """The live versions of triage, and what onboarding says of itself."""
        workflows = [each for organisation in self.sandbox.state()["meingpt"] for each in organisation["workflows"] if each["status"] == "active"]
        return [name for name, status in versions(self.sandbox) if status == "PUBLISHED"], [each["description"] for each in workflows]

    @property
    def onboarding(self) -> str:
        return str(self.sandbox.state()["meingpt"][0]["workflows"][0]["id"])


@pytest.mark.timeout(240)  # seven containers
def test_plan_deploy_nothing_to_do_tag_rollback_drift(deployable: Repository, sandbox: Sandbox, flow: Callable[[str], str]) -> None:
    """Judged on what the platforms hold and were asked, not on what we say of it."""
    with running(GitHub()) as hub:
        story = Story(deployable, sandbox, hub)
        story.released_before(story.merge("A", flow("A")))
        assert story.live == (["1.0.0"], ["A"])
        sha = story.merge("B", flow("B"))
        posted = len(hub.deployments)

        planned = "${{ steps.plan.outputs.plan-hash }}"
        ran, wrote = story.run(story.step("plan", mode="plan"), story.step("deploy", plan_hash=planned), story.step("again"))
        assert [ran[name].report["mode"] for name in ("plan", "deploy", "again")] == ["plan", "deploy", "deploy"]
        assert [ran[name].outputs["changed"] for name in ("plan", "deploy", "again")] == ["1", "1", "0"]
        assert (wrote, story.live, ran["deploy"].outputs["held"]) == (["POST import"], (["1.0.0"], ["A"]), "1")
        assert len(hub.deployments) == posted + 2, "an intent and a record, and nothing for the run that had nothing to do"

        hub.tags["v1.1.0"] = sha
        ran, wrote = story.run(story.step("tag"), ref="refs/tags/v1.1.0")
        assert (ran["tag"].outputs["released"], sorted(wrote)) == ("2", ["POST release", f"PUT {story.onboarding}"])
        assert story.live == (["1.0.1"], ["B"])

        back = story.step("rollback", mode="rollback")
        edited = {**story.step("found", mode="drift", on_drift="fail"), "continue-on-error": True}
        ran, wrote = story.run(back, story.step("calm", mode="drift"), story.edit("edited by hand"), edited)
        assert ran["rollback"].report["mode"] == "rollback"
        assert (sorted(wrote[:2]), wrote[2:]) == (["POST release", f"PUT {story.onboarding}"], [f"PUT {story.onboarding}"])
        assert story.live == (["1.0.0"], ["edited by hand"])
        assert [each["warning"] for each in ran["calm"].report["changes"]] == [None, None]
        errors = {each["workflow"]: (each["error"] or {}).get("code") for each in ran["found"].report["changes"]}
        assert (ran["found"].outcome, errors) == ("failure", {"onboarding": "DRIFT", "triage": None})
        assert "'A' -> 'edited by hand'" in ran["found"].report["changes"][0]["error"]["message"].replace("→", "->").replace('"', "'")
    assert (imports(sandbox), len(versions(sandbox))) == (2, 2)
    assert set(hub.environments()) == {"flowship/production"}
    assert not (deployable.root / ".flowship").exists()
