"""Replies that get lost: the outcomes of the table in docs/troubleshooting.md, "What is tried again". Waits are made a hundred times shorter."""

from collections.abc import Callable
from typing import Any

import pytest
from quick_clock import QuickClock, quick

IMPORT = {"method": "POST", "path": "/v1/workflow/version/import"}
LIST = {"method": "GET", "path": "/v1/workflow/version/list"}
NO_LIST = {"match": LIST, "do": {"status": 405, "body": {}}}


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployer.cli.dispatch.Clock", QuickClock)


def imports(sandbox: Any) -> int:
    return sum(request["path"] == IMPORT["path"] for request in sandbox.requests())


def versions(sandbox: Any) -> int:
    return sum(len(target["versions"]) for target in sandbox.state()["gptbots"])


CASES: dict[str, tuple[list[dict[str, Any]], tuple[int, str, int, int]]] = {
    # rules, (exit code, outcome, import requests, versions made)
    "reset after the effect": ([{"match": IMPORT | {"nth": 1}, "do": {"reset": "after"}}], (0, "done", 1, 1)),
    "reset before the effect": ([{"match": IMPORT | {"nth": 1}, "do": {"reset": "before"}}], (4, "unknown", 1, 0)),
    "the effect lands late": ([{"match": IMPORT | {"nth": 1}, "do": {"late": quick(5)}}], (0, "done", 1, 1)),
    "cut body": ([{"match": IMPORT | {"nth": 1}, "do": {"truncate": 10}}], (0, "done", 1, 1)),
    "not JSON": ([{"match": IMPORT | {"nth": 1}, "do": {"not_json": True}}], (0, "done", 1, 1)),
    "500 without effect": ([{"match": IMPORT | {"nth": 1}, "do": {"error": 50000}}], (0, "done", 2, 1)),
    "500 with effect": ([{"match": IMPORT | {"nth": 1}, "do": {"status": 500, "effect": True}}], (0, "done", 1, 1)),
    "500 under HTTP 200, with effect": ([{"match": IMPORT | {"nth": 1}, "do": {"body": {"code": 50000}}}], (0, "done", 1, 1)),
    "500 twice": ([{"match": IMPORT, "do": {"error": 50000}}], (4, "unknown", 2, 0)),
    "500 with effect, no list": ([{"match": IMPORT, "do": {"status": 500, "effect": True}}, NO_LIST], (4, "unknown", 1, 1)),
    "500 with effect, a list without data": (
        [{"match": IMPORT, "do": {"status": 500, "effect": True}}, {"match": LIST, "do": {"status": 200, "body": {"code": 0}}}],
        (4, "unknown", 1, 1),
    ),
    "too many requests under HTTP 200": ([{"match": IMPORT | {"nth": 1}, "do": {"status": 200, "body": {"code": 40008}}}], (0, "done", 2, 1)),
    "without `code`, with a version": (
        [{"match": IMPORT | {"nth": 1}, "do": {"body": {"data": {"botId": "b", "version": "1.0.0"}}}}],
        (0, "done", 1, 1),
    ),
    "a documented refusal under HTTP 500": ([{"match": IMPORT, "do": {"status": 500, "body": {"code": 403202}}}], (1, "failed", 1, 0)),
    "code 0 without a version, no effect": (
        [{"match": IMPORT | {"nth": 1}, "do": {"status": 200, "body": {"code": 0, "data": {}}}}],
        (4, "unknown", 1, 0),
    ),
    "504 without effect": ([{"match": IMPORT | {"nth": 1}, "do": {"status": 504}}], (4, "unknown", 1, 0)),
    "504 with effect": ([{"match": IMPORT | {"nth": 1}, "do": {"status": 504, "effect": True}}], (0, "done", 1, 1)),
    "502 without effect": ([{"match": IMPORT | {"nth": 1}, "do": {"status": 502}}], (4, "unknown", 1, 0)),
    "503 without effect": ([{"match": IMPORT | {"nth": 1}, "do": {"status": 503}}], (0, "done", 2, 1)),
    "503 with effect": ([{"match": IMPORT | {"nth": 1}, "do": {"status": 503, "effect": True}}], (0, "done", 1, 1)),
    "503 twice": ([{"match": IMPORT, "do": {"status": 503}}], (4, "unknown", 2, 0)),
    "429 with Retry-After": ([{"match": IMPORT | {"nth": 1}, "do": {"429": {"retry_after": 2}}}], (0, "done", 2, 1)),
    "reset after the effect, no list": ([{"match": IMPORT, "do": {"reset": "after"}}, NO_LIST], (4, "unknown", 1, 1)),
    "503, no list": ([{"match": IMPORT, "do": {"status": 503}}, NO_LIST], (4, "unknown", 1, 0)),
}


@pytest.mark.parametrize("name", CASES)
def test_import(sandbox: Any, one_flow: Callable[..., Any], name: str) -> None:
    rules, expected = CASES[name]
    sandbox.faults(rules)
    ran = one_flow("--message", "m")
    assert (ran.code, ran.change["outcome"], imports(sandbox), versions(sandbox)) == expected, ran.out


@pytest.mark.parametrize("name", [name for name, (_, (code, *_)) in CASES.items() if code == 4])
def test_after_an_unknown_the_next_run_converges(sandbox: Any, one_flow: Callable[..., Any], name: str) -> None:
    sandbox.faults(CASES[name][0])
    assert one_flow().code == 4
    sandbox.faults([])
    assert one_flow("--release", "always").code == 0
    assert versions(sandbox) == 1


RELEASE = {"method": "POST", "path": "/v1/workflow/version/release"}


@pytest.mark.parametrize(
    ("rules", "code", "outcome"),
    [
        ([{"match": RELEASE | {"nth": [1, 2]}, "do": {"reset": "after"}}], 0, "done"),
        ([{"match": RELEASE | {"nth": [1, 2]}, "do": {"status": 503}}], 0, "done"),
        ([{"match": RELEASE, "do": {"status": 500, "effect": True}}], 0, "done"),
        ([{"match": RELEASE, "do": {"status": 500}}], 1, "failed"),
        ([{"match": RELEASE | {"nth": 1}, "do": {"status": 200, "body": {}}}], 0, "done"),
        ([{"match": RELEASE, "do": {"body": {"msg": "OK"}}}], 0, "done"),
        ([{"match": RELEASE, "do": {"reset": "after"}}], 0, "done"),
        ([{"match": RELEASE, "do": {"reset": "before"}}], 1, "failed"),
        (
            [{"match": RELEASE, "do": {"reset": "before"}}, {"match": LIST | {"nth": list(range(2, 50))}, "do": {"status": 404, "body": {}}}],
            4,
            "unknown",
        ),
    ],
)
def test_release(sandbox: Any, one_flow: Callable[..., Any], rules: list[dict[str, Any]], code: int, outcome: str) -> None:
    sandbox.faults(rules)
    ran = one_flow("--release", "always")
    assert (ran.code, ran.change["outcome"]) == (code, outcome), ran.out
    assert imports(sandbox) == 1


@pytest.mark.parametrize("page", ["<html><title>Sign in</title>::error::owned</html>", "plain text"])
def test_html_instead_of_json_is_no_success(sandbox: Any, one_flow: Callable[..., Any], page: str) -> None:
    sandbox.faults([{"match": LIST, "do": {"status": 200, "body": page, "headers": {"Content-Type": "text/html"}}}])
    ran = one_flow()
    assert ran.code == 1
    assert imports(sandbox) == 0


def test_a_redirect_is_not_followed_and_says_where_it_pointed(sandbox: Any, one_flow: Callable[..., Any]) -> None:
    sandbox.faults([{"match": {"path": "/v1/*"}, "do": {"status": 302, "headers": {"Location": "https://elsewhere.example/login"}}}])
    ran = one_flow()
    assert ran.code == 1
    assert "elsewhere.example" in ran.out
    assert imports(sandbox) == 0


def test_nobody_listens(repository: Any) -> None:
    repository.flow()
    arguments = ("deploy", "--files", "flows/a.flow", "--gptbots-base-url", "http://127.0.0.1:9")
    ran = repository.run(*arguments, FLOWSHIP_API_KEY="sandbox-workflow-a")
    assert (ran.code, ran.change["outcome"]) == (1, "failed")
