"""Into how many shards a plan is split, and that each one's hash is that of the plan which its job will make."""

from typing import Any

import pytest

from deployer.model.change import Change, Hold, Replace, Unchanged, WriteDraft
from deployer.model.observation import MISSING
from deployer.model.plan import Plan
from deployer.model.shard import Shard, read
from deployer.model.workflow import Source, Workflow
from deployer.planning.sharding import part, split_plan


def change(number: int, kind: type[Change]) -> Change:
    platform: Any = "gptbots" if kind is WriteDraft else "meingpt"
    source = Source.known_by(f"{number:064}", f"{number}.flow", platform)
    return kind(workflow=Workflow(f"w{number:05}", source, "K"), observed=MISSING)


def plan_of(imports: int, updates: int = 0, still: int = 0) -> Plan:
    kept = [Unchanged, Hold]
    kinds = [WriteDraft] * imports + [Replace] * updates + [kept[number % 2] for number in range(still)]
    return Plan("production", tuple(change(number, kind) for number, kind in enumerate(kinds)))


@pytest.mark.parametrize(
    ("plan", "most", "of"),
    [
        (plan_of(0, 0, 50), 0, 0),
        (plan_of(0, 0, 50), 8, 0),
        (plan_of(1), 0, 1),
        (plan_of(100), 0, 1),
        (plan_of(101), 0, 2),
        (plan_of(1000, 0, 500), 0, 10),
        (plan_of(0, 900), 0, 1),
        (plan_of(20_000), 0, 100),
        (plan_of(20), 3, 3),
        (plan_of(2, 1, 40), 8, 3),
        (plan_of(300), 256, 256),
    ],
)
def test_how_many(plan: Plan, most: int, of: int) -> None:
    shards = split_plan(plan, most)
    assert [(shard.number, shard.of) for shard in shards] == [(number, of) for number in range(1, of + 1)]


def test_the_parts_are_the_whole_and_each_has_its_hash() -> None:
    plan = plan_of(5, 3, 4)
    shards = split_plan(plan, 5)
    parts = [part(plan, shard.number, shard.of) for shard in shards]
    assert sorted((each for one in parts for each in one), key=lambda each: each.workflow.name) == list(plan)
    assert [one.hash for one in parts] == [shard.plan_hash for shard in shards]
    assert len({plan.hash, *(shard.plan_hash for shard in shards)}) == 6


def test_one_shard_is_the_plan() -> None:
    plan = plan_of(2)
    assert split_plan(plan) == (Shard(1, 1, plan.hash),)


@pytest.mark.parametrize(("text", "shard"), [("2/5", Shard(2, 5)), (" 1 / 1 ", Shard(1, 1)), ("0/2", None), ("3/2", None), ("2", None)])
def test_as_it_is_written(text: str, shard: Shard | None) -> None:
    assert read(text) == shard
    assert shard is None or read(str(shard)) == shard
