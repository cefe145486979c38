"""Which slot each request gets: every slot is read once, and none is leased twice in a run."""

from collections.abc import Sequence

import pytest
from observations import listed
from run_contexts import run_context

from deployer.model import lease, marker
from deployer.model.change import AcquireSlot, Fail, Unchanged
from deployer.model.errors import FlowshipError
from deployer.model.observation import Observed, Version, failed
from deployer.model.workflow import Source, Workflow
from deployer.platforms.connections import Connections
from deployer.platforms.draft_and_publish.slots import OURS
from deployer.platforms.listing import Listing
from deployer.platforms.previews import PreviewDecision, PreviewRequest
from deployer.previews import decide as decisions
from deployer.previews.targets import policy_for

Decisions = dict[str, PreviewDecision]


def request(name: str, *keys: str, platform: str = "gptbots", endpoint: str = "") -> PreviewRequest:
    source = Source("a", platform, "workflow", b"", {"name": name, "steps": []})
    holder = lease.holder(12, "acme/flows", "flowship.yml", name)
    return PreviewRequest(Workflow(name, source, keys[0], endpoint), name, keys, source, holder)


def decide(
    monkeypatch: pytest.MonkeyPatch, requests: Sequence[PreviewRequest], seconds: float = 600.0, **slots: Observed
) -> dict[str, PreviewDecision]:
    """`slots`: by key, what is observed; a free slot by default."""
    reads: list[tuple[str, str]] = []

    class SlotReader:
        def __init__(self, *_: object) -> None: ...

        def one(self, workflow: Workflow) -> Observed:
            reads.append((workflow.key, workflow.endpoint))
            return slots.get(workflow.key, Observed(id=f"target of {workflow.key}"))

    monkeypatch.setattr(decisions, "Observer", SlotReader)
    context = run_context(seconds=seconds)
    connections = Connections(context.settings, lambda _: None, context.clock, context.redactor)
    result = decisions.decide(context, connections, requests, policy_for(context, "preview #12"))
    assert len(reads) == len(set(reads))
    return result


def leased(decision: PreviewDecision) -> list[str]:
    return [change.workflow.key for change in decision.changes if isinstance(change, AcquireSlot)]


def test_no_two_requests_get_the_same_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    result = decide(monkeypatch, [request("a", "P1", "P2"), request("b", "P1", "P2"), request("c", "P1", "P2")])
    assert [leased(result[name]) for name in "abc"] == [["P1"], ["P2"], []]
    assert result["c"].exhausted
    assert result["c"].exhausted.why == OURS


def test_slot_that_a_request_holds_already_is_kept_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    first = request("a", "P1", "P2")
    claim = marker.describe("m", "c0ffee1", marker.new(first.workflow.fingerprint), str(first.holder))
    result = decide(monkeypatch, [first, request("b", "P2", "P1")], P2=listed((Version("1", claim, True, "t"),), "t"))
    assert isinstance(result["a"].changes[0], Unchanged)
    assert (result["a"].changes[0].workflow.key, leased(result["b"])) == ("P2", ["P1"])


def test_same_key_in_another_data_centre_is_another_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    result = decide(monkeypatch, [request("a", "P1", endpoint="sg"), request("b", "P1", endpoint="th")])
    assert [leased(result[name]) for name in "ab"] == [["P1"], ["P1"]]


def test_slot_that_cannot_be_read_fails_its_request_only(monkeypatch: pytest.MonkeyPatch) -> None:
    result = decide(monkeypatch, [request("a", "P1"), request("b", "P2")], P1=failed("401", "The key is not valid.", ""))
    assert isinstance(result["a"].changes[0], Fail)
    assert leased(result["b"]) == ["P2"]


def test_out_of_time_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    result = decide(monkeypatch, [request("a", "P1"), request("b", "COPIES", platform="meingpt")], seconds=0.0)
    assert all(isinstance(result[name].changes[0], Fail) for name in "ab")


def test_copies_that_cannot_be_listed_fail_with_the_platforms_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise FlowshipError("Not allowed.", fix="Ask for a key that may list.", code="403")

    monkeypatch.setattr(Listing, "all", refuse)
    (change,) = decide(monkeypatch, [request("b", "COPIES", platform="meingpt")])["b"].changes
    assert isinstance(change, Fail)
    assert change.preview
    assert ("Not allowed" in change.message, change.preview.pull_request) == (True, 12)


def test_slot_addresses_of_a_pool_and_of_copies() -> None:
    assert decisions.slot_addresses(request("a", "P1", "P2", endpoint="sg")) == {("P1", "sg"), ("P2", "sg")}
    assert decisions.slot_addresses(request("b", "COPIES", platform="meingpt")) == set()
