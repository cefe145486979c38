"""The format of a platform's definition files: a value that the platform's package supplies, and reading, the manifest and lint are given."""

import os
from collections.abc import Mapping
from typing import Literal, NamedTuple

from deployer.model.workflow import Kind

Language = Literal["json", "yaml"]


class SourceFormat(NamedTuple):
    """`suffixes` gives the kind of a file by its suffix, `rule_sets` the name of the lint rules for each kind.

    `top_keys` are the keys by which one of its files is recognized, () where the suffix is enough; `lookalike` is a pattern of files that
    have those keys too and are something else. `target_key` is the manifest's key that names the target, `preview_key` the one for
    previews (`keys` is a pool), and `unused_keys` gives for each key of the manifest that does nothing on this platform why that is so.
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

    @property
    def preview_example(self) -> str:
        return "keys: […]" if self.preview_key == "keys" else "key: …"

    def kind_of(self, path: str) -> Kind:
        return self.suffixes.get(suffix_of(path), "workflow")


def suffix_of(path: str) -> str:
    return os.path.splitext(path)[1].lower()
