"""The structure of the package: rooms and arrows, the seam, one name for one thing, and sizes."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import grimp
import pytest

from deployer.model.errors import UsageError
from deployer.model.workflow import Source, Workflow
from deployer.platforms import registry

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "deployer"
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text("utf-8")) for path in FILES}
MAX_ROOMS = 12
MAX_FUNCTION_LINES, MAX_FILE_LINES = 60, 300
PLATFORM = re.compile("gptbots|meingpt", re.IGNORECASE)
CITATION = re.compile(r"docs/contracts/[\w-]+\.(?:md|txt)")
# Where a platform's name may stand; everywhere else the registry is asked.
MAY_NAME_PLATFORMS = (
    "platforms", "sandbox", "lint/flow", "lint/workflow", "lint/rules", "config", "commands/init", "schemas",
)  # fmt: skip
# The same thing in several rooms has the same name: what each of these means everywhere.
SAME_THING = {
    "adapter": "a platform behind the seam",
    "api": "an API: the calls of GitHub's, and what a platform of another package is written with",
    "base": "the protocols of a room",
    "baseline": "what a change is compared with",
    "client": "the calls of an API",
    "command": "a mode or command of several files",
    "compare": "two states of one thing held against each other",
    "diff": "what changes inside a definition",
    "drift": "what differs from what was deployed last",
    "edges": "the edges of a graph",
    "evals": "evals",
    "error_codes": "the error codes of a platform",
    "executor": "doing things with bounded concurrency",
    "format": "the source format of a platform",
    "plan": "deciding what a run does, and the decision",
    "preview": "a pull request's preview",
    "prune": "deleting what the manifest no longer names",
    "quota": "requests that a platform allows",
    "redaction": "hiding secrets",
    "registry": "a visible list that the program dispatches on",
    "report": "the report of a run",
    "restore": "going back to what was live",
    "rollback": "going back to what was live",
    "runner": "what runs: a runner of GitHub, a runner of evals",
    "subjects": "what a definition holds that rules are about",
    "target": "one workflow on one platform",
    "text": "text",
    "write": "writing",
}


def room(module: str) -> str:
    return ".".join(module.split(".")[:2])


@cache
def graph() -> dict[str, frozenset[str]]:
    """The rooms that each room imports."""
    imports = grimp.build_graph("deployer")
    arrows: dict[str, set[str]] = defaultdict(set)
    for module in imports.modules:
        arrows[room(module)] |= {room(other) for other in imports.find_modules_directly_imported_by(module)} - {room(module), "deployer"}
    return {name: frozenset(others) for name, others in arrows.items()}


def longest_chain(name: str, above: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The longest way down from a room. Fails where it comes back to where it was."""
    assert name not in above, f"a circle: {' > '.join((*above, name))}"
    chains = [longest_chain(other, (*above, name)) for other in sorted(graph().get(name, ()))]
    return (name, *max(chains, key=len, default=()))


def test_the_chain_of_rooms_is_short_and_no_circle() -> None:
    chain = max((longest_chain(name) for name in graph()), key=len)
    assert len(chain) <= MAX_ROOMS, " > ".join(chain)


def test_the_top_of_the_package_holds_rooms_alone() -> None:
    assert sorted(path.name for path in PACKAGE.glob("*.py")) == ["__init__.py", "__main__.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_platform_is_named_outside_its_places(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    if place == "__init__.py" or any(place.startswith(f"{allowed}/") for allowed in MAY_NAME_PLATFORMS):
        return
    lines = path.read_text("utf-8").splitlines()
    assert [f"{place}:{number}" for number, line in enumerate(lines, 1) if PLATFORM.search(CITATION.sub("", line))] == []


def test_without_a_registry_nothing_can_be_deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What every deploy asks first: the target of each workflow."""
    monkeypatch.setattr(registry, "PLATFORMS", {})
    workflow = Workflow("triage", Source("flows/triage.flow", "gptbots", "workflow", b"", {}), "KEY")
    with pytest.raises(UsageError, match="There is no platform 'gptbots'"):
        registry.target_of(workflow)


def test_no_public_class_is_defined_twice() -> None:
    places = defaultdict(list)
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.relative_to(PACKAGE).as_posix())
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_a_name_of_a_module_means_one_thing() -> None:
    places = defaultdict(set)
    for path in FILES:
        parts = path.relative_to(PACKAGE).parts
        if not path.stem.startswith("__") and "rules" not in parts:
            places[path.stem].add("/".join(parts[:-1]))
    repeated = {name for name, folders in places.items() if len(folders) > 1}
    assert repeated - set(SAME_THING) == set()
    assert set(SAME_THING) - repeated == set(), "no longer repeated"


def test_functions_and_files_are_small() -> None:
    large = [f"{path.relative_to(ROOT)}: {len(path.read_text('utf-8').splitlines())} lines" for path in FILES if lines_of(path) > MAX_FILE_LINES]
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = (node.end_lineno or 0) - node.lineno + 1
                large += [f"{path.relative_to(ROOT)}: {node.name} has {size} lines"] if size > MAX_FUNCTION_LINES else []
    assert large == []


def lines_of(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_each_room_says_in_one_sentence_what_it_is_for() -> None:
    silent = [path for path, tree in TREES.items() if path.name == "__init__.py" and not (ast.get_docstring(tree) or "").strip(". ")]
    assert [path.relative_to(ROOT).as_posix() for path in silent] == []
