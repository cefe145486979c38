"""The groups of VARIABLE_AGGREGATE nodes, read once for the rules about them."""

from __future__ import annotations

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import Node, nodes_of_type
from deployer.lint.rule import Document, once_per_document
from deployer.lint.values import number_text
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path


class Group(NamedTuple):
    """A group that is a mapping. `name`: its `groupName`, "" when it is missing, blank or not text."""

    node: Node
    path: Path
    data: dict[str, Any]
    name: str

    @property
    def title(self) -> str:
        """For the start of a sentence: ``The group `reply` ``."""
        return f"The group {shown(self.name)}" if self.name else "This group"


@once_per_document
def read_groups(document: Document) -> tuple[Group, ...]:
    """The groups of all VARIABLE_AGGREGATE nodes, those of a node together."""
    rows = []
    for graph, node in nodes_of_type(document, "VARIABLE_AGGREGATE"):
        groups = node.param.get("groups") if node.param else None
        for index, data in enumerate(groups if isinstance(groups, list) else ()):
            if isinstance(data, dict):
                name = data.get("groupName")
                text = name if isinstance(name, str) and name.strip() else number_text(name)
                rows.append(Group(node, graph.node_path(node, "variableAggregateParam", "groups", index), data, text))
    return tuple(rows)
