"""States of several projects of one repository: each its own, all of them readable, and records that go from one to another."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployer.state import events, github, github_logs
from deployer.state.base import DeployRecord, EvalRecord, Intent, ProjectState, StateOwner, StateStore, WorkflowRecord
from deployer.state.events import is_valid
from deployer.state.file import FileStateStore
from deployer.state.github import GithubStateStore
from deployer.state.github_logs import environment_on_github

E, RUN, ENDLESS = "production", "r1", time.time_ns() // 1_000_000 + 3_600_000
CRM, BILLING, TOP = StateOwner("crm", "crm/flowship.yml"), StateOwner("teams/billing", "teams/billing/flowship.yml"), StateOwner("", "flowship.yml")
StoreOf = Callable[[StateOwner], StateStore]


@pytest.fixture(params=["file", "github"])
def store_of(request: Any, tmp_path: Path, deployments: Any) -> StoreOf:
    """A new store, as another process would open it."""
    if request.param == "file":
        return lambda owner: FileStateStore(str(tmp_path / "state.jsonl"), owner)
    return lambda owner: GithubStateStore(deployments, "c0ffee", owner)


def live(target: str, letter: str = "a") -> DeployRecord:
    return DeployRecord(fingerprint=letter * 64, target=target, host="https://h")


def release(store: StateStore, workflow: str, target: str, environment: str = E) -> None:
    store.intend(environment, RUN, "c1", "h", {workflow: Intent("update", "a" * 64)}, ENDLESS)
    store.record(environment, RUN, workflow, live=live(target))
    store.finish(environment, RUN, workflow, "done")
    store.flush()


def targets(states: tuple[ProjectState, ...]) -> dict[tuple[str, str, str], dict[str, str]]:
    return {
        (state.project, state.environment, state.owner.manifest): {
            name: record.last.target for name, record in state.state.workflows.items() if record.last
        }
        for state in states
    }


def test_projects_with_the_same_names_do_not_see_each_other_and_all_are_readable(store_of: StoreOf) -> None:
    for owner, target in ((CRM, "wf_1"), (BILLING, "wf_2"), (TOP, "wf_3")):
        release(store_of(owner), "triage", target)
    release(store_of(CRM), "triage", "wf_4", "staging")
    read = {owner.project: store_of(owner).read(E) for owner in (CRM, BILLING, TOP)}
    assert {project: (state.of("triage").live or live("")).target for project, state in read.items()} == {
        "crm": "wf_1", "teams/billing": "wf_2", "": "wf_3",
    }  # fmt: skip
    assert read["teams/billing"].manifest == BILLING.manifest
    repository = store_of(TOP).read_all()
    assert (repository.notices, targets(repository.states)) == (
        (),
        {
            ("crm", E, CRM.manifest): {"triage": "wf_1"},
            ("crm", "staging", CRM.manifest): {"triage": "wf_4"},
            ("teams/billing", E, BILLING.manifest): {"triage": "wf_2"},
            ("", E, TOP.manifest): {"triage": "wf_3"},
        },
    )


def test_runs_of_two_projects_do_not_wait_for_each_other(store_of: StoreOf) -> None:
    running = store_of(CRM)
    running.intend(E, "r1", "c1", "h", {"triage": Intent("update", "a" * 64)}, ENDLESS)
    for owner, expected in ((BILLING, ()), (CRM, ("triage",))):
        store = store_of(owner)
        store.read(E)
        store.intend(E, "r2", "c1", "h", {"triage": Intent("update", "a" * 64)}, ENDLESS)
        assert tuple(store.concurrent_runs(E, "r2", ["triage"]).earlier_intents) == expected


def test_records_put_into_another_project_are_whole_and_end_where_they_were(store_of: StoreOf) -> None:
    release(store_of(CRM), "old", "wf_1")
    record = WorkflowRecord(
        draft=live("wf_1", "c"),
        live=live("wf_1", "b"),
        releases=(live("wf_1"), live("wf_1", "b")),
        rolled_back_fingerprints=frozenset({"d" * 64}),
        evals=(EvalRecord(fingerprint="b" * 64),),
    )
    store = store_of(BILLING)
    store.read(E)
    store.put(E, RUN, "new", record)
    store.remove(E, RUN, "old", owner=CRM)
    store.intend(E, RUN, "c1", "h", {"new": Intent("update", "a" * 64)}, ENDLESS)
    assert not store.concurrent_runs(E, RUN, ["new"]).possibly_changed  # it is this run's own record
    store.flush()
    assert store_of(BILLING).read(E).of("new").releases == record.releases
    assert store_of(CRM).read(E).workflows == {}
    assert store_of(BILLING).read(E).of("new").evals == record.evals


@pytest.mark.parametrize(
    ("project", "name"),
    [
        ("", "flowship/production"),
        ("crm", "flowship/crm/production"),
        ("teams/billing", "flowship/teams.billing/production"),
        ("Büro 1", "flowship/B-ro-1/production"),
        ("a" * 300, f"flowship/{'a' * github_logs.MAX_PROJECT_CHARS}/production"),
    ],
)
def test_environment_on_github_is_named_by_project(project: str, name: str) -> None:
    assert environment_on_github(project, E) == name


def test_projects_with_one_name_on_github_stay_apart_in_a_snapshot_too(deployments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "SNAPSHOT_AFTER", 3)
    slash, dot = StateOwner("a/b", "a/b/flowship.yml"), StateOwner("a.b", "a.b/flowship.yml")
    for number in range(4):
        for owner in (slash, dot):
            store = GithubStateStore(deployments, "c0ffee", owner)
            store.read(E)
            release(store, "triage", f"wf_{owner.project}_{number}")
    assert any("snapshot" in row.description for row in deployments.rows)
    for owner in (slash, dot):
        state = GithubStateStore(deployments, "c0ffee", owner).read(E)
        assert ((state.of("triage").live or live("")).target, state.manifest) == (f"wf_{owner.project}_3", owner.manifest)


def test_project_that_was_deployed_long_ago_is_found_by_what_later_runs_announced(deployments: Any) -> None:
    release(GithubStateStore(deployments, "c0ffee", CRM), "triage", "wf_1")
    for number in range(80):  # two deployments each, so that the first are on no page that is asked for
        store = GithubStateStore(deployments, "c0ffee", BILLING)
        store.read(E)
        store.read_all()
        release(store, "report", f"wf_b{number}")
    store, before = GithubStateStore(deployments, "c0ffee", BILLING), deployments.reads
    repository = store.read_all()
    assert targets(repository.states)["crm", E, CRM.manifest] == {"triage": "wf_1"}
    assert deployments.reads - before <= 1 + 2 * 2


def test_too_many_environments_are_said_and_not_read(deployments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github_logs, "MAX_ENVIRONMENTS", 1)
    for number in range(60):
        release(GithubStateStore(deployments, "c0ffee", StateOwner(f"p{number % 3}", "m")), "triage", "wf_1")
    repository = GithubStateStore(deployments, "c0ffee", CRM).read_all()
    assert (len(repository.states), "2 environments" in repository.notices[0]) == (1, True)


def test_what_cannot_be_read_is_a_notice_and_what_others_posted_does_not_count(deployments: Any) -> None:
    release(GithubStateStore(deployments, "c0ffee", CRM), "triage", "wf_1")
    row = deployments.rows[-1]
    deployments.rows = [row._replace(ours=False) for row in deployments.rows]
    assert GithubStateStore(deployments, "c0ffee", BILLING).read_all().states == ()
    deployments.rows = [row]
    deployments.refuse["newest"] = 502
    repository = GithubStateStore(deployments, "c0ffee", BILLING).read_all()
    assert (repository.states, len(repository.notices)) == ((), 1)


@pytest.mark.parametrize("field", ["project", "manifest"])
def test_event_of_an_odd_project_is_not_valid(field: str) -> None:
    event = events.owned(events.removed_event(E, RUN, "a"), CRM)
    assert is_valid(event)
    assert not is_valid({**event, field: 7})
    assert not is_valid({"kind": "environments", "environment": E, "names": [7]})
