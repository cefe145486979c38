"""What the previews of every platform are decided with. A platform keeps them in one of two ways: as leases of a pool of slots, or as copies under
a key of their own."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

from deployer.model.change import Change
from deployer.model.lease import LeaseHolder
from deployer.model.observation import Observed
from deployer.model.outcome import Outcome
from deployer.model.policy import Policy
from deployer.model.workflow import Source, Workflow
from deployer.platforms.base import Connected, Summary
from deployer.platforms.listing import Listing


class PreviewRequest(NamedTuple):
    """A workflow to preview. `keys` are those that were given; `file` is its definition before what `preview.set` lays over it; `name` what
    it is called in the environment that it is a preview of; `former`: holders that an earlier mark of the same preview may name."""

    workflow: Workflow
    name: str
    keys: tuple[str, ...]
    file: Source
    holder: LeaseHolder
    former: tuple[LeaseHolder, ...] = ()

    @property
    def holders(self) -> tuple[LeaseHolder, ...]:
        return (self.holder, *self.former)


class PoolExhausted(NamedTuple):
    """Nothing can be previewed: who has the pool, or why that is unknown, in words."""

    why: str


class PreviewDecision(NamedTuple):
    """What is to be done about one request, and the targets that its keys lead to."""

    changes: tuple[Change, ...]
    exhausted: PoolExhausted | None = None
    targets: tuple[tuple[Workflow, str], ...] = ()


class FoundPreviews(NamedTuple):
    """What is behind one preview key: `copies` by holder, or the `holder` of a slot; `observed`: the slot, or why it could not be read."""

    copies: tuple[tuple[LeaseHolder, Summary], ...] = ()
    holder: LeaseHolder | None = None
    observed: Observed | None = None


IsOurs = Callable[[LeaseHolder, int | None], bool]
"""Whether a preview of that holder, written last at that time (epoch milliseconds), is ours to look at."""


class PreviewStrategy(Protocol):
    """One per way of keeping previews."""

    def slots(self, request: PreviewRequest) -> tuple[Workflow, ...]:
        """The slots that the request may lease, as workflows with their keys; none where previews are copies."""

    def decide(
        self, request: PreviewRequest, slots: Mapping[str, Observed], connections: Connected, listing: Listing, policy: Policy
    ) -> PreviewDecision:
        """What to do about one request. `slots`: what was observed, by key, of those that are not taken by this run already."""

    def find(self, workflow: Workflow, observe: Callable[[Workflow], Observed], listing: Listing, is_ours: IsOurs) -> FoundPreviews:
        """The previews behind the key of that workflow."""

    def remove(self, request: PreviewRequest, outcome: Outcome | None, listing: Listing) -> Iterator[Change]:
        """What ends the preview of a request again. Without an outcome it is unknown what was done, so it is looked for everywhere."""

    def located(self, workflow: Workflow, location: str) -> Workflow:
        """The workflow at the place that its preview got."""
