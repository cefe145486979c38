"""An import clears credentials: `authKey`, `authSecret`, `apiSecrets`, those of OAuth, and a plugin's `headers` and `queries`.

Plugins are TOOL_API nodes, and the list `plugins` at the top of the file. The platform then restores those of the target's node or plugin
with the same id. Credentials in the file stay in the history of the repository.

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

from deployer.formats.positions import Path
from deployer.lint.flow.graph import nodes_of_type
from deployer.lint.flow.parameters import CREDENTIAL_KEYS, read_parameters
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.values import iter_mappings

_PLUGIN_KEYS = ("headers", "queries")
_KEYS = frozenset((*CREDENTIAL_KEYS, *_PLUGIN_KEYS))
_FIX = "Remove it, and replace it if it was a real one: the git history keeps it. Set it in the console, once for each target."


def check(document: Document) -> Diagnostics:
    yield from _check_mapping(document.data, (), CREDENTIAL_KEYS)
    if "plugins" in document.data:
        yield from _check_plugins(document.data["plugins"])
    if document.format == "bot":  # only its top level is documented
        return
    for key, value in document.data.items():
        if type(value) in (dict, list) and key not in ("workflow", "plugins"):
            for path, mapping in iter_mappings(value, (key,)):
                yield from _check_mapping(mapping, path, CREDENTIAL_KEYS)
    for graph, node in read_parameters(document).secrets:
        own = {key: value for key, value in node.data.items() if key != "subWorkflow"}
        for path, mapping in iter_mappings(own, graph.node_path(node)):
            yield from _check_mapping(mapping, path, CREDENTIAL_KEYS)
    for graph, node in nodes_of_type(document, "TOOL_API"):
        if node.param:
            yield from _check_mapping(node.param, graph.node_path(node, "toolApiParam"), _PLUGIN_KEYS)


def _check_plugins(plugins: object) -> Diagnostics:
    listed = plugins.items() if isinstance(plugins, dict) else enumerate(plugins) if isinstance(plugins, list) else ()
    for key, plugin in listed:
        if isinstance(plugin, dict):
            yield from _check_mapping(plugin, ("plugins", key), _PLUGIN_KEYS)
    for path, mapping in iter_mappings(plugins, ("plugins",)):
        yield from _check_mapping(mapping, path, CREDENTIAL_KEYS)


def _check_mapping(mapping: dict[str, object], path: Path, names: tuple[str, ...]) -> Diagnostics:
    for name in names if not _KEYS.isdisjoint(mapping) else ():
        if mapping.get(name):
            yield Diagnostic((*path, name), f"`{name}` holds credentials, which an import clears.", _FIX, at_key=True)


RULE = Rule("flow-credentials", "warning", "An import clears credentials, and the git history keeps them.", check)
