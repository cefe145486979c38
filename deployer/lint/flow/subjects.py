"""What a `.flow` holds that rules are about: the registry of rules names the subjects of each."""

from deployer.lint.flow.graph import read_graphs
from deployer.lint.flow.irregular_nodes import find_irregular_nodes
from deployer.lint.flow.parameters import read_parameters
from deployer.lint.flow.references import resolve_references
from deployer.lint.rule import Document
from deployer.lint.rules import BROKEN_REFERENCE, IRREGULAR, NAME_IN_TEXT, SERVICE_KEY, SERVICE_KEY_START, SHARE


def find_subjects(document: Document) -> frozenset[str]:
    graphs = read_graphs(document)
    subjects = {kind for graph in graphs for kind in graph.by_type}
    contents = read_parameters(document)
    are_regular = graphs and type(document.data.get("name")) is str and not any(find_irregular_nodes(document))
    if not are_regular or not all(graph.is_regular for graph in graphs):
        subjects.add(IRREGULAR)
    if contents.texts:
        subjects.add(NAME_IN_TEXT)
    if contents.numbers:
        subjects.add(SHARE)
    if SERVICE_KEY_START in document.source.content:
        subjects.add(SERVICE_KEY)
    if any(resolve_references(document)):
        subjects.add(BROKEN_REFERENCE)
    return frozenset(subjects)
