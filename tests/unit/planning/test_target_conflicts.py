"""A deploy never writes to the target of another environment or project, as far as the state knows it, and takes over what has no manifest."""

from typing import Any

import pytest
from fake_targets import HOST, flow, yaml

from deployer.model.change import Change, Fail, Unchanged, WriteDraft
from deployer.model.errors import UsageError
from deployer.model.observation import MISSING, Observed, failed
from deployer.model.plan import Plan
from deployer.planning.target_conflicts import (
    ManifestEntries,
    TargetOwner,
    find_owners,
    find_takeovers,
    refuse,
    refuse_shared_project,
    take_over,
    takeover_notices,
)
from deployer.state.base import DeployRecord, EnvironmentState, Intent, ProjectState, StateOwner, WorkflowRecord

MINE = StateOwner("billing", "billing/flowship.yml")
THEIRS = "crm/flowship.yml"


def live(target: str, **more: Any) -> WorkflowRecord:
    return WorkflowRecord(live=DeployRecord(fingerprint="f", host=HOST, target=target), **more)


def state_of(project: str, environment: str = "production", manifest: str = THEIRS, **workflows: WorkflowRecord) -> ProjectState:
    return ProjectState(project, environment, EnvironmentState(workflows, manifest=manifest))


def claims(
    *states: ProjectState, owner: StateOwner = MINE, own: dict[tuple[str, str], str] | None = None, **others: ManifestEntries
) -> dict[str, str]:
    """The claim of each owner by target id. `others`: what the other manifest names, as `crm`."""
    entries = {f"{name}/flowship.yml": manifest for name, manifest in others.items()} | {owner.manifest: ManifestEntries(owner.project, own or {})}
    return {target: known.claim for (_, target), known in find_owners(states, owner, entries).items()}


def names(*workflows: str, environment: str = "production", **ids: str) -> ManifestEntries:
    return ManifestEntries("crm", {(environment, name): ids.get(name, "") for name in (*workflows, *ids)})


def test_another_environment_has_what_the_own_manifest_still_means() -> None:
    own = {("staging", "triage"): "", ("staging", "moved"): "wf_new", ("staging", "kept"): "wf_2", ("production", "orphan"): ""}
    state = state_of("billing", "staging", MINE.manifest, triage=live("bot"), moved=live("wf_old"), kept=live("wf_2"), orphan=live("wf_3"))
    assert claims(state, own=own) == {"bot": "named", "wf_old": "dropped", "wf_2": "named", "wf_3": "dropped"}


def test_another_project_has_what_its_manifest_in_this_commit_names() -> None:
    state = state_of("crm", kept=live("wf_1"), renumbered=live("wf_2"), taken_out=live("wf_3"))
    assert claims(state, crm=names("kept", renumbered="wf_9")) == {"wf_1": "named", "wf_2": "dropped", "wf_3": "dropped"}
    assert claims(state, crm=names("kept", environment="staging"))["wf_1"] == "dropped"


def test_manifest_that_cannot_be_read_may_name_anything() -> None:
    assert claims(state_of("crm", kept=live("wf_1")), crm=ManifestEntries("crm", readable=False)) == {"wf_1": "named"}


def test_project_without_its_manifest_in_this_commit_is_gone() -> None:
    assert claims(state_of("crm", kept=live("wf_1"))) == {"wf_1": "gone"}
    assert claims(state_of("", manifest="", kept=live("wf_1"))) == {"wf_1": "gone"}  # deployed with `files`


def test_manifest_with_another_project_name_goes_on_with_its_state() -> None:
    state = state_of("old-name", manifest=MINE.manifest, kept=live("wf_1"))
    assert claims(state, own={("production", "kept"): ""}) == {"wf_1": "gone"}
    renamed = {**names("kept").ids}
    assert claims(state_of("crm", kept=live("wf_1")), crm=ManifestEntries("new-name", renamed)) == {"wf_1": "named"}  # seen from a third one


def test_run_without_a_manifest_does_not_take_over_from_the_manifest_at_the_top() -> None:
    state = state_of("", "staging", "flowship.yml", kept=live("wf_1"))
    entries = {"": ManifestEntries("", {("production", "kept"): ""}), "flowship.yml": names("kept", environment="staging")}
    assert [owner.claim for owner in find_owners([state], StateOwner(), entries).values()] == ["named"]


def test_named_owner_counts_before_one_that_is_gone_and_a_draft_is_a_target_too() -> None:
    drafted = WorkflowRecord(draft=DeployRecord(fingerprint="f", host=HOST, target="wf_1"))
    states = state_of("crm", kept=drafted), state_of("left", manifest="left/flowship.yml", kept=live("wf_1"))
    for order in (states, states[::-1]):
        assert claims(*order, crm=names("kept")) == {"wf_1": "named"}


TAKEN = failed("NAME_TAKEN", "", "")


def owned(claim: Any, name: str = "theirs", target: str = "wf_1", project: str = "crm") -> dict[tuple[str, str], TargetOwner]:
    state = ProjectState(project, "production", EnvironmentState({name: live(target)}, manifest=THEIRS))
    return {(HOST, target): TargetOwner(state, name, claim)}


def by_name(id_: str = "wf_1") -> Observed:
    return Observed(id=id_, readable=False, failure=TAKEN.failure)


@pytest.mark.parametrize(
    ("observed", "claim", "taken"),
    [
        (Observed(id="wf_1"), "gone", True),
        (Observed(id="wf_1"), "dropped", True),
        (Observed(id="wf_1"), "named", False),
        (Observed(id="wf_2"), "gone", False),
        (by_name(), "gone", True),
        (by_name(), "dropped", False),
        (by_name(), "named", False),
        (MISSING, "gone", False),
    ],
)
def test_records_follow_their_target(observed: Observed, claim: str, taken: bool) -> None:
    takeovers = find_takeovers([yaml("mine")], {"mine": observed}, {"mine": HOST}, owned(claim))
    assert set(takeovers) == ({"mine"} if taken else set())
    assert not find_takeovers([yaml("mine")], {"mine": observed}, {"mine": "https://other"}, owned(claim))


def test_without_a_key_the_id_or_the_name_has_to_do() -> None:
    hosts = {"mine": HOST, "theirs": HOST}
    assert set(find_takeovers([yaml("mine", id_="wf_1"), yaml("theirs")], {}, hosts, owned("gone"))) == {"mine", "theirs"}
    assert not find_takeovers([yaml("mine"), yaml("theirs")], {}, hosts, owned("dropped"))
    assert not find_takeovers([yaml("theirs")], {}, hosts, owned("gone") | owned("gone", target="wf_2", project="other"))


def test_what_is_taken_over_keeps_the_own_open_intents() -> None:
    (owner,) = owned("gone").values()
    intent = Intent("update", "f", run="9.1")
    state = take_over(EnvironmentState({"mine": WorkflowRecord(open_intents=(intent,))}), {"mine": owner})
    record = state.of("mine")
    assert (record.live, record.open_intents) == (owner.record.live, (intent,))


def test_one_notice_names_all_that_is_taken_over_from_one_project() -> None:
    (gone,), (dropped,) = owned("gone").values(), owned("dropped", "x", "wf_2").values()
    notices = takeover_notices({"b": gone, "a": gone, "x": dropped}, MINE)
    assert notices == (
        "The records of a, b are taken over from the project crm: its manifest, crm/flowship.yml, is not in this commit.",
        "The records of x are taken over from the project crm: crm/flowship.yml no longer names them.",
    )
    assert takeover_notices({"a": gone}, StateOwner("", THEIRS)) == (
        "The records of a are taken over from the project crm: crm/flowship.yml is the project at the repository's top now.",
    )


@pytest.mark.parametrize(
    ("change", "host", "claim", "message"),
    [
        (WriteDraft(workflow=flow("a"), observed=MISSING, target="wf_1"), HOST, "named", "leads to wf_1"),
        (Unchanged(workflow=flow("a"), observed=MISSING, target="wf_1"), HOST, "named", "leads to wf_1"),
        (WriteDraft(workflow=flow("a"), observed=MISSING, target="wf_1"), HOST, "dropped", ""),
        (WriteDraft(workflow=flow("a"), observed=MISSING, target="wf_1"), "https://other", "named", ""),
        (WriteDraft(workflow=flow("a"), observed=MISSING, target="wf_2"), HOST, "named", ""),
        (WriteDraft(workflow=flow("a"), observed=MISSING), HOST, "named", ""),
        (Fail(workflow=flow("a"), observed=by_name(), code="NAME_TAKEN", message="", fix=""), HOST, "named", "a name that is taken by wf_1"),
        (Fail(workflow=flow("a"), observed=by_name(), code="NAME_TAKEN", message="", fix=""), HOST, "dropped", "a name that is taken by wf_1"),
        (Fail(workflow=flow("a"), observed=by_name("wf_2"), code="NAME_TAKEN", message="", fix=""), HOST, "named", ""),
    ],
)
def test_target_of_another_one_is_refused(change: Change, host: str, claim: str, message: str) -> None:
    plan = Plan("production", (change,), project="billing")
    if not message:
        refuse(plan, {"a": host}, owned(claim))
        return
    with pytest.raises(UsageError, match=message) as raised:
        refuse(plan, {"a": host}, owned(claim))
    assert "the target of theirs in production of the project crm" in raised.value.message
    assert (raised.value.code, raised.value.exit_code, bool(raised.value.fix)) == ("shared-target", 2, True)


def test_project_of_two_manifests_is_refused() -> None:
    entries = {MINE.manifest: ManifestEntries("billing"), "b/flowship.yml": ManifestEntries("billing"), "c/flowship.yml": ManifestEntries("crm")}
    with pytest.raises(UsageError, match=r"billing/flowship.yml and b/flowship.yml are both the project billing") as raised:
        refuse_shared_project([StateOwner("billing", "b/flowship.yml")], MINE, entries)
    assert (raised.value.code, raised.value.exit_code) == ("shared-project", 2)
    for fine in (MINE, StateOwner("billing", "c/flowship.yml"), StateOwner("billing", "gone.yml"), StateOwner("crm", "b/flowship.yml"), StateOwner()):
        refuse_shared_project([fine], MINE, entries)
    refuse_shared_project([StateOwner("", "b/flowship.yml")], StateOwner(), {"b/flowship.yml": ManifestEntries("")})  # a run of named files
