"""Text that is not ours, made fit to show."""

import json

import pytest

from deployer.http import server_text
from deployer.http.classify import ANYTHING, FailedReply, classify
from deployer.http.server_text import plain, without_secret_parts
from deployer.http.service import Service
from deployer.model.secret import Redactor, Secret


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain words", "plain words"),
        ("a\r\n::error::b\tc", "a ::error::b c"),
        ("\x1b[31mred\x00\x07", "[31mred"),
        ("left\u202eright\u200b", "leftright"),
        ("a\u2028b\ud800c", "a bc"),
        ("<title>Sign&nbsp;in</title><style>p {}</style><p>now</p>", "Sign in now"),
        ("<html><head><TITLE>502 Bad</TITLE></head><h1>502 Bad</h1><hr>nginx", "502 Bad nginx"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<" * 50, "<" * 50),
        ("ok 👍 é", "ok 👍 é"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_is_cut() -> None:
    assert len(plain("x" * 5000)) == 200
    assert plain("x" * 5000).endswith("…")
    assert len(plain("x" * 5000, max_chars=50)) == 50


def test_half_a_secret_is_not_shown() -> None:
    redact = Redactor((Secret("SECRETSECRETSECRET"),))
    shown = plain("y" * 190 + "SECRETSECRETSECRET", redact)
    assert "SECRET" not in shown


@pytest.mark.parametrize("text", ["<script" * 200_000, "<" * 1_000_000, "<script>" * 200_000, "<!" * 500_000, "<title>" * 200_000, "<&" * 500_000])
def test_markup_made_to_hurt(text: str) -> None:
    """Would not end if any pattern were quadratic in the whole text."""
    assert len(plain(text)) <= 200


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@host:8/a?b=c#d", "https://host:8/a"),
        ("/login?next=x", "/login"),
        ("http://[", "an address that cannot be read"),
        ("", ""),
    ],
)
def test_address(url: str, shown: str) -> None:
    assert without_secret_parts(url) == shown


@pytest.mark.parametrize("fill", [" ", "<i>", "y"])
@pytest.mark.parametrize("key", ["app-Xk3jd92LsPq8Wm4Tz7Vb1Nc6", "sk-" + "Zq9" * 40])
def test_secret_at_the_end_of_what_is_read_is_not_shown_in_part(fill: str, key: str) -> None:
    redact = Redactor((Secret(key),))
    for shown_part in range(3, len(key)):
        text = fill * (20_000 // len(fill))
        text = text[: server_text._MAX_READ_CHARS - shown_part] + key
        assert key[:3] not in plain(text, redact, 100_000), shown_part


def test_code_of_an_error_is_redacted_before_it_is_cut() -> None:
    key = "app-" + "Xk3jd92L" * 4
    reply = json.dumps({"code": 'x"' * 5 + "".join(f"%{ord(char):02x}" for char in key), "message": "no"}).encode()
    service = Service("x", "X", error=lambda _status, _headers, body: (body["code"], [body["message"]]), explain=lambda *_: ("", ""), counts_as={})
    failed = classify(service, 400, {}, reply, ANYTHING, Redactor((Secret(key),)), 1 << 20)
    assert isinstance(failed, FailedReply)
    assert failed.code == 'x"' * 5 + "***"
