"""Literal secrets in a workflow file. Findings point at the place of a secret and never repeat its value.

Known forms are searched for in every text of every file, when a word of theirs is in the file at all; values that look random only in headers and
under keys for secrets, where ordinary words do not occur.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from deployer.formats.diagnostic import as_findings
from deployer.lint.rule import Diagnostic, Document, once_per_document
from deployer.lint.rules import SERVICE_KEY_START
from deployer.lint.values import iter_values
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.formats.positions import Path
    from deployer.model.finding import Finding

# (a word that every match contains, the form, what it is)
_FORMS: tuple[tuple[str, str, str], ...] = (
    ("sk-", r"\bsk-(?=[\w-]{0,99}\d)[\w-]{20,}", "An API key in the form of OpenAI's or Anthropic's"),
    *((word, rf"\b{word}[A-Za-z0-9]{{20,}}", "A GitHub token") for word in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    ("github_pat_", r"\bgithub_pat_\w{20,}", "A GitHub token"),
    ("glpat-", r"\bglpat-[\w-]{20,}", "A GitLab token"),
    ("AKIA", r"\bAKIA[A-Z0-9]{16}\b", "An AWS access key"),
    ("ASIA", r"\bASIA[A-Z0-9]{16}\b", "An AWS access key"),
    ("xox", r"\bxox[a-z]-[A-Za-z0-9-]{10,}", "A Slack token"),
    ("xapp-", r"\bxapp-[A-Za-z0-9-]{10,}", "A Slack token"),
    (".eyJ", r"\beyJ[\w-]{8,1000}\.eyJ[\w-]{8,}(?:\.[\w-]*)?", "A JSON Web Token"),
    ("AIza", r"\bAIza[\w-]{35}", "A Google API key"),
    ("k_live_", r"\b[sr]k_live_[A-Za-z0-9]{16,}", "A Stripe key"),
    ("k_test_", r"\b[sr]k_test_[A-Za-z0-9]{16,}", "A Stripe key"),
    # Begins with plain letters: quick to search for. `sk_order_confirmation` is a name: a key has a digit, a capital or 13 letters in a row.
    ("sk_", r"sk_(?<!\wsk_)[a-z]{3,20}_(?=[\w-]{0,99}(?:[0-9A-Z]|[a-z]{13}))[\w-]{6,}", "An API key of a service"),
    ("SG.", r"\bSG\.[\w-]{16,}\.[\w-]{16,}", "A SendGrid key"),
    ("app-", r"\bapp-(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}\b", "A key of an AI platform"),
    ("://", r"://[^\s/:@{}]+:[^\s/@{}]{3,}@", "An address with user and password"),
)
_PRIVATE_KEY = ("-----BEGIN [A-Z ]*PRIVATE KEY-----", "A private key")
_ALL_FORMS = (*_FORMS, ("-----BEGIN", *_PRIVATE_KEY))
_WHOLE_PRIVATE_KEY = rf"{_PRIVATE_KEY[0]}(?:[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----|[\s\S]*)"
_GRAPHS = ("flow", "bot")  # rule sets
MAX_CLEAN_LINES, MAX_CLEAN_BYTES = 20_000, 50_000  # that are kept, and of a file whose lines are kept
_clean_lines: set[bytes] = set()
_LITERAL = r"(?i)\s*(?:Bearer|Basic|Token)\s+([\w.~+/=-]{8,})\s*"
_LITERAL_WORDS = 2
MIN_RANDOM_CHARS = 16
_RANDOM = r"[\w.~+/=-]+"
_ID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"  # a UUID, a trace's parent
_NOT_RANDOM = ("example", "your", "xxxx", "placeholder", "change", "dummy", "secret_", "application/")
_FIX = "Store it in the platform's secrets, write `{{secrets.name}}` here, and replace it by a new one: this one stays in the git history."
_FIX_ELSEWHERE = "Remove it, and replace it by a new one: this one stays in the git history."
MIN_BITS_PER_CHARACTER = 3.3
"""Words of a language stay below 3 bits at these lengths; random values are above 3.5."""


class FoundSecret(NamedTuple):
    """`certain` when its form is known; otherwise it only looks like a secret."""

    diagnostic: Diagnostic
    certain: bool


@once_per_document
def find_secrets(document: Document) -> tuple[FoundSecret, ...]:
    """Every literal secret, each once."""
    known = dict(_known_secrets(document))
    suspected = _suspected_secrets(document, known) if document.language == "yaml" else ()
    return (*known.values(), *suspected)


def _known_secrets(document: Document) -> Iterator[tuple[Path, FoundSecret]]:
    """Texts that hold a secret of a known form, by path."""
    content = document.source.content
    # Of a graph only this form is searched: nodes have rules of their own.
    if SERVICE_KEY_START not in content if document.format in _GRAPHS else not _may_hold_known_form(content):
        return
    text = document.text
    forms = [(form, what) for word, form, what in _FORMS if word in text and re.search(form, text)]
    if "-----BEGIN" in text:
        forms.append(_PRIVATE_KEY)
    matches = [(match, what) for form, what in forms if (match := re.search(form, text))]
    if not matches:
        return
    fix = _FIX if document.language == "yaml" else _FIX_ELSEWHERE
    in_values = False
    for path, value in iter_values(document.data, ()):
        for form, what in forms if isinstance(value, str) else ():
            match = re.search(form, value)
            if match:
                in_values = True
                yield path, FoundSecret(Diagnostic(path, f"{what} is in the file.", fix, within=(value, *match.span())), certain=True)
                break
    if not in_values:  # in a comment, or a key
        match, what = matches[0]
        yield (), FoundSecret(Diagnostic((), f"{what} is in the file.", fix, offsets=match.span()), certain=True)


def _may_hold_known_form(content: bytes) -> bool:
    """Whether a line has a known form, all of which fit on a line. Lines without one are kept: most lines of a workflow stand in others too."""
    lines = set(content.split(b"\n")) - _clean_lines
    text = b"\n".join(lines).decode("utf-8")
    if any(word in text and re.search(form, text) for word, form, _ in _ALL_FORMS):
        return True
    if len(_clean_lines) > MAX_CLEAN_LINES:
        _clean_lines.clear()
    if len(content) <= MAX_CLEAN_BYTES:
        _clean_lines.update(lines)
    return False


def _suspected_secrets(document: Document, known: Mapping[Path, FoundSecret]) -> Iterator[FoundSecret]:
    from deployer.lint.workflow.texts import read_secret_candidates

    for text in read_secret_candidates(document):
        literal = re.fullmatch(_LITERAL, text.value) if (text.header or text.secret) and len(text.value.split()) == _LITERAL_WORDS else None
        if text.path in known:
            continue
        if literal:
            message = f"A literal follows `{text.value.split()[0]}`, where a secret belongs."
            yield FoundSecret(Diagnostic(text.path, message, _FIX, within=(text.value, *literal.span(1))), certain=True)
        elif looks_random(text.value) and (text.secret or not re.fullmatch(_ID, text.value)):
            message = "This header looks like a secret." if text.header else "This value looks like a secret."
            yield FoundSecret(Diagnostic(text.path, message, _FIX), certain=False)


def find_in_texts(texts: Mapping[str, str], definitions: Collection[str], others: Iterable[Finding] = ()) -> list[Finding]:
    """The known secrets of the texts, by path, that are no definitions: manifests and eval suites. One for each form; none where one of the
    `others` begins at the same place, as for a key's value in place of its name.
    """
    findings: list[Finding] = []
    for path, text in texts.items():
        if path not in definitions:
            matches = [(what, re.search(form, text)) for word, form, what in _ALL_FORMS if word in text]
            rows = [Diagnostic((), f"{what} is in the file.", _FIX_ELSEWHERE, offsets=match.span()) for what, match in matches if match]
            findings += as_findings(path, text, "yaml", [("secret-literal", "error", row) for row in rows])
    places = {(finding.path, finding.span and finding.span[:2]) for finding in others}
    return [finding for finding in findings if (finding.path, finding.span and finding.span[:2]) not in places]


def redact_known_secrets(text: str, replacement: str) -> str:
    """The text with `replacement` for every secret of a known form."""
    for word, form, _ in _FORMS:
        if word in text:
            text = re.sub(form, replacement, text)
    return re.sub(_WHOLE_PRIVATE_KEY, replacement, text) if "-----BEGIN" in text else text


def looks_random(value: str) -> bool:
    """Whether the value has no blanks and no words of placeholders, mixes letters and digits in most of it, and is unpredictable."""
    if len(value) < MIN_RANDOM_CHARS or not re.fullmatch(_RANDOM, value):
        return False
    mixed = sum(len(part) for part in re.split(r"[-_./+=~]", value) if re.search(r"\d", part) and re.search("[A-Za-z]", part))
    lower = value.lower()
    return 2 * mixed >= len(value) and not any(word in lower for word in _NOT_RANDOM) and bits_per_character(value) >= MIN_BITS_PER_CHARACTER


def bits_per_character(value: str) -> float:
    """Shannon's entropy."""
    from math import log2

    counts = [value.count(character) for character in set(value)]
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)
