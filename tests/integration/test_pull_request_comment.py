"""A pull request's comment and its annotations, run after run, against a stand-in for GitHub: what is said, and that it never fails a run."""

import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from github_stand_in import Fault, GitHub, running
from runner_grammar import ATTACKS, Grammar, read_outputs

HEAD = "c0ffee" + "0" * 34
MANIFEST = "version: 1\nworkflows:\n  triage: {source: flows/a.flow, key: TRIAGE}\n"
KEYS = "TRIAGE=sandbox-workflow-triage"


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        hub.pull(12, HEAD)
        hub.token("stand-in-token", contents="read", deployments="write", checks="write", **{"pull-requests": "write"})
        yield hub


@pytest.fixture
def run(repository: Any, sandbox: Any, hub: GitHub) -> Any:
    """`mode: plan` in a pull request's job; `event` is laid over the event file's pull request."""
    repository.use(sandbox.url)
    repository.write("flowship.yml", MANIFEST)
    repository.flow()
    runs = iter(range(1, 1000))

    def run(event: dict[str, Any] | None = None, variables: dict[str, str] | None = None, **inputs: str) -> Any:
        pull = {"number": 12, "title": "Answer faster", "head": {"sha": HEAD, "repo": {"full_name": "acme/flows"}}, "user": {"login": "ada"}}
        there = {"action": "synchronize", "repository": {"default_branch": "main"}, "pull_request": pull | (event or {})}
        repository.write(".runner/event.json", there)
        repository.write(".runner/output", "")
        repository.write(".runner/summary", "")
        given = {"mode": "plan", "keys": KEYS, "github-token": "stand-in-token", "github-api-url": hub.url, **inputs}
        number = next(runs)
        environ = {
            "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(repository.root / ".runner/event.json"),
            "GITHUB_REF": "refs/pull/12/merge", "GITHUB_REPOSITORY": "acme/flows", "GITHUB_RUN_ID": str(number), "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_SHA": "feed" + "0" * 36, "GITHUB_WORKSPACE": str(repository.root), "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_OUTPUT": str(repository.root / ".runner/output"), "GITHUB_STEP_SUMMARY": str(repository.root / ".runner/summary"),
        }  # fmt: skip
        environ |= {f"INPUT_{name.upper().replace('_', '-')}": value for name, value in given.items()}
        return repository.run(**environ | (variables or {}))

    return run


@pytest.fixture
def seen(repository: Any) -> Any:
    """The outputs and the summary of the last run."""
    return lambda: (read_outputs((repository.root / ".runner/output").read_text()), (repository.root / ".runner/summary").read_text())


def bodies(hub: GitHub) -> list[str]:
    return [each["body"] for each in hub.comments.get(12, [])]


def notices(ran: Any) -> list[str]:
    return [notice for notice in ran.report["notices"] if "comment" in notice.lower()]


def test_one_comment_that_follows_the_pull_request(run: Any, hub: GitHub, seen: Any, repository: Any) -> None:
    first = run()
    assert first.code == 0, first.out
    (comment,) = hub.comments[12]
    lines = comment["body"].splitlines()
    assert re.fullmatch(r"<!-- flowship:[0-9a-f]{32} -->", lines[0])
    assert lines[1] == "## ✅ Plan: 1 to import."
    assert f"Plan hash `{first.report['plan_hash']}`" in comment["body"]
    assert seen()[0]["comment-url"] == comment["html_url"]
    repository.flow(text="Good morning")
    run()
    assert len(bodies(hub)) == 1
    assert bodies(hub)[0].splitlines()[0] == lines[0]


def test_fifty_runs_make_one_comment(run: Any, hub: GitHub) -> None:
    for _ in range(50):
        assert run().code == 0
    assert len(bodies(hub)) == 1
    assert "[Job summary](https://github.example/acme/flows/actions/runs/50/attempts/1)" in bodies(hub)[0]


def test_each_environment_has_its_own(run: Any, hub: GitHub, repository: Any) -> None:
    entry = "{source: flows/a.flow, key: TRIAGE, environments: {staging: {key: STAGING}}}"
    repository.write("flowship.yml", f"version: 1\nenvironments: [production, staging]\nworkflows:\n  triage: {entry}\n")
    keys = "TRIAGE=sandbox-workflow-triage\nSTAGING=sandbox-workflow-staging"
    for environment in ("production", "staging", "production", "staging"):
        assert run(keys=keys, environment=environment).code == 0
    assert [re.findall("for `(.*?)`", body)[0] for body in bodies(hub)] == ["production", "staging"]


def test_no_comment_where_nothing_changes_until_something_did(run: Any, hub: GitHub, repository: Any) -> None:
    deployed = run(mode="deploy", comment="false")
    assert deployed.code == 0, deployed.out
    assert run().code == 0
    assert bodies(hub) == []
    repository.flow(text="Good morning")
    run()
    repository.flow()
    run()
    assert [body.splitlines()[1] for body in bodies(hub)] == ["## ✅ Plan: 1 unchanged."]


def test_the_run_of_an_older_commit_leaves_it_to_the_newer_ones(run: Any, hub: GitHub) -> None:
    hub.pull(12, "beef" + "0" * 36)
    assert run().code == 0
    assert bodies(hub) == []
    hub.pull(12, HEAD)
    assert run().code == 0
    assert len(bodies(hub)) == 1


def test_switched_off(run: Any, hub: GitHub, seen: Any) -> None:
    assert run(comment="false").code == 0
    assert (bodies(hub), seen()[0]["comment-url"]) == ([], "")
    assert not any("comments" in request.path for request in hub.requests)


def test_none_outside_of_a_pull_request(run: Any, hub: GitHub) -> None:
    assert run(variables={"GITHUB_EVENT_NAME": "workflow_dispatch"}).code == 0
    assert bodies(hub) == []


def test_a_shard_leaves_it_to_the_report_of_all(run: Any, hub: GitHub) -> None:
    assert run(shard="1/2").code == 0
    assert bodies(hub) == []


def test_somebody_elses_with_our_marker_is_not_touched(run: Any, hub: GitHub) -> None:
    run()
    marker = bodies(hub)[0].splitlines()[0]
    hub.comments[12].clear()
    hub.comment(12, f"{marker}\nforged", "mallory")
    assert run().code == 0
    assert (bodies(hub)[0], len(bodies(hub))) == (f"{marker}\nforged", 2)


def test_deleted_by_somebody_and_made_anew(run: Any, hub: GitHub) -> None:
    run()
    hub.comments[12].clear()
    assert run().code == 0
    assert len(bodies(hub)) == 1


PERMISSIONS = ("checks", "deployments", "pull-requests", "contents")


@pytest.mark.parametrize("permission", [*([each] for each in PERMISSIONS), list(PERMISSIONS)], ids="-".join)
@pytest.mark.parametrize("mode", ["plan", "deploy"])
def test_permissions_deleted_are_notices_and_never_red(run: Any, hub: GitHub, permission: list[str], mode: str, repository: Any) -> None:
    for each in permission:
        hub.delete(each)
    ran = run(mode=mode, deployments="all")
    assert (ran.code, ran.report["ok"]) == (0, True), ran.out
    posted = "pull-requests" not in permission
    assert len(bodies(hub)) == int(posted)
    said = "The comment was not posted: " in ran.out
    assert said is not posted
    if not posted:
        assert "`pull-requests: write`" in ran.out
        assert "`pull-requests: write`" in (repository.root / ".runner/summary").read_text()


FORK: dict[str, Any] = {"head": {"sha": HEAD, "repo": {"full_name": "mallory/flows"}}}
GONE: dict[str, Any] = {"head": {"sha": HEAD, "repo": None}}
DEPENDABOT: dict[str, Any] = {"user": {"login": "dependabot[bot]"}}


@pytest.mark.parametrize("whose", [FORK, GONE, DEPENDABOT], ids=["fork", "fork that is gone", "Dependabot"])
def test_forks_and_dependabot_get_a_notice_and_a_summary(run: Any, hub: GitHub, whose: dict[str, Any], seen: Any) -> None:
    hub.token("stand-in-token", contents="read", deployments="read", checks="read", **{"pull-requests": "read"})
    ran = run(whose, keys="")
    assert ran.code == 0, ran.out
    assert "can only read. The job summary says the same." in ran.out
    assert "Plan: 1 to import" in seen()[1]


@pytest.mark.parametrize("do", [502, "reset", "torn", "primary", 422])
def test_a_github_that_fails_is_a_notice(run: Any, hub: GitHub, do: int | str) -> None:
    hub.faults = [Fault(path="*/comments*", do=do, seconds=3600, times=99)]
    ran = run(timeout="20")
    assert ran.code == 0, ran.out
    assert re.search(r"The comment could not be posted: .+ \(GET /repos/acme/flows/issues/12/comments\)", ran.out)


def test_a_locked_conversation_is_a_notice(run: Any, hub: GitHub) -> None:
    hub.locked.add(12)
    ran = run()
    assert ran.code == 0
    assert "issue is locked" in ran.out


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_hostile_titles_branches_and_authors(run: Any, hub: GitHub, attack: str, seen: Any) -> None:
    ran = run({"title": attack, "body": attack, "user": {"login": attack}, "head": {"sha": HEAD, "ref": attack, "repo": {"full_name": "acme/flows"}}})
    assert ran.code == 0
    ours = {"group", "endgroup", "notice", "warning", "error", "add-mask", "stop-commands"}
    assert {command.name for command in Grammar().read(ran.out)} <= ours
    assert not any("pwned" in command.message and not command.properties for command in Grammar().read(ran.out))
    assert "pwned" not in bodies(hub)[0]
    assert seen()[0]["ok"] == "true"


def test_a_hostile_workflow_and_a_hostile_platform(run: Any, hub: GitHub, sandbox: Any, repository: Any, seen: Any) -> None:
    """Names come from the manifest, messages from the platform: neither makes a command, an output, a mention or another table row."""
    name = "a|b `@team` <!-- x --> #12 ::error::pwned"
    repository.write("flowship.yml", json.dumps({"version": 1, "workflows": {name: {"source": "flows/a.flow", "key": "TRIAGE"}}}))
    said = "refused\n::set-output name=ok::true\n@everyone <script>alert(1)</script> ![x](https://evil.example/x.png)"
    sandbox.faults([{"match": {"path": "*/import"}, "do": {"status": 200, "body": json.dumps({"code": 403202, "message": said}), "effect": False}}])
    ran = run(mode="deploy")
    assert ran.code == 1, ran.out
    assert seen()[0]["ok"] == "false"
    body = bodies(hub)[0]
    assert "<script>" not in re.sub(r"`[^`]*`", "", body)
    assert not re.search(r"(?<!`)@(?:everyone|team)", re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", body))
    assert "![x](" not in re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", body)
    assert all(command.name in {"group", "endgroup", "notice", "warning", "error", "add-mask"} for command in Grammar().read(ran.out))


def test_no_key_is_in_it_whatever_the_platform_says(run: Any, hub: GitHub, sandbox: Any) -> None:
    said = "refused for sandbox-workflow-triage"
    sandbox.faults([{"match": {"path": "*/import"}, "do": {"status": 200, "body": json.dumps({"code": 403202, "message": said}), "effect": False}}])
    assert run(mode="deploy").code == 1
    assert "sandbox-workflow-triage" not in str(hub.comments)
    assert "stand-in-token" not in str(hub.comments)


def many_findings(repository: Any, number: int) -> None:
    steps = "".join(f"  - {{id: s{place}, type: ai_completion, config: {{model: m, prompt: '{{{{input.x}} '}}}}\n" for place in range(number))
    repository.write("workflows/b.yaml", f"name: B\ntrigger: {{type: webhook}}\nsteps:\n{steps}")
    repository.write("flowship.yml", MANIFEST + "  b: {source: workflows/b.yaml, key: MEINGPT}\n")


def test_annotations_beyond_the_ten_stand_in_a_check_run(run: Any, hub: GitHub, repository: Any) -> None:
    many_findings(repository, 75)
    ran = run()
    assert ran.code == 1, ran.out
    (made,) = hub.check_runs
    assert (made["name"], made["head_sha"], made["conclusion"]) == ("Flowship (production)", HEAD, "failure")
    errors = [each for each in ran.report["findings"] if each["severity"] == "error"]
    assert len(made["annotations"]) == len(errors) - 10 > 50
    assert made["annotations"][0]["path"] == "workflows/b.yaml"
    assert [len(request.body["output"]["annotations"]) for request in hub.requests if "check-runs" in request.path] == [50, len(errors) - 60]
    assert f"{len(errors) - 10} are on their lines in the check run `Flowship (production)`" in ran.out


def test_without_the_permission_the_log_says_what_it_would_take(run: Any, hub: GitHub, repository: Any) -> None:
    many_findings(repository, 30)
    hub.delete("checks")
    ran = run()
    assert (ran.code, hub.check_runs) == (1, [])
    assert ran.out.count("`checks: write`") == 1
    assert "checks: write" not in str(ran.report["notices"]) + str([c for c in Grammar().read(ran.out) if c.name == "notice"])


def test_ten_need_no_check_run(run: Any, hub: GitHub, repository: Any) -> None:
    many_findings(repository, 10)
    assert run().code == 1
    assert hub.check_runs == []
    assert not any("check-runs" in request.path for request in hub.requests)


def test_fifty_posts_at_once_leave_one(hub: GitHub) -> None:
    from deployer.github.api import Api
    from deployer.github.comments import Comments
    from deployer.http.clock import Clock
    from deployer.model.secret import Secret

    def post(number: int) -> str:
        return Comments(Api(hub.url, "acme/flows", Secret("stand-in-token"), clock=Clock(60)), 12).put("<!-- m -->", f"<!-- m -->\n{number}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(post, range(50)))
    assert len(bodies(hub)) == 1


def test_jobs_of_a_matrix_over_workflows_each_have_a_comment(run: Any, hub: GitHub, repository: Any) -> None:
    repository.write("flowship.yml", MANIFEST + "  other: {source: flows/b.flow, key: OTHER}\n")
    repository.flow("flows/b.flow")
    keys = KEYS + "\nOTHER=sandbox-workflow-other"
    for only in ("triage", "other", "triage", "other,triage", "triage,other"):
        assert run(keys=keys, only=only).code == 0
    named = [{name for name in ("triage", "other") if f"`{name}`" in body} for body in bodies(hub)]
    assert named == [{"triage"}, {"other"}, {"triage", "other"}]


def test_projects_each_have_a_comment_that_names_them(run: Any, hub: GitHub, repository: Any) -> None:
    entry = "version: 1\n{}workflows:\n  triage: {{source: a.flow, key: TRIAGE}}\n"
    for folder in ("apps/a", "apps/b"):
        repository.flow(f"{folder}/a.flow")
        repository.write(f"{folder}/flowship.yml", entry.format(""))
    repository.flow("a.flow")
    for manifest in ("apps/a/flowship.yml", "apps/b/flowship.yml", "apps/a/flowship.yml"):
        assert run(manifest=manifest).report["project"] == manifest.removesuffix("/flowship.yml")
    assert [("`apps/a`" in body, "`apps/b`" in body) for body in bodies(hub)] == [(True, False), (False, True)]
    repository.write("apps/a/flowship.yml", entry.format("project: billing\n"))
    run(manifest="apps/a/flowship.yml")
    shutil.move(repository.root / "apps/a", repository.root / "apps/c")
    run(manifest="apps/c/flowship.yml")
    assert ["`billing`" in body for body in bodies(hub)] == [False, False, True]


def test_manifest_that_is_broken_has_the_comment_of_its_project(run: Any, hub: GitHub, repository: Any) -> None:
    repository.write("flowship.yml", MANIFEST.replace("workflows", "project: billing\nworkflows"))
    run()
    repository.write("flowship.yml", MANIFEST.replace("workflows", "project: billing\nworkflow"))
    run()
    assert len(bodies(hub)) == 1
