"""The graphs of a `.flow`: the outer one, and each `subWorkflow` inside a LOOP or BATCH node."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from deployer.lint.rule import Document
from deployer.source.positions import Path


class Graph(NamedTuple):
    """A graph as written: `data` may be anything. `inner` is True for a `subWorkflow`."""

    path: Path
    data: Any
    inner: bool

    def nodes(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """The nodes that are mappings, with their paths."""
        listed = self.data.get("workflowNodes") if isinstance(self.data, dict) else None
        for index, node in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(node, dict):
                yield (*self.path, "workflowNodes", index), node

    def of_type(self, name: str) -> list[tuple[Path, dict[str, Any]]]:
        return [(path, node) for path, node in self.nodes() if node.get("type") == name]


def graphs(document: Document) -> tuple[Graph, ...]:
    """Every graph of the flow, outer first; none when there is no `workflow`. How deep they nest, reading has limited."""
    if "graphs" not in document.memo:
        document.memo["graphs"] = tuple(_graphs(document.data))
    found: tuple[Graph, ...] = document.memo["graphs"]
    return found


def _graphs(data: dict[str, Any]) -> Iterator[Graph]:
    found = [Graph(("workflow",), data["workflow"], inner=False)] if "workflow" in data else []
    for graph in found:  # grows while it is gone through
        yield graph
        found += [Graph((*path, "subWorkflow"), node["subWorkflow"], inner=True) for path, node in graph.nodes() if "subWorkflow" in node]
