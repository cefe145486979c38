"""n8n's public API, version 1, as a server describes it at `/api/v1/openapi.yml`: workflows and their executions; and calls of their webhooks.

A write while the workflow is live is live at once; while it is not, it makes a draft, which `activate` makes live. People's edits in the editor
are drafts until they publish them, so that what is live may be older than what `GET` shows as the workflow.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from deployer.platforms.api import Capabilities, Expected, OutcomeUnknown, PlatformError, Request, Secret, Summary, UsageError, mapping, rows
from flowship_n8n.errors import GONE
from flowship_n8n.nodes import NODE_IDS, PREVIEW_NOTE, text

if TYPE_CHECKING:
    from deployer.platforms.api import Http

CAPABILITIES = Capabilities(drafts=False, versions=False, list=True, delete=True, export=True, run_logs=True, key_is_target=False)
KEY_HEADER = "X-N8N-API-KEY"
FIELDS = ("name", "nodes", "connections", "settings")  # what a definition is made of, and all that a write sends
# What the API takes of `settings`, with n8n's default where there is one.
SETTINGS: Mapping[str, Any] = {
    "availableInMCP": False, "callerIds": "", "callerPolicy": "workflowsFromSameOwner", "customTelemetryTags": [], "errorWorkflow": "DEFAULT",
    "executionOrder": None, "executionTimeout": -1, "redactionPolicy": None, "saveDataErrorExecution": "all", "saveDataSuccessExecution": "all",
    "saveExecutionProgress": False, "saveManualExecutions": True, "timeSavedPerExecution": 0, "timezone": "DEFAULT",
}  # fmt: skip
LIVE, EDITED, OFF = "live", "an earlier version is live", "not live"
STATUS = "status"
PAGE_SIZE = 100
MAX_PAGES = 1000
MAX_PAGE_BYTES = 64 * 1024 * 1024  # a hundred workflows with all their nodes, or as many executions with their data


class N8n:
    """The workflows that one API key may see. Every method raises PlatformError, or OutcomeUnknown after a lost reply to a call that writes."""

    def __init__(self, http: "Http", key: Secret, before_send: Callable[[], None] | None) -> None:
        self._http = http
        self._key = key
        self._before_send = before_send

    def workflows(self) -> Iterator[Summary]:
        """Every workflow but the archived ones, which are deleted for whoever looks at the editor."""
        for row in self._pages("/workflows", {"limit": PAGE_SIZE, "excludePinnedData": "true"}):
            if not row.get("isArchived"):
                names = {"updated_at": "updatedAt", "created_at": "createdAt"}
                texts = {ours: text(row.get(theirs)) for ours, theirs in names.items()}
                yield Summary(text(row.get("id")), text(row.get("name")), status_of(row), description=_preview_note(row), **texts)

    def workflow(self, id: str) -> dict[str, Any]:  # noqa: A002 - the platform's word
        """The workflow as it was last written, and with `status` whether that is live. Raises PlatformError for an archived one, as for none."""
        body = self._read(_path(id), WORKFLOW, {"excludePinnedData": "true"})
        if body.get("isArchived"):
            raise PlatformError("n8n", f"{id} is archived.", code=GONE, status=404)
        return {**body, STATUS: status_of(body)}

    def create(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        return dict(self._write("POST", "/workflows", _sent(definition, {}), repeatable=False))

    def update(self, id: str, definition: Mapping[str, Any]) -> None:  # noqa: A002
        """Write it, and make just that version live where it is wanted live and the write alone did not do it.

        A write that n8n refuses, or cannot make live, may have switched off what was live all the same: that is made live again.
        """
        existing = self.workflow(id)
        try:
            self._put(id, definition, existing)
        except OutcomeUnknown:
            raise
        except PlatformError as refused:
            self._restore(id, existing, refused)
            raise

    def _put(self, id_: str, definition: Mapping[str, Any], existing: Mapping[str, Any]) -> None:
        written = self._write("PUT", _path(id_), _sent(definition, existing))
        if definition.get(STATUS) == LIVE and status_of(written) != LIVE:
            self._activate(id_, written["versionId"])

    def _activate(self, id_: str, version: str) -> None:
        self._write("POST", _path(id_, "activate"), {"versionId": version})

    def _restore(self, id_: str, before: Mapping[str, Any], refused: PlatformError) -> None:
        """What was live goes live again, after a write that was refused. Raises PlatformError where that cannot be done."""
        try:
            if before[STATUS] == EDITED:
                self._activate(id_, before["activeVersionId"])
            elif before[STATUS] == LIVE and (now := self.workflow(id_)) and _state(now) != _state(before):
                self._put(id_, before, now)
        except PlatformError as error:
            refused.message = f"{refused.message}. What was live before could not be made live again: {error.message}"

    def delete(self, id: str) -> bool:  # noqa: A002
        self._write("DELETE", _path(id))
        return True

    def executions(self, id: str, number: int) -> Iterator[Mapping[str, Any]]:  # noqa: A002
        """The newest successful executions of a workflow, with what each node gave: `number` of them at most."""
        params: dict[str, str | int] = {"workflowId": id, "status": "success", "includeData": "true", "limit": min(number, PAGE_SIZE)}
        for _, row in zip(range(number), self._pages("/executions", params)):
            yield row

    def call_webhook(self, method: str, path: str, given: Any, secret: Secret | None) -> Any:
        """The answer of the live version's webhook. The API key stays out of it: n8n keeps a call's headers with the execution."""
        body: dict[str, Any] = {"params": mapping(given)} if method in ("GET", "HEAD") else {"json": given}
        key, header = (secret, "Authorization") if secret else (Secret("flowship"), "X-Requested-By")
        request = Request(
            method, f"/webhook/{quote(path)}", key, key_header=header, repeatable=False, expected=ANSWER, max_reply_bytes=MAX_PAGE_BYTES, **body
        )
        return self._http.send(request).body

    def _pages(self, path: str, params: Mapping[str, str | int]) -> Iterator[Mapping[str, Any]]:
        """The rows of a list, page after page, each once."""
        known: set[str] = set()
        cursor = ""
        for _ in range(MAX_PAGES):
            page = self._read(path, LIST, {**params, "cursor": cursor} if cursor else params)
            new = {text(row["id"]): row for row in page["data"] if text(row["id"]) not in known}
            yield from new.values()
            known.update(new)
            cursor = text(page.get("nextCursor"))
            if not (new and cursor):
                return

    def _read(self, path: str, expected: Expected, params: Mapping[str, str | int]) -> Any:
        request = Request(
            "GET", f"/api/v1{path}", self._key, key_header=KEY_HEADER, repeatable=True, params=params, expected=expected,
            max_reply_bytes=MAX_PAGE_BYTES,
        )  # fmt: skip
        return self._http.send(request).body

    def _write(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, repeatable: bool = True) -> Mapping[str, Any]:
        """The workflow that the reply holds."""
        request = Request(
            method, f"/api/v1{path}", self._key, key_header=KEY_HEADER, repeatable=repeatable, json=body, expected=WORKFLOW,
            max_reply_bytes=MAX_PAGE_BYTES, before_send=self._before_send,
        )  # fmt: skip
        written: Mapping[str, Any] = self._http.send(request).body
        return written


def status_of(workflow: Mapping[str, Any]) -> str:
    """Whether what was last written is live, by the ids of the two versions."""
    live = workflow.get("activeVersionId")
    return OFF if not live else LIVE if live == workflow.get("versionId") else EDITED


def usable_settings(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the API takes: exports have more."""
    return {name: value for name, value in mapping(definition.get("settings")).items() if name in SETTINGS}


def _sent(definition: Mapping[str, Any], existing: Mapping[str, Any]) -> dict[str, Any]:
    """What a write sends. n8n keeps a setting that is not sent, so one that is no longer wanted is sent with its default. And it gives new ids to
    nodes without one, the id in a trigger's address among them: those of `existing` are kept."""
    settings = {name: SETTINGS[name] for name in usable_settings(existing) if SETTINGS[name] is not None} | usable_settings(definition)
    ids = {_kind(node): {id_: node[id_] for id_ in NODE_IDS if id_ in node} for node in rows(existing.get("nodes"))}
    nodes = [{**ids.get(_kind(node), {}), **node} for node in rows(definition.get("nodes"))]
    return {"connections": {}, **{name: definition[name] for name in FIELDS if name in definition}, "nodes": nodes, "settings": settings}


def _kind(node: Mapping[str, Any]) -> tuple[str, str]:
    return text(node.get("name")), text(node.get("type"))


def _state(workflow: Mapping[str, Any]) -> dict[str, Any]:
    return {name: workflow.get(name) for name in (*FIELDS, STATUS)}


def _preview_note(row: Mapping[str, Any]) -> str:
    """The text of the note that marks a preview; "" without one."""
    notes = (mapping(node.get("parameters")).get("content") for node in rows(row.get("nodes")) if node.get("name") == PREVIEW_NOTE)
    return text(next(notes, ""))


def _path(*parts: str) -> str:
    """Raises UsageError for an id that would change the path's shape."""
    if any(part.strip() in ("", ".", "..") for part in parts):
        raise UsageError(f"{parts[0]!r} is not an id.", fix="The id of a workflow is the end of its address in n8n's editor.")
    return "/workflows/" + "/".join(quote(part, safe="") for part in parts)


def _has_texts(row: Any, *names: str) -> bool:
    return isinstance(row, dict) and all(isinstance(row.get(name), str) and row[name] for name in names)


def _is_workflow(body: Any) -> bool:
    return _has_texts(body, "id", "name", "versionId") and isinstance(body.get("nodes"), list) and isinstance(body.get("connections"), dict)


WORKFLOW = Expected(_is_workflow)
LIST = Expected(lambda body: isinstance(body, dict) and isinstance(body.get("data"), list) and all(_has_texts(row, "id") for row in body["data"]))
ANSWER = Expected(may_be_empty=True)  # whatever the workflow gives
