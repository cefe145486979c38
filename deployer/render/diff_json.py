"""What changed inside a workflow, as JSON and read back from it. A field that is not there on one side has no `before`, or no `after`."""

from collections.abc import Mapping
from typing import Any

from deployer.model.difference import ABSENT, Difference, Edge, FieldDifference, Graph, Node, PartDifference

SAME = "same"


def as_json(difference: Difference | None) -> dict[str, Any] | None:
    """`against` is null where nobody can tell what was there, "" where nothing was."""
    if difference is None:
        return None
    return {
        "against": difference.against if difference.known else None,
        "layout_only": difference.layout_only,
        "parts": [_part(part) for part in difference.parts],
        "graph": {
            "nodes": [_drawn(node._asdict(), "inside") for node in difference.graph.nodes],
            "edges": [_drawn(edge._asdict(), "label") for edge in difference.graph.edges],
        },
    }


def read(data: Mapping[str, Any] | None) -> Difference | None:
    """The difference that this JSON, which follows the schema, is."""
    if data is None:
        return None
    graph = Graph(
        tuple(Node(**{name: each[name] for name in Node._fields if name in each}) for each in data["graph"]["nodes"]),
        tuple(Edge(**{name: each[name] for name in Edge._fields if name in each}) for each in data["graph"]["edges"]),
    )
    parts = tuple(_read_part(each) for each in data["parts"])
    return Difference(data["against"] or "", parts, graph, known=data["against"] is not None)


def _part(part: PartDifference) -> dict[str, Any]:
    return {**part._asdict(), "fields": [_field(field) for field in part.fields], "inside": list(part.inside)}


def _field(field: FieldDifference) -> dict[str, Any]:
    return {name: value for name, value in field._asdict().items() if value is not ABSENT}


def _drawn(values: dict[str, str], mostly_empty: str) -> dict[str, str]:
    """Most nodes are as they were, and at the top; most edges have no label."""
    return {name: value for name, value in values.items() if (name, value) not in ((mostly_empty, ""), ("change", SAME))}


def _read_part(data: Mapping[str, Any]) -> PartDifference:
    fields = tuple(FieldDifference(each["path"], each.get("before", ABSENT), each.get("after", ABSENT)) for each in data["fields"])
    return PartDifference(data["kind"], data["id"], data["name"], data["type"], data["change"], fields, tuple(data["inside"]))
