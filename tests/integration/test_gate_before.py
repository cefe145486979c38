"""A gate before the release: the preview target is asked first, and what fails there is never live, nor anything else of it. Judged on what the
sandbox holds and on every request that it got."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from github_stand_in import GitHub, running
from pull_requests import BASE, Events

from deployer.model import lease, marker

if TYPE_CHECKING:
    from tests.conftest import Sandbox
    from tests.integration.conftest import Ran, Repository

ROOT = Path(__file__).parents[2]
MANIFEST = """\
version: 1
workflows:
  triage:
    source: flows/a.flow
    key: TRIAGE
    evals: evals/suite.yml
    preview: {keys: [POOL_1, POOL_2]}
  onboarding:
    source: workflows/onboarding.yaml
    key: MEINGPT
    evals: evals/suite.yml
    preview: {key: COPIES}
"""
SUITE = "cases: [{name: answers well, input: {message: hi}, expect: {equals: well}}]\n"
BADLY = {"when": [{"definition": "*worse*", "answers": [{"output": "badly"}], "then": "repeat"}], "answers": [{"output": "well"}], "then": "repeat"}
DEPLOY = {"TRIAGE": "sandbox-workflow-triage", "MEINGPT": "sandbox-acme"}
PREVIEW = {"POOL_1": "sandbox-workflow-pool-1", "POOL_2": "sandbox-workflow-pool-2", "COPIES": "sandbox-copies"}
HOUR_MS = 3_600_000


@pytest.fixture
def box(start_sandbox: "Callable[..., Sandbox]") -> "Sandbox":
    """A definition with the word `worse` in it answers badly, wherever it is."""
    return start_sandbox(targets={"gptbots": {"defaults": {"runs": BADLY}}, "meingpt": {"defaults": {"runs": {"*": BADLY}}}})


@pytest.fixture
def at(repository: "Repository", box: "Sandbox") -> "Repository":
    lay_out(repository, MANIFEST)
    repository.use(box.url, **DEPLOY, **PREVIEW)
    return repository


def lay_out(repository: "Repository", manifest: str, suite: str = SUITE) -> None:
    repository.write("flowship.yml", manifest)
    repository.write("evals/suite.yml", suite)


def content(at: "Repository", text: str) -> None:
    at.flow(text=text)
    at.workflow(more=f"description: {text}\n")


def release(at: "Repository", text: str, *arguments: str) -> "Ran":
    content(at, text)
    return at.run("deploy", "--release", "always", *arguments)


def target(box: "Sandbox", name: str) -> list[dict[str, Any]]:
    """The versions of a Workflow, newest first."""
    return next((list(each["versions"]) for each in box.state()["gptbots"] if each["name"] == name), [])


def organisation(box: "Sandbox", name: str) -> list[dict[str, Any]]:
    return next((list(each["workflows"]) for each in box.state()["meingpt"] if each["organisation"] == name), [])


def live(box: "Sandbox") -> tuple[str | None, list[str]]:
    """GPTBots' published version, and what meinGPT holds."""
    version = next((each["version"] for each in target(box, "triage") if each["status"] == "PUBLISHED"), None)
    return version, [str(each["description"]) for each in organisation(box, "acme")]


def nothing_left(box: "Sandbox") -> bool:
    """No copy, and no lease that goes on."""
    free = all(not target(box, name) or " pr:free 0 " in target(box, name)[0]["version_desc"] for name in ("pool-1", "pool-2"))
    return free and organisation(box, "copies") == []


def suites(ran: "Ran") -> list[tuple[str, str, bool]]:
    return [(each["workflow"], each["evaluated"], each["passed"]) for each in ran.report["evals"]]


def errors(ran: "Ran") -> dict[str, str]:
    return {each["workflow"]: each["error"]["code"] for each in ran.report["changes"] if each["error"]}


def writes(box: "Sandbox", since: int = 0) -> list[str]:
    """Every request that could have changed something, of whichever key."""
    told = [f"{each['method']} {each['path']}" for each in box.requests()[since:] if each["method"] != "GET"]
    return [each for each in told if not each.endswith(("/verify", "/invoke", "/execute"))]


def test_a_good_one_passes_goes_live_and_leaves_no_preview(at: "Repository", box: "Sandbox") -> None:
    ran = release(at, "good")
    assert ran.code == 0, ran.out
    assert live(box) == ("1.0.0", ["good"])
    assert suites(ran) == [
        ("onboarding", "preflight", True),
        ("onboarding", "release", True),
        ("triage", "preflight", True),
        ("triage", "release", True),
    ]
    assert nothing_left(box)
    assert len(target(box, "pool-1")) == 2
    assert target(box, "pool-2") == []
    assert "before the release, on the preview target" in ran.out
    assert ran.report["notices"] == []


@pytest.mark.parametrize("first", [True, False])
def test_a_bad_one_is_never_live_and_nothing_of_it_is_written(at: "Repository", box: "Sandbox", first: bool) -> None:
    if not first:
        release(at, "good")
    before, held = len(box.requests()), (target(box, "triage"), organisation(box, "acme"))
    ran = release(at, "worse")
    assert ran.code == 1
    assert (target(box, "triage"), organisation(box, "acme")) == held, "not even as a draft"
    assert errors(ran) == {"triage": "EVALS_FAILED", "onboarding": "EVALS_FAILED"}
    assert suites(ran) == [("onboarding", "preflight", False), ("triage", "preflight", False)]
    assert nothing_left(box)
    for name in ("triage", "onboarding"):
        change = ran.change_of(name)
        assert (change["outcome"], change["live"], change["status"]) == ("failed", False, "failed")
        assert "before the release, on the preview target" in change["error"]["message"]
    assert len(writes(box, before)) == 6, writes(box, before)  # two imports and releases in the pool; a copy made and deleted
    assert ran.report["released"] == 0
    assert "answers well (evals/suite.yml:1)" in ran.out
    assert release(at, "better").code == 0
    assert live(box) == ("1.0.0" if first else "1.0.1", ["better"])


def test_one_that_fails_does_not_keep_the_other(at: "Repository", box: "Sandbox") -> None:
    at.flow(text="worse")
    at.workflow(more="description: good\n")
    ran = at.run("deploy", "--release", "always")
    assert (ran.code, errors(ran), live(box)) == (1, {"triage": "EVALS_FAILED"}, (None, ["good"]))


def test_with_fail_fast_it_does(at: "Repository", box: "Sandbox") -> None:
    at.flow(text="worse")
    at.workflow(more="description: good\n")
    ran = at.run("deploy", "--release", "always", FLOWSHIP_FAIL_FAST="true")
    assert (ran.code, live(box)) == (1, (None, [])), ran.out
    assert errors(ran) == {"triage": "EVALS_FAILED", "onboarding": "NOT_STARTED"}


def test_an_approved_plan_is_held_to_its_evals(at: "Repository", box: "Sandbox") -> None:
    content(at, "worse")
    plan_hash = at.run("plan", "--release", "always").report["plan_hash"]
    for _ in range(2):
        ran = at.run("deploy", "--release", "always", "--plan-hash", plan_hash)
        assert (ran.code, live(box), ran.report["plan_hash"]) == (1, (None, []), plan_hash), ran.out
        assert set(errors(ran).values()) == {"EVALS_FAILED"}


def test_a_draft_that_waits_is_not_released_either(at: "Repository", box: "Sandbox") -> None:
    content(at, "worse")
    merged = at.run("deploy")
    assert (merged.code, suites(merged)) == (0, [])
    assert target(box, "pool-1") == [], "a merge releases nothing: nothing is tried"
    ran = at.run("deploy", "--release", "always", "--only", "triage")
    assert (ran.code, errors(ran)) == (1, {"triage": "EVALS_FAILED"})
    assert [each["status"] for each in target(box, "triage")] == ["DRAFT"]


def test_report_tells_and_goes_on(at: "Repository", box: "Sandbox") -> None:
    ran = release(at, "worse", "--evals", "report")
    assert (ran.code, live(box)) == (0, ("1.0.0", ["worse"]))
    assert [each[1:] for each in suites(ran)] == [("preflight", False), ("release", False)] * 2
    assert nothing_left(box)


@pytest.mark.parametrize("without", ["keys", "settings", "evals"])
def test_without_keys_settings_or_evals_it_is_as_ever(repository: "Repository", box: "Sandbox", without: str) -> None:
    bare = "\n".join(line for line in MANIFEST.splitlines() if "preview:" not in line)
    lay_out(repository, bare if without == "settings" else MANIFEST)
    repository.use(box.url, **DEPLOY, **({} if without == "keys" else PREVIEW))
    ran = release(repository, "worse", *(["--evals", "off"] if without == "evals" else []))
    assert (target(box, "pool-1"), organisation(box, "copies"), ran.report["notices"]) == ([], [], [])
    assert [each[1] for each in suites(ran)] == ([] if without == "evals" else ["release"] * 2)
    assert live(box) == ("1.0.0", ["worse"])


def test_a_pool_that_is_taken_is_not_waited_for(at: "Repository", box: "Sandbox") -> None:
    who = [lease.holder(number, "acme/flows", "flowship.yml", "triage") for number in (11, 12)]
    for place, each in enumerate(who, 1):
        take(at, place, str(each))
    ran = release(at, "good", "--only", "triage")
    assert ran.code == 0, ran.out
    assert suites(ran) == [("triage", "release", True)]
    (notice,) = ran.report["notices"]
    assert notice.startswith("Not evaluated before the release, but after it: triage: no preview slot is free: POOL_1 is taken by pull request 11")
    assert [len(target(box, name)) for name in ("pool-1", "pool-2")] == [1, 1]


def take(at: "Repository", place: int, note: str) -> None:
    """Import into a Workflow of the pool what claims it."""
    description = marker.describe("m", "", marker.new("ab" * 32), note)
    flow = at.root / "flows/a.flow"
    at.flow()
    subprocess.run(
        ["curl", "-sf", "-H", f"Authorization: Bearer {PREVIEW[f'POOL_{place}']}", "-F", f"file=@{flow}", "-F", f"versionDesc={description}",
         f"{at.environment['FLOWSHIP_GPTBOTS_BASE_URL']}/v1/workflow/version/import"],
        check=True, capture_output=True,
    )  # fmt: skip


def test_more_workflows_than_the_pool_has_room_for_take_turns(repository: "Repository", box: "Sandbox") -> None:
    entry = "  w{0}: {{source: flows/w{0}.flow, key: W{0}, evals: evals/suite.yml, preview: {{keys: [POOL_1, POOL_2]}}}}\n"
    lay_out(repository, "version: 1\nworkflows:\n" + "".join(entry.format(number) for number in range(5)))
    repository.use(box.url, **PREVIEW, **{f"W{number}": f"sandbox-workflow-w{number}" for number in range(5)})
    for number in range(5):
        repository.flow(f"flows/w{number}.flow", "worse" if number == 4 else f"good {number}")
    ran = repository.run("deploy", "--release", "always")
    assert errors(ran) == {"w4": "EVALS_FAILED"}, ran.out
    assert [each[0] for each in suites(ran) if each[1] == "preflight"] == [f"w{number}" for number in range(5)]
    assert (nothing_left(box), target(box, "w4"), ran.report["notices"]) == (True, [], [])
    assert sorted(len(target(box, name)) for name in ("pool-1", "pool-2")) == [4, 6], "each once in, and given back once"


@pytest.mark.parametrize(("text", "code"), [("good", 0), ("worse", 1)])
@pytest.mark.parametrize(("only", "path"), [("triage", "/v1/workflow/invoke"), ("onboarding", "*/execute")])
def test_killed_while_asking_the_next_run_takes_over(at: "Repository", box: "Sandbox", only: str, path: str, text: str, code: int) -> None:
    content(at, text)
    ended(at, box, {"path": path, "nth": 1}, {"signal": {"name": "KILL", "when": "after"}}, only, -signal.SIGKILL)
    assert not nothing_left(box)
    assert live(box) == (None, [])
    ran = at.run("deploy", "--release", "always", "--only", only)
    assert ran.code == code, ran.out
    assert nothing_left(box)
    assert live(box) == ((None, []) if code else ("1.0.0", []) if only == "triage" else (None, ["good"]))
    assert target(box, "pool-2") == [], "it went on with the Workflow that it had"


@pytest.mark.parametrize(("only", "path"), [("triage", "/v1/workflow/invoke"), ("onboarding", "*/execute")])
def test_told_to_stop_while_asking_nothing_goes_live_and_nothing_stays(at: "Repository", box: "Sandbox", only: str, path: str) -> None:
    content(at, "good")
    out = ended(at, box, {"path": path, "nth": 1}, {"signal": {"name": "TERM", "when": "before"}, "delay": 0.2}, only, 1)
    assert (live(box), nothing_left(box)) == ((None, []), True), out


def ended(at: "Repository", box: "Sandbox", match: dict[str, Any], do: dict[str, Any], only: str, code: int) -> str:
    """A release in a process of its own, to which that happens."""
    pid = at.root / "pid"
    box.faults([{"match": match, "do": do | {"signal": do["signal"] | {"pid_file": str(pid)}}}])
    command = [sys.executable, "-m", "deployer", "deploy", "--release", "always", "--only", only]
    starter = f"import os, sys; open({str(pid)!r}, 'w').write(str(os.getpid())); os.execv(sys.executable, {command!r})"
    environment = at.environment | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", starter], cwd=at.root, env=environment, capture_output=True, text=True, check=False)
    box.faults([])
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran.stdout


def test_a_preview_key_that_deploys_is_refused(at: "Repository", box: "Sandbox") -> None:
    at.use(box.url, POOL_2=DEPLOY["TRIAGE"])
    ran = release(at, "good")
    assert (ran.code, ran.report["problem"]["code"], writes(box)) == (2, "preview-key", [])


def test_a_preview_target_that_cannot_be_written_leaves_the_gate_after(at: "Repository", box: "Sandbox") -> None:
    box.faults([{"match": {"path": "*/version/import", "nth": 1}, "do": {"error": 40348}}])
    ran = release(at, "good", "--only", "triage")
    assert (ran.code, suites(ran)) == (0, [("triage", "release", True)]), ran.out
    assert "Not evaluated before the release, but after it: triage" in ran.report["notices"][0]


def test_a_preview_that_cannot_be_live_leaves_the_gate_after(at: "Repository", box: "Sandbox") -> None:
    box.faults([{"match": {"path": "*/version/release", "nth": 1}, "do": {"error": 40353}}])
    ran = release(at, "good", "--only", "triage")
    assert (ran.code, suites(ran), nothing_left(box)) == (0, [("triage", "release", True)], True), ran.out
    assert "only what is live can be run" in ran.report["notices"][0]


def test_what_preview_settings_lay_over_is_asked_and_the_release_is_asked_too(at: "Repository", box: "Sandbox") -> None:
    laid = 'POOL_2], set: {"workflow.workflowNodes[id=e].endParam.outputText": fine}}'
    at.write("flowship.yml", MANIFEST.replace("POOL_2]}", laid))
    ran = release(at, "worse", "--only", "triage")
    assert suites(ran) == [("triage", "preflight", True), ("triage", "release", False)], ran.out
    assert (errors(ran), nothing_left(box)) == ({"triage": "STILL_LIVE"}, True)


def test_what_preview_settings_cannot_lay_over_is_said(at: "Repository", box: "Sandbox") -> None:
    at.write("flowship.yml", MANIFEST.replace("{key: COPIES}", '{key: COPIES, set: {"variables.mailbox": nobody}}'))
    ran = release(at, "good", "--only", "onboarding")
    assert (ran.code, suites(ran)) == (0, [("onboarding", "release", True)])
    assert "`preview.set` does not fit" in ran.report["notices"][0]


def test_without_its_knowledge_bases_a_preview_only_tells(at: "Repository", box: "Sandbox") -> None:
    content(at, "worse")
    flow = json.loads((at.root / "flows/a.flow").read_text())
    nodes, edges = flow["workflow"]["workflowNodes"], flow["workflow"]["workflowEdges"]
    nodes.insert(1, {"id": "d", "name": "Facts", "type": "DATASET", "x": 1, "y": 1, "datasetParam": {"query": "q", "datasetIds": ["kb_1"]}})
    edges[:] = [
        {"id": "1", "sourceNodeID": "s", "targetNodeID": "d", "sourceHandle": "a", "targetHandle": "b"},
        {"id": "2", "sourceNodeID": "d", "targetNodeID": "e", "sourceHandle": "a", "targetHandle": "b"},
    ]
    at.write("flows/a.flow", flow)
    ran = at.run("deploy", "--release", "always", "--only", "triage")
    (tried, released) = ran.report["evals"]
    assert (tried["evaluated"], tried["passed"], tried["blocking"], released["evaluated"]) == ("preflight", False, False, "release"), ran.out
    assert errors(ran) == {"triage": "STILL_LIVE"}, "the evals after it decide"


def test_what_was_bad_before_does_not_keep_a_release_that_is_no_worse(at: "Repository", box: "Sandbox") -> None:
    assert release(at, "worse", "--evals", "off").code == 0
    lay_out(at, MANIFEST, f"fail_on: regression\n{SUITE}")
    ran = release(at, "worse still")
    assert (ran.code, live(box)) == (0, ("1.0.1", ["worse still"])), ran.out
    assert [each[1:] for each in suites(ran)] == [("preflight", True), ("release", True)] * 2


class Checked(Events):
    def files(self, *arguments: Any, **changed: Any) -> dict[str, bytes]:
        return super().files(*arguments, **changed) | {"evals/suite.yml": SUITE.encode()}


@pytest.fixture
def events(repository: "Repository", box: "Sandbox") -> Iterator[Events]:
    with running(GitHub()) as hub:
        yield Checked(repository, box, hub, MANIFEST)


@pytest.mark.parametrize("old", [True, False])
def test_the_clean_up_takes_away_what_is_an_hour_old_and_a_pull_request_never(
    events: Events, start_sandbox: Any, monkeypatch: Any, old: bool
) -> None:
    triage = lease.holder_for_release("acme/flows", "flowship.yml", "production", "triage")
    events.check_out(events.hub.files[BASE])
    take(events.repository, 1, str(triage))
    copy = lease.holder_for_release("acme/flows", "flowship.yml", "production", "onboarding")
    body = {"name": "Onboarding (before release)", "description": str(copy), "trigger": {"type": "webhook"}, "steps": [], "variables": {}}
    address = f"{events.repository.environment['FLOWSHIP_MEINGPT_BASE_URL']}/v1/workflows"
    subprocess.run(
        ["curl", "-sf", "-H", f"Authorization: Bearer {PREVIEW['COPIES']}", "-H", "Content-Type: application/json", "-d", json.dumps(body), address],
        check=True, capture_output=True,
    )  # fmt: skip
    events.push(12)
    events.run(12, "opened")
    events.hub.pull(12, state="closed")
    if old:
        monkeypatch.setattr("deployer.previews.teardown.MAX_RELEASE_AGE_MS", -HOUR_MS)  # as if everything were two hours older
    closed = events.run(12, "closed")
    assert closed.code == 0, closed.out
    assert [each["name"] for each in events.copies()] == ["Onboarding (before release)"]
    assert len(events.pool(1)) == 1, "a pull request's own clean-up takes nothing of a release away"
    swept = events.schedule(mode="cleanup")
    assert swept.code == 0, swept.out
    assert (events.copies() == [], len(events.pool(1))) == ((True, 2) if old else (False, 1))
    if old:
        assert " pr:free 0 " in events.pool(1)[0]["version_desc"]
        assert {change["preview"]["pull_request"] for change in swept.report["changes"]} == {0}


def test_it_takes_a_quarter_of_the_time_at_most(at: "Repository", box: "Sandbox") -> None:
    box.faults([{"match": {"path": "/v1/workflow/invoke", "nth": 1}, "do": {"delay": 3}}])
    ran = release(at, "good", "--only", "triage", "--timeout", "8")
    assert ran.code == 0, ran.out
    assert [(each["evaluated"], each["passed"], each["blocking"]) for each in ran.report["evals"]] == [
        ("preflight", False, False),
        ("release", True, True),
    ]
    assert nothing_left(box)
