"""What changed inside a workflow: parts added, removed and changed, field by field; and the workflow as a graph."""

from typing import Any, Final, Literal, NamedTuple

PartKind = Literal["node", "edge", "step", "trigger", "variable", "setting"]
PartChange = Literal["added", "removed", "changed", "moved"]


class NoValue:
    """The value of a field on the side that lacks it. None is no substitute: it is a JSON value."""

    def __repr__(self) -> str:
        return "(absent)"


NO_VALUE: Final = NoValue()
LIVE_NOW: Final = ", which is live"  # in `Difference.against`, after the number of a version


class FieldDifference(NamedTuple):
    """One changed field of a part. `path` is relative to the part, in the syntax of `set`: `config.headers.Accept`, `rules[2].value`; "" is
    the part itself (a variable, a setting). Values are not shortened; what looks like a secret is `***`.
    """

    path: str
    before: Any
    after: Any


class PartDifference(NamedTuple):
    """One changed part. `inside`: ids of the enclosing parts, outermost first (a subWorkflow's node, a loop step). `moved`: layout only.

    For added and removed parts `fields` is filled for variables and settings only.
    """

    kind: PartKind
    id: str
    name: str
    type: str
    change: PartChange
    fields: tuple[FieldDifference, ...] = ()
    inside: tuple[str, ...] = ()


class DrawnNode(NamedTuple):
    """One node or step of the picture. `key` is unique in its graph; `inside` is the `key` of the enclosing node, "" at the top."""

    key: str
    label: str
    type: str
    change: Literal["added", "removed", "changed", "same"] = "same"
    inside: str = ""


class DrawnEdge(NamedTuple):
    """An edge between two `key`s. `label`: the branch's name, or ""."""

    source: str
    target: str
    label: str = ""
    change: Literal["added", "removed", "same"] = "same"


class DrawnGraph(NamedTuple):
    """Both sides in one picture, in the definition's order. Removed nodes and edges stay in it, marked."""

    nodes: tuple[DrawnNode, ...] = ()
    edges: tuple[DrawnEdge, ...] = ()


class Difference(NamedTuple):
    """What changes in one workflow. `against`: what it was compared with (`commit 1a2b3c4`); "" when there was nothing: all is new.

    `known` is False when the earlier definition could not be read: then `parts` is empty and the graph is that of the file alone.
    """

    against: str = ""
    parts: tuple[PartDifference, ...] = ()
    graph: DrawnGraph = DrawnGraph()
    known: bool = True

    def after_release(self) -> "Difference":
        """The same once the new content is live, or may be: what was live is then said to have been."""
        return self._replace(against=self.against.replace(LIVE_NOW, ", which was live before this run"))

    @property
    def all_new(self) -> bool:
        return self.known and not self.against

    @property
    def layout_only(self) -> bool:
        """True when positions in the picture are all that changed."""
        return bool(self.parts) and all(part.change == "moved" for part in self.parts)
