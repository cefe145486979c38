"""What the keys of a run lead to, listed once for all that need it: who has a name, and what was not written since."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from deployer.model.errors import FlowshipError
from deployer.model.text import nfc
from deployer.model.workflow import Workflow
from deployer.platforms.base import Connected, Summary


class _Rows(NamedTuple):
    """A list, and what is looked up in it: ten thousand workflows look for theirs in a list of as many."""

    rows: tuple[Summary, ...]
    by_name: Mapping[str, list[Summary]]
    by_id: Mapping[str, Summary]


class Listing:
    """One list for each base URL and key. Safe to use from threads; a failure is kept like a success: asking again would only wait for the
    same one. `workflows`: those that will be looked at, which tells whether a list saves reads."""

    def __init__(self, connections: Connected, workflows: Iterable[Workflow] = ()) -> None:
        self._connections = connections
        self._lists: dict[tuple[str, str], _Rows | FlowshipError] = {}
        self._lock = threading.Lock()
        self._sharing = Counter(map(connections.payer, workflows))

    def host(self, workflow: Workflow) -> str:
        """The base URL of a workflow's target."""
        return self._connections.host(workflow)

    def sharing(self, workflow: Workflow) -> int:
        """How many of the workflows to be looked at are in that workflow's list."""
        return self._sharing[self._connections.payer(workflow)]

    def all(self, workflow: Workflow) -> Sequence[Summary]:
        """Every workflow that the workflow's key leads to. Raises FlowshipError when it cannot be listed."""
        return self._listed(workflow).rows

    def named(self, workflow: Workflow, name: str) -> Sequence[Summary]:
        """The rows of that name."""
        return self._listed(workflow).by_name.get(nfc(name), ())

    def with_id(self, workflow: Workflow, id_: str) -> Summary | None:
        return self._listed(workflow).by_id.get(id_)

    def _listed(self, workflow: Workflow) -> _Rows:
        address = self._connections.payer(workflow)
        with self._lock:
            if address not in self._lists:
                try:
                    self._lists[address] = _indexed(tuple(self._connections.target(workflow).list()))
                except FlowshipError as error:
                    self._lists[address] = error
            rows = self._lists[address]
        if isinstance(rows, FlowshipError):
            raise rows
        return rows


def _indexed(rows: tuple[Summary, ...]) -> _Rows:
    by_name: dict[str, list[Summary]] = {}
    for row in rows:
        by_name.setdefault(nfc(row.name), []).append(row)
    return _Rows(rows, by_name, {row.id: row for row in reversed(rows)})
