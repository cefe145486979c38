"""Two projects of one repository that share an organisation, names or ids: none writes to, prunes or takes over what is the other's; and a
project that is moved or renamed goes on with its state."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from github_stand_in import GitHub, running

SHA = "c0ffee" + "0" * 34
A, B = "apps/a/flowship.yml", "apps/b/flowship.yml"
KEYS = {"MEINGPT": "sandbox-acme", "TRIAGE": "sandbox-workflow-triage", "SECOND": "sandbox-workflow-triage"}
YAML = "name: {name}\ntrigger: {{type: webhook}}\nsteps:\n  - {{id: greet, type: ai_completion, config: {{model: gpt-4, prompt: '{prompt}'}}}}\n"


class Team:
    """One manifest and the runs with it. Its definition files are beside the manifest and at the top, under names of their own."""

    def __init__(self, repository: Any, run: Callable[..., Any], folder: str) -> None:
        self._repository, self._run, self.folder = repository, run, folder
        self.manifest = f"{folder}/flowship.yml"
        self.prefix = folder.replace("/", "-")

    def names(self, *lines: str, project: str = "", environments: str = "") -> None:
        head = (f"project: {project}\n" if project else "") + (f"environments: [{environments}]\n" if environments else "")
        self._repository.write(self.manifest, f"version: 1\n{head}workflows:\n" + "".join(f"  {line}\n" for line in lines))

    def yaml(self, name: str, title: str = "", prompt: str = "Hello", **fields: str) -> str:
        """An entry, and its file: `title` is its name on the platform."""
        self._write(f"{self.prefix}-{name}.yaml", YAML.format(name=title or f"{self.folder} {name}", prompt=prompt))
        more = "".join(f", {field}: {value}" for field, value in fields.items())
        return f"{name}: {{source: {self.prefix}-{name}.yaml, key: MEINGPT{more}}}"

    def flow(self, name: str, key: str = "TRIAGE", text: str = "hi") -> str:
        self._repository.flow(f"{self.folder}/{self.prefix}-{name}.flow", text)
        shutil.copy(self._repository.root / f"{self.folder}/{self.prefix}-{name}.flow", self._repository.root)
        return f"{name}: {{source: {self.prefix}-{name}.flow, key: {key}}}"

    def _write(self, path: str, text: str) -> None:
        self._repository.write(path, text)
        self._repository.write(f"{self.folder}/{path}", text)

    def run(self, mode: str = "deploy", **inputs: str) -> Any:
        return self._run(mode, manifest=self.manifest, **{"release": "always", **inputs})

    def moved(self, folder: str) -> "Team":
        """The same team in another folder."""
        shutil.move(self._repository.root / self.folder, self._repository.root / folder)
        other = Team(self._repository, self._run, folder)
        other.prefix = self.prefix
        return other


def command_line(repository: Any) -> Callable[..., Any]:
    return lambda mode, **inputs: repository.run(mode, **{f"FLOWSHIP_{name.upper()}": value for name, value in inputs.items()})


@pytest.fixture(params=["file", "github"])
def run(request: Any, repository: Any, sandbox: Any) -> Iterator[Callable[..., Any]]:
    """The program: as a command line with a state file, or as the action with its state on GitHub."""
    repository.use(sandbox.url, **KEYS)
    if request.param == "file":
        yield command_line(repository)
        return
    repository.write(".runner/event.json", json.dumps({"repository": {"default_branch": "main"}, "head_commit": {"message": "A commit"}}))
    runs = iter(range(1, 100))
    with running(GitHub()) as hub:

        def run(mode: str, **inputs: str) -> Any:
            given = {"mode": mode, "github-token": "stand-in-token", "github-api-url": hub.url, **inputs}
            return repository.run(
                GITHUB_ACTIONS="true",
                GITHUB_EVENT_NAME="push",
                GITHUB_EVENT_PATH=str(repository.root / ".runner/event.json"),
                GITHUB_REF="refs/heads/main",
                GITHUB_REPOSITORY="acme/flows",
                GITHUB_RUN_ID=str(next(runs)),
                GITHUB_RUN_ATTEMPT="1",
                GITHUB_SHA=SHA,
                GITHUB_WORKSPACE=str(repository.root),
                GITHUB_OUTPUT=str(repository.root / ".runner/output"),
                GITHUB_STEP_SUMMARY=str(repository.root / ".runner/summary"),
                **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in given.items()},
            )

        yield run


@pytest.fixture
def a(repository: Any, run: Callable[..., Any]) -> Team:
    return Team(repository, run, "apps/a")


@pytest.fixture
def b(repository: Any, run: Callable[..., Any]) -> Team:
    return Team(repository, run, "apps/b")


def there(sandbox: Any) -> dict[str, str]:
    """The id of each workflow of the organisation, by its name."""
    return {workflow["name"]: workflow["id"] for organisation in sandbox.state()["meingpt"] for workflow in organisation["workflows"]}


def writes(sandbox: Any) -> int:
    return sum(request["method"] != "GET" for request in sandbox.requests())


def refused(team: Team, sandbox: Any, code: str = "shared-target", **inputs: str) -> str:
    """What the team is told: its deploy and its plan are refused, and nothing is written."""
    before = writes(sandbox)
    for mode in ("plan", "deploy"):
        ran = team.run(mode, **inputs)
        assert (ran.code, (ran.report["problem"] or {}).get("code"), writes(sandbox)) == (2, code, before), ran.out
    return str(ran.report["problem"]["message"])


def released(ran: Any) -> list[str]:
    assert ran.code == 0, ran.out
    return [change["action"] for change in ran.report["changes"]]


# What two projects may share


def test_prune_deletes_nothing_of_another_project(a: Team, b: Team, sandbox: Any) -> None:
    a.names(a.yaml("onboarding"))
    b.names(*(b.yaml(name) for name in ("survey", "digest", "intake", "report")))
    assert released(a.run()) == ["create"]
    assert released(b.run()) == ["create"] * 4
    assert released(b.run(prune="true")) == ["unchanged"] * 4
    b.names(*(b.yaml(name) for name in ("survey", "digest", "intake")))
    assert released(b.run(prune="true")).count("delete") == 1
    assert set(there(sandbox)) == {"apps/a onboarding", "apps/b survey", "apps/b digest", "apps/b intake"}


def test_entries_of_one_name_are_two_workflows(a: Team, b: Team, sandbox: Any) -> None:
    for team in (a, b):
        team.names(team.yaml("onboarding"))
        assert released(team.run()) == ["create"]
    assert released(a.run()) == ["unchanged"]
    a.names(a.yaml("onboarding", prompt="Welcome"))
    assert released(a.run()) == ["update"]
    assert released(b.run()) == ["unchanged"]
    assert set(there(sandbox)) == {"apps/a onboarding", "apps/b onboarding"}


def test_projects_of_one_name_in_two_environments_are_their_own(a: Team, b: Team, sandbox: Any) -> None:
    """And of one folder: the manifests stand beside each other, each with its `project`."""
    b = Team(a._repository, a._run, a.folder)
    b.manifest, b.prefix = "apps/a/other.yml", "other"
    a.names(a.yaml("onboarding"))
    b.names(b.yaml("onboarding", "Other"), project="other")
    for team in (a, b):
        assert released(team.run()) == ["create"]
        assert released(team.run(prune="true")) == ["unchanged"]
    assert set(there(sandbox)) == {"apps/a onboarding", "Other"}


# What is refused


def test_name_that_another_project_has_on_the_platform_is_refused(a: Team, b: Team, sandbox: Any) -> None:
    a.names(a.yaml("onboarding", "Onboarding"))
    b.names(b.yaml("welcome", "Onboarding", "Mine"))
    assert released(a.run()) == ["create"]
    message = refused(b, sandbox)
    assert "welcome in production would be created under a name that is taken by" in message
    assert "the target of onboarding in production of the project apps/a" in message
    assert "Give yours another `name`" in b.run().report["problem"]["fix"]


def test_id_that_another_project_has_is_refused(a: Team, b: Team, sandbox: Any) -> None:
    a.names(a.yaml("onboarding"))
    assert released(a.run()) == ["create"]
    (id_,) = there(sandbox).values()
    b.names(b.yaml("welcome", id=id_))
    assert f"welcome in production leads to {id_}, the target of onboarding in production of the project apps/a" in refused(b, sandbox)
    doctor = b.run("doctor").report["doctor"]
    assert [(row["ok"], row["problem"]["code"]) for row in doctor] == [(False, "shared-target")]
    a.names(a.yaml("onboarding", prompt="Welcome"))
    assert released(a.run()) == ["update"]  # whose it is goes on
    assert [row["ok"] for row in a.run("doctor").report["doctor"]] == [True]


def test_id_of_another_environment_of_another_project_is_refused(a: Team, b: Team, sandbox: Any) -> None:
    a.names(a.yaml("onboarding"))
    assert released(a.run()) == ["create"]
    (id_,) = there(sandbox).values()
    entry = b.yaml("welcome").replace("}", f", environments: {{staging: {{key: MEINGPT, id: {id_}}}}}}}")
    b.names(entry, environments="production, staging")
    refused(b, sandbox, environment="staging")


@pytest.mark.parametrize("key", ["TRIAGE", "SECOND"])
def test_gptbots_key_of_another_project_is_refused_by_the_target_behind_it(a: Team, b: Team, sandbox: Any, key: str) -> None:
    """One name, or two names of one value."""
    a.names(a.flow("triage"))
    b.names(b.flow("triage", key, "other"))
    assert released(a.run()) == ["import"]
    assert "the target of triage in production of the project apps/a" in refused(b, sandbox)
    refused(b, sandbox, release="never")
    assert [row["problem"]["code"] for row in b.run("doctor").report["doctor"]] == ["shared-target"]
    assert released(a.run()) == ["unchanged"]


def test_same_content_as_another_projects_target_is_refused_too(a: Team, b: Team, sandbox: Any) -> None:
    a.names(a.flow("triage"))
    b.names(b.flow("triage"))
    assert released(a.run()) == ["import"]
    refused(b, sandbox)


def test_rollback_of_another_projects_target_is_refused(a: Team, b: Team, sandbox: Any) -> None:
    a.names(a.flow("triage"))
    assert released(a.run()) == ["import"]
    a.names(a.flow("triage", text="newer"))
    assert released(a.run()) == ["import"]
    b.names(b.flow("triage"))
    before = writes(sandbox)
    ran = b.run("rollback", only="triage", release="on-tag")
    assert (ran.code, ran.report["problem"]["code"], writes(sandbox)) == (2, "shared-target", before), ran.out


def test_two_manifests_of_one_project_are_refused(a: Team, b: Team, sandbox: Any) -> None:
    a.names(a.yaml("onboarding"), project="billing")
    b.names(b.yaml("welcome"), project="billing")
    assert released(a.run()) == ["create"]
    message = refused(b, sandbox, "shared-project")
    assert "apps/b/flowship.yml and apps/a/flowship.yml are both the project billing" in message
    b.names(b.yaml("welcome"), project="billing", environments="staging")
    refused(b, sandbox, "shared-project")


def test_adopt_leaves_alone_what_another_project_has(a: Team, b: Team, sandbox: Any) -> None:
    a.names(a.yaml("onboarding"))
    assert released(a.run()) == ["create"]
    (id_,) = there(sandbox).values()
    sandbox.call("POST", "/v1/workflows", KEYS["MEINGPT"], json={"name": "Nobody's", "trigger": {"type": "webhook"}, "steps": []})
    ran = b.run("adopt", key_name="MEINGPT", release="on-tag")
    assert {change["action"]: change["why"] for change in ran.report["changes"]}["unchanged"] == (
        "left alone: the target of onboarding in production of the project apps/a"
    )
    assert id_ not in (b._repository.root / B).read_text()
    named = b.run("adopt", key_name="MEINGPT", only=id_, release="on-tag")
    assert (named.code, named.report["problem"]["code"]) == (2, "shared-target")


# What goes on with its state


def test_moved_folder_keeps_the_state(a: Team, sandbox: Any) -> None:
    a.names(a.yaml("onboarding", "Onboarding"), a.flow("triage"))
    assert released(a.run()) == ["create", "import"]
    ids = there(sandbox)
    c = a.moved("apps/c")
    planned = c.run("plan")
    assert released(planned) == ["unchanged", "unchanged"]
    expected = "The records of onboarding, triage are taken over from the project apps/a: its manifest, apps/a/flowship.yml, is not in this commit."
    assert expected in planned.report["notices"]
    c.names(c.yaml("onboarding", "Onboarding", "Welcome"), c.flow("triage", text="newer"))
    assert released(c.run()) == ["update", "import"]
    again = c.run()
    assert (released(again), again.report["notices"]) == (["unchanged", "unchanged"], [])
    assert there(sandbox) == ids
    c.names(c.flow("triage", text="newer"))
    assert "delete" in released(c.run(prune="force"))
    assert there(sandbox) == {}


def test_going_back_to_the_old_folder_goes_on_too(a: Team, sandbox: Any) -> None:
    """As a deploy of an older tag does."""
    a.names(a.yaml("onboarding", "Onboarding"))
    assert released(a.run()) == ["create"]
    c = a.moved("apps/c")
    c.names(c.yaml("onboarding", "Onboarding", "Welcome"))
    assert released(c.run()) == ["update"]
    back = c.moved("apps/a")
    assert released(back.run()) == ["unchanged"]
    back.names(back.yaml("onboarding", "Onboarding", "Again"))
    assert released(back.run()) == ["update"]
    assert len(there(sandbox)) == 1


@pytest.mark.parametrize(("before", "after"), [("", "billing"), ("billing", "invoices"), ("billing", "")])
def test_project_that_is_added_renamed_or_taken_out_keeps_the_state(a: Team, sandbox: Any, before: str, after: str) -> None:
    a.names(a.yaml("onboarding", "Onboarding"), a.flow("triage"), project=before)
    assert released(a.run()) == ["create", "import"]
    a.names(a.yaml("onboarding", "Onboarding", "Welcome"), a.flow("triage", text="newer"), project=after)
    ran = a.run()
    assert released(ran) == ["update", "import"]
    assert f"apps/a/flowship.yml is the project {after or 'apps/a'} now" in " ".join(ran.report["notices"])
    assert released(a.run()) == ["unchanged", "unchanged"]
    assert len(there(sandbox)) == 1


def test_what_a_renamed_project_names_no_more_is_pruned(a: Team, sandbox: Any) -> None:
    a.names(a.yaml("onboarding", "Onboarding"), a.yaml("survey", "Survey"))
    assert released(a.run()) == ["create", "create"]
    a.names(a.yaml("onboarding", "Onboarding"), project="billing")
    assert released(a.run(only="onboarding")) == ["unchanged"]
    assert released(a.run(prune="true")) == ["unchanged", "delete"]
    assert set(there(sandbox)) == {"Onboarding"}


def test_another_project_in_the_same_place_is_not_pruned(a: Team, sandbox: Any) -> None:
    """As of a branch that has a manifest of its own at that path: it names none of the same targets, so it is no rename."""
    a.names(a.yaml("onboarding", "Onboarding"), project="billing")
    assert released(a.run()) == ["create"]
    a.names(a.yaml("survey", "Survey"), project="support")
    assert released(a.run(prune="true")) == ["create"]
    assert released(a.run(prune="force")) == ["unchanged"]
    assert set(there(sandbox)) == {"Onboarding", "Survey"}


def test_entry_that_is_renamed_in_a_moved_folder_keeps_its_records(a: Team, sandbox: Any) -> None:
    a.names(a.yaml("onboarding", "Onboarding"))
    assert released(a.run()) == ["create"]
    c = a.moved("apps/c")
    c.names(c.yaml("welcome", "Onboarding"))
    assert released(c.run()) == ["unchanged"]
    assert len(there(sandbox)) == 1


def test_folder_that_is_split_in_two_locks_out_neither(a: Team, b: Team, sandbox: Any) -> None:
    a.names(a.yaml("onboarding", "Onboarding"), a.yaml("survey", "Survey"))
    assert released(a.run()) == ["create", "create"]
    shutil.rmtree(a._repository.root / "apps/a")
    c = Team(a._repository, a._run, "apps/c")
    b.names(b.yaml("onboarding", "Onboarding"))
    c.names(c.yaml("survey", "Survey"))
    for team in (b, c, b):
        assert released(team.run(prune="true")) == ["unchanged"]
    assert set(there(sandbox)) == {"Onboarding", "Survey"}


def test_workflow_that_goes_to_another_manifest_takes_its_records_along(a: Team, b: Team, sandbox: Any) -> None:
    a.names(a.yaml("onboarding", "Onboarding"), a.yaml("survey", "Survey"))
    assert released(a.run()) == ["create", "create"]
    id_ = there(sandbox)["Onboarding"]
    a.names(a.yaml("survey", "Survey"))
    b.names(b.yaml("onboarding", "Onboarding"))
    refused(b, sandbox)  # its name alone does not tell that it is meant
    b.names(b.yaml("onboarding", "Onboarding", id=id_))
    ran = b.run()
    assert released(ran) == ["unchanged"]
    assert "apps/a/flowship.yml no longer names them" in " ".join(ran.report["notices"])
    assert released(a.run(prune="force")) == ["unchanged"]
    assert there(sandbox)["Onboarding"] == id_


def test_workflow_that_another_manifest_names_by_now_is_not_pruned(a: Team, b: Team, sandbox: Any) -> None:
    """The manifest that no longer names it is deployed first."""
    a.names(a.yaml("onboarding", "Onboarding"), a.yaml("survey", "Survey"))
    b.names(b.yaml("other"))
    for team in (a, b):
        assert set(released(team.run())) == {"create"}
    a.names(a.yaml("survey", "Survey"))
    b.names(b.yaml("other"), b.yaml("onboarding", "Onboarding", id=there(sandbox)["Onboarding"]))
    assert released(a.run(prune="force")) == ["unchanged"]
    assert "Onboarding" in there(sandbox)


def test_another_teams_leftover_is_not_taken_over_by_the_entrys_name_alone(a: Team, b: Team, sandbox: Any) -> None:
    a.names(a.yaml("onboarding", "Onboarding of A"))
    assert released(a.run()) == ["create"]
    shutil.rmtree(a._repository.root / "apps/a")
    b.names(b.yaml("onboarding", "Onboarding of B"))
    assert released(b.run(prune="true")) == ["create"]
    assert set(there(sandbox)) == {"Onboarding of A", "Onboarding of B"}


def test_plan_without_keys_knows_the_state_of_a_moved_folder(a: Team) -> None:
    a.names(a.yaml("onboarding", "Onboarding"))
    assert released(a.run()) == ["create"]
    c = a.moved("apps/c")
    a._repository.environment = {name: value for name, value in a._repository.environment.items() if not name.startswith("FLOWSHIP_KEY_")}
    assert released(c.run("plan")) == ["unchanged"]


def test_what_a_sparse_checkout_leaves_out_is_in_the_commit_all_the_same(repository: Any, sandbox: Any) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@x", *arguments], cwd=repository.root, check=True, capture_output=True)

    repository.use(sandbox.url, **KEYS)
    a, b = (Team(repository, command_line(repository), folder) for folder in ("apps/a", "apps/b"))
    a.names(a.yaml("onboarding", "Onboarding"))
    b.names(b.yaml("welcome", "Onboarding"))
    git("init", "-q")
    git("add", "apps")
    git("commit", "-qm", "A commit")
    assert released(a.run()) == ["create"]
    git("sparse-checkout", "set", "apps/b")
    shutil.rmtree(repository.root / "apps/a", ignore_errors=True)
    refused(b, sandbox)
    (repository.root / ".git/info/sparse-checkout").unlink()
    assert released(b.run("plan")) == ["unchanged"]
