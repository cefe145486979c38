"""meinGPT: workflows, their runs and webhooks, over the calls of docs/contracts/meingpt.md, "Calls".

There are no drafts: what is written to an active workflow is live at once (docs/contracts/meingpt.md, "There are no drafts").
Errors are `{"error": {"code", "message", "details"}}` (published page) or `{"status": "error", "message"}` (its other pages).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from deployer.http.address import base_url
from deployer.http.classify import Expected, Reply
from deployer.http.request import LARGE_REPLY_BYTES, Request
from deployer.http.service import Service
from deployer.model.errors import OutcomeUnknown, PlatformError, UsageError
from deployer.model.secret import Secret
from deployer.platforms import error_codes
from deployer.platforms.base import Capabilities, Run, Summary, reported_number
from deployer.platforms.meingpt import webhooks
from deployer.platforms.meingpt.error_codes import ERRORS

if TYPE_CHECKING:  # the commands that call nothing need not load it
    from deployer.http.client import Http

GONE_CODES = ("WORKFLOW_NOT_FOUND",)
CAPABILITIES = Capabilities(drafts=False, versions=False, list=True, delete=True, export=True, run_logs=False, key_is_target=False)
HOST = "https://api.meingpt.com"
PER_PAGE = 100
MAX_PAGES = 1000
MAX_LIST_CHARS = 32 * 1024 * 1024  # of all pages: far more than their 100,000 workflows take
MAX_ID_CHARS = 200
_ID = re.compile(r"\w[\w.:-]*", re.ASCII)  # what can be the id of a new workflow
_TEXTS = ("name", "status", "updated_at", "created_at", "description")  # of a row in the list
SUCCEEDED = "completed"
_RESULTS = ("id", "execution_id", "workflow", "workflows")  # what only a good reply holds
ENDED = frozenset({SUCCEEDED, "failed", "error", "cancelled"})  # any other status is "not finished" (docs/contracts/meingpt.md, "Known silences")


def meingpt_base(override: str = "") -> str:
    """The published host, or the override; `/v1` is added by the calls. Raises UsageError for an address that cannot be."""
    return base_url(override, "meingpt-base-url") if override else HOST


def _error(status: int, _headers: Mapping[str, str], body: Any) -> tuple[object, Sequence[object]] | None:
    """A finished run may well have an `error` field: that is a result."""
    if not isinstance(body, dict) or (status < 300 and any(name in body for name in _RESULTS)):
        return None
    error = body.get("error")
    if isinstance(error, dict):
        return error.get("code") or status, (error.get("message"), error.get("details"))
    return (status, (body.get("message"),)) if body.get("status") == "error" else None


SERVICE = Service("meingpt", "meinGPT", _error, lambda code, status: error_codes.look_up(ERRORS, code, status)[1:], {"RATE_LIMIT_EXCEEDED": 429})


class MeinGPT:
    """One organisation. Every method raises PlatformError, Unanswered or Unreachable as `Http.send` does."""

    def __init__(self, http: "Http", key: Secret, *, before_send: Callable[[], None] | None = None) -> None:
        """`before_send`: see `Request`; for the calls that change workflows."""
        self._before_send = before_send
        self._http = http
        self._key = key

    def workflows(self) -> Iterator[Summary]:
        """Every workflow, each once, read page by page. Ends at `total`, at an empty page, at a page that holds nothing new
        (a server that ignores `page`), and after 1,000 pages. `per_page` is only asked for: the server may give fewer.
        Raises PlatformError for a list that has no end of texts."""
        known_ids: set[str] = set()
        chars = 0
        for page in range(1, MAX_PAGES + 1):
            params = {"page": page, "per_page": PER_PAGE}
            body = self._read("/v1/workflows", LISTED, params)
            new = {row.id: row for row in map(_summary, body["workflows"]) if row.id and row.id not in known_ids}
            chars += sum(len(row.id) + sum(len(getattr(row, name)) for name in _TEXTS) for row in new.values())
            if chars > MAX_LIST_CHARS:
                raise PlatformError(SERVICE.name, f"The list of workflows is larger than {MAX_LIST_CHARS >> 20} MiB", code="REPLY_TOO_LARGE")
            yield from new.values()
            known_ids.update(new)
            total = body.get("total")
            if not new or (isinstance(total, int) and len(known_ids) >= total):
                return

    def workflow(self, id: str) -> dict[str, Any]:  # noqa: A002 - the platform's word
        """The whole definition as the platform has it."""
        return {"id": id, **_object(self._read(_path("workflows", id), SHOWN))}

    def create(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Make a workflow: what the platform answered, always with its `id`. Not idempotent.

        The page does not show this reply: without what can be an id in it, the workflow is looked up by its name. Raises Unanswered when
        it was made but its id cannot be found.
        """
        made = _object(self._write("POST", _path("workflows"), definition, repeatable=False).body)
        id_ = made.get("id")
        is_one = isinstance(id_, str) and _id(id_) != "" and _ID.fullmatch(id_) is not None
        return made if is_one else {**made, "id": self._find(str(definition.get("name", "")))}

    def update(self, id: str, definition: Mapping[str, Any]) -> None:  # noqa: A002
        """Replace the definition: send it whole. Live at once when the workflow is active."""
        self._write("PUT", _path("workflows", id), definition)

    def delete(self, id: str) -> bool:  # noqa: A002
        """Delete a workflow. False when it was not there (any more), which is as good."""
        try:
            self._write("DELETE", _path("workflows", id))
        except PlatformError as error:
            if error.status == 404 or error.code in GONE_CODES:
                return False
            raise
        return True

    def execute(self, id: str, input: Mapping[str, Any]) -> Run:  # noqa: A002
        """Start a run. Not idempotent. Ask `execution` for what became of it."""
        path = _path("workflows", id, "execute")
        request = Request(
            "POST", path, self._key, repeatable=False, json={"input": dict(input)}, expected=RUN, bucket="executions",
            max_reply_bytes=LARGE_REPLY_BYTES,
        )  # fmt: skip
        return run_of(self._http.send(request).body)

    def execution(self, workflow_id: str, execution_id: str) -> Run:
        """How a run stands."""
        path = _path("workflows", workflow_id, "executions", execution_id)
        return run_of(self._read(path, RUN))

    def call_webhook(self, webhook: str, payload: object, secret: str) -> Reply:
        """Send a signed body to a webhook trigger, given by id or by its URL on this host. Not idempotent.

        `payload` is sent as JSON; bytes and text as they are. Raises UsageError for a URL elsewhere: the token would go there.
        """
        content = payload if isinstance(payload, bytes) else payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()
        headers = {"Content-Type": "application/json", webhooks.HEADER: webhooks.sign(content, secret)}
        path = _path("webhooks", self._webhook_id(webhook))
        request = Request(
            "POST", path, self._key, repeatable=False, content=content, headers=headers, expected=UNSHOWN, bucket="webhooks",
            max_reply_bytes=LARGE_REPLY_BYTES,
        )  # fmt: skip
        return self._http.send(request)

    def _read(self, path: str, expected: Expected, params: Mapping[str, str | int] | None = None) -> Any:
        request = Request("GET", path, self._key, repeatable=True, params=params, expected=expected, max_reply_bytes=LARGE_REPLY_BYTES)
        return self._http.send(request).body

    def _write(self, method: str, path: str, definition: Mapping[str, Any] | None = None, *, repeatable: bool = True) -> Reply:
        body = None if definition is None else dict(definition)
        request = Request(
            method, path, self._key, repeatable=repeatable, json=body, expected=TAKEN, before_send=self._before_send,
            max_reply_bytes=LARGE_REPLY_BYTES,
        )  # fmt: skip
        return self._http.send(request)

    def _webhook_id(self, webhook: str) -> str:
        start = f"{self._http.base_url}/v1/webhooks/"
        if webhook.startswith(start):
            return webhook.removeprefix(start)
        if "/" in webhook:
            raise UsageError("The webhook's URL is not on this platform's host, and the token goes nowhere else.", fix=f"It starts with {start}")
        return webhook

    def _find(self, name: str) -> str:
        """The id of the one workflow of that name, after a create whose reply did not tell it."""
        problem = "and the list shows no workflow, or more than one, of that name"
        try:
            ids = [row.id for row in self.workflows() if row.name == name]
        except PlatformError as error:
            ids, problem = [], f"and the list could not be read: {error.message}"
        if len(ids) == 1:
            return ids[0]
        message = f"The reply to the create did not tell an id, {problem}"
        fix = "Look in meinGPT for a workflow of that name. If it is there, put its id into the manifest as `id:`."
        raise OutcomeUnknown(SERVICE.name, message, code="ODD_REPLY", fix=fix, probe_seconds=60, absence_is_proof=False)


def _path(*parts: str) -> str:
    """`/v1/…` with every part quoted. Raises UsageError for a part that would change the path's shape."""
    for part in parts:
        if part.strip() in ("", ".", ".."):
            raise UsageError(f"{part!r} is not an id.", fix="A workflow's id looks like wf_123456; `flowship plan` shows it.")
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def _object(body: Any) -> dict[str, Any]:
    """A workflow as replied: itself, or inside `{workflow: …}`."""
    if not isinstance(body, dict):
        return {}
    inner = body.get("workflow")
    return dict(inner) if isinstance(inner, dict) and "id" not in body else dict(body)


def _id(value: object) -> str:
    """An id as text; "" for anything that is neither text nor a whole number, or too long to be one."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if len(text) <= MAX_ID_CHARS else ""


def _is_row(row: Any) -> bool:
    """False for a row whose texts are lists or objects. What is no row at all is passed over."""
    return not (isinstance(row, dict) and any(isinstance(row.get(name), dict | list) for name in _TEXTS))


def _is_workflow(body: Any) -> bool:
    """Whether a workflow has every field, each of the type that the page shows (docs/contracts/meingpt.md, "Definition")."""
    workflow = _object(body)
    trigger, steps = workflow.get("trigger"), workflow.get("steps")
    return (
        isinstance(workflow.get("name"), str)
        and isinstance(workflow.get("status"), str)
        and isinstance(trigger, dict)
        and isinstance(trigger.get("config"), dict | None)
        and isinstance(steps, list)
        and all(isinstance(step, dict) for step in steps)
        and isinstance(workflow.get("description"), str | None)
        and isinstance(workflow.get("updated_at"), str | int | float | None)
        and len(str(workflow.get("updated_at"))) <= MAX_ID_CHARS
    )


def _summary(row: Any) -> Summary:
    fields = row if isinstance(row, dict) else {}
    return Summary(_id(fields.get("id")), **{name: str(fields.get(name) or "") for name in _TEXTS})


def run_of(body: Mapping[str, Any]) -> Run:
    """A run as an execution's reply tells it; a webhook's may be one. Without an id, `id` is ""."""
    status = str(body.get("status") or "")
    milliseconds = reported_number(body.get("duration_ms"))
    return Run(
        id=_id(body.get("execution_id")),
        status=status,
        finished=status in ENDED,
        succeeded=status == SUCCEEDED,
        output=body.get("output"),
        seconds=None if milliseconds is None else milliseconds / 1000,
        raw=body,
    )


LISTED = Expected(lambda body: isinstance(body, dict) and isinstance(body.get("workflows"), list) and all(map(_is_row, body["workflows"])))
SHOWN = Expected(_is_workflow)
RUN = Expected(lambda body: isinstance(body, dict) and _id(body.get("execution_id")) != "")
TAKEN = Expected(bool, may_be_empty=True)  # the page shows no reply; one that holds nothing, `{}`, says nothing
UNSHOWN = Expected(may_be_empty=True)  # the page shows no reply for this call
