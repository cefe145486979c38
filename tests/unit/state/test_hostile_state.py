"""A state on GitHub that others posted into: bounded work, what does not count is said, later records count, the next run leaves it behind."""

import base64
import json
import secrets
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deployer.model.errors import PlatformError
from deployer.state import github, github_log, github_logs, github_payload, github_snapshot, replay
from deployer.state.base import DeployRecord, EvalRecord, Intent, StateOwner, WorkflowRecord
from deployer.state.events import evals_event, intent_event, known_event, outcome_event, record_event
from deployer.state.github import GithubStateStore

E, HOME = "production", "flowship/production"
CREATED = "2026-01-02T10:20:30Z"
NEVER = 253_402_300_799_000
FIRST = DeployRecord(fingerprint="1" * 64, version="1", target="wf_1", host="https://h", commit="c0ffee", run="r", time=1)
EVIL = replace(FIRST, target="wf_evil", fingerprint="6" * 64)


class Now:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def store(deployments: Any) -> Callable[..., GithubStateStore]:
    """Makes the store of a new run."""
    return lambda **options: GithubStateStore(deployments, "c0ffee", **{"now": Now(), **options})


def ship(store: GithubStateStore, version: str) -> tuple[str, ...]:
    """A whole run, with the notices of its read."""
    notices = store.read(E).notices
    store.intend(E, f"r{version}", "c0ffee", "hash", {"w": Intent("update", version * 64)})
    store.record(E, f"r{version}", "w", live=replace(FIRST, version=version, fingerprint=version * 64))
    store.finish(E, f"r{version}", "w", "done")
    assert store.flush() == ()
    return notices


def batch(*content: Any, **fields: Any) -> dict[str, Any]:
    return {"flowship": 1, "batch": secrets.token_hex(8), "part": 1, "of": 1, "events": list(content), **fields}


def packed(text: bytes, **fields: Any) -> dict[str, Any]:
    payload = batch(**fields)
    del payload["events"]
    return {**payload, "packed": base64.b64encode(zlib.compress(text, 9)).decode()}


def live(**fields: Any) -> Any:
    return record_event(E, "666.1", "w", None, replace(EVIL, **fields))


def intent(**fields: Any) -> Any:
    return {**intent_event(E, "666.1", "c0ffee", "h", {"w": Intent("update", "f")}), **fields}


SNAPSHOT = {"kind": "snapshot", "environment": E}
UNREADABLE = "cut off, or not readable"
TOO_LARGE = "larger than any that Flowship writes"
IMPOSSIBLE = "they hold a time in the future, or a number, name or list that no run writes"
TOO_NEW = "they say that they hold what was recorded after them"
POISONS: dict[str, tuple[str, Callable[[], Any]]] = {
    "a billion parts": (TOO_LARGE, lambda: batch(of=10**9, packed="x", part=7)),
    "a bomb of one text": (TOO_LARGE, lambda: packed(b" " * (60 << 20))),
    "a bomb of small events": (TOO_LARGE, lambda: packed(b"[" + b'{"kind":"x","environment":"e","a":[{},{},{},{}]},' * 500_000 + b"0]")),
    "nothing but brackets": (UNREADABLE, lambda: packed(b"[" + secrets.token_hex(10_000).encode().replace(b"0", b"[").replace(b"1", b"{"))),
    "a snapshot from the future": (TOO_NEW, lambda: batch({**SNAPSHOT, "up_to": 10**15})),
    "a snapshot from the future that knows": (
        TOO_NEW,
        lambda: batch({**SNAPSHOT, "up_to": 10**15}, known_event(E, "w", WorkflowRecord(live=EVIL, releases=(EVIL,)))),
    ),
    "a snapshot up to less than nothing": (TOO_NEW, lambda: batch({**SNAPSHOT, "up_to": -5})),
    "a snapshot up to true": (UNREADABLE, lambda: batch({**SNAPSHOT, "up_to": True})),
    "a snapshot up to a number without end": (UNREADABLE, lambda: packed(b'[{"kind":"snapshot","environment":"production","up_to":1e999}]')),
    "deep JSON": (UNREADABLE, lambda: batch(json.loads("[" * 500 + "]" * 500))),
    "deep packed JSON": (UNREADABLE, lambda: packed(b"[" * 50_000)),
    "NaN": (UNREADABLE, lambda: batch({**evals_event(E, "r", "w", EvalRecord(fingerprint="f")), "evals": {"fingerprint": "f", "rate": "NaN"}})),
    "packed NaN": (
        UNREADABLE,
        lambda: packed(b'[{"kind":"evals","environment":"production","run":"r","workflow":"w","evals":{"fingerprint":"f","rate":NaN}}]'),
    ),
    "an integer of 5,000 digits": (UNREADABLE, lambda: packed(b'[{"kind":"snapshot","environment":"e","up_to":' + b"9" * 5000 + b"}]")),
    "wrong types": (UNREADABLE, lambda: batch({"kind": "record", "environment": E, "run": "r", "workflow": "w", "live": {"fingerprint": []}})),
    "no events": (UNREADABLE, lambda: batch(None, 7, "x", [])),
    "a name of 1 MB": (TOO_LARGE, lambda: batch({**live(), "workflow": "w" * 10**6})),
    "a packed name of 1 MB": (TOO_LARGE, lambda: packed(json.dumps([{**live(), "workflow": "w" * 10**6}]).encode())),
    "a name of 10 KB": (IMPOSSIBLE, lambda: batch({**live(), "workflow": "w" * 10_000})),
    "a record of the year 9999": (IMPOSSIBLE, lambda: batch(live(time=NEVER))),
    "an intent that never gives up": (IMPOSSIBLE, lambda: batch(intent(gives_up_at=10**16))),
    "an intent of a run with a path for a name": (IMPOSSIBLE, lambda: batch(intent(run="../../../deployments?x=1"))),
    "a commit that is a path": (IMPOSSIBLE, lambda: batch(live(commit="../../../user"))),
    "a target that is a path": (IMPOSSIBLE, lambda: batch(live(target="wf_../../x?y#z"))),
    "a hundred thousand environments": (
        TOO_LARGE,
        lambda: batch({"kind": "environments", "environment": E, "run": "r", "names": [f"flowship/{number}" for number in range(10**5)]}),
    ),
    "a thousand environments": (
        IMPOSSIBLE,
        lambda: batch({"kind": "environments", "environment": E, "run": "r", "names": [f"flowship/{number}" for number in range(1000)]}),
    ),
    "a newer format of no shape": (UNREADABLE, lambda: {"flowship": 2}),
    "text": (UNREADABLE, lambda: "{" * 100_000),
    "nothing": (UNREADABLE, lambda: None),
}


@pytest.mark.parametrize("poison", POISONS)
def test_what_cannot_be_right_is_ignored_and_said_and_left_behind(store: Any, deployments: Any, poison: str) -> None:
    reason, payload = POISONS[poison]
    ship(store(), "1")
    deployments.add(HOME, payload(), created=CREATED)
    bad = deployments.rows[-1].id
    reader = store()
    assert reader.read(E).of("w").live == FIRST
    (notice,) = ship(reader, "2")
    assert notice == (
        f"1 record among the deployments of `{HOME}` did not count: {reason}. The oldest is deployment {bad}, made 2026-01-02 10:20 UTC."
    )
    assert "snapshot of" in deployments.rows[-1].description
    last = store()
    assert (last.read(E).of("w").releases[-1].version, last.read(E).notices) == ("2", ())
    assert ship(last, "3") == ()


def test_run_that_writes_nothing_leaves_a_poison_where_it_is(store: Any, deployments: Any) -> None:
    ship(store(), "1")
    deployments.add(HOME, None)
    reader = store()
    reader.read(E)
    reader.flush()
    assert not any("snapshot of" in row.description for row in deployments.rows)


@pytest.mark.parametrize(("number", "ours"), [(1000, False), (10_000, False), (1200, True)])
def test_flood_on_top_of_the_state_is_read_through_once(store: Any, deployments: Any, number: int, ours: bool) -> None:
    ship(store(), "1")
    for index in range(number):
        deployments.add(HOME, batch(outcome_event(E, f"x{index}.1", "other", "done")), ours=ours, created=CREATED)
    reader = store()
    assert reader.read(E).of("w").live == FIRST
    notices = ship(reader, "2")
    assert [notice.split(" among")[0] for notice in notices] == ([] if ours else [f"{number} records"])
    before = deployments.reads
    assert ship(store(), "3") == ()
    assert deployments.reads - before <= 3
    assert [release.version for release in store().read(E).of("w").releases] == ["1", "2", "3"]


def test_flood_beyond_what_is_read_is_a_notice_and_left_behind(store: Any, deployments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "MAX_PAGES", 12)
    ship(store(), "1")
    for _ in range(1500):
        deployments.add(HOME, None, ours=False)
    assert "Only the newest 1,200 among" in ship(store(), "2")[0]
    before = deployments.reads
    assert ship(store(), "3") == ()
    assert deployments.reads - before <= 3
    assert [release.version for release in store().read(E).of("w").releases] == ["2", "3"]


@pytest.mark.parametrize("slow", [True, False])
def test_reading_ends_in_time(store: Any, deployments: Any, slow: bool) -> None:
    for _ in range(1500):
        deployments.add(HOME, None, ours=False)
    now = Now()
    newest = deployments.newest

    def newest_in_ten_seconds(*page: Any) -> Any:
        now.seconds += 10.0 if slow else 0.0
        return newest(*page)

    deployments.newest = newest_in_ten_seconds
    (notice, _) = store(now=now, in_time=lambda: slow).read(E).notices
    assert (deployments.reads, "Only the newest 1,000 among" in notice) == (github_logs.MAX_SURE_PAGES, True)


class OddDeployments:
    """Deployments of which some make every reply that holds them unreadable."""

    def __init__(self, deployments: Any, code: str = "ODD_REPLY") -> None:
        self._newest = deployments.newest
        self.odd: set[int] = set()
        self._code = code
        deployments.newest = self.newest

    def newest(self, environment: str, number: int, size: int = 100) -> Any:
        page = self._newest(environment, number, size)
        if any(row.id in self.odd for row in page.rows):
            raise PlatformError("github", "odd", code=self._code)
        return page


@pytest.mark.parametrize("code", ["ODD_REPLY", "REPLY_TOO_LARGE"])
@pytest.mark.parametrize("below", [0, 1, 9, 10, 98, 150, 320])
def test_reply_that_one_deployment_makes_unreadable_is_read_around_it(store: Any, deployments: Any, code: str, below: int) -> None:
    ship(store(), "1")
    odd = OddDeployments(deployments, code)
    deployments.add(HOME, None)
    odd.odd.add(deployments.rows[-1].id)
    for _ in range(below):
        deployments.add(HOME, None, ours=False)
    before = deployments.reads
    reader = store()
    state = reader.read(E)
    assert state.of("w").live == FIRST
    assert any(UNREADABLE in notice and "1 record among" in notice for notice in state.notices)
    assert deployments.reads - before <= 40
    ship(reader, "2")
    ship(store(), "3")
    assert store().read(E).notices == ()
    assert [release.version for release in store().read(E).of("w").releases] == ["1", "2", "3"]


@pytest.mark.parametrize("above", [0, 3])
def test_more_unreadable_deployments_than_are_looked_for_end_the_read(store: Any, deployments: Any, above: int) -> None:
    odd = OddDeployments(deployments)
    ship(store(), "1")
    for _ in range(200):
        deployments.add(HOME, None)
        odd.odd.add(deployments.rows[-1].id)
    for _ in range(above):
        deployments.add(HOME, None, ours=False)
    before = deployments.reads
    notices = ship(store(), "2")
    assert notices[0].startswith("Only the newest" if above else "The state on GitHub cannot be read")
    assert deployments.reads - before <= 100
    ship(store(), "3")
    ship(store(), "4")
    assert store().read(E).notices == ()
    assert [release.version for release in store().read(E).of("w").releases][-2:] == ["3", "4"]


def test_outage_is_not_taken_for_a_poison(store: Any, deployments: Any) -> None:
    deployments.refuse = {"newest": 502}
    assert "cannot be read" in store().read(E).notices[0]
    assert deployments.reads == 1


def test_what_is_too_much_in_all_is_left_out_and_the_newest_counts(store: Any, deployments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github_log, "MAX_ITEMS", 20)
    ship(store(), "1")
    intents = {f"w{number}": Intent("import", "f") for number in range(15)}
    for _ in range(3):
        deployments.add(HOME, batch(intent_event(E, "x", "c", "h", intents)))
    (notice,) = ship(store(), "2")
    assert f"2 records among the deployments of `{HOME}` did not count: {TOO_LARGE}" in notice
    assert store().read(E).of("w").releases[-1].version == "2"


def test_parts_that_wait_for_others_are_bounded(store: Any, deployments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github_log, "MAX_PENDING_CHARS", 1000)
    ship(store(), "1")
    for _ in range(5):
        deployments.add(HOME, {**batch(), "of": 2, "packed": "A" * 400})
    reader = store()
    state = reader.read(E)
    assert (state.of("w").live, len(state.notices)) == (FIRST, 2)
    assert any(f"3 records among the deployments of `{HOME}` did not count: {TOO_LARGE}" in notice for notice in state.notices)


def test_announced_environments_that_are_none_push_none_out(store: Any, deployments: Any) -> None:
    """Of the announced ones the newest announcement comes first, and this run's own says which there are."""
    owner = StateOwner("zoo")
    ship(store(owner=owner), "1")
    for _ in range(100):
        deployments.add("elsewhere", None)
    other = store(owner=owner)
    other.read(E)
    ship(store(), "1")
    deployments.add(HOME, batch({"kind": "environments", "environment": E, "run": "r", "names": ["flowship/zoo/production"]}))
    for start in range(0, 500, 100):
        names = [f"flowship/a{number}" for number in range(start, start + 20)]
        deployments.rows.insert(0, deployments.rows[0]._replace(id=1 + start // 100, environment=HOME, payload=batch(
            {"kind": "environments", "environment": E, "run": "r", "names": names})))  # fmt: skip
    for _ in range(150):
        deployments.add(HOME, None, ours=False)
    reader = store()
    reader.read(E)
    before = deployments.reads
    states = reader.read_all()
    assert {state.project for state in states.states} == {"", "zoo"}
    assert deployments.reads - before <= github_logs.MAX_ENVIRONMENTS + 1
    assert "environments of this repository were not read: their targets are not compared" in states.notices[0]


def test_state_of_another_project_under_a_flood_is_said_not_to_be_compared(store: Any, deployments: Any) -> None:
    other = StateOwner("zoo")
    ship(store(owner=other), "1")
    for _ in range(1000):
        deployments.add("flowship/zoo/production", None, ours=False)
    ship(store(), "1")
    deployments.add(HOME, batch({"kind": "environments", "environment": E, "run": "r", "names": ["flowship/zoo/production"]}))
    reader = store()
    reader.read(E)
    (notice,) = reader.read_all().notices
    assert notice == (
        "The states of 1 environment of this repository were not read as far as they go back (flowship/zoo/production): "
        "their targets are not compared."
    )


def test_so_many_runs_are_asked_for_and_no_more(store: Any, deployments: Any) -> None:
    far = 4_000_000_000_000
    now = github._now()
    for number in range(100):
        deployments.add(
            HOME, batch(intent(run=f"{number}.1", gives_up_at=now + 3_600_000, workflows={f"w{number}": {"action": "a", "fingerprint": "f"}}))
        )
    asked: set[str] = set()

    def is_over(run: str) -> bool:
        asked.add(run)
        return False

    reader = store(is_over=is_over)
    reader.read(E)
    reader.intend(E, "own.1", "c0ffee", "h", {"w": Intent("update", "f")}, far)
    for _ in range(3):
        reader.concurrent_runs(E, "own.1", [f"w{number}" for number in range(100)])
    assert len(asked) == github.MAX_ASKED


def test_unfinished_intents_and_rolled_back_fingerprints_of_one_workflow_are_bounded() -> None:
    intents = [intent_event(E, f"x{number}.1", "c", f"hash {number}", {"w": Intent("update", "f")}, 1) for number in range(500)]
    records = [record_event(E, f"y{number}.1", "w", replace(FIRST, time=0), None) for number in range(10)]
    evals = [evals_event(E, "r", "w", EvalRecord(fingerprint=f"{number:064x}", passed=False, gate=True)) for number in range(500)]
    state = replay.replay([*intents, *evals], E)
    assert [found.run for found in state.of("w").open_intents] == [f"x{number}.1" for number in range(470, 500)]
    assert f"{499:064x}" in state.of("w").rolled_back_fingerprints
    assert len(state.of("w").rolled_back_fingerprints) == replay.MAX_ROLLED_BACK
    assert sum(len(intents) for intents in state.plans.values()) == replay.MAX_INTENTS
    assert len(replay.replay([*intents, *records, *intents], E).of("w").unfinished_intents) == replay.MAX_INTENTS


def test_workflows_that_were_only_intended_do_not_push_out_recorded_ones(store: Any, deployments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github_snapshot, "MAX_WORKFLOWS", 20)
    ship(store(), "1")
    deployments.add(HOME, batch(intent_event(E, "x", "c", "h", {f"a{number}": Intent("import", "f") for number in range(50)})))
    deployments.add(HOME, None)
    ship(store(), "2")
    state = store().read(E)
    assert (len(state.workflows), [release.version for release in state.of("w").releases]) == (20, ["1", "2"])


def test_snapshot_that_no_reader_would_take_is_not_posted(store: Any, deployments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github_payload, "MAX_UNPACKED_BYTES", 2000)
    ship(store(), "1")
    deployments.add(HOME, batch(intent_event(E, "x", "c", "h", {f"a{number}": Intent("import", "f") for number in range(50)})))
    deployments.add(HOME, None)
    ship(store(), "2")
    assert not any("snapshot of" in row.description for row in deployments.rows)


def test_what_a_snapshot_holds_is_not_unpacked_again(store: Any, deployments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ship(store(), "1")
    for _ in range(30):
        deployments.add(HOME, packed(b" " * (60 << 20)))
    ship(store(), "2")
    ship(store(), "3")
    monkeypatch.setattr(zlib, "decompressobj", None)
    assert store().read(E).of("w").releases[-1].version == "3"


def test_many_unreachable_commits_are_one_notice_more(store: Any) -> None:
    for number in range(9):
        running = store()
        running.record(E, "r", f"w{number}", live=replace(FIRST, commit=f"{number}" * 40))
        running.flush()
    notices = store(reached=lambda _: False).read(E).notices
    assert len(notices) == 6
    assert notices[-1] == "4 records of the state did not count: no branch or tag reaches their 4 commits."


def test_other_projects_are_looked_for_in_few_requests_where_pages_cannot_be_read(store: Any, deployments: Any) -> None:
    ship(store(owner=StateOwner("zoo")), "1")
    ship(store(), "1")
    deployments.add(HOME, batch({"kind": "environments", "environment": E, "run": "r", "names": ["flowship/zoo/production"]}))
    odd = OddDeployments(deployments)
    for number in range(50):
        deployments.add("elsewhere", None)
        if number % 2:
            odd.odd.add(deployments.rows[-1].id)
    reader = store()
    reader.read(E)
    before = deployments.reads
    assert {state.project for state in reader.read_all().states} == {"", "zoo"}
    assert deployments.reads - before <= 2 * github_logs.MAX_SMALL_PAGES + 2
