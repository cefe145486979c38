"""The nodes of an n8n workflow: which of them start it, and what a preview's copy has in place of them."""

from collections.abc import Mapping
from typing import Any

from deployer.platforms.api import mapping, rows

WEBHOOK = "n8n-nodes-base.webhook"
NOTE = "n8n-nodes-base.stickyNote"
PREVIEW_NOTE = "Flowship preview"
OLD_TRIGGERS = ("n8n-nodes-base.cron", "n8n-nodes-base.emailReadImap", "n8n-nodes-base.interval", "n8n-nodes-base.start", WEBHOOK)
NODE_IDS = ("id", "webhookId")  # of a node: n8n makes them where a file has none
ANSWERING = ("lastNode", "responseNode")  # `responseMode` of a webhook that answers when the execution is over


def text(value: object) -> str:
    """The value; "" when it is no text."""
    return value if isinstance(value, str) else ""


def is_trigger(node: Mapping[str, Any]) -> bool:
    """Whether a workflow can start with it."""
    type_ = text(node.get("type"))
    return type_ in OLD_TRIGGERS or type_.lower().endswith("trigger")


def webhook_of(definition: Mapping[str, Any]) -> dict[str, Any] | None:
    """The parameters of the first webhook that is switched on."""
    nodes = (node for node in rows(definition.get("nodes")) if node.get("type") == WEBHOOK and not node.get("disabled"))
    return next((mapping(node.get("parameters")) for node in nodes), None)


def preview_nodes(definition: Mapping[str, Any], holder: str, path: str) -> list[Any]:
    """The nodes of a preview's copy. It never starts by itself: each trigger becomes a webhook at a path of its own, below `path`. And a note says
    whose preview it is, with `holder` at its end."""
    nodes = [_called_only(node, f"{path}-{place}") if is_trigger(node) else node for place, node in enumerate(rows(definition.get("nodes")), 1)]
    content = f"A preview made by Flowship, deleted with its pull request. {holder}"
    return [*nodes, {"name": PREVIEW_NOTE, "type": NOTE, "typeVersion": 1, "position": [0, -200], "parameters": {"content": content}}]


def _called_only(node: Mapping[str, Any], path: str) -> dict[str, Any]:
    is_webhook = node.get("type") == WEBHOOK
    kept = {name: value for name, value in node.items() if name in ("id", "name", "position", "disabled")}
    parameters = {**mapping(node.get("parameters")), "path": path} if is_webhook else {"path": path, "httpMethod": "POST", "responseMode": "lastNode"}
    more = {name: node[name] for name in ("credentials", "typeVersion") if is_webhook and name in node}
    return {**kept, "type": WEBHOOK, "typeVersion": 2, "parameters": parameters, **more}
