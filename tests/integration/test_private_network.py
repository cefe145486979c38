"""Behind a company's network: a private CA on Enterprise Server, and a proxy that takes no large requests."""

from typing import Any

import pytest

RELEASE = ("deploy", "--release", "always")
CA = "/usr/local/share/ca-certificates/corp.crt"


@pytest.fixture
def flows(repository: Any, sandbox: Any) -> Any:
    repository.flow()
    repository.write("flowship.yml", "version: 1\nworkflows:\n  a: {source: flows/a.flow, key: A}\n")
    repository.use(sandbox.url, A="sandbox-workflow-a")
    return repository


def test_state_on_enterprise_server_names_the_ca_file_that_is_not_in_the_container(flows: Any) -> None:
    given = {
        "INPUT_MODE": "deploy", "INPUT_RELEASE": "always", "INPUT_GITHUB-TOKEN": "stand-in-token", "INPUT_GITHUB-API-URL": "https://127.0.0.1:9",
        "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/flows", "GITHUB_WORKSPACE": str(flows.root), "GITHUB_RUN_ID": "7",
    }  # fmt: skip
    ran = flows.run(**given, SSL_CERT_FILE=CA)
    assert ran.code == 0, ran.out  # the platform answers: the run deploys, and says what it could not do
    (notice,) = [notice for notice in ran.report["notices"] if "state on GitHub cannot be read" in notice]
    assert f"SSL_CERT_FILE names {CA}, which is not there" in notice
    assert "Mount it into the container" in notice


def test_platform_with_a_ca_file_that_is_not_there_fails_before_anything_is_sent(flows: Any, sandbox: Any) -> None:
    ran = flows.run(*RELEASE, FLOWSHIP_GPTBOTS_BASE_URL=sandbox.url.replace("http:", "https:"), CURL_CA_BUNDLE=CA)
    assert (ran.code, ran.change["error"]["code"]) == (1, "CA_FILE")
    assert ran.out.count(f"CURL_CA_BUNDLE names {CA}") == 1
    assert "only the workspace is in the container" in ran.out
    assert sandbox.requests() == []


def test_import_that_a_proxy_finds_too_large_names_its_size(flows: Any, sandbox: Any) -> None:
    sandbox.faults([{"match": {"path": "*/import"}, "do": {"status": 413, "body": "<h1>413 Request Entity Too Large</h1>", "effect": False}}])
    ran = flows.run(*RELEASE)
    assert (ran.code, ran.change["error"]["code"]) == (1, "HTTP 413")
    assert "Request Entity Too Large. The request had 775 bytes" in ran.change["error"]["message"]
    assert "raise the proxy's limit" in ran.change["error"]["fix"]
