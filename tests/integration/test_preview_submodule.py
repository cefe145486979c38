"""Workflows in a submodule: a pull request shows of it only the commit that it moved to, and no file of it is in this repository."""

from collections.abc import Iterator
from typing import Any

import pytest
from github_stand_in import GitHub, running
from pull_requests import BASE, MANIFEST, Events, head

IN_SUBMODULE = MANIFEST.replace("flows/a.flow", "vendor/flows/a.flow").replace("workflows/onboarding", "vendor/flows/onboarding")
GITMODULES = b'[submodule "flows"]\n\tpath = vendor/flows\n\turl = ../flows.git\n'


@pytest.fixture
def events(repository: Any, sandbox: Any) -> Iterator[Events]:
    """Pull request 12 moves the submodule, 13 changes a page. (To git a submodule is one entry of its folder's name, which holds a commit.)"""
    with running(GitHub()) as hub:
        events = Events(repository, sandbox, hub, IN_SUBMODULE)
        hub.files[BASE] = in_git("1")
        for number, files in {12: in_git("2"), 13: in_git("1") | {"README.md": b"new"}}.items():
            events.push(number)
            hub.files[head(number)] = files
        yield events


def in_git(commit: str) -> dict[str, bytes]:
    return {"flowship.yml": IN_SUBMODULE.encode(), ".gitmodules": GITMODULES, "vendor/flows": f"Subproject commit {commit}".encode()}


def checkout(events: Events, text: str) -> dict[str, bytes]:
    """With `submodules: true`."""
    files = events.files(text=text, greeting=text)
    return {
        "flowship.yml": IN_SUBMODULE.encode(),
        ".gitmodules": GITMODULES,
        "vendor/flows/a.flow": files["flows/a.flow"],
        "vendor/flows/onboarding.yaml": files["workflows/onboarding.yaml"],
    }


def test_pull_request_that_moves_a_submodule_previews_what_is_in_it(events: Events) -> None:
    ran = events.run(12, "opened", files=checkout(events, "moved"))
    assert ran.code == 0, ran.out
    assert (len(events.copies()), len(events.pool(1))) == (1, 1)


def test_what_it_changes_inside_is_not_claimed(events: Events) -> None:
    ran = events.run(12, "opened", files=checkout(events, "moved"))
    assert [change["diff"]["against"] for change in ran.report["changes"]] == [None, None]
    assert "No earlier definition was found to compare with, so this is the file alone" in events.hub.comments[12][0]["body"]


def test_pull_request_that_moves_none_previews_nothing(events: Events) -> None:
    ran = events.run(13, "opened", files=checkout(events, "as before"))
    assert "changes no workflow" in ran.out
    assert (events.copies(), events.pool(1)) == ([], [])


def test_submodule_that_is_not_checked_out_fails_with_the_fix(events: Events) -> None:
    ran = events.run(12, "opened", files={"flowship.yml": IN_SUBMODULE.encode(), ".gitmodules": GITMODULES})
    assert ran.code == 1
    assert "give the checkout step `submodules: true`" in ran.out


def test_slot_is_freed_by_the_schedule_and_the_closed_event_says_so(events: Events) -> None:
    events.run(12, "opened", files=checkout(events, "moved"))
    events.hub.pull(12, state="closed")
    closed = events.run(12, "closed", files=checkout(events, "moved"))
    assert (closed.code, events.copies()) == (1, [])
    assert "is in the submodule vendor/flows, whose files this run does not read" in closed.out
    assert "Run `cleanup` on a schedule, with `submodules: true`" in closed.out
    events.hub.files[BASE] = checkout(events, "as before")
    assert events.schedule(mode="cleanup").code == 0
    assert "pr:free" in events.pool(1)[0]["version_desc"]


def test_symbolic_link_counts_as_the_file_it_leads_to(events: Events) -> None:
    """The link stands still, and what it leads to changes."""
    linked = MANIFEST.replace("flows/a.flow", "flows/link.flow")
    before, after = events.files(linked), events.files(linked, text="new")
    events.hub.files[BASE] = before | {"flows/link.flow": b"a.flow"}
    events.hub.files[head(12)] = after | {"flows/link.flow": b"a.flow"}
    events.prepare(12, "opened", 1, {"files": after})
    (events.repository.root / "flows/link.flow").symlink_to("a.flow")
    ran = events.repository.run(**events.environment(12))
    assert len(events.pool(1)) == 1, ran.out
