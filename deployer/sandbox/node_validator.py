"""What each node type of a `.flow` must hold (docs/contracts/flow-format.md, "Nodes")."""

import ipaddress
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

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
    "TOOL_API": ("toolApiParam", ("toolId", "toolApiId")),
    "FILE_PARSE": ("fileParseParam", ()),
    "TEXT_PROCESS": ("textProcessParam", ()),
    "VARIABLE_AGGREGATE": ("variableAggregateParam", ("groups",)),
    "LOOP": ("loopParam", ()),
    "BATCH": ("batchParam", ("inputArrays",)),
    "SET_INTERMEDIATE_VARIABLE": ("setIntermediateVariableParam", ()),
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
_FROM_0_TO_1 = ("creativityLevel", "docCorrelation", "embeddingRate")


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
    yield from (f"node {node['name']}: {refusal}" for refusal in [*refusals, *_range_refusals(param)])


def _has_content(value: Any) -> bool:
    """Present and not empty: 0 and false are values, "", " ", [] and {} are not."""
    return bool(value.strip()) if isinstance(value, str) else value not in (None, [], {})


def _choice_refusals(kind: str, param: Mapping[str, Any]) -> Iterator[str]:
    name, choices = _CHOICES.get(kind, ("", {}))
    choice = str(param.get(name))
    if name and choice not in choices:
        yield f"{name} must be one of {', '.join(choices)}"
    yield from (f"{needed} is missing" for needed in choices.get(choice, ()) if not _has_content(param.get(needed)))


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
    # The page does not name the field for IF, ELSE_IF or ELSE: any field may hold it.
    if sum("ELSE" in [value for value in branch.values() if isinstance(value, str)] for branch in branches) != 1:
        yield "a condition needs exactly one ELSE branch"
    for branch in branches:
        if str(branch.get("sourceHandle")) not in handles:
            yield f"no edge leaves the branch {branch.get('sourceHandle')!r}"


def _check_http(_node: _Node, param: Mapping[str, Any], _handles: Collection[str]) -> Iterator[str]:
    request = param["request"]
    if not isinstance(request, Mapping) or not _has_content(request.get("url")) or not _has_content(request.get("method")):
        yield "request needs url and method"
    elif isinstance(request["url"], str) and _is_private(request["url"]):
        yield "request.url is a private or loopback address"


def _check_aggregate(_node: _Node, param: Mapping[str, Any], _handles: Collection[str]) -> Iterator[str]:
    if not isinstance(param["groups"], list) or len(param["groups"]) > 10:
        yield "groups must be a list of 1 to 10"


def _check_loop(node: _Node, param: Mapping[str, Any], handles: Collection[str]) -> Iterator[str]:
    for value in param.values():
        names = [variable["name"] for variable in _objects(value) if isinstance(variable.get("name"), str)]
        if "index" in names:
            yield "no variable may be named index"
        if len(set(names)) < len(names):
            yield "two variables have one name"
    yield from _check_sub_workflow(node, param, handles)


def _check_batch(node: _Node, param: Mapping[str, Any], handles: Collection[str]) -> Iterator[str]:
    if any(variable.get("name") == "index" for variable in _objects(param["inputArrays"])):
        yield "no variable may be named index"
    yield from _check_sub_workflow(node, param, handles)


def _check_sub_workflow(node: _Node, _param: Mapping[str, Any], _handles: Collection[str]) -> Iterator[str]:
    if not isinstance(node.get("subWorkflow"), Mapping):
        yield "subWorkflow is missing"


_EVALS: dict[str, _Check] = {
    "END": _check_end,
    "INTENT": _check_intent,
    "CONDITION": _check_condition,
    "HTTP": _check_http,
    "VARIABLE_AGGREGATE": _check_aggregate,
    "LOOP": _check_loop,
    "BATCH": _check_batch,
}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list. An item that is no object counts as an empty one, so that a rule misses its fields."""
    return [item if isinstance(item, Mapping) else {} for item in value] if isinstance(value, list) else []


def _range_refusals(param: Mapping[str, Any]) -> Iterator[str]:
    for value in walk(param):
        if isinstance(value, Mapping):
            numbers = ((name, value.get(name)) for name in _FROM_0_TO_1)
            yield from (f"{name} must lie in 0 to 1" for name, number in numbers if isinstance(number, int | float) and not 0 <= number <= 1)


def _is_private(url: str) -> bool:
    """Loopback, private or link-local, by the address itself: names are not looked up."""
    try:
        host = (urlsplit(url if "://" in url else "//" + url.removeprefix("//")).hostname or "").rstrip(".")
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _ip_address(host)
    return address is not None and not address.is_global


def _ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a host spells, in any spelling that a resolver takes: `127.1`, `0x7f000001`, `[::1]`."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, UnicodeError):
            return None
    return getattr(address, "ipv4_mapped", None) or address
