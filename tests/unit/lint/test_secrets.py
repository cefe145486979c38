"""Literal secrets: found by form or by chance, never repeated, and not seen where there are none."""

import json
from typing import Any

import pytest

from deployer.lint import engine
from deployer.lint.secrets import find_in_texts, looks_random, redact_known_secrets
from deployer.model.finding import Finding
from deployer.model.workflow import Source

CHANCE = "q8Zr5TnX2bVw7KcJ4hLd"
LITERALS = [
    "sk-" + CHANCE + CHANCE,
    "sk-proj-" + CHANCE,
    "sk-ant-api03-" + CHANCE,
    "ghp_" + CHANCE * 2,
    "github_pat_" + CHANCE,
    "glpat-" + CHANCE,
    "AKIA" + "0A" * 8,
    "xoxb-" + CHANCE,
    "AIza" + CHANCE + "abcdefghij12345",
    "sk_live_" + CHANCE,
    "app-" + CHANCE + "abcd",
    "npm://u:" + CHANCE + "@example.com",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + CHANCE,
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE" + CHANCE,
]


def linted(config: dict[str, Any], **more: Any) -> list[Finding]:
    steps = [{"id": "a", "type": "http", "config": {"url": "https://api.example.com/", "timeout": 5, **config}}]
    content = json.dumps({"name": "a", "trigger": {"type": "webhook"}, "steps": steps, **more}, indent=1)
    return list(engine.lint_sources([Source("a.yaml", "meingpt", "workflow", content.encode(), json.loads(content))]))


@pytest.mark.parametrize("secret", LITERALS)
@pytest.mark.parametrize("key", ["body", "url", "headers"])
def test_secret_of_known_form_is_found_anywhere_and_never_repeated(secret: str, key: str) -> None:
    found = linted({"headers": {"X-Any": f"a {secret}"}} if key == "headers" else {key: f"see {secret} there"})
    assert [finding.rule for finding in found] == ["secret-literal"]
    assert secret not in str(found)
    assert CHANCE not in str(found)


@pytest.mark.parametrize("value", ["Bearer abcdefgh", "bearer " + CHANCE, "Basic dXNlcjpwYXNzd29yZA=="])
def test_literal_after_bearer_is_a_secret(value: str) -> None:
    assert [finding.rule for finding in linted({"headers": {"Authorization": value}})] == ["secret-literal"]


@pytest.mark.parametrize(
    "config",
    [{"headers": {"X-Any": CHANCE}}, {"body": {"api_key": CHANCE}}, {"body": {"a": [{"Client-Secret": CHANCE}]}}, {"body": {"accessToken": CHANCE}}],
)
def test_random_value_is_suspect_in_headers_and_under_secret_keys(config: dict[str, Any]) -> None:
    assert [finding.rule for finding in linted(config)] == ["secret-suspect"]


def test_variables_are_searched_for_secrets() -> None:
    assert [finding.rule for finding in linted({}, variables={"crm_password": CHANCE})] == ["secret-suspect"]


@pytest.mark.parametrize(
    "config",
    [
        {"headers": {"Authorization": "Bearer {{secrets.key}}", "X-API-Key": "{{ secrets.a }}", "Accept": "application/vnd.github.v3+json"}},
        {
            "headers": {
                "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)",
                "X-Region": "eu-central-1",
                "If-None-Match": "no",
                "X-Date": "2024-01-15T10:00:00Z",
            }
        },
        {
            "body": {
                "keyword": CHANCE,
                "monkey": CHANCE,
                "api_key": "your-api-key-goes-here-123",
                "token": "YOUR_TOKEN_1234567890",
                "password": "see the wiki",
            }
        },
        {"body": "the task-list-of-2024-for-desk-assignments, risk-management-and-more-of-it-1"},
        {"url": "https://example.com:8080/a@b?x=1"},
    ],
)
def test_references_ordinary_words_and_placeholders_are_no_secrets(config: dict[str, Any]) -> None:
    assert linted(config) == []


@pytest.mark.parametrize(
    ("value", "expected"), [(CHANCE, True), ("0123456789abcdef" * 2, True), ("customer-support-2024-automation", False), ("a" * 39 + "1", False)]
)
def test_looks_random(value: str, expected: bool) -> None:
    assert looks_random(value) is expected


@pytest.mark.parametrize(
    "text", ["sk-" * 200_000, "eyJ-" * 100_000 + " .eyJ", "SG.a-" * 100_000, "xoxa" * 100_000, "://a:" * 100_000, "-----BEGIN " * 50_000]
)
def test_long_text_of_starts_of_secrets_is_searched_in_reasonable_time(text: str) -> None:
    """The file's time limit is the test's: a search that starts again at each of them would take hours."""
    assert redact_known_secrets(text, "***") in (text, "***")


@pytest.mark.parametrize("text", ["# sk_meingpt_4f9a2c77\n", "prompt: say sk_meingpt_4f9a2c77 twice\n", "key: {sk_meingpt_4f9a2c77: 1}\n"])
def test_key_of_a_service_in_a_manifest_or_suite_is_found_at_its_place(text: str) -> None:
    (found,) = find_in_texts({"flowship.yml": text, "a.yaml": text}, {"a.yaml"})
    assert (found.rule, found.severity, found.path) == ("secret-literal", "error", "flowship.yml")
    assert found.span is not None
    assert text[found.span.column - 1 : found.span.end_column] == "sk_meingpt_4f9a2c77"
    assert "4f9a2c77" not in found.message + found.fix


def test_key_of_a_service_is_redacted() -> None:
    assert redact_known_secrets("a sk_meingpt_4f9a2c77 b", "***") == "a *** b"


@pytest.mark.parametrize("name", ["sk_order_confirmation", "sk_welcome_message", "{{secrets.sk_meingpt_key}}", "task_meingpt_4f9a2c77"])
def test_name_in_words_is_no_key(name: str) -> None:
    assert linted({"body": f"say {name} twice"}) == []


@pytest.mark.parametrize("key", ["sk_meingpt_abcdefghijklmnop", "sk_meingpt_live_a1b2c3", "sk_meingpt_ABCDEF", "sk_meingpt_a-b_c-d9"])
def test_key_of_any_letters_is_found(key: str) -> None:
    assert [finding.rule for finding in linted({"body": f"say {key} twice"})] == ["secret-literal"]


def test_secret_is_found_beside_lines_that_were_clean_in_another_file() -> None:
    clean = {"headers": {"X-Source": "crm"}, "body": {"a": "1", "b": "2"}}
    assert linted(clean) == linted(clean) == []
    for _ in range(2):  # the line with a secret is never taken for clean
        (found,) = linted({**clean, "body": {"a": "1", "b": f"ghp_{CHANCE * 2}"}})
        assert found.rule == "secret-literal"
