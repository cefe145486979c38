"""Other runs that write the same workflows, in the order of their intents. Pure.

An intent is a run's ticket. The state keeps intents in one order, the same for every reader, and every run looks after it recorded its own:
so of two concurrent runs the later one always sees the earlier one.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from deployer.state.base import ConcurrentRuns, EnvironmentState, Intent
from deployer.state.events import Event, intents_by_workflow
from deployer.state.run_names import is_earlier_attempt

WITHOUT_EFFECT = ("failed", "skipped", "held")
NOTHING_SENT = ("skipped", "held")
WRITES = ("record", "removed")  # the kinds of events that tell of a write


def find_concurrent_runs(
    first_read: EnvironmentState, events: Iterable[Event], environment: str, run: str, workflows: Collection[str], now: int
) -> ConcurrentRuns:
    """See `StateStore.concurrent_runs`. `first_read`: the state as this run first read it, `events`: those recorded since, in order.

    `now`: epoch milliseconds. An intent whose run has given up by then does not count.
    """
    queues = {name: _WorkflowQueue(_may_still_write(first_read.of(name).unfinished_intents, run, now)) for name in workflows}
    for event in events:
        if event.get("environment") != environment:
            continue
        if event.get("kind") == "intent":
            for name, intent in intents_by_workflow(event).items():
                if name not in queues:
                    continue
                if intent.run == run:
                    queues[name].has_ours = True
                elif _may_still_write([intent], run, now):
                    queues[name].add_intent(intent)
        elif event.get("run") != run and event.get("workflow") in queues:
            queues[str(event["workflow"])].apply(event)
    return ConcurrentRuns(
        {name: tuple(queue.earlier.values()) for name, queue in queues.items() if queue.earlier},
        {name: list(queue.later.values())[-1] for name, queue in queues.items() if queue.later},
        frozenset(name for name, queue in queues.items() if queue.possibly_changed),
        frozenset(name for name, queue in queues.items() if queue.written),
    )


def unfinished_runs(state: EnvironmentState, now: int) -> set[str]:
    """The runs that may still write, as far as the state shows. `now`: epoch milliseconds."""
    return {intent.run for record in state.workflows.values() for intent in record.unfinished_intents if intent.gives_up_at > now}


def without_ended_runs(concurrent: ConcurrentRuns, ended_before: Collection[str], has_ended: Callable[[str], bool]) -> ConcurrentRuns:
    """`concurrent` without the earlier intents of runs that have ended. `ended_before`: those that had ended when this run first read the
    state; any other one may have written since."""
    runs = {intent.run for intents in concurrent.earlier_intents.values() for intent in intents} - set(ended_before)
    ended = {run for run in runs if has_ended(run)}
    changed = {name for name, intents in concurrent.earlier_intents.items() if any(intent.run in ended for intent in intents)}
    running = {name: tuple(intent for intent in intents if intent.run in runs - ended) for name, intents in concurrent.earlier_intents.items()}
    return concurrent._replace(
        earlier_intents={name: intents for name, intents in running.items() if intents}, possibly_changed=concurrent.possibly_changed | changed
    )


def _may_still_write(intents: Iterable[Intent], run: str, now: int) -> dict[str, Intent]:
    others = (intent for intent in intents if intent.run != run and not is_earlier_attempt(intent.run, run))
    return {intent.run: intent for intent in others if not intent.finished and intent.gives_up_at > now}


class _WorkflowQueue:
    """Intents of other runs for one workflow, before and after ours. `has_ours`: this run has recorded its own."""

    def __init__(self, earlier: Mapping[str, Intent]) -> None:
        self.earlier = dict(earlier)
        self.later: dict[str, Intent] = {}
        self.possibly_changed = False
        self.written = False
        self.has_ours = False
        self._recorded: set[str] = set()

    def add_intent(self, intent: Intent) -> None:
        """A run that planned anew and records its intent again keeps its place."""
        place = self.earlier if intent.run in self.earlier or not self.has_ours else self.later
        place[intent.run] = intent

    def apply(self, event: Event) -> None:
        run, outcome = str(event.get("run")), event.get("outcome")
        if event.get("kind") != "outcome":
            self.possibly_changed = True
            self.written = self.written or event.get("kind") in WRITES
            self._recorded.add(run)
            return
        self.possibly_changed = self.possibly_changed or outcome not in NOTHING_SENT
        self.earlier.pop(run, None)
        if outcome in WITHOUT_EFFECT and run not in self._recorded:
            self.later.pop(run, None)
