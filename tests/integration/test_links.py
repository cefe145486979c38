"""What a commit may hold besides files: symbolic links under every name that the program writes or reads, also to pipes and devices.

The program runs as a process of its own, as in the action. Outside of the workspace nothing changes, and nothing there is read.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runner_grammar import read_outputs

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE, evals: evals/triage.yml}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
SUITE = "cases: [{name: one, input: {a: 1}}]\n"
KEYS = "TRIAGE=sandbox-workflow-triage\nMEINGPT=sandbox-acme"
REPORTS = {"report": "r.json", "sarif": "r.sarif", "junit": "r.xml"}


class Ended(NamedTuple):
    code: int
    out: str
    outputs: dict[str, str]


class Workspace:
    """The workspace of a job, and beside it a folder that holds one file, `precious`."""

    def __init__(self, repository: Any, url: str, base: Path) -> None:
        self.files = repository
        self.root: Path = repository.root
        self.outside = base / "outside"
        self.runner = base / "runner"
        self.url = url
        for folder in (self.outside, self.runner):
            folder.mkdir()
        (self.outside / "precious").write_text("precious\n")
        repository.flow()
        repository.workflow()
        repository.write("flowship.yml", MANIFEST)
        repository.write("evals/triage.yml", SUITE)

    def link(self, path: str, target: Path | str) -> Path:
        """A link in the workspace, in place of what has that name."""
        link = self.root / path
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)
        link.unlink(missing_ok=True)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
        return link

    def run(self, mode: str, **inputs: str) -> Ended:
        """The action, with a limit of ten seconds for its work. `event_path`: the event's file, in place of one that is well."""
        event = self.runner / "event.json"
        event_path = inputs.pop("event_path", event)
        event.write_text(json.dumps({"repository": {"default_branch": "main"}}))
        for name in ("output", "summary"):
            (self.runner / name).write_text("")
        given = {"mode": mode, "keys": KEYS, "state": "file", "gptbots-base-url": self.url, "meingpt-base-url": self.url, "timeout": "10"}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        runner = {"EVENT_NAME": "push", "EVENT_PATH": str(event_path), "REF": "refs/heads/main", "REPOSITORY": "acme/flows"}
        runner |= {"ACTIONS": "true", "SHA": "c0ffee" + "0" * 34, "WORKSPACE": str(self.root)}
        runner |= {"OUTPUT": str(self.runner / "output"), "STEP_SUMMARY": str(self.runner / "summary")}
        environment = {f"INPUT_{name.upper()}": value for name, value in given.items()} | {f"GITHUB_{name}": value for name, value in runner.items()}
        command = [sys.executable, "-I", str(ROOT / "entrypoint.py")]
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, timeout=60, check=False)
        return Ended(done.returncode, done.stdout + done.stderr, read_outputs((self.runner / "output").read_text()))

    def release(self, **inputs: str) -> Ended:
        return self.run("deploy", release="always", evals="off", **inputs)

    def left_alone(self) -> bool:
        """Whether the folder outside is as it was."""
        return {path.name: path.read_text() for path in self.outside.iterdir()} == {"precious": "precious\n"}


@pytest.fixture
def workspace(repository: Any, sandbox: Any, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(repository, sandbox.url, tmp_path_factory.mktemp("machine"))


def names(sandbox: Any) -> list[str]:
    return [workflow["name"] for organisation in sandbox.state()["meingpt"] for workflow in organisation["workflows"]]


@pytest.mark.parametrize("target", ["precious", "nothing"])
def test_linked_reports_and_state_are_replaced_by_files(workspace: Workspace, sandbox: Any, target: str) -> None:
    for name in (*REPORTS.values(), ".flowship/state.jsonl"):
        workspace.link(name, workspace.outside / target)
    ended = workspace.release(**REPORTS)
    assert (ended.code, ended.outputs["report"], names(sandbox)) == (0, "r.json", ["Onboarding"]), ended.out
    assert ".flowship/state.jsonl is a symbolic link, which is not followed" in ended.out
    assert [name for name in (*REPORTS.values(), ".flowship/state.jsonl") if (workspace.root / name).is_symlink()] == []
    assert json.loads((workspace.root / "r.json").read_text())["exit_code"] == 0
    assert workspace.left_alone()
    assert workspace.run("plan").outputs["changed"] == "0"


def test_nothing_is_reported_below_a_linked_folder(workspace: Workspace) -> None:
    workspace.link("out", workspace.outside)
    workspace.link("in", "flows")
    before = sorted(os.listdir(workspace.root / "flows"))
    ended = workspace.release(report="out/r.json", sarif="in/r.sarif", junit=str(workspace.root / "out/new/r.xml"))
    assert (ended.code, ended.outputs["report"]) == (0, "")
    for path, link in (("out/r.json", "out"), ("in/r.sarif", "in"), ("out/new/r.xml", "out")):
        assert f"{path} could not be written: `{link}` is a symbolic link, which is not followed. Fix: " in ended.out
    assert (workspace.left_alone(), sorted(os.listdir(workspace.root / "flows"))) == (True, before)


def test_reports_go_out_of_the_workspace_by_an_absolute_path_alone(workspace: Workspace) -> None:
    ended = workspace.release(report=str(workspace.runner / "temp/r.json"), sarif="../r.sarif")
    assert (ended.code, (workspace.runner / "temp/r.json").is_file(), (workspace.root.parent / "r.sarif").exists()) == (0, True, False)
    assert "../r.sarif could not be written: `../r.sarif` leads out of the workspace. Fix: " in ended.out


@pytest.mark.parametrize("link", [".flowship", ".flowship/running"])
def test_linked_folder_of_the_state_is_refused_before_anything_is_sent(workspace: Workspace, sandbox: Any, link: str) -> None:
    workspace.link(link, workspace.outside)
    ended = workspace.release()
    assert (ended.code, f"`{link}` is a symbolic link" in ended.out, names(sandbox)) == (2, True, [])
    assert workspace.left_alone()


@pytest.mark.parametrize(("link", "report"), [(".flowship", ""), ("out", "out/r.json")])
def test_edited_definition_is_not_saved_below_a_linked_folder_and_not_overwritten(workspace: Workspace, sandbox: Any, link: str, report: str) -> None:
    workspace.files.write("flowship.yml", "version: 1\nworkflows:\n  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}\n")
    assert workspace.release().code == 0
    id_ = sandbox.state()["meingpt"][0]["workflows"][0]["id"]
    workspace.files.write("flowship.yml", f"version: 1\nworkflows:\n  onboarding: {{source: workflows/onboarding.yaml, key: MEINGPT, id: {id_}}}\n")
    workspace.files.workflow(more="description: new\n")
    workspace.link(link, workspace.outside)
    ended = workspace.release(on_drift="overwrite", state="none", report=report)
    assert (ended.code, "NOT_KEPT" in ended.out, f"`{link}` is a symbolic link" in ended.out) == (1, True, True), ended.out
    assert sandbox.state()["meingpt"][0]["workflows"][0].get("description") != "new"
    assert workspace.left_alone()


def test_adopted_files_and_their_manifest_are_not_written_through_links(workspace: Workspace) -> None:
    assert workspace.release().code == 0
    for link in ("workflows", "flowship.yml"):
        workspace.files.write("flowship.yml", "version: 1\nworkflows: {}\n")
        if link == "flowship.yml":
            (workspace.root / "workflows").unlink()
            (workspace.root / "flowship.yml").rename(workspace.root / "real.yml")
        workspace.link(link, workspace.outside if link == "workflows" else "real.yml")
        ended = workspace.run("adopt", state="none")
        assert (ended.code, f"`{link}` is a symbolic link" in ended.out) == (1, True), ended.out
    assert (workspace.root / "real.yml").read_text() == "version: 1\nworkflows: {}\n"
    assert workspace.left_alone()


def test_recorded_suite_is_not_written_below_a_linked_folder(workspace: Workspace) -> None:
    assert workspace.release().code == 0
    (workspace.root / "suites").mkdir()
    (workspace.root / "evals/triage.yml").rename(workspace.root / "suites/triage.yml")
    workspace.link("evals", "suites")
    command = [sys.executable, "-m", "deployer", "eval", "--record"]
    environment = {"PYTHONPATH": str(ROOT), "FLOWSHIP_KEYS": KEYS}
    environment |= {"FLOWSHIP_GPTBOTS_BASE_URL": workspace.url, "FLOWSHIP_MEINGPT_BASE_URL": workspace.url}
    done = subprocess.run(command, cwd=workspace.root, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "`evals` is a symbolic link" in done.stdout + done.stderr) == (1, True), done.stdout + done.stderr
    assert os.listdir(workspace.root / "suites") == ["triage.yml"]


@pytest.mark.parametrize("paths", ["flowship.yml", "flows/a.flow workflows/onboarding.yaml evals/triage.yml", "evals/cases.csv"])
@pytest.mark.parametrize("kind", ["link out", "link to a device", "link to a pipe", "pipe", "socket", "huge"])
def test_what_is_no_file_of_the_repository_is_refused_by_its_name(workspace: Workspace, sandbox: Any, paths: str, kind: str) -> None:
    workspace.files.write("evals/triage.yml", "cases: [{name: one, input: {a: 1}, data: cases.csv, expect: {contains: x}}]\n")
    workspace.files.write("evals/cases.csv", "a\n1\n")
    with ExitStack() as stack:
        for path in paths.split():
            stack.enter_context(special(workspace, path, kind))
        ended = workspace.release()
    assert [path for path in paths.split() if path not in ended.out] == [], ended.out
    assert ended.code == (2 if paths == "flowship.yml" else 1)
    assert [request["path"] for request in sandbox.requests() if request["method"] != "GET"] == []  # what is read may be asked for meanwhile


@pytest.mark.parametrize(
    ("mode", "kind"),
    [*(("plan", kind) for kind in ("link to a pipe", "pipe", "socket", "huge")), ("deploy", "link to a device"), ("rollback", "pipe")],
)
def test_state_that_is_no_file_is_refused_by_its_name(workspace: Workspace, sandbox: Any, mode: str, kind: str) -> None:
    with special(workspace, ".flowship/state.jsonl", kind):
        ended = workspace.release() if mode == "deploy" else workspace.run(mode)
    assert (ended.code, ".flowship/state.jsonl cannot be used: " in ended.out, names(sandbox)) == (2, True, []), ended.out


@pytest.mark.parametrize("kind", ["link out", "link to a device", "link to a pipe", "pipe", "socket", "huge"])
def test_report_to_merge_that_is_no_file_is_refused_by_its_name(workspace: Workspace, kind: str) -> None:
    assert workspace.release(report="r.json", shard="1/1").code == 0
    (workspace.outside / "precious").write_bytes((workspace.root / "r.json").read_bytes())
    with special(workspace, "bad.json", kind):
        ended = workspace.run("report", files="r.json\nbad.json")
    assert (ended.code, "bad.json cannot be merged: " in ended.out) == (2, True), ended.out


@pytest.mark.parametrize("kind", ["link to a device", "pipe"])
def test_event_that_is_no_file_is_refused_by_its_name_and_outputs_are_set(workspace: Workspace, kind: str) -> None:
    with special(workspace, "event.json", kind) as path:
        ended = workspace.run("plan", event_path=str(path))
    assert (ended.code, str(workspace.root / "event.json") in ended.out, ended.outputs["ok"]) == (2, True, "false"), ended.out


def test_loops_of_links_are_not_walked(workspace: Workspace) -> None:
    """Followed, three links to the folder itself are 3^40 folders."""
    assert workspace.release(report="r.json", shard="1/1").code == 0
    for name in "abc":
        workspace.link(f"reports/{name}", ".")
    workspace.link("flows/all", "/")
    shutil.copy(workspace.root / "r.json", workspace.root / "reports/1.json")
    assert workspace.run("report", files="reports/**/*.json").code == 0
    assert workspace.run("lint", files="flows/**/*.flow").code == 0
    ended = workspace.run("report", files="flows/all/**/*.json")
    assert (ended.code, "`flows/all` leads out of the repository" in ended.out) == (1, True), ended.out


def test_repository_behind_a_link_out_of_the_workspace_is_refused(workspace: Workspace, sandbox: Any) -> None:
    other = workspace.runner / "other"
    shutil.copytree(workspace.root, other, symlinks=True)
    (other / ".git").mkdir()
    workspace.link("service", other)
    for inputs in ({"manifest": "service/flowship.yml"}, {"root": "service"}):
        ended = workspace.release(**inputs)
        assert (ended.code, "lies outside of the workspace" in ended.out, names(sandbox)) == (2, True, []), ended.out
    assert not (other / ".flowship").exists()


@contextmanager
def special(workspace: Workspace, path: str, kind: str) -> Iterator[Path]:
    """A path that is, or leads to, what is no file of the repository."""
    place = workspace.root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        match kind:
            case "link out":
                place.symlink_to(workspace.outside / "precious")
            case "link to a device":
                place.symlink_to("/dev/zero")
            case "link to a pipe":
                os.mkfifo(place.with_name(f"{place.name}.pipe"))
                place.symlink_to(f"{place.name}.pipe")
            case "pipe":
                os.mkfifo(place)
            case "socket":
                server.bind(os.path.relpath(place))
            case _:
                with place.open("wb") as file:
                    file.truncate(2**40)
        yield place
