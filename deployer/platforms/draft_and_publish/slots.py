"""Preview slots: a pool of targets that pull requests lease. Who has a slot is read from its version list (`deployer.model.lease`)."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from deployer.model import lease
from deployer.model.change import AcquireSlot, Change, Fail, FreeSlot, Publish, Unchanged
from deployer.model.lease import LeaseHolder
from deployer.model.observation import Observed, Version
from deployer.model.outcome import Outcome
from deployer.model.policy import Policy
from deployer.model.preview import Preview
from deployer.model.workflow import Workflow
from deployer.platforms.base import Connected
from deployer.platforms.listing import Listing
from deployer.platforms.previews import FoundPreviews, IsOurs, PoolExhausted, PreviewDecision, PreviewRequest

OURS = "other workflows of this run had the whole pool"


class SlotPool:
    """Previews as leases of a pool of slots."""

    def slots(self, request: PreviewRequest) -> tuple[Workflow, ...]:
        return tuple(request.workflow._replace(key=key) for key in request.keys)

    def decide(
        self, request: PreviewRequest, slots: Mapping[str, Observed], connections: Connected, listing: Listing, policy: Policy
    ) -> PreviewDecision:
        if not slots:
            return PreviewDecision((), PoolExhausted(OURS))
        pool = [PreviewSlot(request.workflow._replace(key=key), observed) for key, observed in slots.items()]
        limitations = connections.target(request.workflow).limitations(request.file)
        holder = _present_holder(pool, request)
        repositories = frozenset(known.repository for known in request.holders)
        decided = decide(pool, holder, Preview(holder.number, str(holder), limitations=limitations), repositories)
        targets = tuple((slot.workflow, slot.observed.id) for slot in pool if not slot.observed.failure)
        return PreviewDecision((), decided, targets) if isinstance(decided, PoolExhausted) else PreviewDecision((decided,), None, targets)

    def find(self, workflow: Workflow, observe: Callable[[Workflow], Observed], listing: Listing, is_ours: IsOurs) -> FoundPreviews:
        observed = observe(workflow)
        holder = lease.current_holder(observed.versions) or lease.unpublished_end(observed.versions)
        claim = lease.newest_claim(observed.versions, holder) if holder else None
        return FoundPreviews(holder=holder if holder and is_ours(holder, claim.created_ms if claim else None) else None, observed=observed)

    def remove(self, request: PreviewRequest, outcome: Outcome | None, listing: Listing) -> Iterator[Change]:
        known = outcome is not None and outcome.outcome == "done"
        for key in [outcome.location or outcome.change.workflow.key] if outcome and known else request.keys:
            workflow = request.workflow._replace(name=f"{request.workflow.name} ({key})", key=key)
            holder = lease.parse_tag(outcome.change.preview.lease_tag) if outcome and outcome.change.preview else request.holder
            preview = Preview(holder.number, holder.free, ended=True)
            yield FreeSlot(workflow=workflow, observed=Observed(), release=True, preview=preview)

    def located(self, workflow: Workflow, location: str) -> Workflow:
        return workflow._replace(key=location)


class PreviewSlot(NamedTuple):
    """One slot of the pool: `workflow` is what is to be previewed, with the key of this slot."""

    workflow: Workflow
    observed: Observed


def _present_holder(slots: Sequence[PreviewSlot], request: PreviewRequest) -> LeaseHolder:
    """The holder that a slot has for this request already: a lease keeps its mark until it ends. Else the request's own."""
    held = {lease.current_holder(slot.observed.versions) for slot in slots if slot.observed.readable}
    return next((holder for holder in request.holders if holder in held), request.holder)


def decide(
    slots: Sequence[PreviewSlot], holder: LeaseHolder, preview: Preview, repositories: Collection[str] = ()
) -> Change | PoolExhausted:  # fmt: skip
    """What to do about one workflow. `slots` is never empty. `repositories`: the marks of this repository, besides the holder's."""
    readable = [slot for slot in slots if slot.observed.readable]
    for slot in readable:
        if lease.current_holder(slot.observed.versions) == holder:
            return _keep(slot, holder, preview._replace(location=slot.workflow.key))
    free = [slot for slot in readable if lease.current_holder(slot.observed.versions) is None]
    if free:
        pool = tuple(slot.workflow for slot in free)
        return AcquireSlot(**_common(free[0], preview._replace(location=free[0].workflow.key)), release=True, pool=pool)
    failures = [slot for slot in slots if slot.observed.failure]
    if len(failures) == len(slots) and (failure := failures[0].observed.failure):
        slot = failures[0]
        return Fail(
            workflow=slot.workflow, observed=slot.observed, preview=preview, code=failure.code, message=failure.message, fix=failure.fix
        )  # fmt: skip
    return PoolExhausted(f"no preview slot is free: {'; '.join(_why_not_free(slot, {holder.repository, *repositories}) for slot in slots)}")


def _keep(slot: PreviewSlot, holder: LeaseHolder, preview: Preview) -> Change:
    """This holder has the slot already: what was imported last is there, or is imported now."""
    common = _common(slot, preview)
    claim = lease.newest_claim(slot.observed.versions, holder)
    fingerprint = slot.workflow.fingerprint
    if claim is None or not (claim.marker and claim.marker.marks(fingerprint)) or _replaced_by_another(slot.observed.versions[0], fingerprint):
        return AcquireSlot(**common, release=True, pool=(slot.workflow,))
    if claim.published:
        return Unchanged(**common, version=claim.version, live=True)
    return Publish(**common, release=True, version=claim.version, why="this version was imported earlier")


def _replaced_by_another(draft: Version, fingerprint: str) -> bool:
    """Whether another run that wanted the slot left something else as its draft. What a person did there by hand is left alone."""
    return draft.marker is not None and not draft.marker.marks(fingerprint)


def _common(slot: PreviewSlot, preview: Preview) -> dict[str, Any]:
    live = slot.observed.live.version if slot.observed.live else None
    return {"workflow": slot.workflow, "observed": slot.observed, "target": slot.observed.id, "previous_version": live, "preview": preview}


def _why_not_free(slot: PreviewSlot, repositories: Collection[str]) -> str:
    key, observed = slot.workflow.key, slot.observed
    if observed.failure:
        return f"{key} cannot be read ({observed.failure.message.rstrip('.')})"
    if not observed.readable:
        return f"the holder of {key} is unknown, since its versions cannot be listed ({observed.why.rstrip('.')})"
    return f"{key} is taken by {holder_text(lease.current_holder(observed.versions), repositories)}"


def holder_text(holder: LeaseHolder | None, repositories: Collection[str]) -> str:
    """A holder in words. `repositories`: the marks of this repository."""
    if holder is None:
        return "nobody"
    name = f"pull request {holder.number}" if holder.number else "a release"
    return name + (" of another repository" if holder.repository not in repositories else "")
