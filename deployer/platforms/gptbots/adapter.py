"""GPTBots behind the seam: what its targets add to draft and publish."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from deployer.config.settings import Settings
from deployer.model.bound_data import BOUND_PARAMETERS, bound_ids
from deployer.model.choices import Kind
from deployer.model.difference import Difference
from deployer.model.errors import UsageError
from deployer.model.failure import Failure
from deployer.model.secret import Secret
from deployer.model.workflow import Source, Workflow
from deployer.platforms.base import Caller, KeyCheck, NotReadable, Run
from deployer.platforms.draft_and_publish.slots import SlotPool
from deployer.platforms.draft_and_publish.target import DraftAndPublish
from deployer.platforms.gptbots.account_precheck import AccountPrecheck
from deployer.platforms.gptbots.client import CAPABILITIES, SERVICE, GPTBots, gptbots_base
from deployer.platforms.gptbots.error_codes import ERRORS

if TYPE_CHECKING:
    from deployer.http.client import Http

FORBIDDEN = 403
MAX_NAMES = 5
LISTED = "versions can be listed"
NOT_LISTED = "versions cannot be listed: the recorded state is used instead"


class Invoke:
    """Runs a Workflow for an eval suite. `waits`: the reply comes when the run is over; else it is asked for."""

    per_minute = 0

    def __init__(self, client: GPTBots, *, waits: bool) -> None:
        self._client = client
        self._waits = waits

    def start(self, given: Any) -> Run:
        return self._client.run(given, is_async=not self._waits)

    def result(self, run: Run) -> Run:
        return self._client.run_result(run.id)


class GptbotsTarget(DraftAndPublish):
    """A Workflow or Agent: the key leads to it, and no id is ever sent."""

    gone_codes = ("40348",)
    live_limit_code = "40353"  # docs/contracts/gptbots.md, "Error codes"

    def __init__(self, workflow: Workflow, connect: Callable[[], GPTBots]) -> None:
        super().__init__(workflow, connect)
        self._client = connect

    def limitations(self, before: Source) -> str:
        """What an import into another Workflow drops: the knowledge bases and tables that nodes name, where `preview.set` lays nothing over `before`.
        In words, "" when there is nothing."""
        nodes = dict(_nodes(before.definition))
        names = []
        for path, node in _nodes(self.workflow.source.definition):
            parameter, was = BOUND_PARAMETERS.get(str(node.get("type")), ""), nodes.get(path)
            if any(bound_ids(node)) and was is not None and node.get(parameter) is was.get(parameter):
                names.append(str(node.get("name") or node.get("id")))
        if not names:
            return ""
        listed = ", ".join(names[:MAX_NAMES]) + (f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else "")
        return f"knowledge bases and tables of another Workflow are dropped on import, and `preview.set` maps none for {listed}"

    def check_key(self) -> KeyCheck:
        client, wanted = self._client(), self.workflow.source.kind
        identity = client.identity()
        if identity.kind != wanted:
            message = f"The key is {_with_article(identity.kind)}'s, and {self.workflow.path} is for {_with_article(wanted)}."
            return KeyCheck(identity.id, failure=Failure("403204", message, f"Use the key of the {wanted} that this file belongs to."))
        try:
            versions = client.versions(may_be_none=True)
        except NotReadable as refusal:
            if refusal.status == FORBIDDEN:  # without version management every version call is refused (docs/contracts/gptbots.md, "Hosts and keys")
                return KeyCheck(identity.id, failure=Failure(refusal.code, refusal.message, refusal.fix))
            return KeyCheck(identity.id, (NOT_LISTED, refusal.message))
        live = next((version.version for version in versions if version.published), None)
        number = f"{len(versions)} version{'s' * (len(versions) != 1)}"
        return KeyCheck(identity.id, (LISTED, number, f"live: {live}" if live else "no live version"))

    def caller(self, through: str, id_: str, secret: Secret | None) -> Caller:
        if through == "webhook":
            raise UsageError("`through: webhook` is for meinGPT.", fix="Leave it out, or say `async`.")
        if self.workflow.source.kind != "workflow":
            raise UsageError("An Agent cannot be run over this API.", fix="Take `evals:` out of its entry.")
        return Invoke(self._client(), waits=through == "auto")

    def run_logs(self, start_ms: int, end_ms: int, page_size: int) -> list[Any]:
        return list(self._client().run_logs(start_ms=start_ms, end_ms=end_ms, page_size=page_size))


class Gptbots:
    """The platform, as the registry has it."""

    name = "gptbots"
    title = "GPTBots"
    service = SERVICE
    errors = ERRORS
    capabilities = CAPABILITIES
    previews = SlotPool()
    precheck = AccountPrecheck()

    def base_url(self, settings: Settings, workflow: Workflow | None) -> str:
        return gptbots_base((workflow.endpoint if workflow else "") or settings.addresses.endpoint, settings.addresses.gptbots_base_url)

    def target(
        self, workflow: Workflow, http: "Http | None" = None, key: Secret | None = None, before_send: Callable[[], None] | None = None
    ) -> GptbotsTarget:
        def connect() -> GPTBots:
            if http is None or key is None:
                raise UsageError(f"No key for {workflow.name}.")
            return GPTBots(http, key, workflow.source.kind, before_send=before_send)

        return GptbotsTarget(workflow, connect)

    def target_key(self, host: str, workflow: Workflow, key: Secret | None) -> tuple[str, str] | None:
        """The key's value, on whatever host."""
        return (self.name, key.reveal()) if key else None

    def compare_definitions(self, before: Mapping[str, Any], after: Mapping[str, Any], against: str) -> Difference:
        from deployer.platforms.gptbots.diff import compare

        return compare(before, after, against)

    def sandbox_key(self, workflow: Workflow, place: str, *, preview: bool) -> Secret:
        name = re.sub(r"[^a-z0-9]+", "-", place.replace("\0", " ").lower())
        return Secret(f"sandbox-{workflow.source.kind}-{name if preview else name.strip('-')}-{hashlib.sha256(place.encode()).hexdigest()[:6]}")

    def file_pattern(self, kind: Kind) -> str:
        return "flows/{}.bot" if kind == "agent" else "flows/{}.flow"

    def how_to_export(self, kind: Kind, target: str) -> str:
        what = "Agent" if kind == "agent" else "Workflow"
        return f"GPTBots has no call that exports. 1. In its console open the {what} {target} and export it, without encryption where it asks."


def _nodes(definition: Any) -> Iterator[tuple[tuple[int, ...], Mapping[str, Any]]]:
    """Every node with its place, those of inner graphs too."""
    workflow = definition.get("workflow") if isinstance(definition, Mapping) else None
    yield from _inner_nodes(workflow, ())


def _inner_nodes(graph: Any, place: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Mapping[str, Any]]]:
    nodes = graph.get("workflowNodes") if isinstance(graph, Mapping) else None
    for number, node in enumerate(nodes if isinstance(nodes, list) else ()):
        if isinstance(node, Mapping):
            yield (*place, number), node
            yield from _inner_nodes(node.get("subWorkflow"), (*place, number))


def _with_article(word: str) -> str:
    return f"an {word}" if word[:1] in "aeiou" else f"a {word}"


PLATFORM = Gptbots()
