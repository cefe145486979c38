"""Inside a LOOP or BATCH `index` is the number of the round: no variable may have that name. Each variable has a name of its own.

This holds for `inputArrays`, and for the `intermediateVariables` of a LOOP together with them.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "BATCH", "batchParam": {"inputArrays": [{"name": "index"}]}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "BATCH", "batchParam": {"inputArrays": [{"name": "tickets"}]}}], "workflowEdges": []}}
```
"""

from deployer.formats.positions import Path
from deployer.formats.quoting import shown
from deployer.lint.flow.graph import Graph, Node, nodes_of_type
from deployer.lint.flow.node_types import NODE_TYPES
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

_LISTS = {"LOOP": ("intermediateVariables", "inputArrays"), "BATCH": ("inputArrays",)}
_Place = tuple[str, int]  # the name of a list of variables, and the index in that list


def check(document: Document) -> Diagnostics:
    for graph, node in nodes_of_type(document, *_LISTS):
        lists = [(field, node.param.get(field)) for field in _LISTS[node.kind]] if node.param else []
        names = [
            ((field, index), variable["name"])
            for field, variables in lists
            for index, variable in enumerate(variables if isinstance(variables, list) else ())
            if isinstance(variable, dict) and isinstance(variable.get("name"), str)
        ]
        yield from _check_names(graph, node, names)


def _check_names(graph: Graph, node: Node, names: list[tuple[_Place, str]]) -> Diagnostics:
    first_places: dict[str, _Place] = {}
    for place, name in names:
        if name == "index":
            message = "A variable cannot be named `index`: that is the number of the round."
            yield Diagnostic(_path(graph, node, place), message, "Give it another name.")
        elif name in first_places:
            first = (_path(graph, node, first_places[name]), "the first one is here")
            yield Diagnostic(_path(graph, node, place), f"There is a variable {shown(name)} already.", "Give it another name.", related=first)
        first_places.setdefault(name, place)


def _path(graph: Graph, node: Node, place: _Place) -> Path:
    return graph.node_path(node, NODE_TYPES[node.kind].param, *place, "name")


RULE = Rule("flow-loop-variable", "error", "GPTBots refuses ambiguous names of a loop's variables.", check, refused_by_platform=True)
