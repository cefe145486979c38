"""A workflow: one entry of the manifest, resolved for one environment, with its definition read."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

PlatformName = Literal["gptbots", "meingpt"]
Kind = Literal["workflow", "agent"]


class Source(NamedTuple):
    """A definition file as read. `path` is relative to the repository, with `/`.

    `definition` is the parsed document, None for an opaque file (a `.flow` that is not JSON). `content` is what a
    GPTBots import uploads, byte for byte.
    """

    path: str
    platform: PlatformName
    kind: Kind
    content: bytes
    definition: Mapping[str, Any] | None
    fingerprint: str


class Workflow(NamedTuple):
    """What the manifest says of one workflow in one environment. `name` is the name used everywhere.

    `key` names the key (never its value). `id` is a meinGPT workflow id, when the manifest gives one. `endpoint` is a
    GPTBots data centre, "" for the default one.
    """

    name: str
    source: Source
    key: str
    endpoint: str = ""
    id: str = ""

    @property
    def platform(self) -> PlatformName:
        return self.source.platform

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def fingerprint(self) -> str:
        return self.source.fingerprint
