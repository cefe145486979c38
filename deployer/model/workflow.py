"""A workflow: one entry of the manifest, resolved for one environment, with its definition read."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

PlatformName = str
Kind = Literal["workflow", "agent"]


class Source:
    """A definition file as read; immutable. `path` is relative to the repository, with `/`.

    `definition` is the parsed document, None for an opaque file (a `.flow` that is not JSON), with the environment's values laid
    over it. `content` is the file, byte for byte: places are looked up in it. `kind` is what the file is for: an agent (`.bot`)
    or a workflow.
    """

    __slots__ = ("_changed", "_fingerprint", "content", "definition", "kind", "path", "platform")

    def __init__(self, path: str, platform: PlatformName, kind: Kind, content: bytes, definition: Mapping[str, Any] | None) -> None:
        self.path = path
        self.platform: PlatformName = platform
        self.kind: Kind = kind
        self.content = content
        self.definition = definition
        self._changed = False
        self._fingerprint = ""

    @classmethod
    def known_by(cls, fingerprint: str, path: str, platform: PlatformName) -> "Source":
        """A file that was read elsewhere: nothing of its content is known but the fingerprint."""
        other = cls(path, platform, "workflow", b"", None)
        other._fingerprint = fingerprint
        return other

    def overlaid(self, definition: Mapping[str, Any]) -> "Source":
        """The same file with another definition: values were laid over it."""
        other = Source(self.path, self.platform, self.kind, self.content, definition)
        other._changed = True
        return other

    @property
    def upload(self) -> bytes:
        """What a GPTBots import sends: the file as it is, unless values were laid over it."""
        if not self._changed:
            return self.content
        from deployer.model import fingerprint

        return fingerprint.canonical(self.definition)

    @property
    def fingerprint(self) -> str:
        """64 hex digits; computed when first asked for, since linting never asks."""
        if not self._fingerprint:
            from deployer.model import fingerprint

            self._fingerprint = fingerprint.of_bytes(self.content) if self.definition is None else fingerprint.of_definition(self.definition)
        return self._fingerprint


class Workflow(NamedTuple):
    """What the manifest says of one workflow in one environment. `name` is the name used everywhere.

    `key` names the key (never its value); "" in manifest-less use. `id` is a meinGPT workflow id, when the manifest gives
    one. `endpoint` is a GPTBots data centre, "" for the default one. `overlay` are the values that `set` lays over the
    definition in this environment, by path, as written.
    """

    name: str
    source: Source
    key: str
    endpoint: str = ""
    id: str = ""
    overlay: Mapping[str, Any] = {}

    @property
    def platform(self) -> PlatformName:
        return self.source.platform

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def fingerprint(self) -> str:
        return self.source.fingerprint
