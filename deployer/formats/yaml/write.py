"""Plain data as readable YAML that `yaml_text` reads back as the same data: text of several lines in literal blocks, keys in the order given,
quotes only where needed.

Follows https://yaml.org/spec/1.2.2/ chapters 7.3 (quoted and plain scalars) and 8.1 (literal blocks), as libyaml reads them. Words that
YAML 1.1 reads as something else (`yes`, `12:30`, dates) are quoted too: other tools read these files as well.
"""

import json
import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from deployer.model.strict_json import MAX_DEPTH, depth

INDENT = 2
MAX_KEY_CHARS = 900  # characters; libyaml wants the `:` within 1,024
_SPECIAL = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_HIDDEN = "[\x00-\x1f\x7f-\x9f\xa0\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
_NOT_IN_BLOCKS = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
"""The characters that a literal block cannot hold; above, those that would be invisible on a line."""


def dump(data: Mapping[str, Any]) -> str:
    """A document. Raises ValueError for what YAML cannot hold: lone surrogates, numbers that are not finite, nesting that no reader accepts."""
    if depth(data) > MAX_DEPTH:
        raise ValueError(f"it is nested more than {MAX_DEPTH} deep")
    return "".join(f"{line}\n" for line in _block(data, 0)) or "{}\n"


def dump_scalar(value: object) -> str:
    """A value that is no mapping and no list, on one line of a block."""
    if isinstance(value, str):
        return value if _is_plain(value) else _quoted(value)
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("it holds a number that is not finite")
    return json.dumps(value)


def dump_inline(value: object) -> str:
    """Text, or a mapping of texts, as it stands between `{` and `}`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{dump_inline(name)}: {dump_inline(item)}" for name, item in value.items()) + "}"
    text = str(value)
    return text if re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*", text) and text.lower() not in _SPECIAL else _double(text)


def _block(data: Any, column: int) -> Iterator[str]:
    """The lines of a mapping or list."""
    pad = " " * column
    if isinstance(data, dict):
        for name, value in data.items():
            written = dump_scalar(name)
            explicit = len(written) > MAX_KEY_CHARS
            if explicit:
                yield f"{pad}? {written}"
            yield from _after(f"{pad}:" if explicit else f"{pad}{written}:", value, column)
        return
    for value in data:
        if isinstance(value, dict | list) and value:
            first, *rest = _block(value, column + INDENT)
            yield f"{pad}- {first[column + INDENT :]}"
            yield from rest
        else:
            yield from _after(f"{pad}-", value, column)


def _after(head: str, value: Any, column: int) -> Iterator[str]:
    """A value after its key or its dash, which stand at `column`."""
    if isinstance(value, dict | list) and value:
        yield head
        yield from _block(value, column + INDENT)
    elif isinstance(value, str) and "\n" in value:
        fits = value.strip() and not re.search(_NOT_IN_BLOCKS, value)
        yield from (_literal if fits else _escaped)(head, value, " " * (column + INDENT))
    else:
        yield f"{head} {json.dumps(value) if isinstance(value, dict | list) else dump_scalar(value)}"


def _literal(head: str, text: str, pad: str) -> Iterator[str]:
    """A literal block: its indentation is given where the first line begins with a space; its end, unless that is one line break."""
    body = text.rstrip("\n")
    breaks = len(text) - len(body)
    indented = str(INDENT) if text[0].isspace() else ""
    yield f"{head} |{indented}{'-' if not breaks else '' if breaks == 1 else '+'}"
    yield from (f"{pad}{line}" if line else "" for line in body.split("\n"))
    yield from [""] * (breaks - 1)


def _escaped(head: str, text: str, pad: str) -> Iterator[str]:
    r"""In double quotes, still a line for a line: `\` at the end joins the next one, `\ ` keeps its first space."""
    first, *rest = [_double(line)[1:-1] for line in text.split("\n")]
    yield f'{head} "{first}\\n\\'
    yield from (f"{pad}{_with_first_space(line)}\\n\\" for line in rest[:-1])
    yield f'{pad}{_with_first_space(rest[-1])}"'


def _with_first_space(line: str) -> str:
    return f"\\{line}" if line.startswith(" ") else line


def _is_plain(text: str) -> bool:
    if not text[:1].isalpha() or text[-1] in " :" or re.search(_HIDDEN, text):
        return False
    return ": " not in text and " #" not in text and text.lower() not in _SPECIAL


def _quoted(text: str) -> str:
    """Double quotes, or single ones where double quotes or backslashes would need escapes."""
    if ('"' in text or "\\" in text) and not re.search(_HIDDEN, text):
        return "'" + text.replace("'", "''") + "'"
    return _double(text)


def _double(text: str) -> str:
    if re.search("[\ud800-\udfff]", text):
        raise ValueError("it holds half a character (a lone surrogate)")
    return re.sub(_HIDDEN, lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))
