"""n8n behind Flowship's seam: what its workflows add to deploying in place."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from deployer.platforms.api import AddedPlatform, CopyPerPullRequest, InPlace, KeyCheck, SourceFormat, UsageError, mapping, rows
from flowship_n8n.client import CAPABILITIES, FIELDS, LIVE, SETTINGS, STATUS, N8n, usable_settings
from flowship_n8n.diff import compare
from flowship_n8n.errors import ERRORS, GONE, SERVICE
from flowship_n8n.nodes import NODE_IDS, preview_nodes, text
from flowship_n8n.rules import RULES
from flowship_n8n.runs import WebhookCaller, logged

if TYPE_CHECKING:
    from deployer.platforms.api import Difference, Http, LeaseHolder, Observed, Policy, Secret, Workflow

FORMAT = SourceFormat(
    "n8n",
    "n8n",
    "json",
    suffixes={},
    shared_suffixes={".json": "workflow"},
    rule_sets={"workflow": "n8n"},
    target_key="id",
    preview_key="key",
    unused_keys={"endpoint": "it names a data centre, and n8n's address stands in `base-urls`"},
)


class N8nTarget(InPlace):
    """A workflow: the API key leads to all that its owner may see."""

    title = "n8n"
    fields = FIELDS
    gone_codes = (GONE,)
    status_field = STATUS
    active_status = LIVE
    revision_field = "updatedAt"

    def __init__(self, workflow: "Workflow", connect: Callable[[], N8n]) -> None:
        super().__init__(workflow, connect)
        self._client = connect

    def body(self, policy: "Policy") -> dict[str, Any]:
        """What a write sends: an export has more, which n8n decides itself."""
        body = super().body(policy)
        return {**{name: body[name] for name in FIELDS if name in body}, "settings": usable_settings(body)}

    def observed(self, id_: str, body: Mapping[str, Any]) -> "Observed":
        """`updatedAt` is as before when another version goes live, or none: then it does not say that nothing was changed."""
        observed = super().observed(id_, body)
        return observed if observed.active else replace(observed, revision=f"{observed.revision}, {body[STATUS]}")

    def observe(self, record: Any, *more: Any) -> "Observed":
        """n8n shows a version as live that it refused. Only what a run read back after its write is known to be live: the rest is written again."""
        observed = super().observe(record, *more)
        return replace(observed, active=observed.active and (record.live is None or self.is_as_left(observed, record.live)))

    def without_added(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Without the ids that n8n gives to nodes, the settings that are as by default or that the API does not take, and what is empty."""
        nodes = [{name: value for name, value in node.items() if name not in NODE_IDS} for node in rows(definition.get("nodes"))]
        settings = {name: value for name, value in usable_settings(definition).items() if value != SETTINGS[name]}
        kept = {**definition, "nodes": nodes, "settings": settings}
        return {name: value for name, value in kept.items() if value not in ("", {}, [], None)}

    def file_definition(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().file_definition(body), "settings": usable_settings(body)}

    def copy_for(self, name: str, holder: "LeaseHolder") -> "Workflow":
        definition: dict[str, Any] = {**(self.workflow.source.definition or {}), "name": name}
        definition["nodes"] = preview_nodes(definition, str(holder), f"preview-{holder.number}-{holder.hash}")
        return self.workflow._replace(source=self.workflow.source.overlaid(definition), id="")

    def check_key(self) -> KeyCheck:
        client, id_ = self._client(), self.workflow.id
        fact = f"status: {client.workflow(id_)[STATUS]}" if id_ else f"workflows: {len(list(client.workflows()))}"
        return KeyCheck(id_, ("the key works", fact))

    def caller(self, through: str, version_or_id: str, secret: "Secret | None") -> WebhookCaller:
        if through == "async":
            raise UsageError("`through: async` is not for n8n: its API starts no runs.", fix="Leave it out: the workflow's webhook is called.")
        return WebhookCaller(self._client(), version_or_id, secret)

    def run_logs(self, start_ms: int, end_ms: int, page_size: int) -> list[Any]:
        """The newest executions: of the id in the manifest, else of the one workflow of that name."""
        client, name = self._client(), mapping(self.workflow.source.definition).get("name")
        ids = [self.workflow.id] if self.workflow.id else [row.id for row in client.workflows() if row.name == name]
        runs = client.executions(ids[0], page_size) if len(ids) == 1 else ()
        start, end = (datetime.fromtimestamp(ms / 1000, UTC).isoformat()[:19] for ms in (start_ms, end_ms))
        return [logged(run) for run in runs if start <= text(run.get("startedAt"))[:19] <= end]


class Platform(AddedPlatform):
    """The platform, as the entry point gives it."""

    api = 1
    format = FORMAT
    service = SERVICE
    errors = ERRORS
    capabilities = CAPABILITIES
    previews = CopyPerPullRequest()
    rules = {"n8n": RULES}  # noqa: RUF012 - of the class

    def target(
        self, workflow: "Workflow", http: "Http | None" = None, key: "Secret | None" = None, before_send: Callable[[], None] | None = None
    ) -> N8nTarget:
        def connect() -> N8n:
            if http is None or key is None:
                raise UsageError(f"No key for {workflow.name}.")
            return N8n(http, key, before_send)

        return N8nTarget(workflow, connect)

    def compare_definitions(self, before: Mapping[str, Any], after: Mapping[str, Any], against: str) -> "Difference":
        return compare(before, after, against)


PLATFORM = Platform()
