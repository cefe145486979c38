"""What an import leaves out of a file, by what the target owns, its organisation's tools, and the credentials entered in its console."""

from typing import Any

import pytest
from flow_documents import Flow, chain, flow, llm, loop, node

from deployer.model.bound_data import bound_ids
from deployer.sandbox.import_drops import find_drops
from deployer.sandbox.targets_file import DeclaredTarget


def drops(document: Flow, **target: Any) -> list[str]:
    return list(find_drops(document, DeclaredTarget("a", "workflow", "t1", **target)))


def tool(tool_id: str = "t", **more: Any) -> Flow:
    return node("tool", "TOOL_API", toolApiParam={"toolId": tool_id, "toolApiId": "a", **more})


DATA = flow(
    chain(
        node("facts", "DATASET", datasetParam={"query": "x", "dataGroupIds": ["g1", "g2"]}),
        node("rows", "DATABASE", databaseParam={"sqlQuery": "x", "tableId": 7, "limit": 100}),
    )
)
KEYS = flow(chain(node("http", "HTTP", httpParam={"request": {"url": "u", "authKey": "k"}}), tool(headers={"X-Key": "k"})))


def test_data_of_another_workflow_is_dropped_with_the_ids_that_are_not_the_targets() -> None:
    assert drops(DATA) == [
        "dataset of the facts belongs to another workflow and was dropped: g1, g2",
        "database of the rows belongs to another workflow and was dropped: 7",
    ]
    assert drops(DATA, owns=frozenset({"g1", "7"})) == ["dataset of the facts belongs to another workflow and was dropped: g2"]
    assert drops(DATA, owns=frozenset({"g1", "g2", "7"})) == drops(DATA, owns=None) == []


@pytest.mark.parametrize(
    ("kind", "parameter"),
    [
        ("DATASET", {"query": "x"}),
        ("DATASET", {"query": "x", "dataGroupIds": [], "datasets": [{}], "docCorrelation": 0.5, "valid": "yes", "offset": 3}),
        ("DATABASE", {"sqlQuery": "x", "tables": [], "tableId": "", "database": None, "limit": 100}),
    ],
)
def test_an_empty_list_of_data_drops_nothing(kind: str, parameter: Flow) -> None:
    param = {"DATASET": "datasetParam", "DATABASE": "databaseParam"}[kind]
    assert drops(flow(chain(node("data", kind, **{param: parameter})))) == []


@pytest.mark.parametrize("parameter", [{"id": "k"}, {"tables": ["k"]}, {"deep": [{"datasets": [{"id": "k", "name": "n"}]}]}, {"kb_ids": ["k"]}])
def test_ids_of_data_are_found_at_any_depth(parameter: Flow) -> None:
    assert list(bound_ids(node("facts", "DATASET", datasetParam=parameter))) == ["k"]
    assert list(bound_ids(node("facts", "LLM", datasetParam=parameter))) == []


def test_tools_of_another_organisation_are_dropped() -> None:
    assert drops(flow(chain(tool()))) == []
    assert drops(flow(chain(tool())), tools=frozenset({"t"})) == []
    assert drops(flow(chain(tool())), tools=frozenset()) == ["tool t of the tool belongs to another organisation and was dropped"]
    assert drops(flow(chain(tool(" ")))) == ["tool without an id of the tool belongs to another organisation and was dropped"]


def test_credentials_are_cleared_with_the_name_of_their_node() -> None:
    assert drops(KEYS) == ["credentials of the http were cleared", "plugin headers and queries of the tool were cleared"]
    assert drops({**flow(chain(llm())), "apiSecrets": {"k": "v"}}) == ["credentials of the file were cleared"]


@pytest.mark.parametrize("configured", [{"http", "tool"}, {"http", "t"}])
def test_credentials_of_a_node_or_plugin_with_the_same_id_are_filled_in_again(configured: set[str]) -> None:
    assert drops(KEYS, credentials=frozenset(configured)) == []


def test_credentials_of_a_loop_are_not_those_of_its_nodes() -> None:
    inside = flow(chain(loop(chain(node("http", "HTTP", httpParam={"authSecret": "k"})))))
    assert drops(inside, credentials=frozenset({"loop"})) == ["credentials of the http were cleared"]


def test_an_opaque_file_drops_nothing() -> None:
    assert list(find_drops(None, DeclaredTarget("a", "workflow", "t1"))) == []
