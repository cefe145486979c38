"""The manifest's nouns: entries, and what environments override."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from deployer.model.workflow import PlatformName

DEFAULT_ENVIRONMENT = "production"
KEY_NAME = r"[A-Z][A-Z0-9_]*"
"""What a key may be called. What looks otherwise may be a key's value."""
SEVERITY_CHOICES = ("error", "warning", "info", "off")
"""What `lint.severity` may say of a rule."""


class Override(NamedTuple):
    """One workflow in one environment: what the manifest says of that pair alone; "" where it says nothing."""

    source: str = ""
    key: str = ""
    id: str = ""
    endpoint: str = ""
    evals: str = ""
    set: Mapping[str, Any] = {}


class WorkflowEntry(NamedTuple):
    """One workflow. `key` and `id` are the first environment's; `platform` is None when neither suffix nor manifest tells it.

    `preview` is None when the manifest has none. `evals`, `preview` and `set` are kept as written.
    """

    name: str
    source: str
    platform: PlatformName | None = None
    key: str = ""
    id: str = ""
    endpoint: str = ""
    evals: str = ""
    preview: Mapping[str, Any] | None = None
    set: Mapping[str, Any] = {}
    environments: Mapping[str, Override] = {}

    @property
    def preview_keys(self) -> tuple[str, ...]:
        """The names of the keys for previews: on GPTBots a pool, on meinGPT one. Nothing where the manifest has none."""
        preview = self.preview or {}
        pool = preview.get("keys")
        named = [preview.get("key"), *(pool if isinstance(pool, list) else ())]
        names = tuple(dict.fromkeys(name for name in named if isinstance(name, str) and re.fullmatch(KEY_NAME, name)))
        return names[:1] if self.platform == "meingpt" else names

    @property
    def preview_set(self) -> Mapping[str, Any]:
        """What is laid over the definition in a preview, besides `set`."""
        laid = (self.preview or {}).get("set")
        return laid if isinstance(laid, dict) else {}


class IgnoredFindings(NamedTuple):
    """Findings about files that `path` (a glob) meets are left out: those of `rules`, all without any. `place` is its index in the list."""

    place: int
    path: str
    rules: tuple[str, ...] = ()


class LintConfig(NamedTuple):
    """What the manifest says to the linter: a severity by rule, and what to leave out. What is malformed is not in here."""

    severity: Mapping[str, str] = {}
    ignore: tuple[IgnoredFindings, ...] = ()


class Manifest(NamedTuple):
    """`environments` is never empty; the first is the default. `text` is the file's, for places."""

    path: str
    environments: tuple[str, ...]
    entries: tuple[WorkflowEntry, ...]
    text: str = ""
    lint: LintConfig = LintConfig()
