"""A workflow: one entry of the manifest, resolved for one environment, with its definition read."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

PlatformName = Literal["gptbots", "meingpt"]
Kind = Literal["workflow", "agent"]


class Source:
    """A definition file as read; immutable. `path` is relative to the repository, with `/`.

    `definition` is the parsed document, None for an opaque file (a `.flow` that is not JSON). `content` is what a
    GPTBots import uploads, byte for byte. `kind` is what the file is for: an agent (`.bot`) or a workflow.
    """

    __slots__ = ("_fingerprint", "content", "definition", "kind", "path", "platform")

    def __init__(self, path: str, platform: PlatformName, kind: Kind, content: bytes, definition: Mapping[str, Any] | None) -> None:
        self.path = path
        self.platform: PlatformName = platform
        self.kind: Kind = kind
        self.content = content
        self.definition = definition
        self._fingerprint = ""

    @property
    def fingerprint(self) -> str:
        """64 hex digits; computed when first asked for, since linting never asks."""
        if not self._fingerprint:
            from deployer.domain import fingerprint

            self._fingerprint = fingerprint.of_bytes(self.content) if self.definition is None else fingerprint.of_definition(self.definition)
        return self._fingerprint


class Workflow(NamedTuple):
    """What the manifest says of one workflow in one environment. `name` is the name used everywhere.

    `key` names the key (never its value); "" in manifest-less use. `id` is a meinGPT workflow id, when the manifest gives
    one. `endpoint` is a GPTBots data centre, "" for the default one.
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
