"""A workflow: one entry of the manifest, resolved for one environment, with its definition read."""

from __future__ import annotations

import marshal
from collections.abc import Mapping

from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.model.choices import Kind


class Source:
    """A definition file as read; immutable. `path` is relative to the repository, with `/`; `platform` is a key of the platform registry.

    `definition`: the parsed document with the environment's values (`set`) laid over it, None for an opaque file (a `.flow` that is not
    JSON). `content`: the bytes of the file, in which positions are looked up. `kind`: an agent (`.bot`) or a workflow.
    """

    __slots__ = ("_changed", "_definition", "_fingerprint", "_packed", "content", "kind", "path", "platform")

    def __init__(self, path: str, platform: str, kind: Kind, content: bytes, definition: Mapping[str, Any] | None) -> None:
        self.path = path
        self.platform: str = platform
        self.kind: Kind = kind
        self.content = content
        self._definition = definition
        self._packed = b""
        self._changed = False
        self._fingerprint = ""

    @classmethod
    def known_by(cls, fingerprint: str, path: str, platform: str) -> Source:
        """A file of which only the fingerprint is known."""
        other = cls(path, platform, "workflow", b"", None)
        other._fingerprint = fingerprint
        return other

    @property
    def definition(self) -> Mapping[str, Any] | None:
        if not self._packed:
            return self._definition
        definition: Mapping[str, Any] = marshal.loads(self._packed)  # noqa: S302 - our own bytes
        return definition

    def pack(self) -> None:
        """Keep the definition in a tenth of the memory, for runs of thousands of files: it is made anew whenever it is asked for."""
        if self._definition is not None:
            self._packed, self._definition = marshal.dumps(dict(self._definition)), None

    def overlaid(self, definition: Mapping[str, Any]) -> Source:
        """The same file with another definition."""
        other = Source(self.path, self.platform, self.kind, self.content, definition)
        other._changed = True
        return other

    @property
    def upload(self) -> bytes:
        """The bytes that an import sends: the file as it is, unless values were laid over it."""
        if not self._changed:
            return self.content
        from deployer.model import fingerprint

        return fingerprint.canonical(self.definition)

    @property
    def fingerprint(self) -> str:
        """64 hex digits; computed at first use, since linting needs none."""
        if not self._fingerprint:
            from deployer.model import fingerprint

            definition = self.definition
            self._fingerprint = fingerprint.of_bytes(self.content) if definition is None else fingerprint.of_definition(definition)
        return self._fingerprint


class Workflow(NamedTuple):
    """A manifest entry resolved for one environment. `name` is the name used everywhere.

    `key` names the key (never its value); "" without a manifest. `id`: the platform's id, "" when the manifest gives none. `endpoint`: the
    platform's data centre, "" for the default one. `overlay`: the values that `set` lays over the definition, by path, as written.
    """

    name: str
    source: Source
    key: str
    endpoint: str = ""
    id: str = ""
    overlay: Mapping[str, Any] = {}

    @property
    def platform(self) -> str:
        return self.source.platform

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def fingerprint(self) -> str:
        return self.source.fingerprint
