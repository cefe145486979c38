"""The manifest as values: entries, and what environments override."""

import os
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from deployer.formats import known_formats

DEFAULT_ENVIRONMENT = "production"
KEY_NAME = r"[A-Z][A-Z0-9_]*"
"""The form of a key's name. Text of any other form may be a key's value."""
SEVERITY_CHOICES = ("error", "warning", "info", "off")
"""The values of `lint.severity`."""


class Override(NamedTuple):
    """What the manifest sets for one workflow in one environment; "" where it sets nothing."""

    source: str = ""
    key: str = ""
    id: str = ""
    endpoint: str = ""
    evals: str = ""
    set: Mapping[str, Any] = {}


class WorkflowEntry(NamedTuple):
    """One workflow. `key` and `id` are the first environment's; `platform` is None when neither suffix nor manifest names it.

    `source` and `evals` are relative to the repository. `preview` is None when the manifest has none; it and `set` are kept as written.
    `preview_label`: the label that a pull request must have to be previewed, the workflow's own or the manifest's; "" where it needs none.
    """

    name: str
    source: str
    platform: str | None = None
    key: str = ""
    id: str = ""
    endpoint: str = ""
    evals: str = ""
    preview: Mapping[str, Any] | None = None
    set: Mapping[str, Any] = {}
    environments: Mapping[str, Override] = {}
    preview_label: str = ""

    @property
    def preview_keys(self) -> tuple[str, ...]:
        """The names of the keys for previews: a pool, or on a platform without preview slots one. () where the manifest has none."""
        preview = self.preview or {}
        pool = preview.get("keys")
        written = [preview.get("key"), *(pool if isinstance(pool, list) else ())]
        names = tuple(dict.fromkeys(name for name in written if isinstance(name, str) and re.fullmatch(KEY_NAME, name)))
        known = known_formats.format_of(self.platform)
        return names[:1] if known and known.preview_key == "key" else names

    @property
    def preview_set(self) -> Mapping[str, Any]:
        """The values laid over the definition in a preview, besides `set`."""
        values = (self.preview or {}).get("set")
        return values if isinstance(values, dict) else {}


class IgnoredFindings(NamedTuple):
    """Findings in files that match `path` (a glob) are left out: those of `rules`, all if there are none. `place` is its index in the list."""

    place: int
    path: str
    rules: tuple[str, ...] = ()


class LintConfig(NamedTuple):
    """The manifest's `lint:`: a severity by rule, and what to leave out. Malformed parts are not in here."""

    severity: Mapping[str, str] = {}
    ignore: tuple[IgnoredFindings, ...] = ()


class PrecheckEntry(NamedTuple):
    """The manifest's `precheck:`: the name of an account's key, and the organisation. "" for what is malformed."""

    key: str
    organisation: str


class Manifest(NamedTuple):
    """`environments` is never empty; the first is the default. `text` is the file's, for looking up lines. `path` is relative to the repository.
    `project`: as written, "" where it is the folder's name. `precheck`: None without one."""

    path: str
    environments: tuple[str, ...]
    entries: tuple[WorkflowEntry, ...]
    text: str = ""
    lint: LintConfig = LintConfig()
    project: str = ""
    precheck: PrecheckEntry | None = None

    @property
    def folder(self) -> str:
        """What its sources are written relative to; "" for the repository's top."""
        return os.path.dirname(self.path)
