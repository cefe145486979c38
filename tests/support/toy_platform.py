"""Toy, a platform of another package: written with `deployer.platforms.api` alone, as docs/platforms.md shows.

A toy flow is JSON with `name`, `note` and `steps`, each of which says a text. There are no drafts: what is written to an active flow is live.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from deployer.platforms.api import (
    LARGE_REPLY_BYTES,
    AddedPlatform,
    Caller,
    Capabilities,
    CopyPerPullRequest,
    Diagnostic,
    Document,
    ErrorInfo,
    Expected,
    InPlace,
    KeyCheck,
    LeaseHolder,
    Request,
    Rule,
    Run,
    Secret,
    Service,
    SourceFormat,
    Summary,
    UsageError,
    Workflow,
    look_up,
)  # fmt: skip

if TYPE_CHECKING:
    from deployer.platforms.api import Http

FORMAT = SourceFormat(
    "toy",
    "Toy",
    "json",
    suffixes={".toy": "workflow"},
    shared_suffixes={".json": "workflow"},
    rule_sets={"workflow": "toy"},
    target_key="id",
    preview_key="key",
    unused_keys={"endpoint": "Toy has one data centre"},
)
ERRORS = {
    "no-key": ErrorInfo("key unknown", "The key is not known.", "Copy the key from Toy's settings again."),
    "no-flow": ErrorInfo("no such flow", "The id names no flow of this key.", "Correct `id` in the manifest."),
}
STEPS = Expected(lambda body: isinstance(body, dict) and isinstance(body.get("name"), str) and isinstance(body.get("steps"), list))
MADE = Expected(lambda body: isinstance(body, dict) and isinstance(body.get("id"), str) and bool(body["id"]))
LISTED = Expected(lambda body: isinstance(body, dict) and isinstance(body.get("flows"), list) and all(isinstance(row, dict) for row in body["flows"]))
RAN = Expected(lambda body: isinstance(body, dict) and isinstance(body.get("state"), str))


def _error(status: int, _headers: Mapping[str, str], body: Any) -> tuple[object, Sequence[object]] | None:
    problem = body.get("problem") if isinstance(body, dict) else None
    return (problem.get("kind") or status, (problem.get("text"),)) if isinstance(problem, dict) else None


SERVICE = Service("toy", "Toy", _error, lambda code, status: look_up(ERRORS, code, status)[1:], {})


class ToyClient:
    """The flows of one key. Every method raises PlatformError as `Http.send` does."""

    def __init__(self, http: "Http", key: Secret, before_send: Callable[[], None] | None) -> None:
        self._http = http
        self._key = key
        self._before_send = before_send

    def workflows(self) -> Iterator[Summary]:
        for row in self._read("/flows", LISTED)["flows"]:
            fields = (("updated_at", "changedAt"), ("created_at", "madeAt"), ("description", "note"))
            texts = {ours: str(row.get(theirs) or "") for ours, theirs in fields}
            yield Summary(str(row.get("id")), str(row.get("name")), str(row.get("active")), **texts)

    def workflow(self, id: str) -> dict[str, Any]:  # noqa: A002
        return {"id": id, **self._read(f"/flows/{id}", STEPS)}

    def create(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        return dict(self._write("POST", "/flows", definition, repeatable=False, expected=MADE))

    def update(self, id: str, definition: Mapping[str, Any]) -> None:  # noqa: A002
        self._write("PUT", f"/flows/{id}", definition)

    def delete(self, id: str) -> bool:  # noqa: A002
        self._write("DELETE", f"/flows/{id}")
        return True

    def run(self, id: str, given: Mapping[str, Any]) -> Run:  # noqa: A002
        body = self._write("POST", f"/flows/{id}/run", given, repeatable=False, expected=RAN)
        return Run(str(body.get("id")), body["state"], finished=True, succeeded=body["state"] == "done", output=body.get("answer"), raw=body)

    def _read(self, path: str, expected: Expected) -> Any:
        request = Request("GET", path, self._key, repeatable=True, expected=expected, key_header="X-Toy-Key", max_reply_bytes=LARGE_REPLY_BYTES)
        return self._http.send(request).body

    def _write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        repeatable: bool = True,
        expected: Expected = Expected(may_be_empty=True),  # noqa: B008 - a value
    ) -> Any:
        request = Request(
            method, path, self._key, repeatable=repeatable, json=None if body is None else dict(body), expected=expected, key_header="X-Toy-Key",
            before_send=self._before_send,
        )  # fmt: skip
        return self._http.send(request).body


class ToyCaller:
    """Runs a flow for an eval suite: the reply comes when the run is over."""

    per_minute = 0

    def __init__(self, client: ToyClient, id_: str) -> None:
        self._client = client
        self._id = id_

    def start(self, given: Any) -> Run:
        return self._client.run(self._id, given if isinstance(given, Mapping) else {"input": given})

    def result(self, run: Run) -> Run:
        return run


class ToyTarget(InPlace):
    """A flow."""

    title = "Toy"
    fields = ("name", "note", "steps")
    gone_codes = ("no-flow",)
    status_field = "active"
    active_status = True
    revision_field = "changedAt"

    def __init__(self, workflow: Workflow, connect: Callable[[], ToyClient]) -> None:
        super().__init__(workflow, connect)
        self._client = connect

    def without_added(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Toy gives an empty note to a flow that has none."""
        return {name: value for name, value in definition.items() if value != ""}

    def copy_for(self, name: str, holder: LeaseHolder) -> Workflow:
        definition = dict(self.workflow.source.definition or {})
        definition |= {"name": name, "note": f"{definition.get('note') or ''} {holder}".strip()}
        return self.workflow._replace(source=self.workflow.source.overlaid(definition), id="")

    def check_key(self) -> KeyCheck:
        return KeyCheck(self.workflow.id, (f"the key works: {len(list(self._client().workflows()))} flows",))

    def caller(self, through: str, version_or_id: str, secret: Secret | None) -> Caller:
        if through != "auto":
            raise UsageError(f"`through: {through}` is not for Toy.", fix="Leave it out.")
        return ToyCaller(self._client(), version_or_id)


def _says_something(document: Document) -> Iterator[Diagnostic]:
    """Each step says something."""
    steps = document.data.get("steps")
    for place, step in enumerate(steps if isinstance(steps, list) else ()):
        if not (isinstance(step, dict) and isinstance(step.get("say"), str) and step["say"]):
            yield Diagnostic(("steps", place), f"Step {place + 1} says nothing.", "Write `say` with a text.")


class Toy(AddedPlatform):
    """The platform, as the entry point gives it."""

    api = 1
    format = FORMAT
    service = SERVICE
    errors = ERRORS
    capabilities = Capabilities(drafts=False, versions=False, list=True, delete=True, export=True, run_logs=False, key_is_target=False)
    previews = CopyPerPullRequest()
    rules = {"toy": (Rule("toy-step-says", "error", "A step that says nothing does nothing.", _says_something),)}  # noqa: RUF012

    def target(
        self, workflow: Workflow, http: "Http | None" = None, key: Secret | None = None, before_send: Callable[[], None] | None = None
    ) -> ToyTarget:
        def connect() -> ToyClient:
            if http is None or key is None:
                raise UsageError(f"No key for {workflow.name}.")
            return ToyClient(http, key, before_send)

        return ToyTarget(workflow, connect)


PLATFORM = Toy()
