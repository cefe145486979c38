"""`prune` and renames, through the program: what we made and nothing names any more goes, and nothing else does."""

import subprocess
from typing import Any

import pytest

NAMES = ("a", "b", "c", "d")
KEY = "sandbox-acme"
RELEASE = ("--release", "always")
PRUNE = ("--prune", "true")


@pytest.fixture
def project(repository: Any, sandbox: Any) -> Any:
    """Four meinGPT workflows, released."""
    for name in NAMES:
        write(repository, name)
    manifest(repository, *NAMES)
    repository.use(sandbox.url, MEINGPT=KEY)
    assert repository.run("deploy", *RELEASE).code == 0
    return repository


def write(repository: Any, name: str, title: str = "", **more: str) -> None:
    described = "".join(f"{key}: {value}\n" for key, value in more.items())
    repository.workflow(f"workflows/{name}.yaml", described)
    path = repository.root / f"workflows/{name}.yaml"
    path.write_text(path.read_text().replace("Onboarding", title or f"Title {name}"))


def manifest(repository: Any, *names: str, more: str = "") -> None:
    """Entries by name; `new=a` is the file a.yaml under the name `new`."""
    entries = (each.partition("=")[::2] for each in names)
    lines = "".join(f"  {name}:\n    source: workflows/{file or name}.yaml\n    key: MEINGPT\n" for name, file in entries)
    repository.write("flowship.yml", f"version: 1\nenvironments: [production, staging]\nworkflows:\n{lines}{more}")


def there(sandbox: Any) -> dict[str, str]:
    """Id by title."""
    return {workflow["name"]: workflow["id"] for organisation in sandbox.state()["meingpt"] for workflow in organisation["workflows"]}


def writes(sandbox: Any) -> list[str]:
    return [f"{request['method']} {request['path']}" for request in sandbox.requests() if request["method"] != "GET"]


def test_what_nothing_names_any_more_goes_with_a_release(project: Any, sandbox: Any) -> None:
    manifest(project, "a", "b", "c")
    assert project.run("deploy", *RELEASE).report["changes"][-1]["workflow"] == "c"
    held = project.run("deploy", *PRUNE)
    assert (held.code, held.change_of("d")["action"], len(there(sandbox))) == (0, "hold", 4)
    assert "held for the next release" in held.out
    assert "To delete 1 held workflow: run again with `--prune` and `--release always`." in held.out
    planned = project.run("plan", *RELEASE, *PRUNE)
    assert (planned.change_of("d")["action"], "1 to delete" in planned.out, planned.report["requests_needed"]) == ("delete", True, {"meingpt": 1})
    done = project.run("deploy", *RELEASE, *PRUNE, "--plan-hash", planned.report["plan_hash"])
    assert (done.code, done.change_of("d")["outcome"], set(there(sandbox))) == (0, "done", {"Title a", "Title b", "Title c"}), done.out
    assert "1 deleted" in done.out
    before = writes(sandbox)
    again = project.run("deploy", *RELEASE, "--prune")  # alone it says true
    assert (again.code, len(again.report["changes"]), writes(sandbox)) == (0, 3, before)
    manifest(project, *NAMES)
    assert project.run("deploy", *RELEASE).change_of("d")["action"] == "create"


def test_more_than_30_percent_needs_force_from_ten_workflows_on(project: Any, sandbox: Any) -> None:
    names = [*NAMES, *(f"w{number}" for number in range(6))]
    for name in names[4:]:
        write(project, name)
    manifest(project, *names)
    assert project.run("deploy", *RELEASE).code == 0
    before = writes(sandbox)
    manifest(project, *names[:6])
    refused = project.run("deploy", *RELEASE, *PRUNE)
    assert (refused.code, refused.report["problem"]["code"], writes(sandbox)) == (2, "prune-too-much", before)
    assert project.run("deploy", *RELEASE, "--prune", "force").code == 0
    assert set(there(sandbox)) == {f"Title {name}" for name in names[:6]}


def test_one_of_two_needs_no_force(project: Any, sandbox: Any) -> None:
    manifest(project, "a", "b")
    assert project.run("deploy", *RELEASE, *PRUNE).code == 0
    assert set(there(sandbox)) == {"Title a", "Title b"}
    manifest(project, "b")
    assert project.run("deploy", *RELEASE, *PRUNE).code == 0
    assert set(there(sandbox)) == {"Title b"}


def test_nothing_left_needs_force(project: Any, sandbox: Any) -> None:
    project.write("flowship.yml", "version: 1\nworkflows: {}\n")
    refused = project.run("deploy", *RELEASE, *PRUNE)
    assert (refused.code, refused.report["problem"]["code"], len(there(sandbox))) == (2, "prune-too-much", 4)


def test_deletions_need_the_key_that_made_the_workflows(project: Any, sandbox: Any) -> None:
    project.flow()
    project.write("flowship.yml", "version: 1\nworkflows:\n  f: {source: flows/a.flow, key: F}\n")
    project.use(sandbox.url, F="sandbox-workflow-f")
    missing = project.run("deploy", *RELEASE, "--prune", "force", FLOWSHIP_KEY_MEINGPT="")
    assert (missing.code, missing.report["problem"]["code"], len(there(sandbox))) == (2, "missing-key", 4)
    assert (project.run("deploy", *RELEASE, "--prune", "force").code, there(sandbox)) == (0, {})


@pytest.mark.parametrize("narrowed", [("--only", "a"), ("--shard", "1/2"), ("--files", "workflows/a.yaml")])
def test_never_with_a_part_of_the_manifest(project: Any, sandbox: Any, narrowed: tuple[str, str]) -> None:
    manifest(project, "a", "b", "c")
    before = writes(sandbox)
    assert (project.run("deploy", *RELEASE, *PRUNE, *narrowed).code, writes(sandbox)) == (2, before)


def test_what_somebody_else_made_is_not_ours_to_delete(project: Any, sandbox: Any) -> None:
    body = {"name": "Theirs", "trigger": {"type": "webhook"}, "steps": []}
    id_ = sandbox.call("POST", "/v1/workflows", KEY, json=body).json()["id"]
    write(project, "e", "Theirs")
    manifest(project, *NAMES, more=f"  e: {{source: workflows/e.yaml, key: MEINGPT, id: {id_}}}\n")
    assert project.run("deploy", *RELEASE).change_of("e")["action"] == "update"
    manifest(project, *NAMES)
    ran = project.run("deploy", *RELEASE, *PRUNE)
    assert (ran.code, len(ran.report["changes"]), there(sandbox)["Theirs"]) == (0, 4, id_)


def test_another_environment_keeps_its_own(project: Any, sandbox: Any) -> None:
    """Only staging no longer has it: the manifest names it still."""
    staging = "    environments: {staging: {key: MEINGPT}}\n"
    manifest(project, *NAMES, more=staging)
    assert project.run("deploy", *RELEASE, "--environment", "staging").code == 0
    manifest(project, *NAMES)
    for environment in ("production", "staging"):
        assert project.run("deploy", *RELEASE, "--prune", "force", "--environment", environment).code == 0
    assert set(there(sandbox)) == {*(f"Title {name}" for name in NAMES), "Title d (staging)"}


@pytest.mark.parametrize(("on_drift", "code", "action", "left"), [("hold", 1, "hold", 4), ("fail", 1, "fail", 4), ("overwrite", 0, "delete", 3)])
def test_what_somebody_edited_is_drift(project: Any, sandbox: Any, on_drift: str, code: int, action: str, left: int) -> None:
    sandbox.call("PUT", f"/v1/workflows/{there(sandbox)['Title d']}", KEY, json={"description": "by hand"})
    manifest(project, "a", "b", "c")
    ran = project.run("deploy", *RELEASE, *PRUNE, "--on-drift", on_drift)
    assert (ran.code, ran.change_of("d")["action"], len(there(sandbox))) == (code, action, left)
    assert len(list(project.root.glob("*.found.json"))) == (4 - left)


def test_what_is_gone_already_is_forgotten_and_an_inactive_one_needs_no_release(project: Any, sandbox: Any) -> None:
    sandbox.call("DELETE", f"/v1/workflows/{there(sandbox)['Title d']}", KEY)
    manifest(project, "a", "b", "c")
    assert project.run("deploy", *PRUNE).change_of("d")["outcome"] == "done"
    assert len(project.run("deploy", *PRUNE).report["changes"]) == 3
    sandbox.call("PUT", f"/v1/workflows/{there(sandbox)['Title c']}", KEY, json={"status": "paused"})
    manifest(project, "a", "b")
    done = project.run("deploy", "--prune", "force", "--on-drift", "overwrite")
    assert (done.change_of("c")["action"], set(there(sandbox))) == ("delete", {"Title a", "Title b"}), done.out


@pytest.mark.parametrize(
    "fault", [{"reset": "after"}, {"status": 503}, {"status": 404, "body": {"error": {"code": "WORKFLOW_NOT_FOUND", "message": ""}}}]
)
def test_a_delete_that_was_not_answered_is_looked_for(project: Any, sandbox: Any, fault: dict[str, Any]) -> None:
    manifest(project, "a", "b", "c")
    sandbox.faults([{"match": {"method": "DELETE", "nth": 1}, "do": fault}])
    assert project.run("deploy", *RELEASE, *PRUNE).change_of("d")["outcome"] == "done"
    assert len(project.run("deploy", *RELEASE, *PRUNE).report["changes"]) == 3


def test_with_no_state_nothing_is_deleted_and_that_is_said(project: Any, sandbox: Any) -> None:
    manifest(project, "a", "b", "c")
    text = (project.root / "flowship.yml").read_text()
    for name, title in (("a", "Title a"), ("b", "Title b"), ("c", "Title c")):
        text = text.replace(f"workflows/{name}.yaml\n", f"workflows/{name}.yaml\n    id: {there(sandbox)[title]}\n")
    project.write("flowship.yml", text)
    ran = project.run("deploy", *RELEASE, *PRUNE, "--state", "none")
    assert (ran.code, len(there(sandbox)), "`--state none`" in ran.out) == (0, 4, True)


def test_an_older_commit_does_not_delete_what_a_newer_one_brought(repository: Any, sandbox: Any) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@x")
        return subprocess.run(["git", *who, *arguments], cwd=repository.root, capture_output=True, text=True, check=True).stdout.strip()

    git("init", "-q", "-b", "main")
    repository.use(sandbox.url, MEINGPT=KEY)
    for name in NAMES:
        write(repository, name)
    for names in (("a", "b", "c"), NAMES):
        manifest(repository, *names)
        git("add", "workflows", "flowship.yml")
        git("commit", "-qm", "m")
        assert repository.run("deploy", *RELEASE).code == 0
    git("checkout", "-q", "HEAD~1")
    old = repository.run("deploy", *RELEASE, *PRUNE)
    assert (old.code, old.change_of("d")["action"], len(there(sandbox))) == (0, "superseded", 4), old.out


# Renames


def test_a_new_name_takes_the_record_over(project: Any, sandbox: Any) -> None:
    before, made = there(sandbox), writes(sandbox)
    manifest(project, "a", "b", "c", "new=d")
    ran = project.run("deploy", *RELEASE, *PRUNE)
    assert (ran.code, ran.change_of("new")["action"], ran.change_of("new")["target"]) == (0, "unchanged", before["Title d"]), ran.out
    assert "new was d before" in ran.out
    assert (there(sandbox), writes(sandbox)) == (before, made)
    write(project, "d", "Title d", description="edited")  # known under its new name from here on, whatever it holds
    again = project.run("deploy", *RELEASE, *PRUNE)
    assert (again.change_of("new")["action"], there(sandbox), "was d before" in again.out) == ("update", before, False)
    manifest(project, "a", "b", "c")
    assert project.run("deploy", *RELEASE, *PRUNE).change_of("new")["action"] == "delete"


def test_a_plan_takes_nothing_over(project: Any) -> None:
    manifest(project, "a", "b", "c", "new=d")
    assert "new was d before" in project.run("plan").out
    assert "new was d before" in project.run("plan").out


def test_an_id_under_a_new_name_with_other_content(project: Any, sandbox: Any) -> None:
    id_ = there(sandbox)["Title d"]
    write(project, "d", "Renamed")
    manifest(project, "a", "b", "c", more=f"  new: {{source: workflows/d.yaml, key: MEINGPT, id: {id_}}}\n")
    ran = project.run("deploy", *RELEASE, *PRUNE)
    assert (ran.code, ran.change_of("new")["action"], there(sandbox)["Renamed"]) == (0, "update", id_), ran.out


def test_a_new_name_with_other_content_and_no_id_is_another_workflow(project: Any, sandbox: Any) -> None:
    write(project, "d", "Renamed")
    manifest(project, "a", "b", "c", "new=d")
    ran = project.run("deploy", *RELEASE, *PRUNE)
    assert (ran.change_of("new")["action"], ran.change_of("d")["action"]) == ("create", "delete")


def test_under_its_new_name_it_can_be_rolled_back_and_compared(project: Any, sandbox: Any) -> None:
    manifest(project, "a", "b", "c", "new=d")
    assert "4 in sync" in project.run("drift").out
    back = project.run("rollback", "--only", "new")
    assert back.change["error"]["code"] == "NOTHING_BEFORE"
    assert project.run("deploy", *RELEASE).change_of("new")["action"] == "unchanged"


@pytest.mark.parametrize("file", ["a", "e"])
def test_new_name_over_a_changed_definition_is_a_rename_too(project: Any, sandbox: Any, file: str) -> None:
    """By the file that the old name had, or by the name that the platform shows: what is live is updated, and never deleted for it."""
    before = there(sandbox)
    write(project, file, "Title a", description="new")
    manifest(project, f"e={file}", "b", "c", "d")
    done = project.run("deploy", *RELEASE, *PRUNE)
    assert (done.code, done.change_of("e")["action"], there(sandbox)) == (0, "update", before), done.out
    assert "e was a before: its records are taken over." in done.report["notices"]


def test_new_name_over_the_old_file_is_a_rename_whatever_it_is_called_there(project: Any, sandbox: Any) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@x", *arguments], cwd=project.root, check=True, capture_output=True)

    git("init", "-q")
    git("add", "flowship.yml", "workflows")
    git("commit", "-qm", "first")
    write(project, "a", description="recorded with its commit")
    git("commit", "-qam", "second")
    assert project.run("deploy", *RELEASE).code == 0
    id_ = there(sandbox)["Title a"]
    write(project, "a", "Another title", description="new")
    manifest(project, "e=a", "b", "c", "d")
    git("commit", "-qam", "third")
    done = project.run("deploy", *RELEASE, *PRUNE)
    assert (done.code, there(sandbox).get("Another title"), len(there(sandbox))) == (0, id_, 4), done.out
