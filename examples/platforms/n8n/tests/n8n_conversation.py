"""A conversation with n8n, call by call: what the server in memory is held to. `python n8n_conversation.py CACHE` records the real one's replies
into `replies.json`."""

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import n8n_server
from n8n_files import failing_workflow, workflow
from n8n_server import Server, call

RECORDED = Path(__file__).parent / "replies.json"
_ID = re.compile(r'(?<=")[A-Za-z0-9]{16}(?="(?!:))')
API = "/api/v1/workflows"
FIRST, SECOND = workflow("first"), workflow("second")
_NUMBER = re.compile(r'(?<="id": ")\d+(?=")')
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
UNREAD = {
    "activeVersion", "authors", "contextData", "createdAt", "customData", "customTelemetryTags", "executionData", "executionIndex", "executionTime",
    "finished", "headers", "hints", "jsonSizeBytes", "meta", "mode", "nodeGroups", "parentFolder", "pinData", "retryOf", "retrySuccessId",
    "resumeToken", "shared", "sourceWorkflowId", "stacktrace", "staticData", "startData", "startTime", "startedAt", "stoppedAt", "storedAt", "tags",
    "triggerCount", "version", "versionCounter", "waitTill", "webhookUrl", "workflowData", "workflowVersionId", "source", "executionStatus",
    "pairedItem", "params", "query", "executionMode",
}  # fmt: skip


class Call(NamedTuple):
    """One call of the conversation. `{a}` in path and body: the value that `keeps` of an earlier call kept by that name."""

    name: str
    method: str
    path: str
    body: Any = None
    keeps: Mapping[str, str] = {}
    key: str | None = None  # in place of the server's own


def conversation() -> Iterator[Call]:
    for part in (_refused, _draft, _live, _conflict, _structure, _end):
        yield from part()


def _refused() -> Iterator[Call]:
    """Calls that n8n refuses, and of what is not there."""
    yield Call("list without a key", "GET", API, key="")
    yield Call("list with an unknown key", "GET", API, key="unknown")
    yield Call("call that does not exist", "GET", "/api/v1/nothing")
    yield Call("empty list", "GET", API)
    yield Call("read of no workflow", "GET", f"{API}/gone")
    yield Call("write of no workflow", "PUT", f"{API}/gone", FIRST)
    yield Call("delete of no workflow", "DELETE", f"{API}/gone")
    yield Call("activation of no workflow", "POST", f"{API}/gone/activate", {})
    yield Call("create with a field of the server's", "POST", API, {**FIRST, "active": True})
    yield Call("create without settings", "POST", API, {key: value for key, value in FIRST.items() if key != "settings"})
    yield Call("create with a setting that does not exist", "POST", API, {**FIRST, "settings": {"nothing": 1}})


def _draft() -> Iterator[Call]:
    """A draft, which is not live."""
    yield Call("create", "POST", API, FIRST, {"id": "id", "first": "versionId"})
    yield Call("read of a draft", "GET", f"{API}/{{id}}")
    yield Call("webhook of a draft", "POST", "/webhook/greet", {"to": "Kim"})
    yield Call("write of a draft", "PUT", f"{API}/{{id}}", SECOND, {"second": "versionId"})
    yield Call("same write again", "PUT", f"{API}/{{id}}", SECOND, {"second": "versionId"})


def _live() -> Iterator[Call]:
    """What is live: written, renamed, and an earlier version of it."""
    yield Call("activation of a version that does not exist", "POST", f"{API}/{{id}}/activate", {"versionId": "gone"})
    yield Call("activation", "POST", f"{API}/{{id}}/activate", {"versionId": "{second}"})
    yield Call("read of what is live", "GET", f"{API}/{{id}}")
    yield Call("webhook of what is live", "POST", "/webhook/greet", {"to": "Kim"})
    yield Call("webhook by another method", "GET", "/webhook/greet")
    yield Call("write of what is live", "PUT", f"{API}/{{id}}", workflow("third"), {"third": "versionId"})
    yield Call("same write of what is live", "PUT", f"{API}/{{id}}", workflow("third"), {"third": "versionId"})
    yield Call("new name", "PUT", f"{API}/{{id}}", workflow("third", name="Renamed"))
    yield Call("activation of an earlier version", "POST", f"{API}/{{id}}/activate", {"versionId": "{second}"})
    yield Call("read after that", "GET", f"{API}/{{id}}")
    yield Call("list after that", "GET", API)
    yield Call("webhook after that", "POST", "/webhook/greet", {"to": "Kim"})


def _conflict() -> Iterator[Call]:
    """Two webhooks at one path; writes that are refused and take effect all the same."""
    yield Call("second create", "POST", API, workflow("other", name="Other"), {"other": "id"})
    yield Call("activation at a path that is taken", "POST", f"{API}/{{other}}/activate", {})
    yield Call("write at a free path", "PUT", f"{API}/{{other}}", workflow("other", path="other", name="Other"))
    yield Call("its activation", "POST", f"{API}/{{other}}/activate", {})
    yield Call("write of what is live at a path that is taken", "PUT", f"{API}/{{other}}", workflow("other", name="Other"))
    yield Call("read after that was refused", "GET", f"{API}/{{other}}")
    yield Call("webhook after that was refused", "POST", "/webhook/other", {"to": "Kim"})
    yield Call("write of what is live without a trigger", "PUT", f"{API}/{{other}}", {**FIRST, "nodes": FIRST["nodes"][1:], "connections": {}})
    yield Call("read after that was refused too", "GET", f"{API}/{{other}}")
    yield Call("write that mends it", "PUT", f"{API}/{{other}}", workflow("other", path="other", name="Other"))
    yield Call("webhook after that", "POST", "/webhook/other", {"to": "Kim"})


def _structure() -> Iterator[Call]:
    """Writes that are refused and have no effect; settings; an execution that fails."""
    twice = {**FIRST, "nodes": [*FIRST["nodes"], FIRST["nodes"][1]]}
    yield Call("write with two nodes of one name", "PUT", f"{API}/{{id}}", twice)
    nowhere = {"Call": {"main": [[{"node": "Gone", "type": "main", "index": 0}]]}}
    yield Call("write with a connection to no node", "PUT", f"{API}/{{id}}", {**FIRST, "connections": nowhere})
    yield Call("other settings", "PUT", f"{API}/{{id}}", {**FIRST, "settings": {"timezone": "Europe/Berlin"}})
    yield Call("setting by default", "PUT", f"{API}/{{id}}", {**FIRST, "settings": {"timezone": "DEFAULT", "executionTimeout": -1}})
    yield Call("failing one", "POST", API, failing_workflow(), {"failing": "id"})
    yield Call("its activation", "POST", f"{API}/{{failing}}/activate", {})
    yield Call("webhook of the failing one", "POST", "/webhook/failing", {"to": "Kim"})


def _end() -> Iterator[Call]:
    """Switching off, archiving, deleting; the log."""
    yield Call("deactivation", "POST", f"{API}/{{id}}/deactivate", {})
    yield Call("read after the deactivation", "GET", f"{API}/{{id}}")
    yield Call("archive", "POST", f"{API}/{{id}}/archive", {})
    yield Call("read of an archived one", "GET", f"{API}/{{id}}")
    yield Call("write of an archived one", "PUT", f"{API}/{{id}}", FIRST)
    yield Call("delete", "DELETE", f"{API}/{{other}}")
    yield Call("delete again", "DELETE", f"{API}/{{other}}")
    yield Call("executions", "GET", "/api/v1/executions?workflowId={id}&includeData=true&status=success")


def hold(server: Server) -> list[dict[str, Any]]:
    """The replies of a server without workflows, each with its call's name."""
    kept: dict[str, str] = {}
    replies = []
    for each in conversation():
        body = None if each.body is None else json.loads(_filled(json.dumps(each.body), kept))
        key = {} if each.key == "" or each.path.startswith("/webhook/") else {"X-N8N-API-KEY": each.key or server.key}
        status, reply, _ = call(each.method, server.url + _filled(each.path, kept), body, key)
        kept |= {name: reply.get(field, "") for name, field in each.keeps.items()} if isinstance(reply, dict) else {}
        replies.append({"call": each.name, "status": status, "reply": _read_of(reply)})
    numbered: list[dict[str, Any]] = _numbered(replies)
    return numbered


def _filled(text: str, kept: dict[str, str]) -> str:
    for name, value in kept.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _read_of(value: Any) -> Any:
    """Of a reply, what the adapter and its tests read."""
    if isinstance(value, dict):
        return {name: _read_of(inner) for name, inner in value.items() if name not in UNREAD}
    return [_read_of(inner) for inner in value] if isinstance(value, list) else value


def _numbered(value: Any) -> Any:
    """With ids and times that every server makes anew replaced: the same one by the same text, in the order of their coming."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    for what, form in (("uuid", _UUID), ("time", _TIME), ("id", _ID), ("number", _NUMBER)):
        names: dict[str, str] = {}
        text = form.sub(lambda match: names.setdefault(match[0], f"{what}-{len(names) + 1}"), text)  # noqa: B023 - used at once
    return json.loads(text)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, n8n_server.running(Path(sys.argv[1]).absolute(), Path(folder)) as real:
        RECORDED.write_text(json.dumps(hold(real), indent=1, ensure_ascii=False) + "\n")
