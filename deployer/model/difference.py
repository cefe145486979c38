"""What changed inside a workflow: parts added, removed and changed, field by field; and the workflow as a graph."""

from typing import Any, Final, Literal, NamedTuple

PartKind = Literal["node", "edge", "step", "trigger", "variable", "setting"]
PartChange = Literal["added", "removed", "changed", "moved"]


class NoValue:
    """The value of a field on the side where it is not there; None is a value of its own in JSON."""

    def __repr__(self) -> str:
        return "(absent)"


NO_VALUE: Final = NoValue()


class FieldDifference(NamedTuple):
    """One field of a part. `path` is relative to the part, as `set` would name it: `config.headers.Accept`, `rules[2].value`; "" is the part
    itself (a variable, a setting). Values are whole, but for what looks like a secret: that is `***`, on both sides if need be.
    """

    path: str
    before: Any
    after: Any


class PartDifference(NamedTuple):
    """One part. `inside` names the parts around it, outermost first (a subWorkflow's node, a loop step); `moved` is layout alone.

    `fields` of what was added or removed are given for variables and settings only.
    """

    kind: PartKind
    id: str
    name: str
    type: str
    change: PartChange
    fields: tuple[FieldDifference, ...] = ()
    inside: tuple[str, ...] = ()


class DrawnNode(NamedTuple):
    """One node or step as it is drawn. `key` is unique in its graph; `inside` is the `key` of the node around it, "" at the top."""

    key: str
    label: str
    type: str
    change: Literal["added", "removed", "changed", "same"] = "same"
    inside: str = ""


class DrawnEdge(NamedTuple):
    """From one node's `key` to another's. `label`: a branch's name, "" without."""

    source: str
    target: str
    label: str = ""
    change: Literal["added", "removed", "same"] = "same"


class DrawnGraph(NamedTuple):
    """Both sides in one picture: what was removed is still in it, marked. In the definition's order."""

    nodes: tuple[DrawnNode, ...] = ()
    edges: tuple[DrawnEdge, ...] = ()


class Difference(NamedTuple):
    """`against` says what it was compared with: `commit 1a2b3c4`, `what is there now`; "" where nothing was there: all is new.

    `known` is False where nobody can tell what was there: then there are no parts, and the graph is that of the file alone.
    """

    against: str = ""
    parts: tuple[PartDifference, ...] = ()
    graph: DrawnGraph = DrawnGraph()
    known: bool = True

    @property
    def all_new(self) -> bool:
        return self.known and not self.against

    @property
    def layout_only(self) -> bool:
        """Something changed, and nothing but where things stand in the picture."""
        return bool(self.parts) and all(part.change == "moved" for part in self.parts)
