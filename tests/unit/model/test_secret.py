"""Secrets do not print, and leave no form of themselves in a text."""

import base64
import json
from urllib.parse import quote

import pytest

from deployer.model.secret import MASK, Redactor, Secret

KEY = 'k3y+with/odd"chars=='


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
