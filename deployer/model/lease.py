"""Leases of preview slots: which pull request holds a slot is decided from the slot's version list alone. Pure.

All claimants see that list in one order, and it only grows. A lease tag is written into the description of a version, just before the short
commit and the marker:

- `pr:12 0123456789abcdef` claims the slot for pull request 12, exclusively, until
- `pr:free 12 0123456789abcdef` ends that lease and no other. (`pr:free` alone ends any lease.)

Number 0 is a release, which uses a slot for its preflight and frees it at once.

A claim on a slot that is held never counts, not even after the slot is freed: its claimant has moved on to another slot. So a claimant that
reads the list after its own import knows the final answer, whatever is imported later.
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
    """Holder of a lease: a pull request's number (or RELEASE), and 16 hex digits: 8 for the repository, 8 for the workflow in it."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"pr:{self.number} {self.hash}"

    @property
    def repository(self) -> str:
        return self.hash[:_HALF]

    @property
    def free(self) -> str:
        """The tag that ends this holder's lease."""
        return f"pr:free {self.number} {self.hash}"


RELEASE = 0  # the number of a release, in place of a pull request's
ANYBODY = LeaseHolder(0, "")  # the holder in a bare `pr:free`, which ends any lease


class LeaseMark(NamedTuple):
    """The lease tag of one version: a claim by `holder`, or (`free`) the end of its lease."""

    holder: LeaseHolder
    free: bool


def of_repository(repository: str) -> str:
    """8 hex digits of a repository: of its id, which a rename leaves as it is, or of `owner/name`, upper case or lower."""
    return hashlib.sha256(repository.lower().encode()).hexdigest()[:_HALF]


def holder(number: int, repository: str, project: str, workflow: str) -> LeaseHolder:
    """The holder for a pull request and one workflow of one project."""
    workflow_hash = hashlib.sha256(f"{project}\0{workflow}".encode("utf-8", "backslashreplace")).hexdigest()[:_HALF]
    return LeaseHolder(number, of_repository(repository) + workflow_hash)


def holder_for_release(repository: str, project: str, environment: str, workflow: str) -> LeaseHolder:
    """The holder for a release of one workflow to one environment. Every run has the same: it takes over the lease of a killed run."""
    return holder(RELEASE, repository, project, f"{workflow}\0{environment}")


def read(description: str) -> LeaseMark | None:
    """The lease tag in a version's description; None without one, or when it is not at its place."""
    claim = _CLAIM.search(description)
    match = claim or _FREE.search(description)
    if not match:
        return None
    return LeaseMark(LeaseHolder(int(match["number"]), match["hash"]) if match["number"] else ANYBODY, free=not claim)


def parse_tag(tag: str) -> LeaseHolder:
    """The holder named by a lease tag, claim or end. Raises ValueError for any other text."""
    number, hash_ = tag.removeprefix("pr:").removeprefix("free").split()
    return LeaseHolder(int(number), hash_)


def tag_in_description(description: str) -> LeaseHolder | None:
    """The holder of a preview copy, from the tag at the end of its description. None without one: it is no preview copy."""
    match = _COPY.search(description)
    return LeaseHolder(int(match["number"]), match["hash"]) if match else None


def current_holder(versions: Sequence[Version]) -> LeaseHolder | None:
    """The holder of the slot with these versions (newest first), None when it is free."""
    current: LeaseHolder | None = None
    for version in reversed(versions):
        mark = read(version.description)
        if mark and mark.free and mark.holder in (current, ANYBODY):
            current = None
        elif mark and not mark.free and current is None:
            current = mark.holder
    return current


def unpublished_end(versions: Sequence[Version]) -> LeaseHolder | None:
    """The holder whose lease the newest version ended without being live, while another version is: who freed the slot got no further. None
    otherwise."""
    if not any(version.published for version in versions) or current_holder(versions) is not None:
        return None
    mark = read(versions[0].description)
    return mark.holder if mark and mark.free and mark.holder != ANYBODY and not versions[0].published else None


def newest_claim(versions: Sequence[Version], claimant: LeaseHolder) -> Version | None:
    """The newest version that `claimant` imported as a claim, None without one."""
    return next((version for version in versions if read(version.description) == LeaseMark(claimant, free=False)), None)
