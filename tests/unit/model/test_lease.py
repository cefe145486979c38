"""Leases of preview slots: however claims, reads and frees of several pull requests interleave, a slot never has two holders."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.model import lease, marker
from deployer.model.lease import ANYBODY, LeaseHolder, LeaseMark
from deployer.model.observation import Version

FINGERPRINT = "ab" * 32
COMMIT = "c0ffee1" + "0" * 33
ONE, TWO = LeaseHolder(11, "a" * 16), LeaseHolder(12, "b" * 16)


def described(note: str, message: str = "m", commit: str = COMMIT) -> str:
    return marker.describe(message, commit, marker.new(FINGERPRINT), note)


def versions(*notes: str) -> tuple[Version, ...]:
    """Imported in this order; given newest first, as the platform lists them."""
    return tuple(Version(str(number), described(note)) for number, note in enumerate(notes, 1))[::-1]


@pytest.mark.parametrize("commit", ["", COMMIT])
@given(message=st.text(max_size=300))
def test_lease_is_read_back_behind_any_message(message: str, commit: str) -> None:
    assert lease.read(described(str(ONE), message, commit)) == LeaseMark(ONE, free=False)
    assert lease.read(described(ONE.free, message, commit)) == LeaseMark(ONE, free=True)
    assert lease.read(described("pr:free", message, commit)) == LeaseMark(ANYBODY, free=True)
    assert marker.read(described(str(ONE), message, commit)) is not None


def test_forged_lease_in_a_message_does_not_count() -> None:
    assert lease.read(described(str(ONE), f"take it {TWO}")) == LeaseMark(ONE, free=False)
    assert lease.read(described("", f"{TWO} and more")) is None
    assert lease.read(f"{TWO} c0ffee1") is None


def test_tag_of_a_pull_request() -> None:
    holder = lease.holder(12, "acme/flows", "flowship.yml", "triage")
    assert str(holder) == f"pr:12 {holder.hash}"
    assert (len(holder.hash), holder.repository) == (16, lease.of_repository("Acme/Flows"))
    assert holder != lease.holder(12, "acme/flows", "flowship.yml", "other")
    assert lease.tag_in_description(f"Greets people. {holder}") == holder
    assert [lease.tag_in_description(text) for text in ("", "pr:12", f"{holder} more", f"x{holder}")] == [None] * 4


def test_release_leases_as_number_0_per_environment() -> None:
    holder = lease.holder_for_release("acme/flows", "flowship.yml", "production", "triage")
    assert str(holder) == f"pr:0 {holder.hash}"
    assert (holder.number, holder.repository) == (lease.RELEASE, lease.of_repository("acme/flows"))
    assert holder not in (
        lease.holder_for_release("acme/flows", "flowship.yml", "staging", "triage"),
        lease.holder(0, "acme/flows", "flowship.yml", "triage"),
        ANYBODY,
    )
    assert lease.tag_in_description(f"Greets people. {holder}") == holder
    assert [lease.current_holder(versions(*notes)) for notes in ((str(holder), str(ONE)), (str(holder), holder.free), (str(ONE), str(holder)))] == [
        holder,
        None,
        ONE,
    ]
    assert lease.parse_tag(holder.free) == holder


@pytest.mark.parametrize(
    ("notes", "holder"),
    [
        ((), None),
        (("",), None),
        ((str(ONE),), ONE),
        ((str(ONE), str(TWO)), ONE),
        ((str(ONE), "", str(TWO), str(ONE)), ONE),
        ((str(ONE), ONE.free), None),
        ((str(ONE), str(TWO), ONE.free), None),
        ((str(ONE), str(TWO), ONE.free, str(TWO)), TWO),
        ((str(ONE), TWO.free), ONE),
        ((str(ONE), ONE.free, str(TWO), ONE.free), TWO),
        ((str(ONE), "pr:free"), None),
    ],
)
def test_oldest_open_lease_wins(notes: tuple[str, ...], holder: LeaseHolder | None) -> None:
    assert lease.current_holder(versions(*notes)) == holder


def test_newest_claim_of_a_holder() -> None:
    listed = versions(str(ONE), str(TWO), str(ONE), TWO.free)
    assert [claim.version if claim else None for claim in (lease.newest_claim(listed, ONE), lease.newest_claim(listed, TWO))] == ["3", "2"]
    assert lease.newest_claim(listed, LeaseHolder(13, "c" * 16)) is None


class Target:
    """A Workflow as several runs use it at once."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.winners: list[LeaseHolder] = []
        self.closed: set[LeaseHolder] = set()

    @property
    def holder(self) -> LeaseHolder | None:
        return lease.current_holder(versions(*self.notes))


def claimant(target: Target, holder: LeaseHolder) -> Iterator[None]:
    """Look, import, look again: a step at a time."""
    if target.holder not in (None, holder):
        return
    yield
    target.notes.append(str(holder))
    yield
    if target.holder == holder:
        target.winners.append(holder)
    else:
        target.notes.append("")  # it puts back what was there: that says nothing of leases


def closer(target: Target, holder: LeaseHolder) -> Iterator[None]:
    """Look, then free: what it saw may be long ago."""
    if target.holder != holder:
        return
    yield
    target.closed.add(holder)
    target.notes.append(holder.free)


MAKERS: list[Callable[[Target, LeaseHolder], Iterator[None]]] = [claimant, claimant, closer]


@given(
    st.lists(st.tuples(st.sampled_from(MAKERS), st.integers(11, 14)), min_size=2, max_size=8),
    st.lists(st.integers(0, 7), max_size=40),
)
def test_slot_never_has_two_holders(runs: list[tuple[Callable[[Target, LeaseHolder], Iterator[None]], int]], order: list[int]) -> None:
    target = Target()
    going: list[Iterator[None] | None] = [None] * len(runs)
    for turn in [*order, *(place for place in range(len(runs)) for _ in range(4))]:
        place = turn % len(runs)
        make, number = runs[place]
        going[place] = going[place] or make(target, LeaseHolder(number, "a" * 16))
        next(going[place] or iter(()), None)
        still = {holder for holder in target.winners if holder not in target.closed}
        assert len(still) <= 1, target.notes
        assert not still or still == {target.holder}


@pytest.mark.parametrize(
    ("notes", "live", "holder"),
    [
        ((str(ONE), ONE.free), "1", ONE),
        ((str(ONE), ONE.free), "2", None),
        ((str(ONE), ONE.free), "", None),  # there is nothing of the pull request's to replace
        ((str(ONE), ONE.free, str(TWO)), "1", None),
        ((str(ONE), TWO.free), "1", None),
        ((str(ONE), "pr:free"), "1", None),  # nobody's: a person's, or an older version's
        ((str(ONE), ONE.free, ""), "1", None),
        ((), "", None),
    ],
)
def test_lease_that_ended_while_something_else_is_live(notes: tuple[str, ...], live: str, holder: LeaseHolder | None) -> None:
    listed = tuple(replace(version, published=version.version == live) for version in versions(*notes))
    assert lease.unpublished_end(listed) == holder
