"""The pool, where the planner has it from: checks run in one too, so it lives with the clock."""

from deployer.platforms.pool import NotDone, Pool

__all__ = ["NotDone", "Pool"]
