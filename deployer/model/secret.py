"""Secrets, which cannot be printed by accident, and the redactor that removes them from every text that leaves the program."""

from collections.abc import Iterable

PREFIX_CHARS = 32  # so much of a long secret is redacted too: a message may be shortened before it is redacted
MIN_CHARS = 6  # GitHub drops a whole output that contains a masked value: a short mask would eat innocent text.
MASK = "***"
_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.%~"


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


def forms(value: str) -> tuple[str, ...]:
    """A secret's text in every form that may be sent: plain, JSON, URL-encoded, base64, and base64 inside a Basic header."""
    import base64
    import json
    from urllib.parse import quote, quote_plus

    raw = value.encode()
    encoded = [base64.b64encode(raw), base64.urlsafe_b64encode(raw), base64.b64encode(b":" + raw), base64.b64encode(raw + b":")]
    texts = [value, json.dumps(value)[1:-1], quote(value, safe=""), quote_plus(value)]
    texts += [code.decode().rstrip("=") for code in encoded]
    texts += [line.strip() for line in value.splitlines()]
    return tuple(dict.fromkeys(text for text in texts if len(text) >= MIN_CHARS))


class Redactor:
    """Replaces every known secret, in every form, by `***`. Immutable.

    A thousand keys have thousands of forms: a text is searched only for those whose first characters occur in it.
    """

    __slots__ = ("_begin", "_starts", "forms")

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        distinct = {form for secret in secrets for form in forms(secret.reveal())}
        self.forms: tuple[str, ...] = tuple(sorted(distinct, key=len, reverse=True))
        self._begin = frozenset(form[:MIN_CHARS] for form in self.forms)
        self._starts = tuple(dict.fromkeys(form[:PREFIX_CHARS] for form in self.forms if len(form) > PREFIX_CHARS + MIN_CHARS))

    def redact(self, text: str) -> str:
        begun = self._begin.intersection(text[at : at + MIN_CHARS] for at in range(len(text) - MIN_CHARS + 1))
        if not begun:
            return text
        for form in self.forms:
            if form[:MIN_CHARS] in begun and form in text:
                text = text.replace(form, MASK)
        for start in self._starts:
            while start[:MIN_CHARS] in begun and start in text:
                head, _, rest = text.partition(start)
                text = head + MASK + rest.lstrip(_CHARACTERS)
        return text

    __call__ = redact
