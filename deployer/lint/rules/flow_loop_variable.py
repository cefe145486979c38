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
from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

_LISTS = (("LOOP", "loopParam", ("intermediateVariables", "inputArrays")), ("BATCH", "batchParam", ("inputArrays",)))


def check(document: Document) -> Diagnostics:
    for kind, param, fields in _LISTS:
        for graph, node in nodes_of_type(document, kind):
            lists = [(field, node.param.get(field)) for field in fields] if node.param else []
            names = [
                (graph.node_path(node, param, field, index, "name"), variable["name"])
                for field, variables in lists
                for index, variable in enumerate(variables if isinstance(variables, list) else ())
                if isinstance(variable, dict) and isinstance(variable.get("name"), str)
            ]
            yield from _check_names(names)


def _check_names(names: list[tuple[Path, str]]) -> Diagnostics:
    first_paths: dict[str, Path] = {}
    for path, name in names:
        if name == "index":
            yield Diagnostic(path, "A variable cannot be named `index`: that is the number of the round.", "Give it another name.")
        elif name in first_paths:
            first = (first_paths[name], "the first one is here")
            yield Diagnostic(path, f"There is a variable {shown(name)} already.", "Give it another name.", related=first)
        first_paths.setdefault(name, path)


RULE = Rule("flow-loop-variable", "error", "GPTBots refuses ambiguous names of a loop's variables.", check, refused_by_platform=True)
