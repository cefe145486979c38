"""Pull requests, run after run, each in a fresh workspace: what is on the platforms and on GitHub is all that a run knows."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from github_stand_in import GitHub, running
from pull_requests import BASE, DEPLOY, PREVIEW, Events, head


@pytest.fixture
def events(repository: Any, sandbox: Any) -> Iterator[Events]:
    with running(GitHub()) as hub:
        yield Events(repository, sandbox, hub)


def said(ran: Any) -> str:
    return " ".join([*ran.report["notices"], *(change["warning"] or "" for change in ran.report["changes"])])


def outcomes(ran: Any) -> dict[str, tuple[str, str | None, str]]:
    return {change["workflow"]: (change["action"], change["outcome"], change["status"]) for change in ran.report["changes"]}


def test_opened_synchronized_closed(events: Events) -> None:
    events.push(12)
    opened = events.run(12, "opened")
    assert opened.code == 0, opened.out
    assert outcomes(opened) == {"onboarding": ("create", "done", "previewed"), "triage": ("import", "done", "previewed")}
    assert (opened.report["mode"], opened.report["environment"], opened.report["released"]) == ("preview", "preview #12", 0)
    (copy,) = events.copies()
    assert (copy["name"], copy["status"], copy["trigger"]["type"]) == ("Onboarding (preview #12)", "active", "webhook")
    assert "Welcome 12.1" in json.dumps(copy)
    assert [version["status"] for version in events.pool(1)] == ["PUBLISHED"]
    assert " pr:12 " in events.pool(1)[0]["version_desc"]
    assert opened.change_of("triage")["preview"] == {"pull_request": 12, "location": "POOL_1", "limitations": "", "ended": False}
    assert opened.change_of("onboarding")["preview"]["location"] == "Onboarding (preview #12)"

    events.push(12, 2)
    synchronized = events.run(12, push=2)
    assert outcomes(synchronized) == {"onboarding": ("update", "done", "previewed"), "triage": ("import", "done", "previewed")}
    (again,) = events.copies()
    assert (again["id"], "Welcome 12.2" in json.dumps(again)) == (copy["id"], True)
    assert [version["status"] for version in events.pool(1)] == ["PUBLISHED", "DRAFT"]
    assert events.pool(2) == []

    events.hub.pull(12, state="closed")
    closed = events.run(12, "closed", 2)
    assert closed.code == 0, closed.out
    assert outcomes(closed) == {
        "Onboarding (preview #12)": ("delete", "done", "deleted"),
        "triage (preview #12)": ("import", "done", "slot_freed"),
    }
    assert (events.copies(), closed.report["environment"]) == ([], "preview #12")
    free = events.pool(1)[0]
    assert (free["status"], " pr:free 12 " in free["version_desc"]) == ("PUBLISHED", True)


def test_copy_in_another_environment_has_one_pair_of_brackets(events: Events) -> None:
    events.manifest = events.manifest.replace("version: 1", "version: 1\nenvironments: [production, staging]").replace(
        "preview: {key: COPIES}", "preview: {key: COPIES}\n    environments: {staging: {key: MEINGPT_STAGING}}"
    )
    events.rebase()
    events.push(12)
    opened = events.run(12, "opened", environment="staging")
    assert (opened.code, opened.report["environment"]) == (0, "preview #12"), opened.out
    assert [copy["name"] for copy in events.copies()] == ["Onboarding (staging, preview #12)"]
    assert events.run(12, environment="staging").change_of("onboarding")["action"] == "unchanged"
    events.hub.pull(12, state="closed")
    assert events.run(12, "closed", environment="staging").code == 0
    assert events.copies() == []


def test_run_again_it_writes_nothing(events: Events) -> None:
    events.push(12)
    events.run(12, "opened")
    before = events.writes()
    again = events.run(12, "reopened")
    assert outcomes(again) == {"onboarding": ("unchanged", "done", "unchanged"), "triage": ("unchanged", "done", "unchanged")}
    assert (again.code, events.writes()) == (0, before)
    assert again.change_of("triage")["preview"]["location"] == "POOL_1"


def test_only_what_the_pull_request_changes_is_previewed(events: Events) -> None:
    events.push(12, greeting="Hello")
    ran = events.run(12, "opened")
    assert (ran.code, outcomes(ran)["triage"][2], outcomes(ran)["onboarding"][1]) == (0, "previewed", None)
    assert events.copies() == []
    events.push(13, text="hi", greeting="Hello")
    nothing = events.run(13, "opened")
    assert (nothing.code, nothing.report["environment"]) == (0, "production")
    assert "changes no workflow" in said(nothing)


def test_a_full_pool_is_planned_and_who_has_it_is_said(events: Events) -> None:
    for number in (11, 12, 13):
        events.push(number, greeting="Hello")
        last = events.run(number, "opened")
    assert (last.code, outcomes(last)["triage"][:2]) == (0, ("import", None)), last.out
    assert "POOL_1 is taken by pull request 11; POOL_2 is taken by pull request 12" in said(last)
    assert [len(events.pool(1)), len(events.pool(2))] == [1, 1]
    events.hub.pull(11, state="closed")
    events.run(11, "closed")
    assert outcomes(events.run(13))["triage"] == ("import", "done", "previewed")
    assert "answer 13.1" not in str(events.pool(2))
    assert " pr:13 " in events.live(1)["version_desc"]


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"keys": {}}, "no preview key was given"),
        ({"keys": {}, "author": "dependabot[bot]"}, "Dependabot's pull requests get none of the repository's secrets"),
        ({"keys": {}, "origin": "somebody/flows"}, "comes from a fork"),
        ({"keys": {**PREVIEW, **DEPLOY}, "origin": "somebody/flows"}, "comes from a fork"),
        ({"keys": DEPLOY}, "no preview key was given"),
    ],
)
def test_without_preview_keys_it_is_linted_and_planned_with_a_notice(events: Events, event: dict[str, Any], told: str) -> None:
    events.push(12)
    ran = events.run(12, "opened", **event)
    assert (ran.code, ran.report["mode"], ran.report["environment"]) == (0, "preview", "production"), ran.out
    assert {outcome for _, outcome, _ in outcomes(ran).values()} == {None}
    assert told in said(ran)
    assert events.writes() == []
    if event["keys"] != DEPLOY:
        assert events.sandbox.requests() == []


def test_one_key_of_a_pool_is_enough_and_a_missing_one_is_said(events: Events) -> None:
    events.push(12)
    ran = events.run(12, "opened", keys={"POOL_2": PREVIEW["POOL_2"]})
    assert (ran.code, outcomes(ran)["triage"][2], outcomes(ran)["onboarding"][1]) == (0, "previewed", None)
    assert "onboarding: no preview key was given (COPIES)" in said(ran)
    assert len(events.pool(2)) == 1


def test_an_error_in_a_file_previews_nothing(events: Events) -> None:
    events.push(12, more="status: active\n")
    ran = events.run(12, "opened")
    assert (ran.code, events.sandbox.requests()) == (1, [])


BARE = "version: 1\nworkflows:\n  triage: {source: flows/a.flow, key: TRIAGE}\n  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}\n"


def test_settings_that_a_pull_request_brings_do_not_count(events: Events) -> None:
    events.rebase(manifest=BARE)
    events.push(12)
    ran = events.run(12, "opened")
    assert (ran.code, events.sandbox.requests()) == (0, [])
    assert "onboarding, triage: the base branch has no preview settings for it" in said(ran)


def test_settings_that_a_pull_request_changes_stay_those_of_the_base_branch(events: Events) -> None:
    stolen = (
        events.manifest.replace("COPIES", "STOLEN").replace("POOL_1, POOL_2", "STOLEN_BOT").replace("key: TRIAGE", "endpoint: evil\n    key: TRIAGE")
    )
    events.push(12, manifest=stolen)
    keys = {**PREVIEW, "STOLEN": "sandbox-stolen", "STOLEN_BOT": "sandbox-workflow-stolen"}
    ran = events.run(12, "opened", keys=keys)
    assert (ran.code, {change["preview"]["location"] for change in ran.report["changes"]}) == (0, {"POOL_1", "Onboarding (preview #12)"})
    assert {each["name"] for each in events.sandbox.state()["gptbots"]} <= {"pool-1", "pool-2"}
    assert [each["organisation"] for each in events.sandbox.state()["meingpt"]] == ["copies"]


@pytest.mark.parametrize("missing", ["manifest", "permission", "commit"])
def test_without_settings_to_read_it_is_only_planned(events: Events, missing: str) -> None:
    events.push(12)
    if missing == "manifest":
        del events.hub.files[BASE]["flowship.yml"]
    if missing == "permission":
        events.hub.delete("contents")
    ran = events.run(12, "opened", base="" if missing == "commit" else BASE)
    assert (ran.code, ran.report["environment"], events.sandbox.requests()) == (0, "production", []), ran.out
    assert "Only planned, nothing is previewed" in said(ran)


def test_a_fork_with_keys_is_never_read(events: Events) -> None:
    events.push(12)
    broken = {"flowship.yml": b"]", "flows/a.flow": b"{"}
    for mode in ("auto", "preview", "plan", "deploy", "lint"):
        ran = events.run(12, "opened", event="pull_request_target", ref="refs/heads/main", origin="somebody/flows", files=broken, mode=mode)
        assert (ran.code, ran.report["problem"]["code"], ran.report["findings"]) == (2, "fork-with-keys", []), ran.out
    assert events.sandbox.requests() == []
    without = events.run(12, "opened", event="pull_request_target", ref="refs/heads/main", origin="somebody/flows", keys={})
    assert (without.code, without.report["mode"]) == (0, "plan")


@pytest.mark.parametrize(("mode", "code"), [("plan", 0), ("deploy", 2), ("eval", 0), ("doctor", 1), ("drift", 2)])
def test_a_fork_that_was_given_keys_is_read_without_them_in_every_mode(events: Events, mode: str, code: int) -> None:
    """A private repository may hand its secrets to forks; nobody's commits are deployed by it."""
    events.push(12)
    ran = events.run(12, "opened", origin="somebody/flows", mode=mode, keys={**PREVIEW, **DEPLOY}, release="always")
    assert "The keys are not used: this run is about a fork's commits" in ran.out
    assert (ran.code, events.sandbox.requests()) == (code, []), ran.out


def test_a_run_without_a_pull_request_is_refused(events: Events) -> None:
    ran = events.schedule(mode="preview", event="workflow_dispatch")
    assert (ran.code, ran.report["problem"]["code"]) == (2, "no-pull-request")


# A preview key that deploys


def test_one_name_for_both_is_refused(events: Events) -> None:
    events.manifest = events.manifest.replace("POOL_2", "TRIAGE")
    events.rebase()
    events.push(12, manifest=BARE)
    ran = events.run(12, "opened", keys={**PREVIEW, **DEPLOY})
    assert (ran.code, ran.report["problem"]["code"], events.writes()) == (2, "preview-key", [])


def test_a_deploy_key_that_the_pull_request_calls_like_a_preview_key_is_refused(events: Events) -> None:
    events.push(12, manifest=BARE.replace("key: TRIAGE", "key: POOL_1"))
    ran = events.run(12, "opened", keys={**PREVIEW, **DEPLOY})
    assert (ran.code, ran.report["problem"]["code"], events.writes()) == (2, "preview-key", [])


def test_one_value_for_both_is_refused(events: Events) -> None:
    events.push(12)
    ran = events.run(12, "opened", keys={**PREVIEW, **DEPLOY, "POOL_2": DEPLOY["TRIAGE"]})
    assert (ran.code, ran.report["problem"]["code"], events.writes()) == (2, "preview-key", [])
    assert DEPLOY["TRIAGE"] not in ran.out.replace(f"::add-mask::{DEPLOY['TRIAGE']}", "")


def test_another_key_of_a_deployed_target_is_refused_by_the_state(repository: Any, start_sandbox: Any) -> None:
    shared = {"triage": {"key": "first-key", "id": "a" * 24}, "again": {"key": "second-key", "id": "a" * 24}}
    sandbox = start_sandbox(targets={"gptbots": {"targets": shared}})
    with running(GitHub()) as hub:
        events = Events(repository, sandbox, hub)
        push = {"event": "push", "ref": "refs/tags/v1", "keys": {**DEPLOY, "TRIAGE": "first-key"}}
        assert events.schedule(**push).code == 0
        before = events.writes()
        events.push(12)
        ran = events.run(12, "opened", keys={**PREVIEW, "POOL_2": "second-key"})
        assert (ran.code, ran.report["problem"]["code"], events.writes()) == (2, "preview-key", before), ran.out
        assert "triage in production" in ran.report["problem"]["message"]


# What a preview is made of


def test_a_schedule_never_starts_a_copy_and_values_are_laid_over_it(events: Events) -> None:
    events.manifest = events.manifest.replace("{key: COPIES}", '{key: COPIES, set: {"steps[id=greet].config.model": "${CHEAP}"}}')
    scheduled = {"more": 'trigger: {type: schedule, config: {cron: "0 9 * * 1", timezone: Europe/Berlin}}\n'}
    events.rebase()
    events.push(12)
    files = events.hub.files[head(12)]
    files["workflows/onboarding.yaml"] = files["workflows/onboarding.yaml"].replace(b"trigger: {type: webhook}\n", scheduled["more"].encode())
    ran = events.run(12, "opened", values="CHEAP=gpt-3.5-turbo")
    assert ran.code == 0, ran.out
    (copy,) = events.copies()
    assert copy["trigger"]["type"] == "webhook"
    assert "cron" not in json.dumps(copy)
    assert copy["steps"][0]["config"]["model"] == "gpt-3.5-turbo"


def test_values_that_do_not_fit_are_never_left_out(events: Events) -> None:
    events.manifest = events.manifest.replace("{key: COPIES}", '{key: COPIES, set: {"variables.mailbox": "nobody@example.com"}}')
    events.rebase()
    events.push(12)
    ran = events.run(12, "opened")
    assert (ran.code, events.copies(), outcomes(ran)["triage"][2]) == (0, [], "previewed")
    assert "on the base branch, `preview.set` does not fit" in said(ran)


@pytest.mark.parametrize(
    ("ids", "mapped", "reduced"),
    [
        (["kb_1"], "", True),
        (["kb_1"], ', set: {"workflow.workflowNodes[id=d].datasetParam.datasetIds": [kb_9]}', False),
        ([], "", False),
    ],
)
def test_a_preview_without_its_knowledge_base_is_reduced(repository: Any, start_sandbox: Any, ids: list[str], mapped: str, reduced: bool) -> None:
    sandbox = start_sandbox(targets={"gptbots": {"defaults": {"owns": ["kb_9"]}}})
    with running(GitHub()) as hub:
        events = Events(repository, sandbox, hub)
        events.manifest = events.manifest.replace("POOL_2]", f"POOL_2]{mapped}")
        events.rebase()
        events.push(12)
        flow = json.loads(hub.files[head(12)]["flows/a.flow"])
        dataset = {"id": "d", "name": "Facts", "type": "DATASET", "x": 1, "y": 1, "datasetParam": {"query": "q", "datasetIds": ids}}
        flow["workflow"]["workflowNodes"].insert(1, dataset)
        flow["workflow"]["workflowEdges"] = [
            {"id": str(number), "sourceNodeID": one, "targetNodeID": other, "sourceHandle": "a", "targetHandle": "b"}
            for number, (one, other) in enumerate([("s", "d"), ("d", "e")])
        ]
        hub.files[head(12)]["flows/a.flow"] = json.dumps(flow).encode()
        ran = events.run(12, "opened")
        assert ran.code == 0, ran.out
        told = ran.change_of("triage")["preview"]["limitations"]
        assert (bool(told), "Facts" in told, "dropped" in told) == (reduced, reduced, reduced)


def test_a_plan_limit_leaves_an_import_and_says_so(events: Events) -> None:
    events.sandbox.faults([{"match": {"path": "*/release"}, "do": {"error": 40353}}])
    events.push(12)
    ran = events.run(12, "opened")
    assert (ran.code, outcomes(ran)["triage"]) == (0, ("import", "done", "imported")), ran.out
    assert "40353" in said(ran)
    events.sandbox.faults([])
    assert outcomes(events.run(12))["triage"] == ("release", "done", "previewed")
    assert len(events.pool(1)) == 1


def test_a_pool_that_cannot_be_listed_is_not_used(repository: Any, start_sandbox: Any) -> None:
    sandbox = start_sandbox(targets={"gptbots": {"defaults": {"list": False}}})
    with running(GitHub()) as hub:
        events = Events(repository, sandbox, hub)
        events.push(12)
        ran = events.run(12, "opened")
        assert (ran.code, outcomes(ran)["triage"][1]) == (0, None), ran.out
        assert "cannot be listed" in said(ran)
        assert not [each for each in events.writes() if "import" in each]


# What the pull request has become meanwhile


class Closing(GitHub):
    """Its pull request is closed as soon as somebody has looked at it."""

    def get_pull(self, asked: Any, token: Any, number: str) -> Any:
        answer = super().get_pull(asked, token, number)
        self.pulls[int(number)]["state"] = "closed"
        return answer


def test_closed_while_its_preview_is_being_made(repository: Any, sandbox: Any) -> None:
    with running(Closing()) as hub:
        events = Events(repository, sandbox, hub)
        events.push(12)
        ran = events.run(12, "opened")
        assert ran.code == 0, ran.out
        assert "was closed while its preview was being made" in said(ran)
        assert [state for _, _, state in outcomes(ran).values() if state in ("deleted", "slot_freed")] == ["deleted", "slot_freed"]
        assert events.copies() == []
        assert " pr:free 12 " in events.live(1)["version_desc"]


def test_an_old_run_repeated_previews_nothing(events: Events) -> None:
    events.push(12)
    events.push(12, 2)
    old = events.run(12, "opened", 1)
    assert (old.code, events.writes()) == (0, [])
    assert "is at commit 0012000" in said(old)
    events.hub.pull(12, state="closed")
    late = events.run(12, "synchronize", 2)
    assert (late.code, events.writes()) == (0, [])
    assert "is closed by now" in said(late)


def test_a_repeated_clean_up_leaves_a_pull_request_alone_that_is_open_again(events: Events) -> None:
    events.push(12)
    events.run(12, "opened")
    repeated = events.run(12, "closed")
    assert (repeated.code, len(events.copies()), len(events.pool(1))) == (0, 1, 1)
    assert "is open again" in said(repeated)
    asked_for = events.run(12, "closed", mode="cleanup")
    assert (asked_for.code, events.copies()) == (0, [])


def test_without_the_permission_to_look_it_goes_on_with_a_notice(events: Events) -> None:
    events.hub.delete("pull-requests")
    events.push(12)
    ran = events.run(12, "opened")
    assert (ran.code, outcomes(ran)["triage"][2]) == (0, "previewed")
    assert "pull-requests: read" in said(ran)
    closed = events.run(12, "closed")
    assert (closed.code, events.copies()) == (0, [])


def test_without_github_and_git_there_are_no_settings(events: Events) -> None:
    events.push(12)
    ran = events.run(12, "opened", github_token="")
    assert (ran.code, events.sandbox.requests()) == (0, [])
    assert "the base branch, as far as can be seen without a `github-token`, has no flowship.yml" in said(ran)


# What a reviewer sees of it


def test_the_comment_shows_what_the_pull_request_changes_and_where_to_try_it(events: Events) -> None:
    events.push(12)
    assert events.run(12, "opened").code == 0
    (comment,) = events.hub.comments[12]
    for shown in ("2 previewed", "```mermaid", "POOL_1", "Onboarding (preview #12)", "the base branch"):
        assert shown in comment["body"], comment["body"]
    events.hub.pull(12, state="closed")
    assert events.run(12, "closed").code == 0
    (comment,) = events.hub.comments[12]
    assert "1 deleted, 1 slot freed" in comment["body"]


def test_a_preview_is_a_deployment_that_is_over_when_the_pull_request_is_closed(events: Events) -> None:
    events.push(12)
    ran = events.run(12, "opened")
    assert ran.code == 0, ran.out
    (shown,) = events.hub.environments()["preview #12"]
    assert shown["transient_environment"] is True
    assert events.hub.statuses[shown["id"]][-1]["state"] == "success"
    events.hub.pull(12, state="closed")
    events.run(12, "closed")
    assert events.hub.statuses[shown["id"]][-1]["state"] == "inactive"


def test_a_fork_sees_what_it_changes_too(events: Events) -> None:
    events.push(12)
    ran = events.run(12, "opened", keys={}, origin="somebody/flows")
    assert ran.code == 0
    assert "the base branch" in (events.repository.root / ".runner/summary").read_text()


def test_outside_of_the_container_the_local_git_tells_what_the_base_branch_has(events: Events) -> None:
    """As in another CI: the command line, a checkout with history, and nobody to ask about the pull request."""

    def git(*arguments: str) -> str:
        who = ("-c", "user.name=K", "-c", "user.email=k@example.com", "-c", "commit.gpgsign=false")
        return subprocess.run(["git", *who, *arguments], cwd=events.repository.root, capture_output=True, text=True, check=True).stdout.strip()

    git("init", "--quiet", "-b", "main")
    events.lay_out(events.files())
    git("add", "--all")
    git("commit", "--quiet", "-m", "base")
    base = git("rev-parse", "HEAD")
    events.lay_out(events.files(manifest=BARE, greeting="Good morning"))
    pull = {"number": 12, "base": {"sha": base}, "head": {"sha": "f" * 40, "repo": {"full_name": "acme/flows"}}}
    events.repository.write(".runner/event.json", {"action": "opened", "pull_request": pull})
    given = {name: value for name, value in events.environment(12).items() if not name.startswith("INPUT_") and name != "GITHUB_ACTIONS"}
    ran = events.repository.run("preview", **given, FLOWSHIP_KEYS="\n".join(f"{name}={value}" for name, value in PREVIEW.items()))
    assert ran.code == 0, ran.out
    assert outcomes(ran)["onboarding"] == ("create", "done", "previewed")
    assert outcomes(ran)["triage"][1] is None
    assert "could not be asked: there is no `FLOWSHIP_GITHUB_TOKEN`" in said(ran)


def test_the_sandbox_in_the_step_needs_no_key(events: Events) -> None:
    events.push(12)
    ran = events.run(12, "opened", keys={}, sandbox="true")
    assert (ran.code, {state for _, _, state in outcomes(ran).values()}) == (0, {"previewed"}), ran.out
    assert events.sandbox.requests() == []
