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
from deployer.formats.yaml.event_stream import new_parser, offsets, syntax_diagnostic, yaml
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
    """A value with an anchor: its size in nodes and its height in levels. Open while it is being built."""

    __slots__ = ("height", "open", "size", "value")

    def __init__(self, value: object) -> None:
        self.value = value
        self.size = 1
        self.height = 0
        self.open = False


class _Builder:
    """One pass over the events of one text. `diagnostics` are those that did not end it."""

    def __init__(self) -> None:
        self.diagnostics: list[RuleDiagnostic] = []
        self.anchors: dict[str, _Anchor] = {}
        self.written = 0
        self.aliased = 0
        # One row for each open mapping or list: it, the key it waits to fill, its anchor, the nodes up to it, the deepest level inside it.
        self.stack: list[list[Any]] = [[[], None, None, 0, 0]]
        self.documents = 0
        self.text = ""

    def build(self, text: str) -> object:
        """The document. Raises _RefusedError, or yaml.YAMLError where the text is not YAML.

        Most events are plain scalars: those are handled in this loop, since a call costs as much as they do.
        """
        self.text = text
        handle = self.handlers()
        stack, scalar_event, core, number_start, expecting = self.stack, yaml.ScalarEvent, _CORE, _NUMBER_START, _EXPECTING
        frame = stack[-1]
        next_event = new_parser(text).get_event
        while (event := next_event()) is not None:
            kind = event.__class__
            if kind is scalar_event:
                value: Any = event.value
                implicit, key = event.implicit, frame[1]
                if not implicit[0]:
                    value = value if implicit[1] else self.tagged(event)
                elif value in core:
                    value = core[value]
                elif value[0] in number_start:
                    value = self.number(event)
                if key is expecting:
                    if value.__class__ is str and value != "<<" and value not in frame[0]:
                        frame[1] = value
                    else:
                        self.key(frame, value, event)
                elif key is None or event.anchor is not None or self.written >= MAX_NODES:
                    self.value(frame, value, event)
                else:
                    frame[0][key] = value
                    frame[1] = expecting
                    self.written += 1
            elif kind in handle:
                handle[kind](event)
                frame = stack[-1]
        top = stack[0][0]
        return top[0] if top else None

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        return {
            yaml.MappingStartEvent: self.open,
            yaml.SequenceStartEvent: self.open,
            yaml.MappingEndEvent: self.close,
            yaml.SequenceEndEvent: self.close,
            yaml.AliasEvent: self.alias,
            yaml.DocumentStartEvent: self.document,
        }

    def document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            _refuse("yaml-several-documents", event, "A second document starts here.", "Give each its own file, and remove the `---` between them.")

    def number(self, event: Any) -> object:
        try:
            return plain(event.value)
        except _NotANumberError as error:
            self.diagnostics.append(error.args[0](*offsets(event)))
            return None

    def value(self, frame: list[Any], value: object, event: Any) -> None:
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchor(value)
        self.written += 1
        if self.written > MAX_NODES:
            raise _RefusedError(_too_many())
        key = frame[1]
        if key is None:
            frame[0].append(value)
        else:
            frame[0][key] = value
            frame[1] = _EXPECTING

    def key(self, frame: list[Any], value: object, event: Any) -> None:
        if value.__class__ is not str:
            message = f"The key {shown(event.value)} reads as {kind_of(value)}; keys must be text."
            self.diagnostics.append(unparsable("yaml-key", message, "Put it in quotes.", *offsets(event)))
            value = event.value
        elif value == "<<" and event.implicit[0]:
            fix = "Write the keys out, or give the whole value an anchor and use it by its alias."
            self.diagnostics.append(unparsable("yaml-merge-key", "YAML 1.2 has no merge keys (`<<`).", fix, *offsets(event)))
        elif value in frame[0]:
            self.diagnostics.append(repeated_key(event.value, *offsets(event)))
        frame[1] = value

    def open(self, event: Any) -> None:
        is_mapping = event.__class__ is yaml.MappingStartEvent
        value: Any = {} if is_mapping else []
        stack = self.stack
        frame, depth = stack[-1], len(stack)
        if frame[1] is _EXPECTING:
            raise _RefusedError(self.key_that_opens(event))
        if depth > MAX_DEPTH:
            raise _RefusedError(too_deep(event.start_mark.index))
        if event.tag is not None and event.tag not in ("!", _TAG + "map", _TAG + "seq"):
            self.diagnostics.append(_unknown_tag(event))
        anchor = None
        nodes_so_far = self.written + self.aliased
        self.value(frame, value, event)
        if event.anchor is not None:
            anchor = self.anchors[event.anchor]
            anchor.open = True
        stack.append([value, _EXPECTING if is_mapping else None, anchor, nodes_so_far, depth])

    def key_that_opens(self, event: Any) -> RuleDiagnostic:
        """For a bracket in place of a key: nearly always text that begins with `{{` and has no quotes."""
        start = event.start_mark.index
        braces = self.text.find("{{", max(start - 1, 0), start + 2)
        if braces >= 0:
            fix = 'Put all of the text in quotes: `"{{input.message}}"`.'
            return unparsable("yaml-key", "Text that begins with `{{` needs quotes: to YAML a `{` starts a mapping.", fix, braces, braces + 2)
        return unparsable("yaml-key", "There is a mapping or list where a key must be.", "Put the key in quotes if it is text.", *offsets(event))

    def close(self, _: Any) -> None:
        stack = self.stack
        _value, _key, anchor, nodes_so_far, deepest = stack.pop()
        if anchor is not None:
            anchor.open = False
            anchor.size = self.written + self.aliased - nodes_so_far
            anchor.height = deepest - len(stack) + 1
        if deepest > stack[-1][4]:  # noqa: PLR1730 - quicker than `max`
            stack[-1][4] = deepest

    def alias(self, event: Any) -> None:
        frame = self.stack[-1]
        anchor = self.anchors.get(event.anchor)
        name = shown("*" + event.anchor)
        if frame[1] is _EXPECTING:
            _refuse("yaml-key", event, f"There is the alias {name} where a key must be.", "Write the key out.")
        if anchor is None:
            _refuse("yaml-alias", event, f"The alias {name} has no anchor before it.", f"Write `&{event.anchor}` before the value that it repeats.")
        if anchor.open:
            _refuse("yaml-alias", event, f"The alias {name} is inside the value that it repeats.", "Write the value out.")
        self.aliased += anchor.size
        frame[4] = max(frame[4], len(self.stack) - 1 + anchor.height)
        if self.aliased > MAX_ALIASED:
            _refuse(
                "yaml-alias-bomb", event, f"Aliases add more than {MAX_ALIASED:,} values to this file.", "Write the values out, and fewer of them."
            )
        if frame[4] > MAX_DEPTH:
            raise _RefusedError(too_deep(event.start_mark.index))
        self.attach(frame, anchor.value)

    def attach(self, frame: list[Any], value: object) -> None:
        container, key = frame[0], frame[1]
        if key is None:
            container.append(value)
        else:
            container[key] = value
            frame[1] = _EXPECTING

    def tagged(self, event: Any) -> object:
        """The value of a scalar with a tag: `!!str 7` is text. A tag without a value in JSON is refused."""
        name = (event.tag or "").removeprefix(_TAG)
        if name in ("str", "!"):
            return event.value
        if name in ("int", "float", "bool", "null"):
            return self.number(event)
        self.diagnostics.append(_unknown_tag(event))
        return event.value


def _too_many() -> RuleDiagnostic:
    return unparsable("file-too-large", f"More than {MAX_NODES:,} values.", "Split the file.")


def _unknown_tag(event: Any) -> RuleDiagnostic:
    name = event.tag.replace(_TAG, "!!")
    fix = "Remove it: values are text, numbers, true, false, null, lists and mappings."
    return unparsable("yaml-tag", f"The tag {shown(name)} is not supported.", fix, event.start_mark.index, event.start_mark.index + 1)
