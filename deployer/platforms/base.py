"""What the rest of Flowship knows of a platform: its name, what it can do, and the values its calls give back.

A client is apart from its mapping: `http/` sends requests and turns failures into `deployer.model.errors`; each platform's
file maps calls to these values. Clients are made per target (one key, one base URL) and are safe to use from threads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from deployer.http.service import Service
from deployer.model.errors import PlatformError


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform offers, as its published contract says."""

    drafts: bool  # an import makes a draft that is not live
    versions: bool  # earlier versions stay there and can be released again
    list: bool
    delete: bool
    export: bool
    suffixes: tuple[str, ...]  # files that are its own


@dataclass(frozen=True, slots=True)
class Imported:
    """GPTBots import: the target's id, the version made, and what the platform dropped ("" when nothing)."""

    target_id: str
    version: str
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """GPTBots verify key: `kind` is `workflow` or `agent` (lower case), `id` the target's."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class RolledBack:
    """GPTBots rollback call: the new version that is a copy of `source_version`."""

    source_version: str
    new_version: str
    created: bool
    released: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a workflow on either platform. `status` as the platform says it; `finished` and `succeeded` are our reading.

    `version` is the version that answered (GPTBots; "" on meinGPT). Seconds, tokens and cost are None when not told.
    """

    id: str
    status: str
    finished: bool
    succeeded: bool
    output: Any = None
    version: str = ""
    seconds: float | None = None
    tokens: float | None = None
    cost: float | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Summary:
    """meinGPT: one row of the workflow list."""

    id: str
    name: str
    status: str = ""
    updated_at: str = ""
    created_at: str = ""
    description: str = ""


class Platform(NamedTuple):
    """One platform as the rest of Flowship finds it in `PLATFORMS`: its API, what it can do, its client."""

    service: Service
    capabilities: Capabilities
    client: Callable[..., Any]


class NotReadable(PlatformError):  # noqa: N818 - named like its family
    """The key works, but not for reading: the list call is not there (404, 405) or not allowed (403) for it.

    The state is believed instead (docs/contracts/gptbots.md, "Known silences").
    """
