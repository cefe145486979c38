"""What each node type of a `.flow` must hold (docs/contracts/flow-format.md, "Nodes")."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

_Node = Mapping[str, Any]
_Check = Callable[[_Node, Mapping[str, Any], Collection[str]], Iterator[str]]

PARAMETERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "LLM": ("llmParam", ("userPrompt",)),
    "AUDIO_LLM": ("audioLlmParam", ("voice", "userPrompt")),
    "INTENT": ("intentParam", ("intents", "query")),
    "CONDITION": ("conditionParam", ("conditionBranches",)),
    "CODE": ("codeParam", ("code",)),
    "HTTP": ("httpParam", ("request",)),
    "DATASET": ("datasetParam", ("query",)),
    "DATABASE": ("databaseParam", ("sqlQuery",)),
    "TOOL_API": ("toolApiParam", ()),
    "FILE_PARSE": ("fileParseParam", ()),
    "TEXT_PROCESS": ("textProcessParam", ()),
    "VARIABLE_AGGREGATE": ("variableAggregateParam", ("groups",)),
    "LOOP": ("loopParam", ()),
    "BATCH": ("batchParam", ("inputArrays",)),
    "SET_INTERMEDIATE_VARIABLE": ("setIntermediateVariableParam", ("assignments",)),
    "COMMENT": ("commentParam", ()),
}
_CHOICES: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {  # a field, its values, and the fields that each value needs
    "CODE": ("language", {"PYTHON": (), "JS": ()}),
    "FILE_PARSE": ("parseMode", {"DEFAULT": (), "HIGHLEVEL": ()}),
    "TEXT_PROCESS": ("mode", {"SPLIT": ("splitTarget", "delimiters"), "JOIN": ("joinText",)}),
    "VARIABLE_AGGREGATE": ("strategy", {"FIRST_NON_NULL": ()}),
    "LOOP": ("loopType", {"ARRAY_BASED": ("inputArrays",), "LIMITED_LOOP": ("limitedLoopCount",)}),
}
NODE_TYPES = frozenset({*PARAMETERS, "START", "END", "NEXT_LOOP", "CONTINUE", "BREAK"})
_BRANCH_TYPES = ("IF", "ELSE_IF", "ELSE")
_MAY_BE_BLANK = ("delimiters", "joinText")  # white space separates


def walk(value: Any) -> Iterator[Any]:
    """Every value inside, and the value itself, without recursion: a file may be nested deeper than Python's stack."""
    pending = [value]
    while pending:
        item = pending.pop()
        yield item
        if isinstance(item, Mapping):
            pending.extend(list(item.values())[::-1])
        elif isinstance(item, list):
            pending.extend(reversed(item))


def node_refusals(node: _Node, handles: Collection[str]) -> Iterator[str]:
    """Every reason why this node's content is refused; `handles` are the source handles that its edges leave from."""
    kind = node["type"]
    field, required = PARAMETERS.get(kind, ("endParam" if kind == "END" else "", ()))
    param = node.get(field) if field else {}
    if param is None and kind == "END":
        param = {}
    if not isinstance(param, Mapping):
        yield f"node {node['name']}: {field} is missing"
        return
    missing = [name for name in required if not _has_content(param.get(name))]
    refusals = [f"{field}.{name} is missing" for name in missing] or [*_choice_refusals(kind, param), *_type_refusals(node, param, handles)]
    yield from (f"node {node['name']}: {refusal}" for refusal in refusals)


def _is_text(value: Any) -> bool:
    """Text that is not blank, or a number, which the platform reads as text."""
    return bool(value.strip()) if isinstance(value, str) else isinstance(value, int | float) and not isinstance(value, bool)


def _has_content(value: Any) -> bool:
    """Present and not empty: 0 and false are values, "", " ", [] and {} are not."""
    return bool(value.strip()) if isinstance(value, str) else value not in (None, [], {})


def _choice_refusals(kind: str, param: Mapping[str, Any]) -> Iterator[str]:
    name, choices = _CHOICES.get(kind, ("", {}))
    choice = str(param.get(name))
    if name and choice not in choices:
        yield f"{name} must be one of {', '.join(choices)}"
    yield from (f"{needed} is missing" for needed in choices.get(choice, ()) if not _has_choice_content(needed, param.get(needed)))


def _has_choice_content(name: str, value: Any) -> bool:
    return bool(value) if name in _MAY_BE_BLANK and isinstance(value, str) else _has_content(value)


def _type_refusals(node: _Node, param: Mapping[str, Any], handles: Collection[str]) -> Iterator[str]:
    check = _EVALS.get(node["type"])
    return check(node, param, handles) if check else iter(())


def _check_end(_node: _Node, param: Mapping[str, Any], _handles: Collection[str]) -> Iterator[str]:
    if param.get("outputType") == "TEXT" and not _has_content(param.get("outputText")):
        yield "endParam.outputText is missing"


def _check_intent(_node: _Node, param: Mapping[str, Any], handles: Collection[str]) -> Iterator[str]:
    if not isinstance(param["intents"], list):
        yield "intents must be a list"
    for intent in _objects(param["intents"]):
        if not _has_content(intent.get("sourceHandle")) or not _has_content(intent.get("value")):
            yield "an intent needs sourceHandle and value"
        elif str(intent["sourceHandle"]) not in handles:
            yield f"no edge leaves the intent {intent['value']}"


def _check_condition(_node: _Node, param: Mapping[str, Any], handles: Collection[str]) -> Iterator[str]:
    branches = _objects(param["conditionBranches"])
    types = [branch.get("type") for branch in branches]
    if any(kind not in _BRANCH_TYPES for kind in types):
        yield f"a branch's type must be one of {', '.join(_BRANCH_TYPES)}"
    if types.count("ELSE") != 1:
        yield "a condition needs exactly one ELSE branch"
    for branch in branches:
        if str(branch.get("sourceHandle")) not in handles:
            yield f"no edge leaves the branch {branch.get('sourceHandle')!r}"


def _check_http(_node: _Node, param: Mapping[str, Any], _handles: Collection[str]) -> Iterator[str]:
    request = param["request"]
    if not isinstance(request, Mapping) or not _has_content(request.get("url")) or not _has_content(request.get("method")):
        yield "request needs url and method"


def _check_tool(_node: _Node, param: Mapping[str, Any], _handles: Collection[str]) -> Iterator[str]:
    """The ids may be blank: the plug-in is another organisation's then."""
    yield from (f"{name} is missing" for name in ("toolId", "toolApiId") if name not in param)


def _check_aggregate(_node: _Node, param: Mapping[str, Any], _handles: Collection[str]) -> Iterator[str]:
    groups = param["groups"]
    if not isinstance(groups, list) or len(groups) > 20:
        yield "groups must be a list of 1 to 20"
    for group in _objects(groups):
        variables = group.get("variables")
        if not _is_text(group.get("groupName")) or not _has_content(group.get("groupType")):
            yield "a group needs groupName and groupType"
        if not isinstance(variables, list) or not 1 <= len(variables) <= 10:
            yield "a group needs 1 to 10 variables"
        if not all(isinstance(item, Mapping) and item.get("type") == group.get("groupType") for item in variables or ()):
            yield "a group and its variables must have one type"


def _check_assignments(_node: _Node, param: Mapping[str, Any], _handles: Collection[str]) -> Iterator[str]:
    if not isinstance(param["assignments"], list):
        yield "assignments must be a list"
    if not all(_has_content(assignment.get("leftValue")) for assignment in _objects(param["assignments"])):
        yield "an assignment needs leftValue"


def _check_loop(node: _Node, param: Mapping[str, Any], handles: Collection[str]) -> Iterator[str]:
    """A LOOP's lists share their names. A BATCH has no intermediate variables."""
    lists = ("inputArrays", "intermediateVariables") if node["type"] == "LOOP" else ("inputArrays",)
    variables = [variable for name in lists for variable in _objects(param.get(name))]
    names = [variable["name"] for variable in variables if isinstance(variable.get("name"), str)]
    if "index" in names:
        yield "no variable may be named index"
    if len(set(names)) < len(names):
        yield "two variables have one name"
    yield from _check_sub_workflow(node, param, handles)


def _check_sub_workflow(node: _Node, _param: Mapping[str, Any], _handles: Collection[str]) -> Iterator[str]:
    if not isinstance(node.get("subWorkflow"), Mapping):
        yield "subWorkflow is missing"


_EVALS: dict[str, _Check] = {
    "END": _check_end,
    "INTENT": _check_intent,
    "CONDITION": _check_condition,
    "HTTP": _check_http,
    "TOOL_API": _check_tool,
    "VARIABLE_AGGREGATE": _check_aggregate,
    "LOOP": _check_loop,
    "BATCH": _check_loop,
    "SET_INTERMEDIATE_VARIABLE": _check_assignments,
}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list. An item that is no object counts as an empty one, so that a rule misses its fields."""
    return [item if isinstance(item, Mapping) else {} for item in value] if isinstance(value, list) else []
