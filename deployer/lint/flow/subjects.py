"""What a `.flow` holds that rules are about: the registry of rules names the subjects of each."""

from types import NoneType

from deployer.lint.flow.graph import read_graphs
from deployer.lint.flow.irregular_nodes import find_irregular_nodes
from deployer.lint.flow.node_types import LOOP_TYPES
from deployer.lint.flow.parameters import SHARE_KEYS, read_parameters
from deployer.lint.flow.references import resolve_references
from deployer.lint.rule import Document
from deployer.lint.rules import BROKEN_REFERENCE, IRREGULAR, IRREGULAR_TOP, NAME_IN_TEXT, SERVICE_KEY, SERVICE_KEY_START, WRONG_SHARE

_TIMES = (int, NoneType)


def find_subjects(document: Document) -> frozenset[str]:
    graphs = read_graphs(document)
    subjects: set[str] = set()
    are_regular = graphs != () and type(document.data.get("name")) is str
    for graph in graphs:
        subjects.update(graph.by_type)
        are_regular = are_regular and graph.is_regular
        for kind in LOOP_TYPES:
            for loop in graph.by_type.get(kind, ()):
                are_regular = are_regular and loop.data.get("subWorkflow") is not None
    if not are_regular or any(find_irregular_nodes(document)):
        subjects.add(IRREGULAR)
    if not _has_regular_top(document):
        subjects.add(IRREGULAR_TOP)
    contents = read_parameters(document)
    if contents.texts:
        subjects.add(NAME_IN_TEXT)
    if contents.shares:
        subjects.add(WRONG_SHARE)
    if SERVICE_KEY_START in document.source.content:
        subjects.add(SERVICE_KEY)
    if any(resolve_references(document)):
        subjects.add(BROKEN_REFERENCE)
    return frozenset(subjects)


def _has_regular_top(document: Document) -> bool:
    """Whether each value at the top is one that an export has: the rules about it find nothing then."""
    get = document.data.get
    name = get("name")
    if not (type(name) is str and name.strip() and type(get("exportTime")) in _TIMES):
        return False
    if get("exportType") != "WORKFLOW" or get("botType") != "Workflow" or get("formatVersion") != "1.0":
        return False
    shares = [share for key in SHARE_KEYS if (share := get(key)) is not None]
    return all(type(share) in (int, float) and 0 <= share <= 1 for share in shares) if shares else True
