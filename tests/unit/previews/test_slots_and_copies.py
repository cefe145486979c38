"""What a pull request's preview comes to, decided from what is there: copies on meinGPT, a pool of Workflows on GPTBots."""

from typing import Any

import pytest
from observations import defined, listed, unlisted

from deployer.model import lease, marker
from deployer.model.change import AcquireSlot, Change, CreateLive, Fail, Publish, Remove, Replace, Unchanged
from deployer.model.lease import LeaseHolder
from deployer.model.observation import Observed, Version, failed
from deployer.model.policy import Policy
from deployer.model.preview import Preview
from deployer.model.workflow import Source, Workflow
from deployer.platforms.base import Summary
from deployer.platforms.draft_and_publish import slots
from deployer.platforms.draft_and_publish.slots import PreviewSlot
from deployer.platforms.gptbots.adapter import PLATFORM as POOLED
from deployer.platforms.in_place import copies
from deployer.platforms.in_place.write import copies_of
from deployer.platforms.meingpt.adapter import PLATFORM as COPIED
from deployer.platforms.meingpt.adapter import MeingptTarget
from deployer.platforms.previews import PoolExhausted

WHO = lease.holder(12, "acme/flows", "flowship.yml", "triage")
OTHER = lease.holder(11, "acme/flows", "flowship.yml", "triage")
STRANGER = lease.holder(3, "acme/elsewhere", "flowship.yml", "triage")
PREVIEW = Preview(12, str(WHO))
FLOW = Source("flows/a.flow", "gptbots", "workflow", b"", {"name": "A"})
BEFORE = FLOW.overlaid({"name": "older"})


def version(number: int, who: LeaseHolder | None, source: Source = FLOW, *, published: bool = False, free: bool = False) -> Version:
    note = "" if who is None else who.free if free else str(who)
    description = marker.describe("m", "c0ffee1", marker.new(source.fingerprint), note)
    return Version(str(number), description, published, "t1")


def slot(key: str, seen: Observed | tuple[Version, ...]) -> PreviewSlot:
    observed = listed(seen[::-1], f"target of {key}") if isinstance(seen, tuple) else seen
    return PreviewSlot(Workflow("triage", FLOW, key), observed)


def decided(*pool: PreviewSlot) -> Change | PoolExhausted:
    return slots.decide(pool, WHO, PREVIEW)


def place(change: Change | PoolExhausted) -> str:
    assert isinstance(change, Change)
    assert change.preview
    return change.preview.location


def test_the_first_free_workflow_is_borrowed_and_the_other_free_ones_are_next() -> None:
    taken, free, given_back = (version(1, OTHER),), (), (version(1, OTHER), version(2, OTHER, free=True))
    change = decided(slot("P1", taken), slot("P2", free), slot("P3", given_back))
    assert isinstance(change, AcquireSlot)
    assert ([each.key for each in change.pool], change.release, place(change)) == (["P2", "P3"], True, "P2")


def test_the_one_that_it_has_comes_before_a_free_one() -> None:
    change = decided(slot("P1", ()), slot("P2", (version(1, WHO, published=True),)))
    assert isinstance(change, Unchanged)
    assert (place(change), change.version, change.live, change.target) == ("P2", "1", True, "target of P2")


@pytest.mark.parametrize(
    ("versions", "kind"),
    [
        ((version(1, WHO),), Publish),
        ((version(1, WHO, BEFORE, published=True),), AcquireSlot),
        ((version(1, WHO), version(2, WHO, BEFORE, published=True)), AcquireSlot),
        ((version(1, WHO, BEFORE), version(2, WHO, published=True)), Unchanged),
        ((version(1, WHO, published=True), version(2, OTHER, BEFORE)), AcquireSlot),
        ((version(1, WHO, published=True), version(2, None)), Unchanged),
        ((version(1, WHO, published=True), Version("2", "by hand")), Unchanged),
        ((version(1, OTHER), version(2, OTHER, free=True), version(3, WHO)), Publish),
    ],
)
def test_what_it_has_is_brought_up_to_date(versions: tuple[Version, ...], kind: type[Change]) -> None:
    change = decided(slot("P1", versions), slot("P2", ()))
    assert isinstance(change, kind)
    if isinstance(change, AcquireSlot):
        assert [each.key for each in change.pool] == ["P1"]


def test_who_has_a_full_pool_is_said() -> None:
    full = decided(
        slot("P1", (version(1, OTHER),)), slot("P2", (version(1, STRANGER), version(2, WHO))), slot("P3", unlisted("the call is not there")),
        slot("P4", failed("401", "The key is not valid.", "")),
    )  # fmt: skip
    assert isinstance(full, PoolExhausted)
    for said in ("P1 is taken by pull request 11;", "P2 is taken by pull request 3 of another repository;", "cannot be listed", "is not valid"):
        assert said in full.why


def test_a_pool_that_cannot_be_read_at_all_fails() -> None:
    change = decided(slot("P1", failed("401", "The key is not valid.", "Put a new one in.")))
    assert isinstance(change, Fail)
    assert (change.code, change.fix) == ("401", "Put a new one in.")


def node(id_: str, type_: str = "DATASET", **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": id_.upper(), "type": type_, "datasetParam": {"ids": ["kb"]}, "databaseParam": {"tables": ["t"]}, **more}


def flow(*nodes: dict[str, Any]) -> Source:
    return FLOW.overlaid({"workflow": {"workflowNodes": list(nodes)}})


def dropped(before: Source, after: Source) -> str:
    return POOLED.target(Workflow("triage", after, "P1")).limitations(before)


def test_what_an_import_elsewhere_drops_is_told_unless_it_is_mapped() -> None:
    from deployer.manifest.overlay import lay_over

    before = flow(node("a"), node("b", "LLM"), node("loop", "LOOP", subWorkflow={"workflowNodes": [node("inner", "DATABASE")]}))
    assert dropped(before, before).endswith("maps none for A, INNER")
    mapped, _ = lay_over(before, {"workflow.workflowNodes[id=a].datasetParam.ids": ["kb of the preview"]}, {})
    assert dropped(before, mapped).endswith("maps none for INNER")
    mapped, _ = lay_over(mapped, {"workflow.workflowNodes[id=loop].subWorkflow.workflowNodes[0].databaseParam": {"table": "t"}}, {})
    assert dropped(before, mapped) == ""
    named, _ = lay_over(before, {"workflow.workflowNodes[id=a].name": "Facts"}, {})
    assert dropped(before, named).endswith("maps none for Facts, INNER")
    empty = flow(node("a", datasetParam={"query": "q", "ids": []}))
    assert dropped(empty, empty) == ""
    assert dropped(Source("a.flow", "gptbots", "workflow", b"\0", None), FLOW) == ""


POLICY = Policy(environment="preview #12", is_default_environment=False, release=True)
YAML: dict[str, Any] = {"name": "Onboarding", "trigger": {"type": "schedule", "config": {"cron": "0 9 * * *"}}, "steps": []}
ONBOARDING = Workflow("onboarding", Source("w.yaml", "meingpt", "workflow", b"", YAML), "MEINGPT_PREVIEW", id="wf_live")


def copied(**more: Any) -> Workflow:
    source = ONBOARDING.source.overlaid({**YAML, **more})
    return COPIED.target(ONBOARDING._replace(source=source)).copy_for("Onboarding", WHO)


def target(**more: Any) -> MeingptTarget:
    return COPIED.target(copied(**more))


def there(id_: str, **more: Any) -> Observed:
    return defined(id_, {**(copied().source.definition or {}), "name": "Onboarding (preview #12)", "status": "active", **more})


@pytest.mark.parametrize("trigger", [{"type": "schedule"}, {"type": "email"}, {"type": "something new"}, None, "odd"])
def test_a_copy_never_starts_by_itself_and_says_whose_it_is(trigger: Any) -> None:
    copy = copied(trigger=trigger, description="Greets.")
    assert copy.source.definition is not None
    assert copy.source.definition["trigger"] == {"type": "webhook"}
    assert copy.source.definition["description"] == f"Greets. {WHO}"
    assert (copy.id, ONBOARDING.source.definition) == ("", YAML)


def test_a_webhook_stays_as_it_is() -> None:
    trigger = {"type": "webhook", "config": {"method": "PUT"}}
    assert (copied(trigger=trigger).source.definition or {})["trigger"] == trigger


def test_a_copy_is_made_then_left_alone_then_updated() -> None:
    (made,) = copies.decide(target(), [], POLICY, PREVIEW)
    assert isinstance(made, CreateLive)
    assert (made.as_name, place(made), made.release) == ("Onboarding (preview #12)", "Onboarding (preview #12)", True)
    (same,) = copies.decide(target(), [there("wf_1")], POLICY, PREVIEW)
    assert (type(same), same.target, same.live) == (Unchanged, "wf_1", True)
    (changed,) = copies.decide(target(variables={"a": 1}), [there("wf_1")], POLICY, PREVIEW)
    assert (type(changed), changed.target, changed.release) == (Replace, "wf_1", True)
    (inactive,) = copies.decide(target(), [there("wf_1", status="inactive")], POLICY, PREVIEW)
    assert isinstance(inactive, Replace)


def test_the_oldest_copy_stays_and_others_go() -> None:
    first, second, third = copies.decide(target(), [there("wf_1"), there("wf_2"), there("wf_3")], POLICY, PREVIEW)
    assert (type(first), first.target) == (Unchanged, "wf_1")
    assert [(type(each), each.target, each.workflow.name) for each in (second, third)] == [
        (Remove, "wf_2", "onboarding (copy 2)"),
        (Remove, "wf_3", "onboarding (copy 3)"),
    ]


def test_copies_are_known_by_their_description_alone() -> None:
    rows = [
        Summary("wf_3", "Onboarding (preview #12)", created_at="2024-01-02", description=f"Greets. {WHO}"),
        Summary("wf_1", "renamed by hand", created_at="2024-01-01", description=str(WHO)),
        Summary("wf_2", "Onboarding (preview #12)", created_at="2024-01-01"),
        Summary("wf_4", "Onboarding (preview #12)", created_at="2024-01-01", description=str(STRANGER)),
        Summary("wf_5", "Onboarding (preview #11)", created_at="2024-01-01", description=str(OTHER)),
    ]
    assert [each.id for each in copies_of(rows, WHO)] == ["wf_1", "wf_3"]
