"""Which previews are deleted: those of closed pull requests, and of releases that were killed; what replaces a slot's content."""

import time
from typing import Any

import pytest
from observations import listed
from run_contexts import run_context

from deployer.github.event import GithubEvent
from deployer.manifest.model import Manifest, WorkflowEntry
from deployer.model import lease, marker
from deployer.model.change import Change, Fail, FreeSlot, Remove
from deployer.model.errors import UsageError
from deployer.model.lease import RELEASE, LeaseHolder
from deployer.model.observation import Observed, Version, failed
from deployer.model.outcome import Outcome
from deployer.model.workflow import Workflow
from deployer.pipeline.base_branch import BaseBranch
from deployer.platforms.base import Summary
from deployer.platforms.listing import Listing
from deployer.previews import targets, teardown
from deployer.previews.teardown import TeardownResult, delete_previews

TRIAGE = WorkflowEntry("triage", "flows/a.flow", "gptbots", "TRIAGE", preview={"keys": ["P1"]})
ROUTING = WorkflowEntry("routing", "flows/b.flow", "gptbots", "ROUTING", preview={"keys": ["P1"]})
ONBOARDING = WorkflowEntry("onboarding", "w.yaml", "meingpt", "MEINGPT", preview={"key": "COPIES"})
FILES = {"flows/a.flow": b'{"name": "A"}', "flows/b.flow": b'{"name": "B"}'}
KEYS = "P1=preview-key-value\nCOPIES=copies-key-value"
NOW_MS = 1_790_000_000_000
FREE = listed((), "t1")


def holder(number: int, name: str = "triage", repository: str = "acme/flows") -> LeaseHolder:
    return lease.holder(number, repository, "flowship.yml", name)


def of_release(name: str = "triage") -> LeaseHolder:
    return lease.holder_for_release("acme/flows", "flowship.yml", "production", name)


def slot(*holders: LeaseHolder, created_ms: int = NOW_MS) -> Observed:
    claims = [marker.describe("m", "c0ffee1", marker.new("f" * 64), str(who)) for who in holders]
    return listed([Version(str(number), claim, True, "t1", created_ms) for number, claim in enumerate(claims, 1)], "t1")


def copy(id_: str, who: LeaseHolder, age_ms: int = 0) -> Summary:
    written = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime((NOW_MS - age_ms) / 1000))
    return Summary(id_, f"Onboarding (preview #{who.number})", "active", written, written, f"Greets. {who}")


class Teardown:
    """Deletes previews, with what is on the targets and without writing: `changes` is what would have been written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, observed: Observed = FREE, rows: tuple[Summary, ...] = ()) -> None:
        self.changes: list[Change] = []
        self.environment, self.asked = "", frozenset[int]()
        monkeypatch.setattr(time, "time", lambda: NOW_MS / 1000)

        class SlotReader:
            def __init__(self, *_: object) -> None: ...

            def one(self, workflow: Workflow) -> Observed:
                return observed

        def carry_out(_context: object, environment: str, changes: list[Change], *_: object) -> tuple[Outcome, ...]:
            self.environment, self.changes = environment, list(changes)
            return tuple(Outcome(change=change, outcome="done") for change in self.changes)

        monkeypatch.setattr(teardown, "Observer", SlotReader)
        monkeypatch.setattr(Listing, "all", lambda _self, _workflow: rows)
        monkeypatch.setattr(targets, "carry_out", carry_out)

    def run(self, *entries: WorkflowEntry, closed: frozenset[int] = frozenset({12, RELEASE}), keys: str = KEYS, **files: bytes) -> TeardownResult:
        def find_closed(numbers: frozenset[int]) -> frozenset[int]:
            self.asked = numbers
            return numbers & closed

        content = files or FILES
        manifest = Manifest("flowship.yml", ("production",), entries)
        context = run_context(event=GithubEvent(repository="acme/flows"), keys=keys)
        return delete_previews(context, BaseBranch(manifest, content.get), find_closed)


def test_slot_of_a_closed_pull_request_is_freed_with_the_base_branchs_file(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Teardown(monkeypatch, slot(holder(12)))
    stage.run(TRIAGE)
    (change,) = stage.changes
    assert isinstance(change, FreeSlot)
    assert (change.workflow.name, change.target, change.workflow.source.definition) == ("triage (preview #12)", "t1", {"name": "A"})
    assert change.preview
    assert (change.preview.lease_tag, change.preview.ended, stage.environment) == (holder(12).free, True, "preview #12")


@pytest.mark.parametrize("observed", [slot(holder(11)), slot(holder(12, repository="acme/elsewhere")), FREE])
def test_slot_of_an_open_pull_request_of_another_repository_or_free_stays(monkeypatch: pytest.MonkeyPatch, observed: Observed) -> None:
    stage = Teardown(monkeypatch, observed)
    stage.run(TRIAGE)
    assert (stage.changes, 12 in stage.asked) == ([], False)


def test_slot_is_freed_with_the_file_of_the_workflow_that_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Teardown(monkeypatch, slot(holder(12, "routing")))
    stage.run(TRIAGE, ROUTING)
    (change,) = stage.changes
    assert (change.workflow.name, change.workflow.source.definition) == ("routing (preview #12)", {"name": "B"})


def test_values_of_a_preview_are_laid_over_the_file_as_far_as_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    def definition(laid_over: dict[str, Any]) -> Any:
        stage = Teardown(monkeypatch, slot(holder(12)))
        stage.run(TRIAGE._replace(preview={"keys": ["P1"], "set": laid_over}))
        return stage.changes[0].workflow.source.definition

    assert definition({"name": "P"}) == {"name": "P"}
    assert definition({"steps[id=x].name": "P"}) == {"name": "A"}
    assert definition({"name": "${NAME}"}) == {"name": "A"}


def test_slot_without_a_file_on_the_base_branch_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Teardown(monkeypatch, slot(holder(12)))
    stage.run(TRIAGE, other=b"")
    (change,) = stage.changes
    assert isinstance(change, Fail)
    assert change.code == "NO_BASE_FILE"


def test_slot_that_cannot_be_read_fails_under_the_name_of_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Teardown(monkeypatch, failed("401", "The key is not valid.", ""))
    stage.run(TRIAGE)
    assert [(type(change), change.workflow.name) for change in stage.changes] == [(Fail, "triage (P1)")]


def test_copies_of_closed_pull_requests_are_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (copy("wf_1", holder(12, "onboarding")), copy("wf_2", holder(11, "onboarding")), copy("wf_3", holder(12, "x", "acme/elsewhere")))
    stage = Teardown(monkeypatch, rows=(*rows, Summary("wf_4", "Onboarding (preview #12)", "active")))
    stage.run(ONBOARDING)
    assert [(type(change), change.target) for change in stage.changes] == [(Remove, "wf_1")]
    assert stage.asked == {11, 12}


@pytest.mark.parametrize(("age_ms", "deleted"), [(0, 0), (teardown.MAX_RELEASE_AGE_MS - 60_000, 0), (teardown.MAX_RELEASE_AGE_MS + 60_000, 1)])
def test_preview_of_a_release_stays_while_its_evals_may_run(monkeypatch: pytest.MonkeyPatch, age_ms: int, deleted: int) -> None:
    stage = Teardown(monkeypatch, slot(of_release(), created_ms=NOW_MS - age_ms), (copy("wf_1", of_release("onboarding"), age_ms),))
    stage.run(TRIAGE, ONBOARDING)
    assert len(stage.changes) == 2 * deleted
    assert stage.environment == teardown.ALL_PREVIEWS


def test_preview_of_a_release_of_unknown_age_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Teardown(monkeypatch, rows=(Summary("wf_1", "n", "active", description=str(of_release("onboarding"))),))
    stage.run(ONBOARDING)
    assert stage.changes == []


def test_copies_of_one_name_get_names_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Teardown(monkeypatch, rows=tuple(copy(id_, holder(12, "onboarding")) for id_ in ("wf_1", "wf_2")))
    stage.run(ONBOARDING)
    assert [change.workflow.name for change in stage.changes] == ["Onboarding (preview #12)", "Onboarding (preview #12) (2)"]


def test_keys_that_were_not_given_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Teardown(monkeypatch, slot(holder(12)))
    result = stage.run(TRIAGE, ONBOARDING, keys="COPIES=copies-key-value")
    assert (stage.changes, result.notices) == ([], ("Not looked at, since no key was given for it: P1.",))


def test_without_a_manifest_nothing_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Teardown(monkeypatch, slot(holder(12)))
    result = delete_previews(run_context(keys=KEYS), BaseBranch(None, lambda _: None, "no manifest"), lambda numbers: numbers)
    assert (stage.changes, result.outcomes, len(result.notices)) == ([], (), 1)


def test_slot_behind_a_deploy_key_is_not_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Teardown(monkeypatch, slot(holder(12)))
    for refused in (TRIAGE._replace(key="P1"), TRIAGE._replace(id="t1")):
        with pytest.raises(UsageError):
            stage.run(refused)
    assert stage.changes == []
