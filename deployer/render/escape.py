r"""Text that we did not write, made harmless for where it goes: one function per destination, nothing else escapes.

(GitHub's log is in `deployer.github.escape`.) All of them first show what cannot be seen: see `deployer.model.text`.
"""

import json
import re

from deployer.model.text import one_line

_BREAK = "&#8203;"  # zero-width space: GitHub looks for @names, #numbers and links after Markdown is done, so a backslash does not stop them
_STRUCTURE = re.compile(r"[\\`*_\[\]|~]")
_LONE = re.compile("[\ud800-\udfff]")
_BEGINS = re.compile(r"\A(\d{0,9})([-+#.)])")  # an item, a rule, a heading
_QUOTED = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_LINKED = re.compile(
    r"""(?P<ref>@|\#(?=\w)|(?<=\bGH)-(?=\d))      # @team, #12, GH-12
      | (?P<url>:(?=//)|(?<=\bwww)(?=\.))         # http://…, www.…
      | (?P<emoji>:(?=[\w+-]+:))                  # :tada:
      | (?P<math>\$)""",
    re.VERBOSE | re.IGNORECASE,
)


def dump(value: object) -> str:
    r"""Readable JSON that UTF-8 can always carry: a lone surrogate (legal in JSON, not in UTF-8) stays the escape `\ud800`."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _LONE.sub(lambda found: f"\\u{ord(found.group()):04x}", text) + "\n"


def terminal(text: str) -> str:
    """For a terminal or a plain file: one line, no control sequence."""
    return one_line(text)


def markdown(text: str, *, cell: bool = False) -> str:
    """For a sentence in GitHub's Markdown: shows as written, links nothing, calls nobody. What stands in backticks becomes a code span.

    `cell`: for a table. At the start of a line (or of an item) `-`, `1.` and their like lose their meaning; `=` would keep it.
    """
    parts = _QUOTED.split(one_line(text))  # plain and quoted ones in turn
    said = "".join(code(part, cell=cell) if index % 2 else _prose(part) for index, part in enumerate(parts)).strip()
    return _BEGINS.sub(r"\g<1>\\\g<2>", said)


def _prose(text: str) -> str:
    escaped = "".join(_HTML.get(char, char) for char in text)
    return _STRUCTURE.sub(r"\\\g<0>", _LINKED.sub(_unlinked, escaped))  # in this order: a backslash inside `:a_b:` would hide it from us


def _unlinked(found: re.Match[str]) -> str:
    if found["math"]:
        return "<span>$</span>"
    return found.group() + _BREAK


def code(text: str, *, cell: bool = False) -> str:
    """A code span, for names, paths, versions and codes. In a table (`cell`) a `|` needs a backslash, elsewhere it may not have one."""
    shown = one_line(text) or " "
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    fence = "`" * (longest + 1)
    span = f"{fence}{pad}{shown}{pad}{fence}"
    return span.replace("|", "\\|") if cell else span


def fenced(text: str, language: str) -> str:
    """A code block; lines are shown as they are. Nothing in it can end it: the fence is longer than any run of backticks."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{fence}\n"


def xml(text: str) -> str:
    """For XML text and attributes: without the characters XML 1.0 forbids. The writer escapes `<`, `&` and quotes."""
    return one_line(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
