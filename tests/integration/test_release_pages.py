"""A tag that releases: what went live stands on the page of its GitHub Release, where there is one."""

from collections.abc import Iterator
from typing import Any

import pytest
from github_stand_in import GitHub, running

SHA = "c0ffee" + "0" * 34
MANIFEST = "version: 1\nworkflows:\n  triage: {source: flows/a.flow, key: TRIAGE}\n"


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        hub.commit(SHA)
        hub.tags["v1.2.0"] = SHA
        hub.tokens["stand-in-token"].permissions["contents"] = "write"
        yield hub


@pytest.fixture
def tagged(repository: Any, sandbox: Any, hub: GitHub) -> Any:
    """The push of a tag."""
    repository.use(sandbox.url)
    repository.write("flowship.yml", MANIFEST)
    repository.flow()
    repository.write(".runner/event.json", {"repository": {"default_branch": "main"}})

    def run(**inputs: str) -> Any:
        given = {"mode": "auto", "keys": "TRIAGE=sandbox-workflow-triage", "github-token": "stand-in-token", "github-api-url": hub.url, **inputs}
        return repository.run(
            GITHUB_ACTIONS="true", GITHUB_EVENT_NAME="push", GITHUB_EVENT_PATH=str(repository.root / ".runner/event.json"),
            GITHUB_REF="refs/tags/v1.2.0",
            GITHUB_REPOSITORY="acme/flows", GITHUB_RUN_ID="7", GITHUB_RUN_ATTEMPT="1", GITHUB_SHA=SHA, GITHUB_WORKSPACE=str(repository.root),
            GITHUB_SERVER_URL="https://github.example", **{f"INPUT_{name.upper()}": value for name, value in given.items()},
        )  # fmt: skip

    return run


def test_what_went_live_is_added_once(tagged: Any, hub: GitHub) -> None:
    page = hub.release("v1.2.0", "What is new: all of it.")
    assert tagged().code == 0
    assert page["body"].startswith("What is new: all of it.\n\n<!-- flowship production -->\n### ✅ 1 released in `production`")
    assert "| `triage` | `1.0.0` (released) |" in page["body"]
    again = tagged()
    assert again.code == 0, again.out
    assert "### ✅ 1 released in `production`" in page["body"], "a second run that had nothing to do says nothing new"
    assert page["body"].count("<!-- flowship production -->") == 1


def test_a_tag_without_a_release_has_no_page(tagged: Any, hub: GitHub) -> None:
    ran = tagged()
    assert ran.code == 0
    assert "page of the release" not in ran.out
    assert not hub.releases


def test_without_the_permission_a_notice(tagged: Any, hub: GitHub) -> None:
    page = hub.release("v1.2.0")
    hub.delete("contents", "read")
    ran = tagged()
    assert ran.code == 0, ran.out
    assert page["body"] is None
    assert "Give the job `contents: write`" in ran.out


def test_what_releases_nothing_leaves_the_page_alone(tagged: Any, hub: GitHub) -> None:
    page = hub.release("v1.2.0")
    assert tagged(mode="plan").code == 0
    assert tagged(release="never").code == 0
    assert page["body"] is None
