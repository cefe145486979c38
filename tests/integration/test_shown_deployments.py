"""Deploys as GitHub Deployments that people see, by the input `deployments`; the state's own stand beside them."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from github_stand_in import Fault, GitHub, running
from pull_requests import DEPLOY, PREVIEW, Events, head

SHA = "c0ffee" + "0" * 34
MANIFEST = "version: 1\nworkflows:\n  triage: {source: flows/a.flow, key: TRIAGE}\n"


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        yield hub


@pytest.fixture
def run(repository: Any, sandbox: Any, hub: GitHub) -> Any:
    """A push to the default branch."""
    repository.use(sandbox.url)
    repository.write("flowship.yml", MANIFEST)
    repository.flow()
    event = {"repository": {"default_branch": "main"}, "head_commit": {"message": "Answer\u202e faster @team\n\nmore"}}
    repository.write(".runner/event.json", event)

    def run(**inputs: str) -> Any:
        given = {"mode": "auto", "keys": "TRIAGE=sandbox-workflow-triage", "github-token": "stand-in-token", "github-api-url": hub.url, **inputs}
        return repository.run(
            GITHUB_ACTIONS="true", GITHUB_EVENT_NAME="push", GITHUB_EVENT_PATH=str(repository.root / ".runner/event.json"),
            GITHUB_REF="refs/heads/main",
            GITHUB_REPOSITORY="acme/flows", GITHUB_RUN_ID="7", GITHUB_RUN_ATTEMPT="1", GITHUB_SHA=SHA, GITHUB_WORKSPACE=str(repository.root),
            GITHUB_SERVER_URL="https://github.example", **{f"INPUT_{name.upper()}": value for name, value in given.items()},
        )  # fmt: skip

    return run


def shown(hub: GitHub) -> list[tuple[str, list[str]]]:
    """Those for people: environment and states."""
    theirs = [each for each in hub.deployments if not each["environment"].startswith("flowship/")]
    return [(each["environment"], [status["state"] for status in hub.statuses.get(each["id"], [])]) for each in theirs]


@pytest.mark.parametrize("deployments", ["previews", "none", ""])
def test_a_deploy_is_not_shown_unasked(run: Any, hub: GitHub, deployments: str) -> None:
    ran = run(deployments=deployments)
    assert ran.code == 0, ran.out
    assert shown(hub) == []
    assert list(hub.environments()) == ["flowship/production"]


def test_a_deploy_that_is_shown(run: Any, hub: GitHub) -> None:
    ran = run(deployments="all")
    assert ran.code == 0, ran.out
    assert shown(hub) == [("production", ["in_progress", "success"])]
    made = next(each for each in hub.deployments if each["environment"] == "production")
    assert (made["sha"], made["production_environment"], made["transient_environment"]) == (SHA, True, False)
    assert made["description"] == "Answer\\u202e faster @team"
    done = hub.statuses[made["id"]][-1]
    assert (done["description"], done["log_url"]) == (
        "0 released, 1 imported as draft",
        "https://github.example/acme/flows/actions/runs/7/attempts/1",
    )
    order = [request.path.rpartition("/")[2] for request in hub.requests if request.method == "POST"]
    assert order.index("deployments") < order.index("statuses")


def test_what_changes_nothing_is_not_a_deploy(run: Any, hub: GitHub) -> None:
    run(deployments="all")
    run(deployments="all")
    run(deployments="all", mode="plan")
    assert len(shown(hub)) == 1


def test_a_deploy_that_fails(run: Any, hub: GitHub, sandbox: Any) -> None:
    refusal = '{"code": 403202, "message": "no"}'
    sandbox.faults([{"match": {"path": "*/import"}, "do": {"status": 200, "body": refusal, "effect": False}}])
    assert run(deployments="all").code == 1
    assert shown(hub) == [("production", ["in_progress", "failure"])]


@pytest.mark.parametrize("do", [502, "reset", 404])
def test_what_cannot_be_shown_is_a_notice(run: Any, hub: GitHub, do: int | str) -> None:
    hub.faults = [Fault(method="POST", path="*/deployments*", do=do, times=1000)]
    ran = run(deployments="all", store="file", timeout="20")
    assert ran.code == 0, ran.out
    assert re.search(r"No Deployment could be shown on GitHub: .+ \(POST /repos/acme/flows/deployments\)", ran.out)
    assert ("deployments: write" in ran.out) is (do == 404)


def test_without_the_permission_the_deploy_goes_on(run: Any, hub: GitHub) -> None:
    hub.delete("deployments")
    ran = run(deployments="all")
    assert (ran.code, ran.change["outcome"]) == (0, "done")
    assert "No Deployment could be shown on GitHub" in ran.out


@pytest.fixture
def events(repository: Any, sandbox: Any, hub: GitHub) -> Events:
    return Events(repository, sandbox, hub)


def test_a_preview_is_shown_while_its_pull_request_is_open(events: Events, hub: GitHub) -> None:
    events.push(12)
    assert events.run(12, "opened").code == 0
    assert shown(hub) == [("preview #12", ["in_progress", "success"])]
    made = next(each for each in hub.deployments if each["environment"] == "preview #12")
    assert (made["sha"], made["production_environment"], made["transient_environment"]) == (head(12), False, True)
    assert made["description"] == "Change 12"

    events.push(12, 2)
    assert events.run(12, push=2).code == 0
    assert shown(hub) == [("preview #12", ["in_progress", "success", "inactive"]), ("preview #12", ["in_progress", "success"])]

    hub.pull(12, state="closed")
    assert events.run(12, "closed", 2).code == 0
    assert [states[-1] for _, states in shown(hub)] == ["inactive", "inactive"]
    assert events.run(12, "closed", 2).code == 0


def test_a_sweep_ends_what_it_takes_away(events: Events, hub: GitHub) -> None:
    for number in (11, 12):
        events.push(number)
        events.run(number, "opened")
    hub.pull(11, state="closed")
    assert events.schedule(keys={**PREVIEW, **DEPLOY}).code == 0
    assert {environment: states[-1] for environment, states in shown(hub)} == {"preview #11": "inactive", "preview #12": "success"}


def test_previews_are_not_shown_where_nobody_wants_it(events: Events, hub: GitHub) -> None:
    events.push(12)
    assert events.run(12, "opened", deployments="none").code == 0
    hub.pull(12, state="closed")
    assert events.run(12, "closed", deployments="none").code == 0
    assert shown(hub) == []


def test_a_preview_without_the_permission_is_there_with_a_notice(events: Events, hub: GitHub) -> None:
    hub.delete("deployments", "read")
    events.push(12)
    ran = events.run(12, "opened")
    assert (ran.code, len(events.copies())) == (0, 1)
    assert "`deployments: write`" in ran.out


def test_the_comment_names_where_to_try_it_and_then_that_it_is_gone(events: Events, hub: GitHub) -> None:
    hub.token("stand-in-token", contents="read", deployments="write", checks="write", **{"pull-requests": "write"})
    events.push(12)
    events.run(12, "opened")
    (comment,) = hub.comments[12]
    assert "### Try it" in comment["body"]
    assert "`Onboarding (preview #12)`" in comment["body"]
    assert "```mermaid\nflowchart TD" in comment["body"]
    hub.pull(12, state="closed")
    events.run(12, "closed")
    (same,) = hub.comments[12]
    assert "### Try it" not in same["body"]
    assert same["body"].splitlines()[0] == comment["body"].splitlines()[0]
    assert "deleted" in same["body"]
