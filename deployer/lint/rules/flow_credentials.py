"""Credentials in a file help nobody: an import clears `authKey`, `authSecret`, `apiSecrets`, and a plugin's `headers` and `queries`.

The platform fills in again what the target's node with the same id has. What stands in the file stays in the history of the repository.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "TOOL_API", "authKey": "k-123", "toolApiParam": {"toolId": "t", "toolApiId": "a"}}],
  "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "TOOL_API", "toolApiParam": {"toolId": "t", "toolApiId": "a"}}], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.formats.positions import Path
from deployer.lint.flow.contents import SECRETS, contents, mappings
from deployer.lint.flow.graph import graphs
from deployer.lint.rule import Diagnostic, Document, Rule

_PLUGIN = ("headers", "queries")
_FIX = "Remove it, and if it was a real one, replace it: the history keeps it. Set it in the console, once for each target."


def check(document: Document) -> Iterator[Diagnostic]:
    yield from _in(document.data, (), SECRETS)
    if document.format == "bot":  # only its top level is looked at
        return
    for key, value in document.data.items():
        if type(value) in (dict, list) and key != "workflow":
            for path, each in mappings(value, (key,)):
                yield from _in(each, path, SECRETS)
    for graph, node in contents(document).secrets:
        inside = {key: value for key, value in node.data.items() if key != "subWorkflow"}
        for path, each in mappings(inside, graph.node_path(node)):
            yield from _in(each, path, SECRETS)
    for graph in graphs(document):
        for node in graph.of.get("TOOL_API", ()):
            if node.param:
                yield from _in(node.param, graph.node_path(node, "toolApiParam"), _PLUGIN)


def _in(holder: dict[str, object], path: Path, names: tuple[str, ...]) -> Iterator[Diagnostic]:
    for name in names:
        if holder.get(name):
            yield Diagnostic((*path, name), f"`{name}` holds credentials, which an import clears.", _FIX, at_key=True)


RULE = Rule("flow-credentials", "warning", "An import drops credentials, and a repository keeps them for ever.", check)
