"""A shard: every n-th workflow of an environment in name order, which a job of its own deploys."""

import re
from typing import NamedTuple

_WRITTEN = re.compile(r"\s*(\d{1,3})\s*/\s*(\d{1,3})\s*", re.ASCII)


class Shard(NamedTuple):
    """`2/5`: which one, from 1, of how many. `plan_hash` is that of its part of the plan, "" while there is none."""

    number: int
    of: int
    plan_hash: str = ""

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def read(text: str) -> Shard | None:
    """`2/5`; None when it is not written so."""
    found = _WRITTEN.fullmatch(text)
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    return Shard(number, of) if 1 <= number <= of else None
