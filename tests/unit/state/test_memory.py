"""The state in memory: as any other, but not durable."""

from deployer.state.base import DeployRecord, EvalRecord, Intent
from deployer.state.memory import MemoryStateStore

RECORD = DeployRecord(fingerprint="f" * 64, version="1")


def test_records_are_kept_by_environment_and_not_durable() -> None:
    store = MemoryStateStore()
    store.intend("production", "r1", "c", "hash", {"a": Intent("import", "f" * 64, evaluate=True)})
    store.record("production", "r1", "a", draft=RECORD, live=RECORD)
    assert store.read("production").of("a").awaiting_evals == RECORD
    store.record_evals("production", "r1", "a", EvalRecord(fingerprint="f" * 64))
    store.finish("production", "r1", "a", "done")
    state = store.read("production").of("a")
    assert (state.draft, state.live, state.open_intents, state.awaiting_evals) == (RECORD, RECORD, (), None)
    assert store.read("staging").workflows == {}
    assert (store.is_durable, store.flush(), MemoryStateStore().read("production").workflows) == (False, (), {})


def test_removed_workflow_is_gone() -> None:
    store = MemoryStateStore()
    store.record("production", "r1", "a", draft=RECORD)
    store.remove("production", "r2", "a")
    assert store.read("production").workflows == {}
