"""Secrets: held so that they cannot be printed by accident, and taken out of every text that leaves the program."""

from collections.abc import Iterable

CUT_AFTER = 32  # characters of a long secret that give it away even where a message was cut before it was redacted
SHORTEST = 6  # GitHub drops a whole output that contains a masked value: a short mask would eat innocent text.
HIDDEN = "***"
_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.%~"


class Secret:
    """A key. `reveal()` is the only way to its text; printing, formatting or comparing reprs shows nothing."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)


def forms(value: str) -> tuple[str, ...]:
    """A secret's text and the forms it takes on its way: JSON, URL-encoded, base64, and base64 inside a Basic header."""
    import base64
    import json
    from urllib.parse import quote, quote_plus

    raw = value.encode()
    encoded = [base64.b64encode(raw), base64.urlsafe_b64encode(raw), base64.b64encode(b":" + raw), base64.b64encode(raw + b":")]
    texts = [value, json.dumps(value)[1:-1], quote(value, safe=""), quote_plus(value)]
    texts += [code.decode().rstrip("=") for code in encoded]
    texts += [line.strip() for line in value.splitlines()]
    return tuple(dict.fromkeys(text for text in texts if len(text) >= SHORTEST))


class Redactor:
    """Takes every known secret, in every form, out of a text. Immutable; `redact` is the only verb.

    With a thousand keys there are thousands of forms, and a text is searched only for those whose first characters are in it.
    """

    __slots__ = ("_begin", "_starts", "forms")

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        every = {form for secret in secrets for form in forms(secret.reveal())}
        self.forms: tuple[str, ...] = tuple(sorted(every, key=len, reverse=True))
        self._begin = frozenset(form[:SHORTEST] for form in self.forms)
        self._starts = tuple(dict.fromkeys(form[:CUT_AFTER] for form in self.forms if len(form) > CUT_AFTER + SHORTEST))

    def redact(self, text: str) -> str:
        begun = self._begin.intersection(text[at : at + SHORTEST] for at in range(len(text) - SHORTEST + 1))
        if not begun:
            return text
        for form in self.forms:
            if form[:SHORTEST] in begun and form in text:
                text = text.replace(form, HIDDEN)
        for start in self._starts:
            while start[:SHORTEST] in begun and start in text:
                before, _, rest = text.partition(start)
                text = before + HIDDEN + rest.lstrip(_CHARACTERS)
        return text

    __call__ = redact
