"""Inside a LOOP or BATCH `index` is the number of the round: no variable may have that name. The variables of a LOOP have unique names.

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
from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule


def check(document: Document) -> Diagnostics:
    for graph, node in nodes_of_type(document, "LOOP"):
        for field, variables in (node.param or {}).items():
            if isinstance(variables, list):
                yield from _check_names(graph.node_path(node, "loopParam", field), variables, unique=True)
    for graph, node in nodes_of_type(document, "BATCH"):
        variables = (node.param or {}).get("inputArrays")
        if isinstance(variables, list):
            yield from _check_names(graph.node_path(node, "batchParam", "inputArrays"), variables, unique=False)


def _check_names(path: Path, variables: list[object], *, unique: bool) -> Diagnostics:
    first_paths: dict[str, Path] = {}
    for index, variable in enumerate(variables):
        name = variable.get("name") if isinstance(variable, dict) else None
        if not isinstance(name, str):
            continue
        name_path = (*path, index, "name")
        if name == "index":
            yield Diagnostic(name_path, "A variable cannot be named `index`: that is the number of the round.", "Give it another name.")
        elif unique and name in first_paths:
            first = (first_paths[name], "the first one is here")
            yield Diagnostic(name_path, f"There is a variable {shown(name)} already.", "Give it another name.", related=first)
        first_paths.setdefault(name, name_path)


RULE = Rule("flow-loop-variable", "error", "GPTBots refuses ambiguous names of a loop's variables.", check, refused_by_platform=True)
