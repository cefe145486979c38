"""Which pull request has which preview Workflow of GPTBots: decided from its version list alone. Pure.

The list is the one thing that all claimants see in one order, and it only grows. A lease is written into the description of an import,
just before the short commit and the marker:

- `pr:12 0123456789abcdef` claims the Workflow for pull request 12. Nobody else has it from then on, until
- `pr:free 12 0123456789abcdef` ends that lease, and no other. (`pr:free` alone ends whichever there is.)

Number 0 is a release, which asks here before it goes live, and gives back at once.

A claim made while somebody else has the Workflow counts for nothing, later either: who made it has gone elsewhere. So whoever has
imported a claim and then reads the list knows for good whether it won, whatever others import afterwards.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

from deployer.model.observation import Version

_HALF = 8  # hex digits for the repository, and as many for the workflow
_TAG = rf"pr:(?P<number>0|[1-9]\d{{0,9}}) (?P<hash>[0-9a-f]{{{2 * _HALF}}})"
_END = r"(?: [0-9a-f]{7})? fs:[0-9a-f]{32}\.[0-9a-f]{8}\s*$"
_CLAIM = re.compile(rf"(?:^|\s){_TAG}{_END}")
_FREE = re.compile(rf"(?:^|\s)pr:free(?: {_TAG.removeprefix('pr:')})?{_END}")
_COPY = re.compile(rf"(?:^|\s){_TAG}\s*$")


class LeaseHolder(NamedTuple):
    """Who previews: a pull request's number (or RELEASE), and 16 hex digits: 8 for the repository, 8 for the workflow in it."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"pr:{self.number} {self.hash}"

    @property
    def repository(self) -> str:
        return self.hash[:_HALF]

    @property
    def free(self) -> str:
        """What ends this holder's lease."""
        return f"pr:free {self.number} {self.hash}"


RELEASE = 0
"""Stands for a release, where a pull request has its number."""

ANYBODY = LeaseHolder(0, "")
"""Whose lease a bare `pr:free` ends."""


class LeaseMark(NamedTuple):
    """What one version's description says of leases: a claim by `who`, or the end of `who`'s lease."""

    holder: LeaseHolder
    free: bool


def of_repository(repository: str) -> str:
    """The 8 hex digits of a repository, `owner/name`."""
    return hashlib.sha256(repository.lower().encode()).hexdigest()[:_HALF]


def holder(number: int, repository: str, manifest: str, workflow: str) -> LeaseHolder:
    """A pull request, for one workflow of one manifest."""
    named = hashlib.sha256(f"{manifest}\0{workflow}".encode("utf-8", "backslashreplace")).hexdigest()[:_HALF]
    return LeaseHolder(number, of_repository(repository) + named)


def holder_for_release(repository: str, manifest: str, environment: str, workflow: str) -> LeaseHolder:
    """A release of one workflow to one environment. The same in every run: what a killed one left, the next one takes over."""
    return holder(RELEASE, repository, manifest, f"{workflow}\0{environment}")


def read(description: str) -> LeaseMark | None:
    """What a version's description says; None for one without a lease, or with one that is not at its place."""
    found = _CLAIM.search(description)
    if found:
        return LeaseMark(LeaseHolder(int(found["number"]), found["hash"]), free=False)
    found = _FREE.search(description)
    if not found:
        return None
    return LeaseMark(LeaseHolder(int(found["number"]), found["hash"]) if found["number"] else ANYBODY, free=True)


def parse_tag(note: str) -> LeaseHolder:
    """Who is meant by what stands beside a change: a claim, or the end of a lease. Raises ValueError for anything else."""
    number, hash_ = note.removeprefix("pr:").removeprefix("free").split()
    return LeaseHolder(int(number), hash_)


def tag_in_description(description: str) -> LeaseHolder | None:
    """Whose copy a meinGPT workflow is: the end of its description says so. None for one that is nobody's."""
    found = _COPY.search(description)
    return LeaseHolder(int(found["number"]), found["hash"]) if found else None


def current_holder(versions: Sequence[Version]) -> LeaseHolder | None:
    """Who has the Workflow of these versions (newest first), None when it is free."""
    has: LeaseHolder | None = None
    for version in reversed(versions):
        said = read(version.description)
        if said and said.free and said.holder in (has, ANYBODY):
            has = None
        elif said and not said.free and has is None:
            has = said.holder
    return has


def newest_claim(versions: Sequence[Version], who: LeaseHolder) -> Version | None:
    """The newest version that this holder imported for a preview."""
    return next((version for version in versions if read(version.description) == LeaseMark(who, free=False)), None)
