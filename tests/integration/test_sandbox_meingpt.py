"""The sandbox as meinGPT, over HTTP: every call of the page, every error code, limits and headers."""

import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from deployer.model import fingerprint

if TYPE_CHECKING:
    from tests.conftest import Sandbox

ACME = "sandbox-acme"
STEPS = [{"id": "one", "type": "ai_completion", "config": {"model": "m", "prompt": "{{input.x}}"}}]
DEFINITION: dict[str, Any] = {"name": "Onboarding", "description": "d", "trigger": {"type": "webhook"}, "steps": STEPS, "variables": {"a": 1}}


def create(box: "Sandbox", token: str = ACME, **more: Any) -> dict[str, Any]:
    reply = box.call("POST", "/v1/workflows", token, json={**DEFINITION, **more})
    assert reply.status_code == 201, reply.text
    return dict(reply.json())


def test_create_get_update_delete(sandbox: "Sandbox") -> None:
    made = create(sandbox)
    path = f"/v1/workflows/{made['id']}"
    assert sandbox.call("GET", path, ACME).json() == made
    assert made["status"] == "active"
    assert made["trigger"]["config"]["url"].startswith(f"{sandbox.url}/v1/webhooks/wh_")
    partial = sandbox.call("PUT", path, ACME, json={"name": "New", "status": "paused"}).json()
    assert (partial["name"], partial["status"], partial["steps"], partial["description"]) == ("New", "paused", STEPS, "d")
    assert partial["updated_at"] > made["updated_at"]
    assert partial["created_at"] == made["created_at"]
    whole = sandbox.call("PUT", path, ACME, json={**DEFINITION, "trigger": {"type": "schedule", "config": {"cron": "0 9 * * *"}}}).json()
    assert whole["trigger"] == {"type": "schedule", "config": {"cron": "0 9 * * *"}}
    assert sandbox.call("DELETE", path, ACME).status_code == 204
    assert sandbox.call("GET", path, ACME).status_code == 404
    assert sandbox.call("DELETE", path, ACME).json()["error"]["code"] == "WORKFLOW_NOT_FOUND"


def test_state_shows_documents_with_the_fingerprint_of_what_was_sent(sandbox: "Sandbox") -> None:
    made = create(sandbox)
    assert sandbox.state()["meingpt"] == [{"organisation": "acme", "workflows": [{**made, "fingerprint": fingerprint.of_definition(DEFINITION)}]}]
    sandbox.call("PUT", f"/v1/workflows/{made['id']}", ACME, json={"name": "New", "status": "active", "id": "mine"})
    (workflow,) = sandbox.state()["meingpt"][0]["workflows"]
    assert workflow["fingerprint"] == fingerprint.of_definition({**DEFINITION, "name": "New"})
    assert workflow["id"] == made["id"]


def test_a_create_takes_no_status(sandbox: "Sandbox") -> None:
    assert create(sandbox, status="paused")["status"] == "active"


def test_organisations_do_not_see_each_other(sandbox: "Sandbox") -> None:
    made = create(sandbox)
    assert sandbox.call("GET", f"/v1/workflows/{made['id']}", "sandbox-other").status_code == 404
    assert sandbox.call("GET", "/v1/workflows", "sandbox-other").json()["workflows"] == []


def test_the_list_is_paged(sandbox: "Sandbox") -> None:
    for number in range(45):
        create(sandbox, name=f"W{number}")

    def page(**query: Any) -> Any:
        return sandbox.call("GET", "/v1/workflows", ACME, params=query).json()

    pages = [page(), page(page=2), page(page=3), page(page=4)]
    assert [len(listed["workflows"]) for listed in pages] == [20, 20, 5, 0]
    assert {(listed["total"], listed["per_page"]) for listed in pages} == {(45, 20)}
    assert [row["name"] for listed in pages for row in listed["workflows"]] == [f"W{n}" for n in range(45)]
    assert set(pages[0]["workflows"][0]) == {"id", "name", "description", "status", "created_at", "updated_at", "execution_count"}
    assert len(page(per_page=45)["workflows"]) == 45
    assert page(per_page=1000)["per_page"] == 100


def test_executions_echo(sandbox: "Sandbox") -> None:
    made = create(sandbox)
    path = f"/v1/workflows/{made['id']}"
    started = sandbox.call("POST", f"{path}/execute", ACME, json={"input": {"x": 1}}).json()
    assert (started["status"], started["workflow_id"]) == ("running", made["id"])
    done = sandbox.call("GET", f"{path}/executions/{started['execution_id']}", ACME).json()
    assert (done["status"], done["output"], done["steps"][0]["step_id"]) == ("completed", {"x": 1}, "one")
    assert sandbox.call("GET", path, ACME).json()["execution_count"] == 1


def test_scripted_executions_take_their_time(start_sandbox: Callable[..., "Sandbox"]) -> None:
    answers = [{"output": {"a": 1}, "duration": 45, "wait": 0}, {"duration": 3600}, {"status": "failed"}, {"refuse": "boom"}]
    box = start_sandbox(targets={"meingpt": {"organisations": {"acme": {"runs": {"Onboard*": {"answers": answers, "then": "repeat"}}}}}})
    path = f"/v1/workflows/{create(box)['id']}"

    def execute() -> Any:
        reply = box.call("POST", f"{path}/execute", ACME, json={"input": {}})
        if reply.status_code != 200:
            return reply.json()
        return box.call("GET", f"{path}/executions/{reply.json()['execution_id']}", ACME).json()

    first, second, third, fourth = (execute() for _ in range(4))
    assert (first["status"], first["output"], first["duration_ms"]) == ("completed", {"a": 1}, 45000)
    assert (second["status"], second["completed_at"], second["output"], second["steps"]) == ("running", None, None, [])
    assert third["status"] == "failed"
    assert fourth["error"]["code"] == execute()["error"]["code"] == "EXECUTION_FAILED"


def test_webhooks_need_no_token(sandbox: "Sandbox") -> None:
    made = create(sandbox)
    path = made["trigger"]["config"]["url"].removeprefix(sandbox.url)
    started = sandbox.call("POST", path, json={"x": 1})
    assert started.status_code == 200
    done = sandbox.call("GET", f"/v1/workflows/{made['id']}/executions/{started.json()['execution_id']}", ACME).json()
    assert done["output"] == {"x": 1}
    assert sandbox.call("POST", "/v1/webhooks/wh_nope", json={}).json()["error"]["code"] == "WORKFLOW_NOT_FOUND"


@pytest.mark.parametrize(("secret", "status"), [("s3cret", 200), ("other", 401), (None, 401)])
def test_a_declared_secret_asks_for_a_signature(start_sandbox: Callable[..., "Sandbox"], secret: str | None, status: int) -> None:
    box = start_sandbox(targets={"meingpt": {"organisations": {"acme": {"webhook_secret": "s3cret"}}}})
    path = create(box)["trigger"]["config"]["url"].removeprefix(box.url)
    body = b'{"x": 1}'
    headers = {"X-Webhook-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()} if secret else {}
    assert box.call("POST", path, data=body, headers=headers).status_code == status


@pytest.mark.parametrize("token", ["", "wrong", "sandbox-"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""), ("POST", ""), ("GET", "/wf_1"), ("PUT", "/wf_1"), ("DELETE", "/wf_1"), ("POST", "/wf_1/execute"), ("GET", "/wf_1/executions/e"),
    ],
)  # fmt: skip
def test_every_call_needs_a_token_and_tells_the_budget(sandbox: "Sandbox", method: str, path: str, token: str) -> None:
    reply = sandbox.call(method, f"/v1/workflows{path}", token)
    assert reply.status_code == 401
    assert reply.json()["error"]["code"] == "UNAUTHORIZED"
    assert set(reply.json()["error"]) == {"code", "message", "details"}
    assert int(reply.headers["X-RateLimit-Limit"]) == 1000


@pytest.mark.parametrize(
    ("method", "path", "details"),
    [
        ("GET", "/nope", {"workflow_id": "nope"}),
        ("PUT", "/nope", {"workflow_id": "nope"}),
        ("DELETE", "/nope", {"workflow_id": "nope"}),
        ("POST", "/nope/execute", {"workflow_id": "nope"}),
        ("GET", "/nope/executions/e", {"workflow_id": "nope"}),
    ],
)
def test_unknown_workflows(sandbox: "Sandbox", method: str, path: str, details: dict[str, str]) -> None:
    reply = sandbox.call(method, f"/v1/workflows{path}", ACME, json={})
    assert (reply.status_code, reply.json()["error"]["code"], reply.json()["error"]["details"]) == (404, "WORKFLOW_NOT_FOUND", details)


def test_an_unknown_execution(sandbox: "Sandbox") -> None:
    reply = sandbox.call("GET", f"/v1/workflows/{create(sandbox)['id']}/executions/exec_nope", ACME)
    assert reply.status_code == 404
    assert reply.json()["error"]["details"]["execution_id"] == "exec_nope"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"description": 5}, "description"),
        ({"trigger": "webhook"}, "trigger"),
        ({"trigger": {"type": ""}}, "trigger.type"),
        ({"trigger": {"type": "webhook", "config": []}}, "trigger.config"),
        ({"steps": {}}, "steps"),
        ({"steps": ["x"]}, "steps[0]"),
        ({"steps": [{"type": "http"}]}, "steps[0].id"),
        ({"steps": [{"id": "a"}]}, "steps[0].type"),
        ({"steps": [{"id": "a", "type": "http", "config": 1}]}, "steps[0].config"),
        ({"variables": []}, "variables"),
    ],
)
def test_invalid_definitions(sandbox: "Sandbox", change: dict[str, Any], field: str) -> None:
    made = create(sandbox)
    replies = [
        sandbox.call("POST", "/v1/workflows", ACME, json={**DEFINITION, **change}),
        sandbox.call("PUT", f"/v1/workflows/{made['id']}", ACME, json=change),
    ]
    for reply in replies:
        assert (reply.status_code, reply.json()["error"]["code"], reply.json()["error"]["details"]) == (400, "INVALID_INPUT", {"field": field})
    assert len(sandbox.state()["meingpt"][0]["workflows"]) == 1


@pytest.mark.parametrize("missing", ["name", "trigger", "steps"])
def test_a_create_needs_all_of_it(sandbox: "Sandbox", missing: str) -> None:
    reply = sandbox.call("POST", "/v1/workflows", ACME, json={key: value for key, value in DEFINITION.items() if key != missing})
    assert reply.json()["error"]["details"] == {"field": missing}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"name": }'])
def test_bodies_that_are_no_object(sandbox: "Sandbox", body: bytes) -> None:
    assert sandbox.call("POST", "/v1/workflows", ACME, data=body).json()["error"]["code"] == "INVALID_INPUT"


@pytest.mark.parametrize("query", [{"page": 0}, {"page": "x"}, {"per_page": -1}])
def test_bad_pages(sandbox: "Sandbox", query: dict[str, Any]) -> None:
    assert sandbox.call("GET", "/v1/workflows", ACME, params=query).json()["error"]["code"] == "INVALID_INPUT"


def test_an_execution_takes_an_object(sandbox: "Sandbox") -> None:
    reply = sandbox.call("POST", f"/v1/workflows/{create(sandbox)['id']}/execute", ACME, json={"input": "x"})
    assert reply.json()["error"]["code"] == "INVALID_INPUT"


def test_every_reply_shows_what_is_left_of_the_rate_limit(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(targets={"meingpt": {"defaults": {"rate_limits": {"calls": 3}}}})
    replies = [box.call("GET", "/v1/workflows", ACME) for _ in range(4)]
    assert [int(reply.headers["X-RateLimit-Remaining"]) for reply in replies] == [2, 1, 0, 0]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert replies[3].json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert int(replies[3].headers["Retry-After"]) > 3500
    assert int(replies[3].headers["X-RateLimit-Reset"]) > 1_700_000_000
    assert box.call("GET", "/v1/workflows", "sandbox-other").status_code == 200


def test_executions_and_webhooks_have_limits_of_their_own(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(targets={"meingpt": {"organisations": {"acme": {"rate_limits": {"executions": 1, "webhooks": 2}}}}})
    made = create(box)
    hook = made["trigger"]["config"]["url"].removeprefix(box.url)
    executions = [box.call("POST", f"/v1/workflows/{made['id']}/execute", ACME, json={"input": {}}) for _ in range(2)]
    assert [reply.status_code for reply in executions] == [200, 429]
    assert executions[1].headers["X-RateLimit-Limit"] == "1"
    hooks = [box.call("POST", hook, json={}) for _ in range(3)]
    assert [(reply.status_code, reply.headers["X-RateLimit-Limit"]) for reply in hooks] == [(200, "2"), (200, "2"), (429, "2")]


def test_credits_run_out(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(targets={"meingpt": {"organisations": {"acme": {"credits": 1}}}})
    path = f"/v1/workflows/{create(box)['id']}/execute"
    replies = [box.call("POST", path, ACME, json={"input": {}}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 402]
    assert replies[1].json()["error"]["code"] == "INSUFFICIENT_CREDITS"


def test_default_status_and_added_fields(start_sandbox: Callable[..., "Sandbox"]) -> None:
    adds = {"workflow": {"revision": 7}, "trigger": {"retries": 3}, "step": {"timeout": 30}}
    box = start_sandbox(targets={"meingpt": {"organisations": {"acme": {"token": "real-token", "default_status": "draft", "adds": adds}}}})
    made = create(box, "real-token")
    assert (made["status"], made["revision"], made["trigger"]["config"]["retries"], made["steps"][0]["timeout"]) == ("draft", 7, 3, 30)
    assert box.state()["meingpt"][0]["workflows"][0]["fingerprint"] == fingerprint.of_definition(DEFINITION)
    assert box.call("GET", "/v1/workflows", "real-token").json()["workflows"][0]["status"] == "draft"
    assert box.requests()[0]["target"] == "acme"


def test_unknown_paths(sandbox: "Sandbox") -> None:
    assert sandbox.call("GET", "/v1/workflows/a/b/c", ACME).json()["error"]["code"] == "WORKFLOW_NOT_FOUND"
    assert sandbox.call("PATCH", "/v1/workflows", ACME).status_code == 405
