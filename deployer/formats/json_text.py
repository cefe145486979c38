"""JSON text to plain data, through `json`; refuses what JSON readers usually accept: repeated keys, NaN, endless numbers and nesting.

Cheap hooks check it all; only a refused text is read again, for the offsets. Of many files, most are read by `quick_json` instead.
"""

from __future__ import annotations

from deployer.formats.diagnostic import RuleDiagnostic, unparsable
from deployer.formats.limits import MAX_INTEGER_DIGITS, not_finite, repeated_key, too_deep, too_long_number
from deployer.formats.marks import CLOSING, JSON_PIECE, json_marks, open_brackets
from deployer.model.strict_json import MAX_DEPTH, RepeatedKeyError, decoder, depth

TYPE_CHECKING = False
if TYPE_CHECKING:
    import json
    from typing import Any

_INFINITE = float("inf")
_INTEGER = r"-?[0-9]+"
_FLOAT = r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?|NaN|-?Infinity"


_decode = decoder()


def parse(text: str) -> tuple[Any, tuple[RuleDiagnostic, ...]]:
    """The data, or None with what is wrong. Never raises, whatever the file holds."""
    try:
        value = _decode(text)
    except RepeatedKeyError:
        return None, _repeated_keys(text)
    except ValueError as error:
        import json

        return None, (_syntax(text, error),) if isinstance(error, json.JSONDecodeError) else _bad_numbers(text)
    except RecursionError:
        return None, (_too_deep(text),)
    if text.count("{") + text.count("[") > MAX_DEPTH and depth(value) > MAX_DEPTH:
        return None, (_too_deep(text),)
    return value, ()


def _syntax(text: str, error: json.JSONDecodeError) -> RuleDiagnostic:
    message, fix = f"This is not JSON: {error.msg[:1].lower()}{error.msg[1:]}.", "Export the file again, or repair it by hand."
    at = min(error.pos, len(text))
    if error.msg.startswith("Illegal trailing comma"):  # Python 3.13 points at the comma, earlier ones at what closes
        at += 1 + len(text[at + 1 :]) - len(text[at + 1 :].lstrip())
    closing = {"}": "brace", "]": "bracket"}.get(text[at : at + 1], "")
    if closing and text[:at].rstrip().endswith(","):
        message, fix = f"There is a comma before the closing {closing}.", "Remove the comma."
    elif error.msg.startswith("Unterminated string"):
        message, fix = "The text that starts here has no closing quote.", "Close it, or export the file again: it may have been cut short."
    elif error.msg.startswith("Invalid control character"):
        message, fix = _control(text[at : at + 1])
    elif text.startswith(("//", "/*"), at):
        message, fix = "JSON has no comments.", "Remove the comment."
    elif error.msg.startswith("Expecting ','") and (opener := _unclosed(text, at)) is not None:
        at, message = opener, f"This `{text[opener]}` is not closed."
        fix = f"Add the `{CLOSING[text[opener]]}`, or export the file again: it may have been cut short."
    elif not text[at:].strip():
        message, fix = "The file is cut short.", "Export it again."
    return unparsable("flow-nearly-json", message, fix, at, at + 1)


def _unclosed(text: str, at: int) -> int | None:
    """The innermost open bracket, where the text ends at the error or closes another kind of bracket there; else None."""
    offsets, rest = open_brackets(text, JSON_PIECE, 0, at), text[at:].strip()
    return offsets[-1] if offsets and (not rest or (rest[0] in "]}" and rest[0] != CLOSING[text[offsets[-1]]])) else None


def _control(character: str) -> tuple[str, str]:
    if character in "\r\n":
        return "A text does not end on its line.", "Close the quote, or write the line break as `\\n`."
    return f"A text holds the control character U+{ord(character):04X}.", f"Remove it, or write it as `\\u{ord(character):04x}`."


def _repeated_keys(text: str) -> tuple[RuleDiagnostic, ...]:
    """Every key that its mapping has already, in order."""
    diagnostics: list[RuleDiagnostic] = []
    open_keys: list[set[str]] = []
    for mark in json_marks(text):
        if mark.kind in ("map", "list"):
            open_keys.append(set())
        elif mark.kind == "close":
            open_keys[-1:] = []
        elif mark.kind == "key":
            if mark.text in open_keys[-1]:
                diagnostics.append(repeated_key(mark.text, mark.start, mark.end))
            open_keys[-1].add(mark.text)
    return tuple(diagnostics)


def _bad_numbers(text: str) -> tuple[RuleDiagnostic, ...]:
    import re

    diagnostics: list[RuleDiagnostic] = []
    for mark in json_marks(text):
        if mark.kind != "scalar" or mark.text[0] == '"':
            continue
        if re.fullmatch(_INTEGER, mark.text):
            if len(mark.text) > MAX_INTEGER_DIGITS:
                diagnostics.append(too_long_number(mark.start, mark.end))
        elif re.fullmatch(_FLOAT, mark.text) and not -_INFINITE < float(mark.text) < _INFINITE:
            diagnostics.append(not_finite(mark.start, mark.end))
    return tuple(diagnostics)


def _too_deep(text: str) -> RuleDiagnostic:
    level = 0
    for mark in json_marks(text):
        if mark.kind in ("map", "list"):
            level += 1
            if level > MAX_DEPTH:
                return too_deep(mark.start)
        elif mark.kind == "close":
            level -= 1
    return too_deep(0)
