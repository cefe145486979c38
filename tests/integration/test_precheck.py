"""The platform's own check of each file, in a plan and in doctor: what it refuses, what it cannot tell, and whose key asks."""

import base64
import json
from typing import Any

import pull_requests
import pytest
from github_stand_in import GitHub, running
from pull_requests import PREVIEW, Events

DEV = "sandbox-account-acme:s3cret-of-the-account"
HALVES = (*DEV.split(":"), base64.b64encode(DEV.encode()).decode(), DEV)
PATH = "/v1/org/workflow/import/precheck"
MANIFEST = """\
version: 1
precheck: {key: GPTBOTS_DEV, organisation: org-1}
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
KEYS = {"TRIAGE": "sandbox-workflow-triage", "MEINGPT": "sandbox-acme"}
REFUSED = json.dumps({"code": 0, "data": {"valid": False, "error_message": "the flow has a virus"}})


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    repository.flow()
    repository.workflow()
    repository.write("flowship.yml", MANIFEST)
    repository.use(sandbox.url, **KEYS, GPTBOTS_DEV=DEV)
    return repository


def asked(sandbox: Any) -> list[str]:
    return [request["path"] for request in sandbox.requests() if "/precheck" in request["path"]]


def answer(sandbox: Any, **action: Any) -> None:
    sandbox.faults([{"match": {"path": "*/import/precheck"}, "do": action}])


def prechecked(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for finding in report["findings"] if finding["rule"] == "precheck"]


def test_valid_file_is_asked_about_once_and_changes_nothing(project: Any, sandbox: Any) -> None:
    plain = project.run("plan")
    assert asked(sandbox) == []
    ran = project.run("plan", "--precheck")
    assert (ran.code, asked(sandbox), prechecked(ran.report), ran.report["notices"]) == (0, [PATH], [], plain.report["notices"])
    assert ran.report["plan_hash"] == plain.report["plan_hash"]
    assert ran.report["requests"]["gptbots"]["count"] == plain.report["requests"]["gptbots"]["count"] + 1


def test_file_that_lint_takes_and_the_platform_refuses_fails_the_plan(project: Any, sandbox: Any) -> None:
    answer(sandbox, status=200, body=REFUSED)
    ran = project.run("plan", "--precheck")
    (finding,) = prechecked(ran.report)
    assert (ran.code, finding["severity"], finding["path"]) == (1, "error", "flows/a.flow")
    assert finding["message"] == "GPTBots would refuse to import triage, by its own check: the flow has a virus"
    assert ran.change_of("triage")["action"] == "import"
    assert "flows/a.flow: error: GPTBots would refuse to import triage" in ran.out


def test_sandbox_refuses_by_its_own_rules(project: Any, sandbox: Any) -> None:
    reply = sandbox.call(
        "POST", PATH, headers={"Authorization": f"Basic {HALVES[2]}"}, data={"org_id": "o"}, files={"file": ("a.flow", b'{"exportType": "BOT"}')}
    )
    data = reply.json()["data"]
    assert (data["valid"], data["error_message"], data["export_type"]) == (False, "the file is not for a Workflow", "BOT")


def test_one_definition_of_two_workflows_is_asked_about_once_and_another_value_apart(project: Any, sandbox: Any) -> None:
    more = "  again: {source: flows/a.flow, key: AGAIN}\n  other: {source: flows/a.flow, key: OTHER, set: {name: B}}\n"
    project.write("flowship.yml", MANIFEST + more)
    project.use(sandbox.url, AGAIN="sandbox-workflow-again", OTHER="sandbox-workflow-other")
    answer(sandbox, status=200, body=REFUSED)
    ran = project.run("plan", "--precheck")
    assert asked(sandbox) == [PATH, PATH]
    assert [finding["message"].partition(": ")[0] for finding in prechecked(ran.report)] == [
        "GPTBots would refuse to import again, triage, by its own check",
        "GPTBots would refuse to import other, by its own check",
    ]


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ({"error": 40127}, "40127"),
        ({"status": 403, "body": "{}"}, "HTTP 403"),
        ({"status": 404}, "404"),
        ({"status": 500}, "50000"),
        ({"not_json": True}, "TORN_REPLY"),
        ({"status": 200, "body": '{"code": 0, "data": {"valid": "no"}}'}, "ODD_REPLY"),
        ({"status": 200, "body": "[1, 2]"}, "ODD_REPLY"),
        ({"status": 200, "body": '{"code": 0, "data": {"valid": NaN}}'}, "ODD_REPLY"),
        ({"reset": "after"}, "RESET"),
    ],
)
def test_call_without_a_verdict_is_a_notice_and_no_failure(project: Any, sandbox: Any, action: dict[str, Any], code: str) -> None:
    answer(sandbox, **action)
    ran = project.run("plan", "--precheck")
    (notice,) = [notice for notice in ran.report["notices"] if "`--precheck`" in notice]
    assert (ran.code, prechecked(ran.report)) == (0, [])
    assert notice.startswith("`--precheck`: GPTBots gave no verdict on triage; the plan does not depend on it.")
    assert f"{code}]. Fix: " in notice
    assert "version management" not in notice


def test_silent_check_ends_with_the_time_limit_and_the_plan_is_shown(project: Any, sandbox: Any) -> None:
    answer(sandbox, hang=True)
    ran = project.run("plan", "--precheck", "--timeout", "3")
    assert ran.code == 0
    assert "gave no verdict on triage" in str(ran.report["notices"])
    assert ran.change_of("triage")["action"] == "import"


def test_wrong_key_is_not_sent_for_every_workflow(project: Any, sandbox: Any) -> None:
    entries = "".join(f"  w{number}: {{source: flows/a.flow, key: W{number}, set: {{name: N{number}}}}}\n" for number in range(20))
    project.write("flowship.yml", MANIFEST + entries)
    project.use(
        sandbox.url, GPTBOTS_DEV="nobody-knows-this:s3cret-of-nobody", **{f"W{number}": f"sandbox-workflow-w{number}" for number in range(20)}
    )
    ran = project.run("plan", "--precheck", "--concurrency", "1")
    assert (ran.code, len(asked(sandbox))) == (0, 3)
    first, rest = (notice for notice in ran.report["notices"] if "`--precheck`" in notice)
    assert first.startswith("`--precheck`: GPTBots gave no verdict on triage, w0, w1; the plan does not depend on it. ")
    assert "[40127]. Fix: " in first
    assert "gave no verdict on w10, w11, w12, w13, w14 and 13 more; " in rest


@pytest.mark.parametrize(
    ("manifest", "key", "code", "words"),
    [
        (MANIFEST.replace("precheck: {key: GPTBOTS_DEV, organisation: org-1}\n", ""), DEV, "no-precheck", "Add `precheck: {key: NAME"),
        (MANIFEST, "", "missing-key", "Set FLOWSHIP_KEY_GPTBOTS_DEV."),
        (MANIFEST, "no-colon-in-this-one", "developer-key", "Write it as `GPTBOTS_DEV=DevKey:DevSecret`"),
        (MANIFEST, "long-enough:x", "developer-key", "Copy both the DevKey and the DevSecret whole"),
    ],
)
@pytest.mark.parametrize("mode", ["plan", "doctor"])
def test_run_without_the_account_is_a_wrong_request(project: Any, sandbox: Any, mode: str, manifest: str, key: str, code: str, words: str) -> None:
    project.write("flowship.yml", manifest)
    project.use(sandbox.url, GPTBOTS_DEV=key)
    ran = project.run(mode, "--precheck")
    assert (ran.code, ran.report["problem"]["code"], asked(sandbox)) == (2, code, [])
    assert words in ran.report["problem"]["fix"]
    assert not key or key not in ran.out + ran.err


def test_manifest_of_a_platform_without_a_check_needs_no_account(project: Any, sandbox: Any) -> None:
    project.write("flowship.yml", "version: 1\nworkflows:\n  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}\n")
    ran = project.run("plan", "--precheck")
    assert (ran.code, "precheck" in ran.out) == (0, False)


def test_agent_has_a_call_of_its_own(project: Any, sandbox: Any) -> None:
    project.write("flows/b.bot", {"formatVersion": "1.0", "exportType": "BOT", "exportTime": 1, "name": "B", "botType": "QuestionAnswer"})
    project.write("flowship.yml", MANIFEST.replace("flows/a.flow", "flows/b.bot"))
    project.use(sandbox.url, TRIAGE="sandbox-agent-b")
    assert project.run("plan", "--precheck").code == 0
    assert asked(sandbox) == ["/v1/org/agent/import/precheck"]


def test_no_form_of_the_key_is_shown_or_kept(project: Any, sandbox: Any) -> None:
    echo = {"valid": False, "error_message": " ".join(("refused for", *HALVES))}
    answer(sandbox, status=200, body=json.dumps({"code": 0, "data": echo}))
    refused = project.run("plan", "--precheck", "--sarif", "out.sarif", "--junit", "out.xml")
    answer(sandbox, status=400, body=json.dumps({"code": HALVES[1], "msg": f"bad {HALVES[0]} {HALVES[2]}"}))
    failed = project.run("plan", "--precheck")
    doctor = project.run("doctor", "--precheck")
    deployed = project.run("deploy", "--release", "never")
    assert (refused.code, failed.code, doctor.code, deployed.code) == (1, 0, 1, 0)
    written = [path.read_text() for path in (project.root / "out.sarif", project.root / "out.xml", project.root / ".flowship" / "state.jsonl")]
    texts = [text for ran in (refused, failed, doctor, deployed) for text in (ran.out, ran.err, json.dumps(ran.report))]
    assert "refused for ***" in refused.out
    for form in HALVES:
        assert not [text for text in (*texts, *written) if form.rstrip("=") in text]


def test_doctor_verifies_the_account_and_every_definition(project: Any, sandbox: Any) -> None:
    ran = project.run("doctor", "--precheck")
    row = ran.report["doctor"][-1]
    assert (ran.code, row["ok"], row["workflow"], row["platform"]) == (0, True, "GPTBOTS_DEV (precheck)", "gptbots")
    assert row["facts"] == ["the platform's own check answered for 1 definition"]
    answer(sandbox, error=40127)
    wrong = project.run("doctor", "--precheck")
    assert (wrong.code, wrong.report["doctor"][-1]["problem"]["code"]) == (1, "40127")
    answer(sandbox, status=200, body=REFUSED)
    refused = project.run("doctor", "--precheck")
    assert (refused.code, [finding["path"] for finding in prechecked(refused.report)]) == (1, ["flows/a.flow"])


@pytest.mark.parametrize("valid", [True, False])
def test_pull_requests_plan_asks_too(repository: Any, sandbox: Any, valid: bool) -> None:
    with running(GitHub()) as hub:
        events = Events(
            repository, sandbox, hub, pull_requests.MANIFEST.replace("version: 1", "version: 1\nprecheck: {key: GPTBOTS_DEV, organisation: o}")
        )
        events.push(12)
        answer(sandbox, **({} if valid else {"status": 200, "body": REFUSED}))
        ran = events.run(12, "opened", keys={**PREVIEW, "GPTBOTS_DEV": DEV}, precheck="true")
        assert (ran.code, ran.report["mode"], asked(sandbox)) == (int(not valid), "preview", [PATH])
        assert [finding["path"] for finding in prechecked(ran.report)] == ["flows/a.flow"] * (not valid)
        forked = events.run(12, "synchronize", keys={}, precheck="true", origin="stranger/flows")
        assert "`precheck` was not asked: a run for a fork's" in str(forked.report["notices"])


def test_other_modes_say_that_they_do_not_ask(project: Any, sandbox: Any) -> None:
    project.environment["FLOWSHIP_PRECHECK"] = "true"
    ran = project.run("deploy", "--release", "never")
    assert (ran.code, asked(sandbox)) == (0, [])
    assert "`FLOWSHIP_PRECHECK` does nothing in the mode `deploy`: it is for `plan`, `preview`, `doctor`." in ran.report["notices"]


def test_embedded_sandbox_needs_no_key(project: Any) -> None:
    project.environment = {name: value for name, value in project.environment.items() if not name.startswith("FLOWSHIP_")}
    ran = project.run("plan", "--sandbox", "--precheck")
    assert (ran.code, ran.report["notices"]) == (0, project.run("plan", "--sandbox").report["notices"])


@pytest.mark.parametrize("path", [PATH, "/v1/org/agent/import/precheck"])
@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("", 40127),
        ("Basic not-base64!", 40127),
        (f"Basic {base64.b64encode(b'sandbox-account-a').decode()}", 40127),
        (f"Bearer {DEV}", 40127),
        (f"Basic {base64.b64encode(b'sandbox-workflow-a').decode()}", 403204),
        (f"Basic {HALVES[2]}", 40000),
    ],
)
def test_sandbox_takes_an_accounts_key_as_basic_alone(sandbox: Any, path: str, authorization: str, code: int) -> None:
    assert sandbox.call("POST", path, headers={"Authorization": authorization} if authorization else {}).json()["code"] == code


def test_account_key_opens_no_version_call(sandbox: Any) -> None:
    assert sandbox.call("GET", "/v1/workflow/version/list", DEV).json()["code"] == 403204
