"""Mistakes in a node: its own fields and inputs. Importing this adds them to `flow_mutations.MUTATIONS`."""

from collections.abc import Callable
from typing import Any

from flow_generator import BRANCHING, Generator, Node, branches
from flow_mutations import MUTATIONS, Expected, Mutation, any_graph, mutation

_PARAMETERS = {
    "LLM": ("llmParam", ["userPrompt"]),
    "AUDIO_LLM": ("audioLlmParam", ["voice", "userPrompt"]),
    "INTENT": ("intentParam", ["query"]),
    "CODE": ("codeParam", ["code", "language"]),
    "HTTP": ("httpParam", ["request"]),
    "DATASET": ("datasetParam", ["query"]),
    "DATABASE": ("databaseParam", ["sqlQuery"]),
    "FILE_PARSE": ("fileParseParam", ["parseMode"]),
    "TEXT_PROCESS": ("textProcessParam", ["mode", "delimiters", "joinText", "splitTarget"]),
    "VARIABLE_AGGREGATE": ("variableAggregateParam", ["strategy"]),
    "LOOP": ("loopParam", ["loopType", "inputArrays", "limitedLoopCount"]),
    "BATCH": ("batchParam", ["inputArrays"]),
}


def at_node(rule: str) -> Callable[[Callable[[Generator, Node], Any]], Mutation]:
    """For a mutation of one node's inside: it returns None, and changes nothing, when the node will not do."""

    def decorate(function: Callable[[Generator, Node], Any]) -> Mutation:
        def mutate(made: Generator) -> Expected | None:
            pairs = [(graph, node) for graph in made.graphs for node in graph.nodes]
            for graph, node in made.random.sample(pairs, len(pairs)):
                place = graph.place(node)
                if function(made, node) is not None:
                    return [(rule, place)]
            return None

        MUTATIONS[function.__name__] = mutate
        return mutate

    return decorate


# A node's own fields


@at_node("flow-node-id")
def a_node_without_an_id(made: Generator, node: Node) -> Any:
    old = node.pop("id")
    node |= made.random.choice([{}, {"id": ""}, {"id": " "}, {"id": True}, {"id": None}, {"id": [old]}])
    return node


@mutation
def an_id_twice(made: Generator) -> Expected | None:
    graph = any_graph(made)
    first, second = sorted(made.random.sample(range(len(graph.nodes)), 2))
    node = graph.nodes[second]
    if "COMMENT" in (node["type"], graph.nodes[first]["type"]):  # then edges lead to a comment as well
        return None
    place = graph.place(node)
    node["id"] = graph.nodes[first]["id"]
    closed = {graph.nodes[first]["type"], node["type"]} & {"START", "END"}
    return None if closed else [("flow-node-id", place)]


@at_node("flow-node-name")
def a_node_without_a_name(made: Generator, node: Node) -> Any:
    node.pop("name")
    node |= made.random.choice([{}, {"name": ""}, {"name": "  "}, {"name": False}, {"name": None}])
    return node


@mutation
def a_name_twice(made: Generator) -> Expected:
    graph = any_graph(made)
    first, second = sorted(made.random.sample(range(len(graph.nodes)), 2))
    graph.nodes[second]["name"] = graph.nodes[first]["name"]
    return [("flow-node-name", graph.place(graph.nodes[second]))]


@at_node("flow-node-type")
def an_unknown_type(made: Generator, node: Node) -> Any:
    node.pop("type")
    node |= made.random.choice([{}, {"type": "MAGIC"}, {"type": "llm"}, {"type": ""}, {"type": None}, {"type": ["LLM"]}])
    return node


@at_node("flow-node-position")
def a_node_without_a_position(made: Generator, node: Node) -> Any:
    axis = made.random.choice("xy")
    node.pop(axis)
    node |= made.random.choice([{}, {axis: None}])
    return node


@at_node("flow-node-coordinate")
def a_position_that_is_no_number(made: Generator, node: Node) -> Any:
    node[made.random.choice("xy")] = made.random.choice(["12", True, [1], {}])
    return node


@at_node("flow-number-as-text")
def a_number_for_text(made: Generator, node: Node) -> Any:
    node["name"] = made.random.choice([7, 0, -1.5])
    return node


@mutation
def a_numeric_id_in_an_edge_and_its_node(made: Generator) -> Expected | None:
    """The ids of a node and of the end of an edge are one number, once as text."""
    graph = any_graph(made)
    edge = made.random.choice(graph.edges)
    node = next(each for each in graph.nodes if each["id"] == edge["targetNodeID"])
    if f"{node['id']}#" in str(made.document):  # a reference would lose its node
        return None
    for each in graph.edges:
        each |= {field: "77" for field in ("sourceNodeID", "targetNodeID") if each[field] == node["id"]}
    node["id"], edge["targetNodeID"] = made.random.choice([(77, "77"), ("77", 77), (77, 77)])
    numeric = [each for each, number in ((node, node["id"]), (edge, edge["targetNodeID"])) if number == 77]
    return [("flow-number-as-text", graph.place(each)) for each in numeric]


@at_node("flow-node-parameter")
def a_node_without_its_parameters(made: Generator, node: Node) -> Any:
    key = next((key for key in node if key.endswith("Param") and key != "endParam"), "")
    if not key or node["type"] in BRANCHING:
        return None
    node.pop(key)
    node |= made.random.choice([{}, {key: None}, {key: "x"}, {key: []}])
    return node


@at_node("flow-node-parameter")
def a_loop_without_its_graph(made: Generator, node: Node) -> Any:
    if "subWorkflow" not in node:
        return None
    made.graphs = made.graphs[:1]
    return node.pop("subWorkflow")


@at_node("flow-node-required")
def a_required_field_is_missing(made: Generator, node: Node) -> Any:
    key, fields = _PARAMETERS.get(node["type"], ("", []))
    there = [field for field in fields if field in node[key]]
    if not there:
        return None
    field = made.random.choice(there)
    node[key].pop(field)
    node[key] |= made.random.choice([{}, {field: None}, {field: ""}, {field: "\n"}, {field: []}, {field: {}}])
    return node


@at_node("flow-node-required")
def a_tool_without_an_id(made: Generator, node: Node) -> Any:
    return node["toolApiParam"].pop(made.random.choice(["toolId", "toolApiId"])) if node["type"] == "TOOL_API" else None


@at_node("flow-tool-id")
def a_tool_of_another_organisation(made: Generator, node: Node) -> Any:
    if node["type"] != "TOOL_API":
        return None
    node["toolApiParam"][made.random.choice(["toolId", "toolApiId"])] = made.random.choice(["", " ", None])
    return node


@at_node("flow-node-required")
def an_address_without_its_half(made: Generator, node: Node) -> Any:
    return node["httpParam"]["request"].pop(made.random.choice(["url", "method"])) if node["type"] == "HTTP" else None


@at_node("flow-node-required")
def an_end_without_its_text(made: Generator, node: Node) -> Any:
    if node["type"] != "END":
        return None
    node["endParam"] = {"outputType": "TEXT"} | made.random.choice([{}, {"outputText": ""}])
    return node


@at_node("flow-node-required")
def an_intent_without_its_value(made: Generator, node: Node) -> Any:
    return made.random.choice(branches(node)).pop("value") if node["type"] == "INTENT" else None


@at_node("flow-node-option")
def an_option_that_is_none(made: Generator, node: Node) -> Any:
    key, _ = _PARAMETERS.get(node["type"], ("", []))
    field = next((each for each in ("language", "parseMode", "mode", "strategy", "loopType") if key and each in node[key]), "")
    if not field:
        return None
    node[key][field] = made.random.choice(["python", "FAST", 7, ["JS"], True])
    return node


@at_node("flow-number-range")
def a_share_that_is_too_large(made: Generator, node: Node) -> Any:
    holder = node.get("llmParam") or node.get("datasetParam")
    if not holder:
        return None
    (holder.get("recall") or holder)["embeddingRate"] = made.random.choice([1.01, -0.5, 70, -1e300])
    return node


@at_node("flow-http-address")
def a_private_address(made: Generator, node: Node) -> Any:
    hosts = ("localhost", "LOCALHOST.", "127.0.0.1", "10.1.2.3", "[::1]", "192.168.0.1:8080", "a:b@172.31.0.1", "0x7f.1", "169.254.169.254", "0")
    if node["type"] != "HTTP":
        return None
    node["httpParam"]["request"]["url"] = made.random.choice(["http://{}/x", "https://{}", "{}/x?y=1"]).format(made.random.choice(hosts))
    return node


@at_node("flow-condition-else")
def a_condition_without_else(made: Generator, node: Node) -> Any:
    if node["type"] != "CONDITION":
        return None
    branches(node)[-1]["type"] = made.random.choice(["ELSE_IF", "IF"])
    return node


@at_node("flow-branch-type")
def a_branch_without_its_type(made: Generator, node: Node) -> Any:
    if node["type"] != "CONDITION":
        return None
    branch = made.random.choice(branches(node))
    branch |= {"name": "ELSE", "desc": "ELSE", "type": made.random.choice(["else", "ELSEIF", None, "", 7, ["ELSE"]])}
    if made.random.random() < 0.3:
        del branch["type"]
    return branch


@at_node("flow-condition-else")
def a_condition_with_two_else(made: Generator, node: Node) -> Any:
    if node["type"] != "CONDITION":
        return None
    branches(node)[0]["type"] = "ELSE"
    return node


def any_group(made: Generator, node: Node) -> Any:
    """A group of the node, which then has no others; None for a node of another type."""
    if node["type"] != "VARIABLE_AGGREGATE":
        return None
    groups = node["variableAggregateParam"]["groups"]
    groups[:] = [made.random.choice(groups)]
    return groups[0]


@at_node("flow-aggregate-groups")
def too_few_or_many_groups(made: Generator, node: Node) -> Any:
    group = any_group(made, node)
    if not group:
        return None
    many = [group | {"groupName": f"g{index}"} for index in range(21)]
    node["variableAggregateParam"]["groups"] = made.random.choice([[], many, None, {"a": 1}, "x", ["g"], [None]])
    return node


@at_node("flow-aggregate-name")
def a_group_without_a_name(made: Generator, node: Node) -> Any:
    group = any_group(made, node)
    if not group:
        return None
    del group["groupName"]
    group |= made.random.choice([{}, {"name": "reply"}, {"groupName": " "}, {"groupName": None}, {"groupName": True}])
    return group


@at_node("flow-aggregate-name-unique")
def a_group_name_twice(made: Generator, node: Node) -> Any:
    group = any_group(made, node)
    return (group and node["variableAggregateParam"]["groups"].append(dict(group))) or group


@at_node("flow-aggregate-name-form")
def a_group_name_that_names_no_variable(made: Generator, node: Node) -> Any:
    group = any_group(made, node)
    return (group and group.update(groupName=made.random.choice(["1st", "two words", "größe", "a-b"]))) or group


@at_node("flow-aggregate-type")
def a_group_of_another_type(made: Generator, node: Node) -> Any:
    group = any_group(made, node)
    if not group:
        return None
    group["variables"] = [dict(group["variables"][0])]
    if made.random.random() < 0.5:
        group["groupType"] = made.random.choice(["", None])
    else:
        group["variables"][0]["type"] = made.random.choice(["OTHER", None, 7])
    return group


@at_node("flow-aggregate-variables")
def a_group_of_no_or_many_variables(made: Generator, node: Node) -> Any:
    group = any_group(made, node)
    if not group:
        return None
    group["variables"] = made.random.choice([[], group["variables"][:1] * 11, None, {"a": 1}, ["text"]])
    return group


@at_node("flow-loop-variable")
def a_variable_named_index(made: Generator, node: Node) -> Any:
    lists = [each for each in (node.get("loopParam") or node.get("batchParam") or {}).values() if isinstance(each, list)]
    if not lists:
        return None
    made.random.choice(lists)[0]["name"] = "index"
    return node


@at_node("flow-loop-variable")
def a_loop_variable_twice(made: Generator, node: Node) -> Any:
    if node["type"] != "LOOP":
        return None
    node["loopParam"]["intermediateVariables"] *= 2
    made.random.shuffle(node["loopParam"]["intermediateVariables"])
    node["loopParam"]["intermediateVariables"] = node["loopParam"]["intermediateVariables"][:3]
    return node


@at_node("flow-loop-variable")
def a_name_in_two_lists_of_a_loop(made: Generator, node: Node) -> Any:
    if node["type"] not in ("LOOP", "BATCH"):
        return None
    param = node.get("loopParam") or node["batchParam"]
    other = param["intermediateVariables"] if node["type"] == "LOOP" else param["inputArrays"]
    param["inputArrays"] = [*(param.get("inputArrays") or [])[:1], {"name": other[0]["name"]}]
    if node["type"] == "LOOP":
        other[:] = other[:1]
    return node


@at_node("flow-credentials")
def credentials_in_a_node(made: Generator, node: Node) -> Any:
    holder = made.random.choice([node, *([node["llmParam"]] if "llmParam" in node else [])])
    holder[made.random.choice(["authKey", "authSecret", "apiSecrets"])] = "k-1234"
    return node


@at_node("flow-credentials")
def a_plugin_with_headers(made: Generator, node: Node) -> Any:
    if node["type"] != "TOOL_API":
        return None
    node["toolApiParam"][made.random.choice(["headers", "queries"])] = made.random.choice([[{"a": "b"}], {"a": "b"}])
    return node


@at_node("flow-unknown-name")
def a_name_that_nothing_offers(made: Generator, node: Node) -> Any:
    key, fields = _PARAMETERS.get(node["type"], ("", []))
    field = next((each for each in fields if isinstance(node[key].get(each), str)), "") if node["type"] not in ("CODE", "FILE_PARSE") else ""
    if not field or field in ("mode", "strategy", "loopType"):
        return None
    node[key][field] += made.random.choice(["{{nothing}}", "{{ nothing }}", "{{nothing.inside}}", "{{nothing[0]}}"])
    return node


@at_node("flow-input")
def an_input_of_no_source(made: Generator, node: Node) -> Any:
    wrong = [{"name": "a", "source": "CONSTANT"}, {"source": ""}, {"source": ["NODE"]}, "a", None, []]
    node["inputs"].append(made.random.choice(wrong))
    return node


@at_node("flow-input-source")
def an_input_without_a_source(made: Generator, node: Node) -> Any:
    node["inputs"].append(made.random.choice([{"name": "a"}, {"source": None, "value": "x"}]))
    return node


@at_node("flow-input")
def inputs_that_are_no_list(made: Generator, node: Node) -> Any:
    if "{{" in str({key: node[key] for key in node if key.endswith("Param")}):  # the names would be gone
        return None
    node["inputs"] = made.random.choice([{}, "a", 0, False])
    return node
