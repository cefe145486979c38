"""Inputs and outputs as reports may show them: without keys, and without what has the form of a secret or stands under a name for one."""

import json
import re
from collections.abc import Callable
from typing import Any

from deployer.domain.secret import HIDDEN
from deployer.domain.text import cut
from deployer.lint.secrets import without_known_forms
from deployer.lint.texts import is_secret_key

LONGEST = 600  # characters of a text that is shown
_PAIR = re.compile(r'("(?:[^"\\]|\\.){1,100}")(\s*:\s*)("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*)')
_LITERAL = re.compile(r"(?i)\b(Bearer|Basic)\s+[\w.~+/=-]{8,}")


class Shown:
    """Makes texts fit to show. `redact` takes this run's keys out."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact

    def value(self, value: Any) -> str:
        """A value as text: itself, or its JSON."""
        return self.text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))

    def text(self, text: str) -> str:
        return cut(self.whole(text), LONGEST)

    def whole(self, text: str) -> str:
        """Redacted before anything is cut: half a secret is not recognised."""
        text = without_known_forms(self._redact(text), HIDDEN)
        text = _LITERAL.sub(rf"\1 {HIDDEN}", text)
        return _PAIR.sub(_pair, text) if '"' in text else text


def _pair(found: re.Match[str]) -> str:
    return f'{found[1]}{found[2]}"{HIDDEN}"' if is_secret_key(found[1].strip('"')) else found[0]
