"""Two n8n workflows compared: nodes, the connections between them, and what else there is. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from deployer.platforms.api import Difference, DrawnEdge, PartDifference, Parts, called, changed, mapping, only, pairs, rows, without
from flowship_n8n.nodes import NODE_IDS, text

GRAPH, LAYOUT = ("nodes", "connections"), ("position",)


def compare(before: Mapping[str, Any], after: Mapping[str, Any], against: str) -> Difference:
    """What differs; an empty `before` makes all of it new."""
    parts, keys = Parts(), dict[str, str]()
    parts.values("setting", without(before, GRAPH), without(after, GRAPH))
    for pair in pairs(rows(before.get("nodes")), rows(after.get("nodes"))):
        differing = changed(pair.before, pair.after, (*NODE_IDS, *LAYOUT))
        moved = () if differing else changed(only(pair.before, LAYOUT), only(pair.after, LAYOUT))
        change = parts.part("node", pair, differing, (), moved)
        key = parts.node(called(pair.row), called(pair.row), text(pair.row.get("type")).rpartition(".")[2], change, "")
        keys |= {text(row.get("name")): key for row in (pair.before, pair.after) if row}
    was, now = (dict.fromkeys(_links(each, keys)) for each in (before, after))
    parts.edges += (DrawnEdge(*link, "same" if link in was else "added") for link in now)
    parts.edges += (DrawnEdge(*link, "removed") for link in was if link not in now)
    for edge in parts.edges:
        if edge.change != "same":
            parts.parts.append(PartDifference("edge", "", f"{edge.source} → {edge.target}", edge.label, edge.change))
    return parts.difference(against)


def _links(definition: Mapping[str, Any], keys: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Both ends of each connection, and its output where that is not the first one."""
    for source, outputs in mapping(definition.get("connections")).items():
        for kind, groups in mapping(outputs).items():
            for number, links in enumerate(groups if isinstance(groups, list) else ()):
                targets = [keys[text(link.get("node"))] for link in rows(links) if text(link.get("node")) in keys]
                yield from (
                    (keys[source], target, "" if (kind, number) == ("main", 0) else f"{kind} {number}") for target in targets if source in keys
                )
