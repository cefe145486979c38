"""Deployments of an environment: listed, and made inactive at once. None can be changed later (docs/contracts/github-actions.md, "Deployments")."""

import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from deployer.github.api import BOT, Api
from deployer.model.errors import OutcomeUnknown, PlatformError

TASK = "flowship"
PAGE = 100  # the most that GitHub gives at once
LOOKED = 10  # of the newest deployments, for one that may have been made after all
PAUSE = 1.0  # seconds before looking
DESCRIPTION = 140  # characters
HURRY = 1.0  # seconds: after a signal a slow GitHub is not asked for what is only tidy


class Deployment(NamedTuple):
    """One row of the list. `ours`: made by this token's own login, or by a job's default token."""

    id: int
    ours: bool
    payload: Any


class RowsPage(NamedTuple):
    """Newest first. `more`: there are older ones on the next page."""

    rows: tuple[Deployment, ...]
    more: bool


class Deployments:
    """Those of one repository with the task `flowship`."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def newest(self, environment: str, page: int, size: int = PAGE) -> RowsPage:
        """One page, from 1. Raises PlatformError."""
        rows = self._api.get("/deployments", environment=environment, task=TASK, per_page=size, page=page)
        if not isinstance(rows, list):
            raise PlatformError("github", "GitHub's list of deployments is none.", code="ODD_REPLY")
        # A redirect forgets what was asked, so the filters are looked after here too.
        return RowsPage(tuple(self._read(row) for row in rows if _is(row, environment)), len(rows) >= size)

    def post(self, environment: str, ref: str, payload: Mapping[str, Any], description: str) -> None:
        """Make one, and say that it is inactive. Never twice: after a lost reply it is looked for first. Raises PlatformError."""
        body = {
            "ref": ref,
            "task": TASK,
            "environment": environment,
            "payload": payload,
            "description": description[:DESCRIPTION],
            "auto_merge": False,
            "required_contexts": [],
            "production_environment": False,
        }
        began = time.monotonic()
        id_ = self._post(environment, body)
        if self._api.clock.stopped and time.monotonic() - began > HURRY:
            return
        try:
            self._api.post(
                f"/deployments/{id_}/statuses", {"state": "inactive", "description": "a note of Flowship's, not a deploy"}, repeatable=True
            )
        except PlatformError:
            return  # it says what it should; only the page of deployments shows it as pending

    def _post(self, environment: str, body: Mapping[str, Any]) -> int:
        for last in (False, True):
            try:
                return _id(self._api.post("/deployments", body, repeatable=False))
            except OutcomeUnknown as lost:
                made = self._look_for(environment, body["payload"], lost)
                if made is not None:
                    return made
                if last:
                    raise
        raise AssertionError("the second try returns or raises")

    def _look_for(self, environment: str, payload: object, lost: OutcomeUnknown) -> int | None:
        """The deployment that holds this payload; None when it is not there. Raises what was lost when nobody can tell."""
        if not self._api.pause(PAUSE):
            raise lost
        try:
            rows = self.newest(environment, 1, LOOKED).rows
        except PlatformError:
            raise lost from None
        return next((row.id for row in rows if row.ours and row.payload == payload), None)

    def _read(self, row: Mapping[str, Any]) -> Deployment:
        payload = row.get("payload")
        if isinstance(payload, str):
            try:
                payload = json.loads(payload)
            except (ValueError, RecursionError):
                payload = None
        return Deployment(row["id"], self._ours(row.get("creator")), payload)

    def _ours(self, creator: object) -> bool:
        """Anybody with `deployments: write` can post under our name; only what a token like ours made counts."""
        if not isinstance(creator, dict) or not isinstance(creator.get("login"), str):
            return False
        return creator["login"] == BOT or self._api.acts_as(creator["login"])


def _id(made: object) -> int:
    if isinstance(made, dict) and isinstance(made.get("id"), int):
        return int(made["id"])
    raise PlatformError("github", "GitHub made a deployment and did not say its id.", code="ODD_REPLY")


def _is(row: object, environment: str) -> bool:
    return isinstance(row, dict) and isinstance(row.get("id"), int) and (row.get("environment"), row.get("task")) == (environment, TASK)
