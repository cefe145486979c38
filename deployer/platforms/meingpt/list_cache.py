"""meinGPT's list of workflows, read once for all that need it: who has a name, and what nobody wrote to since."""

import threading
from collections.abc import Mapping, Sequence

from deployer.model.errors import FlowshipError
from deployer.model.workflow import Workflow
from deployer.platforms.base import Summary
from deployer.platforms.connections import Connections


class ListCache:
    """One list for each base URL and key. Safe to use from threads; a failure is remembered like a success: asking again would only
    wait for the same one."""

    def __init__(self, clients: Connections) -> None:
        self._clients = clients
        self._lists: dict[tuple[str, str], Sequence[Summary] | FlowshipError] = {}
        self._lock = threading.Lock()

    def all(self, workflow: Workflow) -> Sequence[Summary]:
        """Every workflow of the workflow's organisation."""
        return self._list(workflow)

    def named(self, workflow: Workflow, name: str) -> list[Summary]:
        """The workflows of that name in the workflow's organisation."""
        return [summary for summary in self._list(workflow) if summary.name == name]

    def with_id(self, workflow: Workflow, id_: str) -> Summary | None:
        return self._by_id(workflow).get(id_)

    def _by_id(self, workflow: Workflow) -> Mapping[str, Summary]:
        return {summary.id: summary for summary in self._list(workflow)}

    def _list(self, workflow: Workflow) -> Sequence[Summary]:
        address = self.address(workflow)
        with self._lock:
            if address not in self._lists:
                try:
                    self._lists[address] = tuple(self._clients.meingpt(workflow).workflows())
                except FlowshipError as error:
                    self._lists[address] = error
            listed = self._lists[address]
        if isinstance(listed, FlowshipError):
            raise listed
        return listed

    def address(self, workflow: Workflow) -> tuple[str, str]:
        """What two workflows of one organisation share: base URL and key."""
        key = self._clients.key_of(workflow)
        return self._clients.host(workflow), key.reveal() if key else ""
