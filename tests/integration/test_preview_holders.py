"""A preview is known by the repository's id and the project: renaming the repository, or marks of an earlier version, lose none."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from github_stand_in import GitHub, running
from pull_requests import BASE, MANIFEST, Events

from deployer.model import lease
from deployer.previews import holders

OLD, NEW, ID = "acme/flows", "acme/streams", "4711"


@pytest.fixture
def events(repository: Any, sandbox: Any) -> Iterator[Events]:
    with running(GitHub()) as hub:
        yield Events(repository, sandbox, hub)


def run(events: Events, action: str, push: int = 1, *, name: str = OLD, id_: str = ID) -> Any:
    events.prepare(12, action, push, {"origin": name})
    ran = events.repository.run(**events.environment(12) | {"GITHUB_REPOSITORY": name, "GITHUB_REPOSITORY_ID": id_})
    assert ran.code == 0, ran.out
    return ran


def rename(events: Events) -> None:
    events.hub.repository, events.hub.moved = NEW, OLD


def marks(events: Events) -> set[str]:
    """The repository's half of what marks the copy, and the slot."""
    texts = [copy["description"] for copy in events.copies()] + [version["version_desc"] for version in events.pool(1)]
    return {text.split("pr:12 ")[1][:8] for text in texts if "pr:12 " in text}


def assert_kept(events: Events, copy: str) -> None:
    assert ([each["id"] for each in events.copies()], events.pool(2)) == ([copy], [])


def test_renamed_repository_keeps_its_previews_and_deletes_them(events: Events) -> None:
    events.push(12)
    run(events, "opened")
    (copy,) = events.copies()
    assert marks(events) == {lease.of_repository(ID)}
    rename(events)
    events.push(12, 2)
    run(events, "synchronize", 2, name=NEW)
    assert_kept(events, copy["id"])
    events.hub.pull(12, state="closed")
    closed = run(events, "closed", 2, name=NEW)
    assert {change["status"] for change in closed.report["changes"]} == {"deleted", "slot_freed"}
    assert events.copies() == []


def test_schedule_of_a_renamed_repository_cleans_up_too(events: Events) -> None:
    events.push(12)
    run(events, "opened")
    rename(events)
    events.hub.pull(12, state="closed")
    events.check_out(events.hub.files[BASE])
    events.repository.write(".runner/event.json", {"repository": {"default_branch": "main"}})
    given = events.environment(0, event="schedule", ref="refs/heads/main", mode="cleanup")
    ran = events.repository.run(**given | {"GITHUB_REPOSITORY": NEW, "GITHUB_REPOSITORY_ID": ID})
    assert (ran.code, events.copies()) == (0, []), ran.out
    assert " pr:free 12 " in events.pool(1)[0]["version_desc"]


@pytest.mark.parametrize("about", [lambda manifest: "", lambda manifest: manifest.path], ids=["project", "manifest"])
def test_preview_that_was_marked_with_the_repositorys_name_is_still_found(
    events: Events, monkeypatch: pytest.MonkeyPatch, about: Callable[[Any], str]
) -> None:
    events.push(12)
    with monkeypatch.context() as patch:
        patch.setattr(holders, "_marks", lambda context, manifest: iter([(context.event.repository, about(manifest))]))
        run(events, "opened")
    (copy,) = events.copies()
    assert marks(events) == {lease.of_repository(OLD)}
    before = len(events.writes())
    run(events, "reopened")
    assert_kept(events, copy["id"])
    assert [write.partition(" /v1/")[2].partition("/")[0] for write in events.writes()[before:]] == ["workflows"]  # the copy gets its new mark
    events.push(12, 2)
    run(events, "synchronize", 2)
    assert_kept(events, copy["id"])
    assert events.copies()[0]["description"].split("pr:12 ")[1][:8] == lease.of_repository(ID)
    events.hub.pull(12, state="closed")
    run(events, "closed", 2)
    assert events.copies() == []
    assert " pr:free 12 " in events.pool(1)[0]["version_desc"]


def test_pool_that_is_taken_by_marks_of_the_old_kind_is_not_another_repositorys(events: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    events.manifest = MANIFEST.replace("[POOL_1, POOL_2]", "[POOL_1]")
    events.rebase()
    events.push(12)
    with monkeypatch.context() as patch:
        patch.setattr(holders, "_marks", lambda context, manifest: iter([(context.event.repository, manifest.path)]))
        run(events, "opened")
    events.push(13)
    events.prepare(13, "opened", 1, {})
    ran = events.repository.run(**events.environment(13) | {"GITHUB_REPOSITORY_ID": ID})
    warning = ran.change_of("triage")["warning"]
    assert "POOL_1 is taken by pull request 12" in warning
    assert "another repository" not in warning


def test_two_projects_of_one_repository_each_have_their_preview(events: Events) -> None:
    """The same name, on the same preview targets."""
    files = events.files()
    for folder, project in (("apps/a", "a"), ("apps/b", "b")):
        files[f"{folder}/flowship.yml"] = MANIFEST.replace("workflows:\n", f"project: {project}\nworkflows:\n", 1).encode()
        files |= {f"{folder}/{path}": content for path, content in events.files().items() if path != "flowship.yml"}
    events.hub.files[BASE] = files
    changed = files | {path: content.replace(b"Hello", b"Welcome").replace(b'"hi"', b'"ho"') for path, content in files.items()}
    events.push(12)
    events.hub.files[events.hub.pulls[12]["head"]] = changed
    for folder in ("apps/a", "apps/b"):
        events.prepare(12, "opened", 1, {"files": changed})
        ran = events.repository.run(**events.environment(12, manifest=f"{folder}/flowship.yml") | {"GITHUB_REPOSITORY_ID": ID})
        assert ran.code == 0, ran.out
    assert len(events.copies()) == 2
    assert [len(events.pool(number)) > 0 for number in (1, 2)] == [True, True]
