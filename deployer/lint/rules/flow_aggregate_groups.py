"""A VARIABLE_AGGREGATE node takes the first value that is there, for each of its `groups`: one to ten of them.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {"strategy": "FIRST_NON_NULL", "groups": []}}],
  "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "VARIABLE_AGGREGATE", "variableAggregateParam": {
  "strategy": "FIRST_NON_NULL", "groups": [{"name": "reply", "variables": ["draft"]}]}}], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.formats.quoting import a_kind
from deployer.lint.flow.graph import graphs
from deployer.lint.rule import Diagnostic, Document, Rule

_FIX = "Make each output a group with its variables, and split the node when there are more than ten."


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        for node in graph.of.get("VARIABLE_AGGREGATE", ()):
            if node.param is None:
                continue
            path = graph.node_path(node, "variableAggregateParam", "groups")
            groups = node.param.get("groups")
            if groups is None:
                yield Diagnostic(path, f"{node} has no `groups`.", _FIX, at_key=True)
            elif not isinstance(groups, list):
                yield Diagnostic(path, f"`groups` must be a list, and is {a_kind(groups)}.", _FIX, at_key=True)
            elif not 1 <= len(groups) <= 10:
                yield Diagnostic(path, f"{node} has {len(groups) or 'no'} groups; there may be 1 to 10.", _FIX, at_key=True)


RULE = Rule(
    "flow-aggregate-groups", "error", "GPTBots refuses an aggregation of nothing, or of more than ten groups.", check, refused_by_platform=True
)
