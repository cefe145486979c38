"""GPTBots: Workflows (`.flow`) and Agents (`.bot`), over the calls of docs/contracts/gptbots.md, "Calls".

The key names the target: no id is ever sent, and a client is one target. Errors are `{"code": int, "msg" | "message": text}` under any
HTTP status (docs/contracts/gptbots.md, "Errors").
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from deployer.http.address import base_url
from deployer.http.classify import Expected
from deployer.http.request import LARGE_REPLY_BYTES, Request, file_part
from deployer.http.server_text import plain
from deployer.http.service import Service
from deployer.model.errors import PlatformError, UsageError
from deployer.model.observation import Version
from deployer.model.secret import Redactor, Secret
from deployer.platforms import error_codes
from deployer.platforms.base import Capabilities, Identity, Imported, NotReadable, Run, reported_number
from deployer.platforms.gptbots.error_codes import ERRORS

if TYPE_CHECKING:  # the commands that call nothing need not load it
    from deployer.http.client import Http

CAPABILITIES = Capabilities(drafts=True, versions=True, list=True, delete=False, export=False, run_logs=True, key_is_target=True)
NO_LIST = error_codes.OURS["NO_LIST"]
FINISHED = frozenset({"SUCCEED", "FAILED"})
MAX_WEBHOOKS = 5
MAX_ID_CHARS = 200  # of an id, a version or a status
MAX_LOGS_BYTES = 16 * 1024 * 1024  # a hundred runs, each with its input and output
_MAX_MILLISECONDS = 253_402_300_800_000  # the year 10000
LOGS_FIX = "Run `flowship eval NAME --record`, which needs no logs; or copy runs from the log in the console into a suite by hand."
# Refusals about the key itself, the load or the platform: their own fix holds for every call. Others speak of files and versions.
OF_ANY_CALL = frozenset({"40127", "40348", "40008", "50000", "HTTP 401", "HTTP 429", "HTTP 500", *error_codes.OURS})
_ENDPOINT = re.compile(r"[a-z0-9-]+")


def gptbots_base(endpoint: str = "sg", override: str = "") -> str:
    """`https://api-{endpoint}.gptbots.ai`, or the override. Raises UsageError for an endpoint or address that cannot be."""
    if override:
        return base_url(override, "gptbots-base-url")
    if not _ENDPOINT.fullmatch(endpoint):
        raise UsageError(f"`endpoint` is {endpoint!r}, which is not a GPTBots data centre.", fix="Write a short name such as sg, jp or th.")
    return f"https://api-{endpoint}.gptbots.ai"


def is_success(body: Any) -> bool:
    """Success is JSON with `code` 0, or without one (docs/contracts/gptbots.md, "Errors")."""
    return isinstance(body, dict) and not isinstance(body.get("code"), bool) and body.get("code") in (0, "0", None)


def _error(_status: int, _headers: Mapping[str, str], body: Any) -> tuple[object, Sequence[object]] | None:
    code = body.get("code") if isinstance(body, dict) else None
    if code is None or isinstance(code, bool) or str(code).strip() in ("", "0"):
        return None
    return code, (body.get("msg") or body.get("message"),)


# A code says what happened, whatever HTTP status carries it (docs/contracts/gptbots.md, "Errors"); any other documented one is a refusal.
COUNTS_AS = {**{code: 400 for code in ERRORS if code.isdecimal()}, "50000": 500, "40008": 429, "40127": 401}
SERVICE = Service("gptbots", "GPTBots", _error, lambda code, status: error_codes.look_up(ERRORS, code, status)[1:], COUNTS_AS)


def data_of(body: Any) -> dict[str, Any]:
    data = body.get("data") if isinstance(body, dict) else None
    return data if isinstance(data, dict) else {}


def _text(value: object) -> str:
    """An id or a version as text; "" for anything that is neither text nor number, or too long to be one."""
    text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    return text if len(text) <= MAX_ID_CHARS else ""


class RunWebhook(NamedTuple):
    """A call that GPTBots makes when a run has ended (docs/contracts/gptbots.md, "Calls")."""

    method: str
    url: str
    headers: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The reply to a rollback call: the new version that is a copy of `source_version`."""

    source_version: str
    new_version: str
    created: bool
    released: bool
    warnings: tuple[str, ...] = ()


# The page shows a release's reply with nothing but `code`: without it, it must name the version that is live.
RELEASED = Expected(lambda body: is_success(body) and (body.get("code") is not None or _text(data_of(body).get("version")) != ""))
IMPORTED = Expected(lambda body: is_success(body) and _text(data_of(body).get("version")) != "")
VERSIONS = Expected(lambda body: is_success(body) and isinstance(body.get("data"), list | None) and all(map(_is_version, body.get("data") or ())))
COPIED = Expected(lambda body: is_success(body) and _text(data_of(body).get("new_version")) != "")


class GPTBots:
    """One target. Every method raises PlatformError, Unanswered or Unreachable as `Http.send` does."""

    def __init__(
        self, http: "Http", key: Secret, kind: Literal["workflow", "agent"] = "workflow", *, before_send: Callable[[], None] | None = None
    ) -> None:
        """`before_send`: see `Request`; for the calls that change versions."""
        self._before_send = before_send
        self._http = http
        self._key = key
        self.kind = kind

    def import_version(self, filename: str, content: bytes, description: str) -> Imported:
        """Send a file, which makes a new draft. Not idempotent: each call makes a version, so a lost reply is Unanswered.

        `content` goes out byte for byte; `description` becomes `version_desc` in the list.
        """
        request = Request(
            "POST", self._version("import"), self._key, repeatable=False, form={"versionDesc": description} if description else None,
            files={"file": file_part(filename, content)}, expected=IMPORTED, before_send=self._before_send,
        )  # fmt: skip
        data = data_of(self._http.send(request).body)
        return Imported(_text(data.get("botId")), _text(data.get("version")), _warning(data.get("warning"), Redactor((self._key,))))

    def release(self, version: str) -> str | None:
        """Make a version live. Safe to repeat. The version that was live before, when the platform tells."""
        request = Request(
            "POST", self._version("release"), self._key, repeatable=True, json={"version": version}, expected=RELEASED, before_send=self._before_send
        )
        return _text(data_of(self._http.send(request).body).get("previous_version")) or None

    def versions(self, *, may_be_none: bool = False) -> tuple[Version, ...]:
        """Every version, newest first. Raises NotReadable when this key has no list call, and for a reply without a list, unless there may be
        no version yet (`may_be_none`): then there is none (docs/contracts/gptbots.md, "Errors")."""
        try:
            request = Request("GET", self._version("list"), self._key, repeatable=True, expected=VERSIONS, max_reply_bytes=LARGE_REPLY_BYTES)
            reply = self._http.send(request)
        except PlatformError as error:
            if _is_missing(error):
                raise NotReadable(error.platform, error.message, code=error.code, fix=error.fix, status=error.status) from None
            raise
        rows = reply.body.get("data")
        if rows is None and not may_be_none:
            raise NotReadable(SERVICE.name, NO_LIST.meaning, code="NO_LIST", fix=NO_LIST.fix, status=reply.status)
        return tuple(_read_version(row) for row in rows or () if isinstance(row, dict))

    def roll_back(self, version: str, *, release: bool, new_version: str | None = None, description: str | None = None) -> RolledBack:
        """Copy a version into a new one. Not idempotent."""
        wanted = {"version": version, "release": release, "new_version": new_version, "version_desc": description}
        request = Request(
            "POST", self._version("rollback"), self._key, repeatable=False, expected=COPIED, before_send=self._before_send,
            json={name: value for name, value in wanted.items() if value is not None},
        )  # fmt: skip
        data = data_of(self._http.send(request).body)
        warnings = data.get("warnings")
        return RolledBack(
            source_version=_text(data.get("source_version")) or version,
            new_version=_text(data.get("new_version")),
            created=data.get("created") is not False,
            released=data.get("released") is True,
            warnings=tuple(_warning(warning, Redactor((self._key,))) for warning in warnings) if isinstance(warnings, list) else (),
        )

    def identity(self) -> Identity:
        """Whose key this is. The page names what comes back (entity type and id) but not its fields: the likely ones are read."""
        reply = self._http.send(Request("GET", "/v1/api-key/verify", self._key, repeatable=True, expected=VERIFIED))
        return _identity(reply.body) or Identity("", "")

    def run(self, input: Any, *, user_id: str | None = None, is_async: bool = False, webhook: Sequence[RunWebhook] = ()) -> Run:  # noqa: A002 - the platform's word
        """Run the Workflow. Not idempotent: it costs credits and may act on the world. Agents have no such call: UsageError."""
        if self.kind != "workflow":
            raise UsageError("An Agent cannot be run over this API.", fix="Run a Workflow, or talk to the Agent in the console.")
        if len(webhook) > MAX_WEBHOOKS:
            raise UsageError(f"{len(webhook)} webhooks were given for one run.", fix=f"GPTBots takes {MAX_WEBHOOKS} at most.")
        body: dict[str, Any] = {"input": input}
        body |= {"userId": user_id} if user_id else {}
        body |= {"isAsync": True} if is_async else {}
        body |= {"webhook": [{**hook._asdict(), "headers": dict(hook.headers)} for hook in webhook]} if webhook else {}
        return self._run("/v1/workflow/invoke", body, repeatable=False)

    def run_result(self, run_id: str) -> Run:
        """What became of a run."""
        return self._run("/v1/workflow/query/result", {"workflowRunId": run_id}, repeatable=True)

    def run_logs(self, *, start_ms: int, end_ms: int, page: int = 1, page_size: int = 100) -> tuple[dict[str, Any], ...]:
        """Runs of every kind that began in that time, one page: rows with `log_id`, `workflow_run_id`, and `input` and `output` as JSON texts.

        The page names the rows' fields and not what holds them: a list, or an object with one in it, is read.
        """
        params: dict[str, str | int] = {"conversation_type": "ALL", "start_time": start_ms, "end_time": end_ms, "page": page, "page_size": page_size}
        request = Request("GET", "/v1/workflow/run/logs", self._key, repeatable=True, params=params, expected=LOGS, max_reply_bytes=MAX_LOGS_BYTES)
        try:
            body = self._http.send(request).body
        except PlatformError as error:
            if error.code in OF_ANY_CALL or (error.status or 0) >= 500:
                raise
            raise PlatformError(error.platform, error.message, code=error.code, fix=LOGS_FIX, status=error.status) from None
        return tuple(row for row in _rows(body) or () if isinstance(row, dict))

    def _run(self, path: str, body: dict[str, Any], *, repeatable: bool) -> Run:
        request = Request("POST", path, self._key, repeatable=repeatable, json=body, expected=RUN, max_reply_bytes=LARGE_REPLY_BYTES)
        return _read_run(self._http.send(request).body)

    def _version(self, call: str) -> str:
        return f"/v1/{self.kind}/version/{call}"


def _is_missing(error: PlatformError) -> bool:
    """403, 404 or 405 without a documented code: the call is not for this key. 403200 or 40348 would be about the target."""
    documented = error.code.isdecimal() and error.code in ERRORS
    return not documented and (error.status in (403, 404, 405) or error.code in ("HTTP 403", "HTTP 404", "HTTP 405"))


def _is_version(row: Any) -> bool:
    """False for a version without a name or status, or whose description is no text: which versions there are, which is live, and what made
    them would be unknown. True for a row that is no object: it is passed over."""
    if not isinstance(row, dict):
        return True
    is_named = _text(row.get("version")) != "" and _text(row.get("version_status")) != ""
    times = (row.get("create_time"), row.get("release_time"))
    return is_named and isinstance(row.get("version_desc"), str | None) and not any(isinstance(time, dict | list) for time in times)


def _read_version(row: dict[str, Any]) -> Version:
    return Version(
        version=_text(row.get("version")),
        description=row.get("version_desc") or "",
        published=row.get("version_status") == "PUBLISHED",
        target_id=_text(row.get("bot_id")),
        created_ms=_milliseconds(row.get("create_time")),
        released_ms=_milliseconds(row.get("release_time")),
    )


def _milliseconds(value: object) -> int | None:
    """A time; None for 0 too, which would be 1970, and for what no calendar has."""
    number = reported_number(value)
    return int(number) if number and 0 < number < _MAX_MILLISECONDS else None


def _warning(value: object, redact: Redactor) -> str:
    """What the platform dropped, as one line."""
    if isinstance(value, list):
        return plain("; ".join(filter(None, (_warning(item, redact) for item in value))), redact, max_chars=500)
    return plain(value if isinstance(value, str) else str(value), redact, max_chars=500) if value else ""


def _identity(body: Any) -> Identity | None:
    data = data_of(body) or (body if isinstance(body, dict) else {})
    kind = _first(data, "entityType", "entity_type", "botType", "type").lower()
    target = _first(data, "entityId", "entity_id", "botId", "bot_id", "workflowId", "workflow_id", "agentId", "agent_id", "id")
    return Identity({"bot": "agent"}.get(kind, kind), target) if kind and target else None


VERIFIED = Expected(lambda body: _identity(body) is not None)


def _first(data: dict[str, Any], *names: str) -> str:
    return next((text for name in names if (text := _text(data.get(name)))), "")


def _run_body(body: Any) -> dict[str, Any]:
    """The run itself; a `{code: 0, data: …}` around it is taken off."""
    return (data_of(body) if is_success(body) else None) or (body if isinstance(body, dict) else {})


RUN = Expected(lambda body: _text(_run_body(body).get("status")) != "" or _text(_run_body(body).get("workflowRunId")) != "")


def _rows(body: Any) -> list[Any] | None:
    data = body.get("data", body) if isinstance(body, dict) else body
    listed = next((value for value in data.values() if isinstance(value, list)), None) if isinstance(data, dict) else data
    return listed if isinstance(listed, list) else None


LOGS = Expected(lambda body: _rows(body) is not None)


def _read_run(body: Any) -> Run:
    reply = _run_body(body)
    status = _text(reply.get("status"))
    milliseconds = reported_number(reply.get("workflowExecutionTime"))
    return Run(
        id=_text(reply.get("workflowRunId")),
        status=status,
        finished=status in FINISHED,
        succeeded=status == "SUCCEED",
        output=reply.get("output"),
        version=_text(reply.get("workflowVersion")),
        seconds=None if milliseconds is None else milliseconds / 1000,
        tokens=reported_number(reply.get("totalTokens")),
        cost=reported_number(reply.get("totalCost")),
        raw=reply,
    )
