"""JSON text to plain data, through `json`, with what JSON readers usually let pass refused.

All is checked by hooks that cost little; only a text that is refused is gone through again, for the places.
"""

import json
import re
from typing import Any

from deployer.formats.positions import json_marks
from deployer.formats.trouble import MAX_DEPTH, SyntaxProblem, not_finite, repeated_key, too_deep, too_long_number

_INFINITE = float("inf")
_LONGEST_INTEGER = 4300  # Python refuses to convert more digits than that
_INTEGER = r"-?[0-9]+"
_FLOAT = r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?|NaN|-?Infinity"


class _RepeatedError(Exception):
    """A mapping has a key twice."""


class _NotFiniteError(Exception):
    """NaN, Infinity, or a number too large to be anything else."""


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _RepeatedError
    return result


def _float(digits: str) -> float:
    number = float(digits)
    if abs(number) == _INFINITE:
        raise _NotFiniteError
    return number


def _constant(_: str) -> float:
    raise _NotFiniteError


_decode = json.JSONDecoder(object_pairs_hook=_mapping, parse_float=_float, parse_constant=_constant).decode


def parse(text: str) -> tuple[Any, tuple[SyntaxProblem, ...]]:
    """The data, or None with what is wrong. Never raises for anything a file can hold."""
    try:
        value = _decode(text)
    except json.JSONDecodeError as error:
        return None, (_syntax(text, error),)
    except _RepeatedError:
        return None, _repeated_keys(text)
    except (_NotFiniteError, ValueError):
        return None, _bad_numbers(text)
    except RecursionError:
        return None, (_too_deep(text),)
    if text.count("{") + text.count("[") > MAX_DEPTH and depth(value) > MAX_DEPTH:
        return None, (_too_deep(text),)
    return value, ()


def depth(value: object) -> int:
    """How deep lists and mappings are nested; 0 for a scalar. Level by level, so that no depth is too much for it."""
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    count = 0
    while level:
        count += 1
        level = [child for each in level for child in (each.values() if type(each) is dict else each) if type(child) in (dict, list)]
    return count


def _syntax(text: str, error: json.JSONDecodeError) -> SyntaxProblem:
    message, fix = f"This is not JSON: {error.msg[:1].lower()}{error.msg[1:]}.", "Export the file again, or repair it by hand."
    at = min(error.pos, len(text))
    if error.msg.startswith("Illegal trailing comma"):  # Python 3.13 points at the comma, earlier ones at what closes
        at += 1 + len(text[at + 1 :]) - len(text[at + 1 :].lstrip())
    closing = {"}": "brace", "]": "bracket"}.get(text[at : at + 1], "")
    if closing and text[:at].rstrip().endswith(","):
        message, fix = f"A comma stands before the closing {closing}.", "Remove the comma."
    elif error.msg.startswith("Unterminated string"):
        message, fix = "The text that starts here has no closing quote.", "Close it, or export the file again: it may have been cut short."
    elif error.msg.startswith("Invalid control character"):
        message, fix = _control(text[at : at + 1])
    elif text.startswith(("//", "/*"), at):
        message, fix = "JSON has no comments.", "Remove the comment."
    elif not text[at:].strip():
        message, fix = "The text ends in the middle.", "The file was cut short: export it again."
    return SyntaxProblem("flow-nearly-json", message, fix, at, at + 1)


def _control(character: str) -> tuple[str, str]:
    if character in "\r\n":
        return "A text is not closed on its line.", "Close the quote, or write the line break as `\\n`."
    return f"The control character U+{ord(character):04X} stands in a text.", f"Remove it, or write it as `\\u{ord(character):04x}`."


def _repeated_keys(text: str) -> tuple[SyntaxProblem, ...]:
    """Every key that its mapping has already, in order."""
    troubles: list[SyntaxProblem] = []
    open_keys: list[set[str]] = []
    for mark in json_marks(text):
        if mark.kind in ("map", "list"):
            open_keys.append(set())
        elif mark.kind == "close":
            open_keys[-1:] = []
        elif mark.kind == "key":
            if mark.text in open_keys[-1]:
                troubles.append(repeated_key(mark.text, mark.start, mark.end))
            open_keys[-1].add(mark.text)
    return tuple(troubles)


def _bad_numbers(text: str) -> tuple[SyntaxProblem, ...]:
    troubles: list[SyntaxProblem] = []
    for mark in json_marks(text):
        if mark.kind != "scalar" or mark.text[0] == '"':
            continue
        if re.fullmatch(_INTEGER, mark.text):
            if len(mark.text) > _LONGEST_INTEGER:
                troubles.append(too_long_number(mark.start, mark.end))
        elif re.fullmatch(_FLOAT, mark.text) and not -_INFINITE < float(mark.text) < _INFINITE:
            troubles.append(not_finite(mark.start, mark.end))
    return tuple(troubles)


def _too_deep(text: str) -> SyntaxProblem:
    level = 0
    for mark in json_marks(text):
        if mark.kind in ("map", "list"):
            level += 1
            if level > MAX_DEPTH:
                return too_deep(mark.start)
        elif mark.kind == "close":
            level -= 1
    return too_deep(0)
