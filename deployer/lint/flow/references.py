"""What the nodes of a `.flow` read from each other: `nodeId#name#variableId` in inputs whose source is NODE, resolved once for all rules."""

from typing import NamedTuple

from deployer.formats.positions import Path
from deployer.lint.flow.graph import Graph, Node, graphs, listed
from deployer.lint.rule import Document

_CHUNK = 4096  # nodes whose upstream is worked out at a time: bounds memory in graphs of a hundred thousand nodes


class NodeReference(NamedTuple):
    """An input that reads: input number `place` of `node` reads the variable `variable` of the node with the id `origin`."""

    graph: Graph
    node: Node
    place: int
    origin: str
    variable: str

    @property
    def path(self) -> Path:
        return self.graph.node_path(self.node, "inputs", self.place, "value")


class NodeReferences(NamedTuple):
    """What is wrong. `malformed`: readings of another form. `absent`: of nodes that are not there. `behind`: of nodes that are not
    upstream, with that node's place. `unlisted`: of variables that the node, which is upstream, does not list.
    """

    malformed: list[NodeReference]
    absent: list[NodeReference]
    behind: list[tuple[NodeReference, Path]]
    unlisted: list[tuple[NodeReference, Node]]


class _Question(NamedTuple):
    """May the node with the id `reader` read? `met`: where a node of that id was found that is not upstream, () so far."""

    reading: NodeReference
    reader: str
    met: Path = ()


def readings(document: Document) -> NodeReferences:
    if "readings" not in document.memo:
        document.memo["readings"] = _readings(graphs(document))
    found: NodeReferences = document.memo["readings"]
    return found


def _readings(all_graphs: tuple[Graph, ...]) -> NodeReferences:
    """Inner graphs first: what is not found in one, its holder may see in the graph around it."""
    found = NodeReferences([], [], [], [])
    passed: dict[int, list[_Question]] = {}
    for graph in reversed(all_graphs):
        questions = passed.pop(id(graph), []) + _questions(graph, found)
        left = _answered(graph, questions, found) if questions else []
        if graph.outer and graph.holder:
            if left:
                passed.setdefault(id(graph.outer), []).extend(each._replace(reader=graph.holder.id) for each in left)
            continue
        for reading, _, met in left:
            if met:
                found.behind.append((reading, met))
            else:
                found.absent.append(reading)
    return found


def _questions(graph: Graph, found: NodeReferences) -> list[_Question]:
    """What cannot be answered at once: readings of a node that no edge leads from to here, and that is not START either."""
    questions, ins, start = [], graph.edges.ins, graph.above_all
    for node in graph.nodes:
        inputs = node.data.get("inputs")
        for place, each in enumerate(inputs if type(inputs) is list else ()):
            if type(each) is not dict or each.get("source") != "NODE":
                continue
            value = each.get("value")
            origin, first, rest = value.partition("#") if type(value) is str else ("", "", "")
            _, second, variable = rest.rpartition("#")
            if not (origin and first and second):
                found.malformed.append(NodeReference(graph, node, place, origin, variable))
            elif node.id in ins and (origin in ins[node.id] or origin == start):
                if not _lists(graph.ids[origin], variable):
                    found.unlisted.append((NodeReference(graph, node, place, origin, variable), graph.ids[origin]))
            else:
                questions.append(_Question(NodeReference(graph, node, place, origin, variable), node.id))
    return questions


def _lists(node: Node, variable: str) -> bool:
    for each in listed(node, "outputs"):  # noqa: SIM110 - a loop is twice as quick
        if type(each) is dict and (each.get("id") == variable or each.get("name") == variable):
            return True
    return False


def _answered(graph: Graph, questions: list[_Question], found: NodeReferences) -> list[_Question]:
    """Answers what this graph can, and gives back what the graph around it has to. What is inside a loop may read the loop itself."""
    there = [each for each in questions if each.reading.origin in graph.ids]
    left = [each for each in questions if each.reading.origin not in graph.ids]
    pairs = {(reader, reading.origin) for reading, reader, _ in there if reader != reading.origin or reading.graph is graph}
    behind = _behind(graph, pairs) if pairs else set()
    for each in there:
        origin = graph.ids[each.reading.origin]
        inside = each.reader == origin.id and each.reading.graph is not graph
        if (each.reader, origin.id) in behind and not inside:
            left.append(each._replace(met=graph.node_path(origin, "id")))
        elif not _lists(origin, each.reading.variable):
            found.unlisted.append((each.reading, origin))
    return left


def _behind(graph: Graph, pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of the pairs (reader, origin), those whose origin does not lie upstream. None when that cannot be told in this graph."""
    if not graph.joined or len(graph.order) < len(graph.ids):
        return set()
    cut_off = graph.ids.keys() - graph.reached() if graph.lacking else ()
    origins = list({origin: None for _, origin in pairs})
    found = set()
    for start in range(0, len(origins), _CHUNK):
        bits = {origin: 1 << place for place, origin in enumerate(origins[start : start + _CHUNK])}
        masks = _upstream(graph, bits)
        found |= {pair for pair in pairs if pair[1] in bits and pair[0] not in cut_off and not masks.get(pair[0], -1) & bits[pair[1]]}
    return found


def _upstream(graph: Graph, bits: dict[str, int]) -> dict[str, int]:
    """For each node, the bits of those that lie upstream of it."""
    masks: dict[str, int] = {}
    for each in graph.order:
        mask = 0
        for source in graph.edges.ins.get(each, ()):
            mask |= masks[source] | bits.get(source, 0)
        masks[each] = mask
    return masks
