"""Every method of both clients against the sandbox, every documented error code on every call, and lost replies."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deployer.http.client import Http
from deployer.http.clock import Clock
from deployer.model.errors import OutcomeUnknown, PlatformError
from deployer.model.secret import Secret
from deployer.platforms.base import Identity, NotReadable
from deployer.platforms.gptbots.client import GPTBots, RunWebhook
from deployer.platforms.meingpt.client import MeinGPT
from deployer.platforms.registry import PLATFORMS

FLOW = json.dumps(
    {
        "formatVersion": "1.0",
        "exportType": "WORKFLOW",
        "exportTime": 1758765323024,
        "name": "Triage",
        "botType": "Workflow",
        "workflow": {
            "workflowNodes": [
                {"id": "s", "name": "Start", "type": "START", "x": 0, "y": 0},
                {"id": "e", "name": "End", "type": "END", "x": 9, "y": 0},
            ],
            "workflowEdges": [{"id": "1", "sourceNodeID": "s", "targetNodeID": "e", "sourceHandle": "a", "targetHandle": "b"}],
        },
    }
).encode()
BOT = json.dumps({"formatVersion": "1.0", "exportType": "BOT", "exportTime": 1758765323024, "name": "A", "botType": "Flow"}).encode()
DEFINITION = {
    "name": "Onboarding",
    "trigger": {"type": "webhook"},
    "steps": [{"id": "a", "type": "ai_completion", "config": {"prompt": "{{input.x}}"}}],
}


@pytest.fixture
def connect() -> Iterator[Callable[..., Http]]:
    """An Http without pauses: the sandbox needs none."""
    opened: list[Http] = []

    def connect(platform: str, url: str, **options: Any) -> Http:
        opened.append(Http(PLATFORMS[platform].service, url, clock=Clock(60), jitter=lambda: 0.0, **options))
        return opened[-1]

    yield connect
    for http in opened:
        http.close()


@pytest.fixture
def gptbots(sandbox: Any, connect: Any) -> GPTBots:
    return GPTBots(connect("gptbots", sandbox.url), Secret("sandbox-workflow-a"))


@pytest.fixture
def meingpt(sandbox: Any, connect: Any) -> MeinGPT:
    return MeinGPT(connect("meingpt", sandbox.url), Secret("sandbox-org"))


class TestGPTBots:
    def test_from_import_to_rollback(self, gptbots: GPTBots) -> None:
        identity = gptbots.identity()
        assert identity.kind == "workflow"
        assert gptbots.versions() == ()
        first = gptbots.import_version("a.flow", FLOW, "first fs:1")
        second = gptbots.import_version("a.flow", FLOW, "second")
        assert (first.target_id, first.version, second.version) == (identity.id, "1.0.0", "1.0.1")
        assert gptbots.release("1.0.0") is None
        assert gptbots.release("1.0.1") is None  # a reply without data, as the page shows it
        gptbots.release("1.0.1")  # again is no mistake
        copied = gptbots.roll_back("1.0.0", release=True, new_version="v9", description="back")
        assert (copied.source_version, copied.new_version, copied.created, copied.released) == ("1.0.0", "v9", True, True)
        shown = [(version.version, version.description, version.published, version.target_id) for version in gptbots.versions()]
        assert shown == [
            ("v9", "back", True, identity.id), ("1.0.1", "second", False, identity.id), ("1.0.0", "first fs:1", False, identity.id),
        ]  # fmt: skip
        assert all(version.created_ms for version in gptbots.versions())

    def test_agents(self, sandbox: Any, connect: Any) -> None:
        agent = GPTBots(connect("gptbots", sandbox.url), Secret("sandbox-agent-b"), "agent")
        assert agent.identity().kind == "agent"
        assert agent.import_version("b.bot", BOT, "").version == "1.0.0"
        agent.release("1.0.0")
        assert agent.roll_back("1.0.0", release=False).released is False
        assert [version.published for version in agent.versions()] == [False, True]

    def test_runs_name_the_version_that_ran(self, gptbots: GPTBots) -> None:
        gptbots.import_version("a.flow", FLOW, "")
        run = gptbots.run({"q": "ü"}, user_id="me")
        assert (run.status, run.finished, run.succeeded, run.output, run.version) == ("SUCCEED", True, True, {"q": "ü"}, "1.0.0")
        started = gptbots.run("later", is_async=True, webhook=[RunWebhook("POST", "https://example.com/done", {"X-Run": "1"})])
        assert not started.finished
        deadline = time.monotonic() + 20
        while not (result := gptbots.run_result(started.id)).finished:
            assert time.monotonic() < deadline
        assert (result.id, result.output) == (started.id, "later")

    def test_what_was_dropped_is_told(self, sandbox: Any, gptbots: GPTBots) -> None:
        sandbox.faults(
            [{"match": {"path": "/v1/workflow/version/import"}, "do": {"body": {"code": 0, "data": {"version": "1", "warning": "1 dataset"}}}}]
        )
        assert gptbots.import_version("a.flow", FLOW, "").warning == "1 dataset"

    def test_a_key_of_the_wrong_kind(self, sandbox: Any, connect: Any) -> None:
        stranger = GPTBots(connect("gptbots", sandbox.url), Secret("sandbox-agent-b"))
        with pytest.raises(PlatformError) as info:
            stranger.import_version("a.flow", FLOW, "")
        assert info.value.code == "403204"

    def test_what_each_mistake_is_called(self, sandbox: Any, gptbots: GPTBots, connect: Any) -> None:
        def code(act: Callable[..., object], *args: Any, **more: Any) -> str:
            with pytest.raises(PlatformError) as info:
                act(*args, **more)
            assert info.value.fix
            return info.value.code

        assert code(gptbots.import_version, "a.flow", b"{nonsense", "") == "403202"
        assert code(gptbots.import_version, "a.bot", BOT, "") == "403201"
        assert code(gptbots.release, "7.7.7") == "403203"
        assert code(gptbots.roll_back, "7.7.7", release=False) == "403203"
        assert code(GPTBots(connect("gptbots", sandbox.url), Secret("no-such-key")).versions) == "40127"

    def test_targets_with_limits(self, start_sandbox: Any, connect: Any) -> None:
        targets = {
            "production": {"mode": "production"},
            "gated": {"version_management": False},
            "blind": {"list": 405},
            "gone": {"deleted": True},
            "message": {"error_text": "message", "error_status": 403},
            "full": {"plan_limit": 0},
            "newer": {"release_data": True, "empty_list_data": False},
        }
        url = start_sandbox(targets={"gptbots": {"targets": targets}}).url
        http = connect("gptbots", url)

        def of(name: str) -> GPTBots:
            return GPTBots(http, Secret(f"sandbox-workflow-{name}"))

        def refused(name: str) -> PlatformError:
            with pytest.raises(PlatformError) as info:
                of(name).import_version("a.flow", FLOW, "")
            return info.value

        assert refused("production").code == "403200"
        assert refused("gated").code == "HTTP 403"
        assert refused("gone").code == "40348"
        of("blind").import_version("a.flow", FLOW, "")
        with pytest.raises(NotReadable):
            of("blind").versions()
        assert of("blind").identity().kind == "workflow"
        with pytest.raises(PlatformError) as unknown:
            of("message").release("3")
        assert (unknown.value.code, unknown.value.status) == ("403203", 403)
        of("full").import_version("a.flow", FLOW, "")
        with pytest.raises(PlatformError) as full:
            of("full").release("1.0.0")
        assert full.value.code == "40353"
        assert of("newer").versions(may_be_none=True) == ()
        with pytest.raises(NotReadable):
            of("newer").versions()
        for version in ("1.0.0", "1.0.1"):
            of("newer").import_version("a.flow", FLOW, "")
            assert of("newer").release(version) == ("1.0.0" if version == "1.0.1" else None)


GPTBOTS_CALLS: dict[str, Callable[[GPTBots], object]] = {
    "POST /v1/workflow/version/import": lambda it: it.import_version("a.flow", FLOW, ""),
    "POST /v1/workflow/version/release": lambda it: it.release("1.0.0"),
    "GET /v1/workflow/version/list": lambda it: it.versions(),
    "POST /v1/workflow/version/rollback": lambda it: it.roll_back("1.0.0", release=True),
    "GET /v1/api-key/verify": lambda it: it.identity(),
    "POST /v1/workflow/invoke": lambda it: it.run("x"),
    "POST /v1/workflow/query/result": lambda it: it.run_result("run"),
}
MEINGPT_CALLS: dict[str, Callable[[MeinGPT], object]] = {
    "GET /v1/workflows": lambda it: list(it.workflows()),
    "GET /v1/workflows/wf_1": lambda it: it.workflow("wf_1"),
    "POST /v1/workflows": lambda it: it.create(DEFINITION),
    "PUT /v1/workflows/wf_1": lambda it: it.update("wf_1", DEFINITION),
    "DELETE /v1/workflows/wf_1": lambda it: it.delete("wf_1"),
    "POST /v1/workflows/wf_1/execute": lambda it: it.execute("wf_1", {}),
    "GET /v1/workflows/wf_1/executions/exec_1": lambda it: it.execution("wf_1", "exec_1"),
    "POST /v1/webhooks/wh_1": lambda it: it.call_webhook("wh_1", {}, "s"),
}


def fault(call: str, **do: Any) -> list[dict[str, Any]]:
    method, path = call.split()
    return [{"match": {"method": method, "path": path}, "do": do}]


@pytest.mark.parametrize("call", GPTBOTS_CALLS)
def test_every_gptbots_code_on_every_call(sandbox: Any, gptbots: GPTBots, call: str) -> None:
    for code in (code for code in PLATFORMS["gptbots"].errors if code.isdecimal()):
        for status in (None, 200):
            sandbox.faults(fault(call, error=int(code), **({"status": status} if status else {})))
            with pytest.raises(PlatformError) as info:
                GPTBOTS_CALLS[call](gptbots)
            error = info.value
            unclear = code == "50000" and not call.startswith("GET")
            assert (error.platform, error.code, error.exit_code) == ("gptbots", code, 4 if unclear else 1)
            assert (bool(error.message), error.fix) == (True, PLATFORMS["gptbots"].errors[code].fix)


@pytest.mark.parametrize("call", MEINGPT_CALLS)
def test_every_meingpt_code_on_every_call(sandbox: Any, meingpt: MeinGPT, call: str) -> None:
    sent_by_nobody = ("HTTP", "UNREACHABLE")
    for code in (code for code in PLATFORMS["meingpt"].errors if not code.startswith(sent_by_nobody)):
        sandbox.faults(fault(call, error=code))
        if (call.split(maxsplit=1)[0], code) == ("DELETE", "WORKFLOW_NOT_FOUND"):
            assert MEINGPT_CALLS[call](meingpt) is False
            continue
        with pytest.raises(PlatformError) as info:
            MEINGPT_CALLS[call](meingpt)
        error = info.value
        unclear = code == "EXECUTION_FAILED" and not call.startswith("GET")  # the sandbox sends it with status 500
        assert (error.platform, error.code, error.exit_code) == ("meingpt", code, 4 if unclear else 1)
        assert (bool(error.message), error.fix) == (True, PLATFORMS["meingpt"].errors[code].fix)


@pytest.mark.parametrize("do", [{"reset": "after"}, {"truncate": 10}, {"not_json": True}, {"status": 504, "effect": True}])
def test_an_import_whose_reply_is_lost_is_made_once(sandbox: Any, gptbots: GPTBots, do: Any) -> None:
    sandbox.faults(fault("POST /v1/workflow/version/import", **do))
    with pytest.raises(OutcomeUnknown) as info:
        gptbots.import_version("a.flow", FLOW, "marked")
    assert (info.value.probe_seconds, info.value.absence_is_proof) == (60, False)
    assert [version.description for version in gptbots.versions()] == ["marked"]
    assert [request["path"] for request in sandbox.requests()].count("/v1/workflow/version/import") == 1


LOST = [{"reset": "before"}, {"reset": "after"}, {"status": 502}, {"status": 503, "effect": True}, {"429": {"retry_after": 0}}]


@pytest.mark.parametrize("do", LOST)
def test_a_release_whose_reply_is_lost_is_asked_for_again(sandbox: Any, gptbots: GPTBots, do: Any) -> None:
    gptbots.import_version("a.flow", FLOW, "")
    rule = fault("POST /v1/workflow/version/release", **do)
    rule[0]["match"]["nth"] = [1, 2]
    sandbox.faults(rule)
    gptbots.release("1.0.0")
    assert [version.published for version in gptbots.versions()] == [True]
    assert [request["path"] for request in sandbox.requests()].count("/v1/workflow/version/release") == 3


def test_requests_are_counted_as_the_platform_counts_them(sandbox: Any, gptbots: GPTBots, connect: Any) -> None:
    http = connect("meingpt", sandbox.url)
    platform = MeinGPT(http, Secret("sandbox-org"))
    made = platform.create(DEFINITION)
    list(platform.workflows())
    platform.delete(made["id"])
    assert http.spent.count == len(sandbox.requests()) == 3
    assert http.spent.remaining == 997


class TestMeinGPT:
    def test_from_create_to_delete(self, meingpt: MeinGPT) -> None:
        made = meingpt.create(DEFINITION)
        there = meingpt.workflow(made["id"])
        assert (there["name"], there["status"], there["steps"]) == ("Onboarding", "active", DEFINITION["steps"])
        meingpt.update(made["id"], {**DEFINITION, "name": "Renamed", "status": "active"})
        assert [(row.id, row.name, row.status) for row in meingpt.workflows()] == [(made["id"], "Renamed", "active")]
        assert meingpt.delete(made["id"]) is True
        assert meingpt.delete(made["id"]) is False
        assert list(meingpt.workflows()) == []

    def test_many_pages(self, start_sandbox: Any, connect: Any) -> None:
        seeded = [{"id": f"wf_{number:03}", "name": f"n{number}"} for number in range(230)]
        running = start_sandbox(targets={"meingpt": {"organisations": {"org": {"workflows": seeded}}}})
        rows = list(MeinGPT(connect("meingpt", running.url), Secret("sandbox-org")).workflows())
        assert {row.id for row in rows} == {each["id"] for each in seeded}
        assert (len(rows), len(running.requests())) == (230, 3)

    def test_runs(self, meingpt: MeinGPT) -> None:
        made = meingpt.create(DEFINITION)
        started = meingpt.execute(made["id"], {"x": 1})
        assert (started.status, started.finished) == ("running", False)
        deadline = time.monotonic() + 20
        while not (run := meingpt.execution(made["id"], started.id)).finished:
            assert time.monotonic() < deadline
        assert (run.status, run.succeeded, run.output) == ("completed", True, {"x": 1})

    def test_a_signed_webhook(self, start_sandbox: Any, connect: Any) -> None:
        organisation = {"webhook_secret": "s3cret"}
        running = start_sandbox(targets={"meingpt": {"organisations": {"org": organisation}}})
        platform = MeinGPT(connect("meingpt", running.url), Secret("sandbox-org"))
        made = platform.create(DEFINITION)
        address = platform.workflow(made["id"])["trigger"]["config"]["url"]
        assert platform.call_webhook(address, {"message": "ü"}, "s3cret").body["workflow_id"] == made["id"]
        with pytest.raises(PlatformError) as info:
            platform.call_webhook(address, {"message": "ü"}, "wrong")
        assert info.value.code == "UNAUTHORIZED"

    def test_a_create_whose_reply_is_lost_is_made_once(self, sandbox: Any, meingpt: MeinGPT) -> None:
        sandbox.faults(fault("POST /v1/workflows", reset="after"))
        with pytest.raises(OutcomeUnknown):
            meingpt.create(DEFINITION)
        assert [row.name for row in meingpt.workflows()] == ["Onboarding"]

    def test_an_update_whose_reply_is_lost_is_sent_again(self, sandbox: Any, meingpt: MeinGPT) -> None:
        made = meingpt.create(DEFINITION)
        rule = fault(f"PUT /v1/workflows/{made['id']}", reset="after")
        rule[0]["match"]["nth"] = 1
        sandbox.faults(rule)
        meingpt.update(made["id"], {**DEFINITION, "name": "Renamed"})
        assert [row.name for row in meingpt.workflows()] == ["Renamed"]


def test_identity_is_the_targets_own(sandbox: Any, gptbots: GPTBots) -> None:
    imported = gptbots.import_version("a.flow", FLOW, "")
    assert gptbots.identity() == Identity("workflow", imported.target_id)
