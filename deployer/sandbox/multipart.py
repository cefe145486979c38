"""Reading a `multipart/form-data` body (RFC 7578): all that an import needs, and no more."""

import re
from email.message import Message
from typing import NamedTuple
from urllib.parse import unquote

_NAME = re.compile(r'[;\s]name="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_FILENAME = re.compile(r'[;\s]filename="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_FILENAME_ENCODED = re.compile(r"[;\s]filename\*=utf-8''([^;\s]*)", re.IGNORECASE)


class FormPart(NamedTuple):
    """One field of a form; `filename` is None for plain text."""

    filename: str | None
    content: bytes


class MalformedFormError(ValueError):
    """The body is no form, or one that is cut short."""


def parse_form(content_type: str, body: bytes) -> dict[str, FormPart]:
    """Fields by name (the last of a name counts). Raises MalformedFormError."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise MalformedFormError("the body must be multipart/form-data, with a boundary in Content-Type")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"))
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise MalformedFormError("the form is cut short")
    return dict(_part(piece) for piece in pieces[1:-1])


def _part(piece: bytes) -> tuple[str, FormPart]:
    head, separator, content = piece.partition(b"\r\n\r\n")
    headers = head.decode("utf-8", "replace")
    name = _NAME.search(headers)
    if not separator or not name:
        raise MalformedFormError("a part of the form has no name")
    return _unescape(name[1]), FormPart(_filename(headers), content)


def _filename(headers: str) -> str | None:
    encoded = _FILENAME_ENCODED.search(headers)
    if encoded:
        return unquote(encoded[1])
    quoted = _FILENAME.search(headers)
    return _unescape(quoted[1]) if quoted else None


def _unescape(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)
