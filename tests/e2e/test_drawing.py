"""Every kind of Mermaid block that we write, drawn by the real Mermaid in a real browser: what is seen is what was meant, and nothing else.

`FLOWSHIP_PICTURES=folder` leaves a picture of each there, light and dark, to be looked at.
"""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from graph_samples import HOSTILE, samples

from deployer.model.change import WriteDraft
from deployer.model.difference import Difference, DrawnGraph, DrawnNode, PartDifference
from deployer.model.evals import EvalHistoryPoint
from deployer.model.observation import MISSING
from deployer.model.outcome import Outcome
from deployer.model.report import Report
from deployer.model.text import cut, one_line
from deployer.model.workflow import Source, Workflow
from deployer.render.evals_markdown import MAX_POINTS, plot
from deployer.render.graph_tree import MAX_LABEL_CHARS, MAX_TITLE_CHARS, SIGNS
from deployer.render.markdown import comment_marker, render_comment

HERE = Path(__file__).parent
BLOCK = re.compile(r"^```mermaid\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ODD_ONES = 40  # graphs made from a seed


def charts() -> dict[str, str]:
    """How the evals of releases went, in charts: few and many, fast and slow, whatever a version is called."""
    slow = [0.0001, 0.0, 0.41, 999.5, 1234567.0]
    histories = {
        "attacks": [EvalHistoryPoint(attack, place % 11 / 10, 0.5) for place, attack in enumerate(HOSTILE.values())],
        "seconds": [EvalHistoryPoint(f"1.0.{place}", 1.0, seconds) for place, seconds in enumerate(slow)],
        "nothing": [EvalHistoryPoint("1.0.0", 0.0), EvalHistoryPoint("1.0.1", 0.0, 0.0)],
    }
    parts = {
        f"chart-{name}": [plot(past[start : start + MAX_POINTS]) for start in range(0, len(past), MAX_POINTS)] for name, past in histories.items()
    }
    return {f"{name}-{place}": text for name, pages in parts.items() for place, text in enumerate(BLOCK.findall("\n".join(pages)))}


def block(graph: DrawnGraph) -> str:
    """The graph's block, out of a comment as it is posted."""
    source = Source("a.flow", "gptbots", "workflow", b"", None)
    part = PartDifference("node", "a", "A", "LLM", "changed")
    change = WriteDraft(workflow=Workflow("a", source, "KEY"), observed=MISSING, difference=Difference("commit 1a2b3c4", (part,), graph))
    page = render_comment(Report(mode="plan", outcomes=(Outcome(change=change, outcome=None),)), comment_marker("", "production", "flowship.yml"), "")
    (only,) = BLOCK.findall(page)
    return str(only)


@pytest.fixture(scope="module", params=["mermaid", "mermaid-11"])
def drawn(request: pytest.FixtureRequest, set_up: dict[str, str]) -> dict[str, Any]:
    """What was drawn, by name and theme. Two versions: GitHub does not tell which one it has."""
    items = [{"name": name, "text": block(graph)} for name, graph in samples(ODD_ONES) if graph.nodes]
    items += [{"name": name, "text": text} for name, text in charts().items()]
    pictures = [os.environ["FLOWSHIP_PICTURES"]] if "FLOWSHIP_PICTURES" in os.environ and request.param == "mermaid" else []
    command = ["node", str(HERE / "drawing/draw.mjs"), set_up["FOLDER"], request.param, *pictures]
    environ = {**os.environ, "CHROMIUM": set_up["CHROMIUM"]}
    done = subprocess.run(command, input=json.dumps(items), env=environ, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def seen(texts: list[str]) -> list[str]:
    """Without spaces, which lines are broken at, and without what lets long words break."""
    return sorted("".join(text.replace("\u200b", "").split()) for text in texts)


def meant(graph: DrawnGraph) -> tuple[list[str], list[str]]:
    """The texts of nodes, and of boxes around others, worked out from the graph alone."""
    keys = {node.key for node in graph.nodes}
    around = {node.inside for node in graph.nodes if node.inside in keys and node.inside != node.key}
    return (
        seen([_told(node) for node in graph.nodes if node.key not in around]),
        seen([cut(_named(node), MAX_TITLE_CHARS) for node in graph.nodes if node.key in around]),
    )


def _named(node: DrawnNode) -> str:
    name, kind = _short(node.label, MAX_LABEL_CHARS), _short(node.type.replace("_", " ").lower(), 24)
    return f"{SIGNS[node.change]} {name or kind}".strip()


def _told(node: DrawnNode) -> str:
    name, kind = _short(node.label, MAX_LABEL_CHARS), _short(node.type.replace("_", " ").lower(), 24)
    return _named(node) + ("" if kind == name.lower() or not name else kind)


def _short(text: str, limit: int) -> str:
    return cut(" ".join(one_line(text).split()), limit)


@pytest.mark.parametrize(
    ("name", "graph"), [each for each in samples(ODD_ONES) if each[1].nodes], ids=lambda each: each if isinstance(each, str) else ""
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_seen_is_what_was_meant(drawn: dict[str, Any], name: str, graph: DrawnGraph, theme: str) -> None:
    found = drawn[f"{name} {theme}"]
    assert "error" not in found, found["error"]
    assert (found["odd"], found["talk"], found["type"]) == ([], [], "flowchart-v2")
    nodes, boxes = meant(graph)
    assert seen(found["nodes"]) == nodes
    assert seen(found["boxes"]) == boxes


def test_every_line_of_a_plain_graph_is_drawn(drawn: dict[str, Any]) -> None:
    graphs = dict(samples(0))
    for name in ("triage", "chain-7", "chain-100"):
        assert drawn[f"{name} light"]["lines"] == len(graphs[name].edges)
    assert sorted(drawn["triage light"]["edges"]) == ["French", "German", "other"]


def test_charts_are_drawn(drawn: dict[str, Any]) -> None:
    assert len(charts()) > 15
    wrong = {(name, theme): drawn[f"{name} {theme}"] for name in charts() for theme in ("light", "dark") if _went_wrong(drawn[f"{name} {theme}"])}
    assert wrong == {}


def _went_wrong(found: dict[str, Any]) -> bool:
    return "error" in found or bool(found["odd"] or found["talk"]) or found["type"] != "xychart"


def test_every_attack_was_among_them(drawn: dict[str, Any]) -> None:
    shown = set(seen(drawn["hostile light"]["nodes"]))
    assert {seen([f"+{_short(attack, MAX_LABEL_CHARS)}"])[0] for attack in HOSTILE.values() if attack} <= shown
