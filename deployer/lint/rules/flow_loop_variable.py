"""Inside a LOOP or BATCH `index` is the number of the round: no variable may have that name. A LOOP's names differ from each other.

Bad:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "BATCH", "batchParam": {"inputArrays": [{"name": "index"}]}}], "workflowEdges": []}}
```
Good:
```json
{"workflow": {"workflowNodes": [{"id": "a", "type": "BATCH", "batchParam": {"inputArrays": [{"name": "tickets"}]}}], "workflowEdges": []}}
```
"""

from collections.abc import Iterator

from deployer.formats.positions import Path
from deployer.formats.quoting import shown
from deployer.lint.flow.graph import graphs
from deployer.lint.rule import Diagnostic, Document, Rule


def check(document: Document) -> Iterator[Diagnostic]:
    for graph in graphs(document):
        for node in graph.of.get("LOOP", ()):
            for field, listed in (node.param or {}).items():
                if isinstance(listed, list):
                    yield from _names(graph.node_path(node, "loopParam", field), listed, unique=True)
        for node in graph.of.get("BATCH", ()):
            listed = (node.param or {}).get("inputArrays")
            if isinstance(listed, list):
                yield from _names(graph.node_path(node, "batchParam", "inputArrays"), listed, unique=False)


def _names(path: Path, listed: list[object], *, unique: bool) -> Iterator[Diagnostic]:
    seen: dict[str, Path] = {}
    for index, each in enumerate(listed):
        name = each.get("name") if isinstance(each, dict) else None
        if not isinstance(name, str):
            continue
        here = (*path, index, "name")
        if name == "index":
            yield Diagnostic(here, "A variable cannot be named `index`: that is the number of the round.", "Give it another name.")
        elif unique and name in seen:
            yield Diagnostic(
                here, f"There is a variable {shown(name)} already.", "Give it another name.", related=(seen[name], "the first one is here")
            )
        seen.setdefault(name, here)


RULE = Rule("flow-loop-variable", "error", "GPTBots refuses names that a loop could not tell apart.", check, refused_by_platform=True)
