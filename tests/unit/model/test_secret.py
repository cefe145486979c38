"""Secrets do not print, and leave no form of themselves in a text."""

import base64
import html
import json
import random
import string
from collections.abc import Callable
from urllib.parse import quote

import pytest

from deployer.model.secret import MASK, Redactor, Secret

KEY = 'k3y+with/odd"chars=='
SPECIAL = "ab+c/d=e\"f'g\\h%i$j&k<l>m#n{o}p"  # every character that some escape has a form of its own for


def lower_quoted(key: str) -> str:
    return "".join(char if char.isalnum() else f"%{ord(char):02x}" for char in key)


def partly_quoted(key: str) -> str:
    """Every second character, in either case."""
    return "".join(f"%{ord(char):02{'xX'[index % 4 // 2]}}" if index % 2 else char for index, char in enumerate(key))


ESCAPES: dict[str, Callable[[str], str]] = {
    "URL": lambda key: quote(key, safe=""),
    "URL in small letters": lower_quoted,
    "URL with slashes": quote,
    "URL, every second character": partly_quoted,
    "URL twice": lambda key: quote(quote(key, safe=""), safe=""),
    "JSON": lambda key: json.dumps(key)[1:-1],
    "JSON with escaped slashes": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "JSON as Go writes it": lambda key: json.dumps(key)[1:-1].replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003E"),
    "JSON of numbers": lambda key: "".join(f"\\u{ord(char):04x}" for char in key),
    "JSON in JSON": lambda key: json.dumps(json.dumps(key))[1:-1],
    "JSON in a URL": lambda key: quote(json.dumps({"key": key})),
    "Python": lambda key: repr(key)[1:-1],
    "HTML": html.escape,
    "HTML, hexadecimal": lambda key: "".join(char if char.isalnum() else f"&#x{ord(char):X};" for char in key),
    "HTML, decimal without ends": lambda key: "".join(f"&#{ord(char):04}" for char in key),
    "HTML of a URL": lambda key: html.escape(f"https://x.example/?a=1&key={quote(key, safe='')}"),
    "named entities": lambda key: key.replace("&", "&amp;").replace("/", "&sol;").replace("+", "&plus;").replace("{", "&lbrace;"),
    "hexadecimal": lambda key: key.encode().hex(),
}


def test_secret_does_not_print() -> None:
    secret = Secret(KEY)
    for text in (str(secret), repr(secret), f"{secret}", repr({"key": secret})):
        assert KEY not in text


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        json.dumps(KEY)[1:-1],
        quote(KEY, safe=""),
        base64.b64encode(KEY.encode()).decode(),
        base64.b64encode(f":{KEY}".encode()).decode(),
        base64.b64encode(f"{KEY}:".encode()).decode(),
    ],
)
def test_every_form_is_redacted(form: str) -> None:
    shown = Redactor([Secret(KEY)]).redact(f"before {form} after")
    assert MASK in shown
    assert form.rstrip("=") not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


def test_short_secrets_are_not_redacted() -> None:
    assert Redactor([Secret("abc")]).redact("abcdef abc") == "abcdef abc"


def test_secret_inside_a_longer_one_leaves_no_rest() -> None:
    assert Redactor([Secret("secret"), Secret("secret-longer")]).redact("secret-longer") == MASK


def test_one_of_thousands_of_secrets_is_redacted() -> None:
    redactor = Redactor(Secret(f"app-key-{number:04}-of-many-which-is-rather-long-for-a-key") for number in range(2000))
    assert redactor.redact("x app-key-1234-of-many-which-is-rather-long-for-a-key y app-key-none") == f"x {MASK} y app-key-none"
    assert redactor.redact("cut: app-key-0007-of-many-which-is-rath…") == f"cut: {MASK}…"
    assert redactor.redact("app-k") == "app-k"


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("key", [KEY, SPECIAL, "app-Xk3jd92LsPq8Wm4Tz7Vb1Nc6", "q7/x9w"])
def test_escaped_secret_is_redacted(escape: str, key: str) -> None:
    escaped = ESCAPES[escape](key)
    shown = Redactor([Secret(key)]).redact(f"before {escaped} after")
    assert MASK in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert escaped not in shown


@pytest.mark.parametrize("key", [KEY, SPECIAL, "q7Zx9w", "app-Xk3jd92LsPq8Wm4Tz7Vb1Nc6?>?>"])
@pytest.mark.parametrize("before", ["", "x", "xy", "Bearer ", "user:", ":"])
@pytest.mark.parametrize("after", ["", "z", ":yz", "}"])
def test_secret_inside_base64_is_redacted(key: str, before: str, after: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(f"{before}{key}{after}".encode()).decode()
        for escaped in (encoded, quote(encoded, safe=""), encoded.replace("/", "\\/")):
            shown = Redactor([Secret(key)]).redact(f'"{escaped}"')
            assert MASK in shown
            # No more is left of the key than the bits that share a character with what is around it.
            rest = [part for part in shown.strip('"').split(MASK) if part]
            assert all(key[:3].encode() not in base64.b64decode(part.strip("=%3D") + "AAAA"[len(part.strip("=%3D")) % 4 :]) for part in rest[1:])


def test_text_around_an_escaped_secret_stays_as_it_was() -> None:
    shown = Redactor([Secret("a/b/c/d")]).redact(r'{"url": "https:\/\/x.example?q=%20&amp;key=a%2fb\/c%2Fd&amp;r=\u00e4%2F"}')
    assert shown == rf'{{"url": "https:\/\/x.example?q=%20&amp;key={MASK}&amp;r=\u00e4%2F"}}'


@pytest.mark.parametrize(
    "text", ["%" + "25" * 1000, "\\" * 999, "&" + "amp;" * 1000, "%zz %4 \\u00g0 \\", "&#; &#x; &#99999999; &nothing; &;", "\ud800 \\ud800 %ff \0"]
)
def test_text_of_escapes_without_a_secret_stays_as_it_was(text: str) -> None:
    assert Redactor([Secret(KEY)]).redact(text) == text


def test_secrets_in_random_places_and_escapes_are_redacted() -> None:
    chance = random.Random(7)
    secrets = ["".join(chance.choices(string.ascii_letters + string.digits + string.punctuation, k=chance.randint(6, 60))) for _ in range(300)]
    redactor = Redactor(map(Secret, secrets))
    for secret in secrets:
        escape = chance.choice(list(ESCAPES))
        around = ["".join(chance.choices(string.ascii_letters + " \n", k=chance.randint(0, 9))) for _ in range(2)]
        escaped = ESCAPES[escape](secret)
        shown = redactor.redact(f"{around[0]} {escaped} {around[1]}")
        assert shown.startswith(f"{around[0]} "), (secret, escape)
        assert escaped not in shown, (secret, escape)


def test_start_of_a_long_secret_does_not_eat_what_follows_the_whole_one() -> None:
    key = "sk-" + "Zq9" * 40
    assert Redactor([Secret(key)]).redact(f"{key}/path and {key[:50]}") == f"{MASK}/path and {MASK}"


def test_secret_that_no_encoding_can_carry_is_hidden() -> None:
    assert Redactor([Secret("half \ud800 character")]).redact("a half \ud800 character") == f"a {MASK}"


def test_both_halves_and_the_basic_form_of_a_developer_key_are_hidden() -> None:
    redact = Redactor([Secret("dev-key-1:dev-secret-2")])
    header = base64.b64encode(b"dev-key-1:dev-secret-2").decode()
    assert redact(f"dev-key-1 and dev-secret-2, Basic {header}, {quote('dev-key-1:dev-secret-2')}") == "*** and ***, Basic ***, ***"
    assert {"dev-key-1", "dev-secret-2", header} <= set(redact.forms)


def test_half_that_is_too_short_to_hide_is_not_hidden() -> None:
    assert Redactor([Secret("https://key-with-a-scheme")])("https: //key-with-a-scheme") == "https: ***"
