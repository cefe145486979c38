"""A deploy of two hundred workflows that changes nothing: no write, and as few reads as there can be. Judged on the sandbox's log."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

BOTS = [f"bot{number:02}" for number in range(60)]
FLOWS = [f"w{number:03}" for number in range(140)]  # two pages of the list
RELEASE = ("deploy", "--release", "always", "--concurrency", "16")


@pytest.fixture
def project(repository: Any, start_sandbox: Callable[..., Any]) -> tuple[Any, Any]:
    """All of them, deployed and live."""
    sandbox = start_sandbox()
    for name in BOTS:
        repository.flow(f"flows/{name}.flow", name)
    for name in FLOWS:
        repository.write(f"workflows/{name}.yaml", f"name: {name}\ntrigger: {{type: webhook}}\nsteps: []\n")
    entries = "".join(f"  {name}: {{source: flows/{name}.flow, key: {name.upper()}}}\n" for name in BOTS)
    entries += "".join(f"  {name}: {{source: workflows/{name}.yaml, key: MEINGPT}}\n" for name in FLOWS)
    repository.write("flowship.yml", f"version: 1\nworkflows:\n{entries}")
    repository.use(sandbox.url, MEINGPT="sandbox-acme", **{name.upper(): f"sandbox-workflow-{name}" for name in BOTS})
    first = repository.run(*RELEASE)
    assert (first.code, first.report["requests"]["meingpt"]["count"]) == (0, 2 * len(FLOWS) + 1), first.out
    return repository, sandbox


@pytest.mark.parametrize("release", ["always", "never"])
def test_a_deploy_of_two_hundred_that_changes_nothing(project: tuple[Any, Any], release: str) -> None:
    repository, sandbox = project
    before = len(sandbox.requests())
    again = repository.run("deploy", "--release", release, "--concurrency", "16")
    assert (again.code, Counter(change["action"] for change in again.report["changes"])) == (0, {"unchanged": 200}), again.out
    requests = sandbox.requests()[before:]
    assert {request["method"] for request in requests} == {"GET"}
    bots = Counter(request["target"] for request in requests if request["path"] == "/v1/workflow/version/list")
    assert (len(bots), max(bots.values())) == (len(BOTS), 1)
    assert Counter(request["path"] for request in requests) == {"/v1/workflow/version/list": len(BOTS), "/v1/workflows": 2}
    assert sorted(request["query"] for request in requests if request["path"] == "/v1/workflows") == ["page=1&per_page=100", "page=2&per_page=100"]


def test_one_that_was_edited_is_the_only_one_read_and_written(project: tuple[Any, Any]) -> None:
    repository, sandbox = project
    repository.write("workflows/w007.yaml", "name: w007\ndescription: new\ntrigger: {type: webhook}\nsteps: []\n")
    before = len(sandbox.requests())
    ran = repository.run(*RELEASE)
    assert (ran.code, [change["workflow"] for change in ran.report["changes"] if change["action"] != "unchanged"]) == (0, ["w007"])
    single = [request for request in sandbox.requests()[before:] if request["path"].startswith("/v1/workflows/")]
    # Once to show what changes inside, then written and read back.
    assert ([request["method"] for request in single], len({request["path"] for request in single})) == (["GET", "PUT", "GET"], 1)
