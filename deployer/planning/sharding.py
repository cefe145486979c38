"""Parting a plan into shards, one job each: how many are worth it, and the hash of each one's part. Pure.

A further job costs a runner's start, five calls to GitHub, and another read of every list. It brings more writes in flight, and
that is all: the budget of a key that leads to many workflows is the same however many jobs spend it (docs/contracts/meingpt.md, "Rate limits"),
so only workflows that have a key of their own call for more of them.
"""

from dataclasses import replace

from deployer.model.plan import Plan
from deployer.model.shard import Shard
from deployer.platforms.registry import platform_named

WORTH_A_JOB = 100  # workflows with a key of their own to write: about as long as a job takes to start
ENOUGH = 100  # unasked: the default token has 1,000 calls an hour, and a shard makes five or more (docs/contracts/github-actions.md, "Token")


def parted(plan: Plan, most: int = 0) -> tuple[Shard, ...]:
    """The shards to deploy a plan in; none when there is nothing to do. `most`: how many at most, 0 to decide it here."""
    imports = sum(platform_named(change.workflow.platform).capabilities.key_is_target for change in plan.writes)
    of = min(most or min(max(1, -(-imports // WORTH_A_JOB)), ENOUGH), len(plan.writes))
    return tuple(Shard(number, of, part(plan, number, of).hash) for number in range(1, of + 1))


def part(plan: Plan, number: int, of: int) -> Plan:
    """The plan that a shard makes of its own workflows (`deployer.pipeline.project` parts them the same way)."""
    return replace(plan, changes=plan.changes[number - 1 :: of])
