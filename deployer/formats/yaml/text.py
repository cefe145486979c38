"""YAML text to plain data: PyYAML's C parser gives events, our own builder makes data of them.

PyYAML's composer calls itself for every level and ends the process on deep nesting; its resolver follows YAML 1.1, where
`no` is false and `12:30` a number. Here depth, nodes and aliases are limited, and plain words have their meaning in
JSON: `true`, `false`, `null`, numbers (the core schema of YAML 1.2); everything else, dates and `on` too, is text.
Anchors and aliases work. Refused: merge keys (`<<` is no part of YAML 1.2), tags other than the core ones, keys that are not text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from deployer.formats.diagnostic import RuleDiagnostic, unparsable
from deployer.formats.limits import MAX_INTEGER_DIGITS, not_finite, repeated_key, too_deep, too_long_number
from deployer.formats.quoting import kind_of, shown
from deployer.formats.yaml.event_stream import offsets, open_events, syntax_diagnostic, yaml
from deployer.model.strict_json import MAX_DEPTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

MAX_NODES = 1_000_000
MAX_ALIASED = 100_000
"""Nodes that aliases may add to those written: far above any real use, far below an attack."""

_CORE: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_START = frozenset("-+.0123456789")
_BASED = r"0(?:o[0-7]+|x[0-9a-fA-F]+)"
_NUMBER_SIGNS = "0123456789.eE+-"
_NOT_FINITE = frozenset((".inf", ".Inf", ".INF"))
_NOT_A_NUMBER = frozenset((".nan", ".NaN", ".NAN"))
_INFINITE = float("inf")
_TAG = "tag:yaml.org,2002:"
_EXPECTING: Any = object()  # in place of a key: a mapping waits for one
_STARTS = frozenset((yaml.MappingStartEvent, yaml.SequenceStartEvent))
_ENDS = frozenset((yaml.MappingEndEvent, yaml.SequenceEndEvent))


class _RefusedError(Exception):
    """Building cannot go on, and why."""

    def __init__(self, diagnostic: RuleDiagnostic) -> None:
        super().__init__(diagnostic[0])
        self.diagnostic = diagnostic


def _refuse(rule: str, event: Any, message: str, fix: str) -> NoReturn:
    raise _RefusedError(unparsable(rule, message, fix, *offsets(event)))


class _NotANumberError(Exception):
    """A plain scalar that has the form of a number and is none of JSON's. `args[0]` makes the diagnostic."""


def parse(text: str) -> tuple[Any, tuple[RuleDiagnostic, ...]]:
    """The one document in the text, or None with what is wrong. Never raises, whatever the file holds."""
    builder = _Builder()
    try:
        value = builder.build(text)
    except _RefusedError as refused:
        return None, (*builder.diagnostics, refused.diagnostic)
    except yaml.YAMLError as error:
        return None, (*builder.diagnostics, syntax_diagnostic(text, error))
    return (None if builder.diagnostics else value), tuple(builder.diagnostics)


def plain(word: str) -> object:
    """The value of an unquoted word. Raises _NotANumberError for `.inf`, `.nan` and numbers too large."""
    if word in _CORE:
        return _CORE[word]
    if word[0] not in _NUMBER_START:
        return word
    digits = word[1:] if word[0] in "+-" else word
    if digits.isascii() and digits.isdigit():
        if len(word) > MAX_INTEGER_DIGITS:
            raise _NotANumberError(too_long_number)
        return int(word)
    if word[0] == "0" and re.fullmatch(_BASED, word):
        return int(word, 0)
    if digits in _NOT_FINITE or word in _NOT_A_NUMBER:
        raise _NotANumberError(not_finite)
    number = _float(word)
    if number is None:
        return word
    if abs(number) == _INFINITE:
        raise _NotANumberError(not_finite)
    return number


def _float(word: str) -> float | None:
    """The number that a word is in JSON or as `.5`, `1.` and `+1`; None for any other word. Without a pattern, which takes long to compile."""
    if word.strip(_NUMBER_SIGNS):
        return None
    try:
        return float(word)
    except ValueError:
        return None


class _Anchor:
    """A value with an anchor: its size in nodes and its height in levels. While it is `open`, these are the nodes before it and the deepest level
    inside it, and it is inside of `level` mappings and lists."""

    __slots__ = ("height", "level", "open", "size", "value")

    def __init__(self, value: object) -> None:
        self.value = value
        self.size = 1
        self.height = self.level = 0
        self.open = False


class _Builder:
    """One pass over the events of one text. `diagnostics` are those that did not end it."""

    def __init__(self) -> None:
        self.diagnostics: list[RuleDiagnostic] = []
        self.anchors: dict[str, _Anchor] = {}
        self.open_anchors: list[_Anchor] = []
        self.aliased = 0
        self.text = ""

    def build(self, text: str) -> object:
        """The document, None where there is none. Raises _RefusedError, or yaml.YAMLError where the text is not YAML."""
        self.text = text
        next_event = open_events(text)
        next_event()  # the stream starts
        if next_event().__class__ is not yaml.DocumentStartEvent:
            return None
        value = self.build_document(next_event)
        event = next_event()
        if event.__class__ is yaml.DocumentStartEvent:
            _refuse("yaml-several-documents", event, "A second document starts here.", "Give each its own file, and remove the `---` between them.")
        return value

    def build_document(self, next_event: Callable[[], Any]) -> object:
        """The value up to the document's end. What is usual is handled in this loop, on local names: a call costs as much as an event does."""
        core, number_start, expecting, max_nodes, open_anchors = _CORE, _NUMBER_START, _EXPECTING, MAX_NODES, self.open_anchors
        scalar_event, mapping_start, document_end, starts, ends = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.DocumentEndEvent, _STARTS, _ENDS
        top: list[Any] = []
        container: Any = top
        key: Any = None  # None in a list, else the key that waits for its value
        outer: list[tuple[Any, Any]] = []  # for each open mapping or list, what holds it, and the key that comes next there
        written = 0
        while (kind := (event := next_event()).__class__) is not document_end:
            if kind is scalar_event:
                value, (is_plain, is_quoted) = event.value, event.implicit
                if (value in core or value[0] in number_start if is_plain else not is_quoted) or event.anchor is not None or written >= max_nodes:
                    value = self.unusual_scalar(event, key, written)
                if key is expecting:
                    key = value if value.__class__ is str and value not in container and value != "<<" else self.unusual_key(container, value, event)
                    continue
            elif kind in ends:
                container, key = self.close(outer, written) if open_anchors else outer.pop()
                continue
            elif kind in starts:
                value = {} if kind is mapping_start else []
                is_marked = event.anchor is not None or event.tag is not None
                if is_marked or key is expecting or open_anchors or len(outer) >= MAX_DEPTH or written >= max_nodes:
                    self.unusual_start(event, value, key, written, len(outer))
            else:
                value = self.alias(event, key, len(outer))
                written -= 1  # it is one of `aliased`
            written += 1
            if key is None:
                container.append(value)
            else:
                container[key] = value
                key = expecting
            if kind is not scalar_event and kind in starts:
                outer.append((container, key))
                container, key = value, expecting if kind is mapping_start else None
        return top[0]

    def unusual_scalar(self, event: Any, key: object, written: int) -> object:
        """The value of a scalar that is no text, or has a tag or an anchor."""
        is_plain, is_quoted = event.implicit
        value = self.number(event) if is_plain else event.value if is_quoted else self.tagged(event)
        if key is not _EXPECTING:
            if event.anchor is not None:
                self.anchors[event.anchor] = _Anchor(value)
            self.check_size(written)
        return value

    def check_size(self, written: int) -> None:
        """Whether another value can be added."""
        if written >= MAX_NODES:
            raise _RefusedError(unparsable("file-too-large", f"More than {MAX_NODES:,} values.", "Split the file."))

    def number(self, event: Any) -> object:
        try:
            return plain(event.value)
        except _NotANumberError as error:
            self.diagnostics.append(error.args[0](*offsets(event)))
            return None

    def unusual_key(self, mapping: dict[str, Any], value: object, event: Any) -> str:
        """The key, of which a diagnostic is added."""
        if not isinstance(value, str):
            message = f"The key {shown(event.value)} reads as {kind_of(value)}; keys must be text."
            self.diagnostics.append(unparsable("yaml-key", message, "Put it in quotes.", *offsets(event)))
            return str(event.value)
        if value == "<<" and event.implicit[0]:
            fix = "Write the keys out, or give the whole value an anchor and use it by its alias."
            self.diagnostics.append(unparsable("yaml-merge-key", "YAML 1.2 has no merge keys (`<<`).", fix, *offsets(event)))
        elif value in mapping:
            self.diagnostics.append(repeated_key(event.value, *offsets(event)))
        return value

    def unusual_start(self, event: Any, value: object, key: object, written: int, level: int) -> None:
        """Check the start of a mapping or list inside of `level` others, and keep its anchor."""
        if key is _EXPECTING:
            raise _RefusedError(self.key_that_opens(event))
        if level >= MAX_DEPTH:
            raise _RefusedError(too_deep(event.start_mark.index))
        if event.tag is not None and event.tag not in ("!", _TAG + "map", _TAG + "seq"):
            self.diagnostics.append(_unknown_tag(event))
        self.check_size(written)
        self.reach(level + 1)
        if event.anchor is not None:
            anchor = self.anchors[event.anchor] = _Anchor(value)
            anchor.open, anchor.level, anchor.size, anchor.height = True, level, written + self.aliased, level + 1
            self.open_anchors.append(anchor)

    def reach(self, level: int) -> None:
        """Keep the level for the anchor around it."""
        if self.open_anchors:
            self.open_anchors[-1].height = max(self.open_anchors[-1].height, level)

    def key_that_opens(self, event: Any) -> RuleDiagnostic:
        """For a bracket in place of a key: nearly always text that begins with `{{` and has no quotes."""
        start = event.start_mark.index
        braces = self.text.find("{{", max(start - 1, 0), start + 2)
        if braces >= 0:
            fix = 'Put all of the text in quotes: `"{{input.message}}"`.'
            return unparsable("yaml-key", "Text that begins with `{{` needs quotes: to YAML a `{` starts a mapping.", fix, braces, braces + 2)
        return unparsable("yaml-key", "There is a mapping or list where a key must be.", "Put the key in quotes if it is text.", *offsets(event))

    def close(self, outer: list[tuple[Any, Any]], written: int) -> tuple[Any, Any]:
        """What holds the mapping or list that ends, and the key that is next there. Its anchor, if it has one, ends too."""
        anchor = self.open_anchors[-1]
        if anchor.level == len(outer) - 1:
            self.open_anchors.pop()
            self.reach(anchor.height)
            anchor.open, anchor.size, anchor.height = False, written + self.aliased - anchor.size, anchor.height - anchor.level
        return outer.pop()

    def alias(self, event: Any, key: object, level: int) -> object:
        """The value that it repeats, inside of `level` mappings and lists."""
        anchor = self.anchors.get(event.anchor)
        name = shown("*" + event.anchor)
        if key is _EXPECTING:
            _refuse("yaml-key", event, f"There is the alias {name} where a key must be.", "Write the key out.")
        if anchor is None:
            _refuse("yaml-alias", event, f"The alias {name} has no anchor before it.", f"Write `&{event.anchor}` before the value that it repeats.")
        if anchor.open:
            _refuse("yaml-alias", event, f"The alias {name} is inside the value that it repeats.", "Write the value out.")
        self.aliased += anchor.size
        self.reach(level + anchor.height)
        if self.aliased > MAX_ALIASED:
            _refuse(
                "yaml-alias-bomb", event, f"Aliases add more than {MAX_ALIASED:,} values to this file.", "Write the values out, and fewer of them."
            )
        if level + anchor.height > MAX_DEPTH:
            raise _RefusedError(too_deep(event.start_mark.index))
        return anchor.value

    def tagged(self, event: Any) -> object:
        """The value of a scalar with a tag: `!!str 7` is text. A tag without a value in JSON is refused."""
        name = (event.tag or "").removeprefix(_TAG)
        if name in ("str", "!"):
            return event.value
        if name in ("int", "float", "bool", "null"):
            return self.number(event)
        self.diagnostics.append(_unknown_tag(event))
        return event.value


def _unknown_tag(event: Any) -> RuleDiagnostic:
    name = event.tag.replace(_TAG, "!!")
    fix = "Remove it: values are text, numbers, true, false, null, lists and mappings."
    return unparsable("yaml-tag", f"The tag {shown(name)} is not supported.", fix, event.start_mark.index, event.start_mark.index + 1)
