"""What is wrong in an n8n workflow's file, found before n8n sees it."""

import re
from collections.abc import Iterator

from deployer.platforms.api import Diagnostic, Document, Rule, mapping, rows
from flowship_n8n.client import SETTINGS
from flowship_n8n.nodes import is_trigger, text

SECRET_NAMES = re.compile(r"(?i)(api[-_ ]?key|authorization|password|passwd|secret|token)\Z")
BY_HAND = ("@n8n/n8n-nodes-langchain.manualChatTrigger", "n8n-nodes-base.manualTrigger")  # only in the editor
USE_CREDENTIAL = "Keep it in a credential of n8n, and choose that in the node."


def nodes(document: Document) -> Iterator[Diagnostic]:
    """`nodes` is a list of objects, each with a name and a type; `connections` is an object."""
    data = document.data
    if not isinstance(data.get("nodes"), list):
        yield Diagnostic(("nodes",), "`nodes` is no list.", "Export the workflow again from n8n's editor.")
    if not isinstance(data.get("connections"), dict):
        yield Diagnostic(("connections",), "`connections` is no object.", "Export the workflow again from n8n's editor.")
    for place, node in enumerate(data.get("nodes") if isinstance(data.get("nodes"), list) else ()):
        for field in ("name", "type"):
            if not text(mapping(node).get(field)):
                yield Diagnostic(("nodes", place), f"Node {place + 1} has no `{field}`.", f"Add `{field}`, a text.")


def node_names(document: Document) -> Iterator[Diagnostic]:
    """Connections and expressions go by the names of nodes."""
    first: dict[str, int] = {}
    nodes = document.data.get("nodes")
    for place, node in enumerate(nodes if isinstance(nodes, list) else ()):
        name = text(mapping(node).get("name"))
        if name in first:
            related = (("nodes", first[name], "name"), "the first one is here")
            yield Diagnostic(("nodes", place, "name"), f"Two nodes are named {name!r}.", "Give one of them another name.", related=related)
        elif name:
            first[name] = place


def connections(document: Document) -> Iterator[Diagnostic]:
    """Both ends of a connection are nodes of this workflow."""
    names = {text(node.get("name")) for node in rows(document.data.get("nodes"))}
    for source, outputs in mapping(document.data.get("connections")).items():
        if source not in names:
            yield Diagnostic(("connections", source), f"No node is named {source!r}.", "Correct the name, or remove the connection.", at_key=True)
        for kind, groups in mapping(outputs).items():
            yield from _missing_targets(("connections", source, kind), groups, names)


def _missing_targets(path: tuple[str | int, ...], groups: object, names: set[str]) -> Iterator[Diagnostic]:
    for output, links in enumerate(groups if isinstance(groups, list) else ()):
        for place, link in enumerate(links if isinstance(links, list) else ()):
            target = text(mapping(link).get("node"))
            if target not in names:
                place_of = (*path, output, place, "node")
                yield Diagnostic(place_of, f"No node is named {target!r}.", "Correct the name, or remove the connection.")


def trigger(document: Document) -> Iterator[Diagnostic]:
    """n8n makes no workflow live that nothing can start."""
    nodes = rows(document.data.get("nodes"))
    if not any(is_trigger(node) and node.get("type") not in BY_HAND and not node.get("disabled") for node in nodes):
        yield Diagnostic(("nodes",), "No node starts this workflow.", "Add a trigger, such as a Webhook or Schedule node.")


def settings(document: Document) -> Iterator[Diagnostic]:
    """A setting that only n8n's editor can change stays as it is on the server."""
    for name in mapping(document.data.get("settings")):
        if name not in SETTINGS:
            fix = "Remove it, and set it in n8n's editor where it matters."
            yield Diagnostic(("settings", name), f"n8n's API does not take the setting {name!r}: it is not sent.", fix, at_key=True)


def secrets(document: Document) -> Iterator[Diagnostic]:
    """A secret in a node's parameters is in git, in each execution, and in each export."""
    nodes = document.data.get("nodes")
    for place, node in enumerate(nodes if isinstance(nodes, list) else ()):
        yield from _secrets(("nodes", place, "parameters"), mapping(node).get("parameters"))


def _secrets(path: tuple[str | int, ...], value: object) -> Iterator[Diagnostic]:
    """Of a parameter by its key, or of a pair `{name, value}`, as HTTP nodes keep headers and queries."""
    if isinstance(value, dict):
        pair = text(value.get("name"))
        for key, inner in value.items():
            name = pair if key == "value" and pair else key
            if SECRET_NAMES.search(name) and _is_literal(inner):
                yield Diagnostic((*path, key), f"A literal stands where {name} belongs.", USE_CREDENTIAL)
            else:
                yield from _secrets((*path, key), inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _secrets((*path, place), inner)


def _is_literal(value: object) -> bool:
    """Whether it is a text that is no expression, and long enough to be a secret."""
    return (
        isinstance(value, str) and not value.startswith("=") and len(value) >= 8 and " " not in value.removeprefix("Bearer ").removeprefix("Basic ")
    )


RULES = (
    Rule("n8n-nodes", "error", "n8n refuses a workflow of another shape.", nodes, refused_by_platform=True),
    Rule("n8n-node-name-unique", "error", "Connections and expressions go by the names of nodes.", node_names),
    Rule("n8n-connection-node", "error", "A connection to a node that does not exist does nothing.", connections),
    Rule("n8n-trigger", "error", "n8n makes no workflow live that nothing can start.", trigger),
    Rule("n8n-setting", "info", "What is not sent differs from the file, unnoticed.", settings),
    Rule("n8n-secret", "warning", "A secret in git is readable by everyone with access to the repository.", secrets),
)
