"""The action, run after run, each in a fresh workspace: what one run leaves on GitHub is what the next one knows."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from github_stand_in import Fault, GitHub, running

MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
KEYS = "TRIAGE=sandbox-workflow-triage\nMEINGPT=sandbox-acme"
SHA = "c0ffee" + "0" * 34
NEXT = "beef" + "0" * 36
TAG = "refs/tags/v1.0.0"


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        yield hub


@pytest.fixture
def run(repository: Any, sandbox: Any, hub: GitHub) -> Any:
    """The action on a runner that knows nothing: the workspace holds the checkout and no more."""
    runs = iter(range(1, 100))

    def run(ref: str = "refs/heads/main", sha: str = SHA, greeting: str = "Hello", **inputs: str) -> Any:
        for each in repository.root.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        repository.flow(text=greeting)
        repository.workflow()
        repository.write("workflows/onboarding.yaml", (repository.root / "workflows/onboarding.yaml").read_text().replace("Hello", greeting))
        repository.write("flowship.yml", MANIFEST)
        repository.use(sandbox.url)
        repository.write(".runner/event.json", {"repository": {"default_branch": "main"}, "head_commit": {"message": "A commit"}})
        given = {"mode": "auto", "keys": KEYS, "github-token": "stand-in-token", "github-api-url": hub.url, **inputs}
        return repository.run(
            GITHUB_ACTIONS="true",
            GITHUB_EVENT_NAME="push",
            GITHUB_EVENT_PATH=str(repository.root / ".runner/event.json"),
            GITHUB_REF=ref,
            GITHUB_REPOSITORY="acme/flows",
            GITHUB_RUN_ID=str(next(runs)),
            GITHUB_RUN_ATTEMPT="1",
            GITHUB_SHA=sha,
            GITHUB_WORKSPACE=str(repository.root),
            GITHUB_OUTPUT=str(repository.root / ".runner/output"),
            GITHUB_STEP_SUMMARY=str(repository.root / ".runner/summary"),
            **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in given.items()},
        )

    return run


def writes(sandbox: Any) -> list[str]:
    return [
        f"{request['method']} {request['path']}" for request in sandbox.requests() if request["method"] != "GET" and "verify" not in request["path"]
    ]


def actions(ran: Any) -> dict[str, str]:
    return {change["workflow"]: change["action"] for change in ran.report["changes"]}


def test_a_workflow_without_an_id_is_created_once_and_known_from_then_on(run: Any, sandbox: Any, hub: GitHub) -> None:
    first = run(TAG)
    assert (first.code, actions(first)) == (0, {"onboarding": "create", "triage": "import"}), first.out
    assert "Add `id:" not in first.out
    before = writes(sandbox)
    second = run(TAG)
    assert (second.code, actions(second)) == (0, {"onboarding": "unchanged", "triage": "unchanged"}), second.out
    assert writes(sandbox) == before
    hub.commit(NEXT)
    third = run(TAG, NEXT, "Good morning")
    assert (third.code, actions(third)) == (0, {"onboarding": "update", "triage": "import"}), third.out
    (organisation,) = sandbox.state()["meingpt"]
    assert len(organisation["workflows"]) == 1


def test_a_run_leaves_an_intent_and_a_record_both_inactive(run: Any, hub: GitHub) -> None:
    assert run(TAG).code == 0
    assert list(hub.environments()) == ["flowship/production"]
    intent, record = hub.deployments
    assert {fact["kind"] for fact in intent["payload"]["events"]} == {"intent"}
    assert {fact["kind"] for fact in record["payload"]["events"]} == {"record", "outcome"}
    assert (intent["sha"], intent["payload"]["events"][0]["run"][:4], intent["payload"]["events"][0]["plan_hash"] != "") == (SHA, "1.1-", True)
    assert [each["description"] for each in hub.deployments] == [
        "Flowship: 2 workflows to write, run 1.1",
        "Flowship: outcome of 2 workflows, run 1.1",
    ]
    assert [status["state"] for each in hub.deployments for status in hub.statuses[each["id"]]] == ["inactive", "inactive"]
    assert "sandbox-" not in str(hub.deployments)


def test_a_run_that_changes_nothing_asks_github_once(run: Any, hub: GitHub) -> None:
    run(TAG)
    before = len(hub.requests)
    run(TAG)
    assert [request.method for request in hub.requests[before:]] == ["GET"]


def test_an_edit_on_the_platform_is_seen_in_a_fresh_workspace(run: Any, sandbox: Any) -> None:
    run(TAG)
    (listed,) = sandbox.call("GET", "/v1/workflows", "sandbox-acme").json()["workflows"]
    sandbox.call("PUT", f"/v1/workflows/{listed['id']}", "sandbox-acme", json={"description": "edited by hand"})
    again = run(TAG)
    assert actions(again)["onboarding"] == "hold"
    assert "edited on meinGPT" in again.change_of("onboarding")["warning"]


def test_an_older_commit_gives_way_to_a_newer_one_by_githubs_history(run: Any, hub: GitHub) -> None:
    hub.commit(NEXT)
    assert run(TAG, NEXT, "Good morning").code == 0
    old = run(TAG, SHA)
    assert (old.code, actions(old)) == (0, {"onboarding": "superseded", "triage": "superseded"}), old.out


def test_a_record_of_a_commit_that_nothing_reaches_does_not_count(run: Any, hub: GitHub) -> None:
    hub.commit(NEXT)
    run(TAG, NEXT, "Good morning")
    hub.branches["main"] = SHA  # a forced push took it back
    del hub.parents[NEXT]
    plan = run(TAG, SHA, mode="plan")
    assert any("no branch or tag reaches commit beef" in notice for notice in plan.report["notices"]), plan.report


@pytest.mark.parametrize(("permission", "level"), [("deployments", "none"), ("deployments", "read"), ("contents", "none")])
def test_a_missing_permission_is_a_notice_and_never_a_failure(run: Any, hub: GitHub, permission: str, level: str) -> None:
    hub.delete(permission, level)
    ran = run(TAG)
    assert (ran.code, actions(ran)) == (0, {"onboarding": "create", "triage": "import"}), ran.out
    notices = " ".join(ran.report["notices"])
    assert ("deployments: write" in notices) is (permission == "deployments")
    assert ("Add `id:" in ran.out) is (permission == "deployments")
    assert len(notices) < 700


def test_a_fork_plans_against_the_state_with_a_token_that_only_reads(run: Any, hub: GitHub, sandbox: Any) -> None:
    run(TAG)
    hub.delete("deployments", "read")
    asked = len(sandbox.requests())
    plan = run(mode="plan", release="always", keys="")
    assert actions(plan) == {"onboarding": "unchanged", "triage": "unchanged"}
    assert len(sandbox.requests()) == asked


def test_an_outage_while_recording_is_a_notice_and_the_next_run_converges(run: Any, hub: GitHub, sandbox: Any) -> None:
    hub.faults = [Fault(method="POST", path="*/deployments", do=503, skip=1, times=99)]
    first = run(TAG, timeout="30")
    assert first.code == 0, first.out
    assert any("onboarding, triage could not be recorded on GitHub" in notice for notice in first.report["notices"])
    hub.faults = []
    before = writes(sandbox)
    second = run(TAG)
    assert (second.code, actions(second)) == (0, {"onboarding": "unchanged", "triage": "unchanged"}), second.out
    assert writes(sandbox) == before


def test_a_deployment_whose_reply_was_lost_is_not_made_twice(run: Any, hub: GitHub) -> None:
    hub.faults = [Fault(method="POST", path="*/deployments", do="reset", after=True, times=2)]
    assert run(TAG).code == 0
    assert len(hub.deployments) == 2


def test_a_newer_format_stops_the_run_before_any_write(run: Any, hub: GitHub, sandbox: Any) -> None:
    payload = {"flowship": 2, "batch": "x", "part": 1, "of": 1, "events": []}
    hub.deployment(SHA, {"environment": "flowship/production", "task": "flowship", "payload": payload})
    ran = run(TAG)
    assert (ran.code, writes(sandbox)) == (2, []), ran.out
    assert "newer Flowship" in ran.out


def test_what_a_stranger_posted_is_told_and_does_not_count(run: Any, hub: GitHub) -> None:
    run(TAG)
    for each in list(hub.deployments):
        hub.deployment(SHA, {**each, "payload": {**each["payload"], "batch": "forged"}}, "mallory")
    again = run(TAG)
    assert (again.code, set(actions(again).values())) == (0, {"unchanged"})
    assert any("2 records among the deployments of `flowship/production` did not count" in notice for notice in again.report["notices"])


def test_ten_thousand_deployments_are_read_in_few_requests(run: Any, hub: GitHub) -> None:
    run(TAG)
    record = hub.deployments[-1]
    known = [{"kind": "known", "environment": "production", "workflow": fact["workflow"], "draft": fact.get("draft"),
              "releases": [fact["live"]] if "live" in fact else [], "rolled_back": [], "open_intents": [], "unfinished_intents": [], "evals": []}
             for fact in record["payload"]["events"] if fact["kind"] == "record"]  # fmt: skip
    by_name: dict[str, Any] = {}
    for fact in known:
        merged = by_name.setdefault(fact["workflow"], fact)
        merged["draft"] = merged["draft"] or fact["draft"]
        merged["releases"] = merged["releases"] or fact["releases"]
    for number in range(10_000):
        facts: list[Any] = [{"kind": "outcome", "environment": "production", "run": "x", "workflow": "triage", "outcome": "failed"}]
        if number == 9_950:
            facts = [{"kind": "snapshot", "environment": "production", "up_to": hub.deployments[-1]["id"]}, *by_name.values()]
        payload = {"flowship": 1, "batch": f"p{number}", "part": 1, "of": 1, "events": facts}
        hub.deployment(SHA, {**record, "payload": payload})
    before = len(hub.requests)
    again = run(TAG)
    assert (again.code, set(actions(again).values())) == (0, {"unchanged"}), again.out
    assert len(hub.requests) - before <= 3


def test_an_address_that_is_no_place_for_a_token_is_refused(run: Any, sandbox: Any) -> None:
    ran = run(TAG, github_api_url="http://example.com")
    assert (ran.code, writes(sandbox)) == (2, [])
    assert "github-api-url" in ran.out


def test_without_a_token_the_state_is_the_file_and_ids_are_to_be_kept(run: Any, hub: GitHub) -> None:
    ran = run(TAG, github_token="")
    assert (ran.code, hub.requests) == (0, [])
    assert "Add `id:" in ran.out
