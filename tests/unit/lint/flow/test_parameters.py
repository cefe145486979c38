from typing import Any

import pytest
from flow_documents import chain, flow, node

from deployer.lint.flow.node_types import is_filled
from deployer.lint.flow.parameters import ParameterContents, read_parameters
from deployer.lint.rule import Document
from deployer.lint.values import iter_mappings, iter_values
from deployer.model.workflow import Source


def contents(param: dict[str, Any], **more: Any) -> ParameterContents:
    definition = flow(chain(node("a", "LLM", llmParam=param, **more)))
    return read_parameters(Document(Source("a.flow", "gptbots", "workflow", b"", definition)))


def test_texts_numbers_and_credentials_are_found_at_any_depth() -> None:
    nested = contents({"a": [{"b": "{{x}}", "c": {"creativityLevel": 1.5}}], "d": {"authKey": ""}})
    assert [texts for _, _, texts in nested.texts] == [["{{x}}"]]
    assert (len(nested.shares), len(nested.secrets)) == (1, 1)


def test_references_are_found_in_parameters_inputs_and_other_fields() -> None:
    reference = {"source": "NODE"}
    found = contents({"a": [{"b": reference}]}, inputs=[reference, {"in": reference}], other={"x": [reference]}, subWorkflow={"x": reference})
    assert [len(mappings) for rows in found.references.values() for _, mappings in rows] == [4]


def test_plain_texts_and_numbers_in_range_are_left_out() -> None:
    assert contents({"a": "x", "n": 0.5, "one": 1, "flag": True})[:3] == ([], [], [])


def test_credential_of_the_node_itself_counts() -> None:
    assert len(contents({}, authSecret="s").secrets) == 1


@pytest.mark.parametrize("value", [0, False, "a", [0], {"a": None}, 0.0])
def test_zero_and_false_are_filled(value: object) -> None:
    assert is_filled(value)


@pytest.mark.parametrize("value", [None, "", " \n", [], {}])
def test_null_blank_and_empty_values_are_not_filled(value: object) -> None:
    assert not is_filled(value)


def test_values_come_in_the_order_of_the_file_with_their_paths() -> None:
    assert [path for path, _ in iter_values({"a": [1, {"b": 2}], "c": 3}, ("w",))] == [
        ("w",), ("w", "a"), ("w", "a", 0), ("w", "a", 1), ("w", "a", 1, "b"), ("w", "c")
    ]  # fmt: skip
    assert [path for path, _ in iter_mappings([{}, [{"a": {}}]], ())] == [(0,), (1, 0), (1, 0, "a")]
