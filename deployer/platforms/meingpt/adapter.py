"""meinGPT behind the seam: what its targets add to deploying in place."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from deployer.config.settings import Settings
from deployer.model.choices import Kind
from deployer.model.difference import Difference
from deployer.model.errors import UsageError
from deployer.model.lease import LeaseHolder
from deployer.model.secret import Secret
from deployer.model.workflow import Workflow
from deployer.platforms.base import Caller, KeyCheck
from deployer.platforms.in_place.copies import CopyPerPullRequest
from deployer.platforms.in_place.target import InPlace
from deployer.platforms.meingpt.client import CAPABILITIES, GONE_CODES, SERVICE, MeinGPT, meingpt_base
from deployer.platforms.meingpt.error_codes import ERRORS
from deployer.platforms.meingpt.runs import Execute, Webhook

if TYPE_CHECKING:
    from deployer.http.client import Http

FIELDS = ("name", "description", "trigger", "steps", "variables")  # docs/contracts/meingpt.md, "Definition"


class MeingptTarget(InPlace):
    """A workflow of an organisation: the key leads to all of them."""

    title = "meinGPT"
    fields = FIELDS
    gone_codes = GONE_CODES

    def __init__(self, workflow: Workflow, connect: Callable[[], MeinGPT]) -> None:
        super().__init__(workflow, connect)
        self._client = connect

    def without_added(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Without the address of a webhook (docs/contracts/meingpt.md, "Calls"), and what is empty."""
        kept = {name: value for name, value in definition.items() if value not in (None, "", {}, [])}
        trigger = kept.get("trigger")
        if isinstance(trigger, dict):
            config = {name: value for name, value in (trigger.get("config") or {}).items() if name != "url"}
            kept["trigger"] = {**{name: value for name, value in trigger.items() if name != "config"}, **({"config": config} if config else {})}
        return kept

    def copy_for(self, name: str, holder: LeaseHolder) -> Workflow:
        """The workflow as its preview copy gets it: what starts it by itself becomes a webhook, and its description names the holder."""
        definition: dict[str, Any] = {**(self.workflow.source.definition or {}), "name": name}
        trigger = definition.get("trigger")
        if not (isinstance(trigger, Mapping) and trigger.get("type") == "webhook"):
            definition["trigger"] = {"type": "webhook"}
        definition["description"] = f"{definition.get('description') or ''} {holder}".strip()
        return self.workflow._replace(source=self.workflow.source.overlaid(definition), id="")

    def file_definition(self, body: Mapping[str, Any]) -> dict[str, Any]:
        from deployer.platforms.meingpt.exported import definition_of

        return definition_of(body, self.fields)

    def check_key(self) -> KeyCheck:
        client, id_ = self._client(), self.workflow.id
        if id_:
            return KeyCheck(id_, ("the key works", f"status: {client.workflow(id_).get('status', '')}"))
        number = len({row.name for row in client.workflows()})
        return KeyCheck("", ("the key works", f"{number} workflow{'s' * (number != 1)} in the organisation"))

    def caller(self, through: str, id_: str, secret: Secret | None) -> Caller:
        return Webhook(self._client(), id_, secret) if through == "webhook" and secret else Execute(self._client(), id_)


class Meingpt:
    """The platform, as the registry has it."""

    name = "meingpt"
    title = "meinGPT"
    service = SERVICE
    errors = ERRORS
    capabilities = CAPABILITIES
    previews = CopyPerPullRequest()
    precheck = None

    def base_url(self, settings: Settings, workflow: Workflow | None) -> str:
        return meingpt_base(settings.addresses.meingpt_base_url)

    def target(
        self, workflow: Workflow, http: "Http | None" = None, key: Secret | None = None, before_send: Callable[[], None] | None = None
    ) -> MeingptTarget:
        def connect() -> MeinGPT:
            if http is None or key is None:
                raise UsageError(f"No key for {workflow.name}.")
            return MeinGPT(http, key, before_send=before_send)

        return MeingptTarget(workflow, connect)

    def target_key(self, host: str, workflow: Workflow, key: Secret | None) -> tuple[str, str] | None:
        """The id on its host, where the manifest names one."""
        return (host, workflow.id) if workflow.id else None

    def compare_definitions(self, before: Mapping[str, Any], after: Mapping[str, Any], against: str) -> Difference:
        from deployer.platforms.meingpt.diff import compare

        return compare(before, after, against)

    def file_pattern(self, kind: Kind) -> str:
        return "workflows/{}.yaml"

    def how_to_export(self, kind: Kind, target: str) -> str:
        raise AssertionError("there is a call that exports")

    def sandbox_key(self, workflow: Workflow, place: str, *, preview: bool) -> Secret:
        return Secret("sandbox-flowship-previews" if preview else "sandbox-flowship")


PLATFORM = Meingpt()
