"""Would the platform take this file? The error rules of `platforms/flow-format.md`, as the platform applies them on import.

It judges as a platform does: the first thing that is wrong is told, without a place in the file. Written apart from
Flowship's own linter on purpose, so that each can be held against the other.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from deployer.model import fingerprint
from deployer.sandbox.judge_graph import graph_refusal
from deployer.sandbox.judge_node import walk

AGENT_TYPES = ("QuestionAnswer", "Flow", "LoopAgent", "Audio")
MAX_BYTES = 50 * 1024 * 1024
_LFS = b"version https://git-lfs"
_CREDENTIALS = ("authKey", "authSecret", "apiSecrets")
_DATA_NODES = {"DATASET": "datasetParam", "DATABASE": "databaseParam"}


class Judgement(NamedTuple):
    """`refusal` says why the file is not taken ("" when it is); `wrong_type` that it belongs to the other kind of target.

    `fingerprint`: 64 hex digits, the same that Flowship computes. `dropped`: what an import leaves out, for its `warning`.
    """

    refusal: str = ""
    wrong_type: bool = False
    fingerprint: str = ""
    bot_type: str = ""
    dropped: tuple[str, ...] = ()


class _RefusalError(Exception):
    """The file is not taken; the argument says why."""


def judge(content: bytes, filename: str, kind: str, owns: frozenset[str] | None = frozenset()) -> Judgement:
    """Judge a file sent to a target of that kind (`workflow`, `agent`), which owns these knowledge bases and tables."""
    suffix = filename[-5:].lower()
    if (kind == "agent" and suffix == ".flow") or (kind == "workflow" and suffix[-4:] == ".bot"):
        return Judgement(wrong_type=True)
    try:
        document = _parse(content)
        if document is None:
            return Judgement(fingerprint=fingerprint.of_bytes(content))
        if document.get("exportType") == ("BOT" if kind == "workflow" else "WORKFLOW"):
            return Judgement(wrong_type=True)
        (_judge_workflow if kind == "workflow" else _judge_agent)(document)
        digest = fingerprint.of_definition(document)
    except _RefusalError as refusal:
        return Judgement(refusal=str(refusal))
    except RecursionError:
        return Judgement(refusal="nested too deeply")
    return Judgement(fingerprint=digest, bot_type=str(document.get("botType", "")), dropped=tuple(_dropped(document, owns)))


def _parse(content: bytes) -> dict[str, Any] | None:
    """The JSON object in it; None for an opaque (encrypted) export. Raises _RefusalError for what is nearly JSON."""
    bare = content.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not bare:
        raise _RefusalError("the file is empty")
    if bare.startswith(_LFS):
        raise _RefusalError("a Git LFS pointer, not the file itself")
    if not bare.startswith(b"{"):
        return None
    try:
        document = json.loads(bare.decode("utf-8"), parse_constant=_no_constant)
    except ValueError as wrong:
        raise _RefusalError(f"not JSON: {wrong}") from wrong
    if not isinstance(document, dict):
        raise _RefusalError("not a JSON object")
    return document


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _judge_agent(document: Mapping[str, Any]) -> None:
    _judge_top(document, "BOT")
    if document.get("botType") not in AGENT_TYPES:
        raise _RefusalError(f"botType must be one of {', '.join(AGENT_TYPES)}")


def _judge_workflow(document: Mapping[str, Any]) -> None:
    _judge_top(document, "WORKFLOW")
    if document.get("botType") != "Workflow":
        raise _RefusalError("botType must be Workflow")
    refusal = graph_refusal(document.get("workflow"))
    if refusal:
        raise _RefusalError(refusal)


def _judge_top(document: Mapping[str, Any], export_type: str) -> None:
    if document.get("exportType") != export_type:
        raise _RefusalError(f"exportType must be {export_type}")
    time = document.get("exportTime", 0)
    if isinstance(time, bool) or not isinstance(time, int | float):
        raise _RefusalError("exportTime must be a number, epoch milliseconds")


def _dropped(document: Mapping[str, Any], owns: frozenset[str] | None) -> Iterator[str]:
    """What the import leaves out: credentials, and the knowledge bases and tables of another workflow."""
    for node in _mappings(document):
        name = str(node.get("name") or node.get("id") or "the file")
        if any(node.get(field) for field in _CREDENTIALS):
            yield f"credentials of {name} were cleared"
        plugin = node.get("toolApiParam")
        if isinstance(plugin, Mapping) and any(plugin.get(field) for field in ("headers", "queries")):
            yield f"plugin headers and queries of {name} were cleared"
        data = node.get(_DATA_NODES.get(str(node.get("type")), ""))
        if owns is not None and isinstance(data, Mapping) and not owns & set(_texts(data)):
            yield f"{str(node['type']).lower()} of {name} belongs to another workflow and was dropped"


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    return (each for each in walk(value) if isinstance(each, Mapping))


def _texts(value: Any) -> Iterator[str]:
    return (str(each) for each in walk(value) if isinstance(each, str | int))
