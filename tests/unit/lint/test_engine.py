import json
from collections import Counter
from pathlib import Path

import pytest
from flow_documents import chain, edge, loop, node
from scanned import read_all

from deployer.formats import files
from deployer.lint import engine
from deployer.model.workflow import Source

EXAMPLES = Path(__file__).parents[3] / "examples"


def flow(path: str, **fields: object) -> Source:
    definition = {
        "formatVersion": "1.0",
        "exportType": "WORKFLOW",
        "name": "A",
        "botType": "Workflow",
        "workflow": {"workflowNodes": [], "workflowEdges": []},
    }
    content = json.dumps({**definition, **fields}, indent=1).encode()
    return Source(path, "gptbots", "workflow", content, json.loads(content))


def test_examples_have_no_findings() -> None:
    sources, findings = read_all(str(EXAMPLES), ["flowship.yml", "."])
    assert len(sources) == 3
    assert (findings, engine.lint_sources(sources)) == ((), ())


def test_broken_file_hides_no_other() -> None:
    findings = engine.lint_sources([flow("b.flow", workflow=None), flow("a.flow", exportType=None, botType=[])])
    assert [(finding.path, finding.rule) for finding in findings] == [
        ("a.flow", "flow-export-type"),
        ("a.flow", "flow-bot-type"),
        ("a.flow", "flow-end-count"),
        ("a.flow", "flow-start-count"),
        ("b.flow", "flow-graph"),
    ]


def test_source_given_twice_is_reported_once() -> None:
    broken = flow("a.flow", workflow=1)
    assert len(engine.lint_sources([broken, broken])) == 1


def test_opaque_file_has_no_findings() -> None:
    assert engine.lint_sources([Source("a.flow", "gptbots", "workflow", b"\x00", None)]) == ()


def test_findings_of_one_rule_are_limited(tmp_path: Path) -> None:
    """As many are told as anybody would read, of each rule."""
    content = json.dumps(
        {
            "formatVersion": "1.0",
            "exportType": "WORKFLOW",
            "name": "A",
            "botType": "Workflow",
            "workflow": {"workflowNodes": [1] * 100_000, "workflowEdges": []},
        }
    )
    (tmp_path / "a.flow").write_text(content)
    source, _ = files.read(str(tmp_path), "a.flow")
    assert source is not None
    findings = engine.lint_sources([source])
    assert Counter(finding.rule for finding in findings) == {
        "flow-graph": engine.MAX_FINDINGS_PER_RULE + 1,
        "flow-start-count": 1,
        "flow-end-count": 1,
    }
    assert "more than 1,000" in findings[0].message


def test_nested_loops_are_checked() -> None:
    graph = chain(node("first", "LLM", llmParam={"userPrompt": " "}))
    for _ in range(40):
        graph = chain(loop(graph))
    (found,) = engine.lint_sources([flow("a.flow", workflow=graph)])
    assert found.rule == "flow-node-required"
    assert found.span is not None


@pytest.mark.parametrize("closed", [False, True])
def test_large_graph_takes_no_quadratic_time(closed: bool) -> None:
    """A chain in which every node reads from the one before the last; and the same with an edge back to its beginning."""
    readers = [
        node(f"n{i}", "LLM", llmParam={"userPrompt": "x"}, inputs=[{"source": "NODE", "value": f"n{max(i - 2, 0)}#a#b"}]) for i in range(10_000)
    ]
    graph = chain(*readers)
    if closed:
        graph["workflowEdges"].append(edge("n9999", "n0", "back"))
    findings = engine.lint_sources([flow("a.flow", workflow=graph)])
    counted = {rule: [finding.rule for finding in findings].count(rule) for rule in {finding.rule for finding in findings}}
    assert counted == ({"flow-cycle": 1} if closed else {"flow-reference-upstream": 1}) | {
        "flow-reference-variable": engine.MAX_FINDINGS_PER_RULE + 1
    }
