"""A YAML text as a stream: PyYAML's parser, its syntax errors as diagnostics, and the marks by which places are found."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator

from deployer.formats.diagnostic import RuleDiagnostic, unparsable
from deployer.formats.marks import CLOSING, COMMENT_SIGN, Mark, open_brackets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _LatePattern:
    """A pattern that is compiled when it is first used."""

    def __init__(self, *arguments: Any) -> None:
        self._arguments = arguments

    def __getattr__(self, name: str) -> Any:
        return getattr(_compile(*self._arguments), name)


_compile: Any = re.compile


def _compile_late(*arguments: Any) -> Any:
    """`re.compile`, but for PyYAML: the patterns of its Python reader take longer to compile than all else that it imports, and are not used."""
    is_of_yaml = sys._getframe(1).f_globals.get("__name__", "").startswith("yaml.")  # noqa: SLF001 - as `logging` and `warnings` do
    return _LatePattern(*arguments) if is_of_yaml else _compile(*arguments)


re.compile = _compile_late  # type: ignore[assignment]
try:
    import yaml as yaml  # noqa: PLC0414 - `text` takes it from here
finally:
    re.compile = _compile

try:
    from yaml import cyaml

    new_parser: Any = cyaml.CParser  # type: ignore[attr-defined]  # its stub does not name it
except ImportError:  # PyYAML was built without libyaml: the same events, slower
    new_parser = yaml.SafeLoader
# Compiled when needed: so large a class takes milliseconds.
_CONTROL = r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"


_MAX_KEPT_CHARS = 400_000
_kept: dict[str, list[Any]] = {}  # the events of texts with comments for the linter


def offsets(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def open_events(text: str) -> Callable[[], Any]:
    """A function that gives the next event of the text each time, None after the last. Raises yaml.YAMLError where the text is not YAML.

    Of a text with a comment for the linter they are kept for `yaml_marks`, which takes them: parsing takes longer than all that is done with them.
    """
    if COMMENT_SIGN not in text or len(text) > _MAX_KEPT_CHARS // 4:
        return new_parser(text).get_event  # type: ignore[no-any-return]
    try:
        events = [*iter(new_parser(text).get_event, None), None]
    except yaml.YAMLError:  # what comes before it is read first
        return new_parser(text).get_event  # type: ignore[no-any-return]
    if sum(map(len, _kept)) + len(text) > _MAX_KEPT_CHARS:
        _kept.clear()
    _kept[text] = events
    return iter(events).__next__


_HINTS: tuple[tuple[str, str, str], ...] = (
    ("mapping values are not allowed", "There is a second `: ` on this line, or the indentation is wrong.", "Put text that holds `: ` in quotes."),
    ("could not find expected ':'", "A key is expected, and the line has no `:`.", "Write `key: value`; indent text that goes on."),
    ("did not find expected key", "The indentation does not fit.", "Give all keys of a mapping the same indentation."),
    ("did not find expected '-' indicator", "The indentation does not fit the list above.", "Give all items of a list the same indentation."),
    ("found unexpected end of stream", "The quote that opens here is not closed.", "Close it."),
    ("did not find expected ',' or", "A `,`, `]` or `}` is missing here.", "Close the bracket, or put text that holds one in quotes."),
    ("found undefined tag handle", "A `!` starts a tag.", "Put the text in quotes."),
    ("found character that cannot start any token", "Text cannot begin with this character.", "Put the text in quotes."),
    ("did not find expected alphabetic or numeric character", "A `*` starts an alias, and a `&` an anchor.", "Put the text in quotes."),
    ("found unknown escape character", "Double quotes have no such escape.", "Write `\\\\` for a backslash, or take single quotes."),
    ("did not find expected comment or line break", "There is text behind the `|` or `>`.", "Begin it on the next line, indented."),
    ("block sequence entries are not allowed", "A list cannot begin on the line of its key.", "Begin it on the next line; put text in quotes."),
)
_IN_BRACKETS = ("did not find expected ',' or", "did not find expected node content")
# Quotes and comments, in which brackets are text, and brackets. An apostrophe inside of a word is no quote.
_PIECE = r"""(?s)(?<![^\s,\[{:])(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^']*')|(?<!\S)\#[^\n]*|[\[\]{}]"""
_TEXT_AFTER = "This is not YAML. Text goes on behind a quote or bracket."
_TEXT_AFTER_FIX = "Put all of the text in quotes; in single quotes `''` is written for one `'`."


def syntax_diagnostic(text: str, error: yaml.YAMLError) -> RuleDiagnostic:
    """A syntax error as a diagnostic: with a fix of its own for the common ones, else with the parser's words."""
    problem = str(getattr(error, "problem", None) or "it cannot be read")
    mark = getattr(error, "problem_mark", None)
    if mark is None or problem.startswith("found unexpected end of stream"):  # point at the start, not at the end of the file
        mark = getattr(error, "context_mark", None) or mark
    at = -1 if mark is None else min(mark.index, len(text))
    if mark is None:
        control = re.search(_CONTROL, text)
        if control:
            fix = "Remove it; in double quotes it can be written as an escape."
            message = f"The control character U+{ord(control[0]):04X} is not allowed in YAML."
            return unparsable("yaml-control-character", message, fix, control.start(), control.end())
    if problem.startswith(_IN_BRACKETS) and (opener := _unclosed(text)) >= 0:
        message, fix = f"This is not YAML. This `{text[opener]}` is not closed.", f"Add the `{CLOSING[text[opener]]}`, or put the text in quotes."
        return unparsable("yaml-syntax", message, fix, opener, opener + 1)
    if at >= 0 and text[at : at + 1] == "\t":
        return unparsable("yaml-tab", "There is a tab where YAML wants spaces.", "Indent with spaces.", at, at + 1)
    if problem.startswith("did not find expected key") and text[text.rfind("\n", 0, max(at, 0)) + 1 : max(at, 0)].strip():
        return unparsable("yaml-syntax", _TEXT_AFTER, _TEXT_AFTER_FIX, at, at + 1)
    for start, message, fix in _HINTS:
        if problem.startswith(start):
            return unparsable("yaml-syntax", f"This is not YAML. {message}", fix, at, at + 1)
    return unparsable("yaml-syntax", f"This is not YAML: {problem}.", "Correct it here, or put the text in quotes.", at, at + 1)


def _unclosed(text: str) -> int:
    """The innermost bracket that is open at the syntax error, if it is not closed after the error either; else -1."""
    parser, openers = new_parser(text), list[int]()
    try:
        while (event := parser.get_event()) is not None:
            if isinstance(event, yaml.CollectionStartEvent) and event.flow_style:
                openers.append(offsets(event)[0])
            elif isinstance(event, yaml.CollectionEndEvent) and openers:
                openers.pop()
    except yaml.YAMLError:
        openers = [opener for opener in openers[-1:] if text[opener] in CLOSING and opener in open_brackets(text, _PIECE, opener)]
    return openers[-1] if openers else -1


def yaml_marks(text: str) -> Iterator[Mark]:
    """The marks of a YAML text that `parse` accepts (see positions). A block ends where its last value ends."""
    new_mark, scalar_event = tuple.__new__, yaml.ScalarEvent  # the constructor of a NamedTuple takes four times as long
    is_key: bool | None = None  # None in a list and at the top, else whether a key comes next
    outer: list[bool | None] = []  # for each open mapping or list, what `is_key` is behind it
    last_end = 0
    kept = _kept.pop(text, None)
    next_event = iter(kept).__next__ if kept else new_parser(text).get_event
    while (event := next_event()) is not None:
        kind = event.__class__
        if kind is scalar_event or kind is yaml.AliasEvent:
            start, end = event.start_mark.index, event.end_mark.index
            if kind is scalar_event and event.style in ("|", ">"):
                end = start + len(text[start:end].rstrip())
            last_end = max(last_end, end)
            yield new_mark(Mark, ("key" if is_key else "scalar", start, end, event.value if kind is scalar_event else ""))
            is_key = None if is_key is None else not is_key
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            yield new_mark(Mark, ("map" if kind is yaml.MappingStartEvent else "list", *offsets(event), ""))
            outer.append(None if is_key is None else True)
            is_key = True if kind is yaml.MappingStartEvent else None
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            is_key = outer.pop()
            start, end = offsets(event)
            last_end = end if end > start else last_end
            yield new_mark(Mark, ("close", start, last_end, ""))
