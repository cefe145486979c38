"""Replies of any shape: what the adapter makes of them is a value or a PlatformError, never another exception."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import pytest
from flowship_n8n.adapter import PLATFORM, N8nTarget
from flowship_n8n.client import LIVE, STATUS, N8n
from flowship_n8n.runs import WebhookCaller
from hypothesis import given, settings
from hypothesis import strategies as st
from n8n_files import manifest_workflow, workflow

from deployer.platforms.api import FlowshipError, LeaseHolder, PlatformError, Reply, Request, Secret

if TYPE_CHECKING:
    from deployer.platforms.api import Http

NAMES = [
    "id", "name", "nodes", "connections", "settings", "versionId", "activeVersionId", "activeVersion", "data", "nextCursor", "parameters", "content",
    "type", "isArchived", "resultData", "runData", "lastNodeExecuted", "main", "json", "body", "node", "path", "responseMode", "startedAt",
]  # fmt: skip
TEXTS = ["", "w1", "n8n-nodes-base.webhook", "Flowship preview", "lastNode", "2026-11-30T20:00:00.000Z", "Greeting", "main"]
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(TEXTS)
ANY = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6), max_leaves=25)
NODE = st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "name", "type", "parameters", "webhookId"), ANY))
WORKFLOW = st.fixed_dictionaries(
    {
        "id": st.just("w1"),
        "name": st.just("Greeting"),
        "versionId": st.just("v1"),
        "nodes": st.lists(ANY | NODE, max_size=4),
        "connections": st.dictionaries(st.sampled_from(TEXTS), ANY, max_size=3),
    },
    optional={"activeVersionId": ANY, "activeVersion": ANY, "settings": ANY, "updatedAt": ANY, "isArchived": ANY},
)


class Replies:
    """In place of `Http`: each call gets that body, as far as the call accepts it."""

    def __init__(self, body: Any) -> None:
        self.body = body

    def send(self, request: Request) -> Reply:
        if not request.expected.usable(self.body):
            raise PlatformError("n8n", "Unusable", code="ODD_REPLY", status=200)
        return Reply(200, {}, self.body)


def _use(body: Any) -> None:
    client = N8n(cast("Http", Replies(body)), Secret("key-of-n8n"), None)
    target = N8nTarget(manifest_workflow(workflow(), "w1"), lambda: client)
    calls: list[Callable[[], object]] = [
        lambda: list(client.workflows()),
        lambda: target.read("w1").revision,
        lambda: target.file_definition(client.workflow("w1")),
        lambda: target.without_added(client.workflow("w1")),
        lambda: client._restore("w1", client.workflow("w1"), PlatformError("n8n", "Refused", code="HTTP 409", status=409)),
        lambda: PLATFORM.compare_definitions(client.workflow("w1"), workflow(), "it"),
        lambda: client.update("w1", {**workflow(), STATUS: LIVE}),
        lambda: target.run_logs(0, 2_000_000_000_000, 10),
        lambda: WebhookCaller(client, "w1", None).start({}),
    ]
    for each in calls:
        try:
            each()
        except FlowshipError:
            continue


@settings(max_examples=150, deadline=None)
@given(WORKFLOW)
def test_workflow_of_any_shape(body: Mapping[str, Any]) -> None:
    _use(dict(body))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), ANY, max_size=5), max_size=3))
def test_list_of_any_rows(rows: list[dict[str, Any]]) -> None:
    _use({"data": [{**row, "id": f"w{place}"} for place, row in enumerate(rows)], "nextCursor": None})


@pytest.mark.parametrize("body", [None, [], 3, "text", {}, {"data": 3}, {"data": [3]}, {"data": [{}]}], ids=repr)
def test_body_that_is_no_reply_of_the_call(body: Any) -> None:
    _use(body)


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries({}, optional={name: ANY | st.lists(ANY, max_size=3) for name in ("name", "nodes", "connections", "settings")}))
def test_file_of_any_shape(definition: dict[str, Any]) -> None:
    """It may break rules: reading, comparing and copying it still do not fail."""
    target = N8nTarget(manifest_workflow(definition), lambda: N8n(cast("Http", Replies(None)), Secret("key-of-n8n"), None))
    target.without_added(definition)
    target.copy_for("Copy", LeaseHolder(1, "0123456789abcdef"))
    PLATFORM.compare_definitions(definition, workflow(), "it")
    for rule in PLATFORM.rules["n8n"]:
        list(rule.check(cast("Any", type("Document", (), {"data": definition}))))
