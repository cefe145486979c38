r"""Text that we did not write, made harmless for its destination: one function for each, and nothing else escapes.

All of them first show what cannot be seen: see `deployer.model.text`.
"""

import json
import re
from math import isfinite
from typing import Any

from deployer.model.text import cut, one_line

MAX_NAME_CHARS = 200  # of a name in Markdown
MAX_TEXT_CHARS = 600  # of a sentence in Markdown
_BREAK = "&#8203;"  # zero-width space: GitHub looks for @names, #numbers and links after Markdown is done, so a backslash does not stop them
_STRUCTURE = re.compile(r"[\\`*_\[\]|~]")
_ODD_IN_JSON = re.compile(r"##(?=\[)|[^\n -~]")
_COMMAND_IN_XML = re.compile(r"^(\s*):(?=:)|##(?=\[)", re.MULTILINE)
_LINE_START = re.compile(r"\A(\d{0,9})([-+#.)])")  # an item, a rule, a heading
_QUOTED = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_TITLE = {**_HTML, "@": f"@{_BREAK}", "#": f"#{_BREAK}", ":": f":{_BREAK}"}
_LINKED = re.compile(
    r"""(?P<ref>@|\#(?=\w)|(?<=\bGH)-(?=\d))      # @team, #12, GH-12
      | (?P<url>:(?=//)|(?<=\bwww)(?=\.))         # http://…, www.…
      | (?P<emoji>:(?=[\w+-]+:))                  # :tada:
      | (?P<math>\$)""",
    re.VERBOSE | re.IGNORECASE,
)


def dump(value: object) -> str:
    """Readable JSON, for files and for the log: see `json_document`."""
    return json_document(json_text(value, indent=2, ensure_ascii=False)) + "\n"


def json_document(text: str) -> str:
    r"""JSON with the same values, in which every character can be seen and carried by UTF-8 (`\u001b`, `\u202e`, `\ud800`) and no line is a
    command in GitHub's log: `##[` is written with `\u0023`.
    """
    return _ODD_IN_JSON.sub(_json_escape, text)


def _json_escape(match: re.Match[str]) -> str:
    text = match.group()
    if text == "##":
        return "#\\u0023"
    return text if text.isprintable() else json.dumps(text)[1:-1]


def json_text(value: object, **options: Any) -> str:
    """JSON that every reader takes, with the options of `json.dumps`: NaN and Infinity, which are no JSON, become null."""
    try:
        return json.dumps(value, allow_nan=False, **options)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False, **options)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def terminal(text: str) -> str:
    """For a terminal or a plain file: one line, no control sequence."""
    return one_line(text)


def log_line(text: str) -> str:
    """For GitHub's log: one line that no runner reads as a command. Doing it twice changes nothing.

    `::name …::` counts after leading white space, the old `##[name]` anywhere in a line, and a bare carriage return starts a line
    (docs/contracts/github-actions.md, "Commands in the log").
    """
    safe = one_line(text).replace("##[", "# #[")
    return safe.replace("::", ": :", 1) if safe.lstrip().startswith("::") else safe


def has_command_syntax(text: str) -> bool:
    """Whether a text holds anything that is command syntax, or that a later runner might read as such. Casts a wide net."""
    return "::" in text or "##" in text or one_line(text) != text


def markdown(text: str, *, cell: bool = False) -> str:
    """For a sentence in GitHub's Markdown: shows as written, makes no link and no mention. What stands in backticks becomes a code span.

    `cell`: for a table. At the start of a line (or of an item) `-`, `1.` and their like lose their meaning; `=` would keep it.
    """
    parts = _QUOTED.split(one_line(text))  # plain and quoted ones in turn
    escaped = "".join(code(part, cell=cell) if index % 2 else _prose(part) for index, part in enumerate(parts)).strip()
    return _LINE_START.sub(r"\g<1>\\\g<2>", escaped)


def short_markdown(text: str, *, cell: bool = False) -> str:
    """`markdown` of at most MAX_TEXT_CHARS of the text."""
    return markdown(cut(text, MAX_TEXT_CHARS), cell=cell)


def short_code(text: str, *, cell: bool = False) -> str:
    """`code` of at most MAX_NAME_CHARS of the text."""
    return code(cut(text, MAX_NAME_CHARS), cell=cell)


def html_title(text: str) -> str:
    """For the title of a folded part, which is HTML: makes no link and no mention. At most MAX_NAME_CHARS of the text."""
    return "".join(_TITLE.get(char, char) for char in one_line(cut(text, MAX_NAME_CHARS)))


def _prose(text: str) -> str:
    escaped = "".join(_HTML.get(char, char) for char in text)
    return _STRUCTURE.sub(r"\\\g<0>", _LINKED.sub(_unlinked, escaped))  # in this order: a backslash inside `:a_b:` would hide it from us


def _unlinked(match: re.Match[str]) -> str:
    if match["math"]:
        return "<span>$</span>"
    return match.group() + _BREAK


def code(text: str, *, cell: bool = False) -> str:
    """A code span, for names, paths, versions and codes. In a table (`cell`) a `|` needs a backslash, elsewhere it may not have one."""
    shown = one_line(text) or " "
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    fence = "`" * (_longest_backtick_run(shown) + 1)
    span = f"{fence}{pad}{shown}{pad}{fence}"
    return span.replace("|", "\\|") if cell else span


def fenced(text: str, language: str) -> str:
    """A code block; lines are shown as they are. Nothing in it can end it: the fence is longer than any run of backticks."""
    fence = "`" * max(3, _longest_backtick_run(text) + 1)
    return f"{fence}{language}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{fence}\n"


def _longest_backtick_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def xml(text: str) -> str:
    """For XML text and attributes: without the characters XML 1.0 forbids. The writer escapes `<`, `&` and quotes."""
    return one_line(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def xml_document(text: str) -> str:
    """XML with the same values, in which no line is a command in GitHub's log: `##[`, and `::` that starts a line, are written with a reference."""
    return _COMMAND_IN_XML.sub(lambda match: "#&#35;" if match.group() == "##" else f"{match[1]}&#58;", text)
