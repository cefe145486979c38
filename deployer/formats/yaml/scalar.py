"""A YAML scalar as written: the character of the source from which each character of its value comes.

Quotes, escapes, folded lines and indented blocks all stand between the two. Looked up only for a finding inside a value.
Follows libyaml, which reads the file: https://yaml.org/spec/1.2.2/ chapters 7.3 (flow scalars) and 8.1 (block scalars).
"""

import re

_BREAK = "\r\n|[\n\r\x85]"
_GAP = rf"(?P<blank>[ \t]+)|(?P<break>{_BREAK})|"
_FLOW = {
    "": _GAP + r"(?P<text>[^ \t\n\r\x85]+)",
    "'": _GAP + r"(?P<twice>'')|(?P<text>[^ \t\n\r\x85']+)",
    '"': _GAP + rf"(?P<joined>\\(?:{_BREAK}))|(?P<escape>\\(?:x[\da-fA-F]{{2}}|u[\da-fA-F]{{4}}|U[\da-fA-F]{{8}}|.))|(?P<text>[^ \t\n\r\x85\\]+)",
}
_ESCAPES = dict(zip('0abt\tnvfre "/\\N_LP', '\0\a\b\t\t\n\v\f\r\x1b "/\\\x85\xa0\u2028\u2029'))
_PROPERTY = r"(?:[&!]\S*\s+)*"


def origins(source: str, value: str) -> list[int] | None:
    """For each character of `value` its offset in `source`, which is the scalar with its quotes; None when the two do not match.

    A blank at the end of a block may be missing from `source`; such characters have no offset. A line break that folding made a
    space has the offset of the break.
    """
    begin = re.match(_PROPERTY, source)
    start = begin.end() if begin else 0
    read = _ScalarReader(source)
    if source[start : start + 1] in ("|", ">"):
        read.block(start, value)
    else:
        read.flow(start)
    text = "".join(read.characters)
    return read.offsets if value.startswith(text) and not value[len(text) :].strip() else None


class _ScalarReader:
    """`characters` and `offsets` are parallel lists."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.characters: list[str] = []
        self.offsets: list[int] = []

    def add(self, text: str, start: int) -> None:
        self.characters += text
        self.offsets += range(start, start + len(text))

    def add_breaks(self, offsets: list[int]) -> None:
        for offset in offsets:
            self.add("\n", offset)

    def flow(self, start: int) -> None:
        """Plain and quoted text. A lone line break folds to a space; of several the first is dropped."""
        quote = self.source[start] if self.source[start : start + 1] in ("'", '"') else ""
        blanks: tuple[str, int] = ("", start)
        breaks: list[int] = []
        is_joined = False
        for token in re.compile(_FLOW[quote], re.DOTALL).finditer(self.source, start + len(quote), len(self.source) - len(quote)):
            kind = token.lastgroup
            if kind == "blank":
                blanks = ("", start) if breaks or is_joined else (token[0], token.start())
            elif kind == "break":
                breaks.append(token.start())
                blanks = ("", start)
            else:
                self._join(blanks, breaks, is_joined)
                blanks, breaks, is_joined = ("", start), [], kind == "joined"
                self._text(kind or "", token[0], token.start())
        self._join(blanks, breaks, is_joined)

    def _join(self, blanks: tuple[str, int], breaks: list[int], is_joined: bool) -> None:
        if is_joined:
            self.add_breaks(breaks)
        elif len(breaks) == 1:
            self.add(" ", breaks[0])
        else:
            self.add_breaks(breaks[1:])
        self.add(*blanks)

    def _text(self, kind: str, text: str, at: int) -> None:
        if kind == "escape":
            hexadecimal = text[1] in "xuU" and len(text) > 2
            self.add(chr(int(f"0x{text[2:]}", 0)) if hexadecimal else _ESCAPES.get(text[1], "\ufffd"), at)
        elif kind == "twice":
            self.add("'", at)
        elif kind == "text":
            self.add(text, at)

    def block(self, start: int, value: str) -> None:
        """Literal and folded blocks. Their first line with text shows the indentation."""
        folded = self.source[start] == ">"
        lines = self._lines(start)
        indent = _indent(lines, value)
        pending: list[int] = []  # breaks since the last line with text
        was_blank = True
        first = True
        for at, text, break_at in lines:
            cut = min(indent, len(text) - len(text.lstrip(" ")))
            content = text[cut:]
            if content:
                is_blank = content[0] in " \t"
                if folded and not first and not was_blank and not is_blank:
                    self._join(("", at), pending, is_joined=False)
                else:
                    self.add_breaks(pending)
                self.add(content, at + cut)
                pending, was_blank, first = [], is_blank, False
            if break_at >= 0:
                pending.append(break_at)
        self.add_breaks(pending)

    def _lines(self, start: int) -> list[tuple[int, str, int]]:
        """(offset, text, offset of its break or -1) of each line after the header."""
        lines = []
        at = start
        for line_break in re.finditer(_BREAK, self.source[start:]):
            lines.append((at, self.source[at : start + line_break.start()], start + line_break.start()))
            at = start + line_break.end()
        lines.append((at, self.source[at:], -1))
        return lines[1:]


def _indent(lines: list[tuple[int, str, int]], value: str) -> int:
    source_line = next((text for _, text, _ in lines if text.strip(" ")), "")
    value_line = next((line for line in value.split("\n") if line.strip(" ")), "")
    return max(0, len(source_line) - len(source_line.lstrip(" ")) - (len(value_line) - len(value_line.lstrip(" "))))
