"""Reading what is there, with as few calls as possible: GPTBots by version list, meinGPT by id (by name where there is none)."""

from collections import Counter
from collections.abc import Sequence

from deployer.http.clock import Clock
from deployer.http.executor import BoundedExecutor
from deployer.model.errors import FlowshipError, PlatformError
from deployer.model.observation import LiveDefinition, Missing, NotListable, Observation, ReadFailed, VersionHistory
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.platforms.base import NotReadable
from deployer.platforms.connections import Connections
from deployer.platforms.meingpt.list_cache import ListCache
from deployer.platforms.meingpt.payload import given_name
from deployer.state.base import ADOPTED, DeployRecord, EnvironmentState

WORTH_A_LIST = 2  # workflows of one organisation: fewer are read one by one
NO_SUCH_ID = "Correct `id` in the manifest, or take it out to create a new workflow."
OUT_OF_TIME = ReadFailed("TIME_LIMIT", "The time limit was reached, or the run was stopped, before this workflow could be read.", "Raise `timeout`.")


class Observer:
    """Observes workflows of one environment. A workflow that cannot be read is `Unavailable`; the others go on."""

    def __init__(self, clients: Connections, state: EnvironmentState, policy: Policy) -> None:
        self._clients = clients
        self._state = state
        self._policy = policy
        self._directory = ListCache(clients)
        self._sharing: Counter[tuple[str, str]] = Counter()

    def all(self, workflows: Sequence[Workflow], concurrency: int, clock: Clock) -> dict[str, Observation]:
        """By workflow name."""
        seen: dict[str, Observation] = {}
        meingpt = [workflow for workflow in workflows if workflow.platform == "meingpt" and self._clients.key_of(workflow)]
        self._sharing = Counter(self._directory.address(workflow) for workflow in meingpt)
        for index, result in BoundedExecutor(self.one, clock, concurrency).run(workflows):
            seen[workflows[index].name] = result if isinstance(result, Observation) else OUT_OF_TIME
        return seen

    def one(self, workflow: Workflow) -> Observation:
        if self._clients.key_of(workflow) is None:
            return NotListable("there is no key for it")
        try:
            return self._gptbots(workflow) if workflow.platform == "gptbots" else self._meingpt(workflow)
        except FlowshipError as error:
            return ReadFailed(error.code, error.message, error.fix)

    def _gptbots(self, workflow: Workflow) -> Observation:
        client = self._clients.gptbots(workflow)
        try:
            versions = client.versions()
        except NotReadable as refusal:
            return NotListable(refusal.message, client.identity().id)
        # An empty list names no target: ask, so that two keys of one target are found before the first write.
        target = next((version.bot_id for version in versions if version.bot_id), "") or client.identity().id
        return VersionHistory(versions, target)

    def _meingpt(self, workflow: Workflow) -> Observation:
        host = self._clients.host(workflow)
        known = self._state.of(workflow.name)
        last = known.live or known.draft
        # What was adopted is this one's by the manifest's word alone: an adoption that was dropped again claims nothing.
        id_ = workflow.id or (last.target if last and last.host == host and last.run != ADOPTED else "")
        if id_:
            if last and last.target == id_ and self._untouched(workflow, last):
                return LiveDefinition(id_, {"status": "active", "updated_at": last.updated_at})
            try:
                return LiveDefinition(id_, self._clients.meingpt(workflow).workflow(id_))
            except PlatformError as error:
                if error.code != "WORKFLOW_NOT_FOUND":
                    raise
                if workflow.id:
                    return ReadFailed(error.code, f"meinGPT has no workflow {id_}.", NO_SUCH_ID)
        return self._by_name(workflow)

    def _untouched(self, workflow: Workflow, last: DeployRecord) -> bool:
        """Does the list say that nobody wrote since we did? Then what we recorded is what is there, and one list saves many GETs."""
        if not last.updated_at or self._sharing[self._directory.address(workflow)] < WORTH_A_LIST:
            return False
        try:
            listed = self._directory.with_id(workflow, last.target)
        except FlowshipError:
            return False
        return listed is not None and listed.status == "active" and listed.updated_at == last.updated_at

    def _by_name(self, workflow: Workflow) -> Observation:
        name = given_name(workflow, self._policy)
        found = self._directory.named(workflow, name)
        if not found:
            return Missing()
        if len(found) == 1 and any(intent.action == "create" and intent.attempt == name for intent in self._state.of(workflow.name).open_intents):
            # An earlier run said it would create this name, found none there, and was cut off: this is its work.
            return LiveDefinition(found[0].id, self._clients.meingpt(workflow).workflow(found[0].id))
        ids = ", ".join(summary.id for summary in found)
        return ReadFailed(
            "NAME_TAKEN",
            f"meinGPT already has a workflow named {name!r} ({ids}), and nothing says that it is ours.",
            f"To put yours over {'it' if len(found) == 1 else 'one of them'}, add `id: {found[0].id}` to {workflow.name} in the manifest. "
            f"To keep what is there, take {workflow.name} out of the manifest and run `flowship adopt {found[0].id}`. Else give yours another name.",
        )
