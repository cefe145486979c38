"""The edges of one graph, read once. What is out of order is set aside, so that rules have nothing to look at in a clean file.

One mistake should give one finding: an edge that leads nowhere may be the very one that some node lacks. So edges that lack an end
are counted (`without_…`), and a rule that misses no more edges than were lost is silent.
"""

from collections.abc import Collection
from typing import Any

FIELDS = ("sourceNodeID", "targetNodeID", "sourceHandle", "targetHandle")


class Edges:
    """`rows`: index and data of every edge that is a mapping. `ins` and `outs`: what leads where, by node id, along sound edges.

    `handles`: the source handles of the edges that leave each node; `entered`: the nodes that an edge leads to. `flawed`: edges with an
    empty field; `dangling`: (index, field, name) of an end that does not exist; `circular`: edges from a node to itself; `misplaced`:
    (index, source, target) of an edge into `no_entry` or out of `no_exit`. `loose`: handles of edges whose source is not known.
    """

    __slots__ = (
        "circular", "dangling", "entered", "flawed", "handles", "ins", "loose", "misplaced", "outs", "rows",
        "without_handle", "without_source", "without_target",
    )  # fmt: skip

    def __init__(self, listed: list[Any], ids: Collection[str], no_entry: Collection[str], no_exit: Collection[str]) -> None:
        self.rows: list[tuple[int, dict[str, Any]]] = [(index, data) for index, data in enumerate(listed) if type(data) is dict]
        self.ins: dict[str, list[str]] = {}
        self.outs: dict[str, list[str]] = {}
        self.entered: set[str] = set()
        self.handles: dict[str, set[str]] = {}
        self.flawed: list[tuple[int, dict[str, Any]]] = []
        self.dangling: list[tuple[int, str, str]] = []
        self.circular: list[tuple[int, str]] = []
        self.misplaced: list[tuple[int, str, str]] = []
        self.loose: set[str] = set()
        self.without_source = self.without_target = self.without_handle = len(listed) - len(self.rows)
        for index, data in self.rows:
            get = data.get
            source, target, handle, last = get("sourceNodeID"), get("targetNodeID"), get("sourceHandle"), get("targetHandle")
            if not (type(source) is type(target) is type(handle) is type(last) is str and source and target and handle and last):
                self.flawed.append((index, data))
                source, target, handle = [value if type(value) is str else "" for value in (source, target, handle)]
                self.without_handle += not handle
            if source not in ids or target not in ids or source == target:
                self._unsound(index, source, target, handle, ids)
                continue
            self.entered.add(target)
            self.handles.setdefault(source, set()).add(handle)
            if target in no_entry or source in no_exit:
                self.misplaced.append((index, source, target))
            else:
                self.ins.setdefault(target, []).append(source)
                self.outs.setdefault(source, []).append(target)

    def order(self, ids: Collection[str]) -> list[str]:
        """The nodes, each after all that lead to it; those in and behind a cycle are left out."""
        waits = {target: len(sources) for target, sources in self.ins.items()}
        ready = [each for each in ids if each not in waits]
        for each in ready:  # grows while it is gone through
            for target in self.outs.get(each, ()):
                waits[target] -= 1
                if not waits[target]:
                    ready.append(target)
        return ready

    def _unsound(self, index: int, source: str, target: str, handle: str, ids: Collection[str]) -> None:
        """An edge with an end that is missing or does not exist, or with one node at both ends."""
        leaves, enters, circular = source in ids, target in ids, source == target and source in ids
        if leaves:
            self.handles.setdefault(source, set()).add(handle)
        elif source:
            self.dangling.append((index, "sourceNodeID", source))
        if enters:
            self.entered.add(target)
        elif target:
            self.dangling.append((index, "targetNodeID", target))
        if circular:
            self.circular.append((index, source))
        self.without_source += circular or not leaves
        self.without_target += circular or not enters
        if not leaves:
            self.loose.add(handle)
