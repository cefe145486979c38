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


RELEASE_POLICIES = ("on-tag", "always", "never")
"""The values of `release` in an environment; the first is the default."""
WORKFLOW_NAME = r"[^\s,\x00-\x1f\x7f-\x9f](?:[^,\x00-\x1f\x7f-\x9f\u2028\u2029]{0,98}[^\s,\x00-\x1f\x7f-\x9f])?"
"""The form of a workflow's name, as in the schema."""


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
    def sources(self) -> tuple[str, ...]:
        """The files that it names, its own first, then those of its environments."""
        return tuple(filter(None, (self.source, *(own.source for own in self.environments.values()))))

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


class SettingsLayer(NamedTuple):
    """Settings of a workflow, and their path in the manifest: its own entry, the pattern that names its file, or its platform's defaults."""

    path: tuple[str, ...]
    settings: Mapping[str, Any]

    def holds(self, inner: tuple[str | int, ...]) -> bool:
        value: Any = self.settings
        for part in inner:
            if not (part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int) and part < len(value)):
                return False
            value = value[part]
        return True


class Manifest(NamedTuple):
    """`environments` is never empty; the first is the default. `text` is the file's, for looking up lines. `path` is relative to the repository.
    `project`: as written, "" where it is the folder's name. `releases`: the release policy of each environment that names one.

    `entries` are complete: patterns and defaults are resolved. `layers` are what each was made of, the strongest first. `precheck`: None without one.
    """

    path: str
    environments: tuple[str, ...]
    entries: tuple[WorkflowEntry, ...]
    text: str = ""
    lint: LintConfig = LintConfig()
    project: str = ""
    releases: Mapping[str, str] = {}
    layers: Mapping[str, tuple[SettingsLayer, ...]] = {}
    precheck: PrecheckEntry | None = None

    def release_policy(self, environment: str) -> str:
        return self.releases.get(environment, RELEASE_POLICIES[0])

    def written_path(self, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """The path in the file of a setting that an entry has; of one that it lacks, the path in its strongest layer."""
        layers = self.layers.get(str(path[1]), ()) if len(path) > 1 and path[0] == "workflows" else ()
        layer = next((layer for layer in layers if layer.holds(path[2:])), layers[0] if layers else None)
        return (*layer.path, *path[2:]) if layer else path

    @property
    def folder(self) -> str:
        """What its sources are written relative to; "" for the repository's top."""
        return os.path.dirname(self.path)
