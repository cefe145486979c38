"""Nodes of a `.flow` with unusual positions, ids, names, parameters or inputs, collected in one walk for the rules about them."""

from __future__ import annotations

from deployer.formats.quoting import shown
from deployer.lint.flow.graph import Graph, Node, read_graphs
from deployer.lint.flow.node_types import NODE_TYPES
from deployer.lint.rule import Document, once_per_document
from deployer.model.named_tuple import NamedTuple

INPUT_SOURCES = ("DIRECT", "NODE", "ENV", "GLOBAL")
_NUMBERS = (int, float)


class InputItem(NamedTuple):
    """Item number `place` of a node's `inputs`."""

    graph: Graph
    node: Node
    place: int
    value: object


class IrregularNodes(NamedTuple):
    """`positions`: nodes whose `x` or `y` is not a number. `numeric`: nodes with a number as `id` or `name`. `input_lists`: nodes whose
    `inputs` are something else than a list. `inputs`: items that are not mappings, or have none of `INPUT_SOURCES`. `parameters`: nodes without
    the parameter object of their type, or with something else in its place. `names`: graphs in which not every node has a name of its own, as text.
    """

    positions: list[tuple[Graph, Node]]
    numeric: list[tuple[Graph, Node]]
    input_lists: list[tuple[Graph, Node]]
    inputs: list[InputItem]
    parameters: list[tuple[Graph, Node]]
    names: list[Graph]


@once_per_document
def find_irregular_nodes(document: Document) -> IrregularNodes:
    irregular = IrregularNodes([], [], [], [], [], [])
    for graph in read_graphs(document):
        if len(_collect_irregular(graph, irregular)) < len(graph.nodes):
            irregular.names.append(graph)
    return irregular


def _collect_irregular(graph: Graph, irregular: IrregularNodes) -> set[str]:
    """Add the graph's irregular nodes to `irregular`. Returns the names of its nodes that are text and not blank."""
    names = set()
    for node in graph.nodes:
        get = node.data.get
        name, inputs = get("name"), get("inputs")
        if type(get("x")) not in _NUMBERS or type(get("y")) not in _NUMBERS:
            irregular.positions.append((graph, node))
        if type(name) is str and name.strip():
            names.add(name)
        if type(name) in _NUMBERS or type(get("id")) in _NUMBERS:
            irregular.numeric.append((graph, node))
        if type(inputs) is list:
            for index, item in enumerate(inputs):
                if type(item) is not dict or item.get("source") not in INPUT_SOURCES:
                    irregular.inputs.append(InputItem(graph, node, index, item))
        elif inputs is not None:
            irregular.input_lists.append((graph, node))
        if node.param is None and _lacks_parameter(node):
            irregular.parameters.append((graph, node))
    return names


def _lacks_parameter(node: Node) -> bool:
    """Of a node without a parameter object: whether its type has one, and needs it; or it has something else there."""
    node_type = NODE_TYPES.get(node.kind)
    return node_type is not None and node_type.param != "" and not (node_type.optional and node.data.get(node_type.param) is None)


def input_title(item: dict[str, object]) -> str:
    """For the start of a sentence: ``The input `ticket` ``."""
    name = item.get("name")
    return f"The input {shown(name)}" if isinstance(name, str) and name.strip() else "This input"
