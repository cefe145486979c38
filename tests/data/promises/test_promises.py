"""Toy keeps Flowship's promises."""

import contextlib
import json
from collections.abc import Callable, Iterator

import pytest
import toy_server

from deployer.testing.subject import TEXT, AnswerCase, Definition, Held, Subject


class Server:
    """Toy's server. Its memory is at hand here; a test of a real one calls it."""

    keys = preview_keys = (toy_server.KEY,)

    def __init__(self, toy: toy_server.ToyServer) -> None:
        self.toy, self.url = toy, toy.url

    def held(self) -> list[Held]:
        return [Held(flow["steps"][0]["say"], flow["active"]) for flow in self.toy.flows.values()]

    def refuse(self, text: str) -> None:
        self.toy.refused = text

    def edit(self, before: str, after: str) -> None:
        for id_, flow in list(self.toy.flows.items()):
            if flow["steps"] == [{"say": before}]:
                self.toy.write(id_, {"steps": [{"say": after}]})


@contextlib.contextmanager
def start() -> Iterator[Server]:
    with toy_server.running() as toy:
        yield Server(toy)


def definition(name: str) -> Definition:
    return Definition(f"flows/{name}.json", json.dumps({"name": name, "steps": [{"say": TEXT}]}))


@pytest.fixture
def subject() -> Subject:
    return Subject("toy", start, (definition("one"), definition("two"), definition("three")), AnswerCase({}, {"equals": TEXT}), refuse=Server.refuse)


def test_promise(promise: Callable[[], None]) -> None:
    promise()
