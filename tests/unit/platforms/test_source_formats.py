"""The registered source formats fit the schema of the manifest, the lint rules, and each other."""

import json
import subprocess
import sys

from deployer import schemas
from deployer.lint.rules import RULES
from deployer.platforms.registry import PLATFORMS
from deployer.platforms.source_formats import SOURCE_FORMATS


def test_every_platform_has_one_format() -> None:
    assert [source_format.platform for source_format in SOURCE_FORMATS] == list(PLATFORMS)


def test_no_suffix_has_two_platforms() -> None:
    suffixes = [suffix for source_format in SOURCE_FORMATS for suffix in source_format.suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_manifest_schema_knows_exactly_these_platforms() -> None:
    enum = json.loads(schemas.text("manifest"))["$defs"]["workflow"]["properties"]["platform"]["enum"]
    assert enum == [source_format.platform for source_format in SOURCE_FORMATS]


def test_every_kind_has_a_rule_set() -> None:
    for source_format in SOURCE_FORMATS:
        assert set(source_format.rule_sets) == set(source_format.suffixes.values())
        assert set(source_format.rule_sets.values()) <= set(RULES)


def test_formats_import_no_client() -> None:
    program = (
        "import sys, deployer.platforms.source_formats; print([name for name in sys.modules if name.startswith('deployer.http') or 'client' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
