"""Shards of a plan, one job each: how many are worth it, and the hash of each part. Pure.

A further job costs a runner's start, five calls to GitHub, and another read of every list, and brings only more writes in flight. The budget of
a key that leads to many workflows is the same for any number of jobs (docs/contracts/meingpt.md, "Rate limits"), so only workflows that have
a key of their own need more jobs.
"""

from dataclasses import replace

from deployer.model.plan import Plan
from deployer.model.shard import Shard
from deployer.platforms.registry import platform_named

WORKFLOWS_PER_JOB = 100  # with keys of their own: writing them takes about as long as starting a job
MAX_SHARDS = 100  # by default: the job's token has 1,000 calls an hour, and a shard makes five or more (docs/contracts/github-actions.md, "Token")


def split_plan(plan: Plan, max_shards: int = 0) -> tuple[Shard, ...]:
    """The shards to deploy a plan in; none when there is nothing to do. `max_shards`: 0 to decide it here."""
    imports = sum(platform_named(change.workflow.platform).capabilities.key_is_target for change in plan.writes)
    of = min(max_shards or min(max(1, -(-imports // WORKFLOWS_PER_JOB)), MAX_SHARDS), len(plan.writes))
    return tuple(Shard(number, of, part(plan, number, of).hash) for number in range(1, of + 1))


def part(plan: Plan, number: int, of: int) -> Plan:
    """The plan that a shard makes of its own workflows (`deployer.pipeline.project` splits them in the same order)."""
    return replace(plan, changes=plan.changes[number - 1 :: of])
