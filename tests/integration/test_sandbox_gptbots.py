"""The sandbox as GPTBots, over HTTP: every call, and every documented error code on the calls that can give it."""

import itertools
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from deployer.model import fingerprint

if TYPE_CHECKING:
    from tests.conftest import Sandbox

A, AGENT = "sandbox-workflow-a", "sandbox-agent-a"
VERSION = "/v1/workflow/version"
NODES = [{"id": "s", "name": "S", "type": "START", "x": 0, "y": 0}, {"id": "e", "name": "E", "type": "END", "x": 9, "y": 0}]
EDGES = [{"id": "se", "sourceNodeID": "s", "targetNodeID": "e", "sourceHandle": "o", "targetHandle": "i"}]
BOT = {"exportType": "BOT", "botType": "LoopAgent", "name": "Bot"}


def flow(name: str = "A", **more: Any) -> dict[str, Any]:
    top = {"exportType": "WORKFLOW", "exportTime": 1, "name": name, "botType": "Workflow"}
    return {**top, "workflow": {"workflowNodes": NODES, "workflowEdges": EDGES}, **more}


def upload(
    box: "Sandbox", document: Any = None, key: str = A, *, name: str = "a.flow", kind: str = "workflow", description: str | None = None
) -> Any:
    content = document if isinstance(document, bytes) else json.dumps(document or flow()).encode()
    data = {} if description is None else {"versionDesc": description}
    return box.call("POST", f"/v1/{kind}/version/import", key, files={"file": (name, content)}, data=data)


def release(box: "Sandbox", version: str, key: str = A) -> Any:
    return box.call("POST", f"{VERSION}/release", key, json={"version": version})


def listed(box: "Sandbox", key: str = A) -> list[dict[str, Any]]:
    return list(box.call("GET", f"{VERSION}/list", key).json()["data"])


def test_import_numbers_versions_and_makes_drafts(sandbox: "Sandbox") -> None:
    replies = [upload(sandbox, flow(name)).json() for name in "AB"]
    bot = replies[0]["data"]["botId"]
    assert replies == [{"code": 0, "msg": "OK", "data": {"botId": bot, "botType": "Workflow", "version": f"1.0.{n}"}} for n in range(2)]
    assert [(row["version"], row["version_status"]) for row in listed(sandbox)] == [("1.0.1", "DRAFT"), ("1.0.0", "DRAFT")]


def test_the_list_has_the_documented_row(sandbox: "Sandbox") -> None:
    upload(sandbox, description="fix: ümlaut fs:0.1")
    upload(sandbox)
    release(sandbox, "1.0.0")
    newest, oldest = listed(sandbox)
    keys = ["id", "bot_id", "version", "version_desc", "version_status", "create_time", "release_time", "creator_email"]
    assert list(newest) == list(oldest) == keys
    assert oldest["version_desc"] == "fix: ümlaut fs:0.1"
    assert (oldest["version_status"], newest["version_status"]) == ("PUBLISHED", "DRAFT")
    assert newest["release_time"] is None
    assert isinstance(oldest["release_time"], int)
    assert isinstance(oldest["create_time"], int)
    assert newest["id"] != oldest["id"]


def test_release_moves_the_live_version_and_may_be_repeated(sandbox: "Sandbox") -> None:
    for _ in range(2):
        upload(sandbox)
    assert [release(sandbox, version).json() for version in ("1.0.0", "1.0.1", "1.0.1")] == [{"code": 0, "msg": "OK"}] * 3
    assert [row["version"] for row in listed(sandbox) if row["version_status"] == "PUBLISHED"] == ["1.0.1"]


def test_release_names_its_versions_where_that_is_declared(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(targets={"gptbots": {"defaults": {"release_data": True}}})
    for _ in range(2):
        upload(box)
    replies = [release(box, version).json() for version in ("1.0.0", "1.0.1", "1.0.1")]
    versions = [("1.0.0", None), ("1.0.1", "1.0.0"), ("1.0.1", "1.0.1")]
    assert replies == [{"code": 0, "msg": "OK", "data": {"version": version, "previous_version": previous}} for version, previous in versions]


def test_a_list_without_versions_may_come_without_data(start_sandbox: Callable[..., "Sandbox"]) -> None:
    assert listed(start_sandbox()) == []
    box = start_sandbox(targets={"gptbots": {"defaults": {"empty_list_data": False}}})
    assert box.call("GET", f"{VERSION}/list", A).json() == {"code": 0, "msg": "OK"}
    upload(box)
    assert [row["version"] for row in listed(box)] == ["1.0.0"]


def test_state_shows_versions_with_the_fingerprint_that_flowship_computes(sandbox: "Sandbox") -> None:
    document = flow(exportTime=99)
    upload(sandbox, document, description="d")
    upload(sandbox, b"\x00opaque")
    release(sandbox, "1.0.0")
    (target,) = sandbox.state()["gptbots"]
    assert (target["kind"], target["name"]) == ("workflow", "a")
    assert target["versions"] == [
        {"version": "1.0.1", "version_desc": "", "status": "DRAFT", "fingerprint": fingerprint.of_bytes(b"\x00opaque")},
        {"version": "1.0.0", "version_desc": "d", "status": "PUBLISHED", "fingerprint": fingerprint.of_definition(document)},
    ]


def test_two_keys_are_two_targets(sandbox: "Sandbox") -> None:
    upload(sandbox)
    assert listed(sandbox, "sandbox-workflow-b") == []
    assert [target["name"] for target in sandbox.state()["gptbots"]] == ["a", "b"]


def test_import_lists_what_it_drops(sandbox: "Sandbox") -> None:
    reply = upload(sandbox, flow(apiSecrets={"k": "v"})).json()
    assert reply["code"] == 0
    assert "credentials" in reply["data"]["warning"]


def test_import_keeps_what_is_the_targets_and_its_organisations(start_sandbox: Callable[..., "Sandbox"]) -> None:
    targets = {"a": {"owns": ["kb_1"], "tools": ["t_1"], "credentials": ["tool"]}, "b": {"tools": []}}
    box = start_sandbox(targets={"gptbots": {"targets": targets}})
    middle: list[dict[str, Any]] = [
        {"id": "facts", "name": "Facts", "type": "DATASET", "datasetParam": {"query": "q", "datasetIds": ["kb_1"]}},
        {"id": "tool", "name": "Tool", "type": "TOOL_API", "toolApiParam": {"toolId": "t_1", "toolApiId": "x", "headers": {"K": "v"}}},
    ]
    nodes = [NODES[0], *({**each, "x": 1, "y": 1} for each in middle), NODES[1]]
    ids = [each["id"] for each in nodes]
    edges = [{**EDGES[0], "id": one, "sourceNodeID": one, "targetNodeID": other} for one, other in itertools.pairwise(ids)]
    document = flow(workflow={"workflowNodes": nodes, "workflowEdges": edges})
    assert "warning" not in upload(box, document).json()["data"]
    assert upload(box, document, free("b")).json()["data"]["warning"] == (
        "dataset of Facts belongs to another workflow and was dropped: kb_1; plugin headers and queries of Tool were cleared; "
        "tool t_1 of Tool belongs to another organisation and was dropped"
    )


def test_rollback_copies_a_version(sandbox: "Sandbox") -> None:
    upload(sandbox, flow("A"))
    upload(sandbox, flow("B"))
    reply = sandbox.call("POST", f"{VERSION}/rollback", A, json={"version": "1.0.0", "release": True}).json()
    assert reply["data"] == {"source_version": "1.0.0", "new_version": "1.0.2", "created": True, "released": True, "warnings": []}
    named = sandbox.call(
        "POST", f"{VERSION}/rollback", A, json={"version": "1.0.1", "new_version": "v9", "release": False, "version_desc": "back"}
    ).json()
    assert (named["data"]["new_version"], named["data"]["released"]) == ("v9", False)
    versions = sandbox.state()["gptbots"][0]["versions"]
    assert [(v["version"], v["status"]) for v in versions][:2] == [("v9", "DRAFT"), ("1.0.2", "PUBLISHED")]
    assert versions[0]["version_desc"] == "back"
    assert versions[0]["fingerprint"] == versions[2]["fingerprint"]


def test_verify_returns_kind_and_id(sandbox: "Sandbox") -> None:
    reply = sandbox.call("GET", "/v1/api-key/verify", AGENT).json()
    assert reply["data"]["entityType"] == "agent"
    assert len(reply["data"]["entityId"]) == 24


def test_agents_have_the_same_version_calls(sandbox: "Sandbox") -> None:
    made = upload(sandbox, BOT, AGENT, name="a.bot", kind="agent").json()
    assert (made["data"]["botType"], made["data"]["version"]) == ("LoopAgent", "1.0.0")
    assert sandbox.call("POST", "/v1/agent/version/release", AGENT, json={"version": "1.0.0"}).json()["code"] == 0
    assert sandbox.call("GET", "/v1/agent/version/list", AGENT).json()["data"][0]["version_status"] == "PUBLISHED"
    assert sandbox.call("POST", "/v1/agent/version/rollback", AGENT, json={"version": "1.0.0"}).json()["data"]["new_version"] == "1.0.1"


def test_runs_echo_and_name_the_version_that_answered(sandbox: "Sandbox") -> None:
    upload(sandbox)
    upload(sandbox)
    draft = sandbox.call("POST", "/v1/workflow/invoke", A, json={"input": {"q": "ü"}}).json()
    assert set(draft) == {
        "workflowId", "workflowName", "workflowVersion", "workflowRunId", "input", "output", "status", "workflowExecutionTime", "totalCost",
        "totalTokens", "startTime", "endTime",
    }  # fmt: skip
    assert (draft["output"], draft["workflowVersion"], draft["status"]) == ({"q": "ü"}, "1.0.1", "SUCCEED")
    release(sandbox, "1.0.0")
    assert sandbox.call("POST", "/v1/workflow/invoke", A, json={"input": "x", "userId": "u"}).json()["workflowVersion"] == "1.0.0"
    assert sandbox.call("POST", "/v1/workflow/query/result", A, json={"workflowRunId": draft["workflowRunId"]}).json() == draft


def test_scripted_runs_and_asynchronous_ones(start_sandbox: Callable[..., "Sandbox"]) -> None:
    answers = [
        {"output": {"a": 1}, "duration": 45, "wait": 0, "tokens": 12, "cost": 0.5, "status": "FAILED"},
        {"output": "late", "duration": 3600},
        {"output": "soon", "duration": 2, "wait": 0},
        {"refuse": "model overloaded"},
    ]
    box = start_sandbox(targets={"gptbots": {"targets": {"a": {"runs": {"answers": answers, "then": "echo"}}}}})
    upload(box)

    def invoke(**more: Any) -> Any:
        return box.call("POST", "/v1/workflow/invoke", A, json={"input": {"q": 1}, **more}).json()

    def result(run: dict[str, Any]) -> Any:
        return box.call("POST", "/v1/workflow/query/result", A, json={"workflowRunId": run["workflowRunId"]}).json()

    first = invoke()
    assert (first["output"], first["workflowExecutionTime"], first["totalTokens"], first["totalCost"]) == ({"a": 1}, 45000, 12, 0.5)
    assert first["status"] == "FAILED"
    assert first["endTime"] - first["startTime"] == 45000
    late = invoke(isAsync=True)
    assert (late["status"], late["output"], late["endTime"]) == ("PENDING", None, None)
    assert result(late)["status"] == "RUNNING"
    soon = invoke(isAsync=True)
    assert soon["status"] == "PENDING"
    assert (result(soon)["status"], result(soon)["output"]) == ("SUCCEED", "soon")
    assert invoke()["code"] == 50000
    assert invoke()["output"] == {"q": 1}


def test_run_logs_are_paged_newest_first(sandbox: "Sandbox") -> None:
    upload(sandbox)
    for number in range(25):
        sandbox.call("POST", "/v1/workflow/invoke", A, json={"input": {"n": number}})

    def logs(**query: Any) -> Any:
        return sandbox.call("GET", "/v1/workflow/run/logs", A, params={"conversation_type": "ALL", **query}).json()["data"]

    pages = [logs(page=page) for page in (1, 2, 3, 4)]
    assert [len(page["list"]) for page in pages] == [10, 10, 5, 0]
    assert {page["total"] for page in pages} == {25}
    rows = [row for page in pages for row in page["list"]]
    assert [json.loads(row["input"])["n"] for row in rows] == list(range(24, -1, -1))
    assert all(row["output"] == row["input"] and row["log_id"] and row["workflow_run_id"] for row in rows)
    assert len(logs(page_size=100, conversation_type="API")["list"]) == 25
    assert logs(conversation_type="SHARE")["list"] == []
    assert logs(end_time=1)["list"] == []
    assert len(logs(start_time=1, page_size=20)["list"]) == 20


BOTH_FORMS = {
    "gptbots": {
        "targets": {
            "a": {},
            "agent": {"kind": "agent", "key": AGENT},
            "account": {"kind": "account", "key": "account-key"},
            "production": {"mode": "production"},
            "newer": {"mode": "production", "version_management": True},
            "unmanaged": {"version_management": False},
            "deleted": {"deleted": True},
            "full": {"plan_limit": 0, "versions": [{"version": "1.0.0"}]},
            "unlisted": {"list": False},
            "forbidden": {"list": 403},
            "limited": {"rate_limit": {"calls": 2, "seconds": 3600}},
        }
    }
}
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "import": ("POST", f"{VERSION}/import", {"files": {"file": ("a.flow", json.dumps(flow()))}}),
    "release": ("POST", f"{VERSION}/release", {"json": {"version": "1.0.0"}}),
    "list": ("GET", f"{VERSION}/list", {}),
    "rollback": ("POST", f"{VERSION}/rollback", {"json": {"version": "1.0.0"}}),
    "verify": ("GET", "/v1/api-key/verify", {}),
    "invoke": ("POST", "/v1/workflow/invoke", {"json": {"input": {}}}),
    "result": ("POST", "/v1/workflow/query/result", {"json": {"workflowRunId": "x"}}),
    "logs": ("GET", "/v1/workflow/run/logs", {"params": {"conversation_type": "ALL"}}),
}
VERSIONED = ("import", "release", "list", "rollback")


def free(name: str) -> str:
    return f"sandbox-workflow-{name}"


ERRORS = [
    *((call, "wrong-key", 401, 40127) for call in CALLS),
    *((call, "", 401, 40127) for call in CALLS),
    *((call, free("deleted"), 200, 40348) for call in CALLS),
    *((call, AGENT, 200, 403204) for call in CALLS if call != "verify"),
    *((call, "account-key", 200, 403204) for call in CALLS if call != "verify"),
    *((call, free("production"), 200, 403200) for call in VERSIONED),
    *((call, free("unmanaged"), 403, 403) for call in VERSIONED),
    ("release", A, 200, 403203),
    ("rollback", A, 200, 403203),
    ("invoke", A, 200, 403203),
    ("result", A, 200, 40000),
    ("release", free("full"), 200, 40353),
    ("list", free("unlisted"), 404, 404),
    ("list", free("forbidden"), 403, 403),
]


@pytest.mark.parametrize(("call", "key", "status", "code"), ERRORS)
def test_errors(start_sandbox: Callable[..., "Sandbox"], call: str, key: str, status: int, code: int) -> None:
    method, path, options = CALLS[call]
    reply = start_sandbox(targets=BOTH_FORMS).call(method, path, key, **options)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert reply.json()["msg"]


def test_a_workflow_key_does_not_fit_agent_calls(sandbox: "Sandbox") -> None:
    for path in ("import", "release", "rollback"):
        assert sandbox.call("POST", f"/v1/agent/version/{path}", A).json()["code"] == 403204
    assert sandbox.call("GET", "/v1/agent/version/list", A).json()["code"] == 403204


def test_version_management_opens_a_production_target(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(targets=BOTH_FORMS)
    assert upload(box, key=free("newer")).json()["code"] == 0


@pytest.mark.parametrize(
    ("document", "name", "key", "kind", "code"),
    [
        (flow(), "a.bot", A, "workflow", 403201),
        (BOT, "a.flow", A, "workflow", 403201),
        (BOT, "a.flow", AGENT, "agent", 403201),
        (flow(), "a.bot", AGENT, "agent", 403201),
        (b'{"exportType": ', "a.flow", A, "workflow", 403202),
        (b"", "a.flow", A, "workflow", 403202),
        (flow(exportTime="2025-09-25"), "a.flow", A, "workflow", 403202),
        ({**BOT, "botType": "X"}, "a.bot", AGENT, "agent", 403202),
    ],
)
def test_files_that_are_refused(sandbox: "Sandbox", document: Any, name: str, key: str, kind: str, code: int) -> None:
    reply = upload(sandbox, document, key, name=name, kind=kind)
    assert (reply.status_code, reply.json()["code"]) == (200, code)
    assert sandbox.state()["gptbots"][0]["versions"] == []


def test_refusal_names_the_mistake(sandbox: "Sandbox") -> None:
    assert "exportTime" in upload(sandbox, flow(exportTime="x")).json()["msg"]


@pytest.mark.parametrize(("value", "refusal"), [("gone#a#b", "gone, which does not exist"), ("e#a#b", "e, which is not upstream"), ("s#a#b", "")])
def test_import_checks_references_in_parameters(sandbox: "Sandbox", value: str, refusal: str) -> None:
    reads = {**NODES[1], "endParam": {"outputs": [{"name": "x", "source": "NODE", "value": value}]}}
    document = flow(workflow={"workflowNodes": [NODES[0], reads], "workflowEdges": EDGES})
    reply = upload(sandbox, document)
    assert (reply.status_code, reply.json()["code"]) == (200, 403202 if refusal else 0)
    assert refusal in reply.json()["msg"]


@pytest.mark.parametrize(
    ("path", "options"),
    [
        (f"{VERSION}/import", {"data": b"x", "headers": {"Content-Type": "text/plain"}}),
        (f"{VERSION}/import", {"files": {"other": ("a.flow", b"x")}}),
        (f"{VERSION}/import", {"files": {"versionDesc": (None, b"x")}}),
        (f"{VERSION}/release", {"json": {}}),
        (f"{VERSION}/release", {"json": {"version": 1}}),
        (f"{VERSION}/release", {"json": []}),
        (f"{VERSION}/release", {"data": b"{"}),
        (f"{VERSION}/release", {"data": b"[" * 100_000}),
        (f"{VERSION}/rollback", {"json": {"version": "1.0.0", "release": "yes"}}),
        (f"{VERSION}/rollback", {"json": {"version": "1.0.0", "new_version": "1.0.0"}}),
        ("/v1/workflow/invoke", {"json": {}}),
        ("/v1/workflow/invoke", {"json": {"input": 1, "isAsync": "yes"}}),
        ("/v1/workflow/invoke", {"json": {"input": 1, "webhook": [{"method": "POST", "url": "https://example.com", "headers": {}}] * 6}}),
        ("/v1/workflow/invoke", {"json": {"input": 1, "webhook": ["https://example.com"]}}),
        ("/v1/workflow/invoke", {"json": {"input": 1, "webhook": [{"url": "https://example.com", "headers": {}}]}}),
        ("/v1/workflow/invoke", {"json": {"input": 1, "webhook": [{"method": "POST", "url": "https://example.com", "headers": ["x"]}]}}),
        ("/v1/workflow/invoke", {"json": {"input": 1, "webhook": {"method": "POST", "url": "https://example.com"}}}),
    ],
)
def test_bad_parameters(sandbox: "Sandbox", path: str, options: dict[str, Any]) -> None:
    upload(sandbox)
    reply = sandbox.call("POST", path, A, **options)
    assert (reply.status_code, reply.json()["code"]) == (200, 40000)


@pytest.mark.parametrize(
    "query",
    [
        {"page": 0}, {"page_size": 9}, {"page_size": 101}, {"page": "x"}, {"start_time": "-1"},
        {"conversation_type": ""}, {"conversation_type": "WIDGET"}, {"conversation_type": "all"},
    ],
)  # fmt: skip
def test_bad_log_queries(sandbox: "Sandbox", query: dict[str, Any]) -> None:
    reply = sandbox.call("GET", "/v1/workflow/run/logs", A, params={"conversation_type": "ALL", **query})
    assert reply.json()["code"] == 40000


def test_run_logs_need_their_conversation_type(sandbox: "Sandbox") -> None:
    reply = sandbox.call("GET", "/v1/workflow/run/logs", A, params={"page": 1})
    assert (reply.json()["code"], "conversation_type" in reply.json()["msg"]) == (40000, True)


def test_a_file_over_50_mib_is_refused(sandbox: "Sandbox") -> None:
    reply = upload(sandbox, b"\x00" * (50 * 1024 * 1024 + 1))
    assert reply.json()["code"] == 40000
    assert "50 MiB" in reply.json()["msg"]


def test_a_declared_rate_limit_is_enforced(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(targets=BOTH_FORMS)
    replies = [box.call("GET", f"{VERSION}/list", free("limited")) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert replies[2].json()["code"] == 40008
    assert int(replies[2].headers["Retry-After"]) > 0


def test_a_plan_limit_counts_live_targets(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(targets={"gptbots": {"defaults": {"plan_limit": 1}}})
    for key in (A, free("b")):
        upload(box, key=key)
    assert [release(box, "1.0.0", key).json()["code"] for key in (A, free("b"), A)] == [0, 40353, 0]
    rolled = box.call("POST", f"{VERSION}/rollback", free("b"), json={"version": "1.0.0", "release": True}).json()["data"]
    assert (rolled["created"], rolled["released"], len(rolled["warnings"])) == (True, False, 1)


@pytest.mark.parametrize("status", [403, 500])
def test_errors_may_come_with_another_status_and_the_newer_text_field(start_sandbox: Callable[..., "Sandbox"], status: int) -> None:
    box = start_sandbox(targets={"gptbots": {"defaults": {"error_status": status, "error_text": "message"}}})
    reply = release(box, "9.9.9")
    assert (reply.status_code, reply.json()["code"]) == (status, 403203)
    assert "message" in reply.json()
    assert "msg" not in reply.json()
    assert release(box, "9.9.9", "nobody").status_code == 401


def test_declared_versions_exist_from_the_start_and_two_keys_may_share_a_target(start_sandbox: Callable[..., "Sandbox"]) -> None:
    versions = [{"version": "1.0.1", "published": True}, {"version": "1.0.2", "version_desc": "by hand"}]
    box = start_sandbox(
        targets={"gptbots": {"targets": {"a": {"id": "t1", "versions": versions}, "b": {"key": "second", "id": "t1", "list": False}}}}
    )
    assert [(row["version"], row["version_status"]) for row in listed(box)] == [("1.0.2", "DRAFT"), ("1.0.1", "PUBLISHED")]
    assert upload(box, key="second").json()["data"] == {"botId": "t1", "botType": "Workflow", "version": "1.0.3"}
    assert box.call("GET", f"{VERSION}/list", "second").status_code == 404


def test_unknown_paths_and_methods(sandbox: "Sandbox") -> None:
    assert sandbox.call("GET", "/v1/workflow/nope", A).json()["code"] == 404
    wrong = sandbox.call("GET", f"{VERSION}/import", A)
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["Allow"]) == (405, 405, "POST")


def test_requests_are_logged_in_order_without_keys(sandbox: "Sandbox") -> None:
    upload(sandbox)
    sandbox.call("GET", f"{VERSION}/list?x=1", "sandbox-workflow-secret-name")
    sandbox.call("GET", f"{VERSION}/list", "who")
    log = sandbox.requests()
    assert [(row["method"], row["path"], row["status"]) for row in log] == [
        ("POST", f"{VERSION}/import", 200),
        ("GET", f"{VERSION}/list", 200),
        ("GET", f"{VERSION}/list", 401),
    ]
    assert log[0]["target"] == sandbox.state()["gptbots"][0]["id"]
    assert log[2]["target"] is None
    assert log[0]["time"] <= log[1]["time"]
    assert "sandbox-workflow" not in json.dumps(log)
