"""What a change is compared with, to show what changes inside its workflow."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class CandidateCommit(NamedTuple):
    """A commit whose file may be what was there. `fingerprint`: of that file, as recorded; "" when nothing can prove it. `label`: what it is,
    for people; the commit is added to it."""

    commit: str
    label: str
    fingerprint: str = ""

    @property
    def against(self) -> str:
        return f"{self.label} (commit {self.commit[:7]})"


class Baseline(NamedTuple):
    """`definition`: what the platform showed, None where it shows none; `absent`: nothing is there, all is new. Else the `commits` to look at,
    best first."""

    definition: Mapping[str, Any] | None = None
    absent: bool = False
    commits: tuple[CandidateCommit, ...] = ()
