"""What a `.flow` holds that rules are about: the registry of rules names the subjects of each."""

from types import NoneType

from deployer.lint.flow.graph import read_graphs
from deployer.lint.flow.irregular_nodes import find_irregular_nodes
from deployer.lint.flow.node_types import LOOP_TYPES
from deployer.lint.flow.parameters import SHARE_KEYS, read_parameters, wrong_shares
from deployer.lint.flow.references import resolve_references
from deployer.lint.rule import Document
from deployer.lint.rules import BROKEN_REFERENCE, IRREGULAR, IRREGULAR_TOP, NAME_IN_TEXT, SERVICE_KEY, SERVICE_KEY_START, WRONG_SHARE
from deployer.lint.values import inner_mappings


def find_subjects(document: Document) -> frozenset[str]:
    graphs = read_graphs(document)
    subjects = {kind for graph in graphs for kind in graph.by_type}
    contents = read_parameters(document)
    loops = [node for graph in graphs for kind in LOOP_TYPES for node in graph.by_type.get(kind, ())]
    are_regular = graphs and type(document.data.get("name")) is str and not any(find_irregular_nodes(document))
    if not are_regular or not all(graph.is_regular for graph in graphs) or any(loop.data.get("subWorkflow") is None for loop in loops):
        subjects.add(IRREGULAR)
    if not _has_regular_top(document):
        subjects.add(IRREGULAR_TOP)
    if contents.texts:
        subjects.add(NAME_IN_TEXT)
    if any(wrong_shares(mapping) for _, node in contents.numbers for mapping in inner_mappings(node.param)):
        subjects.add(WRONG_SHARE)
    if SERVICE_KEY_START in document.source.content:
        subjects.add(SERVICE_KEY)
    if any(resolve_references(document)):
        subjects.add(BROKEN_REFERENCE)
    return frozenset(subjects)


def _has_regular_top(document: Document) -> bool:
    """Whether each value at the top is one that an export has: the rules about it find nothing then."""
    data = document.data
    name, shares = data.get("name"), [data.get(key) for key in SHARE_KEYS]
    return (
        (data.get("exportType"), data.get("botType"), data.get("formatVersion")) == ("WORKFLOW", "Workflow", "1.0")
        and type(name) is str
        and name.strip() != ""
        and type(data.get("exportTime")) in (int, NoneType)
        and all(share is None or (type(share) in (int, float) and 0 <= share <= 1) for share in shares)
    )
