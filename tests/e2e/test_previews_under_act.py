"""A pull request's life under a real runner: opened, pushed to, closed; from a fork; and two that want one Workflow at the same instant."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from act_runner import LOCAL_ACTION, Ran, Repository, looking_at
from github_stand_in import GitHub, running

if TYPE_CHECKING:
    from tests.conftest import Sandbox

MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/triage.flow, key: TRIAGE, preview: {keys: [POOL]}}
  onboarding: {source: onboarding.yaml, key: MEINGPT, preview: {key: COPIES}}
"""
ONBOARDING = """\
name: Onboarding
trigger: {type: schedule, config: {cron: "0 9 * * 1", timezone: Europe/Berlin}}
steps:
  - {id: greet, type: ai_completion, config: {model: gpt-4, prompt: WORDS}}
"""
KEYS = "POOL=sandbox-workflow-pool\nCOPIES=sandbox-copies"
FILES = ("flowship.yml", "flows/triage.flow", "onboarding.yaml")


class Pulls:
    """One repository on GitHub; each pull request has a clone of its own."""

    def __init__(self, repository: Repository, hub: GitHub, sandbox: Sandbox, flow: Callable[[str], str]) -> None:
        self.repository, self.hub, self.sandbox, self.flow = repository, hub, sandbox, flow
        repository.git("remote", "add", "origin", "https://github.com/acme/flows.git")
        repository.write("flowship.yml", MANIFEST)
        self.base = self.hub.commit(self.write(repository, "as it was"))
        hub.files[self.base] = self.read(repository)
        self.clones: dict[int, Repository] = {}

    def write(self, there: Repository, words: str) -> str:
        there.write("flows/triage.flow", self.flow(words))
        there.write("onboarding.yaml", ONBOARDING.replace("WORDS", words))
        return there.commit(words)

    @staticmethod
    def read(there: Repository) -> dict[str, bytes]:
        return {path: (there.root / path).read_bytes() for path in FILES}

    def push(self, number: int, words: str) -> None:
        if number not in self.clones:
            place = self.repository.root.parent / f"clone-{number}" / "flows"
            shutil.copytree(self.repository.root, place)
            self.clones[number] = type(self.repository)(place, self.repository.engine)
        before = self.hub.pulls.get(number, {}).get("head", self.base)
        sha = self.hub.commit(self.write(self.clones[number], words), before, branch=None)
        self.hub.files[sha] = self.read(self.clones[number])
        self.hub.pull(number, sha, self.base)

    def run(self, number: int, action: str, *, origin: str = "acme/flows", keys: str = KEYS) -> Ran:
        """act, as GitHub would start it for that event."""
        there = self.clones[number]
        head = {"sha": self.hub.pulls[number]["head"], "ref": f"change-{number}", "repo": {"full_name": origin}}
        pull = {"number": number, "title": f"Change {number}", "head": head, "base": {"sha": self.base, "ref": "main"}, "user": {"login": "kim"}}
        event = {"action": action, "number": number, "pull_request": pull, "repository": {"default_branch": "main", "full_name": "acme/flows"}}
        inputs = {"keys": keys, "github-token": "stand-in-token", "github-api-url": self.hub.url, "report": "seen/report.json"}
        inputs |= {"gptbots-base-url": self.sandbox.url, "meingpt-base-url": self.sandbox.url}
        return there.read_run(there.run("pull_request", event, self.workflow(f"pull-{number}", inputs)))

    @staticmethod
    def workflow(name: str, inputs: dict[str, str]) -> str:
        """act names its containers after the workflow and the job: two at once need two names."""
        steps = [{"id": "ship", "uses": LOCAL_ACTION, "with": inputs}, looking_at("ship")]
        types = ["opened", "synchronize", "reopened", "ready_for_review", "closed"]
        return json.dumps(
            {"name": name, "on": {"pull_request": {"types": types}}, "jobs": {name: {"runs-on": "ubuntu-latest", "steps": steps}}}, indent=2
        )

    def copies(self) -> list[dict[str, Any]]:
        return [each for organisation in self.sandbox.state()["meingpt"] for each in organisation["workflows"]]

    def pool(self) -> list[tuple[str, str]]:
        """Versions of the one preview Workflow, oldest first: whose, and draft or published."""
        found = [target["versions"] for target in self.sandbox.state()["gptbots"] if target["name"] == "pool"]
        rows = [(version["version_desc"].partition("pr:")[2].split()[0:2], version["status"]) for version in reversed(found[0] if found else [])]
        return [("free" if words[:1] == ["free"] else words[0] if words else "", status) for words, status in rows]


@pytest.fixture
def pulls(repository: Repository, sandbox: Sandbox, flow: Callable[[str], str]) -> Iterator[Pulls]:
    with running(GitHub()) as hub:
        yield Pulls(repository, hub, sandbox, flow)


def states(ran: Ran) -> dict[str, str]:
    return {change["workflow"]: change["status"] for change in ran.report["changes"]}


def test_opened_synchronized_closed(pulls: Pulls) -> None:
    pulls.push(12, "first words")
    opened = pulls.run(12, "opened")
    assert (opened.code, opened.outcome, opened.outputs["released"]) == (0, "success", "0"), opened.log
    assert states(opened) == {"onboarding": "previewed", "triage": "previewed"}
    (copy,) = pulls.copies()
    assert (copy["name"], copy["trigger"]["type"]) == ("Onboarding (preview #12)", "webhook")
    assert pulls.pool() == [("12", "PUBLISHED")]

    pulls.push(12, "second words")
    synchronized = pulls.run(12, "synchronize")
    assert states(synchronized) == {"onboarding": "previewed", "triage": "previewed"}, synchronized.log
    assert pulls.pool() == [("12", "DRAFT"), ("12", "PUBLISHED")]
    assert [each["id"] for each in pulls.copies()] == [copy["id"]]

    pulls.hub.pull(12, state="closed")
    closed = pulls.run(12, "closed")
    assert (closed.code, sorted(states(closed).values())) == (0, ["deleted", "slot_freed"]), closed.log
    assert (pulls.copies(), pulls.pool()[-1]) == ([], ("free", "PUBLISHED"))


def test_a_fork_gets_a_plan(pulls: Pulls) -> None:
    pulls.push(12, "a stranger's words")
    ran = pulls.run(12, "opened", origin="somebody/flows", keys="")
    assert (ran.code, ran.outcome, pulls.sandbox.requests()) == (0, "success", []), ran.log
    assert any("fork" in notice for notice in ran.report["notices"])


def test_two_that_want_one_workflow_at_the_same_instant(pulls: Pulls) -> None:
    """Both have looked before either import is answered."""
    pulls.sandbox.faults([{"match": {"path": "*/import"}, "do": {"delay": 20}}])
    for number in (12, 13):
        pulls.push(number, f"words of {number}")
    with ThreadPoolExecutor(2) as both:
        one, other = both.map(lambda number: pulls.run(number, "opened"), (12, 13))
    assert (one.code, other.code) == (0, 0), one.log + other.log
    assert sorted((states(one)["triage"], states(other)["triage"])) == ["not_previewed", "previewed"]
    assert [status for _, status in pulls.pool()].count("PUBLISHED") == 1
    assert {states(ran)["onboarding"] for ran in (one, other)} == {"previewed"}
