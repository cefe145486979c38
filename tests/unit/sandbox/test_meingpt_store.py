"""meinGPT in the store: updates, deletions, what credits pay for, seeds that do not come back."""

from pathlib import Path

import pytest

from deployer.sandbox.meingpt_store import MeingptStore, iso_time
from deployer.sandbox.run_scripts import ScriptedAnswer
from deployer.sandbox.store import SandboxStore
from deployer.sandbox.targets_file import Organisation


def test_updates_within_a_millisecond_differ_in_time(store: SandboxStore) -> None:
    workflows = MeingptStore(store)
    row = workflows.create(Organisation("acme"), {"name": "a"})
    times = [row.updated]
    for number in range(5):
        row = workflows.find("acme", row.id) or row
        workflows.update(row, {"description": str(number)}, row.status)
        times.append((workflows.find("acme", row.id) or row).updated)
    assert sorted(set(times)) == times


def test_update_merges_fields(store: SandboxStore) -> None:
    workflows = MeingptStore(store)
    row = workflows.create(Organisation("acme"), {"name": "a", "steps": []})
    workflows.update(row, {"name": "b"}, "paused")
    updated = workflows.find("acme", row.id)
    assert updated
    assert (updated.definition, updated.status) == ({"name": "b", "steps": []}, "paused")


def test_workflow_is_found_in_its_organisation_and_by_its_webhook(store: SandboxStore) -> None:
    workflows = MeingptStore(store)
    row = workflows.create(Organisation("acme"), {"name": "a"})
    assert (workflows.find("acme", row.id), workflows.find("other", row.id)) == (row, None)
    assert (workflows.find_by_webhook(row.hook), workflows.find_by_webhook("wh_none")) == (row, None)


def test_deleting_a_workflow_deletes_its_executions(store: SandboxStore) -> None:
    workflows = MeingptStore(store)
    row = workflows.create(Organisation("acme"), {"name": "a"})
    run = workflows.add_execution(row, {"x": 1}, ScriptedAnswer())
    assert workflows.find_execution("acme", row.id, run.id) == run
    workflows.delete(row.id)
    assert (workflows.find("acme", row.id), workflows.find_execution("acme", row.id, run.id)) == (None, None)


def test_declared_executions_cost_no_credits(store: SandboxStore) -> None:
    workflows = MeingptStore(store)
    record = {"execution_id": "exec_1", "workflow_id": "wf_1", "status": "completed"}
    declared = {"id": "wf_1", "name": "A", "execution_count": 245}
    workflows.ensure_organisation(Organisation("acme", workflows=(declared,), run_records=(record,)))
    row = workflows.find("acme", "wf_1")
    assert row
    assert (workflows.count_charged_executions("acme"), row.executions) == (0, 245)
    workflows.add_execution(row, {}, ScriptedAnswer())
    (updated,) = workflows.workflows("acme")
    assert (workflows.count_charged_executions("acme"), updated.executions) == (1, 246)


def test_deleted_workflow_does_not_come_back(tmp_path: Path) -> None:
    organisation = Organisation("acme", workflows=({"id": "wf_1", "name": "A"},))
    first = SandboxStore(tmp_path / "sandbox.db")
    MeingptStore(first).ensure_organisation(organisation)
    MeingptStore(first).delete("wf_1")
    first.close()
    second = SandboxStore(tmp_path / "sandbox.db")
    MeingptStore(second).ensure_organisation(organisation)
    assert MeingptStore(second).workflows("acme") == []
    second.close()


@pytest.mark.parametrize(("epoch_ms", "text"), [(1705312800000, "2024-01-15T10:00:00Z"), (1705312800120, "2024-01-15T10:00:00.120Z")])
def test_times(epoch_ms: int, text: str) -> None:
    assert iso_time(epoch_ms) == text
