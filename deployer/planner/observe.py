"""Reading what is there, with as few calls as possible: GPTBots by version list, meinGPT by id (by name where there is none)."""

import threading
from collections.abc import Sequence

from deployer.domain.observation import Absent, Definition, Observation, Unavailable, Unreadable, Versions
from deployer.domain.workflow import Workflow
from deployer.errors import FlowshipError, PlatformError
from deployer.ledger.base import State
from deployer.planner.clients import Clients
from deployer.planner.names import given_name
from deployer.planner.policy import Policy
from deployer.planner.pool import Pool
from deployer.platforms.base import NotReadable, Summary
from deployer.platforms.clock import Clock

NO_SUCH_ID = "Correct `id` in the manifest, or take it out to create a new workflow."
OUT_OF_TIME = Unavailable("TIME_LIMIT", "The time limit was reached, or the run was stopped, before this workflow could be read.", "Raise `timeout`.")


class Observer:
    """Observes workflows of one environment. A workflow that cannot be read is `Unavailable`; the others go on."""

    def __init__(self, clients: Clients, state: State, policy: Policy) -> None:
        self._clients = clients
        self._state = state
        self._policy = policy
        self._listed: dict[tuple[str, str], dict[str, list[Summary]] | FlowshipError] = {}
        self._listing = threading.Lock()

    def all(self, workflows: Sequence[Workflow], concurrency: int, clock: Clock) -> dict[str, Observation]:
        """By workflow name."""
        seen: dict[str, Observation] = {}
        for index, result in Pool(self.one, clock, concurrency).run(workflows):
            seen[workflows[index].name] = result if isinstance(result, Observation) else OUT_OF_TIME
        return seen

    def one(self, workflow: Workflow) -> Observation:
        if self._clients.key_of(workflow) is None:
            return Unreadable("there is no key for it")
        try:
            return self._gptbots(workflow) if workflow.platform == "gptbots" else self._meingpt(workflow)
        except FlowshipError as error:
            return Unavailable(error.code, error.message, error.cure)

    def _gptbots(self, workflow: Workflow) -> Observation:
        client = self._clients.gptbots(workflow)
        try:
            versions = client.versions()
        except NotReadable as refusal:
            return Unreadable(refusal.message, client.identity().id)
        # An empty list names no target: ask, so that two keys of one target are found before the first write.
        target = next((version.bot_id for version in versions if version.bot_id), "") or client.identity().id
        return Versions(versions, target)

    def _meingpt(self, workflow: Workflow) -> Observation:
        host = self._clients.host(workflow)
        known = self._state.of(workflow.name)
        last = known.live or known.draft
        id_ = workflow.id or (last.target if last and last.host == host else "")
        if id_:
            try:
                return Definition(id_, self._clients.meingpt(workflow).workflow(id_))
            except PlatformError as error:
                if error.code != "WORKFLOW_NOT_FOUND":
                    raise
                if workflow.id:
                    return Unavailable(error.code, f"meinGPT has no workflow {id_}.", NO_SUCH_ID)
        return self._by_name(workflow)

    def _by_name(self, workflow: Workflow) -> Observation:
        name = given_name(workflow, self._policy)
        found = self._names(workflow).get(name, [])
        if not found:
            return Absent()
        if len(found) == 1 and any(intent.action == "create" and intent.attempt == name for intent in self._state.of(workflow.name).open_intents):
            # An earlier run said it would create this name, found none there, and was cut off: this is its work.
            return Definition(found[0].id, self._clients.meingpt(workflow).workflow(found[0].id))
        ids = ", ".join(summary.id for summary in found)
        return Unavailable(
            "NAME_TAKEN",
            f"meinGPT already has a workflow named {name!r} ({ids}), and nothing says that it is ours.",
            f"To take {'it' if len(found) == 1 else 'one of them'} over, add `id: {found[0].id}` to {workflow.name} in the manifest; "
            "else give yours another name.",
        )

    def _names(self, workflow: Workflow) -> dict[str, list[Summary]]:
        """Every workflow of the organisation by name, listed once for all that need it."""
        key = self._clients.key_of(workflow)
        address = (self._clients.host(workflow), key.reveal() if key else "")
        with self._listing:
            if address not in self._listed:
                self._listed[address] = self._list(workflow)
            listed = self._listed[address]
        if isinstance(listed, FlowshipError):
            raise listed
        return listed

    def _list(self, workflow: Workflow) -> dict[str, list[Summary]] | FlowshipError:
        """A failure is remembered like a success: the next workflow would only wait for the same one."""
        names: dict[str, list[Summary]] = {}
        try:
            for summary in self._clients.meingpt(workflow).workflows():
                names.setdefault(summary.name, []).append(summary)
        except FlowshipError as error:
            return error
        return names
