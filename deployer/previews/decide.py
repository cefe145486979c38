"""What to do about each request for a preview: one copy, used by `preview` and by the evals before a release."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from deployer.http.executor import BoundedExecutor
from deployer.model.change import Fail
from deployer.model.errors import FlowshipError
from deployer.model.failure import Failure
from deployer.model.observation import Observed, failed
from deployer.model.policy import Policy
from deployer.model.preview import Preview
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import OUT_OF_TIME, Observer
from deployer.platforms.connections import Connections
from deployer.platforms.listing import Listing
from deployer.platforms.previews import PreviewDecision, PreviewRequest
from deployer.platforms.registry import platform_named
from deployer.state.base import EnvironmentState

if TYPE_CHECKING:
    from deployer.model.workflow import Workflow

Place = tuple[str, str]
"""A key of a pool, and the data centre."""


def decide(context: RunContext, connections: Connections, requests: Sequence[PreviewRequest], policy: Policy) -> dict[str, PreviewDecision]:
    """By workflow name. Every slot is read once, and no two requests get the same one."""
    listing = Listing(connections)
    observed = _observe_slots(context, connections, requests, policy)
    used: set[Place] = set()
    pooled = [request for request in requests if places(request)]
    decisions = {request.workflow.name: _in_pool(request, observed, used, connections, listing, policy) for request in pooled}

    def one(request: PreviewRequest) -> PreviewDecision:
        try:
            return platform_named(request.workflow.platform).previews.decide(request, {}, connections, listing, policy)
        except FlowshipError as error:
            return _failed(request, failed(error.code, error.message, error.fix))

    copied = [request for request in requests if not places(request)]
    for index, result in BoundedExecutor(one, context.clock, context.settings.limits.concurrency).run(copied):
        decisions[copied[index].workflow.name] = result if isinstance(result, PreviewDecision) else _failed(copied[index], OUT_OF_TIME)
    return decisions


def places(request: PreviewRequest) -> set[Place]:
    """The slots that a request may lease."""
    return {(slot.key, slot.endpoint) for slot in platform_named(request.workflow.platform).previews.slots(request)}


def _observe_slots(context: RunContext, connections: Connections, requests: Sequence[PreviewRequest], policy: Policy) -> Mapping[Place, Observed]:
    slots: dict[Place, Workflow] = {}
    for request in requests:
        for slot in platform_named(request.workflow.platform).previews.slots(request):
            slots.setdefault((slot.key, slot.endpoint), slot)
    observer, keys = Observer(connections, EnvironmentState(), policy), sorted(slots)
    results = BoundedExecutor(observer.one, context.clock, context.settings.limits.concurrency).run([slots[key] for key in keys])
    return {keys[index]: result if isinstance(result, Observed) else OUT_OF_TIME for index, result in results}


def _in_pool(
    request: PreviewRequest, observed: Mapping[Place, Observed], used: set[Place], connections: Connections, listing: Listing, policy: Policy
) -> PreviewDecision:
    """`used`: what this run gave to other workflows already."""
    endpoint = request.workflow.endpoint
    slots = {key: observed[key, endpoint] for key in request.keys if (key, endpoint) not in used}
    decision = platform_named(request.workflow.platform).previews.decide(request, slots, connections, listing, policy)
    used.update((change.workflow.key, endpoint) for change in decision.changes)
    return decision


def _failed(request: PreviewRequest, observed: Observed) -> PreviewDecision:
    failure = observed.failure or Failure("", "", "")
    preview = Preview(request.holder.number, str(request.holder))
    fail = Fail(
        workflow=request.workflow, observed=observed, preview=preview, code=failure.code, message=failure.message, fix=failure.fix
    )  # fmt: skip
    return PreviewDecision((fail,))
