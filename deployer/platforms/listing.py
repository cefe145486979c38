"""What the keys of a run lead to, listed once for all that need it: who has a name, and what was not written since."""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence

from deployer.model.errors import FlowshipError
from deployer.model.text import nfc
from deployer.model.workflow import Workflow
from deployer.platforms.base import Connected, Summary


class Listing:
    """One list for each base URL and key. Safe to use from threads; a failure is kept like a success: asking again would only wait for the
    same one. `workflows`: those that will be looked at, which tells whether a list saves reads."""

    def __init__(self, connections: Connected, workflows: Iterable[Workflow] = ()) -> None:
        self._connections = connections
        self._lists: dict[tuple[str, str], Sequence[Summary] | FlowshipError] = {}
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
        address = self._connections.payer(workflow)
        with self._lock:
            if address not in self._lists:
                try:
                    self._lists[address] = tuple(self._connections.target(workflow).list())
                except FlowshipError as error:
                    self._lists[address] = error
            rows = self._lists[address]
        if isinstance(rows, FlowshipError):
            raise rows
        return rows

    def named(self, workflow: Workflow, name: str) -> list[Summary]:
        """The rows of that name."""
        return [row for row in self.all(workflow) if nfc(row.name) == nfc(name)]

    def with_id(self, workflow: Workflow, id_: str) -> Summary | None:
        return next((row for row in self.all(workflow) if row.id == id_), None)
