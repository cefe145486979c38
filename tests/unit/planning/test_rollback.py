"""What a rollback decides about one workflow; the whole of it, through the program, is in tests/integration/test_rollback.py."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from observations import defined, listed, unlisted

from deployer.model import marker
from deployer.model.change import Change, Fail, Publish, Replace, Unchanged
from deployer.model.errors import FlowshipError
from deployer.model.fingerprint import of_definition
from deployer.model.observation import MISSING, Observed, Version, failed
from deployer.model.workflow import Source, Workflow
from deployer.planning import rollback
from deployer.platforms.meingpt.adapter import PLATFORM
from deployer.platforms.restore import RollbackTarget
from deployer.state.base import DeployRecord, Intent, WorkflowRecord

FLOW = Workflow("triage", Source("a.flow", "gptbots", "workflow", b"", None), "TRIAGE")


def given_back(observed: Observed) -> str:
    return PLATFORM.target(Workflow("any", Source("w.yaml", "meingpt", "workflow", b"", {}), "")).readback_fingerprint(observed)


def content(letter: str) -> dict[str, Any]:
    return {"name": letter, "steps": []}


def fingerprint(letter: str) -> str:
    return of_definition(content(letter))


def version(number: str, letter: str, *, live: bool = False, released: int | None = None) -> Version:
    description = marker.describe("m", "abcdef1", marker.new(fingerprint(letter))) if letter else "by hand"
    return Version(number, description, live, "bot", released_ms=released)


def versions(*newest_first: Version) -> Observed:
    return listed(newest_first, "bot")


def entry(number: str, letter: str, commit: str = "", took_back: str = "", run: str = "r", target: str = "bot") -> DeployRecord:
    taken = fingerprint(took_back) if took_back else ""
    return DeployRecord(fingerprint=fingerprint(letter), version=number, target=target, host="h", commit=commit, run=run, reverted_fingerprint=taken)


def recorded(*releases: DeployRecord, intents: tuple[Intent, ...] = (), rolled_back: str = "") -> WorkflowRecord:
    return WorkflowRecord(None, releases[-1] if releases else None, intents, releases, frozenset(map(fingerprint, rolled_back)))


def decide(seen: Observed, known: WorkflowRecord, workflow: Workflow = FLOW, files: str = "", **way: Any) -> Change:
    """`files`: a letter for each commit in which the file holds it, `A@c1 B@c2`."""
    held = {commit: letter for letter, _, commit in (each.partition("@") for each in files.split())}

    def source_at(_: Workflow, commit: str) -> Source | None:
        letter = held.get(commit)
        return Source("a", workflow.platform, "workflow", b"", content(letter)) if letter else None

    return rollback.decide(workflow, seen, known, RollbackTarget(**{"source_at": source_at, **way}))


A_B = versions(version("2", "B", live=True, released=2), version("1", "A", released=1))
RELEASED = recorded(entry("1", "A", "c1"), entry("2", "B", "c2"))


def test_the_earlier_version_and_what_is_recorded_of_it() -> None:
    change = decide(A_B, RELEASED)
    assert isinstance(change, Publish)
    assert (change.version, change.previous_version, change.fingerprint) == ("1", "2", fingerprint("A"))
    assert change.restored
    assert (change.restored.commit, change.restored.reverted_fingerprint) == ("c1", fingerprint("B"))


@pytest.mark.parametrize(
    ("run", "done"),
    [("9.2-aaaaaaaa-00000002", True), ("9.1-aaaaaaaa-00000003", True), ("9.1-bbbbbbbb-00000004", False), ("8.1-aaaaaaaa-00000001", False)],
)
def test_second_attempt_of_a_finished_rollback_goes_no_further(run: str, done: bool) -> None:
    """A job of run 9 went from C back to B; a rollback of another run, or of another job of run 9, goes on to A."""
    back = entry("2", "B", took_back="C", run="9.1-aaaaaaaa-00000001")
    known = recorded(entry("1", "A"), entry("2", "B"), entry("3", "C"), back)
    change = decide(versions(version("3", "C"), version("2", "B", live=True), version("1", "A")), known, run=run)
    assert (change.action, change.version) == (("unchanged", "2") if done else ("release", "1"))


def test_rollback_that_runs_again_does_not_roll_back_what_was_released_since() -> None:
    back = entry("1", "A", took_back="B", run="9.1-aaaaaaaa-00000001")
    known = recorded(entry("1", "A"), entry("2", "B"), back, entry("3", "C", run="10.1"))
    seen = versions(version("3", "C", live=True), version("2", "B"), version("1", "A"))
    assert decide(seen, known, run="9.2-aaaaaaaa-00000002").action == "unchanged"
    assert decide(seen, known, run="11.1-aaaaaaaa-00000003").version == "1"


def test_a_version_that_is_gone_is_found_by_its_content_or_not_at_all() -> None:
    moved = versions(version("2", "B", live=True), version("7", "A"))
    assert decide(moved, RELEASED).version == "7"
    assert code(decide(versions(version("2", "B", live=True)), RELEASED)) == "NOTHING_BEFORE"


def test_never_to_what_was_rolled_back() -> None:
    known = recorded(entry("1", "A"), entry("2", "B"), entry("3", "C"), rolled_back="B")
    seen = versions(version("3", "C", live=True), version("2", "B"), version("1", "A"))
    assert decide(seen, known).version == "1"


@pytest.mark.parametrize(("to", "expected"), [("c1", "1"), ("c2", None), ("c9", "1")])
def test_to_a_commit_by_its_release_or_by_its_file(to: str, expected: str | None) -> None:
    change = decide(A_B, RELEASED, files="A@c9", commit=to)
    assert (change.version if isinstance(change, Publish) else None) == expected
    assert isinstance(change, Publish | Unchanged)


def test_a_commit_whose_content_no_version_holds() -> None:
    assert code(decide(A_B, RELEASED, files="Z@c9", commit="c9")) == "NOTHING_BEFORE"


def test_to_a_version() -> None:
    assert decide(A_B, WorkflowRecord(), version="1").fingerprint == fingerprint("A")[:32]
    assert code(decide(A_B, RELEASED, version="9")) == "NO_VERSION"
    assert decide(unlisted("no list", "bot"), RELEASED, version="1").version == "1"
    assert isinstance(decide(A_B, RELEASED, version="2"), Unchanged)


def test_forward_takes_nothing_back() -> None:
    change = decide(
        versions(version("2", "B"), version("1", "A", live=True)), recorded(entry("2", "B", "c2"), entry("1", "A", "c1", "B")), commit="c2"
    )
    assert taken(change) == fingerprint("A")
    later: Callable[[str, str], bool] = lambda older, newer: (older, newer) == ("c1", "c2")  # noqa: E731
    forward = decide(
        versions(version("2", "B"), version("1", "A", live=True)), recorded(entry("1", "A", "c1")), files="B@c2", commit="c2", is_ancestor=later
    )
    assert (forward.version, taken(forward)) == ("2", "")


@pytest.mark.parametrize(
    ("newest_first", "expected"),
    [
        ("3C* 2B 1A", "2"),
        ("3C 2B* 1A", "1"),
        ("3C 2B 1A*", None),
        ("3C* 2B- 1A", "1"),
        ("3C- 2B-", None),
    ],
)
def test_by_the_platform_alone_never_a_younger_version_nor_one_that_never_was_live(newest_first: str, expected: str | None) -> None:
    seen = versions(*(version(each[0], each[1], live="*" in each, released=None if "-" in each else int(each[0])) for each in newest_first.split()))
    change = decide(seen, WorkflowRecord())
    assert (change.version if isinstance(change, Publish) else None) == expected


def test_something_live_that_the_state_does_not_know() -> None:
    seen = versions(version("9", "", live=True), version("2", "B"), version("1", "A"))
    assert code(decide(seen, RELEASED)) == "NOT_OURS"
    assert decide(seen, RELEASED, version="1").version == "1"


def test_made_live_by_a_release_that_was_cut_off() -> None:
    """The last release, run r2, could not say that it made C live: what it was to replace is B."""
    known = recorded(entry("1", "A", run="r0"), entry("2", "B", run="r1"), intents=(Intent("import", fingerprint("C"), run="r2"),))
    reached = versions(version("3", "C", live=True), version("2", "B"), version("1", "A"))
    assert (decide(reached, known, release="r2").version, taken(decide(reached, known, release="r2"))) == ("2", fingerprint("C")[:32])
    not_reached = versions(version("2", "B", live=True), version("1", "A"))
    assert isinstance(decide(not_reached, known, release="r2"), Unchanged)


def test_a_rollback_that_was_cut_off_goes_where_it_was_going() -> None:
    known = recorded(entry("1", "A"), entry("2", "B"), entry("3", "C"), intents=(Intent("rollback", fingerprint("A"), run="r9"),))
    before = versions(version("3", "C", live=True), version("2", "B"), version("1", "A"))
    after = versions(version("3", "C"), version("2", "B"), version("1", "A", live=True))
    assert [decide(seen, known).version for seen in (before, after)] == ["1", "1"]
    assert taken(decide(after, known)) == fingerprint("C")


def test_entries_for_another_target_say_nothing() -> None:
    elsewhere = recorded(entry("1", "A", target="other"), entry("2", "B", target="other"))
    assert code(decide(versions(version("2", "B", live=True)), elsewhere)) == "NOTHING_BEFORE"


# meinGPT

YAML = Workflow("onboarding", Source("w.yaml", "meingpt", "workflow", b"", None), "MEINGPT")


def there(letter: str, status: str = "active", **more: Any) -> Observed:
    return defined("bot", {"id": "bot", **content(letter), "status": status, **more})


def written(letter: str, commit: str) -> DeployRecord:
    seen = there(letter)
    return DeployRecord(fingerprint=fingerprint(letter), target="bot", host="h", commit=commit, run="r", readback_fingerprint=given_back(seen))


WRITTEN = recorded(written("A", "c1"), written("B", "c2"))


def test_the_definition_of_the_commit_before() -> None:
    change = decide(there("B"), WRITTEN, YAML, files="A@c1 B@c2")
    assert isinstance(change, Replace)
    assert (change.workflow.source.definition, change.save_first, taken(change)) == (content("A"), False, fingerprint("B"))


def test_an_edit_is_saved_first() -> None:
    change = decide(there("B", description="by hand"), WRITTEN, YAML, files="A@c1")
    assert isinstance(change, Replace)
    assert change.save_first


@pytest.mark.parametrize(
    ("known", "files", "expected"),
    [
        (WRITTEN, "", "NO_DEFINITION"),
        (WRITTEN, "Z@c1", "NOT_AS_RELEASED"),
        (recorded(written("B", "c2")), "B@c2", "NOTHING_BEFORE"),
        (recorded(written("A", ""), written("B", "c2")), "B@c2", "NOTHING_BEFORE"),
        (WorkflowRecord(), "", "NOTHING_BEFORE"),
    ],
)
def test_what_cannot_be_had(known: WorkflowRecord, files: str, expected: str) -> None:
    assert code(decide(there("B"), known, YAML, files=files)) == expected


def test_other_values_are_said_and_not_in_the_way() -> None:
    change = decide(there("B"), WRITTEN, YAML._replace(overlay={"name": "x"}), files="Z@c1")
    assert isinstance(change, Replace)
    assert "`set`" in str(change.warning)


def test_to_a_commit_that_is_live_does_nothing_unless_it_is_switched_off() -> None:
    assert isinstance(decide(there("B"), WRITTEN, YAML, files="B@c2", commit="c2"), Unchanged)
    paused = decide(there("B", "paused"), WRITTEN, YAML, files="B@c2", commit="c2")
    assert (isinstance(paused, Replace), taken(paused)) == (True, "")


def test_what_is_not_there_and_what_cannot_be_read() -> None:
    assert code(decide(MISSING, WRITTEN, YAML)) == "NOTHING_THERE"
    assert code(decide(failed("HTTP 500", "m", "c"), WRITTEN, YAML)) == "HTTP 500"

    def refused(*_: object) -> Source | None:
        raise FlowshipError("no", code="HTTP 403")

    assert code(decide(there("B"), WRITTEN, YAML, source_at=refused)) == "HTTP 403"


# Releases that were not what their commit has


def dirty(record: DeployRecord) -> DeployRecord:
    return replace(record, dirty=True)


@pytest.mark.parametrize("files", ["B@c2", ""], ids=["by its file", "by its record"])
def test_commit_whose_changed_file_is_live_is_never_unchanged(files: str) -> None:
    """C is live, recorded with c2, whose file is B."""
    known = recorded(entry("1", "A", "c1"), dirty(entry("3", "C", "c2")))
    change = decide(versions(version("3", "C", live=True), version("1", "A")), known, files=files, commit="c2")
    assert code(change) == "NOT_AS_RELEASED"
    assert "a.flow at c2 is not what was live under that commit" in getattr(change, "message", "")
    assert code(decide(there("C"), recorded(written("A", "c1"), dirty(written("C", "c2"))), YAML, files="B@c2", commit="c2")) == "NOT_AS_RELEASED"


def test_file_that_differs_though_no_record_says_so_is_never_unchanged() -> None:
    known = recorded(entry("1", "A", "c1"), entry("3", "C", "c2"))
    seen = versions(version("3", "C", live=True), version("1", "A"))
    assert code(decide(seen, known, files="B@c2", commit="c2")) == "NOT_AS_RELEASED"
    assert isinstance(decide(seen, known, files="C@c2", commit="c2"), Unchanged)
    with_values = FLOW._replace(overlay={"name": "x"})
    assert isinstance(decide(seen, known, with_values, files="B@c2", commit="c2"), Unchanged)


def test_changed_file_that_was_live_under_a_commit_is_restored_where_its_version_is_there() -> None:
    known = recorded(dirty(entry("1", "A", "c1")), entry("2", "B", "c2"))
    change = decide(A_B, known, files="Z@c1", commit="c1")
    assert isinstance(change, Publish)
    assert (change.version, "a.flow at c1 is not what was live under that commit" in str(change.warning)) == ("1", True)
    assert change.restored
    assert change.restored.dirty
    gone = versions(version("5", "Z"), version("2", "B", live=True))
    assert code(decide(gone, known, files="Z@c1", commit="c1")) == "NOT_AS_RELEASED"


def test_clean_release_of_a_commit_is_restored_rather_than_a_changed_one() -> None:
    known = recorded(entry("1", "A", "c1"), dirty(entry("3", "C", "c1")), entry("2", "B", "c2"))
    seen = versions(version("3", "C"), version("2", "B", live=True), version("1", "A"))
    change = decide(seen, known, files="A@c1", commit="c1")
    assert (change.version, change.warning) == ("1", None)


def test_changed_file_before_the_last_release_is_live_again_by_its_version_and_not_by_its_commit() -> None:
    change = decide(A_B, recorded(dirty(entry("1", "A", "c1")), entry("2", "B", "c2")), files="Z@c1")
    assert (change.version, change.restored and change.restored.dirty) == ("1", True)
    in_place = recorded(dirty(written("A", "c1")), written("B", "c2"))
    with_values = YAML._replace(overlay={"name": "x"})
    assert code(decide(there("B"), in_place, YAML, files="Z@c1")) == "NOT_AS_RELEASED"
    assert code(decide(there("B"), in_place, with_values, files="Z@c1")) == "NOT_AS_RELEASED"


def test_commit_whose_file_cannot_be_read_is_restored_by_its_record() -> None:
    def refused(*_: object) -> Source | None:
        raise FlowshipError("no", code="HTTP 403")

    assert decide(A_B, RELEASED, source_at=refused, commit="c1").version == "1"
    assert code(decide(A_B, RELEASED, source_at=refused, commit="c9")) == "HTTP 403"


def code(change: Change) -> str:
    assert isinstance(change, Fail), change
    return change.code


def taken(change: Change) -> str:
    assert change.restored
    return change.restored.reverted_fingerprint
