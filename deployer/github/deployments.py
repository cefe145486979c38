"""Deployments of the repository: those that hold the state, and those that people see on GitHub's pages. Two tasks, one API.

A Deployment cannot be changed later, only its status (docs/contracts/github-actions.md, "Deployments").
"""

import time
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from deployer.github.api import BOT, Api
from deployer.http import json_values
from deployer.model.errors import OutcomeUnknown, PlatformError

STATE_TASK: Final = "flowship"
UI_TASK: Final = "deploy:flowship"
PAGE_SIZE: Final = 100  # the most that GitHub gives at once
MAX_PROBED: Final = 10  # of the newest, for one that may have been made after all
MAX_RETIRED: Final = 30  # of the newest of an environment
PAUSE_SECONDS: Final = 1.0  # before that look
MAX_DESCRIPTION_CHARS: Final = 140
MAX_PAYLOAD_BYTES: Final = 1024 * 1024  # of one that GitHub gives back as text
SLOW_SECONDS: Final = 1.0  # after a signal a GitHub that took longer is not asked for what is only tidy

UNREADABLE_PAGE: Final = ("ODD_REPLY", "REPLY_TOO_LARGE")

DeploymentState = Literal["in_progress", "success", "failure", "error", "inactive"]


class Deployment(NamedTuple):
    """One row of the list. `ours`: made by this token's own login, or by a job's default token. `payload`: None where it is not ours.
    `created`: an ISO time, "" where GitHub gives none."""

    id: int
    ours: bool
    payload: Any
    environment: str = ""
    created: str = ""


class DeploymentPage(NamedTuple):
    """Newest first. `more`: there are older ones on the next page."""

    rows: tuple[Deployment, ...]
    more: bool


class UiDeployment(NamedTuple):
    """One Deployment that people see. `replaced`: the id of the one in the same environment that it takes the place of, 0 without one."""

    id: int
    replaced: int = 0


class StateDeployments:
    """The Deployments that hold the state, each inactive at once. Anybody with `deployments: write` can post one: see `Deployment.ours`."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def newest(self, environment: str, page: int, size: int = PAGE_SIZE) -> DeploymentPage:
        """One page, from 1; of all environments where `environment` is "". Raises PlatformError; with a code in UNREADABLE_PAGE, without another
        try, where a posted deployment makes the reply unreadable."""
        rows, more = _page(self._api, environment, STATE_TASK, size, page)
        return DeploymentPage(tuple(self._deployment(row) for row in rows), more)

    def _deployment(self, row: Mapping[str, Any]) -> Deployment:
        is_ours = self._is_ours(row.get("creator"))
        environment, created = (text if isinstance(text, str) else "" for text in (row.get("environment"), row.get("created_at")))
        return Deployment(row["id"], is_ours, _payload(row) if is_ours else None, environment, created)

    def post(self, environment: str, ref: str, payload: Mapping[str, Any], description: str) -> None:
        """Make one, and set it inactive. Never twice: after a lost reply it is looked for first. Raises PlatformError."""
        body = {**_body(environment, ref, STATE_TASK, description), "payload": payload, "production_environment": False}
        began = time.monotonic()
        id_ = self._create(environment, body)
        if self._api.clock.stopped and time.monotonic() - began > SLOW_SECONDS:
            return
        try:
            set_status(self._api, id_, "inactive", "a note of Flowship's, not a deploy")
        except PlatformError:
            return  # the payload is posted; only the page of deployments shows it as pending

    def _create(self, environment: str, body: Mapping[str, Any]) -> int:
        for last in (False, True):
            try:
                return _create(self._api, body)
            except OutcomeUnknown as lost:
                id_ = self._find(environment, body["payload"], lost)
                if id_ is not None:
                    return id_
                if last:
                    raise
        raise AssertionError("the second try returns or raises")

    def _find(self, environment: str, payload: object, lost: OutcomeUnknown) -> int | None:
        """The id of the Deployment that holds this payload, None without one. Raises `lost` when that cannot be looked up."""
        if not self._api.pause(PAUSE_SECONDS):
            raise lost
        try:
            rows = self.newest(environment, 1, MAX_PROBED).rows
        except PlatformError:
            raise lost from None
        return next((row.id for row in rows if row.ours and row.payload == payload), None)

    def _is_ours(self, creator: object) -> bool:
        login = creator.get("login") if isinstance(creator, dict) else None
        return isinstance(login, str) and (login == BOT or self._api.acts_as(login))


def begin(api: Api, environment: str, commit: str, description: str, *, transient: bool, log_url: str = "") -> UiDeployment:
    """Make a Deployment that people see, in progress. `transient`: the environment ends, as a preview's does. Raises PlatformError."""
    newest = _page(api, environment, UI_TASK, 1)[0] if transient else ()
    environment_kind = {"transient_environment": transient, "production_environment": not transient}
    id_ = _create(api, {**_body(environment, commit, UI_TASK, description), **environment_kind})
    set_status(api, id_, "in_progress", log_url=log_url)
    return UiDeployment(id_, next((row["id"] for row in newest), 0))


def set_status(api: Api, id_: int, state: DeploymentState, description: str = "", *, log_url: str = "") -> None:
    """Post a Deployment's new status. Raises PlatformError."""
    body = {"state": state, "description": description[:MAX_DESCRIPTION_CHARS]}
    api.post(f"/deployments/{id_}/statuses", {**body, "log_url": log_url} if log_url else body, repeatable=True)


def retire(api: Api, environment: str) -> int:
    """Set the Deployments that people see of an environment inactive: it has ended. Returns their number. Raises PlatformError."""
    rows, _ = _page(api, environment, UI_TASK, MAX_RETIRED)
    for row in rows:
        set_status(api, row["id"], "inactive")
    return len(rows)


def _page(api: Api, environment: str, task: str, size: int, page: int = 1) -> tuple[tuple[dict[str, Any], ...], bool]:
    """Rows of that environment ("" for all) and task, newest first, and whether there are more. Raises PlatformError."""
    wanted = {"task": task, **({"environment": environment} if environment else {})}
    rows = api.get_page("/deployments", **wanted, per_page=size, page=page)
    if not isinstance(rows, list):
        raise PlatformError("github", "GitHub's reply is not a list of deployments.", code="ODD_REPLY")
    # A redirect drops the filters, so they are applied here too.
    kept = (row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), int))
    return tuple(row for row in kept if all(row.get(name) == value for name, value in wanted.items())), len(rows) >= size


def _body(environment: str, ref: str, task: str, description: str) -> dict[str, Any]:
    description = description[:MAX_DESCRIPTION_CHARS]
    return {"ref": ref, "task": task, "environment": environment, "description": description, "auto_merge": False, "required_contexts": []}


def _create(api: Api, body: Mapping[str, Any]) -> int:
    created = api.post("/deployments", body, repeatable=False)
    if isinstance(created, dict) and isinstance(created.get("id"), int):
        return int(created["id"])
    raise PlatformError("github", "GitHub made a deployment without an id in its reply.", code="ODD_REPLY")


def _payload(row: Mapping[str, Any]) -> Any:
    """A row's payload; None for text that is not JSON."""
    payload = row.get("payload")
    if not isinstance(payload, str):
        return payload
    try:
        return json_values.parse(payload.encode(), MAX_PAYLOAD_BYTES)
    except ValueError:
        return None
