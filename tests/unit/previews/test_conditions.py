"""When a pull request is previewed, by the labels of now and what happened to it."""

from typing import Any

import pytest
from run_contexts import run_context

from deployer.github.event import GithubEvent
from deployer.github.pulls import Pull
from deployer.manifest.model import Manifest, WorkflowEntry
from deployer.model.report import Report
from deployer.pipeline.base_branch import BaseBranch
from deployer.pipeline.pull_request import PullRequestNow
from deployer.previews import conditions
from deployer.previews.conditions import MissingLabels
from deployer.previews.teardown import TeardownResult

ENTRIES = (
    WorkflowEntry("a", "a.flow", "gptbots", preview={"keys": ["P"]}, preview_label="Try"),
    WorkflowEntry("b", "b.flow", "gptbots", preview={"keys": ["Q"]}),
    WorkflowEntry("c", "c.flow", "gptbots", preview_label="Try"),
)
BASE = BaseBranch(Manifest("flowship.yml", ("production",), ENTRIES), lambda _: None)


def context(action: str = "synchronize", **fields: Any) -> Any:
    return run_context(keys="P=preview-key-1", event=GithubEvent(name="pull_request", action=action, pull_request=12, **fields))


def shown(monkeypatch: pytest.MonkeyPatch, pull: Pull | None) -> list[int]:
    asked: list[int] = []

    def seen_now(_: object, number: int) -> PullRequestNow:
        asked.append(number)
        return PullRequestNow(pull=pull)

    monkeypatch.setattr("deployer.previews.conditions.pull_request.seen_now", seen_now)
    return asked


@pytest.mark.parametrize(
    ("now", "then", "missing"),
    [
        (frozenset({"try"}), frozenset(), {}),
        (frozenset(), frozenset({"try"}), {"a": "Try"}),
        (None, frozenset({"try"}), {}),
        (None, frozenset({"bug"}), {"a": "Try"}),
    ],
)
def test_labels_of_now_count_before_those_of_the_event(
    monkeypatch: pytest.MonkeyPatch, now: Any, then: frozenset[str], missing: dict[str, str]
) -> None:
    shown(monkeypatch, None if now is None else Pull(True, "h", labels=now))
    assert conditions.find_missing_labels(context(labels=then), BASE, 12) == MissingLabels(missing, now is not None)


def test_github_is_not_asked_where_no_label_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = shown(monkeypatch, None)
    base = BaseBranch(Manifest("flowship.yml", ("production",), ENTRIES[1:]), lambda _: None)
    assert conditions.find_missing_labels(context(), base, 12) == MissingLabels()
    assert conditions.find_missing_labels(context(), BaseBranch(None, lambda _: None), 12) == MissingLabels()
    assert asked == []


@pytest.mark.parametrize(
    ("action", "mode", "existing", "against"),
    [
        ("synchronize", "auto", set(), {"a"}),
        ("labeled", "auto", set(), {"a"}),
        ("edited", "auto", set(), {"a", "b"}),
        ("unlabeled", "auto", {"b"}, {"a"}),
        ("edited", "preview", set(), {"a"}),
    ],
)
def test_reasons(monkeypatch: pytest.MonkeyPatch, action: str, mode: str, existing: set[str], against: set[str]) -> None:
    monkeypatch.setattr(conditions, "find_previewed", lambda _context, _base, _number, names: frozenset(existing & set(names)))
    run = run_context(mode=mode, event=GithubEvent(name="pull_request", action=action, pull_request=12))
    assert set(conditions.reasons_against(run, BASE, {"a", "b"}, MissingLabels({"a": "Try"}), 12)) == against


@pytest.mark.parametrize(
    ("action", "known", "existing", "deleted"),
    [
        ("unlabeled", False, set(), {"a"}),
        ("synchronize", True, {"a"}, {"a"}),
        ("synchronize", True, set(), None),
        ("synchronize", False, {"a"}, None),
    ],
)
def test_preview_without_its_label_is_deleted(
    monkeypatch: pytest.MonkeyPatch, action: str, known: bool, existing: set[str], deleted: set[str] | None
) -> None:
    calls: list[set[str]] = []
    monkeypatch.setattr(conditions, "find_previewed", lambda *_: frozenset(existing))

    def delete(_context: object, _base: object, _closed: object, names: set[str], _why: str) -> TeardownResult:
        calls.append(set(names))
        return TeardownResult()

    monkeypatch.setattr(conditions, "delete_previews", delete)
    conditions.without_label(context(action), BASE, Report(mode="preview"), MissingLabels({"a": "Try"}, known), 12)
    assert calls == ([deleted] if deleted else [])


@pytest.mark.parametrize("run", [context(fork=True), run_context(event=GithubEvent(action="unlabeled"))], ids=["fork", "no keys"])
def test_nothing_is_deleted_without_keys(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    monkeypatch.setattr(conditions, "delete_previews", lambda *_: pytest.fail("deleted"))
    report = Report(mode="preview")
    assert conditions.without_label(run, BASE, report, MissingLabels({"a": "Try"}, True), 12) is report
