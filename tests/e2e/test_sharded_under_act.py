"""The workflow that `flowship init --sharded` writes, run by a real runner: a job plans, three ship, one reports.

The actions that move artifacts cannot be fetched here, so the jobs' reports stay in the folder that all of them share (`--bind`); everything
else is as written. act knows no environments, permissions and concurrency.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from act_runner import Repository, looking_at, with_local_action
from github_stand_in import GitHub, running

from deployer.commands.init import workflow_template

if TYPE_CHECKING:
    from tests.conftest import Sandbox

NAMES = ("billing", "onboarding", "refunds", "returns", "triage")
KEYS = "".join(f"{name.upper()}=sandbox-workflow-{name}\n" for name in NAMES)
MANIFEST = "version: 1\nworkflows:\n" + "".join(f"  {name}: {{source: flows/{name}.flow, key: {name.upper()}}}\n" for name in NAMES)


def as_here(text: str, inputs: dict[str, str]) -> str:
    """The workflow with the action of this checkout, without what only GitHub has, and with a look at the last step's outputs."""
    loaded = with_local_action(text, workflow_template.ACTION, inputs)
    for job in loaded["jobs"].values():
        for step in job["steps"]:
            step["with"] |= {"keys": KEYS} if "keys" in step["with"] else {}
    loaded["jobs"]["plan"]["steps"][0]["with"]["shards"] = "3"
    (last,) = loaded["jobs"]["report"]["steps"]
    last |= {"id": "report", "with": {**last["with"], "report": "seen/report.json"}}
    loaded["jobs"]["report"]["steps"].append(looking_at("report"))
    return json.dumps(loaded, indent=2)


def test_three_shards_and_one_report(repository: Repository, sandbox: Sandbox, flow: Callable[[str], str]) -> None:
    repository.write("flowship.yml", MANIFEST)
    for name in NAMES:
        repository.write(f"flows/{name}.flow", flow(name))
    sha = repository.commit("Five at once")
    repository.git("remote", "add", "origin", "https://github.com/acme/flows.git")
    with running(GitHub()) as hub:
        hub.commit(sha)
        inputs = {"gptbots-base-url": sandbox.url, "github-token": "stand-in-token", "github-api-url": hub.url}
        ran = repository.push_through(
            as_here(workflow_template.workflow_text(workflow_template.Layout("main", {"production": "on-tag"}, sharded=True)), inputs)
        )
        intents = [event for post in hub.deployments for event in post["payload"]["events"] if event["kind"] == "intent"]
    assert (ran.code, ran.outcome) == (0, "success"), ran.log
    assert (ran.outputs["ok"], ran.outputs["changed"], ran.report["mode"]) == ("true", "5", "deploy"), ran.log
    assert {name: (each["outcome"], each["version"]) for name, each in json.loads(ran.outputs["results"]).items()} == dict.fromkeys(
        NAMES, ("done", "1.0.0")
    )
    assert sorted(len(intent["workflows"]) for intent in intents) == [1, 2, 2]
    assert sum(each["path"].endswith("/import") for each in sandbox.requests()) == len(NAMES)
    assert {path.name for path in (repository.root / "flowship-reports").iterdir()} == {"plan.json", "shard-1.json", "shard-2.json", "shard-3.json"}
    assert ran.log.count("Summary - ") == 1
    assert "5 imported as draft" in ran.summary
