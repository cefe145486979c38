"""Evals against what is there, through the command line and over HTTP: verdicts, statistics, versions, limits, secrets."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Sandbox
    from tests.integration.conftest import Ran, Repository

MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/triage.flow, key: TRIAGE, evals: evals/triage.yml}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT, evals: evals/onboarding.yml}
"""
ECHOES = "cases: [{name: echoes, input: {message: hi}, expect: {equals: {message: hi}}}]\n"
LEAKED = "sk-proj-Xu5xxHJ62kqzWfJMa1b2c3d4"


def repository_at(repository: "Repository", box: "Sandbox", *, triage: str = ECHOES, onboarding: str = ECHOES) -> "Repository":
    """Both workflows live, without evals having been looked at."""
    repository.write("flowship.yml", MANIFEST)
    repository.flow("flows/triage.flow")
    repository.workflow()
    repository.write("evals/triage.yml", triage)
    repository.write("evals/onboarding.yml", onboarding)
    repository.use(box.url, TRIAGE="sandbox-workflow-triage", MEINGPT="sandbox-acme")
    released = repository.run("deploy", "--release", "always", "--evals", "off")
    assert released.code == 0, released.out
    return repository


def scripted(start_sandbox: Callable[..., "Sandbox"], runs: dict[str, Any]) -> "Sandbox":
    """Both platforms answer so."""
    return start_sandbox(targets={"gptbots": {"targets": {"triage": {"runs": runs}}}, "meingpt": {"organisations": {"acme": {"runs": {"*": runs}}}}})


def suite_of(ran: "Ran", workflow: str = "triage") -> dict[str, Any]:
    return next(dict(each) for each in ran.report["evals"] if each["workflow"] == workflow)


def test_both_platforms_are_asked_and_judged(repository: "Repository", sandbox: "Sandbox") -> None:
    ran = repository_at(repository, sandbox, onboarding="cases: [{name: greets, input: {name: Ada}, expect: {contains: Hello}}]\n").run("eval")
    assert ran.code == 1
    assert [(each["workflow"], each["passed"]) for each in ran.report["evals"]] == [("onboarding", False), ("triage", True)]
    assert suite_of(ran)["version"] == "1.0.0"
    assert suite_of(ran)["cases"][0]["runs"][0]["version"] == "1.0.0"
    (run,) = suite_of(ran, "onboarding")["cases"][0]["runs"]
    assert run["misses"] == [{"matcher": "contains", "expected": "Hello", "actual": '{"name": "Ada"}'}]
    assert "FAIL  greets (evals/onboarding.yml:1)" in ran.out
    assert "1 of 2 cases passed, 1 failed" in ran.out
    assert repository.run("eval", "triage").code == 0
    assert repository.run("eval", "--evals", "report").code == 0


def test_nothing_is_written_by_checking(repository: "Repository", sandbox: "Sandbox") -> None:
    at = repository_at(repository, sandbox)
    before = sandbox.state()["gptbots"], len(sandbox.requests())
    at.run("eval")
    assert sandbox.state()["gptbots"] == before[0]
    asked = {(each["method"], each["path"].rpartition("/")[2]) for each in sandbox.requests()[before[1] :] if each["method"] != "GET"}
    assert asked == {("POST", "invoke"), ("POST", "execute")}


@pytest.mark.parametrize(("pass_rate", "code"), [(0.6, 0), (0.7, 0), (0.95, 1)])
def test_seven_good_of_ten(start_sandbox: Callable[..., "Sandbox"], repository: "Repository", pass_rate: float, code: int) -> None:
    box = scripted(start_sandbox, {"answers": [{"output": "good", "times": 7}, {"output": "bad", "times": 3}], "then": "cycle"})
    suite = f"cases: [{{name: mostly, input: {{a: 1}}, expect: {{equals: good}}, repeat: 10, pass_rate: {pass_rate}}}]\n"
    ran = repository_at(repository, box, triage=suite, onboarding=suite).run("eval")
    assert ran.code == code
    for workflow in ("triage", "onboarding"):
        (case,) = suite_of(ran, workflow)["cases"]
        assert (case["passes"], len(case["runs"]), case["rate"], case["low"], case["high"]) == (7, 10, 0.7, 0.3968, 0.8922)
    assert f"mostly: 7 of 10 passed (70 %, 95 % interval 40 to 89 %), {pass_rate * 100:.0f} % needed" in ran.out


def test_an_answer_of_another_version_is_no_pass(repository: "Repository", sandbox: "Sandbox") -> None:
    at = repository_at(repository, sandbox)
    sandbox.faults([{"match": {"path": "/v1/workflow/invoke"}, "do": {"body": {"workflowRunId": "r", "workflowVersion": "0.9", "status": "SUCCEED",
                     "output": {"message": "hi"}}}}])  # fmt: skip
    ran = at.run("eval", "triage")
    assert ran.code == 1
    (miss,) = suite_of(ran)["cases"][0]["runs"][0]["misses"]
    assert miss == {"matcher": "version", "expected": "an answer of version 1.0.0", "actual": "version 0.9 answered"}


def test_a_definition_that_changes_meanwhile_is_no_pass(start_sandbox: Callable[..., "Sandbox"], repository: "Repository") -> None:
    box = scripted(start_sandbox, {"answers": [{"output": "good", "wait": 0.4}], "then": "repeat"})
    at = repository_at(repository, box, onboarding="cases: [{name: a, input: {}, expect: {equals: good}}]\n")
    (workflow,) = box.state()["meingpt"][0]["workflows"]
    box.faults([{"match": {"path": "*/execute"}, "do": {"delay": 0.0}}])
    import threading

    changing = threading.Timer(0.3, lambda: box.call("PUT", f"/v1/workflows/{workflow['id']}", "sandbox-acme", json={"description": "edited"}))
    changing.start()
    ran = at.run("eval", "onboarding")
    changing.join()
    assert ran.code == 1
    assert suite_of(ran, "onboarding")["cases"][0]["runs"][0]["misses"][0]["matcher"] == "version"


def test_an_asynchronous_run_is_asked_for(start_sandbox: Callable[..., "Sandbox"], repository: "Repository") -> None:
    box = scripted(start_sandbox, {"answers": [{"output": "good", "wait": 0.3, "duration": 2, "tokens": 50, "cost": 0.5}], "then": "repeat"})
    suite = "through: async\ncases: [{name: a, input: {}, expect: {equals: good, status: SUCCEED}, within: 3, tokens: 50, cost: 0.5}]\n"
    ran = repository_at(repository, box, triage=suite).run("eval", "triage")
    assert ran.code == 0, ran.out
    assert suite_of(ran)["figures"] == {"runs": 1, "passes": 1, "rate": 1.0, "seconds": 2.0, "tokens": 50, "cost": 0.5}
    assert any(each["path"] == "/v1/workflow/query/result" for each in box.requests())


def test_a_webhook_is_called_with_a_signature(start_sandbox: Callable[..., "Sandbox"], repository: "Repository") -> None:
    box = start_sandbox(targets={"meingpt": {"organisations": {"acme": {"webhook_secret": "s3cret-of-acme"}}}})
    suite = "through: webhook\nsecret: HOOK\n" + ECHOES
    at = repository_at(repository, box, onboarding=suite)
    refused = at.run("eval", "onboarding")
    assert refused.code == 1
    assert "signs with the key HOOK, which was not given" in refused.out
    assert at.run("eval", "onboarding", FLOWSHIP_KEY_HOOK="s3cret-of-acme").code == 0
    wrong = at.run("eval", "onboarding", FLOWSHIP_KEY_HOOK="s3cret-of-beta")
    assert wrong.code == 1
    assert suite_of(wrong, "onboarding")["cases"][0]["runs"][0]["misses"][0]["actual"].startswith("UNAUTHORIZED")


def test_a_run_without_end_is_given_up(start_sandbox: Callable[..., "Sandbox"], repository: "Repository") -> None:
    box = scripted(start_sandbox, {"answers": [{"output": "good", "wait": 60}], "then": "repeat"})
    ran = repository_at(repository, box, onboarding="timeout: 0.5\ncases: [{name: a, input: {}, expect: {equals: good}}]\n").run("eval", "onboarding")
    (miss,) = suite_of(ran, "onboarding")["cases"][0]["runs"][0]["misses"]
    assert miss["matcher"] == "answer"
    assert "no result after" in miss["actual"]


def test_a_call_that_answers_too_late_was_given_up(start_sandbox: Callable[..., "Sandbox"], repository: "Repository") -> None:
    box = scripted(start_sandbox, {"answers": [{"output": "good", "duration": 0.5}], "then": "repeat"})
    ran = repository_at(repository, box, triage="timeout: 0.2\ncases: [{name: a, input: {}, expect: {equals: good}}]\n").run("eval", "triage")
    (miss,) = suite_of(ran, "triage")["cases"][0]["runs"][0]["misses"]
    assert (miss["matcher"], miss["actual"].partition(" took ")[0]) == ("answer", "the answer")
    assert miss["actual"].endswith("a run is given up after 0.2")


def test_a_table_that_is_not_there_is_a_mistake_of_the_suite(repository: "Repository", sandbox: "Sandbox") -> None:
    at = repository_at(repository, sandbox)
    at.write("evals/triage.yml", "cases:\n  - name: a\n    data: no.csv\n    input: {}\n    within: 1\n")
    ran = at.run("eval", "triage")
    assert ran.code == 1
    assert "evals/triage.yml:3:11: error: There is no file `evals/no.csv`." in ran.out


def test_what_the_time_limit_cuts_off_was_not_run(start_sandbox: Callable[..., "Sandbox"], repository: "Repository") -> None:
    box = scripted(start_sandbox, {"answers": [{"output": "good"}], "then": "repeat"})
    suite = "per_minute: 2\ncases: [{name: a, input: {}, expect: {equals: good}, repeat: 3}]\n"
    ran = repository_at(repository, box, onboarding=suite).run("eval", "onboarding", "--timeout", "3")
    assert ran.code == 1
    (case,) = suite_of(ran, "onboarding")["cases"]
    assert (case["status"], len(case["runs"])) == ("not_run", 2)
    assert sum(each["path"].endswith("/execute") for each in box.requests()) == 2


def test_a_refused_call_is_an_answer_that_did_not_come(start_sandbox: Callable[..., "Sandbox"], repository: "Repository") -> None:
    box = scripted(start_sandbox, {"answers": [{"refuse": "model overloaded"}], "then": "repeat"})
    ran = repository_at(repository, box).run("eval")
    assert ran.code == 1
    for workflow in ("triage", "onboarding"):
        (miss,) = suite_of(ran, workflow)["cases"][0]["runs"][0]["misses"]
        assert "model overloaded" in miss["actual"]


def test_skipped_cases_say_why_and_cost_nothing(repository: "Repository", sandbox: "Sandbox") -> None:
    ran = repository_at(repository, sandbox, triage=ECHOES.replace("input", "skip: until Monday, input")).run("eval", "triage")
    assert ran.code == 0
    assert "skip  echoes: skipped: until Monday" in ran.out
    assert not any(each["path"].endswith("/invoke") for each in sandbox.requests())


def test_no_secret_is_in_any_report(start_sandbox: Callable[..., "Sandbox"], repository: "Repository") -> None:
    output = {"text": f"your key is {LEAKED}", "password": "hunter2-hunter2", "echo": "sandbox-workflow-triage"}
    box = scripted(start_sandbox, {"answers": [{"output": output}], "then": "repeat"})
    suite = "cases: [{name: a, input: {api_key: hunter3-hunter3, note: hunter}, expect: {equals: {token: abcdef123456}}}]\n"
    at = repository_at(repository, box, triage=suite)
    ran = at.run("eval", "triage", "--junit", "junit.xml")
    everything = ran.out + json.dumps(ran.report) + (at.root / "junit.xml").read_text()
    assert ran.code == 1
    for secret in (LEAKED, "hunter2-hunter2", "hunter3-hunter3", "sandbox-workflow-triage", "abcdef123456"):
        assert secret not in everything
    assert "your key is ***" in everything


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--evals", "off"), "The mode is `eval`, and `--evals` is `off`"), (("digest",), "digest has no eval suite")],
)
def test_requests_that_cannot_be_meant(repository: "Repository", sandbox: "Sandbox", arguments: tuple[str, ...], message: str) -> None:
    repository.write("flowship.yml", MANIFEST + "  digest: {source: workflows/digest.yaml, key: MEINGPT}\n")
    repository.workflow("workflows/digest.yaml")
    at = repository
    at.flow("flows/triage.flow")
    at.workflow()
    at.write("evals/triage.yml", ECHOES)
    at.write("evals/onboarding.yml", ECHOES)
    at.use(sandbox.url, TRIAGE="sandbox-workflow-triage", MEINGPT="sandbox-acme")
    ran = at.run("eval", *arguments)
    assert ran.code == 2
    assert message in ran.out
