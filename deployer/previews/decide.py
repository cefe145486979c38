"""What to do about each request for a preview: shared by `preview` and the evals before a release."""

from collections.abc import Sequence

from deployer.http.executor import BoundedExecutor
from deployer.model.change import Fail
from deployer.model.errors import FlowshipError
from deployer.model.failure import Failure
from deployer.model.observation import Observed, failed
from deployer.model.policy import Policy
from deployer.model.preview import Preview
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import OUT_OF_TIME, Observer
from deployer.platforms.connections import Connections
from deployer.platforms.listing import Listing
from deployer.platforms.previews import PreviewDecision, PreviewRequest
from deployer.platforms.registry import platform_named
from deployer.state.base import EnvironmentState

SlotAddress = tuple[str, str]
"""A key of a pool, and the data centre."""


def decide(context: RunContext, connections: Connections, requests: Sequence[PreviewRequest], policy: Policy) -> dict[str, PreviewDecision]:
    """The decisions by workflow name. Every slot is read once, and no two requests get the same one."""
    listing, concurrency = Listing(connections), context.settings.limits.concurrency
    slots = {(slot.key, slot.endpoint): slot for request in requests for slot in _slots(request)}
    addresses, observer = sorted(slots), Observer(connections, EnvironmentState(), policy)
    results = BoundedExecutor(observer.one, context.clock, concurrency).run([slots[address] for address in addresses])
    free = {addresses[index]: result if isinstance(result, Observed) else OUT_OF_TIME for index, result in results}

    def decide_one(request: PreviewRequest) -> PreviewDecision:
        endpoint = request.workflow.endpoint
        pool = {key: free[key, endpoint] for key in request.keys if (key, endpoint) in free}
        try:
            return platform_named(request.workflow.platform).previews.decide(request, pool, connections, listing, policy)
        except FlowshipError as error:
            return _failed_decision(request, failed(error.code, error.message, error.fix))

    decisions: dict[str, PreviewDecision] = {}
    copied: list[PreviewRequest] = []
    for request in requests:
        if not slot_addresses(request):
            copied.append(request)
            continue
        decision = decisions[request.workflow.name] = decide_one(request)
        for change in decision.changes:
            free.pop((change.workflow.key, request.workflow.endpoint), None)
    for index, result in BoundedExecutor(decide_one, context.clock, concurrency).run(copied):
        decisions[copied[index].workflow.name] = result if isinstance(result, PreviewDecision) else _failed_decision(copied[index], OUT_OF_TIME)
    return decisions


def slot_addresses(request: PreviewRequest) -> set[SlotAddress]:
    """The slots that a request may lease."""
    return {(slot.key, slot.endpoint) for slot in _slots(request)}


def _slots(request: PreviewRequest) -> tuple[Workflow, ...]:
    return platform_named(request.workflow.platform).previews.slots(request)


def _failed_decision(request: PreviewRequest, observed: Observed) -> PreviewDecision:
    failure = observed.failure or Failure("", "", "")
    preview = Preview(request.holder.number, str(request.holder))
    fail = Fail(
        workflow=request.workflow, observed=observed, preview=preview, code=failure.code, message=failure.message, fix=failure.fix
    )  # fmt: skip
    return PreviewDecision((fail,))
