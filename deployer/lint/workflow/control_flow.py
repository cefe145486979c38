"""In which order the steps of a meinGPT workflow can run.

The page shows steps in a list and conditions that name the step to go on with, and does not say what comes after a branch's
step. So for every question the reading is taken that lets most workflows pass:

- whether a step can run before another: each step goes on with the next in the list, conditions do too, and every branch that
  leads back lets all between run again;
- whether anything leads to a step: as above, but a condition with two branches goes nowhere else;
- whether a step is only on the other branch: asked of the very step that a branch names, for which one answer fits all readings.

Steps of a type that is not on the page may lead to any step that their settings name.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from deployer.lint.rule import Document
from deployer.lint.workflow.shapes import STEP_TYPES
from deployer.lint.workflow.steps import WorkflowStep, steps

BRANCHES = ("true_branch", "false_branch")
LONGEST_BRANCH = 100
"""Steps followed along a branch: keeps a hostile file from taking quadratic time."""

MOST_WAYS = 10
"""Branches to one step that are looked at, for the same reason."""


class Branch(NamedTuple):
    """A condition's way to a step: both by their places in `steps(document)`."""

    start: int
    key: str
    target: int


class Branches:
    """The branches by where they start and where they lead; `decided` are conditions of which both branches lead somewhere."""

    def __init__(self, order: "ControlFlow") -> None:
        self.out: dict[int, list[Branch]] = {}
        self.into: dict[int, list[Branch]] = {}
        for branch in order.branches:
            self.out.setdefault(branch.start, []).append(branch)
            self.into.setdefault(branch.target, []).append(branch)
        self.decided = {place for place, out in self.out.items() if order.is_condition(place) and len({each.key for each in out}) == len(BRANCHES)}
        firsts = {0, *(place + 1 for place, last in enumerate(order.last) if last > place)}
        # Steps that are come to without a branch: the first of a list, and those after a step that goes on.
        self.falls_into = firsts | {after for place, after in enumerate(order.next) if after >= 0 and place not in self.decided}


class ControlFlow:
    """`ids` leads from every id to the places that have it, in the order of the file. `whole`: every step is a mapping with an id."""

    def __init__(self, document: Document) -> None:
        self.steps: tuple[WorkflowStep, ...] = steps(document)
        self.ids: dict[str, list[int]] = {}
        self.branches: list[Branch] = []
        self.next: list[int] = [-1] * len(self.steps)
        self.last: list[int] = list(range(len(self.steps)))
        self.holders: list[int] = [-1] * len(self.steps)
        self._read_steps()
        self._read_lists()
        self._read_branches()
        self._rounds: list[int] | None = None
        self._ways: Branches | None = None
        self._sides: dict[Branch, set[int]] = {}
        # Steps that a branch leads to, and all that these hold.
        self.heads: set[int] = set()
        for branch in self.branches:
            if branch.target not in self.heads:
                self.heads.update(range(branch.target, self.last[branch.target] + 1))

    def _read_steps(self) -> None:
        """`ids`, and the conditions and steps of other types, which may lead somewhere."""
        self.whole = True
        self.leading: list[int] = []
        self.nested = False
        for place, (_, data, loop) in enumerate(self.steps):
            if loop:
                self.nested = True
            if not isinstance(data, dict):
                self.whole = False
                continue
            name, kind = data.get("id"), data.get("type")
            if not isinstance(name, str):
                self.whole = False
            elif name in self.ids:
                self.ids[name].append(place)
            else:
                self.ids[name] = [place]
            if kind == "condition" or not isinstance(kind, str) or kind not in STEP_TYPES:
                self.leading.append(place)

    def _read_lists(self) -> None:
        """`next` is the following step of the same list, `last` the last one inside a step (itself, if it holds none), `holders` the loop around."""
        if not self.nested:
            self.next = [*range(1, len(self.steps)), -1]
            return
        lists: dict[tuple[str | int, ...], list[int]] = {}
        for place, step in enumerate(self.steps):
            lists.setdefault(step.path[:-1], []).append(place)
        for places in lists.values():
            for before, after in pairwise(places):
                self.next[before] = after
        paths = {step.path: place for place, step in enumerate(self.steps)}
        for place in range(len(self.steps) - 1, -1, -1):
            loop = self.steps[place].loop
            if loop:
                holder = self.holders[place] = paths[loop]
                self.last[holder] = max(self.last[holder], self.last[place])

    def _read_branches(self) -> None:
        for place in self.leading:
            data = self.steps[place].data
            config = data.get("config")
            if isinstance(config, dict):
                named = [(key, config.get(key)) for key in BRANCHES] if data.get("type") == "condition" else _names(config)
                for key, name in named:
                    for target in self.ids.get(name, ()) if isinstance(name, str) else ():
                        self.branches.append(Branch(place, key, target))

    def is_condition(self, place: int) -> bool:
        data = self.steps[place].data
        return isinstance(data, dict) and data.get("type") == "condition"

    def can_run_before(self, place: int, reader: int) -> bool:
        """Whether the step has run, in some run, when the reader starts. -1 is the trigger, which comes before every step."""
        if reader < 0:
            return False
        return place < reader or self.rounds[place] == self.rounds[reader] >= 0

    @property
    def rounds(self) -> list[int]:
        """For each step the number of the round that it is part of (what a loop holds, or what a branch leads back over), else -1."""
        if self._rounds is None:
            spans = [(branch.target, branch.start) for branch in self.branches if branch.target <= branch.start]
            spans += [(place + 1, last) for place, last in enumerate(self.last) if last > place]
            self._rounds = _merged(spans, len(self.steps))
        return self._rounds

    @property
    def ways(self) -> Branches:
        if self._ways is None:
            self._ways = Branches(self)
        return self._ways

    def unreached(self) -> Iterator[int]:
        """Steps that nothing leads to; of several that follow one another only the first."""
        if self._all_are_reached():
            return
        reached = [False] * len(self.steps)
        for first in range(len(self.steps)):
            if reached[first]:
                continue
            if first:
                yield first
            waiting = [first]
            while waiting:
                place = waiting.pop()
                if place < 0 or reached[place]:
                    continue
                reached[place] = True
                waiting += [branch.target for branch in self.ways.out.get(place, ())]
                if place not in self.ways.decided:
                    waiting.append(self.next[place])
                if self.last[place] > place:
                    waiting.append(place + 1)

    def _all_are_reached(self) -> bool:
        """At a glance: behind every condition with two branches is a step that a branch from further up leads to. False says nothing."""
        ahead = {branch.target for branch in self.branches if branch.target > branch.start}
        keys = {(branch.start, branch.key) for branch in self.branches if self.is_condition(branch.start)}
        return all(self.next[place] < 0 or self.next[place] in ahead for place in self.leading if {(place, key) for key in BRANCHES} <= keys)

    def cycles(self) -> Iterator[Branch]:
        """Branches of conditions that lead back, to the condition itself too."""
        return (branch for branch in self.branches if branch.target <= branch.start and self.is_condition(branch.start))

    def only_on_other_branch(self, place: int, reader: int) -> int:
        """The condition whose branch to the reader (or to a loop around it) leaves that step out; -1 when there is none."""
        if reader not in self.heads or place >= reader or self.rounds[place] == self.rounds[reader] >= 0:
            return -1
        ways = self.ways
        for head in self._around(reader):
            for branch in ways.into.get(head, ())[:MOST_WAYS]:
                others = [each for each in ways.out[branch.start] if each.key != branch.key and each.target != head]
                again = self.rounds[place] == self.rounds[branch.start] >= 0  # it may have run in an earlier round
                if branch.start < place and not again and any(place in self._side(each) for each in others):
                    return branch.start
        return -1

    def _around(self, reader: int) -> Iterator[int]:
        """The step, and each loop around it."""
        yield reader
        while self.holders[reader] >= 0:
            reader = self.holders[reader]
            yield reader

    def _side(self, branch: Branch) -> set[int]:
        """The steps that run only by way of that branch: from its target on, up to one that something else leads to."""
        if branch in self._sides:
            return self._sides[branch]
        side: set[int] = set()
        self._sides[branch] = side
        waiting = [branch.target]
        while waiting and len(side) < LONGEST_BRANCH:
            place = waiting.pop()
            if place in side or place in self.ways.falls_into or len(self.ways.into.get(place, ())) > 1:
                continue
            side.update(range(place, min(self.last[place], place + LONGEST_BRANCH) + 1))
            following = self.next[place]
            while following >= 0 and place not in self.ways.decided and following not in self.ways.into and len(side) < LONGEST_BRANCH:
                side.update(range(following, min(self.last[following], following + LONGEST_BRANCH) + 1))
                place, following = following, self.next[following]
            waiting += [each.target for each in self.ways.out.get(place, ())]
        return side


def order(document: Document) -> ControlFlow:
    if "order" not in document.memo:
        document.memo["order"] = ControlFlow(document)
    found: ControlFlow = document.memo["order"]
    return found


def _names(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every text in the settings of a step, once, as a name and as what it may lead to."""
    found = {}
    stack: list[Any] = [config]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            found[value] = value
        elif isinstance(value, dict):
            stack += [each for key, each in value.items() if key != "steps"]
        elif isinstance(value, list):
            stack += value
    return list(found.items())


def _merged(spans: list[tuple[int, int]], count: int) -> list[int]:
    """For each of `count` places the number of the stretch it is in; stretches that overlap are one."""
    numbers = [-1] * count
    number = reach = -1
    for start, end in sorted(spans):
        if start > reach:
            number += 1
        for place in range(max(start, reach + 1), end + 1):
            numbers[place] = number
        reach = max(reach, end)
    return numbers
