"""The action's side of the program, with the runner's variables and files: events, outputs, annotations, summary, attacks.

The container itself is tried end to end; here the same entry point runs in this process.
"""

import base64
import json
from typing import Any, NamedTuple

import pytest
from runner_grammar import ATTACKS, Command, Grammar, read_outputs

from deployer.config.inputs import OUTPUTS

SHA = "c0ffee" + "0" * 34
MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
DEVELOPER = "sandbox-account-acme:s3cret-of-the-account"
KEYS = "TRIAGE=sandbox-workflow-triage\nMEINGPT=sandbox-acme"


class Step(NamedTuple):
    """A step of a job: its exit code, log, the runner's commands in it, outputs and summary."""

    code: int
    log: str
    commands: list[Command]
    outputs: dict[str, str]
    summary: str

    def annotations(self, level: str) -> list[Command]:
        return [command for command in self.commands if command.name == level]


@pytest.fixture
def step(repository: Any, sandbox: Any) -> Any:
    """Runs the action for an event in a repository with two workflows."""
    repository.flow()
    repository.workflow()
    repository.write("flowship.yml", MANIFEST)
    repository.use(sandbox.url)

    def run(event: str = "", payload: dict[str, Any] | None = None, ref: str = "refs/heads/main", **inputs: str) -> Step:
        for name in ("output", "summary"):
            repository.write(f".runner/{name}", "")
        repository.write(".runner/event.json", {"repository": {"default_branch": "main"}, **(payload or {})})
        environment = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(repository.root / ".runner/event.json"),
            "GITHUB_REF": ref,
            "GITHUB_REPOSITORY": "acme/flows",
            "GITHUB_SHA": SHA,
            "GITHUB_WORKSPACE": str(repository.root),
            "GITHUB_OUTPUT": str(repository.root / ".runner/output"),
            "GITHUB_STEP_SUMMARY": str(repository.root / ".runner/summary"),
            "INPUT_MODE": "auto",
            "INPUT_KEYS": KEYS,
            **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()},
        }
        ran = repository.run(**environment)
        outputs = read_outputs((repository.root / ".runner/output").read_text())
        return Step(ran.code, ran.out + ran.err, Grammar().read(ran.out), outputs, (repository.root / ".runner/summary").read_text())

    return run


def writes(sandbox: Any) -> list[str]:
    return [request["path"] for request in sandbox.requests() if request["method"] != "GET"]


PUSH = {"head_commit": {"message": "Answer faster\n\nLong story"}}


def test_a_push_to_the_default_branch_makes_a_draft_and_holds_meingpt(step: Any, sandbox: Any) -> None:
    ran = step("push", PUSH)
    assert ran.code == 0, ran.log
    assert {name: ran.outputs[name] for name in ("ok", "changed", "released", "held")} == {"ok": "true", "changed": "1", "released": "0", "held": "1"}
    (target,) = sandbox.state()["gptbots"]
    assert target["versions"][0]["version_desc"].startswith(f"Answer faster {SHA[:7]} fs:")
    assert target["versions"][0]["status"] == "DRAFT"
    assert not [path for path in writes(sandbox) if path.startswith("/v1/workflows")]


def test_a_tag_releases_both(step: Any, sandbox: Any) -> None:
    step("push", PUSH)
    ran = step("push", PUSH, "refs/tags/v1.0.0")
    assert (ran.code, ran.outputs["released"]) == (0, "2")
    assert json.loads(ran.outputs["results"])["triage"]["version"] == "1.0.0"
    assert sum(path.endswith("/import") for path in writes(sandbox)) == 1
    assert "2 released" in ran.summary


@pytest.mark.parametrize(
    ("event", "payload", "ref"),
    [
        ("push", {}, "refs/tags/v1.0.0-rc1"),
        ("push", {}, "refs/heads/feature"),
        ("push", {"deleted": True}, "refs/tags/v1.0.0"),
        ("pull_request", {"action": "opened"}, "refs/pull/12/merge"),
        ("pull_request", {"action": "closed"}, "refs/pull/12/merge"),
        ("schedule", {}, "refs/heads/main"),
        ("merge_group", {}, "refs/heads/gh-readonly-queue/main/pr-1"),
        ("workflow_dispatch", {}, "refs/heads/main"),
    ],
)
def test_everything_else_writes_nothing_and_succeeds(step: Any, sandbox: Any, event: str, payload: dict[str, Any], ref: str) -> None:
    ran = step(event, payload, ref)
    assert (ran.code, ran.outputs["ok"], writes(sandbox)) == (0, "true", [])


def test_a_fork_without_keys_is_linted_and_planned_with_a_notice(step: Any, sandbox: Any) -> None:
    pull = {"action": "opened", "pull_request": {"number": 12, "head": {"sha": SHA, "repo": {"full_name": "somebody/flows"}}}}
    ran = step("pull_request", pull, "refs/pull/12/merge", keys="")
    assert (ran.code, sandbox.requests()) == (0, [])
    assert any("Cannot tell what is there" in notice.message for notice in ran.annotations("notice"))


def test_a_fork_is_planned_without_the_platforms_own_check_with_a_notice(step: Any, repository: Any, sandbox: Any) -> None:
    repository.write("flowship.yml", MANIFEST + "precheck: {key: DEV, organisation: o}\n")
    pull = {"action": "opened", "pull_request": {"number": 12, "head": {"sha": SHA, "repo": {"full_name": "somebody/flows"}}}}
    ran = step("pull_request", pull, "refs/pull/12/merge", mode="plan", precheck="true", keys=f"{KEYS}\nDEV={DEVELOPER}")
    assert (ran.code, sandbox.requests()) == (0, [])
    assert any("`precheck` was not asked" in notice.message for notice in ran.annotations("notice"))


def test_the_platforms_refusal_is_annotated_on_its_file_and_no_form_of_the_developer_key_is_shown(step: Any, repository: Any, sandbox: Any) -> None:
    repository.write("flowship.yml", MANIFEST + "precheck: {key: DEV, organisation: o}\n")
    forms = (*DEVELOPER.split(":"), base64.b64encode(DEVELOPER.encode()).decode())
    refusal = {"valid": False, "error_message": f"::error::refused for {' '.join(forms)}"}
    sandbox.faults([{"match": {"path": "*/import/precheck"}, "do": {"status": 200, "body": json.dumps({"code": 0, "data": refusal})}}])
    ran = step("workflow_dispatch", mode="plan", precheck="true", keys=f"{KEYS}\nDEV={DEVELOPER}")
    assert ran.code == 1
    (error,) = ran.annotations("error")
    assert (error.properties["file"], error.properties["title"]) == ("flows/a.flow", "precheck")
    assert "refused for *** *** ***" in error.message
    masks = {command.message for command in ran.commands if command.name == "add-mask"}
    assert set(forms) <= masks
    shown = [line for line in ran.log.splitlines() if not line.startswith("::add-mask::")]
    assert not [form for form in forms if form in "\n".join((*shown, *ran.outputs.values(), ran.summary))]


def test_a_push_without_its_keys_fails(step: Any) -> None:
    ran = step("push", PUSH, keys="")
    assert ran.code == 2
    assert "No key for onboarding" in ran.annotations("error")[0].message


@pytest.mark.parametrize("inputs", [{}, {"mode": "nonsense"}, {"keys": "x"}, {"environment": "nowhere"}])
def test_every_output_is_set_on_every_run(step: Any, inputs: dict[str, str]) -> None:
    ran = step("push", PUSH, **inputs)
    assert set(ran.outputs) == set(OUTPUTS)
    assert ran.outputs["ok"] == ("false" if inputs else "true")
    assert json.loads(ran.outputs["matrix"])["include"] == [{"shard": "1/1", "number": 1, "plan-hash": ""}]


def test_a_failed_import_is_annotated_on_its_file_with_code_message_and_fix(step: Any, sandbox: Any) -> None:
    sandbox.faults([{"match": {"path": "*/import"}, "do": {"error": 403202}}])
    ran = step("push", PUSH)
    assert ran.code == 1
    (error,) = ran.annotations("error")
    assert error.properties["file"] == "flows/a.flow"
    assert "403202" in error.properties["title"]
    assert "\n" in error.message
    assert "failed" in ran.summary
    assert ran.outputs["ok"] == "false"


def test_a_lint_error_is_annotated_at_its_line(step: Any, repository: Any, sandbox: Any) -> None:
    repository.workflow(more="status: active\n")
    ran = step("push", PUSH)
    assert (ran.code, {request["method"] for request in sandbox.requests()} <= {"GET"}) == (1, True)
    (error,) = ran.annotations("error")
    assert (error.properties["file"], error.properties["line"]) == ("workflows/onboarding.yaml", "5")


def test_switches_turn_channels_off(step: Any) -> None:
    ran = step("push", PUSH, annotations="false", summary="false", keys="")
    assert (ran.code, ran.summary, ran.annotations("error")) == (2, "", [])


def test_keys_are_masked_before_anything_else_and_appear_nowhere(step: Any, sandbox: Any, repository: Any) -> None:
    sandbox.faults([{"match": {"path": "*/import"}, "do": {"status": 400, "body": {"code": 40000, "msg": "bad key sandbox-workflow-triage"}}}])
    ran = step("push", PUSH, report="r.json", sarif="r.sarif", junit="r.xml")
    masked = [command.message for command in ran.commands if command.name == "add-mask"]
    assert {"sandbox-workflow-triage", "sandbox-acme"} <= set(masked)
    rest = "\n".join(line for line in ran.log.splitlines() if not line.startswith("::add-mask::"))
    files = [(repository.root / name).read_text() for name in ("r.json", "r.sarif", "r.xml")]
    for text in (rest, ran.summary, str(ran.outputs), *files):
        for secret in masked:
            assert secret not in text


OURS = {"add-mask", "group", "endgroup", "error", "warning", "notice"}


@pytest.mark.parametrize("attack", [text for text in ATTACKS.values() if text and "\ud800" not in text], ids=lambda text: repr(text)[:30])
def test_hostile_text_from_platform_manifest_and_commit_is_never_a_command(step: Any, sandbox: Any, repository: Any, attack: str) -> None:
    repository.write("flowship.yml", MANIFEST.replace("  triage:", f"  {json.dumps(attack)}:"))
    warned = {"code": 0, "msg": attack, "data": {"botId": attack, "botType": "Workflow", "version": f"1{attack}", "warning": attack}}
    sandbox.faults([{"match": {"path": "*/import", "nth": 1}, "do": {"status": 200, "body": warned}}])
    ran = step("push", {"head_commit": {"message": attack}}, message=attack)
    assert {command.name for command in ran.commands} <= OURS
    assert "pwned" not in "".join(command.name for command in Grammar(respects_stop=False).read(ran.log))
    assert [command for command in ran.commands if command.name == "error" and command.message == "pwned"] == []
    assert set(ran.outputs) == set(OUTPUTS)


def test_the_sandbox_input_needs_no_key(step: Any, sandbox: Any) -> None:
    ran = step("push", PUSH, "refs/tags/v1.0.0", keys="", sandbox="true")
    assert (ran.code, ran.outputs["released"]) == (0, "2"), ran.log
    assert sandbox.requests() == []
