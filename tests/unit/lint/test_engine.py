import json
from pathlib import Path

from deployer.domain.workflow import Source
from deployer.lint import engine
from deployer.source import files, gathering

EXAMPLES = Path(__file__).parents[3] / "examples"


def flow(path: str, **fields: object) -> Source:
    definition = {"formatVersion": "1.0", "exportType": "WORKFLOW", "botType": "Workflow", "workflow": {"workflowNodes": [], "workflowEdges": []}}
    content = json.dumps({**definition, **fields}, indent=1).encode()
    return Source(path, "gptbots", "workflow", content, json.loads(content))


def test_the_examples_are_clean() -> None:
    sources, findings = gathering.gather(str(EXAMPLES), ["flowship.yml", "."])
    assert len(sources) == 3
    assert (findings, engine.check(sources)) == ((), ())


def test_one_broken_file_hides_no_other() -> None:
    findings = engine.check([flow("b.flow", workflow=None), flow("a.flow", exportType=None, botType=[])])
    assert [(finding.path, finding.rule) for finding in findings] == [
        ("a.flow", "flow-export-type"),
        ("a.flow", "flow-bot-type"),
        ("a.flow", "flow-end-count"),
        ("a.flow", "flow-start-count"),
        ("b.flow", "flow-graph"),
    ]


def test_a_source_given_twice_is_reported_once() -> None:
    broken = flow("a.flow", workflow=1)
    assert len(engine.check([broken, broken])) == 1


def test_opaque_files_are_left_alone() -> None:
    assert engine.check([Source("a.flow", "gptbots", "workflow", b"\x00", None)]) == ()


def test_many_wrong_nodes_are_no_trouble(tmp_path: Path) -> None:
    """All of them are told, and places are looked up in one pass."""
    content = json.dumps(
        {"formatVersion": "1.0", "exportType": "WORKFLOW", "botType": "Workflow", "workflow": {"workflowNodes": [1] * 100_000, "workflowEdges": []}}
    )
    (tmp_path / "a.flow").write_text(content)
    source, _ = files.read(str(tmp_path), "a.flow")
    assert source is not None
    assert len(engine.check([source])) == 100_002


def test_loops_in_loops_are_looked_into() -> None:
    inner: dict[str, object] = {"workflowNodes": [{"type": "START"}, {"type": "START"}], "workflowEdges": []}
    for _ in range(40):
        inner = {"workflowNodes": [{"type": "START"}, {"type": "LOOP", "subWorkflow": inner}, {"type": "END"}], "workflowEdges": []}
    findings = engine.check([flow("a.flow", workflow=inner)])
    assert [finding.rule for finding in findings] == ["flow-start-count"]
