"""Any JSON as the reply of any call: that workflow fails, the others go on, and the step has its outputs. Never a bug's exit code."""

import json
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from github_stand_in import GitHub, running
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from odd_proxy import Asked, OddProxy, running_before
from odd_replies import replies
from quick_clock import QuickClock
from runner_grammar import read_outputs

from deployer.config.inputs import OUTPUTS

EXAMPLES = settings(
    max_examples=8, deadline=None, derandomize=True, phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip
SHA = "c0ffee" + "0" * 34
BEFORE = "beef" + "0" * 36
VERDICTS = (0, 1, 4)  # all as asked, something failed, an outcome is unknown
PLATFORM_CALLS = {
    "verify": ("GET", r"/v1/api-key/verify"),
    "list": ("GET", r"/v1/workflow/version/list"),
    "import": ("POST", r"/v1/workflow/version/import"),
    "release": ("POST", r"/v1/workflow/version/release"),
    "workflows": ("GET", r"/v1/workflows"),
    "create": ("POST", r"/v1/workflows"),
    "read": ("GET", r"/v1/workflows/[^/]+"),
    "update": ("PUT", r"/v1/workflows/[^/]+"),
}
FLOWS = ("verify", "list", "import", "release")
GITHUB_CALLS = {
    "read state": ("GET", r"/repos/acme/flows/deployments"),
    "post state": ("POST", r"/repos/acme/flows/deployments"),
    "status": ("POST", r"/repos/acme/flows/deployments/\d+/statuses"),
    "commits": ("GET", r"/repos/acme/flows/commits.*"),
    "compare": ("GET", r"/repos/acme/flows/compare/.*"),
    "branches": ("GET", r"/repos/acme/flows/(branches|tags)"),
    "repository": ("GET", r"/repos/acme/flows"),
    "contents": ("GET", r"/repos/acme/flows/(contents|git)/.*"),
    "page": ("GET", r"/repos/acme/flows/releases/.*"),
    "check run": ("POST", r"/repos/acme/flows/check-runs"),
    "pull": ("GET", r"/repos/acme/flows/pulls.*"),
    "comments": ("GET", r"/repos/acme/flows/issues/\d+/comments"),
    "comment": ("POST", r"/repos/acme/flows/issues/\d+/comments"),
    "graphql": ("POST", r"/graphql"),
}


@pytest.fixture
def platform(sandbox: Any) -> Iterator[OddProxy]:
    with running_before(sandbox.url) as proxy:
        yield proxy


def call_of(asked: Asked, calls: dict[str, tuple[str, str]]) -> str:
    return next((name for name, (method, path) in calls.items() if asked.method == method and re.fullmatch(path, asked.path)), "")


def prepare(repository: Any) -> dict[str, str]:
    """A fresh checkout with, for each call, a workflow whose call is answered oddly and one beside it. Returns its keys."""
    for place in repository.root.iterdir():
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    repository.write(".runner/output", "")
    repository.write(".runner/summary", "")
    rows, keys = [], {}
    for call in PLATFORM_CALLS:
        for side in ("odd", "good"):
            name = f"{side}-{call}"
            keys[name.upper().replace("-", "_")] = f"sandbox-workflow-{name}" if call in FLOWS else f"sandbox-{name}"
            source = f"flows/{name}.flow" if call in FLOWS else f"workflows/{name}.yaml"
            repository.flow(source) if call in FLOWS else repository.workflow(source)
            rows.append(f"  {name}: {{source: {source}, key: {name.upper().replace('-', '_')}}}")
    repository.write("flowship.yml", "\n".join(["version: 1", "workflows:", *rows, ""]))
    return keys


def run_action(repository: Any, keys: dict[str, str], event: str, payload: dict[str, Any], **inputs: str) -> Any:
    repository.write(".runner/event.json", {"repository": {"default_branch": "main"}, **payload})
    given_inputs = {"mode": "auto", "keys": "\n".join(f"{name}={key}" for name, key in keys.items()), "state": "none", "release": "always", **inputs}
    return repository.run(
        GITHUB_ACTIONS="true",
        GITHUB_EVENT_NAME=event,
        GITHUB_EVENT_PATH=str(repository.root / ".runner/event.json"),
        GITHUB_REF="refs/tags/v1" if event == "push" else "refs/pull/12/merge",
        GITHUB_REPOSITORY="acme/flows",
        GITHUB_RUN_ID="2",
        GITHUB_RUN_ATTEMPT="1",
        GITHUB_SHA=SHA,
        GITHUB_WORKSPACE=str(repository.root),
        GITHUB_OUTPUT=str(repository.root / ".runner/output"),
        GITHUB_STEP_SUMMARY=str(repository.root / ".runner/summary"),
        **{f"INPUT_{name.upper()}": value for name, value in given_inputs.items()},
    )


def require_whole_step(repository: Any, ran: Any) -> None:
    """A verdict, every output, a summary, and a report that strict readers take."""
    assert ran.code in VERDICTS, ran.out + ran.err
    assert set(read_outputs((repository.root / ".runner/output").read_text())) == set(OUTPUTS)
    assert (repository.root / ".runner/summary").read_text()
    json.loads((repository.root / "report.json").read_text(), parse_constant=pytest.fail)


@EXAMPLES
@given(data=st.data())
def test_any_reply_of_a_platform_fails_its_workflow_alone(
    repository: Any, sandbox: Any, platform: OddProxy, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    monkeypatch.setattr("deployer.cli.dispatch.Clock", QuickClock)
    keys = prepare(repository)
    sandbox.call("POST", "/_sandbox/reset")
    repository.use(platform.url)
    answers: dict[str, bytes] = {}

    def answer(asked: Asked) -> bytes | None:
        call = call_of(asked, PLATFORM_CALLS)
        if not asked.key.endswith(f"odd-{call}"):
            return None
        return answers[call]

    for call, good in GOOD_REPLIES.items():
        answers[call] = data.draw(replies(good), label=call)
    platform.answer = answer
    ran = run_action(repository, keys, "push", {})
    require_whole_step(repository, ran)
    states = {change["workflow"]: change["status"] for change in ran.report["changes"]}
    assert {name: states[name] for name in states if name.startswith("good-")} == {f"good-{call}": "released" for call in PLATFORM_CALLS}, ran.out


@EXAMPLES
@given(data=st.data())
def test_any_reply_of_github_leaves_the_deploy_as_it_is(repository: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    monkeypatch.setattr("deployer.cli.dispatch.Clock", QuickClock)
    keys = prepare(repository)
    sandbox.call("POST", "/_sandbox/reset")
    repository.use(sandbox.url)
    hub = GitHub()
    hub.commit(SHA)
    hub.pull(12, SHA)
    odd_calls = data.draw(st.sets(st.sampled_from(sorted(GITHUB_CALLS)), min_size=1, max_size=6))
    answers = {call: data.draw(replies(GITHUB_REPLIES.get(call, {})), label=call) for call in sorted(odd_calls)}
    with running(hub), running_before(hub.url) as proxy:
        proxy.answer = lambda asked: answers.get(call_of(asked, GITHUB_CALLS))
        inputs = {"state": "github", "github-token": "stand-in-token", "github-api-url": proxy.url}
        ran = run_action(repository, keys, "push", {}, **inputs)
        require_whole_step(repository, ran)
        assert {change["status"] for change in ran.report["changes"]} == {"released"}, ran.out
        pull = {"action": "opened", "number": 12, "pull_request": {"number": 12, "head": {"sha": SHA, "repo": {"full_name": "acme/flows"}}}}
        require_whole_step(repository, run_action(repository, keys, "pull_request", pull, **inputs))


VERSION = {"bot_id": "b1", "version": "1.0.0", "version_desc": "two", "version_status": "PUBLISHED", "create_time": 1758765323024, "release_time": 1}
ROW = {"id": "wf_1", "name": "n", "status": "active", "updated_at": "t", "created_at": "t", "description": "d"}
SHOWN = {**ROW, "trigger": {"type": "webhook", "config": {"url": "u"}}, "steps": [{"id": "a", "type": "ai_completion", "config": {"prompt": "x"}}]}
GOOD_REPLIES: dict[str, Any] = {
    "verify": {"code": 0, "data": {"entityType": "Workflow", "entityId": "w1"}},
    "list": {"code": 0, "data": [VERSION, VERSION]},
    "import": {"code": 0, "data": {"botId": "b1", "version": "1.0.0", "warning": ["w"]}},
    "release": {"code": 0, "data": {"version": "1.0.0", "previous_version": "0.9"}},
    "workflows": {"workflows": [ROW], "total": 1},
    "create": {"workflow": SHOWN},
    "read": SHOWN,
    "update": SHOWN,
}
BOT = {"login": "github-actions[bot]"}
EVENT = {"kind": "outcome", "environment": "production", "run": "1.1", "workflow": "good-list", "outcome": "done"}
PAYLOAD = {"flowship": 1, "batch": "b", "part": 1, "of": 1, "events": [EVENT]}
STATE_ROW = {"id": 9, "task": "flowship", "environment": "flowship/production", "creator": BOT, "payload": PAYLOAD, "sha": SHA}
GITHUB_REPLIES: dict[str, Any] = {
    "read state": [STATE_ROW],
    "post state": {"id": 9},
    "commits": [{"sha": SHA}],
    "compare": {"status": "ahead", "files": [{"filename": "a"}]},
    "branches": [{"name": "main", "commit": {"sha": SHA}}],
    "repository": {"default_branch": "main"},
    "contents": {"type": "file", "encoding": "base64", "content": "eA==", "sha": SHA},
    "page": {"id": 1, "body": "x"},
    "check run": {"id": 1},
    "pull": {"state": "open", "head": {"sha": SHA}, "base": {"sha": BEFORE}},
    "comments": [{"id": 1, "body": "x", "user": BOT}],
    "comment": {"id": 1, "html_url": "u"},
    "graphql": {"data": {"viewer": {"login": "x"}}},
}
