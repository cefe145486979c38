"""Secrets, which cannot be printed by accident, and the redactor that removes them from every text that leaves the program."""

from collections.abc import Iterable, Iterator
from functools import reduce

from deployer.model.unescape import Layer, layers

PREFIX_CHARS = 32  # so much of a long secret is redacted too: a message may be shortened before it is redacted
MIN_CHARS = 6  # GitHub drops a whole output that contains a masked value: a short mask would eat innocent text.
MASK = "***"
_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.%~")
_SAMPLE_CHARS, _STEP = 4, 3  # the last six characters of a form hold three samples of four: one of them begins at a third place of the text


class Secret:
    """A key. `reveal()` is the only way to its text; printing, formatting or comparing reprs shows nothing."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)


def _texts(value: str) -> tuple[str, ...]:
    """The value. One with a colon may be a user and a password: then each of them too, and what the header of Basic authentication holds."""
    user, colon, password = value.partition(":")
    if not colon:
        return (value,)
    import base64

    return value, user, password, base64.b64encode(value.encode("utf-8", "surrogatepass")).decode()


def forms(value: str) -> tuple[str, ...]:
    """A secret in every form that is one fixed text: plain, as JSON, URLs and HTML have it, in hex, and in base64 beside any other text."""
    import html
    import json
    import re
    from urllib.parse import quote

    quoted = quote(value, safe="", errors="surrogatepass")
    escaped = dict.fromkeys((value, json.dumps(value)[1:-1], quoted, html.escape(value)))
    raw = {text: text.encode("utf-8", "surrogatepass") for text in escaped}
    texts = [*escaped, re.sub("%..", lambda match: match[0].lower(), quoted), raw[value].hex(), raw[value].hex().upper()]
    texts += [core for text in escaped for core in _base64_cores(raw[text])]
    texts += [line.strip() for line in value.splitlines()]
    return tuple(dict.fromkeys(text for text in texts if len(text) >= MIN_CHARS))


def _base64_cores(raw: bytes) -> Iterator[str]:
    """`raw` as it stands inside a longer base64 text: for each of the three alignments, in both alphabets."""
    import base64

    for padding, begin in ((0, 0), (1, 2), (2, 3)):
        end = (padding + len(raw)) * 8 // 6
        core = base64.b64encode(bytes(padding) + raw).decode()[begin:end]
        yield from (core, core.replace("+", "-").replace("/", "_"))


class Redactor:
    """Replaces every known secret, in every form, by `***`, also where some or all of its characters are escaped. Immutable.

    A thousand keys have ten thousand forms: a text is searched only for those of which it holds a sample.
    """

    __slots__ = ("_samples", "_starts", "_tails", "forms")

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        values = {text for secret in secrets for text in _texts(secret.reveal())}
        distinct = {form for value in values for form in forms(value)}
        self.forms: tuple[str, ...] = tuple(sorted(distinct, key=len, reverse=True))
        # A key that looks escaped itself loses that too where a text's escapes are undone.
        undone = {layer.text for value in values for layer in layers(value) if len(layer.text) >= MIN_CHARS}
        starts = {form[:PREFIX_CHARS] for form in self.forms if len(form) > PREFIX_CHARS + MIN_CHARS}
        self._starts = frozenset(starts)
        tails: dict[str, list[str]] = {}
        for form in {*self.forms, *undone, *starts}:
            tails.setdefault(form[-MIN_CHARS:], []).append(form)
        self._tails = tails
        self._samples = frozenset(sample for tail in tails for sample in _samples(tail, 1))

    def redact(self, text: str) -> str:
        if not self._samples:
            return text
        spans = list(self._spans(text))
        above: list[Layer] = []
        for layer in layers(text):
            above.insert(0, layer)
            spans += [reduce(lambda span, outer: outer.span(*span), above, span) for span in self._spans(layer.text)]
        return _masked(text, spans) if spans else text

    __call__ = redact

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and end of each form in the text. One that only begins there ends where no key has such a character."""
        if self._samples.isdisjoint(_samples(text, _STEP)):
            return
        found = list(self._occurrences(text))
        begins = set()
        for form, start, end in found:
            if form not in self._starts:
                begins.add(start)
                yield start, end
        for form, start, end in found:
            if form in self._starts and start not in begins:
                yield start, next((at for at in range(end, len(text)) if text[at] not in _CHARACTERS), len(text))

    def _occurrences(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Each form in the text with its start and end, in the time that the text takes, however many keys there are: looked up by its last
        characters, where a sample shows that they may stand."""
        for number, sample in enumerate(_samples(text, _STEP)):
            if sample in self._samples:
                for end in range(number * _STEP + _SAMPLE_CHARS, number * _STEP + MIN_CHARS + 1):
                    for form in self._tails.get(text[max(0, end - MIN_CHARS) : end], ()):
                        if text.endswith(form, 0, end):
                            yield form, end - len(form), end


def _samples(text: str, step: int) -> Iterator[tuple[str, ...]]:
    """The characters at each `step`-th place and behind it."""
    return zip(*(text[offset::step] for offset in range(_SAMPLE_CHARS)))


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with each span replaced, and spans that overlap replaced as one."""
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if start >= done:
            pieces += (text[done:start], MASK)
        done = max(done, end)
    return "".join((*pieces, text[done:]))
