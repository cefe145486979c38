"""What no run writes into the state is told from what one may have written."""

from typing import Any

import pytest

from deployer.state.base import DeployRecord, EvalRecord, Intent, WorkflowRecord
from deployer.state.event_limits import MAX_AHEAD_MS, MAX_NAMES, MAX_TEXT_CHARS, is_ahead, is_plausible, known_fields
from deployer.state.events import Event, environments_event, evals_event, intent_event, known_event, record_event

NOW = 1_800_000_000_000  # epoch milliseconds
YEAR_9999 = 253_402_300_799_000
TOMORROW = NOW + MAX_AHEAD_MS
SHA = "c0ffee" + "0" * 34


def record(**fields: Any) -> Event:
    return record_event("e", "r1", "w", None, DeployRecord(**{"fingerprint": "f" * 64, "commit": SHA, "target": "wf_1", "time": NOW, **fields}))


def intent(gives_up_at: int, run: str = "123.2-4f1c9a02-7be2c410") -> Event:
    return intent_event("e", run, SHA, "h", {"time": Intent("import", "f", "a")}, gives_up_at)


def evals(**fields: Any) -> Event:
    """As in a log: what writes it leaves out numbers that are no JSON."""
    event = evals_event("e", "r", "w", EvalRecord(fingerprint="f"))
    return {**event, "evals": {**event["evals"], **fields}}


KNOWN = known_event("e", "w", WorkflowRecord(open_intents=(Intent("import", "f", run="r", gives_up_at=TOMORROW),)))


@pytest.mark.parametrize(
    "event",
    [record(), record(time=TOMORROW), record(commit="", target="org/flow-1:2"), intent(TOMORROW), intent(0, "local-0123"), KNOWN,
     evals(rate=0.5, seconds=None, cost=1e-9), environments_event("e", "r", ["flowship/e"] * MAX_NAMES), record(version="v" * MAX_TEXT_CHARS)],
)  # fmt: skip
def test_what_a_run_writes_is_plausible(event: Event) -> None:
    assert is_plausible(event, NOW)
    assert not is_ahead(event, NOW)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(record(time=YEAR_9999), id="newer than all others for ever"),
        pytest.param(record(time=TOMORROW + 1), id="the day after tomorrow"),
        pytest.param(intent(10**16), id="never gives up"),
        pytest.param({**KNOWN, "releases": [{"fingerprint": "f", "time": YEAR_9999}]}, id="ahead in a snapshot"),
        pytest.param(
            {**KNOWN, "unfinished_intents": [{"action": "a", "fingerprint": "f", "gives_up_at": YEAR_9999}]}, id="never gives up in a snapshot"
        ),
    ],
)
def test_time_that_no_clock_can_show_yet_is_not_plausible(event: Event) -> None:
    assert not is_plausible(event, NOW)
    assert is_ahead(event, NOW)


@pytest.mark.parametrize(
    "event",
    [
        record(time=-1),
        intent(-1),
        record(version="v" * (MAX_TEXT_CHARS + 1)),
        record(commit="../../../user"),
        record(commit="c" * 65),
        record(target="wf_../../x"),
        record(target="wf_x?y"),
        record(target="wf_x#y"),
        record(target="wf x"),
        record(target="wf\x1b[2J"),
        intent(NOW, "../../../deployments?x=1"),
        intent(NOW, "1" * 101),
        {**record(), "workflow": "w" * 10**6},
        intent_event("e", "r", SHA, "h", {"w" * 10**6: Intent("import", "f")}),
        record(version="half \ud800"),
        record(host="nul \0"),
        evals(runs=2**60),
        {**evals(), "evals": {"fingerprint": "f", "rate": float("nan")}},
        {**evals(), "evals": {"fingerprint": "f", "seconds": float("inf")}},
        evals(cost=10**90),
        environments_event("e", "r", [f"flowship/{number}" for number in range(10**6)]),
        {**KNOWN, "rolled_back": ["f" * 10**6]},
    ],
)  # fmt: skip
def test_what_no_run_writes_is_not_plausible(event: Event) -> None:
    assert not is_plausible(event, NOW)


def test_fields_that_replay_does_not_read_are_not_kept() -> None:
    junk: Any = {"a": [{}, {}]}
    event = {**record(), "junk": junk, "live": {"fingerprint": "f", "junk": 1, "version": "1", "gate": junk}}
    assert known_fields(event) == {"kind": "record", "environment": "e", "run": "r1", "workflow": "w", "live": {"fingerprint": "f", "version": "1"}}
    assert known_fields({**KNOWN, "evals": [{"fingerprint": "f", "junk": junk}]}) == {**KNOWN, "evals": [{"fingerprint": "f"}]}
    assert known_fields(intent(7)) == intent(7)
    assert known_fields({"kind": "of tomorrow", "environment": "e", "junk": junk}) is None
