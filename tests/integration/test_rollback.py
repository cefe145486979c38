"""Going back, through the program: to what was live before, to a tag, a commit, a version; and what was rolled back stays back."""

import os
import subprocess
from typing import Any

import pytest
from github_stand_in import GitHub, running

MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding:
    source: workflows/onboarding.yaml
    key: MEINGPT
"""
RELEASE = ("--release", "always")


class Git:
    """The repository's own history. `ship` writes both workflows with that text and commits them."""

    def __init__(self, repository: Any) -> None:
        self._repository = repository
        self("init", "-q", "-b", "main")

    def __call__(self, *arguments: str) -> str:
        who = {
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@x",
            "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@x",
            "HOME": str(self._repository.root),
        }
        environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", **who}
        done = subprocess.run(["git", *arguments], cwd=self._repository.root, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def ship(self, text: str, tag: str = "") -> str:
        self._repository.flow(text=text)
        self._repository.workflow(more=f"description: {text}\n")
        self("add", "flows", "workflows", "flowship.yml")
        self("commit", "-qm", text, "--allow-empty")
        if tag:
            self("tag", "-a", "-m", tag, tag)
        return self("rev-parse", "HEAD")


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    repository.write("flowship.yml", MANIFEST)
    repository.use(sandbox.url, TRIAGE="sandbox-workflow-triage", MEINGPT="sandbox-acme")
    return repository


@pytest.fixture
def git(project: Any) -> Git:
    return Git(project)


@pytest.fixture
def a_then_b(project: Any, git: Git) -> Any:
    """A released, then B."""
    for text in ("A", "B"):
        git.ship(text, f"v{text}")
        assert project.run("deploy", *RELEASE).code == 0
    return project


def live(sandbox: Any) -> tuple[str, str]:
    """The live version of triage, and the description of onboarding."""
    state = sandbox.state()
    versions = [version["version"] for target in state["gptbots"] for version in target["versions"] if version["status"] == "PUBLISHED"]
    described = [workflow["description"] for organisation in state["meingpt"] for workflow in organisation["workflows"]]
    return versions[0], described[0]


def test_what_was_live_before_is_live_again_and_what_was_rolled_back_needs_force(a_then_b: Any, sandbox: Any) -> None:
    back = a_then_b.run("rollback")
    assert back.code == 0, back.out
    assert live(sandbox) == ("1.0.0", "A")
    triage, onboarding = back.change_of("triage"), back.change_of("onboarding")
    assert (triage["action"], triage["version"], triage["previous_version"], triage["live"]) == ("release", "1.0.0", "1.0.1", True)
    assert (onboarding["action"], onboarding["outcome"], onboarding["live"]) == ("update", "done", True)
    assert "triage: rolled back, 1.0.0 (was 1.0.1), live" in back.out
    assert "2 rolled back" in back.out
    again = a_then_b.run("deploy", *RELEASE)
    assert (again.code, again.change_of("triage")["live"], again.change_of("onboarding")["action"]) == (0, False, "hold")
    assert "rolled back" in again.change_of("triage")["warning"]
    assert live(sandbox) == ("1.0.0", "A")
    assert a_then_b.run("deploy", "--release", "force").code == 0
    assert live(sandbox) == ("1.0.1", "B")
    assert a_then_b.run("deploy", *RELEASE).change_of("triage")["action"] == "unchanged"


def test_a_correction_goes_out_after_a_rollback(a_then_b: Any, git: Git, sandbox: Any) -> None:
    a_then_b.run("rollback")
    git.ship("C")
    assert a_then_b.run("deploy", *RELEASE).code == 0
    assert live(sandbox) == ("1.0.2", "C")
    assert a_then_b.run("rollback").code == 0
    assert live(sandbox) == ("1.0.0", "A")


def test_going_back_again_goes_one_further_and_then_no_further(project: Any, git: Git, sandbox: Any) -> None:
    for text in ("A", "B", "C"):
        git.ship(text)
        project.run("deploy", *RELEASE)
    assert [project.run("rollback").code, live(sandbox)[1]] == [0, "B"]
    assert [project.run("rollback").code, live(sandbox)[1]] == [0, "A"]
    last = project.run("rollback")
    assert (last.code, live(sandbox)) == (1, ("1.0.0", "A"))
    assert {change["error"]["code"] for change in last.report["changes"]} == {"NOTHING_BEFORE"}
    assert "Not changed" in last.out


def test_only_what_the_last_release_touched_is_rolled_back(a_then_b: Any, git: Git, sandbox: Any) -> None:
    a_then_b.flow(text="C")
    git("commit", "-qam", "only the flow")
    a_then_b.run("deploy", *RELEASE)
    back = a_then_b.run("rollback")
    assert (back.code, back.change["workflow"], live(sandbox)) == (0, "triage", ("1.0.1", "B"))
    assert a_then_b.run("rollback", "--only", "onboarding").code == 0
    assert live(sandbox) == ("1.0.1", "A")


@pytest.mark.parametrize("named", ["tag", "commit", "short"])
def test_to_a_tag_or_a_commit(a_then_b: Any, git: Git, sandbox: Any, named: str) -> None:
    git.ship("C")
    a_then_b.run("deploy", *RELEASE)
    sha = git("rev-parse", "vA^{commit}")
    back = a_then_b.run("rollback", "--to", {"tag": "vA", "commit": sha, "short": sha[:8]}[named])
    assert (back.code, live(sandbox)) == (0, ("1.0.0", "A")), back.out
    assert a_then_b.run("rollback", "--to", "vA").report["changes"][0]["action"] == "unchanged"
    assert a_then_b.run("rollback", "--to", "vB").code == 0  # going forward again takes nothing back
    assert (live(sandbox), a_then_b.run("rollback").code, live(sandbox)) == (("1.0.1", "B"), 0, ("1.0.0", "A"))


def test_a_tag_that_a_workflow_was_unchanged_at(project: Any, git: Git, sandbox: Any) -> None:
    git.ship("A")
    project.run("deploy", *RELEASE)
    git("commit", "-qm", "elsewhere", "--allow-empty")
    git("tag", "v2")
    assert project.run("deploy", *RELEASE).change_of("triage")["action"] == "unchanged"
    git.ship("B")
    project.run("deploy", *RELEASE)
    assert (project.run("rollback", "--to", "v2").code, live(sandbox)) == (0, ("1.0.0", "A"))


def test_to_a_version_of_one_workflow(a_then_b: Any, sandbox: Any) -> None:
    several = a_then_b.run("rollback", "--to", "1.0.0")
    assert (several.code, "It is a version of triage: name that workflow with `--only`." in several.out, live(sandbox)) == (2, True, ("1.0.1", "B"))
    assert a_then_b.run("rollback", "--to", "1.0.0", "--only", "triage").code == 0
    assert live(sandbox) == ("1.0.0", "B")
    wrong = a_then_b.run("rollback", "--to", "7.7.7", "--only", "triage")
    assert (wrong.code, wrong.report["problem"]["code"]) == (2, "unknown-to")
    assert "Fix: Give a tag, a commit, or a version of triage (1.0.0, 1.0.1)." in wrong.out


def test_to_a_word_that_is_no_version_or_commit_says_what_it_takes(a_then_b: Any) -> None:
    word, name = a_then_b.run("rollback", "--to", "wf"), a_then_b.run("rollback", "--to", "triage")
    assert "`--to` is 'wf': no tag or commit of this repository." in word.out
    assert "Fix: Give a tag, a commit, or with one workflow in `--only` a version of it." in word.out
    assert "Fix: triage is a workflow: name it with `--only`. `--to` takes a tag or a commit, or a version of one workflow." in name.out
    assert (word.code, name.code) == (2, 2)


def test_where_versions_cannot_be_listed_the_state_tells(a_then_b: Any, sandbox: Any) -> None:
    sandbox.faults([{"match": {"path": "/v1/workflow/version/list"}, "do": {"status": 404, "body": {}}}])
    assert a_then_b.run("rollback").code == 0
    held = a_then_b.run("deploy", *RELEASE)
    assert (held.change_of("triage")["action"], "rolled back" in held.change_of("triage")["warning"]) == ("unchanged", True)
    sandbox.faults([])
    assert live(sandbox) == ("1.0.0", "A")


def test_without_a_state_the_platform_tells_what_was_live_before(a_then_b: Any, sandbox: Any) -> None:
    (a_then_b.root / ".flowship/state.jsonl").unlink()
    none = a_then_b.run("rollback")
    assert (none.code, none.report["problem"]["code"]) == (2, "no-release")
    back = a_then_b.run("rollback", "--only", "triage,onboarding")
    assert (back.code, live(sandbox)) == (1, ("1.0.0", "B"))
    assert back.change_of("onboarding")["error"]["code"] == "NAME_TAKEN"
    # What was rolled back is known by its marker, and is the newer one: it does not come back by going back again.
    assert a_then_b.run("rollback", "--only", "triage").change["error"]["code"] == "NOTHING_BEFORE"
    assert "rolled back" in a_then_b.run("deploy", *RELEASE).change_of("triage")["warning"]


def test_somebody_elses_version_is_not_rolled_back_unasked(a_then_b: Any, sandbox: Any) -> None:
    key = "sandbox-workflow-triage"
    made = sandbox.call("POST", "/v1/workflow/version/rollback", key, json={"version": "1.0.0", "release": True}).json()
    refused = a_then_b.run("rollback", "--only", "triage")
    assert (refused.code, refused.change["error"]["code"], live(sandbox)[0]) == (1, "NOT_OURS", made["data"]["new_version"])
    assert (a_then_b.run("rollback", "--only", "triage", "--to", "1.0.1").code, live(sandbox)[0]) == (0, "1.0.1")


def test_gone_back_by_hand_is_recorded_and_goes_no_further(a_then_b: Any, sandbox: Any) -> None:
    sandbox.call("POST", "/v1/workflow/version/release", "sandbox-workflow-triage", json={"version": "1.0.0"})
    assert (a_then_b.run("rollback", "--only", "triage").code, live(sandbox)[0]) == (0, "1.0.0")
    assert "rolled back" in a_then_b.run("deploy", *RELEASE, "--only", "triage").change["warning"]


def test_an_edit_in_the_console_is_saved_before_it_is_replaced(a_then_b: Any, sandbox: Any) -> None:
    (workflow,) = sandbox.state()["meingpt"][0]["workflows"]
    sandbox.call("PUT", f"/v1/workflows/{workflow['id']}", "sandbox-acme", json={"description": "by hand"})
    assert (a_then_b.run("rollback").code, live(sandbox)) == (0, ("1.0.0", "A"))
    (saved,) = a_then_b.root.glob("*.found.json")
    assert "by hand" in saved.read_text()


def test_a_file_that_is_broken_now_is_no_obstacle(a_then_b: Any, sandbox: Any) -> None:
    a_then_b.write("flows/a.flow", "{broken")
    a_then_b.write("workflows/onboarding.yaml", "steps: [")
    assert a_then_b.run("deploy").code == 1
    back = a_then_b.run("rollback")
    assert (back.code, live(sandbox)) == (0, ("1.0.0", "A")), back.out


def test_what_was_not_committed_when_it_was_released_is_not_guessed(project: Any, git: Git, sandbox: Any) -> None:
    git.ship("A")
    project.workflow(more="description: dirty\n")
    project.run("deploy", *RELEASE)
    git.ship("B")
    project.run("deploy", *RELEASE)
    back = project.run("rollback")
    assert (back.code, back.change_of("onboarding")["error"]["code"], live(sandbox)) == (1, "NOT_AS_RELEASED", ("1.0.0", "B"))


def test_without_git_a_definition_cannot_be_had_and_that_is_said(project: Any, sandbox: Any) -> None:
    for text in "AB":
        project.flow(text=text)
        project.workflow(more=f"description: {text}\n")
        project.run("deploy", *RELEASE)
    back = project.run("rollback")
    assert (back.code, live(sandbox)) == (1, ("1.0.0", "B"))
    assert back.change_of("onboarding")["error"]["code"] == "NOTHING_BEFORE"


def test_values_of_the_environment_are_laid_over_the_earlier_definition(project: Any, git: Git, sandbox: Any) -> None:
    sets = '    set: {"steps[id=greet].config.model": "${MODEL}"}\n'
    project.write("flowship.yml", MANIFEST + sets)
    project.environment["FLOWSHIP_VALUE_MODEL"] = "gpt-tiny"
    for text in "AB":
        git.ship(text)
        assert project.run("deploy", *RELEASE).code == 0
    assert project.run("rollback").code == 0
    (workflow,) = sandbox.state()["meingpt"][0]["workflows"]
    assert (workflow["description"], workflow["steps"][0]["config"]["model"]) == ("A", "gpt-tiny")


def test_set_and_file_are_those_that_the_manifest_named_then(project: Any, git: Git, sandbox: Any) -> None:
    """What differs between the two releases is a line of `set`, or the folder of the file: the workflow keeps its name."""
    sets = '    set: {"steps[id=greet].config.model": "%s"}\n'
    project.write("flowship.yml", MANIFEST + sets % "gpt-a")
    git.ship("A")
    assert project.run("deploy", *RELEASE).code == 0
    project.write("flowship.yml", MANIFEST + sets % "gpt-b")
    git.ship("A")
    assert project.run("deploy", *RELEASE).code == 0
    git("mv", "workflows", "moved")
    project.write("flowship.yml", (MANIFEST + sets % "gpt-c").replace("workflows/", "moved/"))
    git("commit", "-qam", "moved")
    assert project.run("deploy", *RELEASE).code == 0
    models = []
    for _ in range(2):
        assert project.run("rollback").code == 0
        (workflow,) = sandbox.state()["meingpt"][0]["workflows"]
        models.append(workflow["steps"][0]["config"]["model"])
    assert models == ["gpt-b", "gpt-a"]


def test_moved_folder_of_a_manifest_is_rolled_back_to_before_the_move(project: Any, git: Git, sandbox: Any) -> None:
    for text in "AB":
        project.write("app/flowship.yml", MANIFEST)
        project.flow("app/flows/a.flow", text)
        project.workflow("app/workflows/onboarding.yaml", f"description: {text}\n")
        git("add", "app")
        git("commit", "-qm", text)
        assert project.run("deploy", *RELEASE, "--manifest=app/flowship.yml").code == 0
    git("mv", "app", "service")
    git("commit", "-qam", "moved")
    back = project.run("rollback", "--manifest=service/flowship.yml")
    assert (back.code, live(sandbox)) == (0, ("1.0.0", "A")), back.out


def test_release_of_another_value_is_not_unchanged_where_that_value_is_no_longer_given(project: Any, git: Git, sandbox: Any) -> None:
    project.write("flowship.yml", MANIFEST + '    set: {"steps[id=greet].config.model": "${MODEL}"}\n')
    for model in ("gpt-a", "gpt-b"):
        project.environment["FLOWSHIP_VALUE_MODEL"] = model
        git.ship("A")
        assert project.run("deploy", *RELEASE).code == 0
    back = project.run("rollback")
    assert (back.code, back.change_of("onboarding")["error"]["code"]) == (1, "NOT_AS_RELEASED")


def test_a_rollback_of_which_a_part_failed_is_finished_by_the_next(a_then_b: Any, git: Git, sandbox: Any) -> None:
    git.ship("C")
    a_then_b.run("deploy", *RELEASE)
    sandbox.faults([{"match": {"method": "PUT"}, "do": {"status": 400, "body": {"error": {"code": "INVALID_INPUT", "message": "no"}}}}])
    assert (a_then_b.run("rollback").code, live(sandbox)) == (1, ("1.0.1", "C"))
    sandbox.faults([])
    assert (a_then_b.run("rollback").code, live(sandbox)) == (0, ("1.0.1", "B"))


def test_a_rollback_whose_reply_was_lost_is_finished_by_the_next(a_then_b: Any, git: Git, sandbox: Any) -> None:
    git.ship("C")
    a_then_b.run("deploy", *RELEASE)
    lost = [{"match": {"method": "POST", "path": "*/release"}, "do": {"reset": "after"}}]
    blind = [{"match": {"method": "GET", "path": "*/list", "nth": list(range(2, 40))}, "do": {"status": 404, "body": {}}}]
    sandbox.faults([*lost, *blind])
    ran = a_then_b.run("rollback", "--timeout", "4")
    assert (ran.code, ran.change_of("triage")["outcome"], live(sandbox)) == (4, "unknown", ("1.0.1", "B"))
    sandbox.faults([])
    again = a_then_b.run("rollback")
    assert (again.code, again.change["workflow"], live(sandbox)) == (0, "triage", ("1.0.1", "B"))
    assert a_then_b.run("rollback").code == 0
    assert live(sandbox) == ("1.0.0", "A")


def test_an_attempt_again_of_the_same_run_goes_no_further_back(a_then_b: Any, git: Git, sandbox: Any) -> None:
    git.ship("C")
    a_then_b.run("deploy", *RELEASE)
    first = a_then_b.run("rollback", GITHUB_RUN_ID="77", GITHUB_RUN_ATTEMPT="1")
    again = a_then_b.run("rollback", GITHUB_RUN_ID="77", GITHUB_RUN_ATTEMPT="2")
    assert (first.code, again.code, live(sandbox)) == (0, 0, ("1.0.1", "B"))
    assert {change["action"] for change in again.report["changes"]} == {"unchanged"}
    a_then_b.run("rollback", GITHUB_RUN_ID="78", GITHUB_RUN_ATTEMPT="1")
    assert live(sandbox) == ("1.0.0", "A")


def test_to_is_refused_elsewhere_and_keys_are_needed(a_then_b: Any, sandbox: Any) -> None:
    assert a_then_b.run("deploy", "--to", "vA").code == 2
    assert a_then_b.run("rollback", FLOWSHIP_KEY_TRIAGE="").report["problem"]["code"] == "missing-key"
    assert a_then_b.run("rollback", "--only", "nobody").code == 2
    assert a_then_b.run("rollback", "--to", "no-such-tag").report["problem"]["code"] == "unknown-to"
    assert live(sandbox) == ("1.0.1", "B")


def test_the_shards_of_a_rollback_are_the_whole_of_it(a_then_b: Any, sandbox: Any) -> None:
    assert [a_then_b.run("rollback", "--shard", f"{number}/2", GITHUB_RUN_ID="9").code for number in (1, 2)] == [0, 0]
    assert live(sandbox) == ("1.0.0", "A")


def test_in_the_action_github_has_the_definitions(project: Any, sandbox: Any) -> None:
    """The container has no git; every run begins in a fresh checkout."""
    project.environment["PATH"] = "/nowhere"
    commits = ("a" * 40, "b" * 40)

    def run(sha: str, **inputs: str) -> Any:
        given = {
            "keys": "TRIAGE=sandbox-workflow-triage\nMEINGPT=sandbox-acme",
            "github-token": "stand-in-token",
            "github-api-url": hub.url,
            **inputs,
        }
        told = {
            "EVENT_NAME": "workflow_dispatch",
            "REPOSITORY": "acme/flows",
            "RUN_ID": str(len(hub.requests)),
            "SHA": sha,
            "OUTPUT": "out",
            "STEP_SUMMARY": "sum",
        }
        place = {"ACTIONS": "true", "WORKSPACE": str(project.root), "REF": "refs/heads/main"}
        return project.run(
            **{f"GITHUB_{name}": value for name, value in (told | place).items()}, **{f"INPUT_{name.upper()}": value for name, value in given.items()}
        )

    with running(GitHub()) as hub:
        for letter, sha in zip("AB", commits):
            project.flow(text=letter)
            project.workflow(more=f"description: {letter}\n")
            hub.commit(sha)
            hub.files[sha] = {path: (project.root / path).read_bytes() for path in ("flows/a.flow", "workflows/onboarding.yaml")}
            assert run(sha, mode="deploy", release="always").code == 0
        hub.tags["v1"] = commits[0]
        back = run(commits[1], mode="rollback")
        assert (back.code, live(sandbox)) == (0, ("1.0.0", "A")), back.out
        forward = run(commits[1], mode="rollback", to="bbbbbbb")
        assert (forward.code, live(sandbox)) == (0, ("1.0.1", "B")), forward.out
        tagged = run(commits[1], mode="rollback", to="v1")
        assert (tagged.code, live(sandbox)) == (0, ("1.0.0", "A")), tagged.out


def test_a_dry_run_shows_the_plan_and_its_hash_makes_that_and_no_other(a_then_b: Any, git: Git, sandbox: Any) -> None:
    before, store = sandbox.requests(), (a_then_b.root / ".flowship/state.jsonl").read_bytes()
    shown = a_then_b.run("rollback", "--dry-run")
    assert (shown.code, shown.report["mode"], live(sandbox)) == (0, "rollback", ("1.0.1", "B"))
    assert {each["method"] for each in sandbox.requests()[len(before) :] if not each["path"].startswith("/_")} == {"GET"}
    assert (a_then_b.root / ".flowship/state.jsonl").read_bytes() == store
    assert {each["outcome"] for each in shown.report["changes"]} == {None}
    assert "triage: would be rolled back, 1.0.0 (was 1.0.1)" in shown.out
    assert "give its hash to `--plan-hash` in a rollback" in shown.out
    wrong = a_then_b.run("rollback", "--plan-hash", "0" * 64)
    assert (wrong.code, wrong.report["problem"]["code"], live(sandbox)) == (2, "plan-changed", ("1.0.1", "B"))
    assert a_then_b.run("rollback", "--plan-hash", shown.report["plan_hash"]).code == 0
    assert live(sandbox) == ("1.0.0", "A")


def test_a_dry_run_of_a_deploy_is_a_plan(a_then_b: Any, git: Git, sandbox: Any) -> None:
    git.ship("C")
    ran = a_then_b.run("deploy", *RELEASE, "--dry-run")
    assert (ran.code, ran.report["mode"], ran.change_of("triage")["action"], live(sandbox)) == (0, "plan", "import", ("1.0.1", "B"))
