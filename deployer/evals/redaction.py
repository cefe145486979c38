"""Inputs and outputs as reports may show them: without keys, and without what has the form of a secret or stands under a name for one."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from deployer.lint.secrets import redact_known_secrets
from deployer.lint.workflow.texts import is_secret_key
from deployer.model.secret import MASK
from deployer.model.text import cut

MAX_CHARS = 600  # of a text that is shown
READ_CHARS = 8_192  # of a text that are read for that
CUT_CHARS = 4_096  # left out after redaction where a text was cut: a secret that the cut went through is within them
MIN_SECRET_CHARS = 5  # of a secret that is hidden in other texts too
MAX_SECRETS = 100  # under names for secrets in one answer; with more, nothing of it is shown
_PAIR = re.compile(r'("(?:[^"\\]|\\.){1,100}")(\s*:\s*)("(?:[^"\\]|\\.)*(?:"|\\?\Z)|-?\d[\d.eE+-]*)')
_LITERAL = re.compile(r"(?i)\b(Bearer|Basic)\s+[\w.~+/=-]{8,}")


class OutputRedactor:
    """Makes texts fit to show. `redact` takes this run's keys out."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact

    def value(self, value: Any) -> str:
        """A value as text: itself, or its JSON. What stands under a name for a secret is hidden however deep it is."""
        return self.text(value if isinstance(value, str) else json.dumps(self._inside(value, [READ_CHARS]), ensure_ascii=False))

    def beside(self, *values: Any) -> "OutputRedactor":
        """For texts about these values: what stands under a name for a secret in one of them is hidden wherever it is repeated."""
        secrets = sorted({text for value in values for text in _secrets(value)}, key=len, reverse=True)
        if not secrets:
            return self
        if len(secrets) > MAX_SECRETS:
            return OutputRedactor(lambda _: MASK)
        repeated = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in secrets))
        return OutputRedactor(lambda text: repeated.sub(MASK, self._redact(text)))

    def _inside(self, value: Any, room: list[int], *, secret: bool = False) -> Any:
        """The value redacted, as far as it is read: `room` is how many characters that may still have."""
        if isinstance(value, dict):
            pairs = ((key, item) for key, item in value.items() if room[0] > 0)
            return {key: self._inside(item, _less(room, key), secret=secret or is_secret_key(key)) for key, item in pairs}
        if isinstance(value, list):
            return [self._inside(item, _less(room, ""), secret=secret) for item in value if room[0] > 0]
        if secret and value not in (None, True, False, ""):
            return MASK
        shown = self.head(value) if isinstance(value, str) else value
        _less(room, str(shown))
        return shown

    def text(self, text: str) -> str:
        return cut(self.head(text), MAX_CHARS)

    def head(self, text: str) -> str:
        """A long text only in part, which is more than is shown of it."""
        return self.whole(text) if len(text) <= READ_CHARS else self.whole(text[:READ_CHARS])[:-CUT_CHARS] + "…"

    def whole(self, text: str) -> str:
        """Redacted before anything is cut: half a secret is not recognised."""
        text = redact_known_secrets(self._redact(text), MASK)
        text = _LITERAL.sub(rf"\1 {MASK}", text)
        return _PAIR.sub(_hide_value, text) if '"' in text else text


def _less(room: list[int], text: str) -> list[int]:
    room[0] -= len(text) + 2
    return room


def _secrets(value: Any) -> Iterator[str]:
    """The texts (and long numbers) under names for secrets, as they are and as JSON has them. Short ones occur as ordinary words too."""
    stack = [(value, False)]
    while stack:
        item, secret = stack.pop()
        if isinstance(item, dict):
            stack += [(inside, secret or is_secret_key(key)) for key, inside in item.items()]
        elif isinstance(item, list):
            stack += [(inside, secret) for inside in item]
        elif secret and isinstance(item, str | int) and len(str(item)) >= MIN_SECRET_CHARS:
            yield from {str(item), json.dumps(str(item), ensure_ascii=False)[1:-1]}
        elif isinstance(item, str) and '"' in item:  # JSON in a text
            pairs = (match for match in _PAIR.finditer(item) if is_secret_key(match[1].strip('"')))
            yield from (text for match in pairs if len(text := match[3].strip('"')) >= MIN_SECRET_CHARS)


def _hide_value(match: re.Match[str]) -> str:
    return f'{match[1]}{match[2]}"{MASK}"' if is_secret_key(match[1].strip('"')) else match[0]
