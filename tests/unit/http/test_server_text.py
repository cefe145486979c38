"""Text that is not ours, made fit to show."""

import pytest

from deployer.http.server_text import plain, without_secret_parts
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


@pytest.mark.parametrize("text", ["<script" * 200_000, "<" * 1_000_000, "<script>" * 200_000, "<!" * 500_000, "<&" * 500_000])
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
