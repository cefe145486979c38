"""The runtime: all that a running sandbox is made of."""

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike

from deployer.sandbox.barriers import Barriers
from deployer.sandbox.config_files import ConfigSource, SandboxConfigError
from deployer.sandbox.fault_rules import FaultRules, read_fault_rules
from deployer.sandbox.gptbots_store import GptbotsStore
from deployer.sandbox.json_bodies import is_meingpt
from deployer.sandbox.meingpt_store import MeingptStore
from deployer.sandbox.rate_limits import RateWindows
from deployer.sandbox.store import SandboxStore
from deployer.sandbox.targets_file import Callers, DeclaredTarget, Organisation, read_targets


@dataclass(slots=True)
class SandboxRuntime:
    """`latency` is seconds added to every call. `may_exit` False: inside another process, which must not be ended.

    `late` holds the effects that are still to come. `log` is called with a line for each request.
    """

    store: SandboxStore
    callers: Callers
    faults: FaultRules
    latency: float = 0.0
    may_exit: bool = False
    log: Callable[[str], None] | None = None
    initial_faults: FaultRules = field(init=False)
    rates: RateWindows = field(default_factory=RateWindows)
    in_flight: int = 0
    late: set["asyncio.Task[None]"] = field(default_factory=set)
    barriers: Barriers = field(default_factory=Barriers)
    gptbots: GptbotsStore = field(init=False)
    meingpt: MeingptStore = field(init=False)

    def __post_init__(self) -> None:
        self.initial_faults = self.faults
        self.gptbots = GptbotsStore(self.store)
        self.meingpt = MeingptStore(self.store)
        self._seed()

    def _seed(self) -> None:
        """Store what the targets file declares."""
        with self.store.transaction():
            for target in self.callers.by_key.values():
                self.gptbots.ensure_target(target)
            for organisation in self.callers.by_token.values():
                self.meingpt.ensure_organisation(organisation)

    def reset(self) -> None:
        """Back to the start. Late effects and waiting requests are cancelled."""
        for task in self.late:
            task.cancel()
        self.late.clear()
        self.barriers.cancel()
        self.store.clear()
        self.gptbots.clear_cache()
        self.meingpt.clear_cache()
        self.rates.clear()
        self.faults = self.initial_faults
        self._seed()

    def find_caller(self, path: str, authorization: str) -> DeclaredTarget | Organisation | None:
        """The target or organisation that the key in the header belongs to; None for an unknown key."""
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != ("basic" if path.startswith("/v1/org/") else "bearer"):
            return None
        if scheme.lower() == "basic":
            return self.callers.target(_read_basic(key.strip()))
        return self.callers.organisation(key.strip()) if is_meingpt(path) else self.callers.target(key.strip())


def _read_basic(text: str) -> str:
    """`USER:PASSWORD` of a header with Basic authentication; "" for what is none."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def build_runtime(
    store: str | PathLike[str] | None = None,
    targets: ConfigSource = None,
    faults: ConfigSource = None,
    latency: float = 0.0,
    *,
    may_exit: bool = False,
) -> SandboxRuntime:
    """Read the files, open the store. Raises SandboxConfigError."""
    if not 0 <= latency < float("inf"):
        raise SandboxConfigError(f"latency: expected seconds, 0 or more, got {latency}.")
    callers, rules = read_targets(targets), read_fault_rules(faults, may_exit=may_exit)
    return SandboxRuntime(SandboxStore(store), callers, rules, latency, may_exit)
