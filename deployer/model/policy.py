"""What a run may do, and what it knows of history: the part of a decision that is the same for all its workflows."""

from collections.abc import Callable
from dataclasses import dataclass

Ancestry = Callable[[str, str], bool | None]


def unknown_history(_older: str, _newer: str) -> bool | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`release`: was one asked for; `force`: also what is older than what is live. `is_ancestor(a, b)`: None when unknown. `gated`: the
    workflows, by name, whose evals decide after a release whether it stays."""

    environment: str
    is_default_environment: bool = True
    release: bool = False
    force: bool = False
    on_drift: str = "hold"
    commit: str = ""
    is_ancestor: Ancestry = unknown_history
    gated: frozenset[str] = frozenset()

    def is_older(self, than: str) -> bool:
        """Is this run's commit a strict ancestor of that (possibly abbreviated) one? Unknown history is not older."""
        if not self.commit or not than or self.commit.startswith(than) or than.startswith(self.commit):
            return False
        return self.is_ancestor(self.commit, than) is True

    def is_newer(self, than: str) -> bool:
        """Is that commit a known strict ancestor of this run's? Unknown history is not newer."""
        if not self.commit or not than or self.commit.startswith(than) or than.startswith(self.commit):
            return False
        return self.is_ancestor(than, self.commit) is True
