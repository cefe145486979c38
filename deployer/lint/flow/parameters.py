"""The parameter objects of a `.flow`, read once for all rules that need every text and number in them."""

from __future__ import annotations

from deployer.lint.flow.graph import Graph, Node, read_graphs
from deployer.lint.rule import Document, once_per_document
from deployer.lint.values import CONTAINERS
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SHARE_KEYS = ("creativityLevel", "docCorrelation", "embeddingRate")
CREDENTIAL_KEYS = ("authKey", "authSecret", "apiSecrets", "oAuthId", "oAuthBean", "authProvider")
_CREDENTIAL_KEYS = frozenset(CREDENTIAL_KEYS)
_SHARE_KEYS = frozenset(SHARE_KEYS)
_SPECIAL_KEYS = _CREDENTIAL_KEYS | _SHARE_KEYS | {"source"}


class ParameterContents(NamedTuple):
    """`texts`: nodes with the texts in their parameter objects that hold `{{`. `shares`: nodes with a share there that is not
    from 0 to 1. `secrets`: nodes with a credential's key there or in the node itself. `references`: nodes with the mappings anywhere in them whose
    `source` is NODE, by the identity of their graph.
    """

    texts: list[tuple[Graph, Node, list[str]]]
    shares: list[tuple[Graph, Node]]
    secrets: list[tuple[Graph, Node]]
    references: dict[int, list[tuple[Node, list[dict[str, Any]]]]]


@once_per_document
def read_parameters(document: Document) -> ParameterContents:
    contents = ParameterContents([], [], [], {})
    for graph in read_graphs(document):
        in_graph = contents.references[id(graph)] = []
        for node in graph.nodes:
            references = _references_beside_parameter(node)
            texts, has_wrong_share, secret = _read_parameter(node.param, references) if node.param else ([], False, False)
            if references:
                in_graph.append((node, references))
            if texts:
                contents.texts.append((graph, node, texts))
            if has_wrong_share:
                contents.shares.append((graph, node))
            if secret or not _CREDENTIAL_KEYS.isdisjoint(node.data):
                contents.secrets.append((graph, node))
    return contents


def _references_beside_parameter(node: Node) -> list[dict[str, Any]]:
    """The mappings in the node whose `source` is NODE; not those in the parameter object or in a graph inside."""
    references: list[dict[str, Any]] = []
    values: list[Any] = []
    for key, value in node.data.items():
        kind = type(value)
        if kind is list:
            values += value
        elif kind is dict and value is not node.param and key != "subWorkflow":
            values.append(value)
    for value in values:  # grows during the loop
        kind = type(value)
        if kind is dict:
            if "source" in value and value["source"] == "NODE":
                references.append(value)
            for inner in value.values():  # most are texts
                if type(inner) is not str and type(inner) in CONTAINERS:
                    values.append(inner)
        elif kind is list:
            values += value
    return references


def _read_parameter(param: dict[str, Any], references: list[dict[str, Any]]) -> tuple[list[str], bool, bool]:
    """The texts with `{{`, whether a share is wrong, and whether a key is a credential's. Adds to `references` those in it."""
    texts, has_wrong_share, secret = [], False, False
    containers: list[Any] = [param]
    for container in containers:  # grows during the loop
        items = container
        if type(container) is dict:
            items = container.values()
            if not _SPECIAL_KEYS.isdisjoint(container):
                secret = secret or not _CREDENTIAL_KEYS.isdisjoint(container)
                has_wrong_share = has_wrong_share or (not _SHARE_KEYS.isdisjoint(container) and bool(wrong_shares(container)))
                if "source" in container and container["source"] == "NODE":
                    references.append(container)
        for value in items:
            kind = type(value)
            if kind is str:
                if "{{" in value:
                    texts.append(value)
            elif kind is dict or kind is list:
                containers.append(value)
    return texts, has_wrong_share, secret


def wrong_shares(mapping: dict[str, object]) -> list[str]:
    """The keys whose number is outside of 0 to 1."""
    return [name for name in SHARE_KEYS if isinstance(value := mapping.get(name), int | float) and not 0 <= value <= 1]
