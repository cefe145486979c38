"""Inputs and outputs as reports may show them: without keys, and without what has the form of a secret or stands under a name for one."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from deployer.lint.secrets import redact_known_secrets
from deployer.lint.workflow.texts import is_secret_key
from deployer.model.secret import MASK
from deployer.model.text import cut

LONGEST = 600  # characters of a text that is shown
SHORTEST = 5  # of a secret that is looked for in other texts
_PAIR = re.compile(r'("(?:[^"\\]|\\.){1,100}")(\s*:\s*)("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*)')
_LITERAL = re.compile(r"(?i)\b(Bearer|Basic)\s+[\w.~+/=-]{8,}")


class OutputRedactor:
    """Makes texts fit to show. `redact` takes this run's keys out."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact

    def value(self, value: Any) -> str:
        """A value as text: itself, or its JSON. What stands under a name for a secret is hidden however deep it is."""
        return self.text(value if isinstance(value, str) else json.dumps(self._inside(value), ensure_ascii=False))

    def beside(self, *values: Any) -> "OutputRedactor":
        """For texts about these values: what stands under a name for a secret in one of them is hidden wherever it is repeated."""
        secrets = sorted({text for value in values for text in _secrets(value)}, key=len, reverse=True)
        if not secrets:
            return self
        repeated = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in secrets))
        return OutputRedactor(lambda text: repeated.sub(MASK, self._redact(text)))

    def _inside(self, value: Any, *, secret: bool = False) -> Any:
        if isinstance(value, dict):
            return {key: self._inside(each, secret=secret or is_secret_key(key)) for key, each in value.items()}
        if isinstance(value, list):
            return [self._inside(each, secret=secret) for each in value]
        if secret and value not in (None, True, False, ""):
            return MASK
        return self.whole(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        return cut(self.whole(text), LONGEST)

    def whole(self, text: str) -> str:
        """Redacted before anything is cut: half a secret is not recognised."""
        text = redact_known_secrets(self._redact(text), MASK)
        text = _LITERAL.sub(rf"\1 {MASK}", text)
        return _PAIR.sub(_pair, text) if '"' in text else text


def _secrets(value: Any) -> Iterator[str]:
    """The texts (and long numbers) under names for secrets, as they are and as JSON has them. Short ones are words of their own elsewhere."""
    stack = [(value, False)]
    while stack:
        each, secret = stack.pop()
        if isinstance(each, dict):
            stack += [(inside, secret or is_secret_key(key)) for key, inside in each.items()]
        elif isinstance(each, list):
            stack += [(inside, secret) for inside in each]
        elif secret and isinstance(each, str | int) and len(str(each)) >= SHORTEST:
            yield from {str(each), json.dumps(str(each), ensure_ascii=False)[1:-1]}
        elif isinstance(each, str) and '"' in each:  # JSON in a text
            pairs = (found for found in _PAIR.finditer(each) if is_secret_key(found[1].strip('"')))
            yield from (text for found in pairs if len(text := found[3].strip('"')) >= SHORTEST)


def _pair(found: re.Match[str]) -> str:
    return f'{found[1]}{found[2]}"{MASK}"' if is_secret_key(found[1].strip('"')) else found[0]
