"""What an import leaves out of a file, for its `warning` (docs/contracts/gptbots.md, "Versions")."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from deployer.model.bound_data import bound_ids
from deployer.sandbox.node_validator import NODE_TYPES
from deployer.sandbox.targets_file import DeclaredTarget

_CREDENTIALS = ("authKey", "authSecret", "apiSecrets")


class _Owner(NamedTuple):
    """What a part of a file belongs to: a node, or the file itself."""

    name: str = "the file"
    ids: frozenset[str] = frozenset()


def find_drops(document: Mapping[str, Any] | None, target: DeclaredTarget) -> Iterator[str]:
    """One sentence for each thing that the target's import leaves out; nothing for an opaque file (None)."""
    for part, owner in _parts(document):
        # Credentials that the target has for a node or a plug-in with the same id are filled in again.
        if not owner.ids & target.credentials:
            yield from _cleared_credentials(part, owner.name)
        yield from _dropped_tools(part, owner.name, target.tools)
        yield from _dropped_data(part, owner.name, target.owns)


def _parts(document: Mapping[str, Any] | None) -> Iterator[tuple[Mapping[str, Any], _Owner]]:
    """Every object in the file, without recursion: a file may be nested deeper than Python's stack."""
    pending: list[tuple[Any, _Owner]] = [(document, _Owner())]
    while pending:
        value, owner = pending.pop()
        if isinstance(value, Mapping):
            owner = _owner(value, owner)
            yield value, owner
        items = list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else []
        pending.extend((item, owner) for item in reversed(items))


def _owner(part: Mapping[str, Any], around: _Owner) -> _Owner:
    """A node stands for itself; what has an id inside one belongs to it as well."""
    plugin = part.get("toolApiParam")
    own = (part.get("id"), plugin.get("toolId") if isinstance(plugin, Mapping) else None)
    ids = frozenset(str(id_) for id_ in own if id_)
    if part.get("type") in NODE_TYPES:
        return _Owner(str(part.get("name")), ids)
    return _Owner(around.name, around.ids | ids)


def _cleared_credentials(part: Mapping[str, Any], name: str) -> Iterator[str]:
    if any(part.get(field) for field in _CREDENTIALS):
        yield f"credentials of {name} were cleared"
    plugin = part.get("toolApiParam")
    if isinstance(plugin, Mapping) and any(plugin.get(field) for field in ("headers", "queries")):
        yield f"plugin headers and queries of {name} were cleared"


def _dropped_tools(node: Mapping[str, Any], name: str, valid: frozenset[str] | None) -> Iterator[str]:
    """A blank id stands for a plug-in of another organisation (docs/contracts/flow-format.md, "Nodes")."""
    plugin = node.get("toolApiParam")
    if node.get("type") == "TOOL_API" and isinstance(plugin, Mapping):
        tool = str(plugin.get("toolId") or "").strip()
        if not tool or (valid is not None and tool not in valid):
            yield f"tool {tool or 'without an id'} of {name} belongs to another organisation and was dropped"


def _dropped_data(node: Mapping[str, Any], name: str, owned: frozenset[str] | None) -> Iterator[str]:
    """Nothing for a node that names no knowledge base or table."""
    foreign = [] if owned is None else [id_ for id_ in bound_ids(node) if id_ not in owned]
    if foreign:
        yield f"{str(node['type']).lower()} of {name} belongs to another workflow and was dropped: {', '.join(foreign)}"
