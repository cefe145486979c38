"""The format of a platform's definition files: a value that the platform's package supplies, and reading, the manifest and lint are given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache

from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from deployer.model.choices import Kind, Language


class SourceFormat(NamedTuple):
    """`suffixes` gives the kind of a file by its suffix, `rule_sets` the name of the lint rules for each kind. `shared_suffixes`: those of files
    that may as well be something else (`.json`): such a file is this platform's where the manifest's entry names the platform.

    `top_keys` are the keys by which one of its files is recognized, () where the suffix is enough; `lookalike` is a pattern of files that
    have those keys too and are something else. `target_key` is the manifest's key that names the target, `preview_key` the one for
    previews (`keys` is a pool), and `unused_keys` gives for each key of the manifest that does nothing on this platform why that is so.
    `may_be_opaque`: a file that does not even start like JSON is deployed as it is.
    """

    platform: str
    title: str
    language: Language
    suffixes: Mapping[str, Kind]
    rule_sets: Mapping[Kind, str]
    target_key: Literal["key", "id"]
    preview_key: Literal["key", "keys"]
    unused_keys: Mapping[Literal["endpoint", "id"], str]
    top_keys: tuple[bytes, ...] = ()
    lookalike: bytes = b""
    shared_suffixes: Mapping[str, Kind] = {}
    may_be_opaque: bool = False

    @property
    def preview_example(self) -> str:
        return "keys: […]" if self.preview_key == "keys" else "key: …"

    def kind_of(self, path: str) -> Kind:
        return self.suffixes.get(suffix_of(path)) or self.shared_suffixes.get(suffix_of(path), "workflow")


@lru_cache(maxsize=64)  # each file's is asked for several times in a row
def suffix_of(path: str) -> str:
    return os.path.splitext(path)[1].lower()
