"""The edges of a `.flow` compared: an edge is what it joins, handles included, whatever its id is. Pure, linear."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

from deployer.model.difference import DrawnEdge, PartDifference
from deployer.platforms.definition_diff.matching import Row, rows
from deployer.platforms.definition_diff.parts import Inside, Parts, called, changed, text

_ENDS = frozenset({"sourceNodeID", "targetNodeID"})
_HANDLES = ("sourceHandle", "targetHandle")
_BRANCHES = (("conditionParam", "conditionBranches"), ("intentParam", "intents"))


class Link(NamedTuple):
    """An edge as read. `ends` are its nodes' keys in the picture, "" for one that does not exist; `handles` as the new ids would have them."""

    row: Row
    ends: tuple[str, str]
    handles: tuple[str, str]
    label: str
    name: str


class Side:
    """The nodes of one side of a graph, by id: what edges are read with."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._labels: dict[tuple[str, str], str] = {}

    def see(self, node: Row | None, key: str) -> None:
        if node is None:
            return
        name = text(node.get("id"))
        self._keys.setdefault(name, key)
        self._names.setdefault(name, called(node))
        self._labels.update({(name, handle): label for handle, label in _branch_names(node)})

    def link(self, edge: Row, ids: Mapping[str, str]) -> Link:
        """`ids` lead from old ids to new ones: handles may be made of them."""
        source, target = (text(edge.get(end)) for end in ("sourceNodeID", "targetNodeID"))
        handles = [text(edge.get(handle)) for handle in _HANDLES]
        label = self._labels.get((source, handles[0]), "")
        handles = [handle.replace(end, ids[end]) if end in ids else handle for handle, end in zip(handles, (source, target))]
        name = " → ".join(self._names.get(end) or end or "?" for end in (source, target))
        return Link(edge, (self._keys.get(source, ""), self._keys.get(target, "")), (handles[0], handles[1]), label, name)

    def links(self, edges: object, ids: Mapping[str, str]) -> list[Link]:
        return [self.link(edge, ids) for edge in rows(edges)]


def compare_edges(found: Parts, before: list[Link], after: list[Link], inside: Inside) -> None:
    """Adds what differs, and all edges of the picture."""
    was = matching_places(before, after)
    for at, link in enumerate(after):
        if at not in was:
            _add_part(found, link, "added", inside)
            continue
        _add_edge(found, link, "same")
        fields = changed(_read_as(before[was[at]], link), link.row, _ENDS)
        if fields:
            found.parts.append(PartDifference("edge", text(link.row.get("id")), link.name, link.label, "changed", fields, inside))
    kept = set(was.values())
    for place, link in enumerate(before):
        if place not in kept:
            _add_part(found, link, "removed", inside)


def matching_places(before: list[Link], after: list[Link]) -> dict[int, int]:
    """The place in `before` by the place in `after`: by ends and handles, then by ends and branch where only one on each side has them."""
    was: dict[int, int] = {}
    for read in (_as_written, _as_renamed, _by_branch):
        matched = set(was.values())
        unmatched = _places_by(before, [place for place in range(len(before)) if place not in matched], read)
        for joined, places in _places_by(after, [at for at in range(len(after)) if at not in was], read).items():
            others = unmatched.get(joined, [])
            if read is not _by_branch or len(places) == len(others) == 1:
                was.update(zip(places, others))
    return was


def _places_by(links: list[Link], places: list[int], read: Callable[[Link], object]) -> dict[object, list[int]]:
    places_by_value: dict[object, list[int]] = {}
    for place in places:
        places_by_value.setdefault(read(links[place]), []).append(place)
    return places_by_value


def _as_written(link: Link) -> object:
    return link.ends, tuple(text(link.row.get(handle)) for handle in _HANDLES)


def _as_renamed(link: Link) -> object:
    return link.ends, link.handles


def _by_branch(link: Link) -> object:
    return link.ends, link.label


def _read_as(before: Link, after: Link) -> Row:
    """The edge as it was, with a handle as the new ids would have it where that is what stands there now."""
    now = {key: handle for key, handle in zip(_HANDLES, before.handles) if handle == after.row.get(key)}
    return {key: now.get(key, value) for key, value in before.row.items()}


def _add_part(parts: Parts, link: Link, change: Literal["added", "removed"], inside: Inside) -> None:
    parts.parts.append(PartDifference("edge", text(link.row.get("id")), link.name, link.label, change, (), inside))
    _add_edge(parts, link, change)


def _add_edge(parts: Parts, link: Link, change: Literal["added", "removed", "same"]) -> None:
    if all(link.ends):
        parts.edges.append(DrawnEdge(*link.ends, link.label, change))


def _branch_names(node: Row) -> Iterator[tuple[str, str]]:
    """What the branches of a CONDITION (IF, ELSE IF, ELSE IF 2, ELSE) or INTENT are called, by their handles."""
    counts: Counter[str] = Counter()
    for param, listed in _BRANCHES:
        holder = node.get(param)
        for branch in rows(holder.get(listed)) if isinstance(holder, dict) else ():
            name = text(branch.get("value")) or text(branch.get("type")).replace("_", " ")
            counts[name] += 1
            yield text(branch.get("sourceHandle")), f"{name} {counts[name]}" if counts[name] > 1 else name
