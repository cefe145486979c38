"""The graphs of a `.flow`: the outer one, and each `subWorkflow` inside a LOOP or BATCH node. Each is read once, for all rules.

As with edges, what is lost is counted: a node without an id may be the one that an edge does not find.
"""

from collections.abc import Iterator
from typing import Any

from deployer.formats.positions import Path
from deployer.formats.quoting import shown
from deployer.lint.flow.edges import Edges
from deployer.lint.flow.node_types import HOLDERS, NODE_TYPES
from deployer.lint.rule import Document

_PARAMETERS = {kind: each.param for kind, each in NODE_TYPES.items()}
_NO_INBOUND_NEEDED = ("START", "COMMENT", "")
_NO_OUTBOUND_NEEDED = ("END", "NEXT_LOOP", "CONTINUE", "BREAK", "COMMENT", "")


class Node:
    """A node that is a mapping. `id` is "" when it cannot be used, `kind` when the type is unknown; `param` is its parameter object."""

    __slots__ = ("data", "id", "index", "kind", "param")

    def __init__(self, index: int, data: dict[str, Any]) -> None:
        self.index = index
        self.data = data
        name, kind = data.get("id"), data.get("type")
        self.id: str = name if type(name) is str and name.strip() else ""
        self.kind: str = kind if type(kind) is str and kind in _PARAMETERS else ""
        param = data.get(_PARAMETERS[self.kind]) if self.kind else None
        self.param: dict[str, Any] | None = param if type(param) is dict else None

    def __str__(self) -> str:
        """For the start of a sentence: ``The LLM node `answer` ``."""
        name = self.id or self.data.get("name")
        if not isinstance(name, str) or not name.strip():
            return f"This {self.kind} node" if self.kind else "This node"
        return f"The {self.kind} node {shown(name)}" if self.kind else f"The node {shown(name)}"


def listed(node: Node, key: str) -> list[Any]:
    """`inputs` or `outputs`, when it is a list; else none."""
    found = node.data.get(key)
    return found if type(found) is list else []


class Graph:
    """A graph as written: `data` may be anything. `holder` is the node around it, in the graph `outer`; None at the top.

    `ids`: the nodes by id (the first, when two have the same). `of`: the nodes by type, under "" those of an unknown type. `lacking`: nodes
    that need an edge to them and have none. `order`: ids, each after all that lead to it. `has_nodes`: that list is there; `complete`: that of
    edges too.
    """

    __slots__ = (
        "around", "complete", "data", "edges", "has_nodes", "holder", "ids", "lacking", "lost_nodes", "nodes", "of", "order", "outer", "path",
        "repeated",
    )  # fmt: skip

    def __init__(self, path: Path, data: Any, outer: "Graph | None" = None, holder: Node | None = None) -> None:
        self.path = path
        self.data = data
        self.outer = outer
        self.holder = holder
        self.around: tuple[str, ...] = (*outer.around, holder.kind) if outer and holder else ()
        nodes, edges = (data.get("workflowNodes"), data.get("workflowEdges")) if type(data) is dict else (None, None)
        self.has_nodes = type(nodes) is list
        self.complete = self.has_nodes and type(edges) is list
        self._read_nodes(nodes if type(nodes) is list else [])
        self.edges = Edges(edges if type(edges) is list else [], self.ids, self._closed("START"), self._closed("END"))
        self.order = self.edges.order(self.ids)
        lacking = [node for name, node in self.ids.items() if name not in self.edges.entered and node.kind not in _NO_INBOUND_NEEDED]
        self.lacking = lacking if self.complete and len(lacking) > self.edges.without_target else []

    @property
    def inner(self) -> bool:
        return self.outer is not None

    @property
    def joined(self) -> bool:
        """Whether what leads where can be relied upon. Where not, another rule has told the mistake."""
        starts = self.of.get("START", ())
        lost = self.lost_nodes or self.edges.without_source or self.edges.without_target or self.edges.misplaced
        return not lost and self.complete and len(starts) == 1 and starts[0].id in self.edges.handles

    @property
    def above_all(self) -> str:
        """The id of START, when it leads to every node that has an edge; else ""."""
        clear = self.joined and not self.lacking and len(self.order) == len(self.ids)
        return self.of["START"][0].id if clear else ""

    @property
    def dead_ends(self) -> list[Node]:
        """Nodes that need an edge from them and have none."""
        if not self.complete or len(self.edges.handles) >= len(self.ids):
            return []
        found = [node for name, node in self.ids.items() if name not in self.edges.handles and node.kind not in _NO_OUTBOUND_NEEDED]
        return found if len(found) > self.edges.without_source else []

    def reached(self) -> set[str]:
        """Ids of the START nodes, and of all that they lead to."""
        waiting = [node.id for node in self.of.get("START", ())]
        found = set(waiting)
        for each in waiting:  # grows while it is gone through
            for target in self.edges.outs.get(each, ()):
                if target not in found:
                    found.add(target)
                    waiting.append(target)
        return found

    def node_path(self, node: Node, *more: str | int) -> Path:
        return (*self.path, "workflowNodes", node.index, *more)

    def place_of(self, node: Node, key: str) -> Path:
        """Where to point when `key` is wrong: at its value, or at the node's `id` when it has no such key."""
        return self.node_path(node, key if key in node.data or "id" not in node.data else "id")

    def edge_path(self, index: int, *more: str | int) -> Path:
        return (*self.path, "workflowEdges", index, *more)

    def _read_nodes(self, rows: list[Any]) -> None:
        self.nodes = [Node(index, data) for index, data in enumerate(rows) if type(data) is dict]
        self.of: dict[str, list[Node]] = {}
        self.ids: dict[str, Node] = {}
        self.repeated: list[Node] = []
        for node in self.nodes:
            self.of.setdefault(node.kind, []).append(node)
            if node.id in self.ids:
                self.repeated.append(node)
            elif node.id:
                self.ids[node.id] = node
        missing = ("START" not in self.of) + (not self.inner and "END" not in self.of)
        self.lost_nodes = len(rows) - len(self.ids) + missing

    def _closed(self, kind: str) -> set[str]:
        """Ids of the nodes that no edge may enter (START) or leave (END): the one of that type, and comments."""
        nodes = self.of.get(kind, [])
        if "COMMENT" in self.of:
            return {node.id for node in (nodes if len(nodes) == 1 else []) + self.of["COMMENT"]}
        return {nodes[0].id} if len(nodes) == 1 else set()


def graphs(document: Document) -> tuple[Graph, ...]:
    """Every graph of the flow, outer first; none when there is no `workflow`. How deep they nest, reading has limited."""
    if "graphs" not in document.memo:
        document.memo["graphs"] = tuple(_graphs(document.data))
    found: tuple[Graph, ...] = document.memo["graphs"]
    return found


def _graphs(data: dict[str, Any]) -> Iterator[Graph]:
    found = [Graph(("workflow",), data["workflow"])] if "workflow" in data else []
    for graph in found:  # grows while it is gone through
        yield graph
        for kind in (*HOLDERS, ""):
            for node in graph.of.get(kind, ()):
                inner = node.data.get("subWorkflow")
                if inner is not None and (kind or type(inner) is dict):
                    found.append(Graph(graph.node_path(node, "subWorkflow"), inner, graph, node))
