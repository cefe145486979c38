"""Deployments in memory, as the state sees them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from deployer.model.errors import PlatformError


class Row(NamedTuple):
    id: int
    ours: bool
    payload: Any
    environment: str
    description: str
    created: str = ""


class Page(NamedTuple):
    rows: list[Row]
    more: bool


class Deployments:
    """What was posted, oldest first. `refuse`: the status that the next calls get, by method."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.reads = 0
        self.refuse: dict[str, int | None] = {}

    def newest(self, environment: str, page: int, size: int = 100) -> Page:
        self.reads += 1
        self._may("newest")
        rows = [row for row in reversed(self.rows) if environment in ("", row.environment)]
        return Page(rows[(page - 1) * size : page * size], len(rows) > page * size)

    def post(self, environment: str, ref: str, payload: Mapping[str, Any], description: str) -> None:
        self._may("post")
        self.add(environment, payload, description=description)

    def add(self, environment: str, payload: object, *, ours: bool = True, description: str = "", created: str = "") -> None:
        self.rows.append(Row(len(self.rows) * 3 + 7, ours, payload, environment, description, created))

    def _may(self, method: str) -> None:
        if method in self.refuse:
            status = self.refuse[method]
            raise PlatformError("github", "GitHub, POST /x: no", code="X", status=status)


@pytest.fixture
def deployments() -> Deployments:
    return Deployments()
