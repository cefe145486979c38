"""What a change still lacks once it is decided: whether its file differs from the commit, and what changes inside its workflow.

Neither takes part in the decision, and both take time. So a change is finished as soon as its workflow was read, while others are waited for.
"""

from collections.abc import Mapping
from dataclasses import replace

from deployer.model.change import Change
from deployer.model.observation import Observed
from deployer.model.plan import Plan
from deployer.model.policy import Policy
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.pipeline.dirty_workflows import DirtyCheck
from deployer.pipeline.plan_details import HistoricalSources, with_difference
from deployer.pipeline.project import Project
from deployer.planning import reconcile
from deployer.platforms.connections import Connections
from deployer.state.base import EnvironmentState


class ChangeFinisher:
    """Finishes the changes of one plan. `hosts`: the base URL by workflow name. To be closed."""

    def __init__(
        self, context: RunContext, project: Project, state: EnvironmentState, hosts: Mapping[str, str], policy: Policy, connections: Connections
    ) -> None:
        self._state, self._hosts, self._policy = state, hosts, policy
        self._dirty = DirtyCheck(context, project)
        self._history = HistoricalSources(context, connections)
        self._ahead: dict[str, tuple[Change, Change]] = {}

    def decide_ahead(self, workflow: Workflow, observed: Observed) -> None:
        """Finish the change that the plan will have for this workflow, unless it turns out otherwise. Raises as `reconcile.decide` does."""
        change = reconcile.decide(workflow, observed, self._state.of(workflow.name).of_host(self._hosts[workflow.name]), self._policy)
        self._ahead[workflow.name] = change, self._finished(change, self._state)

    def finish(self, plan: Plan, state: EnvironmentState) -> Plan:
        """The plan with finished changes. `state`: the one that it was decided by."""
        changes = []
        for change in plan:
            name = change.workflow.name
            decided, finished = self._ahead.pop(name, (None, change))
            holds = decided == change and self._state.of(name) == state.of(name)
            changes.append(finished if holds else self._finished(change, state))
        return replace(plan, changes=tuple(changes), notices=(*plan.notices, *self._history.notices()))

    def close(self) -> None:
        self._dirty.close()
        self._history.close()

    def _finished(self, change: Change, state: EnvironmentState) -> Change:
        host = self._hosts.get(change.workflow.name, "")
        return with_difference(self._dirty.marked(change), state, host, self._policy, self._history)
