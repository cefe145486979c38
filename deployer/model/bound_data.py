"""Which knowledge bases, documents and tables a node names: they belong to one workflow, and an import into another one drops them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

BOUND_PARAMETERS = {"DATASET": "datasetParam", "DATABASE": "databaseParam"}  # docs/contracts/flow-format.md, "Nodes"
_HOLDS_IDS = re.compile(r"(?:^ids?|_ids?|I[dD]s?|[gG]roups?|[bB]ases?|[dD]atasets?|[dD]ocuments?|[tT]ables?)$")


def bound_ids(node: Mapping[str, Any]) -> Iterator[str]:
    """The ids in a node's parameter, at any depth, by the names of fields that may hold some (docs/contracts/gptbots.md, "Known silences").

    Nothing where its lists are empty, and for a node of another type.
    """
    pending: list[Any] = [node.get(BOUND_PARAMETERS.get(str(node.get("type")), ""))]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            for field, item in value.items():
                items = item if isinstance(item, list) else [item]
                pending += items
                if _HOLDS_IDS.search(field):
                    yield from (str(id_) for id_ in items if isinstance(id_, str | int) and not isinstance(id_, bool) and id_ != "")
