"""Signing and verifying, against the function that the page prints."""

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from deployer.platforms.meingpt import webhooks

PAGE = Path(__file__).parents[2] / "data" / "published" / "meingpt-published.txt"


@pytest.fixture(scope="module")
def published() -> Any:
    """`verify_webhook` as the page shows it."""
    found = re.search(r"import hmac\nimport hashlib\n.*?return hmac\.compare_digest\(expected, signature\)\n", PAGE.read_text(), re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(textwrap.dedent(found[0]), names)
    return names["verify_webhook"]


@pytest.mark.parametrize("body", ["", "{}", '{"message": "Grüße 👍"}', "x" * 100_000])
def test_what_we_sign_the_page_accepts(published: Any, body: str) -> None:
    signature = webhooks.sign(body, "wh-sécret")
    assert published(body, signature, "wh-sécret")
    assert webhooks.verify(body.encode(), signature, "wh-sécret")
    assert webhooks.verify(body, signature.upper() + " ", "wh-sécret")


@pytest.mark.parametrize("signature", ["", None, "0" * 64, "é", "\udcff", "sha256=abc"])
def test_wrong_signatures(signature: str | None) -> None:
    assert not webhooks.verify("body", signature, "secret")


def test_wrong_body_or_secret() -> None:
    signature = webhooks.sign("body", "secret")
    assert not webhooks.verify("Body", signature, "secret")
    assert not webhooks.verify("body", signature, "Secret")


def test_a_forgotten_secret_verifies_nothing() -> None:
    assert not webhooks.verify("body", webhooks.sign("body", ""), "")
