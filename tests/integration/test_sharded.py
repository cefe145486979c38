"""A sharded deploy: the plan says which shards there are, each is deployed by a job of its own, and their reports become one.

Every job has a fresh workspace; they meet at one sandbox, and know each other by GitHub's state alone.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from github_stand_in import GitHub, running
from runner_grammar import Command, Grammar, read_outputs

from deployer.render import json_report

ROOT = Path(__file__).parents[2]
SHA = "c0ffee" + "0" * 34
FLOWS = [f"f{number}" for number in range(6)]
YAMLS = [f"y{number}" for number in range(3)]
MANIFEST = "version: 1\nworkflows:\n" + "".join(
    [f"  {name}: {{source: flows/{name}.flow, key: {name.upper()}}}\n" for name in FLOWS]
    + [f"  {name}: {{source: workflows/{name}.yaml, key: MEINGPT}}\n" for name in YAMLS]
)
KEYS = "MEINGPT=sandbox-acme\n" + "".join(f"{name.upper()}=sandbox-workflow-{name}\n" for name in FLOWS)
QUIET = {"summary": "false", "annotations": "false", "comment": "false"}


class Step(NamedTuple):
    """A step that ran: exit code, log, outputs, summary, and its JSON report."""

    code: int
    log: str
    outputs: Mapping[str, str]
    summary: str
    report: Mapping[str, Any]

    @property
    def results(self) -> dict[str, Any]:
        """By workflow: what does not depend on the time or on the sandbox's ids."""
        told = ("action", "outcome", "version", "live", "status")
        return {name: {field: each[field] for field in told} for name, each in json.loads(self.outputs["results"]).items()}

    @property
    def commands(self) -> list[Command]:
        return Grammar().read(self.log)


class Runner:
    """One run of a workflow on GitHub: steps of jobs, each in a workspace of its own; `reports` is where artifacts go."""

    def __init__(self, repository: Any, folder: Path, url: str, hub: GitHub) -> None:
        self.repository, self.folder, self.url, self.hub = repository, folder, url, hub
        self.reports = folder / "reports"
        self.reports.mkdir(parents=True)

    def _prepared(self, job: str, **inputs: str) -> dict[str, str]:
        """A fresh workspace, and the runner's variables for a step in it."""
        place = self.folder / job
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.repository.root, place / "workspace", ignore=shutil.ignore_patterns("jobs-*"))
        (place / "event.json").write_text(json.dumps({"repository": {"default_branch": "main"}, "head_commit": {"message": "A commit"}}))
        given = {
            "keys": KEYS, "github-token": "stand-in-token", "github-api-url": self.hub.url, "release": "always",
            "gptbots-base-url": self.url, "meingpt-base-url": self.url, "report": str(self.reports / f"{job}.json"), **inputs,
        }  # fmt: skip
        return {
            "PATH": os.environ["PATH"],
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(place / "event.json"),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": "acme/flows",
            "GITHUB_RUN_ID": "7",
            "GITHUB_SHA": SHA,
            "GITHUB_WORKSPACE": str(place / "workspace"),
            "GITHUB_OUTPUT": str(place / "output"),
            "GITHUB_STEP_SUMMARY": str(place / "summary"),
            **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in given.items()},
        }

    def _done(self, job: str, code: int, log: str) -> Step:
        place = self.folder / job
        summary, report = place / "summary", self.reports / f"{job}.json"
        told = json.loads(report.read_text()) if report.exists() else {}
        return Step(code, log, read_outputs((place / "output").read_text()), summary.read_text() if summary.exists() else "", told)

    def step(self, job: str, **inputs: str) -> Step:
        ran = self.repository.run(**self._prepared(job, **inputs))
        return self._done(job, ran.code, ran.out + ran.err)

    def at_once(self, jobs: Mapping[str, Mapping[str, str]]) -> list[Step]:
        """Steps of several jobs, each in a process of its own."""
        command = [sys.executable, "-m", "deployer"]
        begun = {
            job: subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self._prepared(job, **inputs), "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for job, inputs in jobs.items()
        }
        logs = {job: process.communicate(timeout=60)[0] for job, process in begun.items()}
        return [self._done(job, process.returncode, logs[job]) for job, process in begun.items()]

    def plan(self, **inputs: str) -> Step:
        return self.step("plan", mode="plan", **QUIET, **inputs)

    def shards(self, plan: Step, *, but: Sequence[str] = (), at_once: bool = False) -> list[Step]:
        """The matrix's jobs."""
        entries = [entry for entry in json.loads(plan.outputs["matrix"])["include"] if entry["shard"] not in but]
        jobs = {
            f"shard-{entry['number']}": {"mode": "deploy", "shard": entry["shard"], "plan-hash": entry["plan-hash"], **QUIET} for entry in entries
        }
        return self.at_once(jobs) if at_once else [self.step(job, **inputs) for job, inputs in jobs.items()]

    def report(self, **inputs: str) -> Step:
        return self.step("report", mode="report", files=str(self.reports / "*.json"), keys="", report="merged.json", **inputs)


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        hub.commit(SHA)
        yield hub


@pytest.fixture
def source(repository: Any) -> Any:
    for name in FLOWS:
        repository.flow(f"flows/{name}.flow", text=name)
    for name in YAMLS:
        repository.workflow(f"workflows/{name}.yaml")
        text = (repository.root / f"workflows/{name}.yaml").read_text()
        repository.write(f"workflows/{name}.yaml", text.replace("Onboarding", name))
    repository.write("flowship.yml", MANIFEST)
    return repository


@pytest.fixture
def sharded(source: Any, sandbox: Any, hub: GitHub) -> Runner:
    return Runner(source, source.root / "jobs-sharded deploy", sandbox.url, hub)


def imports(sandbox: Any) -> int:
    return sum(request["path"].endswith("/import") for request in sandbox.requests())


def test_three_shards_come_to_what_one_job_comes_to(sharded: Runner, source: Any, sandbox: Any, start_sandbox: Any) -> None:
    with running(GitHub()) as other_hub:
        other_hub.commit(SHA)
        single = Runner(source, source.root / "jobs-single", start_sandbox().url, other_hub).step("deploy", mode="deploy")
    plan = sharded.plan(shards="3")
    assert (plan.code, plan.outputs["shards"], plan.summary) == (0, "3", ""), plan.log
    shards = sharded.shards(plan, at_once=True)
    assert [shard.code for shard in shards] == [0, 0, 0], [shard.log for shard in shards]
    assert all(shard.summary == "" and not [each for each in shard.commands if each.name in ("error", "warning", "notice")] for shard in shards)
    whole = sharded.report()
    assert whole.code == single.code == 0, whole.log
    apart = ("results", "report", "workflow-id")
    assert {name: value for name, value in whole.outputs.items() if name not in apart} == {
        name: value for name, value in single.outputs.items() if name not in apart
    }
    assert whole.results == single.results
    assert (whole.outputs["changed"], whole.outputs["released"], len(whole.results)) == ("9", "9", 9)
    assert whole.outputs["plan-hash"] == plan.outputs["plan-hash"]
    assert "9 released" in whole.summary
    assert imports(sandbox) == len(FLOWS)
    (organisation,) = sandbox.state()["meingpt"]
    assert len(organisation["workflows"]) == len(YAMLS)


def test_the_merged_report_is_a_report(sharded: Runner) -> None:
    import jsonschema_rs

    plan = sharded.plan(shards="3")
    sharded.shards(plan)
    assert sharded.report(sarif="found.sarif", junit="done.xml").code == 0
    workspace = sharded.folder / "report/workspace"
    merged = json.loads((workspace / "merged.json").read_text())
    assert jsonschema_rs.validator_for(json.loads(json_report.schema())).is_valid(merged)
    assert (merged["mode"], merged["shard"], merged["shards"], len(merged["changes"])) == ("deploy", "", [], 9)
    parts = [json.loads((sharded.reports / f"{name}.json").read_text()) for name in ("plan", "shard-1", "shard-2", "shard-3")]
    for platform in ("gptbots", "meingpt"):
        assert merged["requests"][platform]["count"] == sum(part["requests"][platform]["count"] for part in parts)
    assert merged["seconds"] >= max(part["seconds"] for part in parts[1:])
    assert (workspace / "done.xml").read_text().count('classname="flowship.gptbots"') == 6
    assert json.loads((workspace / "found.sarif").read_text())["runs"]


def test_a_shard_that_failed_in_part(sharded: Runner, sandbox: Any) -> None:
    plan = sharded.plan(shards="3")
    sandbox.faults([{"match": {"path": "*/import", "key": "f1"}, "do": {"error": 403202}}])
    shards = sharded.shards(plan)
    assert sorted(shard.code for shard in shards) == [0, 0, 1]
    whole = sharded.report()
    assert (whole.code, whole.outputs["ok"], whole.outputs["changed"]) == (1, "false", "8"), whole.log
    assert {name for name, each in whole.results.items() if each["outcome"] != "done"} == {"f1"}
    errors = [each for each in whole.commands if each.name == "error"]
    assert [each.properties["file"] for each in errors] == ["flows/f1.flow"]
    assert "1 failed" in whole.summary

    sandbox.faults([])
    again = sharded.shards(plan, but=["1/3", "3/3"])  # what GitHub calls re-running the failed jobs
    assert [shard.code for shard in again] == [0], again[0].log
    assert sharded.report().code == 0
    assert imports(sandbox) == len(FLOWS) + 1


def test_a_shard_that_left_no_report_is_said_loudly(sharded: Runner) -> None:
    plan = sharded.plan(shards="3")
    sharded.shards(plan, but=["2/3"])
    whole = sharded.report()
    assert (whole.code, whole.outputs["ok"], whole.outputs["changed"]) == (1, "false", "6"), whole.log
    (error,) = [each for each in whole.commands if each.name == "error"]
    assert "The shard 2/3 left no report. What became of f1, f4, y1 is not known here." in error.message
    assert "2/3" in whole.summary
    assert set(whole.results) == {"f0", "f2", "f3", "f5", "y0", "y2"}


def test_shards_that_all_left_nothing(sharded: Runner) -> None:
    sharded.plan(shards="3")
    assert sharded.report().code == 1
    shutil.rmtree(sharded.reports)
    nothing = sharded.report()
    assert nothing.code == 1
    assert "There is no report to merge" in nothing.log


def test_an_empty_plan_has_no_shard_and_its_report_is_the_whole(sharded: Runner, sandbox: Any) -> None:
    sharded.shards(sharded.plan(shards="3"))
    shutil.rmtree(sharded.reports)
    sharded.reports.mkdir()
    plan = sharded.plan(shards="3")
    assert (plan.code, plan.outputs["shards"]) == (0, "0")
    assert json.loads(plan.outputs["matrix"]) == {"include": [{"shard": "1/1", "number": 1, "plan-hash": ""}]}
    whole = sharded.report()
    assert (whole.code, whole.outputs["ok"], whole.outputs["changed"], len(whole.results)) == (0, "true", "0", 9), whole.log
    assert {each["status"] for each in whole.results.values()} == {"unchanged"}
    assert imports(sandbox) == len(FLOWS)


def test_lint_errors_of_the_plan_are_posted_and_nothing_is_deployed(sharded: Runner, source: Any, sandbox: Any) -> None:
    source.workflow("workflows/y0.yaml", more="status: active\n")
    plan = sharded.plan(shards="3")
    assert (plan.code, plan.outputs["shards"], plan.summary) == (1, "0", "")
    whole = sharded.report()
    assert whole.code == 1
    assert [each.properties["file"] for each in whole.commands if each.name == "error"] == ["workflows/y0.yaml"]
    assert [request["path"] for request in sandbox.requests() if request["method"] != "GET"] == []  # versions may be read meanwhile


def test_a_shard_whose_part_of_the_plan_has_changed_writes_nothing(sharded: Runner, sandbox: Any, source: Any) -> None:
    plan = sharded.plan(shards="3")
    flow = (source.root / "flows/f5.flow").read_bytes()
    by_hand = sandbox.call(
        "POST", "/v1/workflow/version/import", "sandbox-workflow-f1", files={"file": ("a.flow", flow)}, data={"versionDesc": "by hand"}
    )
    assert by_hand.status_code == 200, by_hand.text
    before = imports(sandbox)
    codes = [shard.code for shard in sharded.shards(plan)]
    assert codes == [0, 2, 0]
    assert imports(sandbox) - before == 4
    whole = sharded.report()
    assert (whole.code, whole.outputs["changed"]) == (2, "6")
    assert {name for name, each in whole.results.items() if each["outcome"] == "skipped"} == {"f1", "f4", "y1"}
    assert "Shard 2/3: The plan has changed" in whole.log


def test_drift_that_stops_a_deploy_stops_all_of_its_shards(sharded: Runner, sandbox: Any) -> None:
    sharded.shards(sharded.plan(shards="3"))
    listed = sandbox.call("GET", "/v1/workflows", "sandbox-acme").json()["workflows"]
    sandbox.call("PUT", f"/v1/workflows/{listed[0]['id']}", "sandbox-acme", json={"description": "edited by hand"})
    plan = sharded.plan(shards="3", **{"on-drift": "fail"})
    assert (plan.code, plan.outputs["shards"]) == (1, "0"), plan.log


def test_a_plan_of_one_environment_and_a_shard_of_another_are_refused(sharded: Runner) -> None:
    plan = sharded.plan(shards="3")
    sharded.shards(plan)
    path = sharded.reports / "shard-3.json"
    path.write_text(path.read_text().replace('"production"', '"staging"'))
    whole = sharded.report()
    assert whole.code == 2
    assert "do not belong together: environment production in" in whole.log


def test_a_torn_report_is_named_and_the_others_are_shown(sharded: Runner) -> None:
    sharded.shards(sharded.plan(shards="3"))
    path = sharded.reports / "shard-3.json"
    path.write_text(path.read_text()[:300])
    whole = sharded.report()
    assert (whole.code, whole.outputs["changed"]) == (2, "6")
    assert "shard-3.json cannot be merged: it is not JSON (line" in whole.log
    assert "The shard 3/3 left no report" in whole.log


def test_on_the_command_line_reports_are_arguments(sharded: Runner, source: Any) -> None:
    sharded.shards(sharded.plan(shards="3"))
    names = [str(sharded.reports / f"{name}.json") for name in ("shard-1", "shard-2", "shard-3")]
    ran = source.run("report", *names, str(sharded.reports / "pl*.json"), "--report", "all.json", FLOWSHIP_REPORT="")
    assert (ran.code, "\n9 released\n" in ran.out) == (0, True), ran.out
    assert len(json.loads((source.root / "all.json").read_text())["changes"]) == 9
    missing = source.run("report", *names[:2], "no/such.json")
    assert missing.code == 1
    assert "There is no report no/such.json." in missing.out
    assert "The shard 3/3 left no report." in missing.out
    assert source.run("report").code == 2
    assert source.run("report", names[0], names[0]).code == 1  # one file, named twice, is one report


def test_files_without_a_manifest_are_parted_too(repository: Any, sandbox: Any) -> None:
    for name in ("a", "b", "c"):
        repository.workflow(f"w/{name}.yaml")
        text = (repository.root / f"w/{name}.yaml").read_text()
        repository.write(f"w/{name}.yaml", text.replace("Onboarding", name))
    repository.use(sandbox.url)
    ran = repository.run("deploy", "--files", "w/*.yaml", "--shard", "2/2", "--release", "always", FLOWSHIP_API_KEY="sandbox-acme")
    assert (ran.code, [change["workflow"] for change in ran.report["changes"]], ran.report["shard"]) == (0, ["b"], "2/2"), ran.out
