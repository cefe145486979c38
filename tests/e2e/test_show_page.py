"""The HTML page in a real browser, from the disk: light and dark, wide and on a telephone. What is drawn is what was meant, and nothing is asked of
any network.

`FLOWSHIP_PICTURES=folder` leaves a picture of each page there, to be looked at.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from graph_samples import HOSTILE, samples

from deployer.model.difference import Difference
from deployer.model.evals import EvalHistoryPoint
from deployer.model.report import Report
from deployer.model.shown import ShownWorkflow
from deployer.render.graph_tree import GraphTree
from deployer.render.html_report import render

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GIT = ("git", "-c", "user.name=E2E", "-c", "user.email=e2e@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false")
SAMPLES = dict(samples(40))
PAGES = ("example", "samples")
VIEWS = [(page, theme, width) for page in PAGES for theme in ("light", "dark") for width in (1200, 360)]
BACKGROUNDS = {"light": "rgb(246, 247, 249)", "dark": "rgb(13, 17, 23)"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`example`: what `flowship show` writes of the examples with an edit; `samples`: graphs of every kind, hostile ones too."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "samples.html").write_text(samples_page(), encoding="utf-8")
    return {"example": example_page(folder / "repository"), "samples": folder / "samples.html"}


def samples_page() -> str:
    history = tuple(EvalHistoryPoint(attack, place % 11 / 10, place / 7, place % 3 > 0) for place, attack in enumerate(HOSTILE.values()))
    shown = tuple(
        ShownWorkflow(attack, "gptbots", f"flows/{name}.flow", Difference(attack, graph=graph), history=history, problem=attack)
        for (name, graph), attack in zip(SAMPLES.items(), [*HOSTILE.values()] * 2)
    )
    return render(Report(mode="show", environment=HOSTILE["image"], shown=shown, notices=tuple(HOSTILE.values())))


def example_page(repository: Path) -> Path:
    shutil.copytree(ROOT / "examples", repository)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "The examples"]):
        subprocess.run([*GIT, *command], cwd=repository, check=True)
    flow = repository / "flows/triage.flow"
    edited = flow.read_text(encoding="utf-8").replace('"name": "Urgent?"', '"name": "Urgent, or from a paying customer?"')
    assert edited != flow.read_text(encoding="utf-8")
    flow.write_text(edited, encoding="utf-8")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("FLOWSHIP_", "GITHUB_", "INPUT_"))}
    command = [sys.executable, "-m", "deployer", "show", "--against", "HEAD", "--html", "show.html"]
    subprocess.run(command, cwd=repository, env={**environ, "PYTHONPATH": str(ROOT)}, check=True, timeout=60)
    return repository / "show.html"


@pytest.fixture(scope="module")
def seen(pages: dict[str, Path]) -> dict[str, Any]:
    """What Chromium shows, by page, theme and width."""
    ready = subprocess.run([HERE / "drawing.sh"], stdout=subprocess.PIPE, text=True, check=True)
    set_up = dict(line.split("=", 1) for line in ready.stdout.splitlines())
    pictures = [os.environ["FLOWSHIP_PICTURES"]] if "FLOWSHIP_PICTURES" in os.environ else []
    command = ["node", str(HERE / "drawing/page.mjs"), set_up["FOLDER"], *pictures]
    items = json.dumps([{"name": name, "path": str(path)} for name, path in pages.items()])
    environ = {**os.environ, "CHROMIUM": set_up["CHROMIUM"]}
    done = subprocess.run(command, input=items, env=environ, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("page", "theme", "width"), VIEWS)
def test_page_is_whole_and_asks_nothing_of_a_network(seen: dict[str, Any], page: str, theme: str, width: int) -> None:
    found = seen[f"{page} {theme} {width}"]
    assert (found["talk"], found["odd"]) == ([], [])
    assert found["background"] == BACKGROUNDS[theme]
    assert found["tooWide"] <= 0
    assert found["unlabelled"] == 0


@pytest.mark.parametrize(("page", "theme", "width"), VIEWS)
def test_every_label_is_inside_its_box_and_no_box_covers_another(seen: dict[str, Any], page: str, theme: str, width: int) -> None:
    found = seen[f"{page} {theme} {width}"]
    assert (found["overflowing"], found["overlapping"]) == ([], [])


def test_example_shows_every_workflow_and_the_edit(seen: dict[str, Any]) -> None:
    found = seen["example light 1200"]
    assert found["headings"] == ["3 workflows, 1 changed", "Workflows", "onboarding", "triage", "weekly-digest"]
    assert [(graph["nodes"], graph["edges"]) for graph in found["graphs"]] == [(7, 5), (7, 7), (4, 3)]
    assert sorted(found["graphs"][1]["labels"]) == ["ELSE", "IF"]


def test_every_node_and_edge_of_a_sample_is_drawn(seen: dict[str, Any]) -> None:
    trees = [GraphTree(graph) for graph in SAMPLES.values() if graph.nodes]
    drawn = seen["samples dark 360"]["graphs"]
    assert [(graph["nodes"], graph["edges"]) for graph in drawn] == [(len(tree.nodes), len(tree.drawn_edges())) for tree in trees]
    assert seen["samples dark 360"]["plots"] == 2 * len(SAMPLES)
