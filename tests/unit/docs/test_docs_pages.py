"""Links lead somewhere, examples are read by what would read them, commands are commands."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from deployer.cli.args import CommandLine, parse
from deployer.commands.init import workflow_template
from deployer.config.inputs import BY_NAME, LOCAL_COMMANDS, MODES, OUTPUTS
from deployer.formats import eval_suite
from deployer.lint.linter import lint_paths
from deployer.manifest import load

if TYPE_CHECKING:
    from tests.unit.docs.conftest import Block, Page

ROOT = Path(__file__).parents[3]
THEIRS = ("docs/manifest.md", "docs/n8n.md", "docs/platforms.md", "docs/sandbox.md")  # their examples have tests of their own


def test_links_lead_somewhere(pages: "Mapping[str, Page]") -> None:
    links = [(page, link) for page in pages.values() for link in re.findall(r"\]\(([^)\s]+)\)", page.prose())]
    ours = [(page, link) for page, link in links if not re.match(r"https?:|mailto:", link)]
    assert len(ours) > 40
    assert [f"{page.path}: {link}" for page, link in ours if not _leads_somewhere(page, link, pages)] == []


def _leads_somewhere(page: "Page", link: str, pages: "Mapping[str, Page]") -> bool:
    path, _, anchor = link.partition("#")
    place = (page.folder / path).resolve() if path else ROOT / page.path
    if not place.exists() or not place.is_relative_to(ROOT):
        return False
    return not anchor or anchor in pages[str(place.relative_to(ROOT))].anchors()


def test_every_page_is_in_the_index_and_in_the_readme(pages: "Mapping[str, Page]") -> None:
    others = {path.removeprefix("docs/") for path in pages if re.fullmatch(r"docs/[^/]+", path)} - {"README.md"}
    assert {name for name in others if f"]({name})" not in pages["docs/README.md"].text} == set()
    assert {name for name in others if f"](docs/{name})" not in pages["README.md"].text} == set()


def test_the_readme_begins_with_the_two_commands(pages: "Mapping[str, Page]") -> None:
    first = next(pages["README.md"].blocks())
    assert [line.partition("#")[0].strip() for line in first.text.splitlines()] == ["make demo", "make test"]
    before = pages["README.md"].text.partition("```")[0]
    assert before.startswith("# Flowship\n\n")
    assert len(re.findall(r"\.(?:\s|$)", before)) == 2, "the title, two sentences, the commands"


def test_the_readme_is_short_and_shows_the_step_then_how_to_install(pages: "Mapping[str, Page]") -> None:
    readme = pages["README.md"]
    assert len(readme.text.splitlines()) <= 150
    _, step, install, *_ = readme.blocks()
    assert workflow_template.ACTION in step.text
    ways = ("uvx", "pipx install", "pip install", "docker run", "pre-commit")
    assert [way for way in ways if not re.search(rf"^{way} .*<OWNER>/flowship", install.text, re.MULTILINE)] == []


def test_every_page_is_in_the_navigation_of_the_site(pages: "Mapping[str, Page]") -> None:
    navigation = (ROOT / "tools/site/mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    listed = set(re.findall(r": ([\w/-]+\.md)$", navigation, re.MULTILINE))
    assert {path.removeprefix("docs/") for path in pages if re.fullmatch(r"docs/[^/]+", path)} - {"README.md"} - listed == set()


def test_yaml_is_yaml_of_its_kind(blocks: "list[Block]", tmp_path: Path) -> None:
    kinds = []
    for block in blocks:
        if block.language == "yaml" and not block.where.startswith(THEIRS):
            loaded = yaml.safe_load(block.text)
            kind = _kind(loaded)
            kinds.append(kind)
            EVALS[kind](block, loaded, tmp_path)
    assert set(kinds) == set(EVALS)


def _kind(loaded: Any) -> str:
    if isinstance(loaded, list):
        return "steps"
    kinds = {"workflows": "manifest", "jobs": "workflow", "trigger": "meingpt", "repos": "hooks", "cases": "suite"}
    return next((kind for key, kind in kinds.items() if key in loaded), "gitlab")


def _check_manifest(block: "Block", _loaded: Any, folder: Path) -> None:
    (folder / "flowship.yml").write_text(block.text, "utf-8")
    (folder / "workflows").mkdir(exist_ok=True)
    for name in ("onboarding", "weekly-digest"):
        (folder / "workflows" / f"{name}.yaml").write_text(f"name: {name}\ntrigger: {{type: webhook}}\nsteps: []\n")
    found, findings = load.load_manifest(str(folder), "flowship.yml")
    assert found is not None, block.where
    assert findings == (), block.where


def _check_steps(block: "Block", steps: list[Any], _folder: Path) -> None:
    ours = [step for step in steps if step.get("uses") == workflow_template.ACTION]
    assert ours, block.where
    for step in ours:
        assert set(step.get("with", {})) <= set(BY_NAME), block.where
        for name, value in step.get("with", {}).items():
            choices = (*MODES,) if name == "mode" else BY_NAME[name].choices
            text = str(value).lower() if isinstance(value, bool) else str(value)
            assert not choices or text in choices or "${{" in text, f"{block.where}: {name}"


def _check_workflow(block: "Block", loaded: Any, folder: Path) -> None:
    _schema("vendor.github-workflows", block, folder)
    steps = [step for job in loaded["jobs"].values() for step in job["steps"]]
    _check_steps(block, steps, folder)
    assert workflow_template.CHECKOUT in block.text, f"{block.where}: the checkout is the one that init writes"


def _check_gitlab(block: "Block", _loaded: Any, folder: Path) -> None:
    assert block.info == "gitlab", block.where
    _schema("vendor.gitlab-ci", block, folder)


def _check_meingpt(block: "Block", _loaded: Any, folder: Path) -> None:
    (folder / "block.yaml").write_text(block.text, "utf-8")
    assert lint_paths(str(folder), ("block.yaml",), "flowship.yml") == (), block.where


def _check_hooks(block: "Block", loaded: Any, _folder: Path) -> None:
    offered = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    assert {hook["id"] for repo in loaded["repos"] for hook in repo["hooks"]} <= offered, block.where


def _check_suite(block: "Block", _loaded: Any, folder: Path) -> None:
    (folder / "tickets.csv").write_text("id,message,urgency\n1,We have an outage,high\n")
    (folder / "suite.yml").write_text(block.text, "utf-8")
    assert [finding for finding in eval_suite.load(str(folder), "suite.yml")[1] if finding.severity == "error"] == [], block.where


EVALS = {
    "suite": _check_suite,
    "meingpt": _check_meingpt,
    "hooks": _check_hooks,
    "manifest": _check_manifest,
    "steps": _check_steps,
    "workflow": _check_workflow,
    "gitlab": _check_gitlab,
}


def _schema(name: str, block: "Block", folder: Path) -> None:
    pytest.importorskip("check_jsonschema")
    file = folder / "block.yml"
    file.write_text(block.text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", name, str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{block.where}: {done.stdout}{done.stderr}"


def test_commands_are_commands(pages: "Mapping[str, Page]") -> None:
    """Every `flowship …` in a shell block or in the text is one that the program takes."""
    commands = set()
    for page in pages.values():
        shell = "\n".join(block.text for block in page.blocks() if block.language in ("sh", "console"))
        typed = re.findall(r"^(?:\$ )?(?:\w+=\S+ )*(flowship [^$&|>\n]*)$", shell, re.MULTILINE)
        commands |= {*typed, *re.findall(r"`(flowship [a-z][^`]*)`", page.prose())}
    assert len(commands) > 10
    assert [command for command in sorted(commands) if not _is_command(command)] == []


def _is_command(command: str) -> bool:
    words = shlex.split(command, comments=True)[1:]
    if words in ([each] for each in (*MODES, *LOCAL_COMMANDS)):
        return True  # named, not typed
    words = [{"COMMAND": "plan", "PATH…": "flows", "NAME": "manifest"}.get(word.strip("[]"), word.strip("[]")) for word in words]
    return words in (["--version"], ["--help"], ["plan", "--help"], ["plan", "--help-all"]) or isinstance(parse(words, {}), CommandLine)


def test_inputs_in_the_text_exist(pages: "Mapping[str, Page]") -> None:
    """An option named in the text is an input, or an option of a command of its own."""
    others = {
        "format",
        "force",
        "sharded",
        "environments",
        "uses",
        "ghes",
        "host",
        "port",
        "store",
        "targets",
        "faults",
        "latency",
        "version",
        "help",
        "record",
        "from-logs",
        "tag",
        "against",
        "html",
    }
    named = {name for path, page in pages.items() if path.startswith(("README", "docs/")) for name in re.findall(r"`--([a-z-]+)", page.prose())}
    assert named - set(BY_NAME) - others == set()


def test_outputs_in_examples_exist(blocks: "list[Block]") -> None:
    used = {name for block in blocks for name in re.findall(r"steps\.\w+\.outputs\.([a-z-]+)", block.text)}
    assert used
    assert used <= set(OUTPUTS)


@pytest.mark.parametrize(("page", "sharded"), [("docs/github.md", False), ("docs/sharded.md", True)])
def test_every_line_of_the_workflow_that_is_explained_is_written(pages: "Mapping[str, Page]", page: str, sharded: bool) -> None:
    section = pages[page].text.partition("## The workflow, line by line\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ((?:[^|\\]|\\.)*?) \| ", section, re.MULTILINE)
    explained = [found.replace("\\|", "|") for row in rows for found in re.findall(r"`([^`]+)`", row)]
    layout = workflow_template.Layout("main", {"staging": "always", "production": "on-tag"}, sharded=sharded, previews=True)
    written = " ".join(workflow_template.workflow_text(layout).split())
    parts = [part for line in explained for part in re.split(r"…|(?<=:) ", line) if part.strip("[], ")]
    assert len(parts) > 12
    assert [part for part in parts if part.strip() not in written] == []


def test_notices_quoted_in_the_pages_are_printed_by_the_program(pages: "Mapping[str, Page]") -> None:
    table = pages["docs/previews.md"].text.partition("| the notice says |")[2].partition("\n\n")[0]
    cells = [row.split(" | ")[0].strip("| ") for row in table.splitlines()[2:]]
    quotes = [quote.strip() for cell in cells for quote in re.split("[;…]", cell)]
    results = pages["docs/troubleshooting.md"].text.partition("## Results that are not errors\n")[2]
    quotes += re.findall(r'^\| "([^"]+)" \|', results, re.MULTILINE)
    program = "".join(path.read_text("utf-8") for path in (ROOT / "deployer").rglob("*.py"))
    assert len(quotes) > 9
    assert [quote for quote in quotes if quote not in program] == []


def test_the_picture_stands_alone() -> None:
    """Shown as an image it may fetch nothing, and it must be an image."""
    svg = (ROOT / "docs" / "demo.svg").read_text("utf-8")
    assert svg.startswith("<svg ")
    assert re.findall(r"url\((?!#)|@import|href=|@font-face", svg) == []


def test_the_reports_schema_is_what_the_pages_read(pages: "Mapping[str, Page]") -> None:
    from deployer.render import json_report

    change = json.dumps(json.loads(json_report.schema()))
    assert '"target"' in change
    assert "as `target` in the JSON report" in pages["docs/meingpt.md"].text
