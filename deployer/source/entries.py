"""The manifest's nouns: entries, and what environments override."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from deployer.domain.workflow import PlatformName

DEFAULT_ENVIRONMENT = "production"


class Override(NamedTuple):
    """One workflow in one environment: what the manifest says of that pair alone; "" where it says nothing."""

    source: str = ""
    key: str = ""
    id: str = ""
    endpoint: str = ""
    checks: str = ""
    set: Mapping[str, Any] = {}


class Entry(NamedTuple):
    """One workflow. `key` and `id` are the first environment's; `platform` is None when neither suffix nor manifest tells it.

    `preview` is None when the manifest has none. `checks`, `preview` and `set` are kept as written.
    """

    name: str
    source: str
    platform: PlatformName | None = None
    key: str = ""
    id: str = ""
    endpoint: str = ""
    checks: str = ""
    preview: Mapping[str, Any] | None = None
    set: Mapping[str, Any] = {}
    environments: Mapping[str, Override] = {}


class Manifest(NamedTuple):
    """`environments` is never empty; the first is the default. `text` is the file's, for places."""

    path: str
    environments: tuple[str, ...]
    entries: tuple[Entry, ...]
    text: str = ""
