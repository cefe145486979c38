"""Observing the platforms, with as few calls as possible."""

from collections.abc import Callable, Sequence

from deployer.http.clock import Clock
from deployer.http.executor import BoundedExecutor
from deployer.model.errors import FlowshipError
from deployer.model.failure import Failure
from deployer.model.observation import Observed, failed
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.platforms.connections import Connections
from deployer.platforms.listing import Listing
from deployer.platforms.restore import SourceAt
from deployer.state.base import EnvironmentState

NOT_READ = Failure("TIME_LIMIT", "The time limit was reached, or the run was stopped, before this workflow could be read.", "Raise `timeout`.")
OUT_OF_TIME = Observed(readable=False, failure=NOT_READ)


class Observer:
    """Observes workflows of one environment. A workflow that cannot be read has a failure, and the others are still read.

    `source_at`: definitions of other commits, for workflows of which the state has a write that was never read back."""

    def __init__(self, connections: Connections, state: EnvironmentState, policy: Policy, source_at: SourceAt = lambda *_: None) -> None:
        self._connections = connections
        self._state = state
        self._policy = policy
        self._source_at = source_at
        self._listing = Listing(connections)

    def all(
        self,
        workflows: Sequence[Workflow],
        concurrency: int,
        clock: Clock,
        go_on: Callable[[], bool] = lambda: True,
        each: Callable[[str, Observed], None] = lambda *_: None,
    ) -> dict[str, Observed]:
        """What is observed, by workflow name. `go_on`: whether to begin another one. `each` is called with every one at once."""
        self._listing = Listing(self._connections, [workflow for workflow in workflows if self._connections.key_of(workflow)])
        observed: dict[str, Observed] = {}
        for index, result in BoundedExecutor(self.one, clock, concurrency, go_on).run(workflows):
            name = workflows[index].name
            observed[name] = result if isinstance(result, Observed) else OUT_OF_TIME
            each(name, observed[name])
        return observed

    def one(self, workflow: Workflow) -> Observed:
        if self._connections.key_of(workflow) is None:
            return Observed(readable=False, why="no key was given")
        try:
            return self._connections.target(workflow).observe(self._state.of(workflow.name), self._policy, self._listing, self._source_at)
        except FlowshipError as error:
            return failed(error.code, error.message, error.fix)
