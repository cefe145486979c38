"""Whose turn it is: what other runs have said of the same workflows, in the order in which they said it. Pure.

An intent is a run's ticket. The state keeps tickets in one order, which is the same for every reader, and every run looks after it took
its own: so of two runs at once, the later one always knows of the earlier one.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from deployer.state.base import ConcurrentRuns, EnvironmentState, Intent
from deployer.state.events import Event, intended_by

WITHOUT_EFFECT = ("failed", "skipped", "held")
NOTHING_SENT = ("skipped", "held")


def concurrent_runs(
    before: EnvironmentState, facts: Sequence[Event], environment: str, run: str, workflows: Collection[str], now: int
) -> ConcurrentRuns:
    """See `deployer.state.base.State.others`. `before`: the state as this run first read it, `facts`: what was said since, in order.

    `now` in epoch milliseconds: an intent whose time is over is waited for by nobody.
    """
    about = {name: _WorkflowIntents(_may_write(before.of(name).unfinished_intents, run, now)) for name in workflows}
    for fact in facts:
        if fact.get("environment") != environment:
            continue
        if fact.get("kind") == "intent":
            for name, said in intended_by(fact).items():
                if name not in about:
                    continue
                if fact.get("run") == run:
                    about[name].ours = True  # the shards of one run say their intents apart, each of its own workflows
                elif _may_write([said], run, now):
                    about[name].intend(said)
        elif fact.get("run") != run and fact.get("workflow") in about:
            about[str(fact["workflow"])].learn(fact)
    return ConcurrentRuns(
        {name: tuple(each.ahead.values()) for name, each in about.items() if each.ahead},
        {name: list(each.later.values())[-1] for name, each in about.items() if each.later},
        frozenset(name for name, each in about.items() if each.moved),
    )


def without(seen: ConcurrentRuns, over: Collection[str], is_over: Callable[[str], bool]) -> ConcurrentRuns:
    """What is left when runs that are over are waited for no more. `over`: those that were when this run first read the state. Any other
    one may have written since then."""
    runs = {each.run for intents in seen.earlier_intents.values() for each in intents} - set(over)
    ended = {run for run in runs if is_over(run)}
    moved = {name for name, intents in seen.earlier_intents.items() if any(each.run in ended for each in intents)}
    ahead = {name: tuple(each for each in intents if each.run in runs - ended) for name, intents in seen.earlier_intents.items()}
    return ConcurrentRuns({name: intents for name, intents in ahead.items() if intents}, seen.latest_intent, seen.possibly_changed | moved)


def same_run(one: str, other: str) -> bool:
    """GitHub's `123.2` is the second attempt of 123: the first one was over before it began."""
    return one.partition(".")[0] == other.partition(".")[0]


def _may_write(intents: Iterable[Intent], run: str, now: int) -> dict[str, Intent]:
    return {each.run: each for each in intents if not (each.finished or same_run(each.run, run)) and each.gives_up_at > now}


class _WorkflowIntents:
    """What was said of one workflow: by whom before us, by whom after us, and whether anything may have been written. `ours`: we have said it."""

    def __init__(self, ahead: Mapping[str, Intent]) -> None:
        self.ahead = dict(ahead)
        self.later: dict[str, Intent] = {}
        self.moved = False
        self.ours = False
        self._recorded: set[str] = set()

    def intend(self, said: Intent) -> None:
        """A run that says it anew, having looked again, keeps its place."""
        place = self.ahead if said.run in self.ahead or not self.ours else self.later
        place[said.run] = said

    def learn(self, fact: Event) -> None:
        run, outcome = str(fact.get("run")), fact.get("outcome")
        if fact.get("kind") != "outcome":
            self.moved = True
            self._recorded.add(run)
            return
        self.moved = self.moved or outcome not in NOTHING_SENT
        self.ahead.pop(run, None)
        if outcome in WITHOUT_EFFECT and run not in self._recorded:
            self.later.pop(run, None)
