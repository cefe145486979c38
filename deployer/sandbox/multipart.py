"""Reading a `multipart/form-data` body (RFC 7578): all that an import needs, and no more."""

import re
from email.message import Message
from typing import NamedTuple
from urllib.parse import unquote

_NAME = re.compile(r'[;\s]name="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_FILENAME = re.compile(r'[;\s]filename="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_FILENAME_ENCODED = re.compile(r"[;\s]filename\*=utf-8''([^;\s]*)", re.IGNORECASE)


class Part(NamedTuple):
    """One field of a form; `filename` is None for plain text."""

    filename: str | None
    content: bytes


class MalformedError(ValueError):
    """The body is no form, or a torn one."""


def parse(content_type: str, body: bytes) -> dict[str, Part]:
    """Fields by name (the last of a name counts). Raises MalformedError."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise MalformedError("the body must be multipart/form-data, with a boundary in Content-Type")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"))
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise MalformedError("the form is cut short")
    return dict(_part(piece) for piece in pieces[1:-1])


def _part(piece: bytes) -> tuple[str, Part]:
    head, found, content = piece.partition(b"\r\n\r\n")
    headers = head.decode("utf-8", "replace")
    name = _NAME.search(headers)
    if not found or not name:
        raise MalformedError("a part of the form has no name")
    return _plain(name[1]), Part(_filename(headers), content)


def _filename(headers: str) -> str | None:
    encoded = _FILENAME_ENCODED.search(headers)
    if encoded:
        return unquote(encoded[1])
    plain = _FILENAME.search(headers)
    return _plain(plain[1]) if plain else None


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)
