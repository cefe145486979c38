"""What a change is to be compared with, to tell what changes inside its workflow. Pure.

meinGPT shows its definition. GPTBots has no export call: there it is the file at the commit that the version came from, by the state or by the
version's description. That commit's file counts only with the fingerprint that was recorded, which proves it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from deployer.model.change import Change
from deployer.model.fingerprint import same
from deployer.model.observation import LiveDefinition, Missing, NotListable, Version, VersionHistory
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.platforms.in_place.plan import without_added
from deployer.platforms.meingpt.payload import FIELDS, wanted_body
from deployer.state.base import DeployRecord, WorkflowRecord

COMPARED = ("import", "create", "update", "release", "hold")
THERE = "what is there now"


class CandidateCommit(NamedTuple):
    """A commit whose file may be what was there. `fingerprint`: of that file, as recorded; "" when nothing can prove it. `said`: what it is,
    for people; the commit is added to it."""

    commit: str
    said: str
    fingerprint: str = ""

    @property
    def against(self) -> str:
        return f"{self.said} (commit {self.commit[:7]})"


class Baseline(NamedTuple):
    """`seen`: the definition that the platform showed, None where there is none; `absent`: nothing is there, all is new. Else `places` to look
    at, best first."""

    seen: Mapping[str, Any] | None = None
    absent: bool = False
    places: tuple[CandidateCommit, ...] = ()


def find_baseline(change: Change, recorded: WorkflowRecord, base: CandidateCommit) -> Baseline:
    """`recorded`: what the state knows, of this host. `base`: a commit to fall back upon ("" for none), when nobody knows what was
    deployed."""
    seen = change.observed
    if isinstance(seen, Missing):
        return Baseline(absent=True)
    if isinstance(seen, LiveDefinition) and any(name in seen.body for name in FIELDS):
        return Baseline(seen=definition(seen.body))
    places = [*(_deployed(change, seen, recorded) if change.workflow.platform == "gptbots" else _written(change, recorded)), base]
    return Baseline(places=tuple(dict.fromkeys(place for place in places if place.commit)))


def definition(body: Mapping[str, Any]) -> dict[str, Any]:
    """Of what meinGPT gives, what a definition is made of, and its status."""
    return {name: body[name] for name in (*FIELDS, "status") if name in body}


def wanted(workflow: Workflow, policy: Policy, *, status: bool = False) -> dict[str, Any]:
    """The definition as it is compared: what a platform adds by itself is on neither side."""
    if workflow.platform == "gptbots":
        return dict(workflow.source.definition or {})
    return without_added({**wanted_body(workflow, policy), **({"status": "active"} if status else {})})


def _deployed(change: Change, seen: object, recorded: WorkflowRecord) -> Iterator[CandidateCommit]:
    """GPTBots: the version that is replaced, as far as it is known; what holds the very same content is not what changes."""
    known = [entry for entry in (recorded.draft, *recorded.releases) if entry and entry.target in ("", change.target or entry.target)]
    versions = (seen.draft, seen.live) if isinstance(seen, VersionHistory) else ()
    for version in reversed(versions) if change.release else versions:
        if version:
            yield from _other(change, _of_version(version, known))
    ours = (recorded.draft, recorded.live) if isinstance(seen, VersionHistory | NotListable) else ()
    for entry in reversed(ours) if change.release else ours:
        if entry is not None and entry in known:
            yield from _other(change, _of_entry(entry, f"version {entry.version}" if entry.version else "what was deployed last"))


def _of_version(version: Version, known: list[DeployRecord]) -> CandidateCommit:
    entry = next((entry for entry in reversed(known) if entry.version == version.version), None)
    said = f"version {version.version}{', which is live' if version.published else ''}"
    if entry:
        return _of_entry(entry, said)
    return CandidateCommit(version.marker.commit, said, version.marker.fingerprint) if version.marker else CandidateCommit("", said)


def _of_entry(entry: DeployRecord, said: str) -> CandidateCommit:
    return CandidateCommit(entry.commit, said, entry.fingerprint)


def _other(change: Change, place: CandidateCommit) -> Iterator[CandidateCommit]:
    if place.commit and place.fingerprint and not same(place.fingerprint, change.fingerprint):
        yield place


def _written(change: Change, recorded: WorkflowRecord) -> Iterator[CandidateCommit]:
    """meinGPT, not looked at since nobody wrote there, or without a key: what we wrote last."""
    live = recorded.live
    if live and live.target == (change.target or live.target):
        yield _of_entry(live, "what was deployed last")
