"""What the adapter makes of n8n's workflows, call by call: no server."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import pytest
from flowship_n8n.adapter import PLATFORM, N8nTarget
from flowship_n8n.client import EDITED, LIVE, OFF, STATUS, N8n
from flowship_n8n.errors import GONE, SERVICE
from flowship_n8n.nodes import PREVIEW_NOTE, WEBHOOK
from flowship_n8n.runs import WebhookCaller, logged
from n8n_files import manifest_workflow, workflow

from deployer.platforms.api import FlowshipError, LeaseHolder, OutcomeUnknown, PlatformError, Reply, Request, Secret, UsageError

if TYPE_CHECKING:
    from deployer.platforms.api import Http

HOLDER = LeaseHolder(12, "0123456789abcdef")
EXISTING = {
    **workflow(), "id": "w1", "versionId": "v1", "activeVersionId": "v1", "updatedAt": "2026-11-30T20:00:00.000Z", "isArchived": False,
    "nodes": [{**node, "id": f"node-{place}", "webhookId": f"hook-{place}"} for place, node in enumerate(workflow()["nodes"])],
}  # fmt: skip


class Answers:
    """In place of `Http`: what each call is answered with, by `METHOD PATH`, an exception too; and the requests that came."""

    def __init__(self, **answers: Any) -> None:
        self.requests: list[Request] = []
        self.by_call: dict[str, list[Any]] = {}

    def to(self, call: str, *replies: Any) -> "Answers":
        """One reply for each time; the last one from then on."""
        self.by_call[call] = list(replies)
        return self

    def send(self, request: Request) -> Reply:
        self.requests.append(request)
        replies = self.by_call[request.name]
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        assert request.expected.usable(reply), reply
        return Reply(200, {}, reply)

    def sent(self, call: str) -> list[Any]:
        return [request.json for request in self.requests if request.name == call]

    def client(self) -> N8n:
        return N8n(cast("Http", self), Secret("key-of-n8n"), None)


def target(definition: dict[str, Any], id_: str = "") -> N8nTarget:
    return PLATFORM.target(manifest_workflow(definition, id_))


def refused(status: int = 409) -> PlatformError:
    return PlatformError("n8n", "Refused", code=f"HTTP {status}", status=status)


@pytest.mark.parametrize(
    ("live", "newest", "status"), [(None, "v1", OFF), ("v1", "v1", LIVE), ("v1", "v2", EDITED)], ids=["draft", "live", "edited"]
)  # fmt: skip
def test_status_is_of_what_was_written_last(live: str | None, newest: str, status: str) -> None:
    answers = Answers().to("GET /api/v1/workflows/w1", {**EXISTING, "activeVersionId": live, "versionId": newest})
    assert answers.client().workflow("w1")[STATUS] == status


def test_archived_workflow_is_gone() -> None:
    answers = Answers().to("GET /api/v1/workflows/w1", {**EXISTING, "isArchived": True})
    answers.to("GET /api/v1/workflows", {"data": [{**EXISTING, "isArchived": True}], "nextCursor": None})
    with pytest.raises(PlatformError) as raised:
        answers.client().workflow("w1")
    assert (raised.value.code, list(answers.client().workflows())) == (GONE, [])


def test_list_is_read_page_by_page() -> None:
    first, second = ({"data": [{**EXISTING, "id": id_}], "nextCursor": cursor} for id_, cursor in (("w1", "more"), ("w2", None)))
    answers = Answers().to("GET /api/v1/workflows", first, second)
    assert [(row.id, row.status, row.updated_at) for row in answers.client().workflows()] == [
        ("w1", LIVE, EXISTING["updatedAt"]),
        ("w2", LIVE, EXISTING["updatedAt"]),
    ]
    assert [dict(request.params or {}).get("cursor") for request in answers.requests] == [None, "more"]


def test_write_keeps_the_ids_of_nodes_and_sends_the_default_of_a_setting_that_is_no_longer_wanted() -> None:
    existing = {**EXISTING, "settings": {"executionOrder": "v1", "timezone": "Europe/Berlin", "binaryMode": "separate"}}
    answers = Answers().to("GET /api/v1/workflows/w1", existing).to("PUT /api/v1/workflows/w1", EXISTING)
    answers.client().update("w1", {**workflow("new"), STATUS: LIVE})
    (sent,) = answers.sent("PUT /api/v1/workflows/w1")
    assert sent["settings"] == {"executionOrder": "v1", "timezone": "DEFAULT"}
    assert [(node["id"], node.get("webhookId")) for node in sent["nodes"]] == [("node-0", "hook-0"), ("node-1", "hook-1")]
    assert sorted(sent) == ["connections", "name", "nodes", "settings"]


def test_write_of_a_draft_is_followed_by_the_activation_of_its_very_version() -> None:
    draft = {**EXISTING, "activeVersionId": None, "versionId": "v2"}
    answers = Answers().to("GET /api/v1/workflows/w1", draft).to("PUT /api/v1/workflows/w1", draft)
    answers.to("POST /api/v1/workflows/w1/activate", EXISTING).client().update("w1", {**workflow(), STATUS: LIVE})
    assert answers.sent("POST /api/v1/workflows/w1/activate") == [{"versionId": "v2"}]


def test_refused_write_that_took_effect_is_undone() -> None:
    broken = {**EXISTING, "nodes": [], "versionId": "v2", "activeVersionId": "v2"}
    answers = Answers().to("GET /api/v1/workflows/w1", EXISTING, broken).to("PUT /api/v1/workflows/w1", refused(), EXISTING)
    with pytest.raises(PlatformError, match="Refused"):
        answers.client().update("w1", {**workflow("new"), STATUS: LIVE})
    new, old = answers.sent("PUT /api/v1/workflows/w1")
    assert (new["nodes"][1]["parameters"] != old["nodes"][1]["parameters"], old["nodes"]) == (True, EXISTING["nodes"])


def test_refused_write_without_effect_is_left_alone() -> None:
    answers = Answers().to("GET /api/v1/workflows/w1", EXISTING).to("PUT /api/v1/workflows/w1", refused(400))
    with pytest.raises(PlatformError, match=r"^Refused$"):
        answers.client().update("w1", {**workflow("new"), STATUS: LIVE})
    assert len(answers.sent("PUT /api/v1/workflows/w1")) == 1


def test_refused_write_over_an_edit_makes_the_version_live_that_was() -> None:
    edited = {**EXISTING, "versionId": "v2"}
    answers = Answers().to("GET /api/v1/workflows/w1", edited).to("PUT /api/v1/workflows/w1", refused())
    answers.to("POST /api/v1/workflows/w1/activate", edited)
    with pytest.raises(PlatformError, match="Refused"):
        answers.client().update("w1", {**workflow("new"), STATUS: LIVE})
    assert answers.sent("POST /api/v1/workflows/w1/activate") == [{"versionId": "v1"}]


def test_refused_write_that_cannot_be_undone_says_so() -> None:
    broken = {**EXISTING, "nodes": [], "versionId": "v2", "activeVersionId": "v2"}
    answers = Answers().to("GET /api/v1/workflows/w1", EXISTING, broken).to("PUT /api/v1/workflows/w1", refused(), refused(500))
    with pytest.raises(PlatformError) as raised:
        answers.client().update("w1", {**workflow("new"), STATUS: LIVE})
    assert raised.value.message == "Refused. What was live before could not be made live again: Refused"


def test_lost_reply_undoes_nothing() -> None:
    lost = OutcomeUnknown("n8n", "Lost", code="RESET", probe_seconds=0, absence_is_proof=False, fix="", status=None)
    answers = Answers().to("GET /api/v1/workflows/w1", EXISTING).to("PUT /api/v1/workflows/w1", lost)
    with pytest.raises(OutcomeUnknown):
        answers.client().update("w1", {**workflow("new"), STATUS: LIVE})
    assert len(answers.requests) == 2


@pytest.mark.parametrize("id_", ["", ".", ".."])
def test_id_that_would_lead_elsewhere_is_refused(id_: str) -> None:
    with pytest.raises(UsageError, match="is not an id"):
        Answers().client().workflow(id_)


def test_revision_tells_when_another_version_went_live() -> None:
    """`updatedAt` does not."""
    plain = target(workflow())
    live, edited = (plain.observed("w1", {**EXISTING, STATUS: status}) for status in (LIVE, EDITED))
    assert (live.active, live.revision, edited.active) == (True, EXISTING["updatedAt"], False)
    assert edited.revision != live.revision


def test_what_n8n_adds_by_itself_is_not_compared() -> None:
    added = {**EXISTING, "settings": {"executionOrder": "v1", "callerPolicy": "workflowsFromSameOwner", "saveManualExecutions": True}}
    plain = target(workflow())
    shown = plain.without_added(plain.definition_of(added))
    assert shown == plain.without_added(workflow())
    assert plain.without_added({**added, "settings": {"timezone": "Europe/Berlin"}})["settings"] == {"timezone": "Europe/Berlin"}


def test_preview_is_called_only_at_a_path_of_its_own_and_names_its_holder() -> None:
    definition = workflow()
    definition["nodes"].append({"name": "Each day", "type": "n8n-nodes-base.scheduleTrigger", "typeVersion": 1.2, "position": [0, 200]})
    copy = target(definition, "w1").copy_for("Greeting (preview #12)", HOLDER)
    made = dict(copy.source.definition or {})
    webhooks = [node for node in made["nodes"] if node["type"] == WEBHOOK]
    assert [(node["name"], node["parameters"]["path"]) for node in webhooks] == [
        ("Call", "preview-12-0123456789abcdef-1"),
        ("Each day", "preview-12-0123456789abcdef-3"),
    ]
    assert (copy.id, made["name"], webhooks[0]["parameters"]["responseMode"]) == ("", "Greeting (preview #12)", "lastNode")
    answers = Answers().to("GET /api/v1/workflows", {"data": [{**EXISTING, "nodes": made["nodes"]}], "nextCursor": None})
    (row,) = answers.client().workflows()
    assert (made["nodes"][-1]["name"], row.description.endswith(str(HOLDER))) == (PREVIEW_NOTE, True)


def test_comparison_goes_by_the_names_of_nodes() -> None:
    after = workflow("new")
    after["nodes"].append({"name": "More", "type": "n8n-nodes-base.noOp"})
    difference = PLATFORM.compare_definitions(workflow(), after, "what is live")
    assert [(part.kind, part.name, part.change) for part in difference.parts] == [("node", "Answer", "changed"), ("node", "More", "added")]
    assert difference.parts[0].fields[0].path.startswith("parameters.assignments")
    assert [(edge.source, edge.target, edge.change) for edge in difference.graph.edges] == [("Call", "Answer", "same")]


def test_connection_that_leads_elsewhere_and_a_node_that_moved() -> None:
    after = {**workflow(), "connections": {"Call": {"main": [[], [{"node": "Answer", "type": "main", "index": 0}]]}}}
    after["nodes"][1]["position"] = [500, 0]
    parts = PLATFORM.compare_definitions(workflow(), after, "what is live").parts
    assert [(part.kind, part.name, part.type, part.change) for part in parts] == [
        ("node", "Answer", "n8n-nodes-base.set", "moved"),
        ("edge", "Call → Answer", "main 1", "added"),
        ("edge", "Call → Answer", "", "removed"),
    ]


ERRORS: dict[str, tuple[int, Any, Any]] = {
    "no such workflow": (404, {"message": "Not Found"}, (GONE, ("Not Found", None))),
    "no such call": (404, {"message": "not found"}, (404, ("not found", None))),
    "no such webhook": (404, {"code": 404, "message": "Not registered", "hint": "Activate it"}, (404, ("Not registered", "Activate it"))),
    "a page": (404, "<html>", None),
    "success": (200, {"message": "Workflow was started"}, None),
}


@pytest.mark.parametrize("case", ERRORS)
def test_error_is_told_by_status_and_words(case: str) -> None:
    status, body, expected = ERRORS[case]
    assert SERVICE.error(status, {}, body) == expected


def test_webhook_is_called_without_the_api_key() -> None:
    answers = Answers().to("GET /api/v1/workflows/w1", EXISTING).to("POST /webhook/greet", {"says": "hello"})
    run = WebhookCaller(answers.client(), "w1", None).start({"to": "Kim"})
    called = answers.requests[-1]
    assert (run.succeeded, run.output, called.json) == (True, {"says": "hello"}, {"to": "Kim"})
    assert "key-of-n8n" not in called.key.reveal()
    WebhookCaller(answers.client(), "w1", Secret("Bearer-of-webhook")).start({})
    assert (answers.requests[-1].key.reveal(), answers.requests[-1].key_header) == ("Bearer-of-webhook", "Authorization")


def test_failed_execution_is_a_failed_run() -> None:
    failed = PlatformError("n8n", "Error in workflow", code="HTTP 500", status=500)
    answers = Answers().to("GET /api/v1/workflows/w1", EXISTING).to("POST /webhook/greet", failed, refused(404))
    caller = WebhookCaller(answers.client(), "w1", None)
    run = caller.start({})
    assert (run.finished, run.succeeded, run.output) == (True, False, "Error in workflow")
    with pytest.raises(PlatformError, match="Refused"):
        caller.start({})


def test_webhook_that_answers_at_once_cannot_be_evaluated() -> None:
    call, answer = workflow()["nodes"]
    at_once = {**call, "parameters": {"path": "greet"}}
    answers = Answers().to("GET /api/v1/workflows/w1", {**EXISTING, "nodes": [at_once, answer]})
    with pytest.raises(FlowshipError, match="No webhook of the workflow answers"):
        WebhookCaller(answers.client(), "w1", None).start({})
    with pytest.raises(UsageError, match="through: async"):
        target(workflow()).caller("async", "w1", None)


def test_execution_becomes_a_row_of_the_log() -> None:
    def gave(value: object) -> list[Any]:
        return [{"data": {"main": [[{"json": value}]]}}]

    result = {"lastNodeExecuted": "Answer", "runData": {"Call": gave({"body": {"to": "Kim"}}), "Answer": gave({"says": "hello"})}}
    row = logged({"id": "7", "status": "success", "data": {"resultData": result}})
    assert row == {"log_id": "7", "status": "SUCCEED", "input": {"to": "Kim"}, "output": {"says": "hello"}}
    without: Mapping[str, Any] = {"id": 8, "status": "error", "data": None}
    assert logged(without) == {"log_id": "8", "status": "FAILED", "input": None, "output": None}


def test_log_is_of_the_id_or_of_the_one_workflow_of_that_name() -> None:
    run = {"id": "7", "startedAt": "2026-11-30T20:00:00.000Z", "status": "success"}
    answers = Answers().to("GET /api/v1/executions", {"data": [run], "nextCursor": None})
    answers.to("GET /api/v1/workflows", {"data": [EXISTING], "nextCursor": None})
    of: Callable[[str], Any] = lambda id_: N8nTarget(manifest_workflow(workflow(), id_), answers.client).run_logs(0, 2_000_000_000_000, 100)  # noqa: E731
    assert [row["log_id"] for row in (*of(""), *of("w9"))] == ["7", "7"]
    asked = [dict(request.params or {})["workflowId"] for request in answers.requests if request.name == "GET /api/v1/executions"]
    assert asked == ["w1", "w9"]
