"""Platforms are read while the files are read and linted: what needs no definition is asked for as soon as the manifest is known.

Only reads, and only after the checks that come before the use of any key: each workflow has its key, and no two have one target. The state is
read first, as always: what another run writes after that is noticed before the first write.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue

from deployer.model.errors import FlowshipError
from deployer.model.observation import Observed
from deployer.model.workflow import Workflow
from deployer.pipeline.context import RunContext
from deployer.pipeline.observe import Observer
from deployer.pipeline.plan import connect, policy_of
from deployer.pipeline.project import Project
from deployer.planning import keys
from deployer.platforms.connections import Connections
from deployer.platforms.registry import platform_named
from deployer.state.base import EnvironmentState, StateStore


class EarlyReads:
    """The reads of one run. `connections`: None unless they were begun; `names`: of the workflows that are read. What could not be begun is left
    to the plan, which reports why."""

    def __init__(self, context: RunContext) -> None:
        self.connections: Connections | None = None
        self.names: frozenset[str] = frozenset()
        self._context = context
        self._is_wanted = True
        self._state: EnvironmentState | BaseException = EnvironmentState()
        self._observed: Mapping[str, Observed] | BaseException = {}
        self._has_state = threading.Event()
        self._arrivals: SimpleQueue[tuple[str, Observed] | None] = SimpleQueue()  # None: the last
        self._is_over = False

    def begin(self, project: Project) -> None:
        """Read the state, and then the workflows of a key of their own, in threads. `project` as the manifest alone shows it."""
        workflows = tuple(workflow for workflow in project.workflows if platform_named(workflow.platform).capabilities.key_is_target)
        if not workflows:
            return
        try:
            keys.require_keys(self._context.settings, project.manifest_path, project.environment, project.workflows)
            connections, store = connect(self._context, project), self._context.services.state
        except FlowshipError:
            return
        self.connections, self.names = connections, frozenset(workflow.name for workflow in workflows)
        import deployer.http.transport  # noqa: F401 - before the threads start: beside the thread that lints, it takes twice as long

        threading.Thread(target=self._read, args=(project, workflows, connections, store), daemon=True).start()

    def stop(self) -> None:
        """Begin no other read: they are of no use any more."""
        self._is_wanted = False

    def state(self) -> EnvironmentState:
        """The state as it was before the reads. Raises FlowshipError where it could not be read."""
        self._has_state.wait()
        if isinstance(self._state, BaseException):
            raise self._state
        return self._state

    def observed(self, workflows: Sequence[Workflow] = (), each: Callable[[Workflow, Observed], None] = lambda *_: None) -> Mapping[str, Observed]:
        """What was read, by workflow name, once all reads are over. Meanwhile the fingerprints of these workflows are made, which they keep, and
        `each` is called with those of them that are read; not again in a second call."""
        by_name = {workflow.name: workflow for workflow in workflows}
        for workflow in workflows:
            _ = workflow.fingerprint
        while not self._is_over and (arrival := self._arrivals.get()):
            name, shown = arrival
            if name in by_name:
                each(by_name[name], shown)
        self._is_over = True
        if isinstance(self._observed, BaseException):
            raise self._observed
        return self._observed

    def _read(self, project: Project, workflows: tuple[Workflow, ...], connections: Connections, store: StateStore) -> None:
        """Failures are kept, and raised where the result is asked for."""
        context = self._context
        try:
            self._state = state = store.read(project.environment)
            self._has_state.set()
            observer = Observer(connections, state, policy_of(context, project))
            concurrency = context.settings.limits.concurrency
            self._observed = observer.all(
                workflows, concurrency, context.clock, lambda: self._is_wanted, lambda name, shown: self._arrivals.put((name, shown))
            )
        except BaseException as error:  # noqa: BLE001 - of a thread: the one that reads the results raises it
            if self._has_state.is_set():
                self._observed = error
            else:
                self._state = self._observed = error
        finally:
            self._has_state.set()
            self._arrivals.put(None)
