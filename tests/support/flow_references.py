"""The places of a node that may read from another node (docs/contracts/flow-format.md, "Variables"), each as a function that puts a value there.

A function returns False, and changes nothing, when the node has no such place. The value is a mapping with the source NODE.
"""

from collections.abc import Callable
from random import Random
from typing import Any

Node = dict[str, Any]
Value = dict[str, Any]
Put = Callable[[Node, Value, Random], bool]

PLACES: dict[str, Put] = {}


def place(function: Put) -> Put:
    PLACES[function.__name__] = function
    return function


def put_anywhere(node: Node, value: Value, random: Random) -> str:
    """Puts the value into one of the node's places; returns its name."""
    for name in random.sample(list(PLACES), len(PLACES)):
        if PLACES[name](node, dict(value), random):
            return name
    raise LookupError


def _param(node: Node, *kinds: str) -> Any:
    """The parameter object of a node of one of these types, of any without types; None when there is none."""
    key = next((key for key in node if key.endswith("Param")), "")
    return node.get(key) if not kinds or node["type"] in kinds else None


@place
def node_input(node: Node, value: Value, random: Random) -> bool:
    if not isinstance(node.get("inputs"), list):
        return False
    node["inputs"].insert(random.randint(0, len(node["inputs"])), {"name": "x", **value})
    return True


@place
def part_of_an_input(node: Node, value: Value, random: Random) -> bool:
    inputs = [item for item in node["inputs"] if isinstance(item, dict)]
    if not inputs:
        return False
    random.choice(inputs)["properties"] = [{"name": "part", **value}]
    return True


@place
def left_or_right_operand(node: Node, value: Value, random: Random) -> bool:
    param = _param(node, "CONDITION")
    if not param:
        return False
    sides = [("leftOperand", value), ("rightOperand", {"source": "DIRECT", "type": "STRING", "value": "a"})]
    if random.random() < 0.5:
        sides = [("leftOperand", {"source": "GLOBAL", "type": "STRING", "value": "sys.user_id"}), ("rightOperand", value)]
    branch = random.choice(param["conditionBranches"][:-1])
    branch.setdefault("conditions", []).append({**dict(sides), "operator": "eq"})
    return True


@place
def variable_of_an_aggregate(node: Node, value: Value, random: Random) -> bool:
    param = _param(node, "VARIABLE_AGGREGATE")
    groups = [group for group in param["groups"] if len(group["variables"]) < 10] if param else []
    if not groups:
        return False
    group = random.choice(groups)
    group["variables"].append({"name": "t", **value, "type": group.get("groupType", "STRING")})
    return True


@place
def array_or_variable_of_a_loop(node: Node, value: Value, random: Random) -> bool:
    param = _param(node, "LOOP", "BATCH")
    items = [item for name in ("inputArrays", "intermediateVariables") for item in param.get(name, ())] if param else []
    free = [item for item in items if "source" not in item]
    if not free:
        return False
    random.choice(free).update({key: item for key, item in value.items() if key != "name"})
    return True


@place
def side_of_an_assignment(node: Node, value: Value, random: Random) -> bool:
    param = _param(node, "SET_INTERMEDIATE_VARIABLE")
    if param is None:
        return False
    sides = [value, {"source": "DIRECT", "value": "a"}]
    random.shuffle(sides)
    param.setdefault("assignments", []).append(dict(zip(("leftValue", "rightValue"), sides, strict=True)))
    return True


@place
def output_of_the_end(node: Node, value: Value, random: Random) -> bool:
    if node["type"] != "END":
        return False
    holder = _param(node) if _param(node) and random.random() < 0.5 else node
    holder.setdefault("outputs", []).append({"id": "result", "name": "result", **value})
    return True


@place
def part_of_a_request(node: Node, value: Value, random: Random) -> bool:
    param = _param(node, "HTTP")
    if not param:
        return False
    param["request"].setdefault(random.choice(["headers", "queries", "formData"]), []).append({"key": "X-Text", "value": value})
    return True


@place
def parameter_of_a_tool(node: Node, value: Value, random: Random) -> bool:
    param = _param(node, "TOOL_API")
    if not param:
        return False
    param.setdefault("parameters", {})[f"p{random.randint(0, 9)}"] = value
    return True


@place
def deep_in_a_parameter(node: Node, value: Value, random: Random) -> bool:
    param = _param(node)
    if not param:
        return False
    inner: Any = value
    for _ in range(random.randint(1, 5)):
        inner = random.choice([[inner], {"in": inner}, [0, inner, None], {"type": "x", "in": [inner]}])
    param.setdefault("more", {})[f"m{random.randint(0, 9)}"] = inner
    return True
