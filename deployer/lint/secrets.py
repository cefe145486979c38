"""Secrets that stand in a workflow itself. What is found is never repeated in words; findings point at its place.

Known forms are searched for everywhere, once a word of theirs is in the file at all; values that look like chance only in headers and
under keys for secrets, where an ordinary word would have no business.
"""

import re
from collections.abc import Iterator
from math import log2
from typing import Any, NamedTuple

from deployer.formats.positions import Path
from deployer.lint.rule import Diagnostic, Document
from deployer.lint.workflow.texts import ExpressionText, keyed

# (a word that must be there, the form, whose it is)
_FORMS: tuple[tuple[str, str, str], ...] = (
    ("sk-", r"\bsk-(?=[\w-]*\d)[\w-]{20,}", "An API key in the form of OpenAI's or Anthropic's"),
    *((word, rf"\b{word}[A-Za-z0-9]{{20,}}", "A GitHub token") for word in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    ("github_pat_", r"\bgithub_pat_\w{20,}", "A GitHub token"),
    ("glpat-", r"\bglpat-[\w-]{20,}", "A GitLab token"),
    ("AKIA", r"\bAKIA[A-Z0-9]{16}\b", "An AWS access key"),
    ("ASIA", r"\bASIA[A-Z0-9]{16}\b", "An AWS access key"),
    ("xox", r"\bxox[a-z]-[A-Za-z0-9-]{10,}", "A Slack token"),
    ("xapp-", r"\bxapp-[A-Za-z0-9-]{10,}", "A Slack token"),
    ("eyJ", r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?", "A JSON Web Token"),
    ("AIza", r"\bAIza[\w-]{35}", "A Google API key"),
    ("k_live_", r"\b[sr]k_live_[A-Za-z0-9]{16,}", "A Stripe key"),
    ("k_test_", r"\b[sr]k_test_[A-Za-z0-9]{16,}", "A Stripe key"),
    ("SG.", r"\bSG\.[\w-]{16,}\.[\w-]{16,}", "A SendGrid key"),
    ("app-", r"\bapp-(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}\b", "A GPTBots key"),
    ("://", r"://[^\s/:@{}]+:[^\s/@{}]{3,}@", "An address with user and password"),
)
_PRIVATE_KEY = ("-----BEGIN [A-Z ]*PRIVATE KEY-----", "A private key")
_PRIVATE_KEY_WHOLE = rf"{_PRIVATE_KEY[0]}(?:[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----|[\s\S]*)"
SHORTEST = 12
_LITERAL = r"(?i)\s*(?:Bearer|Basic|Token)\s+([\w.~+/=-]{8,})\s*"
_CHANCE = r"[\w.~+/=-]{16,}"
_ID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"  # a UUID, a trace's parent
_NOT_CHANCE = ("example", "your", "xxxx", "placeholder", "change", "dummy", "secret_", "application/")
_FIX = "Keep it in meinGPT's secrets, write `{{secrets.name}}` here, and make a new one: this one is in git for good."
LEAST_ENTROPY = 3.3
"""Bits for each character: words of a language stay below 3 at these lengths, chance is above 3.5."""


class FoundSecret(NamedTuple):
    """`certain` by its form; else it only looks like one."""

    problem: Diagnostic
    certain: bool


def secrets(document: Document) -> tuple[FoundSecret, ...]:
    """Every literal secret, each once."""
    if "secrets" not in document.memo:
        document.memo["secrets"] = tuple(_secrets(document))
    found: tuple[FoundSecret, ...] = document.memo["secrets"]
    return found


def _secrets(document: Document) -> Iterator[FoundSecret]:
    text = document.text
    long = " ".join([word for word in text.split() if len(word) >= SHORTEST])  # a tenth of the text, so that looking for many words is quick
    forms = [(form, what) for word, form, what in _FORMS if word in long]
    if "-----BEGIN" in text:
        forms.append(_PRIVATE_KEY)
    certain: set[Path] = set()
    if forms and any(re.search(form, text) for form, _ in forms):
        for path, value in _texts(document.data):
            for form, what in forms:
                found = re.search(form, value)
                if found:
                    certain.add(path)
                    yield FoundSecret(Diagnostic(path, f"{what} stands in the file.", _FIX, within=(value, *found.span())), certain=True)
                    break
    for each in keyed(document):
        if each.path not in certain:
            yield from _by_key(each)


def _by_key(text: ExpressionText) -> Iterator[FoundSecret]:
    found = re.fullmatch(_LITERAL, text.value)
    if found and (text.header or text.secret):
        message = f"A literal stands after `{text.value.split()[0]}`, where a secret belongs."
        yield FoundSecret(Diagnostic(text.path, message, _FIX, within=(text.value, *found.span(1))), certain=True)
    elif looks_like_chance(text.value) and (text.secret or not re.fullmatch(_ID, text.value)):
        message = "This header looks like a secret." if text.header else "This value looks like a secret."
        yield FoundSecret(Diagnostic(text.path, message, _FIX), certain=False)


def without_known_forms(text: str, instead: str) -> str:
    """The text with `instead` for everything that is a secret by its form."""
    for word, form, _ in _FORMS:
        if word in text:
            text = re.sub(form, instead, text)
    return re.sub(_PRIVATE_KEY_WHOLE, instead, text) if "-----BEGIN" in text else text


def looks_like_chance(value: str) -> bool:
    """No blanks, no words that a person would write there, letters and digits mixed in most of it, and no telling what comes next."""
    if not re.fullmatch(_CHANCE, value):
        return False
    mixed = sum(len(part) for part in re.split(r"[-_./+=~]", value) if re.search(r"\d", part) and re.search("[A-Za-z]", part))
    lower = value.lower()
    return 2 * mixed >= len(value) and not any(word in lower for word in _NOT_CHANCE) and entropy(value) >= LEAST_ENTROPY


def entropy(value: str) -> float:
    """Shannon's, in bits for each character."""
    counts = [value.count(character) for character in set(value)]
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)


def _texts(data: Any) -> Iterator[tuple[Path, str]]:
    stack: list[tuple[Path, Any]] = [((), data)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, dict):
            stack += [((*path, key), each) for key, each in value.items()]
        elif isinstance(value, list):
            stack += [((*path, place), each) for place, each in enumerate(value)]
