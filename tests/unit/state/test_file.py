"""The state in a file: records last, across instances, torn lines and newer formats."""

import json
import os
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deployer.model.errors import UsageError
from deployer.state.base import DeployRecord, Intent, WorkflowRecord
from deployer.state.file import FileStateStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".flowship" / "state.jsonl"


def record(version: str) -> DeployRecord:
    return DeployRecord(fingerprint="f" * 64, version=version, target="bot", host="https://h", commit="c0ffee", run="r", time=1)


def test_missing_file_is_an_empty_state_and_is_not_created(path: Path) -> None:
    assert FileStateStore(str(path)).read("production").workflows == {}
    assert not path.exists()


def test_later_record_wins_and_environments_are_apart(path: Path) -> None:
    store = FileStateStore(str(path))
    store.record("production", "r1", "triage", draft=record("1.0.0"))
    store.record("production", "r2", "triage", draft=record("1.0.1"), live=record("1.0.1"))
    store.record("staging", "r3", "triage", draft=record("9"))
    known = FileStateStore(str(path)).read("production").of("triage")
    assert known.draft == record("1.0.1")
    assert known.live == record("1.0.1")
    assert FileStateStore(str(path)).read("staging").of("triage").live is None


def test_intent_is_open_until_its_outcome_is_recorded(path: Path) -> None:
    store = FileStateStore(str(path))
    intended = {"a": Intent("import", "f" * 64, "01234567"), "b": Intent("create", "e" * 64, "Name")}
    store.intend("production", "r1", "c0ffee", "hash", intended)
    store.finish("production", "r1", "a", "done")
    state = store.read("production")
    assert state.of("a").open_intents == ()
    assert state.of("b").open_intents == (intended["b"],)


@pytest.mark.parametrize("cut", [1, 20])
def test_torn_last_line_is_dropped_with_a_notice_and_overwritten(path: Path, cut: int) -> None:
    store = FileStateStore(str(path))
    store.record("production", "r1", "a", draft=record("1.0.0"))
    store.record("production", "r1", "b", draft=record("1.0.0"))
    path.write_bytes(path.read_bytes()[:-cut])
    state = store.read("production")
    assert "cut off" in state.notices[0]
    assert (state.of("a").draft, state.of("b").draft) == (record("1.0.0"), None)
    store.record("production", "r2", "c", draft=record("2"))
    assert store.read("production").notices == ()
    assert store.read("production").of("c").draft == record("2")


def test_torn_first_line_is_an_empty_state(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"flowship-le')
    store = FileStateStore(str(path))
    store.record("production", "r1", "a", draft=record("1"))
    assert store.read("production").of("a").draft == record("1")


@pytest.mark.parametrize("first", ['{"flowship-state": 2}', "{}", "not json"])
def test_newer_or_foreign_format_is_refused_and_nothing_is_overwritten(path: Path, first: str) -> None:
    path.parent.mkdir()
    path.write_text(first + "\n")
    store = FileStateStore(str(path))
    with pytest.raises(UsageError, match="Nothing was overwritten"):
        store.read("production")
    with pytest.raises(UsageError, match="Nothing was overwritten"):
        store.record("production", "r", "a", draft=record("1"))
    assert path.read_text() == first + "\n"


def test_newer_format_is_named_whatever_its_events_look_like(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"flowship-state": 2}\n[1]\nnot even JSON\n')
    with pytest.raises(UsageError, match="its format is 2, and this version reads 1") as refused:
        FileStateStore(str(path)).read("production")
    assert "Use the version of Flowship that wrote it" in refused.value.fix


def test_line_too_deep_to_parse_is_damage(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"flowship-state": 1}\n' + "[" * 200_000 + "\n")
    with pytest.raises(UsageError, match="line 2 is not JSON"):
        FileStateStore(str(path)).read("production")


def test_damage_in_the_middle_is_refused(path: Path) -> None:
    store = FileStateStore(str(path))
    store.record("production", "r1", "a", draft=record("1.0.0"))
    path.write_text(path.read_text() + "garbage\n" + json.dumps({"kind": "x"}) + "\n")
    with pytest.raises(UsageError, match="line 3 is not JSON"):
        store.read("production")


def still_open(path: Path) -> list[str]:
    return [name for name, workflow in FileStateStore(str(path)).read("production").workflows.items() if workflow.open_intents]


def test_lines_of_many_threads_are_all_written(path: Path) -> None:
    store = FileStateStore(str(path))
    names = [f"w{number}" for number in range(200)]
    store.intend("production", "run 1", "c" * 40, "", {name: Intent("import", "f" * 64, "11111111") for name in names})
    assert len(still_open(path)) == len(names)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: store.finish("production", "run 1", name, "done"), names))
    assert not still_open(path)
    assert len(path.read_text().splitlines()) == 2 + len(names)


def test_every_thread_gets_the_error_when_nothing_can_be_written(path: Path) -> None:
    path.mkdir(parents=True)
    store = FileStateStore(str(path))
    with ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(store.finish, "production", "run 1", str(number), "done") for number in range(40)]
    assert all(isinstance(write.exception(), UsageError) for write in writes)


def test_line_that_is_no_valid_event_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"flowship-state": 1}\n' + json.dumps({"kind": "record", "environment": "production", "run": "r"}) + "\n")
    with pytest.raises(UsageError, match="line 2 is not a record"):
        FileStateStore(str(path)).read("production")


def test_first_read_is_kept_while_this_run_has_unfinished_intents(path: Path) -> None:
    """A run that plans anew reads again: what others wrote since its first read is still a possible change."""
    own, other = FileStateStore(str(path)), FileStateStore(str(path))
    own.read("production")
    own.intend("production", "r1", "a", "hash", {"triage": Intent("import", "f" * 64)}, 10**14)
    other.record("production", "r2", "triage", draft=record("1"))
    own.read("production")
    assert own.concurrent_runs("production", "r1", ["triage"]).possibly_changed == {"triage"}
    own.finish("production", "r1", "triage", "done")
    own.read("production")
    assert own.concurrent_runs("production", "r1", ["triage"]).possibly_changed == frozenset()


@pytest.mark.parametrize("fields", [{"draft": {"fingerprint": "f", "time": 253_402_300_799_000}}, {"kind": "intent", "gives_up_at": 10**16}])
def test_line_with_a_time_in_the_future_does_not_count_and_is_said(path: Path, fields: dict[str, object]) -> None:
    store = FileStateStore(str(path))
    store.record("production", "r1", "a", draft=record("1"))
    ahead = {"kind": "record", "environment": "production", "run": "r2", "workflow": "a", "commit": "c", "workflows": {}, **fields}
    path.write_text(path.read_text() + json.dumps(ahead) + "\n")
    store = FileStateStore(str(path))
    store.record("production", "r3", "b", draft=record("2"))
    state = store.read("production")
    assert (state.of("a").draft, state.of("b").draft) == (record("1"), record("2"))
    assert state.notices == (f"1 record of {path} did not count, the first on line 3: they hold a time in the future.",)


@pytest.mark.parametrize("line", ["NaN", '{"a": NaN}', '{"up_to": 1e999}', "9" * 5000, "[" * 100_000, '{"kind": 1, "kind": 2}'])
def test_line_of_json_that_only_some_readers_take_is_a_clear_error(path: Path, line: str) -> None:
    FileStateStore(str(path)).record("production", "r1", "a", draft=record("1"))
    before = path.read_text() + line + "\n"
    path.write_text(before)
    with pytest.raises(UsageError, match=r"line 3 is not JSON\. Nothing was overwritten"):
        FileStateStore(str(path)).read("production")
    assert path.read_text() == before


def test_link_is_not_followed_counts_as_empty_and_is_replaced(path: Path, tmp_path: Path) -> None:
    other = FileStateStore(str(tmp_path / "other/state.jsonl"))
    other.record("production", "r1", "triage", draft=record("1"))
    before = (tmp_path / "other/state.jsonl").read_bytes()
    path.parent.mkdir()
    for target in ("../other/state.jsonl", "nowhere"):
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        store = FileStateStore(str(path), root=str(tmp_path))
        state = store.read("production")
        assert (state.workflows, "is a symbolic link, which is not followed" in state.notices[0]) == ({}, True)
        store.record("production", "r2", "triage", draft=record("2"))
        assert (path.is_symlink(), store.read("production").of("triage").draft) == (False, record("2"))
    assert ((tmp_path / "other/state.jsonl").read_bytes(), (path.parent / "nowhere").exists()) == (before, False)


@pytest.mark.parametrize("kind", ["pipe", "link to a device", "link to a pipe", "linked folder", "folder"])
def test_state_that_is_no_file_is_refused_at_once_and_stays(path: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "outside").mkdir()
    if kind == "linked folder":
        path.parent.symlink_to("outside")
    else:
        path.parent.mkdir()
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "link to a device":
            path.symlink_to("/dev/zero")
        case "link to a pipe":
            os.mkfifo(tmp_path / "pipe")
            path.symlink_to("../pipe")
        case "folder":
            path.mkdir()
    store = FileStateStore(str(path), root=str(tmp_path))
    for use in (lambda: store.read("production"), store.read_all):
        with pytest.raises(UsageError) as refused:
            use()
        assert str(path) in refused.value.message
        assert refused.value.fix
    assert os.listdir(tmp_path / "outside") == []


def test_state_that_is_too_large_is_refused_before_it_is_read(path: Path) -> None:
    path.parent.mkdir()
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(UsageError, match="has 1,099,511,627,776 bytes, and the limit is"):
        FileStateStore(str(path)).read("production")
    assert path.stat().st_size == 2**40


def test_state_is_read_line_by_line(path: Path) -> None:
    """All events of a file at once take eight times its memory."""
    store = FileStateStore(str(path))
    store.record("production", "r1", "triage", draft=record("1"), live=record("1"))
    head, line = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(head + line * 5_000)
    tracemalloc.start()
    try:
        states = store.read("production").of("other"), store.read_all().states[0].state.of("triage").draft
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert states == (WorkflowRecord(), record("1"))
    assert peak < 4 * path.stat().st_size
