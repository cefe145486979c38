"""Would the platform take this file? The error rules of docs/contracts/flow-format.md, as the platform applies them on import.

As on the platform, the first mistake is reported, without its place in the file. Written apart from Flowship's own linter
on purpose, so that each can be held against the other.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from deployer.model import fingerprint
from deployer.sandbox.agent_validator import AGENT_TYPES, agent_refusals
from deployer.sandbox.graph_validator import graph_refusal

MAX_BYTES = 50 * 1024 * 1024
_LFS = b"version https://git-lfs"
_FROM_0_TO_1 = ("creativityLevel", "docCorrelation", "embeddingRate")


class ImportVerdict(NamedTuple):
    """`refusal`: why the file is not taken ("" when it is); `wrong_type`: it belongs to the other kind of target.

    `fingerprint`: 64 hex digits, the same that Flowship computes. `document`: what the file holds; None for an opaque one.
    """

    refusal: str = ""
    wrong_type: bool = False
    fingerprint: str = ""
    bot_type: str = ""
    document: Mapping[str, Any] | None = None


class _RefusalError(Exception):
    """The file is not taken; the argument is the reason."""


def validate_import(content: bytes, filename: str, kind: str) -> ImportVerdict:
    """The verdict on a file sent to a target of that kind (`workflow`, `agent`)."""
    suffix = filename[-5:].lower()
    if (kind == "agent" and suffix == ".flow") or (kind == "workflow" and suffix[-4:] == ".bot"):
        return ImportVerdict(wrong_type=True)
    try:
        document = _parse(content)
        if document is None:
            return ImportVerdict(fingerprint=fingerprint.of_bytes(content))
        if document.get("exportType") == ("BOT" if kind == "workflow" else "WORKFLOW"):
            return ImportVerdict(wrong_type=True)
        _validate_document(document, kind)
        digest = fingerprint.of_definition(document)
    except _RefusalError as refusal:
        return ImportVerdict(refusal=str(refusal))
    except RecursionError:
        return ImportVerdict(refusal="nested too deeply")
    return ImportVerdict(fingerprint=digest, bot_type=str(document.get("botType", "")), document=document)


def _parse(content: bytes) -> dict[str, Any] | None:
    """The JSON object in it; None for an opaque (encrypted) export. Raises _RefusalError for a file that is nearly JSON."""
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not text:
        raise _RefusalError("the file is empty")
    if text.startswith(_LFS):
        raise _RefusalError("a Git LFS pointer, not the file itself")
    if not text.startswith(b"{"):
        return None
    try:
        document: dict[str, Any] = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
    except ValueError as error:
        raise _RefusalError(f"not JSON: {error}") from error
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _validate_document(document: Mapping[str, Any], kind: str) -> None:
    export_type, bot_types = ("WORKFLOW", ("Workflow",)) if kind == "workflow" else ("BOT", AGENT_TYPES)
    if document.get("exportType") != export_type:
        raise _RefusalError(f"exportType must be {export_type}")
    name = document.get("name")
    if not (name.strip() if isinstance(name, str) else type(name) in (int, float)):
        raise _RefusalError("name is missing")
    time = document.get("exportTime")
    if time is not None and (type(time) not in (int, float) or time % 1):
        raise _RefusalError("exportTime must be an integer, epoch milliseconds")
    for field in _FROM_0_TO_1:
        number = document.get(field)
        if number is not None and (type(number) not in (int, float) or not 0 <= number <= 1):
            raise _RefusalError(f"{field} must lie in 0 to 1")
    if document.get("botType") not in bot_types:
        raise _RefusalError(f"botType must be one of {', '.join(bot_types)}")
    refusal = graph_refusal(document.get("workflow")) if kind == "workflow" else next(agent_refusals(document), "")
    if refusal:
        raise _RefusalError(refusal)
