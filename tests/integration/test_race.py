"""Two runs at once, each a process of its own, on two commits of one repository: the newer commit's content is what stays.

The sandbox's barriers decide who is where when the other one goes on. Judged on what the sandbox holds, with the state in a shared file
and on GitHub.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import pytest
from github_stand_in import GitHub, running
from quick_clock import QuickClock

from deployer.pipeline import services
from deployer.state.file import STATE_PATH, FileStateStore

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
KEYS = {"TRIAGE": "sandbox-workflow-triage", "MEINGPT": "sandbox-acme"}
LIST = {"method": "GET", "path": "/v1/workflow/version/list"}
IMPORT = {"method": "POST", "path": "/v1/workflow/version/import"}
RELEASE = {"method": "POST", "path": "/v1/workflow/version/release"}
CREATE = {"method": "POST", "path": "/v1/workflows"}
UPDATE = {"method": "PUT", "path": "/v1/workflows/*"}
SHARED_STATE = """
import os
from deployer.cli.main import script
from deployer.pipeline import services
from deployer.state.file import STATE_PATH, FileStateStore

shared = os.environ["SHARED"]
services.FileStateStore = lambda path, owner, root, redact: FileStateStore(os.path.join(shared, STATE_PATH), owner, shared, redact)
script()
"""
"""The program with its state in another folder than its checkout, as if that were mounted there."""
CHAOS = bool(os.environ.get("FLOWSHIP_CHAOS"))
EVERYWHERE = [(held, when) for held in (IMPORT, RELEASE, CREATE, UPDATE) for when in ("before", "after")]
PLACES = EVERYWHERE if CHAOS else [(IMPORT, "before"), (RELEASE, "after"), (CREATE, "before"), (UPDATE, "after")]


class Ended(NamedTuple):
    code: int
    out: str
    report: dict[str, Any]

    def actions(self) -> dict[str, str]:
        return {change["workflow"]: change["action"] for change in self.report["changes"]}

    def outcomes(self) -> dict[str, str]:
        return {change["workflow"]: change["outcome"] for change in self.report["changes"]}


class Run:
    """A run that is going."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @property
    def _out(self) -> IO[str]:
        assert self.process.stdout
        return self.process.stdout

    def says(self, words: str) -> None:
        """Returns as soon as it has said that."""
        for line in self._out:
            self.said.append(line)
            if words in line:
                return
        pytest.fail(f"it ended without saying {words!r}:\n{''.join(self.said)}")

    def end(self) -> Ended:
        with self._out as out:
            self.said += out.readlines()
        code = self.process.wait(timeout=60)
        report = self.folder / "report.json"
        return Ended(code, "".join(self.said), json.loads(report.read_text()) if report.exists() else {})

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._out.close()


class Repository:
    """A repository whose commits are deployed, each from a checkout of its own. `hub`: the state is there, and git is not."""

    def __init__(self, repository: Any, sandbox: Any, hub: GitHub | None) -> None:
        self.files = repository
        self.hub = hub
        self.runs = 0
        self.going: list[Run] = []
        self._texts: dict[str, str] = {}
        self._checkouts = 0
        repository.write("flowship.yml", MANIFEST)
        repository.use(sandbox.url, **KEYS)
        self._git("init", "-q", "-b", "main")

    def _git(self, *arguments: str) -> str:
        who = {f"GIT_{role}_{what}": "a@x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.files.root), "GIT_CONFIG_NOSYSTEM": "1", **who}
        done = subprocess.run(["git", *arguments], cwd=self.files.root, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, text: str) -> str:
        """A commit whose workflows all say `text`."""
        self.files.flow(text=text)
        self.files.workflow(more=f"description: {text}\n")
        self._git("add", "flows", "workflows", "flowship.yml")
        self._git("commit", "-qm", f"Say {text}", "--allow-empty")
        sha = self._git("rev-parse", "HEAD")
        self._texts[sha] = text
        if self.hub:
            self.hub.commit(sha)
            self.hub.files[sha] = {path: (self.files.root / path).read_bytes() for path in ("flows/a.flow", "workflows/onboarding.yaml")}
        return sha

    def start(self, sha: str, *, release: str = "always", mode: str = "deploy", job: dict[str, str] | None = None) -> Run:
        """`job`: variables of the runner, where it is one of several jobs of a workflow run."""
        folder, environment = self.checkout(sha, release=release, mode=mode)
        return self.run(folder, environment | (job or {}), mode)

    def run(self, folder: Path, environment: dict[str, str], mode: str = "deploy") -> Run:
        self.going.append(Run(self.command(mode), folder, environment))
        return self.going[-1]

    def command(self, mode: str = "deploy") -> list[str]:
        return [sys.executable, "-m", "deployer"] if self.hub else [sys.executable, "-c", SHARED_STATE, mode]

    def deploy(self, sha: str, *, release: str = "always", mode: str = "deploy", job: dict[str, str] | None = None) -> Ended:
        return self.start(sha, release=release, mode=mode, job=job).end()

    def checkout(self, sha: str, *, release: str, mode: str = "deploy") -> tuple[Path, dict[str, str]]:
        """A folder with that commit, and the environment to deploy it in."""
        self._checkouts += 1
        folder = Path(f"{self.files.root}-checkout-{self._checkouts}")
        self._git("worktree", "add", "-q", "--detach", str(folder), sha)
        told = {"FLOWSHIP_RELEASE": release, "FLOWSHIP_MESSAGE": f"Say {self._texts[sha]}", "FLOWSHIP_REPORT": "report.json"}
        environment = self.files.environment | told | {"PYTHONPATH": str(ROOT)}
        if self.hub:
            (folder / ".git").unlink()
            return folder, environment | self._action(self.hub, folder, sha, release, mode)
        return folder, environment | {"FLOWSHIP_STATE": "file", "SHARED": str(self.files.root)}

    def _action(self, hub: GitHub, folder: Path, sha: str, release: str, mode: str) -> dict[str, str]:
        self.runs += 1
        inputs = {"MODE": mode, "RELEASE": release, "GITHUB-TOKEN": "stand-in-token", "GITHUB-API-URL": hub.url, "REPORT": "report.json"}
        inputs |= {"MESSAGE": f"Say {self._texts[sha]}", "KEYS": "\n".join(f"{name}={value}" for name, value in KEYS.items())}
        runner = {"ACTIONS": "true", "EVENT_NAME": "workflow_dispatch", "REF": "refs/heads/main", "REPOSITORY": "acme/flows", "SHA": sha}
        runner |= {"WORKSPACE": str(folder), "RUN_ID": str(self.runs), "RUN_ATTEMPT": "1"}
        return {**{f"INPUT_{name}": value for name, value in inputs.items()}, **{f"GITHUB_{name}": value for name, value in runner.items()}}


@pytest.fixture(params=["file", "github"])
def shop(request: pytest.FixtureRequest, repository: Any, sandbox: Any) -> Iterator[Repository]:
    if shutil.which("git") is None:
        pytest.skip("it takes git")
    with running(GitHub()) as hub:
        shop = Repository(repository, sandbox, hub if request.param == "github" else None)
        yield shop
        for run in shop.going:
            run.kill()


def there(sandbox: Any) -> tuple[list[tuple[str, str]], list[str]]:
    """GPTBots: what each version says (its commit's subject) and its status, newest first. meinGPT: what each workflow says."""
    state = sandbox.state()
    versions = [(version["version_desc"].split()[1], version["status"]) for target in state["gptbots"] for version in target["versions"]]
    return versions, [workflow["description"] for organisation in state["meingpt"] for workflow in organisation["workflows"]]


def stays(sandbox: Any, text: str, *, live: bool = True) -> None:
    """Draft and live are that, on both platforms, and there is one of each."""
    versions, workflows = there(sandbox)
    assert versions[0] == (text, "PUBLISHED" if live else "DRAFT"), versions
    assert len(versions) == len(set(versions)), "imported twice"
    assert workflows == ([text] if live else [])


@pytest.mark.parametrize("release", ["always", "never"])
@pytest.mark.parametrize("first", ["old", "new"])
def test_two_deploys_that_both_found_nothing(shop: Repository, sandbox: Any, first: str, release: str) -> None:
    old, new = shop.commit("old"), shop.commit("new")
    sandbox.faults([{"match": LIST | {"times": 2}, "do": {"barrier": {"when": "after", "together": 2}}}])
    runs = {name: shop.start({"old": old, "new": new}[name], release=release) for name in (first, "new" if first == "old" else "old")}
    ended = {name: run.end() for name, run in runs.items()}
    assert ended["new"].code == 0, ended["new"].out
    stays(sandbox, "new", live=release == "always")
    assert set(ended["old"].outcomes().values()) <= {"done", "skipped", "held"}, ended["old"].out


@pytest.mark.parametrize(("held", "when"), PLACES, ids=lambda each: each if isinstance(each, str) else each["method"] + each["path"][-7:])
def test_what_an_older_run_has_in_flight_is_waited_for(shop: Repository, sandbox: Any, held: dict[str, str], when: str) -> None:
    if held == UPDATE:
        assert shop.deploy(shop.commit("base")).code == 0
    old, new = shop.commit("old"), shop.commit("new")
    sandbox.faults([{"match": held | {"nth": 1}, "do": {"barrier": when}}])
    older = shop.start(old)
    sandbox.waiting(1)
    newer = shop.start(new)
    newer.says("is deploying")
    sandbox.open()
    ends = older.end(), newer.end()
    assert ends[1].code == 0, ends[1].out
    assert "planned again" in " ".join(ends[1].report["notices"])
    stays(sandbox, "new")
    assert ends[0].code in (0, 1), ends[0].out


def test_of_three_runs_the_newest_commit_stays(shop: Repository, sandbox: Any) -> None:
    commits = [shop.commit(text) for text in ("old", "middle", "new")]
    sandbox.faults([{"match": IMPORT | {"nth": 1}, "do": {"barrier": "before"}}])
    runs = [shop.start(commits[0])]
    sandbox.waiting(1)
    for commit in (commits[2], commits[1]):
        runs.append(shop.start(commit))
        runs[-1].says("is deploying")
    sandbox.open()
    codes = [run.end().code for run in runs]
    assert codes[1] == 0, runs[1].said
    stays(sandbox, "new")


@pytest.mark.parametrize("release", ["always", "never"])
def test_an_old_commits_run_that_goes_on_after_a_newer_one_is_done(shop: Repository, sandbox: Any, release: str) -> None:
    old, new = shop.commit("old"), shop.commit("new")
    sandbox.faults([{"match": LIST | {"nth": 1}, "do": {"barrier": "after"}}])
    older = shop.start(old, release=release)
    sandbox.waiting(1)
    assert shop.deploy(new, release=release).code == 0
    sandbox.open()
    ended = older.end()
    assert (ended.code, ended.actions()["triage"]) == (0, "superseded"), ended.out
    warning = next(change["warning"] for change in ended.report["changes"] if change["workflow"] == "triage")
    assert "comes from a newer commit" in warning
    assert "Another run wrote while this one was planning" in " ".join(ended.report["notices"])
    stays(sandbox, "new", live=release == "always")


def test_an_old_commits_run_that_says_its_intent_later_waits_and_gives_way(shop: Repository, sandbox: Any) -> None:
    old, new = shop.commit("old"), shop.commit("new")
    sandbox.faults([{"match": IMPORT | {"nth": 1}, "do": {"barrier": "before"}}])
    newer = shop.start(new)
    sandbox.waiting(1)
    older = shop.start(old)
    older.says("is deploying")
    sandbox.open()
    assert newer.end().code == 0
    ended = older.end()
    assert (ended.code, set(ended.actions().values())) == (0, {"superseded"}), ended.out
    stays(sandbox, "new")


def test_a_rollback_writes_nothing_when_another_run_wrote_in_the_meantime(shop: Repository, sandbox: Any) -> None:
    for text in ("A", "B"):
        last = shop.commit(text)
        assert shop.deploy(last).code == 0
    newest = shop.commit("C")
    sandbox.faults([{"match": LIST | {"nth": 1}, "do": {"barrier": "after"}}])
    back = shop.start(last, mode="rollback")
    sandbox.waiting(1)
    assert shop.deploy(newest).code == 0
    sandbox.open()
    ended = back.end()
    assert (ended.code, {change["error"]["code"] for change in ended.report["changes"]}) == (1, {"RIVAL"}), ended.out
    stays(sandbox, "C")


def test_an_approved_plan_is_not_applied_to_what_another_run_left(shop: Repository, sandbox: Any) -> None:
    old, new = shop.commit("old"), shop.commit("new")
    approved = shop.deploy(new, mode="plan").report["plan_hash"]
    sandbox.faults([{"match": LIST | {"nth": 1}, "do": {"barrier": "after"}}])
    folder, environment = shop.checkout(new, release="always")
    name = "INPUT_PLAN-HASH" if shop.hub else "FLOWSHIP_PLAN_HASH"
    run = shop.run(folder, environment | {name: approved})
    sandbox.waiting(1)
    assert shop.deploy(old).code == 0
    sandbox.open()
    ended = run.end()
    assert (ended.code, ended.report["problem"]["code"]) == (2, "plan-changed"), ended.out
    stays(sandbox, "old")
    assert shop.deploy(new).code == 0
    stays(sandbox, "new")


@pytest.mark.parametrize("told", [True, False])
def test_a_run_that_was_killed_is_not_waited_for_longer_than_it_may_write(
    shop: Repository, sandbox: Any, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    """`told`: somebody can tell that it is over, its lock or GitHub."""
    old, new = shop.commit("old"), shop.commit("new")
    sandbox.faults([{"match": IMPORT | {"nth": 1}, "do": {"reset": "before", "delay": 0.0, "barrier": "before"}}])
    killed = shop.start(old)
    sandbox.waiting(1)
    killed.kill()
    if shop.hub and told:
        shop.hub.runs["1.1"] = "completed"
    elif not told:
        monkeypatch.setattr("deployer.state.run_locks.RunLocks.is_alive", lambda *_: True)
    monkeypatch.setattr("deployer.cli.dispatch.Clock", QuickClock)
    folder, environment = shop.checkout(new, release="always")
    shared = str(shop.files.root)
    path = os.path.join(shared, STATE_PATH)
    monkeypatch.setattr(services, "FileStateStore", lambda _path, owner, _root, redact: FileStateStore(path, owner, shared, redact))
    shop.files.root = folder
    shop.files.environment = environment
    ran = shop.files.run(*shop.command()[3:])
    assert (ran.code, "is deploying" in ran.out) == (0, not told), ran.out
    versions, workflows = there(sandbox)
    assert (versions, workflows) == ([("new", "PUBLISHED")], ["new"])


def test_what_a_killed_run_wrote_and_could_not_record_gives_way_to_a_newer_commit(shop: Repository, sandbox: Any) -> None:
    assert shop.deploy(shop.commit("base")).code == 0
    old, new = shop.commit("old"), shop.commit("new")
    sandbox.faults([{"match": UPDATE | {"nth": 1}, "do": {"barrier": "after"}}])
    killed = shop.start(old)
    sandbox.waiting(1)
    killed.kill()
    if shop.hub:
        shop.hub.runs[f"{shop.runs}.1"] = "completed"
    ended = shop.deploy(new)
    assert (ended.code, ended.actions()["onboarding"], ended.outcomes()["onboarding"]) == (0, "update", "done"), ended.out
    stays(sandbox, "new")
    # What it wrote is known to be ours by its definition: nothing has to be saved.
    assert next(change["warning"] for change in ended.report["changes"] if change["workflow"] == "onboarding") is None


@pytest.mark.parametrize("mode", ["deploy", "rollback"])
def test_after_a_killed_run_nothing_is_said_of_another_run_that_wrote(shop: Repository, sandbox: Any, mode: str) -> None:
    for text in ("A", "B"):
        assert shop.deploy(shop.commit(text)).code == 0
    newest = shop.commit("C")
    sandbox.faults([{"match": IMPORT | {"nth": 1}, "do": {"barrier": "before"}}])
    killed = shop.start(newest)
    sandbox.waiting(1)
    killed.kill()
    sandbox.faults([])
    if shop.hub:
        shop.hub.runs[f"{shop.runs}.1"] = "completed"
    ended = shop.deploy(newest, mode=mode)
    assert ended.code == 0, ended.out
    assert "nother run" not in ended.out
    stays(sandbox, "C") if mode == "deploy" else None


# One after the other


def test_a_reviewed_version_goes_live_though_a_later_merge_made_a_newer_draft(shop: Repository, sandbox: Any) -> None:
    a, b = shop.commit("A"), shop.commit("B")
    for merged in (a, b):
        assert shop.deploy(merged, release="never").code == 0
    tagged = shop.deploy(a)
    assert (tagged.code, tagged.actions()) == (0, {"triage": "release", "onboarding": "create"}), tagged.out
    assert there(sandbox) == ([("B", "DRAFT"), ("A", "PUBLISHED")], ["A"])


def test_what_comes_back_is_imported_again(shop: Repository, sandbox: Any) -> None:
    for text in ("A", "B", "A"):
        assert shop.deploy(shop.commit(text), release="never").code == 0
    assert [text for text, _ in there(sandbox)[0]] == ["A", "B", "A"]


def test_a_tag_on_an_older_commit_than_what_is_live_is_superseded_with_a_warning(shop: Repository, sandbox: Any) -> None:
    a, b = shop.commit("A"), shop.commit("B")
    assert shop.deploy(a, release="never").code == 0
    assert shop.deploy(b).code == 0
    before = len(sandbox.requests())
    tagged = shop.deploy(a)
    assert (tagged.code, set(tagged.actions().values()), set(tagged.outcomes().values())) == (0, {"superseded"}, {"skipped"}), tagged.out
    assert all("newer commit" in change["warning"] for change in tagged.report["changes"])
    assert {request["method"] for request in sandbox.requests()[before:]} == {"GET"}
    stays(sandbox, "B")


def test_where_nobody_else_is_there_taking_turns_asks_nothing_more(repository: Any, sandbox: Any) -> None:
    with running(GitHub()) as hub:
        shop = Repository(repository, sandbox, hub)
        for text in ("A", "B"):
            before = len(hub.requests)
            assert shop.deploy(shop.commit(text)).code == 0
            asked = [request.method for request in hub.requests[before:] if "/deployments" in request.path]
            # read, and the other projects; intent and its status; look; record and its status
            assert asked == ["GET", "GET", "POST", "POST", "GET", "POST", "POST"]


# Jobs of one workflow run


def job(name: str, attempt: int = 1) -> dict[str, str]:
    return {"GITHUB_RUN_ID": "77", "GITHUB_RUN_ATTEMPT": str(attempt), "GITHUB_JOB": name, "GITHUB_ACTION": "__flowship"}


@pytest.mark.parametrize("second", ["deploy", "another"])
def test_two_jobs_of_one_run_that_both_found_nothing(shop: Repository, sandbox: Any, second: str) -> None:
    """Also those of a matrix, which have one GITHUB_JOB."""
    new = shop.commit("new")
    sandbox.faults([{"match": LIST | {"times": 2}, "do": {"barrier": {"when": "after", "together": 2}}}])
    ended = [run.end() for run in [shop.start(new, job=job("deploy")), shop.start(new, job=job(second))]]
    assert 0 in [each.code for each in ended], [each.out for each in ended]
    stays(sandbox, "new")
    outcomes = {outcome for each in ended for outcome in each.outcomes().values()}
    assert outcomes <= {"done", "skipped"}, [each.out for each in ended]


def test_what_a_sibling_created_after_this_job_read_the_state_is_no_taken_name(shop: Repository, sandbox: Any) -> None:
    new = shop.commit("new")
    sandbox.faults([{"match": {"method": "GET", "path": "/v1/workflows", "nth": 1}, "do": {"barrier": "before"}}])
    later = shop.start(new, job=job("deploy"))
    sandbox.waiting(1)
    assert shop.start(new, job=job("another")).end().code == 0
    sandbox.open()
    ended = later.end()
    assert (ended.code, set(ended.outcomes().values())) == (0, {"done"}), ended.out
    stays(sandbox, "new")


@pytest.mark.parametrize("held", [IMPORT, CREATE], ids=["import", "create"])
def test_a_job_waits_for_what_its_sibling_has_in_flight(shop: Repository, sandbox: Any, held: dict[str, str]) -> None:
    new = shop.commit("new")
    sandbox.faults([{"match": held | {"nth": 1}, "do": {"barrier": "before"}}])
    if shop.hub:
        shop.hub.runs["77.1"] = "in_progress"
    first = shop.start(new, job=job("deploy"))
    sandbox.waiting(1)
    second = shop.start(new, job=job("deploy"))
    second.says("Another job of this run is deploying")
    sandbox.open()
    ended = second.end()
    assert (ended.code, set(ended.outcomes().values())) == (0, {"done"}), ended.out
    assert "Waited for another job of this run" in " ".join(ended.report["notices"])
    assert first.end().code in (0, 1)
    stays(sandbox, "new")


def test_a_failed_job_that_runs_again_goes_on_at_once_with_its_earlier_attempt(shop: Repository, sandbox: Any) -> None:
    new = shop.commit("new")
    sandbox.faults([{"match": IMPORT | {"nth": 1}, "do": {"barrier": "after"}}])
    killed = shop.start(new, job=job("deploy"))
    sandbox.waiting(1)
    killed.kill()
    sandbox.faults([])
    ended = shop.deploy(new, job=job("deploy", 2))
    assert (ended.code, "is deploying" in ended.out, "nother run" in ended.out) == (0, False, False), ended.out
    stays(sandbox, "new")


def test_two_rollback_jobs_of_one_run_go_back_twice_and_the_second_that_runs_again_goes_no_further(shop: Repository, sandbox: Any) -> None:
    for text in ("A", "B", "C"):
        last = shop.commit(text)
        assert shop.deploy(last).code == 0

    def live() -> str:
        return next(text for text, status in there(sandbox)[0] if status == "PUBLISHED")

    assert shop.deploy(last, mode="rollback", job=job("back")).code == 0
    assert live() == "B"
    ended = shop.deploy(last, mode="rollback", job=job("back-again"))
    assert (ended.code, live()) == (0, "A"), ended.out
    for name in ("back-again", "back"):
        ended = shop.deploy(last, mode="rollback", job=job(name, 2))
        assert (name, ended.code, live()) == (name, 0, "A"), ended.out
