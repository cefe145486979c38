"""A repository in a folder of the workspace, a part of a monorepo, and both: what is read, written and shown where."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from github_stand_in import GitHub, running
from pull_requests import BASE, DEPLOY, Events
from runner_grammar import Grammar, read_outputs


class Layout(NamedTuple):
    """`checkout`: the repository's folder in the workspace; `part`: the manifest's in the repository; `git`: whether `.git` is there."""

    checkout: str
    part: str
    git: bool = True
    by_manifest: bool = False  # named by `manifest` instead of `root`


LAYOUTS = [
    Layout("app", ""),
    Layout("app", "", git=False),
    Layout("app", "", by_manifest=True),
    Layout("app", "", git=False, by_manifest=True),
    Layout("", "services/billing"),
    Layout("", "services/billing", git=False),
    Layout("", "services/billing", by_manifest=True),
    Layout("app", "services/billing"),
    Layout("app", "services/billing", git=False),
]


class PlacedEvents(Events):
    """Events whose files are in such a layout, in the workspace and on GitHub."""

    def __init__(self, repository: Any, sandbox: Any, hub: GitHub, layout: Layout) -> None:
        self.layout = layout
        super().__init__(repository, sandbox, hub)

    @property
    def folder(self) -> str:
        return os.path.normpath(f"{self.layout.checkout}/{self.layout.part}").lstrip("/")

    def files(self, manifest: str = "", text: str = "hi", greeting: str = "Hello", more: str = "") -> dict[str, bytes]:
        prefix = f"{self.layout.part}/" if self.layout.part else ""
        return {f"{prefix}{path}": content for path, content in super().files(manifest, text, greeting, more).items()}

    def lay_out(self, files: dict[str, bytes]) -> None:
        for path, content in files.items():
            self.repository.write(os.path.normpath(f"./{self.layout.checkout}/{path}"), content)
        if self.layout.git:
            (self.repository.root / self.layout.checkout / ".git").mkdir()

    def environment(self, number: int, keys: Any = None, event: str = "pull_request", ref: str = "", **inputs: str) -> dict[str, str]:
        place = {"manifest": f"{self.folder}/flowship.yml"} if self.layout.by_manifest else {"root": self.folder}
        return super().environment(number, keys, event, ref, **{"report": str(self.repository.root / "report.json"), **place, **inputs})

    def ship(self, tag: str, sha: str, text: str, **more: Any) -> Any:
        """A tag's release of these texts."""
        self.hub.commit(sha)
        self.hub.files[sha] = self.files(text=text, greeting=text)
        self.hub.tags[tag] = sha
        return self.at(sha, event="push", ref=f"refs/tags/{tag}", keys=DEPLOY, **more)

    def at(self, sha: str, **more: Any) -> Any:
        """The action in a checkout of that commit."""
        self.check_out(self.hub.files[sha])
        self.repository.write(".runner/event.json", {"repository": {"default_branch": "main"}, "head_commit": {"message": sha[:7]}})
        return self.repository.run(**self.environment(0, **more) | {"GITHUB_SHA": sha})

    def outputs(self) -> dict[str, str]:
        return read_outputs((self.repository.root / ".runner/output").read_text())


@pytest.fixture
def place(repository: Any, sandbox: Any) -> Iterator[Callable[[Layout], PlacedEvents]]:
    with running(GitHub()) as hub:
        yield lambda layout: PlacedEvents(repository, sandbox, hub, layout)


@pytest.fixture(params=LAYOUTS, ids=lambda layout: "-".join(filter(None, map(str, layout))))
def events(request: pytest.FixtureRequest, place: Any) -> PlacedEvents:
    return place(request.param)  # type: ignore[no-any-return]


def test_pull_request_is_compared_with_the_base_branch(events: PlacedEvents) -> None:
    events.push(12, greeting="Hello")
    ran = events.run(12, "opened")
    assert ran.code == 0, ran.out
    changes = {change["workflow"]: (change["outcome"], change["path"]) for change in ran.report["changes"]}
    prefix = f"{events.layout.part}/" if events.layout.part else ""
    assert changes == {"triage": ("done", f"{prefix}flows/a.flow"), "onboarding": (None, f"{prefix}workflows/onboarding.yaml")}
    assert "answer 12.1" in ran.out + json.dumps(ran.report["changes"])


def test_rollback_reads_the_earlier_commit(events: PlacedEvents) -> None:
    one, two = "1" * 40, "2" * 40
    assert events.ship("v1", one, "one").code == 0
    assert events.ship("v2", two, "two").code == 0
    back = events.at(two, event="workflow_dispatch", ref="refs/heads/main", mode="rollback", keys=DEPLOY)
    assert back.code == 0, back.out
    (onboarding,) = next(each["workflows"] for each in events.sandbox.state()["meingpt"] if each["organisation"] == "acme")
    assert "one" in json.dumps(onboarding["steps"])


def test_annotations_and_sarif_name_paths_from_the_repositorys_top(events: PlacedEvents) -> None:
    events.hub.files[BASE] = events.files(more="unknown: 1\n")
    ran = events.at(BASE, event="push", ref="refs/heads/topic", mode="plan", sarif="out.sarif")
    path = f"{events.layout.part}/workflows/onboarding.yaml".lstrip("/")
    annotated = {command.properties.get("file") for command in Grammar().read(ran.out) if command.name in ("error", "warning")}
    assert path in annotated
    folder = "." if events.layout.by_manifest else events.folder
    (run,) = json.loads((events.repository.root / folder / "out.sarif").read_text())["runs"]
    assert path in {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]}
    assert path in {finding["path"] for finding in ran.report["findings"]}


@pytest.mark.parametrize(("report", "output"), [("out/r.json", "app/out/r.json"), ("../r.json", "r.json")])
def test_report_is_named_as_the_next_step_opens_it(place: Any, report: str, output: str) -> None:
    events = place(Layout("app", ""))
    events.at(BASE, event="push", ref="refs/heads/topic", mode="plan", report=report)
    assert events.outputs()["report"] == output
    assert (events.repository.root / output).is_file()


def test_report_outside_the_workspace_is_written_and_a_warning_says_so(place: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    events, elsewhere = place(Layout("app", "")), tmp_path_factory.mktemp("temp") / "r.json"
    ran = events.at(BASE, event="push", ref="refs/heads/topic", mode="plan", report=str(elsewhere))
    assert elsewhere.is_file()
    assert events.outputs()["report"] == ""
    assert f"{elsewhere} lies outside of the workspace" in ran.out


def test_state_as_a_file_is_at_the_top_of_the_repository_so_that_its_parts_share_it(place: Any) -> None:
    events = place(Layout("app", "services/billing"))
    assert events.ship("v1", "1" * 40, "one", state="file").code == 0
    assert [str(path.relative_to(events.repository.root)) for path in events.repository.root.rglob("state.jsonl")] == ["app/.flowship/state.jsonl"]


@pytest.mark.parametrize(("root", "said"), [("nowhere", "There is no folder nowhere"), ("..", "outside of the workspace")])
def test_a_wrong_root_is_refused_with_outputs_set(place: Any, root: str, said: str) -> None:
    events = place(Layout("", ""))
    ran = events.at(BASE, event="push", ref="refs/heads/main", keys=DEPLOY, root=root)
    assert (ran.code, events.outputs()["ok"]) == (2, "false")
    assert said in ran.out
    assert events.writes() == []


def test_two_parts_of_a_monorepo_have_comments_of_their_own(place: Any) -> None:
    events = place(Layout("", "services/billing"))
    events.push(12, greeting="Hello")
    events.run(12, "opened")
    sha = events.hub.pulls[12]["head"]
    events.layout = Layout("", "services/support")
    events.hub.files[BASE] |= events.files()
    events.hub.files[sha] |= events.files(text="another")
    events.run(12)
    assert len(events.hub.comments[12]) == 2


def git(folder: Path, *arguments: str) -> str:
    who = {f"GIT_{role}_{what}": "a@x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder), **who}
    return subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("typed", [("--root", "services/billing"), ("--manifest", "services/billing/flowship.yml")])
def test_on_a_command_line_a_rollback_reads_the_earlier_commit_by_git(repository: Any, sandbox: Any, typed: tuple[str, str]) -> None:
    repository.use(sandbox.url, MEINGPT="sandbox-acme")
    repository.write("services/billing/flowship.yml", "version: 1\nworkflows:\n  onboarding: {source: ../shared/o.yaml, key: MEINGPT}\n")
    git(repository.root, "init", "-q", "-b", "main")
    environment = {"FLOWSHIP_REPORT": str(repository.root / "report.json")}
    for text in ("one", "two"):
        repository.workflow("services/shared/o.yaml", f"description: {text}\n")
        git(repository.root, "add", "services")
        git(repository.root, "commit", "-qm", text)
        assert repository.run("deploy", "--release", "always", *typed, **environment).code == 0
    back = repository.run("rollback", *typed, **environment)
    assert (back.code, back.change["path"]) == (0, "services/shared/o.yaml"), back.out
    (onboarding,) = sandbox.state()["meingpt"][0]["workflows"]
    assert onboarding["description"] == "one"
    assert (repository.root / ".flowship/state.jsonl").is_file()


def test_lint_in_a_folder_shows_paths_from_there_and_to_github_from_the_top(repository: Any) -> None:
    (repository.root / ".git").mkdir()
    repository.write("svc/flowship.yml", "version: 1\nworkflows:\n  a: {source: ../shared/a.yaml, key: A}\n  b: {source: b.yaml, key: A}\n")
    repository.workflow("shared/a.yaml", "unknown: 1\n")
    repository.workflow("svc/b.yaml", "unknown: 1\n")
    repository.workflow("other/c.yaml")
    inside = type(repository)(repository.root / "svc", repository._monkeypatch, repository._capsys)
    text = inside.run("lint").out
    assert "../shared/a.yaml:" in text
    assert "\nb.yaml:" in f"\n{text}"
    assert "c.yaml" not in text
    for ran in (inside.run("lint", "--format", "github"), repository.run("lint", "--root", "svc", "--format", "github")):
        assert {command.properties["file"] for command in Grammar().read(ran.out) if command.name == "error"} == {"shared/a.yaml", "svc/b.yaml"}
    by_variable = repository.run("lint", FLOWSHIP_ROOT="svc")
    assert "svc/b.yaml:" in by_variable.out


def test_adopt_writes_below_the_manifest(repository: Any, sandbox: Any) -> None:
    repository.use(sandbox.url, MEINGPT="sandbox-acme")
    repository.workflow("o.yaml")
    repository.write("flowship.yml", "version: 1\nworkflows:\n  onboarding: {source: o.yaml, key: MEINGPT}\n")
    assert repository.run("deploy", "--release", "always").code == 0
    ran = repository.run("adopt", "--manifest", "svc/flowship.yml", FLOWSHIP_STATE="none")
    assert ran.code == 0, ran.out
    assert (repository.root / "svc/workflows/onboarding.yaml").is_file()
    assert "source: workflows/onboarding.yaml" in (repository.root / "svc/flowship.yml").read_text()
    again = repository.run("plan", "--release", "always", "--manifest", "svc/flowship.yml", FLOWSHIP_STATE="none")
    assert again.change["action"] == "unchanged", again.out


def test_sources_and_suites_are_relative_to_the_manifest(repository: Any, sandbox: Any) -> None:
    repository.use(sandbox.url, A="sandbox-workflow-a")
    repository.flow("svc/flows/a.flow")
    repository.write("svc/evals/a.yml", "cases: [{name: one, input: {a: 1}, expect: {contains: a}}]\n")
    repository.write("svc/flowship.yml", "version: 1\nworkflows:\n  a: {source: flows/a.flow, key: A, evals: evals/a.yml}\n")
    ran = repository.run("deploy", "--release", "always", "--manifest", "svc/flowship.yml")
    assert (ran.code, ran.report["evals"][0]["path"]) == (0, "svc/evals/a.yml"), ran.out
    repository.write("svc/flowship.yml", "version: 1\nworkflows:\n  a: {source: ../../a.flow, key: A}\n")
    refused = repository.run("deploy", "--manifest", "svc/flowship.yml")
    assert refused.code != 0
    assert "leaves the repository" in refused.out
