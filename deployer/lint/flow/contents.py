"""What the parameter objects of a `.flow` hold, gone through once for all rules that look into every text and number."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from deployer.formats.positions import Path
from deployer.lint.flow.graph import Graph, Node, graphs
from deployer.lint.rule import Document

SECRETS = ("authKey", "authSecret", "apiSecrets")
_SECRETS = frozenset(SECRETS)


class Contents(NamedTuple):
    """`texts`: nodes with the texts in their parameter objects that hold `{{`. `numbers`: nodes with a number there that is not in 0 to 1.
    `secrets`: nodes with a key there, or in the node itself, that is a credential's.
    """

    texts: list[tuple[Graph, Node, list[str]]]
    numbers: list[tuple[Graph, Node]]
    secrets: list[tuple[Graph, Node]]


def contents(document: Document) -> Contents:
    if "contents" not in document.memo:
        document.memo["contents"] = _contents(document)
    found: Contents = document.memo["contents"]
    return found


def _contents(document: Document) -> Contents:
    found = Contents([], [], [])
    for graph in graphs(document):
        for node in graph.nodes:
            texts, odd, secret = _inside(node.param) if node.param else ([], False, False)
            if texts:
                found.texts.append((graph, node, texts))
            if odd:
                found.numbers.append((graph, node))
            if secret or not _SECRETS.isdisjoint(node.data):
                found.secrets.append((graph, node))
    return found


def _inside(param: dict[str, Any]) -> tuple[list[str], bool, bool]:
    texts, odd, secret = [], False, False
    holders: list[Any] = [param]
    for holder in holders:  # grows while it is gone through
        listed = holder
        if type(holder) is dict:
            listed = holder.values()
            if not _SECRETS.isdisjoint(holder):
                secret = True
        for value in listed:
            kind = type(value)
            if kind is str:
                if "{{" in value:
                    texts.append(value)
            elif kind is dict or kind is list:
                holders.append(value)
            elif (kind is float or kind is int) and not 0 <= value <= 1:
                odd = True
    return texts, odd, secret


def mappings(value: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every mapping in it, itself too, with its path."""
    return ((where, each) for where, each in values(value, path) if isinstance(each, dict))


def values(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value in it, itself too, with its path, in the order of the file."""
    waiting = [(path, value)]
    while waiting:
        where, each = waiting.pop()
        yield where, each
        if isinstance(each, dict):
            waiting += [((*where, key), each[key]) for key in reversed(each)]
        elif isinstance(each, list):
            waiting += [((*where, index), each[index]) for index in reversed(range(len(each)))]
