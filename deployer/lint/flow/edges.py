"""The edges of one graph, read once. Edges that are out of order are kept apart, so that rules have nothing to do in a clean file.

One mistake should give one finding: an edge with a wrong end may be the very one that some node lacks. So edges that lack an end are
counted (`without_…`), and a rule is silent when no more edges are missing than were lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from operator import itemgetter

from deployer.lint.values import number_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EDGE_FIELDS = ("sourceNodeID", "targetNodeID", "sourceHandle", "targetHandle")
_read_fields = itemgetter("id", *EDGE_FIELDS)


class Edges:
    """`rows`: index and data of every edge that is a mapping. `ins` and `outs`: predecessors and successors by node id, along sound edges.

    `handles`: the source handle of each edge that leaves a node; if all edges are sound, in the order of `outs`. `entered`: the nodes that an edge
    leads to. `flawed`: edges with an empty field; `numeric`: edges with a number as `id`, end or handle, which counts as text; `dangling`: (index,
    field, name) of an end that does not exist; `circular`: edges from a node to itself; `misplaced`: (index, source, target) of an edge into
    `no_entry` or out of `no_exit`. `loose`: handles of edges whose source is not known. `is_regular`: none of these; and each edge has an id of its
    own, as text.
    """

    __slots__ = (
        "circular", "dangling", "entered", "flawed", "handles", "ins", "is_regular", "loose", "misplaced", "numeric", "outs", "rows",
        "without_handle", "without_source", "without_target",
    )  # fmt: skip

    def __init__(self, listed: list[Any], ids: Collection[str], no_entry: Collection[str], no_exit: Collection[str]) -> None:
        self.rows: list[tuple[int, dict[str, Any]]] = [(index, data) for index, data in enumerate(listed) if type(data) is dict]
        self.ins: dict[str, list[str]] = defaultdict(list)
        self.outs: dict[str, list[str]] = defaultdict(list)
        self.entered: set[str] = set()
        self.handles: dict[str, list[str]] = defaultdict(list)
        self.flawed: list[tuple[int, dict[str, Any]]] = []
        self.numeric: list[tuple[int, dict[str, Any]]] = []
        self.dangling: list[tuple[int, str, str]] = []
        self.circular: list[tuple[int, str]] = []
        self.misplaced: list[tuple[int, str, str]] = []
        self.loose: set[str] = set()
        self.without_source = self.without_target = self.without_handle = len(listed) - len(self.rows)
        names = set()
        for index, data in self.rows:
            try:
                name, source, target, handle, last = _read_fields(data)
            except KeyError:
                name = source = target = handle = last = None
            types_agree = type(name) is type(source) is type(target) is type(handle) is type(last) is str
            if types_agree and name and source and target and handle and last:
                names.add(name)
            else:
                source, target, handle = self._read_irregular(index, data)
            if source not in ids or target not in ids or source == target:
                self._add_unsound(index, source, target, handle, ids)
                continue
            self.entered.add(target)
            self.handles[source].append(handle)
            if target in no_entry or source in no_exit:
                self.misplaced.append((index, source, target))
            else:
                self.ins[target].append(source)
                self.outs[source].append(target)
        self.is_regular = len(names) == len(listed) and not (self.dangling or self.circular or self.misplaced)

    def topological_order(self, ids: Collection[str]) -> list[str]:
        """The nodes, each after all its predecessors; those in and behind a cycle are left out."""
        waiting = {target: len(sources) for target, sources in self.ins.items()}
        ready = [name for name in ids if name not in waiting]
        for name in ready:  # grows during the loop
            for target in self.outs.get(name, ()):
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
        return ready

    def _read_irregular(self, index: int, data: dict[str, Any]) -> tuple[str, str, str]:
        """The source, the target and the source handle as text, "" for those that cannot be used."""
        source, target, handle, last = (value if type(value) is str else number_text(value) for value in map(data.get, EDGE_FIELDS))
        if not (source and target and handle and last):
            self.flawed.append((index, data))
            self.without_handle += not handle
        if any(map(number_text, map(data.get, ("id", *EDGE_FIELDS)))):
            self.numeric.append((index, data))
        return source, target, handle

    def _add_unsound(self, index: int, source: str, target: str, handle: str, ids: Collection[str]) -> None:
        """Add an edge with an end that is missing or does not exist, or with one node at both ends."""
        has_source, has_target, circular = source in ids, target in ids, source == target and source in ids
        if has_source:
            self.handles[source].append(handle)
        elif source:
            self.dangling.append((index, "sourceNodeID", source))
        if has_target:
            self.entered.add(target)
        elif target:
            self.dangling.append((index, "targetNodeID", target))
        if circular:
            self.circular.append((index, source))
        self.without_source += circular or not has_source
        self.without_target += circular or not has_target
        if not has_source:
            self.loose.add(handle)
