"""A document's subjects leave out rules, and never one that would find something."""

import json
from random import Random
from typing import Any

import flow_mutations_edges  # noqa: F401 - adds to MUTATIONS
import flow_mutations_nodes  # noqa: F401
import flow_mutations_references  # noqa: F401
import pytest
from flow_documents import chain, edge, flow, loop, node
from flow_generator import Generator
from flow_mutations import MUTATIONS

from deployer.lint import engine
from deployer.lint.flow.node_types import NODE_TYPES
from deployer.lint.flow.subjects import find_subjects
from deployer.lint.rule import Document
from deployer.lint.rules import BROKEN_REFERENCE, CREDENTIALS, IRREGULAR, IRREGULAR_TOP, NAME_IN_TEXT, RULES, SERVICE_KEY, WRONG_SHARE
from deployer.model.workflow import Source

TEXT = [{"id": "text", "name": "text"}]


def document(definition: dict[str, Any]) -> Document:
    return Document(Source("a.flow", "gptbots", "workflow", json.dumps(definition).encode(), definition))


def subjects(*nodes: dict[str, Any]) -> frozenset[str]:
    return find_subjects(document(flow(chain(*nodes))))


def assert_nothing_is_left_out(definition: dict[str, Any]) -> None:
    expected = {rule.name for rule in engine.load_rules("flow") if any(True for _ in rule.check(document(definition)))}
    assert {finding.rule for finding in engine.lint_source(document(definition).source)} == expected


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_rules_that_are_left_out_find_nothing_in_graphs_with_mistakes(mutation: str) -> None:
    for seed in range(3):
        made = Generator(f"subjects {mutation} {seed}", 3 + 3 * seed)
        MUTATIONS[mutation](made)
        assert_nothing_is_left_out(made.document)


@pytest.mark.parametrize("seed", range(40))
def test_rules_that_are_left_out_find_nothing_in_damaged_graphs(seed: int) -> None:
    random = Random(seed)
    definition = json.loads(json.dumps(Generator(f"subjects {seed}", 3 + seed % 6).document))
    for _ in range(1 + seed % 4):
        damage(random, definition)
    assert_nothing_is_left_out(definition)


def damage(random: Random, definition: dict[str, Any]) -> None:
    """Remove or replace a value, or add one, at any place."""
    holders: list[Any] = [definition]
    for holder in holders:  # grows during the loop
        values = holder.values() if isinstance(holder, dict) else holder
        holders += [value for value in values if isinstance(value, dict | list) and value]
    holder = random.choice(holders)
    key = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    if random.random() < 0.3:
        del holder[key]
    else:
        holder[key] = random.choice([None, "", " ", 7, "7", [], {}, [[]], "START", "LOOP", "a#b#c", {"source": "NODE", "value": "a#b#c"}, "{{x}}"])


def test_regular_graph_has_the_types_of_its_nodes_alone() -> None:
    assert subjects(node("a", "LLM", llmParam={"userPrompt": "x", "creativityLevel": 0.5})) == {"START", "LLM", "END"}


@pytest.mark.parametrize(
    ("fields", "subject"),
    [
        ({"llmParam": {"userPrompt": "{{x}}"}}, NAME_IN_TEXT),
        ({"llmParam": {"creativityLevel": 70}}, WRONG_SHARE),
        ({"inputs": [{"source": "NODE", "value": "no#No#x"}]}, BROKEN_REFERENCE),
        ({"desc": "sk_"}, SERVICE_KEY),
        ({"authKey": "k"}, CREDENTIALS),
        ({"llmParam": {"userPrompt": "x", "auth": [{"apiSecrets": "k"}]}}, CREDENTIALS),
        ({"x": None}, IRREGULAR),
        ({"name": 7}, IRREGULAR),
        ({"llmParam": None}, IRREGULAR),
        ({"inputs": [{"source": "?"}]}, IRREGULAR),
        ({"type": "?"}, IRREGULAR),
    ],
)
def test_what_is_noteworthy_is_a_subject(fields: dict[str, Any], subject: str) -> None:
    assert subject in subjects({**node("a", "LLM", llmParam={"userPrompt": "x"}), **fields})


@pytest.mark.parametrize("value", [None, "", " ", "x", 7, 0.5, 1.5, 2, 2.0, True, [], {}])
@pytest.mark.parametrize(
    "key", ["name", "exportType", "botType", "exportTime", "formatVersion", "creativityLevel", "docCorrelation", "embeddingRate"]
)
def test_rules_about_the_top_are_left_out_where_they_find_nothing(key: str, value: object) -> None:
    assert_nothing_is_left_out({**flow(chain(node("a", "CODE"))), key: value})


@pytest.mark.parametrize(
    "more", [{"authKey": "k"}, {"plugins": [{"headers": {"x": "k"}}]}, {"settings": {"apiSecrets": "k"}}, {"list": [[{"oAuthId": "k"}]]}]
)
def test_credentials_beside_the_graph_are_found(more: dict[str, Any]) -> None:
    definition = {**flow(chain(node("a", "CODE"))), **more}
    assert CREDENTIALS in find_subjects(document(definition))
    assert "flow-credentials" in {finding.rule for finding in engine.lint_source(document(definition).source)}
    assert_nothing_is_left_out(definition)


def test_missing_value_at_the_top_is_irregular() -> None:
    definition = flow(chain(node("a", "CODE")))
    assert IRREGULAR_TOP not in find_subjects(document(definition))
    for key in ("name", "exportType", "botType", "formatVersion"):
        rest = {name: value for name, value in definition.items() if name != key}
        assert IRREGULAR_TOP in find_subjects(document(rest))
        assert_nothing_is_left_out(rest)


def test_flaw_in_a_graph_inside_a_loop_or_in_an_edge_is_irregular() -> None:
    inner, outer = chain(node("b", "CODE")), chain(node("a", "CODE"))
    inner["workflowEdges"].append(edge("b", "none", "added"))
    outer["workflowEdges"][0]["id"] = outer["workflowEdges"][1]["id"]
    assert IRREGULAR in subjects(loop(inner))
    assert IRREGULAR in find_subjects(document(flow(outer)))


@pytest.mark.parametrize("kind", ["LOOP", "BATCH"])
def test_loop_without_a_graph_is_irregular(kind: str) -> None:
    definition = flow(chain(node("a", kind, **{NODE_TYPES[kind].param: {"inputArrays": ["x"], "loopType": "ARRAY_BASED"}})))
    assert IRREGULAR in find_subjects(document(definition))
    assert_nothing_is_left_out(definition)


def test_types_with_options_are_those_of_the_table() -> None:
    assert set(RULES["flow"]["flow_node_option"]) == {kind for kind, node_type in NODE_TYPES.items() if node_type.options}


def test_rules_without_their_subject_are_not_run() -> None:
    names = {rule.name for rule in engine._rules_for(document(flow(chain(node("a", "LLM", llmParam={"userPrompt": "x"})))))}
    assert "flow-node-required" in names
    assert names.isdisjoint({"flow-name", "flow-cycle", "flow-aggregate-type", "flow-reference", "flow-node-type"})
