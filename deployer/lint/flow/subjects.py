"""What a `.flow` holds that rules are about: the registry of rules names the subjects of each."""

from types import NoneType

from deployer.lint.flow.graph import Graph, nodes_of_type, read_graphs
from deployer.lint.flow.irregular_nodes import find_irregular_nodes
from deployer.lint.flow.node_types import LOOP_TYPES
from deployer.lint.flow.parameters import CREDENTIAL_KEYS, SHARE_KEYS, read_parameters
from deployer.lint.flow.references import resolve_references
from deployer.lint.rule import Document
from deployer.lint.rules import (
    BROKEN_REFERENCE,
    CREDENTIALS,
    IRREGULAR,
    IRREGULAR_TOP,
    NAME_IN_TEXT,
    SERVICE_KEY,
    SERVICE_KEY_START,
    WRONG_SHARE,
)
from deployer.lint.values import CONTAINERS

_TIMES = (int, NoneType)


def find_subjects(document: Document) -> frozenset[str]:
    graphs = read_graphs(document)
    subjects = {kind for graph in graphs for kind in graph.by_type}
    if not _are_regular(document, graphs) or any(find_irregular_nodes(document)):
        subjects.add(IRREGULAR)
    if not _has_regular_top(document):
        subjects.add(IRREGULAR_TOP)
    contents = read_parameters(document)
    if contents.texts:
        subjects.add(NAME_IN_TEXT)
    if contents.secrets or _may_hold_credentials(document.data):
        subjects.add(CREDENTIALS)
    if contents.shares:
        subjects.add(WRONG_SHARE)
    if SERVICE_KEY_START in document.source.content:
        subjects.add(SERVICE_KEY)
    if any(resolve_references(document)):
        subjects.add(BROKEN_REFERENCE)
    return frozenset(subjects)


def _are_regular(document: Document, graphs: tuple[Graph, ...]) -> bool:
    """Whether the file has a name and graphs, all graphs are regular, and each loop has a `subWorkflow`."""
    if not graphs or type(document.data.get("name")) is not str or False in [graph.is_regular for graph in graphs]:
        return False
    return None not in [loop.data.get("subWorkflow") for _, loop in nodes_of_type(document, *LOOP_TYPES)]


def _may_hold_credentials(data: dict[str, object]) -> bool:
    """Whether the top of the file has a key for credentials, or a mapping or list beside `workflow`, which may hold one."""
    containers = [key for key, value in data.items() if type(value) in CONTAINERS]
    return containers not in ([], ["workflow"]) or not data.keys().isdisjoint(CREDENTIAL_KEYS)


def _has_regular_top(document: Document) -> bool:
    """Whether each value at the top is one that an export has: the rules about it find nothing then."""
    get = document.data.get
    name, time = get("name"), get("exportTime")
    if not (type(name) is str and name.strip() and (type(time) in _TIMES or (type(time) is float and time.is_integer()))):
        return False
    if get("exportType") != "WORKFLOW" or get("botType") != "Workflow" or get("formatVersion") != "1.0":
        return False
    shares = [share for key in SHARE_KEYS if (share := get(key)) is not None]
    return all(type(share) in (int, float) and 0 <= share <= 1 for share in shares) if shares else True
