"""A platform that allows fewer requests than are needed: never a 429, judged on the sandbox's log; and what is done and what is left is said."""

from collections.abc import Callable
from typing import Any

import pytest
from quick_clock import QuickClock

NUMBER = 150  # new workflows on meinGPT: to create and to read back, 300 requests
NAMES = [f"w{number:03}" for number in range(NUMBER)]
KEY = "sandbox-acme"
LIST = "/v1/workflows?per_page=1"


@pytest.fixture
def project(repository: Any) -> Any:
    for name in NAMES:
        repository.write(f"workflows/{name}.yaml", f"name: {name}\ntrigger: {{type: webhook}}\nsteps: []\n")
    entries = "".join(f"  {name}: {{source: workflows/{name}.yaml, key: MEINGPT}}\n" for name in NAMES)
    repository.write("flowship.yml", f"version: 1\nworkflows:\n{entries}")
    return repository


def allowed(calls: int, seconds: int) -> dict[str, Any]:
    return {"meingpt": {"organisations": {"acme": {"rate_limits": {"calls": {"calls": calls, "seconds": seconds}}}}}}


def there(sandbox: Any) -> set[str]:
    return {workflow["name"] for organisation in sandbox.state()["meingpt"] for workflow in organisation["workflows"]}


def refused(sandbox: Any) -> int:
    return sum(request["status"] == 429 for request in sandbox.requests())


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployer.cli.dispatch.Clock", QuickClock)


@pytest.mark.usefixtures("in_a_hurry")
def test_a_budget_that_is_not_renewed_in_time_ends_the_run_cleanly_and_names_what_is_left(project: Any, start_sandbox: Callable[..., Any]) -> None:
    sandbox = start_sandbox(targets=allowed(1000, 3600))
    for _ in range(900):
        assert sandbox.call("GET", LIST, KEY).ok
    project.use(sandbox.url, MEINGPT=KEY)
    before = len(sandbox.requests())
    ran = project.run("deploy", "--release", "always")
    outcomes = {change["workflow"]: change["outcome"] for change in ran.report["changes"]}
    done = {name for name, outcome in outcomes.items() if outcome == "done"}
    left = {name for name, outcome in outcomes.items() if outcome == "skipped"}
    assert (ran.code, done | left, refused(sandbox)) == (1, set(NAMES), 0), ran.out
    assert done == there(sandbox)  # what was begun was finished
    assert len(done) > 25
    assert {change["error"]["code"] for change in ran.report["changes"] if change["workflow"] in left} == {"BUDGET"}
    notices = " ".join(ran.report["notices"])
    assert "meinGPT allows 8" in notices
    assert "300 are needed. The time limit comes first" in notices
    assert f"{len(left)} workflows left for the next run ({', '.join(sorted(left))})" in notices
    assert 100 - (len(sandbox.requests()) - before) >= 10  # a hundredth is left to people


def test_a_budget_that_is_renewed_in_time_is_waited_for(project: Any, start_sandbox: Callable[..., Any]) -> None:
    sandbox = start_sandbox(targets=allowed(100, 1))
    project.use(sandbox.url, MEINGPT=KEY)
    ran = project.run("deploy", "--release", "always")
    assert (ran.code, there(sandbox), refused(sandbox)) == (0, set(NAMES), 0), ran.out
    assert "300 are needed. It slows down and waits: it is done shortly after the budget was renewed 3 times." in ran.out


@pytest.mark.usefixtures("in_a_hurry")
def test_a_plan_says_how_many_requests_are_needed_and_allowed(project: Any, start_sandbox: Callable[..., Any]) -> None:
    sandbox = start_sandbox(targets=allowed(200, 300))
    project.use(sandbox.url, MEINGPT=KEY)
    plan = project.run("plan", "--release", "always")
    assert (plan.code, plan.report["requests_needed"], plan.report["requests"]["meingpt"]["remaining"]) == (0, {"meingpt": 300}, 199)
    (notice,) = plan.report["notices"]
    assert notice.startswith("meinGPT allows 197 more requests until ")
    assert notice.endswith("UTC, and 300 are needed. It slows down and waits: it is done shortly after that.")


@pytest.mark.usefixtures("in_a_hurry")
def test_the_next_run_goes_on_where_the_budget_ended(project: Any, start_sandbox: Callable[..., Any]) -> None:
    sandbox = start_sandbox(targets=allowed(200, 3600))
    project.use(sandbox.url, MEINGPT=KEY)
    first = project.run("deploy", "--release", "always")
    assert (first.code, refused(sandbox)) == (1, 0)
    done = there(sandbox)
    plan = project.run("plan", "--release", "always", FLOWSHIP_KEY_MEINGPT="")  # by the state alone: no request is left
    left = {change["workflow"] for change in plan.report["changes"] if change["action"] == "create"}
    assert left == set(NAMES) - done
