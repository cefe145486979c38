"""What lint's start costs: nothing slow is imported to check a `.flow`, and YAML only when a YAML file is read."""

import subprocess
import sys
from pathlib import Path

import pytest

from deployer.formats import json_text

ROOT = Path(__file__).parents[3]
SLOW = (
    "re",
    "enum",
    "json",
    "requests",
    "typing",
    "contextlib",
    "signal",
    "importlib",
    "dataclasses",
    "pathlib",
    "jsonschema_rs",
    "yaml",
    "hashlib",
    "inspect",
    "difflib",
    "subprocess",
    "argparse",
    "glob",
    "shtab",
)
PROGRAM = """
import sys
sys.path.insert(0, {root!r})
before = set(sys.modules)
from deployer.lint import engine
from deployer.lint import scan
from deployer.platforms import source_formats
source_formats.register()
result = scan.ScanResult()
sources = list(scan.read_sources({folder!r}, [{path!r}], result))
assert len(sources) == 1 and result.findings == [] and engine.lint_sources(sources) == ()
print(*sorted(set(sys.modules) - before))
"""


def imported(path: str) -> set[str]:
    program = PROGRAM.format(root=str(ROOT), folder=str(ROOT / "examples"), path=path)
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_flow_imports_nothing_slow() -> None:
    assert imported("flows/triage.flow").isdisjoint((*SLOW, "importlib.metadata", "deployer.platforms.added"))


@pytest.mark.parametrize("text", ['{"a": tru}', '{"a": 1} b', '{"a" 1}', "{", '{"a": "\\x"}', '{"a": 1e999}', '{"a": 1, "a": 2}'])
def test_text_that_is_no_json_is_the_first_that_needs_the_library(text: str) -> None:
    """The scanner in C cannot make an error of its own before the library is there."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from deployer.formats import json_text; before = 'json' in sys.modules; "
    program += f"print(before, [rule for rule, _ in json_text.parse({text!r})[1]])"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.rstrip()) == (0, f"False {[rule for rule, _ in json_text.parse(text)[1]]}"), done.stderr


def test_only_rules_of_the_format_are_imported() -> None:
    rules = {name for name in imported("flows/triage.flow") if name.startswith("deployer.lint.rules.")}
    assert "deployer.lint.rules.flow_node_required" in rules
    assert "deployer.lint.rules.step_shape" not in rules


def test_rules_that_find_nothing_in_any_regular_graph_are_not_imported() -> None:
    assert imported("flows/triage.flow").isdisjoint({"deployer.lint.rules.flow_cycle", "deployer.lint.rules.flow_edge_id"})


@pytest.mark.parametrize("module", ["requests", "typing", "dataclasses", "pathlib", "jsonschema_rs", "hashlib", "shtab"])
def test_yaml_imports_yaml_and_nothing_else_slow(module: str) -> None:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from deployer.formats import files; from deployer.lint import engine, scan; "
    program += "from deployer.platforms import source_formats; source_formats.register(); "
    program += f"source, findings = files.read({str(ROOT / 'examples')!r}, 'workflows/onboarding.yaml'); assert findings == (); "
    program += f"assert engine.lint_sources([source]) == (); assert 'yaml' in sys.modules; assert {module!r} not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_comment_that_ignores_a_finding_imports_no_manifest_and_no_rule_of_another_format(tmp_path: Path) -> None:
    call = "{id: a, type: http, config: {method: GET, url: 'https://example.com'}}  # flowship: ignore http-timeout -- it answers at once"
    (tmp_path / "a.yaml").write_text(f"name: a\ntrigger: {{type: webhook}}\nsteps:\n  - {call}\n", encoding="utf-8")
    program = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
before = set(sys.modules)
from deployer.lint.linter import lint_files
from deployer.platforms import source_formats
source_formats.register()
assert lint_files({str(tmp_path)!r}, ("a.yaml",), "flowship.yml") == ((), 1)
print(*sorted(set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    names = set(done.stdout.split())
    assert "deployer.lint.ignore_comments" in names
    assert names.isdisjoint({"json", "deployer.manifest.model", "deployer.lint.rule_index", "deployer.lint.rules.flow_graph"})
