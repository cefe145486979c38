"""Which step can run before which: against walks through every reading of the workflow, found without the linter."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.lint import engine
from deployer.lint.rule import Document
from deployer.lint.workflow.control_flow import ControlFlow
from deployer.model.workflow import Source

quick = settings(max_examples=200, derandomize=True, database=None, deadline=None)
MOST = 7


def source(steps: list[dict[str, Any]]) -> Source:
    definition = {"name": "a", "trigger": {"type": "webhook"}, "steps": steps}
    return Source("a.yaml", "meingpt", "workflow", json.dumps(definition).encode(), definition)


def step(name: str, kind: str = "ai_completion", /, **config: object) -> dict[str, Any]:
    return {"id": name, "type": kind, "config": config}


@st.composite
def flat(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """For each step the steps that its branches lead to: none, or two (the second may be missing)."""
    count = draw(st.integers(1, MOST))
    place = st.integers(0, count - 1)
    return [draw(st.one_of(st.just(()), st.tuples(place), st.tuples(place, place))) for _ in range(count)]


def built(branches: list[tuple[int, ...]]) -> list[dict[str, Any]]:
    keys = ("true_branch", "false_branch")
    return [
        step(f"s{place}", "condition", condition="true", **{key: f"s{target}" for key, target in zip(keys, targets)})
        if targets
        else step(f"s{place}")
        for place, targets in enumerate(branches)
    ]


def reachable(ways: dict[int, set[int]], start: int) -> set[int]:
    """Everywhere that one or more moves lead to."""
    found: set[int] = set()
    waiting = list(ways[start])
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += ways[place]
    return found


@quick
@given(flat())
def test_can_run_before_agrees_with_a_walk(branches: list[tuple[int, ...]]) -> None:
    """Every condition may also go on with the next step: the reading that lets most pass."""
    count = len(branches)
    ways = {place: {*targets, *({place + 1} if place + 1 < count else ())} for place, targets in enumerate(branches)}
    order = ControlFlow(Document(source(built(branches))))
    for place in range(count):
        for reader in range(count):
            assert order.can_run_before(place, reader) == (reader in reachable(ways, place))


@quick
@given(flat())
def test_unreachable_steps_agree_with_a_walk(branches: list[tuple[int, ...]]) -> None:
    """Each one that is named is not reached from the start; and from the start and those named, all are."""
    count = len(branches)
    ways = {place: {*targets, *({place + 1} if place + 1 < count and len(targets) < 2 else ())} for place, targets in enumerate(branches)}
    named = list(ControlFlow(Document(source(built(branches)))).find_unreachable())
    reached = {0, *reachable(ways, 0)}
    assert reached.isdisjoint(named)
    assert set.union(reached, *({place, *reachable(ways, place)} for place in named)) == set(range(count))


def findings(steps: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (finding.rule, finding.message.split("`")[1]) for finding in engine.lint_sources([source(steps)]) if finding.rule.startswith("reference-")
    ]


def test_step_may_read_an_earlier_round() -> None:
    loop = step("each", "loop", items="{{input.items}}", steps=[step("first", prompt="{{second.output}}"), step("second", prompt="{{first.output}}")])
    assert findings([loop]) == []


def test_backward_branch_lets_a_later_step_run_before() -> None:
    retry = step("good", "condition", condition="{{draft.output.ok}}", true_branch="send", false_branch="draft")
    steps = [step("draft", prompt="{{review.output}}"), step("review", prompt="{{draft.output}}"), retry, step("send", "email", to="a@example.com")]
    assert findings(steps) == []


def test_step_after_both_branches_may_read_either() -> None:
    decide = step("decide", "condition", condition="{{input.a}}", true_branch="yes", false_branch="no")
    steps = [decide, step("yes", prompt="a"), step("no", prompt="b"), step("after", prompt="{{yes.output}}{{no.output}}")]
    assert findings(steps) == []


def test_step_on_the_other_branch_is_reported() -> None:
    decide = step("decide", "condition", condition="{{input.a}}", true_branch="yes", false_branch="no")
    steps = [decide, step("yes", prompt="a"), step("more", prompt="{{yes.output}}"), step("no", prompt="{{more.output}}")]
    assert findings(steps) == [("reference-branch", "more")]


def test_two_steps_of_one_id_give_one_finding() -> None:
    steps = [step("a", prompt="{{b.output}}"), step("b", prompt="x"), step("b", prompt="x")]
    rules = [finding.rule for finding in engine.lint_sources([source(steps)])]
    assert rules == ["step-id-unique"]


def test_thousands_of_branches_take_no_quadratic_time() -> None:
    """Nothing about order takes quadratic time."""
    count = 5_000
    steps = [
        step(
            f"s{place}",
            "condition",
            condition=f"{{{{s{(place * 7) % count}.output}}}}",
            true_branch=f"s{place + 1}",
            false_branch=f"s{(place * 3) % count}",
        )
        for place in range(count)
    ]
    assert len(engine.lint_sources([source(steps)])) > 1_000


def test_thousands_of_typos_take_no_quadratic_time() -> None:
    """Looking for the nearest name is the slow part: each of these has to be compared with thousands."""
    steps = [
        step(f"step_{place}", "condition", condition="true", true_branch=f"stop_{place}", prompt=f"{{{{stap_{place}.output}}}}")
        for place in range(2_000)
    ]
    wide = step("wide", prompt="".join(f"{{{{name_{place}.x}}}}" for place in range(2_000)), **{f"key_{place}": "" for place in range(2_000)})
    found = engine.lint_sources([source([*steps, wide])])
    assert len({finding.rule for finding in found}) >= 4
