"""The graphs of a `.flow`: the outer one, and each `subWorkflow` inside a LOOP or BATCH node. Each is read once, for all rules.

As with edges, lost nodes are counted: a node without an id may be the one that an edge does not find.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from deployer.formats.quoting import shown
from deployer.lint.flow.edges import Edges
from deployer.lint.flow.node_types import LOOP_TYPES, NODE_TYPES
from deployer.lint.rule import Document, once_per_document
from deployer.lint.values import iter_mappings, number_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path

_PARAMETERS = {kind: node_type.param for kind, node_type in NODE_TYPES.items()}
_NO_INBOUND_NEEDED = ("START", "COMMENT", "")
_NO_OUTBOUND_NEEDED = ("END", "NEXT_LOOP", "CONTINUE", "BREAK", "COMMENT", "")


class Node:
    """A node that is a mapping. `id` is "" when it cannot be used, and the text of a number; `kind` is "" when the type is unknown; `param`
    is its parameter object.
    """

    __slots__ = ("_outputs", "_paths", "data", "id", "index", "kind", "param")

    def __init__(self, index: int, data: dict[str, Any]) -> None:
        self._outputs: set[str] | None = None
        self._paths: dict[int, Path] | None = None
        self.index = index
        self.data = data
        name, kind = data.get("id"), data.get("type")
        self.id: str = (name if name.strip() else "") if type(name) is str else number_text(name)
        self.kind: str = kind if type(kind) is str and kind in _PARAMETERS else ""
        param = data.get(_PARAMETERS[self.kind]) if self.kind else None
        self.param: dict[str, Any] | None = param if type(param) is dict else None

    def __str__(self) -> str:
        """For the start of a sentence: ``The LLM node `answer` ``."""
        name = self.id or self.data.get("name")
        if not isinstance(name, str) or not name.strip():
            return f"This {self.kind} node" if self.kind else "This node"
        return f"The {self.kind} node {shown(name)}" if self.kind else f"The node {shown(name)}"

    @property
    def title(self) -> str:
        """For the middle of a sentence: ``the LLM node `answer` ``."""
        return f"t{str(self)[1:]}"

    def path_to(self, mapping: dict[str, Any]) -> Path:
        """The path in this node of a mapping in it. Not for one in a graph inside the node. All paths are found at once, for many calls."""
        if self._paths is None:
            own = {key: value for key, value in self.data.items() if key != "subWorkflow"}
            self._paths = {id(inner): path for path, inner in iter_mappings(own, ()) if inner.get("source") == "NODE"}
        return self._paths[id(mapping)]

    @property
    def output_names(self) -> set[str]:
        """The ids and names in the list of outputs; not those in a field of an output."""
        if self._outputs is None:
            self._outputs = names = set()
            for output in self.get_list("outputs"):
                if type(output) is dict:
                    variable, name = output.get("id"), output.get("name")
                    if type(variable) is str:
                        names.add(variable)
                    if type(name) is str:
                        names.add(name)
        return self._outputs

    def get_list(self, key: str) -> list[Any]:
        """`inputs` or `outputs`, when it is a list; else an empty one."""
        value = self.data.get(key)
        return value if type(value) is list else []


class Graph:
    """A graph as written: `data` may be anything. `holder` is the node around it, in the graph `outer`; None at the top.

    `ids`: the nodes by id (the first of two with the same). `by_type`: the nodes by type, under "" those of an unknown type. `loop_types`: the
    types of the nodes around it. `without_inbound`: nodes that need an edge to them and have none. `order`: ids, each after its predecessors.
    `has_nodes`: the list of nodes exists; `complete`: the list of edges too.
    """

    __slots__ = (
        "by_type", "complete", "data", "edges", "has_nodes", "holder", "ids", "loop_types", "lost_nodes", "nodes", "order", "outer", "path",
        "repeated", "without_inbound",
    )  # fmt: skip

    def __init__(self, path: Path, data: Any, outer: Graph | None = None, holder: Node | None = None) -> None:
        self.path = path
        self.data = data
        self.outer = outer
        self.holder = holder
        self.loop_types: tuple[str, ...] = (*outer.loop_types, holder.kind) if outer and holder else ()
        nodes, edges = (data.get("workflowNodes"), data.get("workflowEdges")) if type(data) is dict else (None, None)
        self.has_nodes = type(nodes) is list
        self.complete = self.has_nodes and type(edges) is list
        self._read_nodes(nodes if type(nodes) is list else [])
        self.edges = Edges(edges if type(edges) is list else [], self.ids, self._closed_ids("START"), self._closed_ids("END"))
        self.order = self.edges.topological_order(self.ids)
        lacking = self._nodes_outside(self.edges.entered, _NO_INBOUND_NEEDED)
        self.without_inbound = lacking if self.complete and len(lacking) > self.edges.without_target else []

    @property
    def is_inner(self) -> bool:
        return self.outer is not None

    @property
    def is_sound(self) -> bool:
        """Whether rules can rely on the edges. If not, another rule reports the mistake."""
        starts = self.by_type.get("START", ())
        lost = self.lost_nodes or self.edges.without_source or self.edges.without_target or self.edges.misplaced
        return not lost and self.complete and len(starts) == 1 and starts[0].id in self.edges.handles

    @property
    def is_regular(self) -> bool:
        """Whether nodes, edges and their order are as an export has them. Of the nodes: that each is a mapping with a known type and an id of its
        own, and that there is one START, and one END at the top."""
        counts_fit = self.complete and not self.lost_nodes and "" not in self.by_type and len(self.by_type["START"]) == 1
        is_sound = counts_fit and (self.is_inner or len(self.by_type["END"]) == 1) and self.edges.is_regular
        return is_sound and len(self.order) == len(self.ids) and not self.without_inbound and not self.without_outbound

    @property
    def without_outbound(self) -> list[Node]:
        """Nodes that need an edge from them and have none."""
        lacking = self._nodes_outside(self.edges.handles.keys(), _NO_OUTBOUND_NEEDED) if self.complete else []
        return lacking if len(lacking) > self.edges.without_source else []

    def _nodes_outside(self, ids: AbstractSet[str], kinds: tuple[str, ...]) -> list[Node]:
        """The nodes whose id is none of these, of other types than these; in the order of the file."""
        outside = {name for name in self.ids.keys() - ids if self.ids[name].kind not in kinds}
        return [node for name, node in self.ids.items() if name in outside] if outside else []

    def reachable_ids(self) -> set[str]:
        """Ids of the START nodes, and of all that they lead to."""
        queue = [node.id for node in self.by_type.get("START", ())]
        reached = set(queue)
        for name in queue:  # grows during the loop
            for target in self.edges.outs.get(name, ()):
                if target not in reached:
                    reached.add(target)
                    queue.append(target)
        return reached

    def node_path(self, node: Node, *more: str | int) -> Path:
        return (*self.path, "workflowNodes", node.index, *more)

    def key_path(self, node: Node, key: str) -> Path:
        """The place of a wrong or missing `key`: its value, or the node's `id` when the node has no such key."""
        return self.node_path(node, key if key in node.data or "id" not in node.data else "id")

    def edge_path(self, index: int, *more: str | int) -> Path:
        return (*self.path, "workflowEdges", index, *more)

    def _read_nodes(self, rows: list[Any]) -> None:
        self.nodes = [Node(index, data) for index, data in enumerate(rows) if type(data) is dict]
        self.by_type: dict[str, list[Node]] = {}
        self.ids: dict[str, Node] = {}
        self.repeated: list[Node] = []
        for node in self.nodes:
            self.by_type.setdefault(node.kind, []).append(node)
            if node.id in self.ids:
                self.repeated.append(node)
            elif node.id:
                self.ids[node.id] = node
        missing = ("START" not in self.by_type) + (not self.is_inner and "END" not in self.by_type)
        self.lost_nodes = len(rows) - len(self.ids) + missing

    def _closed_ids(self, kind: str) -> set[str]:
        """Ids of the nodes that no edge may enter (START) or leave (END): the one of that type, and comments."""
        nodes = self.by_type.get(kind, [])
        if "COMMENT" in self.by_type:
            return {node.id for node in (nodes if len(nodes) == 1 else []) + self.by_type["COMMENT"]}
        return {nodes[0].id} if len(nodes) == 1 else set()


@once_per_document
def read_graphs(document: Document) -> tuple[Graph, ...]:
    """Every graph of the flow, outer first; none without a `workflow`. Parsing has limited how deep they nest."""
    graphs = [Graph(("workflow",), document.data["workflow"])] if "workflow" in document.data else []
    for graph in graphs:  # grows during the loop
        for kind in (*LOOP_TYPES, ""):
            for node in graph.by_type.get(kind, ()):
                inner = node.data.get("subWorkflow")
                if inner is not None and (kind or type(inner) is dict):
                    graphs.append(Graph(graph.node_path(node, "subWorkflow"), inner, graph, node))
    return tuple(graphs)


def nodes_of_type(document: Document, *kinds: str) -> list[tuple[Graph, Node]]:
    """The nodes of those types, graph by graph, and in each in the order of `kinds`; "" is an unknown type."""
    return [(graph, node) for graph in read_graphs(document) for kind in kinds for node in graph.by_type.get(kind, ())]
