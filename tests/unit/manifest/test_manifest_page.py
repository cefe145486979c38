"""docs/manifest.md: each example is read, and does what the page says; the tables name every key."""

import json
import re
from pathlib import Path

import pytest

from deployer import schemas
from deployer.manifest import load

PAGE = (Path(__file__).parents[3] / "docs" / "manifest.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```yaml(?: bad: (\S+))?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("rule", "text"), EXAMPLES)
def test_examples(rule: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "flowship.yml").write_text(text, "utf-8")
    (tmp_path / "workflows").mkdir()
    for name in ("onboarding", "weekly-digest"):
        (tmp_path / "workflows" / f"{name}.yaml").write_text(f"name: {name}\ntrigger: {{type: webhook}}\nsteps: []\n")
    loaded, findings = load.load_manifest(str(tmp_path), "flowship.yml")
    assert loaded is not None
    assert [finding.rule for finding in findings] == ([rule] if rule else [])


def test_good_and_bad_are_shown() -> None:
    assert {"", "manifest-key-missing", "manifest-environment"} <= {rule for rule, _ in EXAMPLES}


def rows(heading: str) -> list[str]:
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def test_tables_name_every_key() -> None:
    schema = json.loads(schemas.text("manifest"))
    assert rows("Keys at the top") == list(schema["properties"])
    assert sorted(rows("Keys of a workflow")) == sorted(schema["$defs"]["workflow"]["properties"])


def test_what_an_environment_may_override() -> None:
    schema = json.loads(schemas.text("manifest"))
    may = re.findall(r"^\| `(\w+)` \| yes", PAGE, re.MULTILINE)
    assert sorted(may) == sorted(schema["$defs"]["override"]["properties"])
