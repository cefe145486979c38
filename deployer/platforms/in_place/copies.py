"""Previews as copies: one workflow for each pull request, under a key of its own.

A copy is known by the end of its description, `pr:12 0123456789abcdef` (see `deployer.model.lease`): names may occur twice, and change.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from deployer.model import lease
from deployer.model.change import Change, CreateLive, Remove, Replace, Unchanged
from deployer.model.errors import FlowshipError
from deployer.model.observation import MISSING, Observed
from deployer.model.outcome import Outcome
from deployer.model.policy import Policy
from deployer.model.preview import Preview
from deployer.model.workflow import Source, Workflow
from deployer.platforms.base import Connected
from deployer.platforms.in_place.plan import is_wanted
from deployer.platforms.in_place.recognition import milliseconds
from deployer.platforms.in_place.target import InPlace
from deployer.platforms.in_place.write import copies_of
from deployer.platforms.listing import Listing
from deployer.platforms.previews import FoundPreviews, IsOurs, PreviewDecision, PreviewRequest


class CopyPerPullRequest:
    """Previews as copies under a key of their own."""

    def slots(self, request: PreviewRequest) -> tuple[Workflow, ...]:
        return ()

    def decide(
        self, request: PreviewRequest, slots: Mapping[str, Observed], connections: Connected, listing: Listing, policy: Policy
    ) -> PreviewDecision:
        target = _target(connections, _target(connections, request.workflow).copy_for(request.name, request.holder))
        rows = copies_of(listing.all(target.workflow), request.holder)
        preview = Preview(request.holder.number, str(request.holder))
        changes = decide(target, [target.read(row.id) for row in rows], policy, preview)
        return PreviewDecision(changes, None, tuple((target.workflow, row.id) for row in rows))

    def find(self, workflow: Workflow, observe: Callable[[Workflow], Observed], listing: Listing, is_ours: IsOurs) -> FoundPreviews:
        rows = [(lease.tag_in_description(row.description), row) for row in listing.all(workflow)]
        return FoundPreviews(
            tuple((holder, row) for holder, row in rows if holder and is_ours(holder, milliseconds(row.updated_at or row.created_at)))
        )

    def remove(self, request: PreviewRequest, outcome: Outcome | None, listing: Listing) -> Iterator[Change]:
        """By the list, which also shows a copy whose creation was not recorded."""
        try:
            ids = {row.id for row in copies_of(listing.all(request.workflow), request.holder)}
        except FlowshipError:
            ids = set()
        for id_ in sorted(ids | {outcome.target if outcome else ""} - {""}):
            preview = Preview(request.holder.number, str(request.holder))
            yield delete(request.workflow, f"{request.workflow.name} ({id_})", Observed(id=id_, active=True), preview, "it was checked")

    def located(self, workflow: Workflow, location: str) -> Workflow:
        return workflow


def _target(connections: Connected, workflow: Workflow) -> InPlace:
    target = connections.target(workflow)
    if isinstance(target, InPlace):
        return target
    raise AssertionError("copies are of platforms that are deployed to in place")


def decide(target: InPlace, copies: Sequence[Observed], policy: Policy, preview: Preview) -> tuple[Change, ...]:
    """What to do about the copy (`target.workflow` is what it should be), and about those that are one too many."""
    workflow = target.workflow
    preview = preview._replace(location=target.given_name(policy))
    if not copies:
        return (CreateLive(workflow=workflow, observed=MISSING, release=True, as_name=preview.location, preview=preview),)
    copy, *others = copies
    common: dict[str, Any] = {"workflow": workflow, "observed": copy, "target": copy.id, "preview": preview}
    wanted = copy.active and is_wanted(target, copy, None, policy)
    change: Change = Unchanged(**common, live=True) if wanted else Replace(**common, release=True)
    removals = (delete(workflow, f"{workflow.name} (copy {number})", other, preview, "one copy is enough") for number, other in enumerate(others, 2))
    return change, *removals


def delete(workflow: Workflow, name: str, copy: Observed, preview: Preview, why: str) -> Change:
    """The change that deletes one copy, under the key of `workflow`."""
    source = Source("", workflow.platform, "workflow", b"", None)
    return Remove(
        workflow=Workflow(name, source, workflow.key, id=copy.id), observed=copy, target=copy.id, live=False,
        preview=preview._replace(ended=True), why=why,
    )  # fmt: skip
