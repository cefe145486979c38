"""Each rule's docstring shows a bad and a good example, and both do what it says; the registry and the files agree."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from deployer.formats import files
from deployer.lint import engine, rules
from deployer.model.workflow import Source

MODULES = sorted({name for names in rules.RULES.values() for name in names})
EXAMPLE = re.compile(r"^(Bad|Good):\n```(json|yaml)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def rules_that_fire(text: str, name: str, folder: Path) -> set[str]:
    (folder / name).write_text(text, "utf-8")
    source, findings = files.read(str(folder), name)
    assert isinstance(source, Source), findings
    return {finding.rule for finding in engine.lint_sources([source])}


@pytest.mark.parametrize("module", MODULES)
def test_bad_example_has_the_finding_and_good_one_has_not(module: str, tmp_path: Path) -> None:
    loaded = import_module(f"deployer.lint.rules.{module}")
    examples = EXAMPLE.findall(loaded.__doc__ or "")
    assert [kind for kind, _, _ in examples] == ["Bad", "Good"]
    suffix = "bot" if module in rules.RULES["bot"] and module not in rules.RULES["flow"] else "flow"
    for kind, language, text in examples:
        fired = rules_that_fire(text, "a.yaml" if language == "yaml" else f"a.{suffix}", tmp_path)
        assert (loaded.RULE.name in fired) == (kind == "Bad")


@pytest.mark.parametrize("module", MODULES)
def test_name_is_the_module_and_reason_is_a_sentence(module: str) -> None:
    rule = import_module(f"deployer.lint.rules.{module}").RULE
    assert rule.name == module.replace("_", "-")
    assert rule.why.endswith(".")


def test_every_rule_file_is_registered() -> None:
    folder = Path(rules.__file__).parent
    assert sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__") == MODULES


def test_all_rules_are_listed_once() -> None:
    names = [rule.name for rule in engine.load_all_rules()]
    assert names == sorted(set(names))
    assert len(names) == len(MODULES)
