"""Previews by label, and on events that are no push: what is made, what is deleted, and that a comment never loses where to try one."""

from collections.abc import Iterator
from typing import Any

import pytest
from github_stand_in import Fault, GitHub, running
from pull_requests import MANIFEST, PREVIEW, Events, head

LABELED = MANIFEST.replace("workflows:", "preview: {label: Try me}\nworkflows:")
OWN_LABEL = MANIFEST.replace("{key: COPIES}", "{key: COPIES, label: try-copies}")
TRY = "### Try it"
LATER = 16  # a push whose commit begins with seven other digits than the first


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        yield hub


@pytest.fixture
def labeled(repository: Any, sandbox: Any, hub: GitHub) -> Events:
    """A repository whose pull requests are previewed with a label only; number 12 is open, without it."""
    events = Events(repository, sandbox, hub, LABELED)
    events.push(12)
    return events


@pytest.fixture
def events(repository: Any, sandbox: Any, hub: GitHub) -> Events:
    """The same without `preview.label`."""
    events = Events(repository, sandbox, hub)
    events.push(12)
    return events


def comment(events: Events, number: int = 12) -> str:
    return str(events.hub.comments[number][0]["body"])


def put_label(events: Events, *labels: str, number: int = 12) -> None:
    events.hub.pull(number, labels=labels)


def previews(events: Events) -> tuple[int, bool]:
    """How many copies there are, and whether a slot is leased."""
    newest = events.pool(1)[:1]
    return len(events.copies()), bool(newest) and "pr:free" not in newest[0]["version_desc"]


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "ready_for_review", "labeled", "unlabeled", "edited"])
def test_without_the_label_it_is_only_planned(labeled: Events, action: str) -> None:
    put_label(labeled, "bug")
    ran = labeled.run(12, action)
    assert (ran.code, previews(labeled), labeled.writes()) == (0, (0, False), []), ran.out
    assert "pull request 12 does not have the label 'Try me'" in ran.out
    assert len(ran.report["changes"]) == 2


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "ready_for_review", "labeled", "edited"])
def test_with_the_label_it_is_previewed(labeled: Events, action: str) -> None:
    put_label(labeled, "bug", "try ME")
    ran = labeled.run(12, action)
    assert (ran.code, previews(labeled)) == (0, (1, True)), ran.out
    assert TRY in comment(labeled)


def test_label_taken_off_deletes_the_preview(labeled: Events) -> None:
    put_label(labeled, "Try me")
    labeled.run(12, "labeled")
    put_label(labeled)
    ran = labeled.run(12, "unlabeled")
    assert (ran.code, previews(labeled)) == (0, (0, False)), ran.out
    assert "Onboarding (preview #12): deleted" in ran.out
    assert "its pull request no longer has the label" in ran.out
    assert "triage (preview #12): slot freed" in ran.out
    assert TRY not in comment(labeled)
    assert {change["workflow"] for change in ran.report["changes"]} >= {"triage", "onboarding"}
    assert labeled.run(12, "unlabeled").code == 0


def test_other_label_taken_off_leaves_the_preview(labeled: Events) -> None:
    put_label(labeled, "Try me", "bug")
    labeled.run(12, "labeled")
    put_label(labeled, "Try me")
    assert labeled.run(12, "unlabeled").code == 0
    assert previews(labeled) == (1, True)
    assert TRY in comment(labeled)


def test_push_deletes_the_preview_where_the_unlabeled_run_was_dropped(labeled: Events) -> None:
    """Of two runs that wait in a concurrency group GitHub keeps the newer one."""
    put_label(labeled, "Try me")
    labeled.run(12, "labeled")
    put_label(labeled)
    labeled.push(12, 2)
    assert labeled.run(12, push=2).code == 0
    assert previews(labeled) == (0, False)
    assert TRY not in comment(labeled)


def test_repeated_run_follows_the_labels_of_now(labeled: Events) -> None:
    put_label(labeled, "Try me")
    assert labeled.run(12, "unlabeled", labels=()).code == 0
    assert previews(labeled) == (1, True)
    put_label(labeled)
    assert labeled.run(12, "labeled", labels=("Try me",)).code == 0
    assert previews(labeled) == (0, False)


def test_while_github_does_not_tell_the_labels_nothing_is_deleted_by_a_push(labeled: Events) -> None:
    put_label(labeled, "Try me")
    labeled.run(12, "labeled")
    labeled.hub.faults = [Fault(path="*/pulls/12", do=404, times=99)]
    assert labeled.run(12, "synchronize", labels=()).code == 0
    assert previews(labeled) == (1, True)


def test_label_in_the_pull_requests_own_manifest_does_not_count(labeled: Events) -> None:
    labeled.push(12, 2, manifest=MANIFEST)
    assert labeled.run(12, push=2).code == 0
    assert previews(labeled) == (0, False)


def test_another_pull_requests_preview_is_left_alone(labeled: Events) -> None:
    labeled.push(13)
    put_label(labeled, "Try me", number=13)
    labeled.run(13, "labeled")
    assert labeled.run(12, "unlabeled").code == 0
    assert previews(labeled) == (1, True)


def test_workflow_with_a_label_of_its_own(events: Events) -> None:
    events.manifest = OWN_LABEL
    events.rebase()
    events.run(12, "opened", files=events.hub.files[head(12)])
    assert previews(events) == (0, True)
    put_label(events, "try-copies")
    events.run(12, "labeled")
    assert previews(events) == (1, True)
    put_label(events)
    assert events.run(12, "unlabeled").code == 0
    assert previews(events) == (0, True)


@pytest.mark.parametrize("action", ["unlabeled", "edited"])
def test_event_that_is_no_push_follows_the_preview_that_is_there(events: Events, action: str) -> None:
    ran = events.run(12, action)
    assert (ran.code, previews(events)) == (0, (0, False)), ran.out
    assert f"it has no preview yet, and none is made when a pull request is {action}" in ran.out
    events.run(12, "opened")
    ran = events.run(12, action)
    assert (ran.report["mode"], previews(events)) == ("preview", (1, True))
    assert TRY in comment(events)


def test_labeled_previews_where_the_settings_name_no_label(events: Events) -> None:
    """A job with `if: contains(…labels…)` starts with this event."""
    assert events.run(12, "labeled").code == 0
    assert previews(events) == (1, True)


LESS: dict[str, dict[str, Any]] = {
    "assigned": {"action": "assigned"},
    "review": {"action": "submitted", "event": "pull_request_review"},
    "plan": {"action": "synchronize", "mode": "plan"},
    "no keys": {"action": "synchronize", "keys": {}},
}


@pytest.mark.parametrize("less", LESS.values(), ids=list(LESS))
def test_run_that_only_plans_the_same_commit_leaves_the_comment(events: Events, less: dict[str, Any]) -> None:
    events.run(12, "opened")
    before = comment(events)
    assert events.run(12, **less).code == 0
    assert comment(events) == before
    assert len(events.hub.comments[12]) == 1


def test_plan_of_a_new_commit_keeps_where_to_try_the_earlier_one(events: Events) -> None:
    events.run(12, "opened")
    (slot,) = [line for line in comment(events).splitlines() if "`POOL_1`" in line]
    events.push(12, LATER)
    for _ in range(2):
        events.run(12, push=LATER, keys={})
        assert f"{slot} (from an earlier run)\n" in comment(events)
        assert "Only planned, not previewed" in comment(events)
    events.run(12, push=LATER)
    assert "(from an earlier run)" not in comment(events)
    assert TRY in comment(events)


def test_commit_with_lint_errors_keeps_where_to_try_the_earlier_one(events: Events) -> None:
    events.run(12, "opened")
    events.push(12, LATER, more="  - {id: greet, type: nothing}\n")
    ran = events.run(12, push=LATER)
    assert ran.code == 1
    assert comment(events).splitlines()[1].startswith("## ❌")
    assert TRY in comment(events)


def test_deleted_previews_are_in_no_comment(events: Events) -> None:
    events.run(12, "opened")
    events.hub.pull(12, state="closed")
    assert events.run(12, "closed").code == 0
    assert TRY not in comment(events)


def test_late_cleanup_of_an_open_pull_request_leaves_the_comment(events: Events) -> None:
    events.run(12, "opened")
    events.run(12, "closed")
    assert previews(events) == (1, True)
    assert TRY in comment(events)


def test_comment_of_somebody_else_says_nothing_to_us(events: Events) -> None:
    events.run(12, "opened")
    events.hub.comments[12][0]["user"]["login"] = "mallory"
    events.run(12, "assigned")
    assert TRY not in events.hub.comments[12][1]["body"]


def test_other_jobs_keys_preview_by_number(events: Events) -> None:
    """`pull-request` on an event without one follows the labels too."""
    events.manifest = LABELED
    events.rebase()
    events.check_out(events.hub.files[head(12)])
    events.repository.write(".runner/event.json", {"repository": {"default_branch": "main"}})
    environment = events.environment(0, keys=PREVIEW, event="workflow_dispatch", ref="refs/heads/main", mode="preview", pull_request="12")
    assert events.repository.run(**environment).code == 0
    assert previews(events) == (0, False)
    put_label(events, "Try me")
    assert events.repository.run(**environment).code == 0
    assert previews(events) == (1, True)
