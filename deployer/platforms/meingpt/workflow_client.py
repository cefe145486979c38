"""`WorkflowClient`: the Python SDK that meinGPT's page shows (docs/contracts/meingpt.md, "Clients").

No such package is published; the page's snippet runs with one import changed:

    from deployer.platforms.meingpt.workflow_client import WorkflowClient
"""

import os
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from deployer.http.client import Http
from deployer.http.clock import Clock
from deployer.model.errors import UsageError
from deployer.model.secret import Redactor, Secret
from deployer.platforms.base import Run
from deployer.platforms.meingpt.client import SERVICE, MeinGPT, meingpt_base

FIELDS = ("name", "description", "trigger", "steps", "variables", "status")  # what a PUT takes


class Record(Mapping[str, Any]):
    """A reply, read by attribute (`workflow.id`) or by key (`workflow["id"]`). Nested objects are Records too.

    A field named like a mapping's own method (`items`, `keys`, `values`, `get`) is read by key.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = dict(data)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._data:
            raise AttributeError(f"The reply has no field {name!r}; it has {', '.join(self._data) or 'none'}.")
        return _wrapped(self._data[name])

    def __getitem__(self, name: str) -> Any:
        return self._data[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return f"Record({self._data!r})"


class WorkflowCalls:
    """`client.workflows`."""

    def __init__(self, api: MeinGPT, origins: dict[str, str]) -> None:
        self._api = api
        self._origins = origins

    def create(self, **definition: Any) -> Record:
        """`name`, `trigger`, `steps`; also `description`, `variables`. The new workflow, with its `id`."""
        return Record({**definition, **self._api.create(definition)})

    def get(self, workflow_id: str) -> Record:
        return Record(self._api.workflow(workflow_id))

    def list(self) -> Iterator[Record]:
        """Every workflow, page after page as they are asked for: `id`, `name`, `status`, `updated_at`."""
        for row in self._api.workflows():
            yield Record({"id": row.id, "name": row.name, "status": row.status, "updated_at": row.updated_at})

    def update(self, workflow_id: str, **changes: Any) -> Record:
        """Change some fields. The page does not say whether an update may be partial: what is there is read, and sent whole."""
        existing = self._api.workflow(workflow_id)
        whole = {name: existing[name] for name in FIELDS if name in existing} | changes
        self._api.update(workflow_id, whole)
        return Record({**existing, **whole})

    def delete(self, workflow_id: str) -> bool:
        """False when it was not there."""
        return self._api.delete(workflow_id)

    def execute(self, workflow_id: str, input: Mapping[str, Any] | None = None) -> Record:  # noqa: A002 - the page's word
        """Start a run; its `id` goes to `client.executions.get`."""
        run = self._api.execute(workflow_id, input or {})
        self._origins[run.id] = workflow_id
        return _execution(run)


class Executions:
    """`client.executions`."""

    def __init__(self, api: MeinGPT, origins: dict[str, str]) -> None:
        self._api = api
        self._origins = origins

    def get(self, execution_id: str, workflow_id: str | None = None) -> Record:
        """How a run stands. The API wants the workflow too: it is remembered for the runs that this client started."""
        origin = workflow_id or self._origins.get(execution_id)
        if origin is None:
            raise UsageError(f"This client did not start the run {execution_id!r}.", fix="Say `workflow_id=` too.")
        return _execution(self._api.execution(origin, execution_id))


class WorkflowClient:
    """`base_url` (or the variable MEINGPT_BASE_URL) names another host. `timeout`: the longest wait for one reply or before a
    new try, in seconds. Raises UsageError for a bad key or address; calls raise `deployer.model.errors.PlatformError`."""

    def __init__(self, api_key: str, base_url: str | None = None, *, timeout: float = 60.0) -> None:
        key = Secret(api_key)
        if not key:
            raise UsageError("`api_key` is empty.", fix="Give an API token of meinGPT.")
        base = meingpt_base(base_url or os.environ.get("MEINGPT_BASE_URL", ""))
        self._http = Http(SERVICE, base, clock=_Patience(timeout), redact=Redactor((key,)), timeouts=(5.0, timeout))
        api = MeinGPT(self._http, key)
        origins: dict[str, str] = {}
        self.workflows = WorkflowCalls(api, origins)
        self.executions = Executions(api, origins)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class _Patience(Clock):
    """A client has no end; no single wait is longer than this."""

    def __init__(self, seconds: float) -> None:
        super().__init__(float("inf"))
        self._longest = seconds

    @property
    def remaining(self) -> float:
        return self._longest


def _execution(run: Run) -> Record:
    return Record({**run.raw, "id": run.id, "status": run.status})


def _wrapped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Record(value)
    return [_wrapped(item) for item in value] if isinstance(value, list) else value
