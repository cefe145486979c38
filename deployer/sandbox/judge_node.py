"""What each node type of a `.flow` must hold (`platforms/flow-format.md`, section Nodes)."""

import ipaddress
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

_Param = Mapping[str, Any]
_Check = Callable[[Mapping[str, Any], _Param, frozenset[str]], Iterator[str]]

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
NODE_TYPES = frozenset({*PARAMETERS, "START", "END", "NEXT_LOOP", "CONTINUE", "BREAK"})
_FROM_0_TO_1 = ("creativityLevel", "docCorrelation", "embeddingRate")


def is_given(value: Any) -> bool:
    """Present and not empty: 0 and false are values, "", " ", [] and {} are not."""
    return bool(value.strip()) if isinstance(value, str) else value not in (None, [], {})


def walk(value: Any) -> Iterator[Any]:
    """Every value below, without recursion: a file's depth must not be ours."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, Mapping):
            waiting.extend(list(each.values())[::-1])
        elif isinstance(each, list):
            waiting.extend(reversed(each))


def node_refusals(node: Mapping[str, Any], handles: frozenset[str]) -> Iterator[str]:
    """Every reason why this node's content is refused; `handles` are the source handles that its edges leave from."""
    kind = node["type"]
    field, needed = PARAMETERS.get(kind, ("endParam" if kind == "END" else "", ()))
    param = node.get(field) if field else {}
    if param is None and kind == "END":
        param = {}
    if not isinstance(param, Mapping):
        yield f"node {node['name']}: {field} is missing"
        return
    for name in needed:
        if not is_given(param.get(name)):
            yield f"node {node['name']}: {field}.{name} is missing"
    check = _CHECKS.get(kind)
    if check is not None:
        yield from (f"node {node['name']}: {refusal}" for refusal in check(node, param, handles))
    yield from (f"node {node['name']}: {name} must lie in 0 to 1" for name in _out_of_range(param))


def _one_of(param: _Param, name: str, choices: tuple[str, ...]) -> Iterator[str]:
    if param.get(name) not in choices:
        yield f"{name} must be one of {', '.join(choices)}"


def _end(_node: Mapping[str, Any], param: _Param, _handles: frozenset[str]) -> Iterator[str]:
    if param.get("outputType") == "TEXT" and not is_given(param.get("outputText")):
        yield "endParam.outputText is missing"


def _intent(_node: Mapping[str, Any], param: _Param, handles: frozenset[str]) -> Iterator[str]:
    if not isinstance(param["intents"], list):
        yield "intents must be a list"
    for intent in _objects(param["intents"]):
        if not is_given(intent.get("sourceHandle")) or not is_given(intent.get("value")):
            yield "an intent needs sourceHandle and value"
        elif str(intent["sourceHandle"]) not in handles:
            yield f"no edge leaves the intent {intent['value']}"


def _condition(_node: Mapping[str, Any], param: _Param, handles: frozenset[str]) -> Iterator[str]:
    branches = _objects(param["conditionBranches"])
    # The page does not name the field that says IF, ELSE_IF or ELSE: any field may.
    if sum("ELSE" in [v for v in branch.values() if isinstance(v, str)] for branch in branches) != 1:
        yield "a condition needs exactly one ELSE branch"
    for branch in branches:
        if str(branch.get("sourceHandle")) not in handles:
            yield f"no edge leaves the branch {branch.get('sourceHandle')!r}"


def _code(_node: Mapping[str, Any], param: _Param, _handles: frozenset[str]) -> Iterator[str]:
    yield from _one_of(param, "language", ("PYTHON", "JS"))


def _http(_node: Mapping[str, Any], param: _Param, _handles: frozenset[str]) -> Iterator[str]:
    request = param["request"]
    if not isinstance(request, Mapping) or not is_given(request.get("url")) or not is_given(request.get("method")):
        yield "request needs url and method"
    elif isinstance(request["url"], str) and _is_private(request["url"]):
        yield "request.url is a private or loopback address"


def _file_parse(_node: Mapping[str, Any], param: _Param, _handles: frozenset[str]) -> Iterator[str]:
    yield from _one_of(param, "parseMode", ("DEFAULT", "HIGHLEVEL"))


def _text_process(_node: Mapping[str, Any], param: _Param, _handles: frozenset[str]) -> Iterator[str]:
    yield from _one_of(param, "mode", ("SPLIT", "JOIN"))
    for name in ("splitTarget", "delimiters") if param.get("mode") == "SPLIT" else ("joinText",):
        if not is_given(param.get(name)):
            yield f"{name} is missing"


def _aggregate(_node: Mapping[str, Any], param: _Param, _handles: frozenset[str]) -> Iterator[str]:
    yield from _one_of(param, "strategy", ("FIRST_NON_NULL",))
    if not isinstance(param["groups"], list) or len(param["groups"]) > 10:
        yield "groups must be a list of 1 to 10"


def _loop(node: Mapping[str, Any], param: _Param, _handles: frozenset[str]) -> Iterator[str]:
    yield from _one_of(param, "loopType", ("ARRAY_BASED", "LIMITED_LOOP"))
    needed = "inputArrays" if param.get("loopType") == "ARRAY_BASED" else "limitedLoopCount"
    if not is_given(param.get(needed)):
        yield f"loopParam.{needed} is missing"
    for value in param.values():
        names = [each["name"] for each in _objects(value) if isinstance(each.get("name"), str)]
        if "index" in names:
            yield "no variable may be named index"
        if len(set(names)) < len(names):
            yield "two variables have one name"
    yield from _sub_workflow(node)


def _batch(node: Mapping[str, Any], param: _Param, _handles: frozenset[str]) -> Iterator[str]:
    if any(each.get("name") == "index" for each in _objects(param["inputArrays"])):
        yield "no variable may be named index"
    yield from _sub_workflow(node)


def _sub_workflow(node: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(node.get("subWorkflow"), Mapping):
        yield "subWorkflow is missing"


_CHECKS: dict[str, _Check] = {
    "END": _end,
    "INTENT": _intent,
    "CONDITION": _condition,
    "CODE": _code,
    "HTTP": _http,
    "FILE_PARSE": _file_parse,
    "TEXT_PROCESS": _text_process,
    "VARIABLE_AGGREGATE": _aggregate,
    "LOOP": _loop,
    "BATCH": _batch,
}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list. What is no object counts as an empty one, so that a rule finds it lacking."""
    return [each if isinstance(each, Mapping) else {} for each in value] if isinstance(value, list) else []


def _out_of_range(param: _Param) -> Iterator[str]:
    for value in walk(param):
        if isinstance(value, Mapping):
            numbers = ((name, value.get(name)) for name in _FROM_0_TO_1)
            yield from (name for name, number in numbers if isinstance(number, int | float) and not 0 <= number <= 1)


def _is_private(url: str) -> bool:
    """Loopback, private or link-local, by what the address says: names are not looked up."""
    try:
        host = (urlsplit(url if "://" in url else "//" + url.removeprefix("//")).hostname or "").rstrip(".")
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and not address.is_global


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a host spells, in any spelling that a resolver takes: `127.1`, `0x7f000001`, `[::1]`."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, UnicodeError):
            return None
    return getattr(address, "ipv4_mapped", None) or address
