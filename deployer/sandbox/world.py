"""All that a running sandbox is made of."""

import asyncio
from dataclasses import dataclass, field
from os import PathLike

from deployer.sandbox import faults as fault_rules
from deployer.sandbox import targets as target_rules
from deployer.sandbox.barriers import Barriers
from deployer.sandbox.config import ConfigError, Source
from deployer.sandbox.faults import Faults
from deployer.sandbox.limits import Limits
from deployer.sandbox.replies import is_meingpt
from deployer.sandbox.store import Store
from deployer.sandbox.targets import Organisation, Target, Targets
from deployer.sandbox.versions import Versions
from deployer.sandbox.workflows import Workflows


@dataclass(slots=True)
class World:
    """`latency` is seconds added to every call. `may_exit` False: inside another process, which must not be ended."""

    store: Store
    targets: Targets
    faults: Faults
    first_faults: Faults
    latency: float = 0.0
    may_exit: bool = False
    limits: Limits = field(default_factory=Limits)
    in_flight: int = 0
    late: set["asyncio.Task[None]"] = field(default_factory=set)
    barriers: Barriers = field(default_factory=Barriers)
    versions: Versions = field(init=False)
    workflows: Workflows = field(init=False)

    def __post_init__(self) -> None:
        self.versions = Versions(self.store)
        self.workflows = Workflows(self.store)
        self.seed()

    def seed(self) -> None:
        """What the targets file declares is there from the start."""
        with self.store.transaction():
            for target in self.targets.by_key.values():
                self.versions.know(target)
            for organisation in self.targets.by_token.values():
                self.workflows.know(organisation)

    def reset(self) -> None:
        """As it was at the start: an effect that is still to land does not, and nobody waits any more."""
        for task in self.late:
            task.cancel()
        self.late.clear()
        self.barriers.drop()
        self.store.clear()
        self.versions.forget()
        self.workflows.forget()
        self.limits.clear()
        self.faults = self.first_faults
        self.seed()

    def caller(self, path: str, authorization: str) -> Target | Organisation | None:
        """Whose key is it? None: nobody's."""
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = key.strip()
        return self.targets.organisation(key) if is_meingpt(path) else self.targets.target(key)


def make(
    state: str | PathLike[str] | None = None, targets: Source = None, faults: Source = None, latency: float = 0.0, *, may_exit: bool = False
) -> World:
    """Read the files, open the state. Raises ConfigError."""
    if not 0 <= latency < float("inf"):
        raise ConfigError(f"latency: must be seconds, 0 or more, not {latency}.")
    read_targets = target_rules.read(targets)
    rules = fault_rules.read(faults, may_exit=may_exit)
    return World(Store(state), read_targets, rules, rules, latency, may_exit)
