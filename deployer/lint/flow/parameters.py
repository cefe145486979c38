"""The parameter objects of a `.flow`, read once for all rules that need every text and number in them."""

from typing import Any, NamedTuple

from deployer.lint.flow.graph import Graph, Node, read_graphs
from deployer.lint.rule import Document, once_per_document

SHARE_KEYS = ("creativityLevel", "docCorrelation", "embeddingRate")
CREDENTIAL_KEYS = ("authKey", "authSecret", "apiSecrets", "oAuthId", "oAuthBean", "authProvider")
_CREDENTIAL_KEYS = frozenset(CREDENTIAL_KEYS)


class ParameterContents(NamedTuple):
    """`texts`: nodes with the texts in their parameter objects that hold `{{`. `numbers`: nodes with a number there outside of 0 to 1.
    `secrets`: nodes with a credential's key there or in the node itself.
    """

    texts: list[tuple[Graph, Node, list[str]]]
    numbers: list[tuple[Graph, Node]]
    secrets: list[tuple[Graph, Node]]


@once_per_document
def read_parameters(document: Document) -> ParameterContents:
    contents = ParameterContents([], [], [])
    for graph in read_graphs(document):
        for node in graph.nodes:
            texts, out_of_range, secret = _read_parameter(node.param) if node.param else ([], False, False)
            if texts:
                contents.texts.append((graph, node, texts))
            if out_of_range:
                contents.numbers.append((graph, node))
            if secret or not _CREDENTIAL_KEYS.isdisjoint(node.data):
                contents.secrets.append((graph, node))
    return contents


def _read_parameter(param: dict[str, Any]) -> tuple[list[str], bool, bool]:
    """The texts with `{{`, whether a number is outside of 0 to 1, and whether a key is a credential's."""
    texts, out_of_range, secret = [], False, False
    containers: list[Any] = [param]
    for container in containers:  # grows during the loop
        items = container
        if type(container) is dict:
            items = container.values()
            if not _CREDENTIAL_KEYS.isdisjoint(container):
                secret = True
        for value in items:
            kind = type(value)
            if kind is str:
                if "{{" in value:
                    texts.append(value)
            elif kind is dict or kind is list:
                containers.append(value)
            elif (kind is float or kind is int) and not 0 <= value <= 1:
                out_of_range = True
    return texts, out_of_range, secret
