"""What went wrong once, for a careful reader: each stays mended."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployer.config.inputs import INPUTS, OUTPUTS
from deployer.model.errors import UsageError
from deployer.state.file import FileStateStore

IMPORT = "/v1/workflow/version/import"
ONE = "version: 1\nworkflows:\n  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}\n"


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    repository.workflow()
    repository.write("flowship.yml", ONE)
    repository.use(sandbox.url, MEINGPT="sandbox-acme")
    return repository


def defaults() -> dict[str, str]:
    """What the runner hands in: every input with its default."""
    return {each.action_variable: "" if each.default.startswith("${{") else each.default for each in INPUTS}


def writes(sandbox: Any) -> list[str]:
    return [request["path"] for request in sandbox.requests() if request["method"] != "GET"]


def test_files_can_be_used_in_the_action_where_every_input_has_its_default(repository: Any, sandbox: Any) -> None:
    repository.flow()
    repository.use(sandbox.url)
    inputs = defaults() | {"INPUT_MODE": "deploy", "INPUT_FILES": "flows/a.flow", "INPUT_API-KEY": "sandbox-workflow-a", "GITHUB_ACTIONS": "true"}
    ran = repository.run(**(inputs | {"INPUT_GPTBOTS-BASE-URL": sandbox.url, "INPUT_REPORT": "report.json"}))
    assert (ran.code, ran.change["version"]) == (0, "1.0.0"), ran.out


def test_a_removed_line_is_removed_there_without_a_state(project: Any, sandbox: Any) -> None:
    project.workflow(more="description: to go\n")
    id_ = project.run("deploy", "--release", "always").change["target"]
    project.write("flowship.yml", ONE.replace("}", f", id: {id_}}}"))
    project.workflow()
    ran = project.run("deploy", "--release", "always", "--state", "none")
    assert ran.change["action"] == "update"
    assert "What was there is saved" in ran.change["warning"]


@pytest.mark.parametrize(("on_drift", "code", "action"), [("hold", 1, "hold"), ("fail", 1, "fail"), ("overwrite", 0, "update")])
def test_an_edit_that_only_adds_is_drift(project: Any, sandbox: Any, on_drift: str, code: int, action: str) -> None:
    id_ = project.run("deploy", "--release", "always").change["target"]
    sandbox.call("PUT", f"/v1/workflows/{id_}", "sandbox-acme", json={"description": "added by hand"})
    ran = project.run("deploy", "--release", "always", "--on-drift", on_drift)
    assert (ran.code, ran.change["action"]) == (code, action)


def test_nothing_that_was_saved_is_ever_overwritten(project: Any, sandbox: Any) -> None:
    id_ = project.run("deploy", "--release", "always").change["target"]
    for words in ("EDIT ONE", "EDIT TWO"):
        sandbox.call("PUT", f"/v1/workflows/{id_}", "sandbox-acme", json={"description": words})
        assert project.run("deploy", "--release", "always", "--on-drift", "overwrite").code == 0
    saved = "".join(path.read_text() for path in project.root.glob("*.found.json"))
    assert "EDIT ONE" in saved
    assert "EDIT TWO" in saved


def test_a_job_that_never_began_claims_nothing(project: Any, sandbox: Any) -> None:
    project.flow()
    project.write("flowship.yml", ONE + "  a: {source: flows/a.flow, key: A}\n")
    sandbox.faults([{"match": {"path": IMPORT}, "do": {"error": 403202}}])
    ran = project.run("deploy", "--release", "always", "--fail-fast", "--concurrency", "1", FLOWSHIP_KEY_A="sandbox-workflow-a")
    assert ran.change_of("onboarding")["outcome"] == "skipped"
    sandbox.call("POST", "/v1/workflows", "sandbox-acme", json={"name": "Onboarding", "trigger": {"type": "webhook"}, "steps": []})
    after = project.run("deploy", "--release", "always", "--only", "onboarding")
    assert after.change["error"]["code"] == "NAME_TAKEN"


def test_an_unreadable_workflow_counts_for_fail_fast(project: Any, sandbox: Any) -> None:
    project.flow()
    project.write("flowship.yml", ONE + "  a: {source: flows/a.flow, key: A}\n")
    ran = project.run("deploy", "--release", "always", "--fail-fast", FLOWSHIP_KEY_A="nobody-knows-it")
    assert ran.change_of("onboarding")["outcome"] == "skipped"
    assert writes(sandbox) == []


def test_a_second_workflow_of_the_name_is_not_created_when_the_known_one_is_gone(project: Any, sandbox: Any) -> None:
    id_ = project.run("deploy", "--release", "always").change["target"]
    sandbox.call("DELETE", f"/v1/workflows/{id_}", "sandbox-acme")
    sandbox.call("POST", "/v1/workflows", "sandbox-acme", json={"name": "Onboarding", "trigger": {"type": "webhook"}, "steps": []})
    ran = project.run("deploy", "--release", "always")
    assert ran.change["error"]["code"] == "NAME_TAKEN"
    assert len(sandbox.state()["meingpt"][0]["workflows"]) == 1


def test_two_entries_of_one_name_are_refused_before_either_is_created(project: Any, sandbox: Any) -> None:
    project.write("flowship.yml", ONE + "  twin: {source: workflows/onboarding.yaml, key: MEINGPT}\n")
    ran = project.run("deploy", "--release", "always")
    assert (ran.code, writes(sandbox)) == (2, [])
    assert "both be created as 'Onboarding'" in ran.report["problem"]["message"]


def test_a_run_stands_back_for_a_newer_one(repository: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.flow()
    said = FileStateStore.intend

    def intend_and_be_overtaken(store: FileStateStore, environment: str, run: str, commit: str, plan_hash: str, intended: Any, until: int) -> None:
        said(store, environment, run, commit, plan_hash, intended, until)
        said(store, environment, "another-run", commit, plan_hash, intended, until)

    monkeypatch.setattr(FileStateStore, "intend", intend_and_be_overtaken)
    ran = repository.run("deploy", "--files", "flows/a.flow", "--gptbots-base-url", sandbox.url, FLOWSHIP_API_KEY="sandbox-workflow-a")
    assert (ran.code, ran.change["outcome"], ran.change["error"]["code"]) == (1, "skipped", "RIVAL")
    assert writes(sandbox) == []


def test_a_plan_that_was_begun_can_be_gone_on_with_by_its_hash(repository: Any, sandbox: Any) -> None:
    for name in "abc":
        repository.flow(f"flows/{name}.flow", name)
    entries = "".join(f"  {name}: {{source: flows/{name}.flow, key: {name.upper()}}}\n" for name in "abc")
    repository.write("flowship.yml", f"version: 1\nworkflows:\n{entries}")
    repository.use(sandbox.url, **{name.upper(): f"sandbox-workflow-{name}" for name in "abc"})
    approved = repository.run("plan").report["plan_hash"]
    sandbox.faults([{"match": {"path": IMPORT, "nth": 2}, "do": {"error": 40000}}])
    assert repository.run("deploy", "--plan-hash", approved, "--fail-fast", "--concurrency", "1").code == 1
    sandbox.faults([])
    repository.flow("flows/c.flow", "changed since")
    changed = repository.run("deploy", "--plan-hash", approved)
    assert (changed.code, changed.report["problem"]["code"], len(changed.report["changes"])) == (2, "plan-changed", 3)
    repository.flow("flows/c.flow", "c")
    assert repository.run("deploy", "--plan-hash", approved).code == 0
    assert len(sandbox.state()["gptbots"]) == 3


STATE_TROUBLE: dict[str, Callable[[Path], object]] = {
    "the folder is a file": lambda root: (root / ".flowship").write_text(""),
    "the state is a folder": lambda root: (root / ".flowship/state.jsonl").mkdir(parents=True),
    "a line without its fields": lambda root: _state(root, {"kind": "intent", "environment": "production", "run": "r"}),
    "a record without a fingerprint": lambda root: _state(
        root, {"kind": "record", "environment": "production", "run": "r", "workflow": "a", "draft": {"version": "1"}}
    ),
    "a list": lambda root: _state(root, [1]),
}


def _state(root: Path, fact: Any) -> None:
    (root / ".flowship").mkdir()
    (root / ".flowship/state.jsonl").write_text('{"flowship-state": 1}\n' + json.dumps(fact) + "\n")


@pytest.mark.parametrize("trouble", STATE_TROUBLE)
def test_state_trouble_is_a_wrong_request_before_any_write(project: Any, sandbox: Any, trouble: str) -> None:
    STATE_TROUBLE[trouble](project.root)
    ran = project.run("deploy", "--release", "always")
    assert ran.code == 2, ran.out + ran.err
    assert "The state" in ran.report["problem"]["message"]
    assert writes(sandbox) == []


def test_a_state_that_fills_up_loses_no_outcome(repository: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.flow()

    def full(*_: object, **__: object) -> None:
        raise UsageError("The state cannot be written (No space left on device).")

    monkeypatch.setattr(FileStateStore, "record", full)
    monkeypatch.setattr(FileStateStore, "finish", full)
    ran = repository.run("deploy", "--files", "flows/a.flow", "--gptbots-base-url", sandbox.url, FLOWSHIP_API_KEY="sandbox-workflow-a")
    assert (ran.code, ran.change["outcome"], ran.change["version"]) == (0, "done", "1.0.0")
    assert "No space left on device" in ran.change["warning"]


@pytest.mark.parametrize("inputs", [{"INPUT_TAGS": "v[0"}, {"INPUT_RELEASE": "sandbox-workflow-secret-key"}])
def test_every_wrong_request_in_the_action_sets_outputs_and_hides_keys(project: Any, inputs: dict[str, str]) -> None:
    for name in ("output", "summary"):
        project.write(f".runner/{name}", "")
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/tags/v1", "INPUT_MODE": "auto"}
    environment |= {"GITHUB_OUTPUT": str(project.root / ".runner/output"), "GITHUB_STEP_SUMMARY": str(project.root / ".runner/summary")}
    ran = project.run(**environment, INPUT_KEYS="A=sandbox-workflow-secret-key", **inputs)
    outputs = (project.root / ".runner/output").read_text()
    assert ran.code == 2
    assert all(f"{name}<<" in outputs for name in OUTPUTS)
    shown = "\n".join(line for line in ran.out.splitlines() if not line.startswith("::add-mask::"))
    assert "sandbox-workflow-secret-key" not in shown + outputs + (project.root / ".runner/summary").read_text()
    assert "::error" in ran.out


def test_a_report_that_could_not_be_written_is_not_named(project: Any) -> None:
    project.write(".runner/output", "")
    (project.root / "folder").mkdir()
    environment = {"GITHUB_ACTIONS": "true", "INPUT_MODE": "plan", "GITHUB_OUTPUT": str(project.root / ".runner/output"), "INPUT_REPORT": "folder"}
    assert project.run(**environment).code == 0
    assert "\nfolder\n" not in (project.root / ".runner/output").read_text()


def test_a_long_key_in_the_wrong_place_is_hidden_though_the_message_was_cut(project: Any) -> None:
    key = "sandbox-workflow-" + "k" * 70
    ran = project.run("plan", "--environment", key, FLOWSHIP_KEY_A=key)
    assert ran.code == 2
    assert "kkkkkkkk" not in ran.out + ran.err + json.dumps(ran.report)


def test_doctor_judges_a_broken_manifest_as_plan_does(project: Any) -> None:
    project.write("flowship.yml", ONE + "nonsense: 1\n")
    assert project.run("doctor").code == project.run("plan").code == 2


def test_doctor_can_be_narrowed_to_a_workflow_that_not_every_environment_has(project: Any) -> None:
    project.flow()
    more = "  a: {source: flows/a.flow, key: A, environments: {staging: {key: B}}}\n"
    project.write("flowship.yml", ONE.replace("version: 1\n", "version: 1\nenvironments: [production, staging]\n") + more)
    ran = project.run("doctor", "--only", "onboarding")
    assert (ran.code, "1 of 1 target ready" in ran.out) == (0, True), ran.out + ran.err


def test_an_empty_option_is_not_everything(project: Any, sandbox: Any) -> None:
    ran = project.run("deploy", "--only", "", "--release", "always")
    assert (ran.code, "`--only` is empty" in ran.err, writes(sandbox)) == (2, True, [])


@pytest.mark.parametrize(("typed", "said"), [(["--relase", "always"], "`--release`"), (["--release", "sometimes"], "`--release` is 'sometimes'")])
def test_a_mistyped_option_names_the_nearest(project: Any, typed: list[str], said: str) -> None:
    ran = project.run("deploy", *typed)
    assert (ran.code, said in ran.err) == (2, True), ran.err
    assert len(ran.err.splitlines()) < 3


def test_below_the_manifest_we_say_where_it_is(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / "inner").mkdir()
    inner = type(project)(project.root / "inner", monkeypatch, project._capsys)
    ran = inner.run("plan", FLOWSHIP_REPORT="")
    assert ran.code == 2
    assert f"There is one in {project.root}" in ran.out


def test_odd_columns_are_no_trouble(project: Any) -> None:
    assert project.run("plan", "--help", COLUMNS="abc").code == 0


def test_a_bug_is_3_and_words(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("sandbox-acme")

    monkeypatch.setattr("deployer.pipeline.plan.read_project", broken)
    ran = project.run("plan")
    assert (ran.code, "a bug in Flowship: RuntimeError" in ran.err, "sandbox-acme" in ran.err) == (3, True, False)


def test_a_bug_in_one_workflow_leaves_the_others_their_outcomes(project: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.flow()
    project.write("flowship.yml", ONE + "  a: {source: flows/a.flow, key: A}\n")

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("deployer.platforms.draft_and_publish.write.import_and_release", broken)
    ran = project.run("deploy", "--release", "always", FLOWSHIP_KEY_A="sandbox-workflow-a")
    assert ran.code == 3
    assert (ran.change_of("a")["error"]["code"], ran.change_of("onboarding")["outcome"]) == ("BUG", "done")


def test_two_targets_of_one_number_are_told_apart(repository: Any, start_sandbox: Callable[..., Any]) -> None:
    sandbox = start_sandbox()
    repository.flow()
    arguments = ("deploy", "--files", "flows/a.flow", "--gptbots-base-url", sandbox.url)
    assert repository.run(*arguments, FLOWSHIP_API_KEY="sandbox-workflow-old").change["version"] == "1.0.0"
    assert repository.run(*arguments, FLOWSHIP_API_KEY="sandbox-workflow-new").change["action"] == "import"
