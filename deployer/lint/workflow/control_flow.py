"""The control flow of a meinGPT workflow: the orders in which its steps can run.

The page shows steps in a list, and conditions that name the next step; it does not define what follows the step of a branch. So each
question takes the reading that accepts most workflows:

- whether a step can run before another: each step continues with the next in the list, conditions too, and every branch that leads
  back makes all steps between run again;
- whether a step is reachable: the same, but a condition with two branches continues nowhere else;
- whether a step is only on the other branch: asked of the step that a branch names, for which all readings agree.

Steps of a type that is not on the page may lead to any step that their settings name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from deployer.lint.rule import Document, once_per_document
from deployer.lint.workflow.step_types import STEP_TYPES
from deployer.lint.workflow.steps import read_steps
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BRANCHES = ("true_branch", "false_branch")
MAX_BRANCH_STEPS = 100
"""Steps followed along a branch: keeps a hostile file from taking quadratic time."""

MAX_BRANCHES_PER_STEP = 10
"""Branches to one step that are checked, for the same reason."""


class Branch(NamedTuple):
    """A branch of a condition: `start` and `target` are places in `read_steps(document)`."""

    start: int
    key: str
    target: int


class Branches:
    """The branches by start and by target. `decided`: conditions with two branches. `entered_without_branch`: the first step of each list,
    and the steps that another one continues with.
    """

    def __init__(self, flow: ControlFlow) -> None:
        self.out: dict[int, list[Branch]] = {}
        self.into: dict[int, list[Branch]] = {}
        for branch in flow.branches:
            self.out.setdefault(branch.start, []).append(branch)
            self.into.setdefault(branch.target, []).append(branch)
        self.decided = {place for place, out in self.out.items() if flow.is_condition(place) and len({branch.key for branch in out}) == len(BRANCHES)}
        firsts = {0, *(place + 1 for place, last in enumerate(flow.last) if last > place)}
        self.entered_without_branch = firsts | {
            following for place, following in enumerate(flow.next) if following >= 0 and place not in self.decided
        }


class ControlFlow:
    """`ids`: the places of each id, in the order of the file. `whole`: every step is a mapping with an id. `next`: the following step of the same
    list. `last`: the last step inside a step (itself, if it holds none). `holders`: the loop around a step. `leading`: conditions, and steps
    of unknown types, which may branch. `heads`: the steps that a branch leads to, and all steps in these. `_first_starts`: for each step that a
    branch leads to, the first step with such a branch.
    """

    def __init__(self, document: Document) -> None:
        self.steps = read_steps(document)
        self.ids: dict[str, list[int]] = {}
        self.leading: list[int] = []
        self.whole = True
        self._read_steps()
        self.next: list[int] = [-1] * len(self.steps)
        self.last: list[int] = list(range(len(self.steps)))
        self.holders = [step.holder for step in self.steps]
        self._read_lists()
        self.branches = list(self._read_branches())
        self._exclusive: dict[Branch, set[int]] = {}
        self.heads: set[int] = set()
        self._first_starts: dict[int, int] = {}
        for branch in self.branches:
            self._first_starts[branch.target] = min(branch.start, self._first_starts.get(branch.target, branch.start))
            if branch.target not in self.heads:
                self.heads.update(range(branch.target, self.last[branch.target] + 1))

    def _read_steps(self) -> None:
        for place, (_, data, _, _) in enumerate(self.steps):
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
        latest: dict[int, int] = {}  # of each list, by its holder
        for place, holder in enumerate(self.holders):
            if holder in latest:
                self.next[latest[holder]] = place
            latest[holder] = place
        for place in range(len(self.steps) - 1, -1, -1):
            holder = self.holders[place]
            if holder >= 0 and self.last[holder] < self.last[place]:
                self.last[holder] = self.last[place]

    def _read_branches(self) -> Iterator[Branch]:
        for place in self.leading:
            data = self.steps[place].data
            config = data.get("config")
            if isinstance(config, dict):
                names = [(key, config.get(key)) for key in BRANCHES] if data.get("type") == "condition" else _texts_in(config)
                for key, name in names:
                    for target in self.ids.get(name, ()) if isinstance(name, str) else ():
                        yield Branch(place, key, target)

    def is_condition(self, place: int) -> bool:
        data = self.steps[place].data
        return isinstance(data, dict) and data.get("type") == "condition"

    def can_run_before(self, place: int, reader: int) -> bool:
        """Whether the step has run, in some run, when the reader starts. -1 is the trigger, which comes before every step."""
        if reader < 0:
            return False
        return place < reader or self._share_round(place, reader)

    def _share_round(self, place: int, other: int) -> bool:
        """Whether one round repeats both steps, so that either may have run before the other."""
        return self.rounds[place] == self.rounds[other] >= 0

    @cached_property
    def rounds(self) -> list[int]:
        """For each step the number of the round that repeats it (a loop's steps, or what a branch leads back over), else -1."""
        spans = [(branch.target, branch.start) for branch in self.branches if branch.target <= branch.start]
        spans += [(place + 1, last) for place, last in enumerate(self.last) if last > place]
        return _number_spans(spans, len(self.steps))

    @cached_property
    def indexed(self) -> Branches:
        return Branches(self)

    def find_unreachable(self) -> Iterator[int]:
        """Steps that nothing leads to; of several that follow one another only the first."""
        if self._all_are_reachable():
            return
        reached = [False] * len(self.steps)
        for first in range(len(self.steps)):
            if reached[first]:
                continue
            if first:
                yield first
            stack = [first]
            while stack:
                place = stack.pop()
                if place < 0 or reached[place]:
                    continue
                reached[place] = True
                stack += [branch.target for branch in self.indexed.out.get(place, ())]
                if place not in self.indexed.decided:
                    stack.append(self.next[place])
                if self.last[place] > place:
                    stack.append(place + 1)

    def _all_are_reachable(self) -> bool:
        """A quick test: the step behind every condition with two branches is the target of a branch from further up. False means unknown."""
        targets = {branch.target for branch in self.branches if branch.target > branch.start}
        keys = {(branch.start, branch.key) for branch in self.branches if self.is_condition(branch.start)}
        return all(self.next[place] < 0 or self.next[place] in targets for place in self.leading if {(place, key) for key in BRANCHES} <= keys)

    def find_backward_branches(self) -> Iterator[Branch]:
        """Branches of conditions that lead back, to the condition itself too."""
        return (branch for branch in self.branches if branch.target <= branch.start and self.is_condition(branch.start))

    def find_excluding_condition(self, place: int, reader: int) -> int:
        """The condition of which one branch leads to the reader (or to a loop around it), and only the other to the step; -1 without one."""
        if reader not in self.heads or place >= reader:
            return -1
        if all(self._first_starts.get(head, place) >= place for head in self._with_holders(reader)) or self._share_round(place, reader):
            return -1
        for head in self._with_holders(reader):
            for branch in self.indexed.into.get(head, ())[:MAX_BRANCHES_PER_STEP]:
                others = [other for other in self.indexed.out[branch.start] if other.key != branch.key and other.target != head]
                can_be_earlier_round = self._share_round(place, branch.start)
                if branch.start < place and not can_be_earlier_round and any(place in self._exclusive_steps(other) for other in others):
                    return branch.start
        return -1

    def _with_holders(self, place: int) -> Iterator[int]:
        """The step, and each loop around it."""
        while place >= 0:
            yield place
            place = self.holders[place]

    def _exclusive_steps(self, branch: Branch) -> set[int]:
        """The steps that run only through that branch: from its target on, up to one that something else leads to."""
        if branch in self._exclusive:
            return self._exclusive[branch]
        steps: set[int] = set()
        self._exclusive[branch] = steps
        index = self.indexed
        stack = [branch.target]
        while stack and len(steps) < MAX_BRANCH_STEPS:
            place = stack.pop()
            if place in steps or place in index.entered_without_branch or len(index.into.get(place, ())) > 1:
                continue
            steps.update(self._with_contents(place))
            following = self.next[place]
            while following >= 0 and place not in index.decided and following not in index.into and len(steps) < MAX_BRANCH_STEPS:
                steps.update(self._with_contents(following))
                place, following = following, self.next[following]
            stack += [other.target for other in index.out.get(place, ())]
        return steps

    def _with_contents(self, place: int) -> range:
        """The step, and the steps inside it."""
        return range(place, min(self.last[place], place + MAX_BRANCH_STEPS) + 1)


read_control_flow = once_per_document(ControlFlow)


def _texts_in(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every text in the settings of a step, once, as a key and as the id of a step that it may lead to."""
    texts = {}
    stack: list[Any] = [config]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            texts[value] = value
        elif isinstance(value, dict):
            stack += [item for key, item in value.items() if key != "steps"]
        elif isinstance(value, list):
            stack += value
    return list(texts.items())


def _number_spans(spans: list[tuple[int, int]], count: int) -> list[int]:
    """For each of `count` places the number of the span that holds it, else -1; spans that overlap are one."""
    numbers = [-1] * count
    number = last = -1
    for start, end in sorted(spans):
        if start > last:
            number += 1
        for place in range(max(start, last + 1), end + 1):
            numbers[place] = number
        last = max(last, end)
    return numbers
