"""The policy of a run: what it may do, the same for all its workflows, and which commit is older than which."""

from collections.abc import Callable
from dataclasses import dataclass

Ancestry = Callable[[str, str], bool | None]


def unknown_history(_older: str, _newer: str) -> bool | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`release`: one was requested; `force`: also of a commit older than the live one. `is_ancestor(a, b)` returns None when unknown.
    `gated`: names of the workflows whose evals decide whether a release stays live."""

    environment: str
    is_default_environment: bool = True
    release: bool = False
    force: bool = False
    on_drift: str = "hold"
    commit: str = ""
    is_ancestor: Ancestry = unknown_history
    gated: frozenset[str] = frozenset()

    def is_older(self, than: str) -> bool:
        """True when this run's commit is a strict ancestor of `than` (maybe abbreviated). Unknown history is not older."""
        if not self.commit or not than or self.commit.startswith(than) or than.startswith(self.commit):
            return False
        return self.is_ancestor(self.commit, than) is True

    def is_newer(self, than: str) -> bool:
        """True when `than` is a strict ancestor of this run's commit. Unknown history is not newer."""
        if not self.commit or not than or self.commit.startswith(than) or than.startswith(self.commit):
            return False
        return self.is_ancestor(than, self.commit) is True
