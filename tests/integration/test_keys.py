"""Keys that a platform repeats, in every spelling and at every place that is kept or shown; and keys that are not taken as they are written."""

import base64
import html
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from github_stand_in import GitHub, running
from pull_requests import BASE, DEPLOY, Events

KEY = DEPLOY["TRIAGE"]
SPELLINGS: dict[str, str] = {
    "plain": KEY,
    "percent-encoded in part": KEY.replace("-", "%2d", 1).replace("w", "%77"),
    "percent-encoded twice": KEY.replace("-", "%252D"),
    "JSON": "".join(f"\\u{ord(char):04x}" for char in KEY),
    "HTML": "".join(f"&#x{ord(char):x};" for char in KEY),
    **{f"base64 after {count} bytes": base64.b64encode(b"xyz"[:count] + KEY.encode()).decode() for count in range(4)},
}


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        hub.token("stand-in-token", contents="write", deployments="write", checks="write", **{"pull-requests": "write"})
        yield hub


@pytest.fixture
def events(repository: Any, sandbox: Any, hub: GitHub) -> Events:
    events = Events(repository, sandbox, hub)
    hub.release("v1", "What is new.")
    return events


def import_that_echoes(spelling: str) -> dict[str, Any]:
    data = {"botId": f"bot {spelling}", "botType": "Workflow", "version": f"v-{spelling}", "warning": [f"dropped {spelling}"]}
    return {"match": {"path": "*/import"}, "do": {"status": 200, "body": json.dumps({"code": 0, "data": data})}}


def refusal_that_echoes(spelling: str) -> dict[str, Any]:
    said = {"code": spelling, "message": f"bad key {spelling}", "msg": f"bad key {spelling}"}
    return {"match": {"path": "*/import"}, "do": {"status": 400, "body": json.dumps(said), "effect": False}}


def release(events: Events) -> Any:
    events.check_out(events.hub.files[BASE])
    events.repository.write(".runner/event.json", {"repository": {"default_branch": "main"}})
    return events.repository.run(**events.environment(0, event="push", ref="refs/tags/v1", keys=DEPLOY, deployments="all"))


def preview(events: Events) -> Any:
    events.push(12)
    events.prepare(12, "opened", 1, {})
    return events.repository.run(**events.environment(12, keys={"POOL_1": KEY, "POOL_2": "sandbox-workflow-other", "COPIES": "sandbox-copies"}))


def log_of(ran: Any) -> str:
    return "\n".join(line for line in (ran.out + ran.err).splitlines() if not line.startswith("::add-mask::"))


def everything_kept(events: Events, ran: Any) -> dict[str, str]:
    runner, hub = events.repository.root / ".runner", events.hub
    files = {name: (runner / name).read_text() for name in ("output", "summary")}
    github = [hub.deployments, hub.comments, hub.releases, getattr(hub, "check_runs", [])]
    return {"log": log_of(ran), "report": json.dumps(ran.report), "github": json.dumps(github), **files}


def is_in(spelling: str, text: str) -> bool:
    """Whether the text holds the key as it was sent, or undone."""
    core = spelling.rstrip("=")[3:-3]
    return any(core in text_ or KEY in text_ for text_ in (text, html.unescape(text), text.replace("\\\\", "\\")))


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize(("run", "rule"), [(release, import_that_echoes), (release, refusal_that_echoes), (preview, refusal_that_echoes)])
def test_repeated_key_is_shown_and_kept_nowhere(events: Events, run: Callable[[Events], Any], rule: Callable[[str], Any], spelling: str) -> None:
    events.sandbox.faults([rule(spelling)])
    ran = run(events)
    assert ran.code in (0, 1, 4), ran.out
    kept = everything_kept(events, ran)
    assert [name for name, text in kept.items() if is_in(spelling, text)] == []
    assert "***" in kept["report"]


def test_repeated_key_is_not_in_the_state_file(repository: Any, sandbox: Any) -> None:
    repository.flow()
    sandbox.faults([import_that_echoes(KEY)])
    ran = repository.run("deploy", "--files", "flows/a.flow", "--gptbots-base-url", sandbox.url, FLOWSHIP_API_KEY=KEY)
    assert ran.code == 0, ran.out
    text = (repository.root / ".flowship/state.jsonl").read_text()
    assert KEY not in text
    assert '"version":"v-***"' in text


def test_quotes_around_a_key_are_taken_off_with_a_notice(repository: Any, sandbox: Any) -> None:
    repository.flow()
    given = ("--files", "flows/a.flow", "--gptbots-base-url", sandbox.url)
    ran = repository.run("deploy", *given, FLOWSHIP_API_KEY=f'"{KEY}"')
    assert ran.code == 0, ran.out
    assert ran.report["notices"] == ["The quotes around `FLOWSHIP_API_KEY` do not belong to it and were taken off. Fix: write it without quotes."]
    assert {request["key"] for request in sandbox.requests() if "key" in request} <= {KEY}


@pytest.mark.parametrize("mode", ["plan", "deploy", "drift", "doctor", "preview", "cleanup"])
def test_notice_about_quotes_is_in_the_report_of_every_mode(events: Events, mode: str) -> None:
    events.push(12)
    events.prepare(12, "opened", 1, {})
    quoted = {"TRIAGE": f"'{KEY}'", "MEINGPT": '"sandbox-acme"', "POOL_1": "sandbox-workflow-pool-1", "COPIES": "sandbox-copies"}
    ran = events.repository.run(**events.environment(12, keys=quoted, mode=mode))
    assert [notice.split(" do not")[0] for notice in ran.report["notices"] if "quotes" in notice] == [
        "The quotes around the key TRIAGE",
        "The quotes around the key MEINGPT",
    ]


def test_short_key_is_refused_before_anything_is_sent(events: Events, sandbox: Any) -> None:
    events.push(12)
    events.prepare(12, "opened", 1, {})
    ran = events.repository.run(**events.environment(12, keys={"POOL_1": "k3y_2"}))
    assert ran.code == 2
    assert "The key POOL_1 has fewer than 6 characters" in ran.out
    assert "k3y_2" not in log_of(ran)
    assert sandbox.requests() == []
