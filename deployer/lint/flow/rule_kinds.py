"""Rules for `.flow` files that differ in names and texts only."""

from deployer.formats.quoting import path_text, shown
from deployer.lint.flow.graph import read_graphs
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def fixed_value_rule(name: str, key: str, value: str, why: str) -> Rule:
    """The rule that the file has `value` under `key` at its top."""

    def check(document: Document) -> Diagnostics:
        if key not in document.data:
            yield Diagnostic((), f"The file has no `{key}`.", f'Add `"{key}": "{value}"`, or export the workflow again.')
        elif document.data[key] != value:
            message = f"`{key}`: expected `{value}`, got {shown(document.data[key])}."
            yield Diagnostic((key,), message, "Export a Workflow. An Agent's export is a `.bot` file.")

    return Rule(name, "error", why, check, refused_by_platform=True)


def single_node_rule(name: str, kind: str, why: str, *, add: str, keep: str, in_loops: bool) -> Rule:
    """The rule that a graph has exactly one node of that type; with `in_loops` false, the outer graph alone.

    `add` and `keep` are the fixes for none and for several.
    """

    def check(document: Document) -> Diagnostics:
        for graph in read_graphs(document)[: None if in_loops else 1]:
            nodes = graph.by_type.get(kind, [])
            # A node of an unknown type may be meant as the missing one.
            if not nodes and graph.has_nodes and "" not in graph.by_type:
                yield Diagnostic((*graph.path, "workflowNodes"), f"{path_text(graph.path)} has no {kind} node.", add)
            for node in nodes[1:]:
                first = (graph.node_path(nodes[0], "type"), "the first one is here")
                article = "an" if kind == "END" else "a"
                yield Diagnostic(graph.node_path(node, "type"), f"{path_text(graph.path)} has {article} {kind} node already.", keep, related=first)

    return Rule(name, "error", why, check, refused_by_platform=True)
