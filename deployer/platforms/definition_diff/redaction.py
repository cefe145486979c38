"""What may not be shown of a definition: header values, what stands under a key for secrets, and what has the form of a key.

References (`{{secrets.crm_token}}`) are no secrets, and neither are the few headers that everybody sends. Ids look like chance and are none.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from deployer.lint.flow.parameters import CREDENTIAL_KEYS
from deployer.lint.secrets import looks_random, redact_known_secrets
from deployer.lint.workflow.texts import is_secret_key
from deployer.model.secret import MASK

HEADERS = ("headers", "header")
HARMLESS = frozenset({"accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-type"})
_NAMES = ("key", "name", "id", "type")  # of a header that is an item of a list
_IDS = re.compile(r"(?:.*[^A-Za-z])?ids?|.*I[dD]s?|.*[hH]andle|.*[vV]ersion")
_REFERENCE = re.compile(r"\{\{.*?\}\}|\$\{\w+\}", re.DOTALL)
_SCHEME = re.compile(r"(?i)^\s*(?:Bearer|Basic|Token)\b")
_WORD = re.compile(r"\w")
LARGEST = 1e15
_LONGEST_KEY = 1000  # characters; what is longer is a text
_IN_ADDRESS = re.compile(r"(?i)([?&][\w.-]{0,40}(?:key|token|secret|passw|signature)[\w.-]{0,40}=)[^&#\s\"'{}]+")


class Item(NamedTuple):
    """An item of a list on the way to a value; `label` is what it is called, "" when only its place is known."""

    label: str


Keys = tuple[str | Item, ...]


def hidden(keys: Keys, value: Any) -> Any:
    """The value without its secrets; `keys` lead to it. Whatever is inside a mapping or list is looked at by itself."""
    if isinstance(value, dict):
        return {key: hidden((*keys, str(key)), item) for key, item in value.items()}
    if isinstance(value, list):
        return [hidden((*keys, Item(_label(item))), item) for item in value]
    if isinstance(value, str):
        return MASK if _is_secret(keys, value) else _cleaned(value)
    return _number(keys, value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _number(keys: Keys, number: float) -> float | str:
    """One that not every reader of a report can hold becomes a text."""
    if _in_header(keys):
        return MASK
    return number if abs(number) < LARGEST else repr(number)


def _is_secret(keys: Keys, text: str) -> bool:
    if not text or not _literal(text):
        return False
    last = next((key for key in reversed(keys) if isinstance(key, str)), "")
    if _in_header(keys) or last in CREDENTIAL_KEYS:
        return True
    telling = (_name(key) for key in keys if isinstance(key, str) or last == "value")
    if last not in _NAMES and any(name != "key" and is_secret_key(name) for name in telling):
        return True
    return len(text) <= _LONGEST_KEY and not _is_id(last) and looks_random(text.strip())


def _in_header(keys: Keys) -> bool:
    """Is it the value of a header (`headers: {X-Key: …}`, or `headers: [{key: X-Key, value: …}]`) that not everybody sends?"""
    place = next((place for place, key in enumerate(keys) if key in HEADERS), None)
    inside = () if place is None else keys[place + 1 :]
    if not inside or _name(inside[0]).lower() in HARMLESS:
        return False
    return not (isinstance(inside[0], Item) and inside[-1] in _NAMES)


def _name(key: str | Item) -> str:
    return key.label if isinstance(key, Item) else key


def _label(item: Any) -> str:
    names = (item.get(name) for name in _NAMES) if isinstance(item, dict) else ()
    return next((name for name in names if isinstance(name, str)), "")


def _literal(text: str) -> bool:
    """Is there anything in it that is no reference to a value elsewhere?"""
    return bool(_WORD.search(_SCHEME.sub("", _REFERENCE.sub("", text)) if len(text) <= _LONGEST_KEY else text))


@lru_cache(maxsize=4096)
def _is_id(key: str) -> bool:
    return bool(_IDS.fullmatch(key))


def _cleaned(text: str) -> str:
    """The text, with `***` for every key of a known form in it."""
    return _IN_ADDRESS.sub(rf"\1{MASK}", redact_known_secrets(text, MASK))
