"""Platforms of other packages: looked for only where they are needed, and held to what the seam asks of them."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import added_packages
import pytest
import toy_platform
import yaml

from deployer.config.inputs import BY_NAME
from deployer.config.reader import read
from deployer.formats import discover, files, known_formats
from deployer.formats.schema_check import load_schema
from deployer.lint import engine
from deployer.lint.rule_index import describe_rules
from deployer.manifest.load import parse_manifest
from deployer.model.errors import UsageError
from deployer.model.secret import Secret
from deployer.model.workflow import Source, Workflow
from deployer.platforms import added, api, registry, source_formats

ROOT = Path(__file__).parents[3]
FLOW = Workflow("greet", Source("flows/greet.json", "toy", "workflow", b"", {}), "TOY", id="flow1")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package is installed, in this process."""
    found = {"toy": added.Added(toy_platform.PLATFORM, "flowship-toy", "0.3.0")}
    monkeypatch.setattr(added, "find", lambda: found)
    source_formats.register()
    yield
    monkeypatch.undo()
    source_formats.register()
    engine._loaded.pop("toy", None)


def test_packages_are_not_looked_for_while_the_platforms_that_come_with_it_answer() -> None:
    asked: list[str] = []

    def find_added() -> tuple[api.SourceFormat, ...]:
        asked.append("once")
        return ()

    known_formats.register(source_formats.SOURCE_FORMATS, find_added)
    assert known_formats.format_of_file("a.flow")
    assert known_formats.format_of("meingpt")
    assert discover.looks_like_workflow(b"steps:\ntrigger:\n")
    assert asked == []
    assert known_formats.format_of_file("a.toy") is None
    assert known_formats.format_of("toy") is None
    assert len(known_formats.all_formats()) == 2
    assert asked == ["once"]
    source_formats.register()


def test_failed_search_is_not_taken_for_none() -> None:
    def fail() -> tuple[api.SourceFormat, ...]:
        raise UsageError("The package x cannot be loaded.")

    known_formats.register(source_formats.SOURCE_FORMATS, fail)
    for _ in range(2):
        with pytest.raises(UsageError):
            known_formats.all_formats()
    source_formats.register()


def test_without_such_a_package_the_library_that_lists_packages_is_not_loaded() -> None:
    program = "import sys; from deployer.platforms import added; assert added.find() == {}; print('importlib.metadata' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_package_is_found_in_the_container_beside_the_entry_point(tmp_path: Path) -> None:
    home = tmp_path / "opt"
    added_packages.install_toy(home)
    shutil.copy(ROOT / "entrypoint.py", home)
    (home / "deployer").symlink_to(ROOT / "deployer")
    command = [sys.executable, "-I", str(home / "entrypoint.py"), "--version", "--verbose"]
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "  toy (flowship-toy 0.3.0)"), done.stderr


def test_platform_of_a_package_is_written_with_one_module_of_flowship() -> None:
    imports = [node.module or "" for node in ast.walk(ast.parse(added_packages.TOY)) if isinstance(node, ast.ImportFrom)]
    assert {module for module in imports if module.startswith("deployer")} == {"deployer.platforms.api"}


def test_every_name_of_the_api_is_there_and_none_needs_the_http_library() -> None:
    assert [name for name in api.__all__ if not hasattr(api, name)] == []
    program = "import sys, deployer.platforms.api; print([name for name in ('requests', 'urllib3', 'yaml') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.usefixtures("toy")
def test_every_place_that_dispatches_by_name_finds_it() -> None:
    assert registry.platform_named("toy") is toy_platform.PLATFORM
    assert list(registry.all_platforms()) == ["gptbots", "meingpt", "toy"]
    assert registry.describe_platforms()[-1] == "toy (flowship-toy 0.3.0)"
    assert registry.target_of(FLOW).shown_definition(api.Policy(environment="production", release=False)) == {"name": "greet"}
    assert load_schema("manifest")["$defs"]["workflow"]["properties"]["platform"]["enum"] == ["gptbots", "meingpt", "toy"]
    assert describe_rules()["toy-step-says"].help == "Each step says something."
    assert known_formats.suffix_table().endswith(".toy (Toy)")


@pytest.mark.usefixtures("toy")
def test_shared_suffix_is_its_own_where_the_entry_or_the_pattern_names_it(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/a.json").write_text('{"name": "A", "steps": []}')
    (tmp_path / "flows/b.yaml").write_text("steps: []\n")

    def findings(text: str) -> tuple[list[str | None], list[str]]:
        manifest, found = parse_manifest(str(tmp_path), "flowship.yml", text.encode())
        assert manifest
        return [entry.platform for entry in manifest.entries], [f"{one.message} {one.fix}" for one in found if one.severity == "error"]

    assert findings("version: 1\ndefaults: {toy: {key: TOY}}\nworkflows: {'flows/*.json': {platform: toy}}\n") == (["toy"], [])
    assert findings("version: 1\nworkflows: {a: {source: flows/a.json, platform: toy, key: TOY}}\n") == (["toy"], [])
    platforms, (unnamed,) = findings("version: 1\nworkflows: {a: {source: flows/a.json, key: TOY}}\n")
    assert (platforms, "or add `platform: toy`." in unnamed) == ([None], True)
    _, (endpoint,) = findings("version: 1\nworkflows: {a: {source: flows/a.json, platform: toy, key: TOY, endpoint: jp}}\n")
    assert "Toy has one data centre" in endpoint
    _, (other,) = findings("version: 1\nworkflows: {b: {source: flows/b.yaml, platform: toy, key: TOY}}\n")
    assert "is a meingpt file" in other


@pytest.mark.usefixtures("toy")
def test_file_that_is_no_json_object_is_refused_and_never_opaque() -> None:
    for content, rule in ((b"name: A", "flow-nearly-json"), (b"[]", "flow-not-an-object"), (b"1", "flow-not-an-object")):
        source, (finding,) = files.parse("flows/a.json", content, platform="toy")
        assert (source, finding.rule) == (None, rule)


@pytest.mark.usefixtures("toy")
def test_address_is_given_by_name_and_keeps_its_path() -> None:
    settings = read({"base-urls": "# a comment\ntoy = https://Toy.example.com/flows/v1/\n"}, {})
    assert settings.addresses.base_urls == {"toy": "https://Toy.example.com/flows/v1/"}
    assert toy_platform.PLATFORM.base_url(settings, FLOW) == "https://toy.example.com/flows/v1"
    with pytest.raises(UsageError, match="The address of Toy is not known"):
        toy_platform.PLATFORM.base_url(read({}, {}), FLOW)
    with pytest.raises(UsageError, match="Line 1 of `--base-urls` is not NAME=value"):
        read({"base-urls": "https://toy.example.com"}, {})


def test_default_address_stands_until_another_is_given() -> None:
    class Hosted(toy_platform.Toy):
        default_url = "https://toy.example.com"

    assert Hosted().base_url(read({}, {}), None) == "https://toy.example.com"
    assert Hosted().base_url(read({"base-urls": "toy=http://127.0.0.1:1"}, {}), None) == "http://127.0.0.1:1"


def test_targets_are_one_by_key_or_by_id_as_the_platform_says() -> None:
    class KeyIsTarget(toy_platform.Toy):
        capabilities = api.Capabilities(True, True, True, False, False, False, key_is_target=True)

    assert toy_platform.PLATFORM.target_key("https://a", FLOW, None) == ("https://a", "flow1")
    assert toy_platform.PLATFORM.target_key("https://a", FLOW._replace(id=""), Secret("toy-key")) is None
    assert KeyIsTarget().target_key("https://a", FLOW, Secret("toy-key")) == ("toy", "toy-key")
    assert KeyIsTarget().target_key("https://a", FLOW, None) is None


def test_difference_is_field_by_field_where_the_platform_draws_none() -> None:
    difference = toy_platform.PLATFORM.compare_definitions({"name": "A", "steps": []}, {"name": "B", "steps": []}, "what is live")
    (part,) = difference.parts
    assert (part.id, part.fields[0].before, part.fields[0].after, difference.graph.nodes) == ("name", "A", "B", ())


@pytest.mark.usefixtures("toy")
def test_page_shows_a_manifest_and_a_step_that_are_right(tmp_path: Path) -> None:
    page = (ROOT / "docs/platforms.md").read_text("utf-8")
    manifest, step = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/a.json").write_text('{"name": "A", "steps": []}')
    _, findings = parse_manifest(str(tmp_path), "flowship.yml", manifest.encode())
    assert findings == ()
    (parsed,) = yaml.safe_load(step)
    assert set(parsed["with"]) <= set(BY_NAME)
    assert read({}, {f"INPUT_{name.upper()}": value for name, value in parsed["with"].items() if name == "base-urls"}).addresses.base_urls


def test_call_that_an_adapter_lacks_is_a_bug_of_its_package(toy: None) -> None:
    """Asked for here, as Flowship's own code does."""
    with pytest.raises(AttributeError) as raised:
        registry.platform_named("toy").import_version  # type: ignore[attr-defined]  # noqa: B018
    owner, position = added.find_bug(raised.value)
    assert owner == "flowship-toy 0.3.0"
    assert position.endswith(": Toy has no import_version"), position
