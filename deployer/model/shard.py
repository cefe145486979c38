"""A shard: every n-th workflow of an environment in name order, deployed by a job of its own."""

import re
from typing import NamedTuple

_WRITTEN = re.compile(r"\s*(\d{1,3})\s*/\s*(\d{1,3})\s*", re.ASCII)


class Shard(NamedTuple):
    """`2/5`: its number, from 1, and how many there are. `plan_hash`: of its part of the plan, "" before planning."""

    number: int
    of: int
    plan_hash: str = ""

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def read(text: str) -> Shard | None:
    """The shard written as `2/5`, None for any other text."""
    match = _WRITTEN.fullmatch(text)
    number, of = (int(match[1]), int(match[2])) if match else (0, 0)
    return Shard(number, of) if 1 <= number <= of else None
