"""Two definitions compared: a new case is a folder in tests/data/inside with `after` (and `before`, where something was there).

`FLOWSHIP_GOLDEN=write` writes what is expected anew: lines as a plan shows them, then the picture. Read what changed before keeping it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployer.formats import files
from deployer.model.difference import Difference
from deployer.platforms.registry import platform_named
from deployer.render.diff_text import lines, summary

DATA = Path(__file__).parents[2] / "data" / "inside"
CASES = sorted(each.name for each in DATA.iterdir())
SIGNS = {"added": "+", "removed": "-", "changed": "~", "same": " "}


def definition(case: str, side: str) -> tuple[Any, Any]:
    """The platform and the definition; None where there is no such file."""
    found = next((DATA / case).glob(f"{side}.*"), None)
    if found is None:
        return None, None
    source, findings = files.parse(found.name, found.read_bytes())
    assert source, findings
    return source.platform, source.definition


def compare(platform: str, before: Any, after: Any, against: str = "") -> Difference:
    return platform_named(platform).compare_definitions(before, after, against)


def compared(case: str, *, swapped: bool = False) -> Difference:
    platform, after = definition(case, "after")
    _, before = definition(case, "before")
    if swapped:
        before, after = after, before or {}
    return compare(platform, before or {}, after, "" if before is None else "what was there")


def told(difference: Difference) -> Iterator[str]:
    yield from (summary(difference), "", *lines(difference, 100), "")
    for node in difference.graph.nodes:
        yield f"{SIGNS[node.change]} [{node.key}] {node.label} ({node.type}){f' in {node.inside}' * bool(node.inside)}"
    for edge in difference.graph.edges:
        yield f"{SIGNS[edge.change]} {edge.source} → {edge.target}{f' ({edge.label})' * bool(edge.label)}"


@pytest.mark.parametrize("case", CASES)
def test_as_the_file_says(case: str) -> None:
    said = "".join(f"{line}\n" for line in told(compared(case)))
    path = DATA / case / "expected.txt"
    if os.environ.get("FLOWSHIP_GOLDEN") == "write":
        path.write_text(said, "utf-8")
    assert said == path.read_text("utf-8")


@pytest.mark.parametrize("case", [case for case in CASES if "new-id" not in case])
def test_the_other_way_round_it_is_the_opposite(case: str) -> None:
    opposite = {"added": "removed", "removed": "added"}
    there, back = compared(case), compared(case, swapped=True)
    assert sorted((part.kind, part.name, part.change) for part in there.parts) == sorted(
        (part.kind, part.name, opposite.get(part.change, part.change)) for part in back.parts
    )
    assert {node.change for node in back.graph.nodes} == {opposite.get(node.change, node.change) for node in there.graph.nodes}


@pytest.mark.parametrize("case", CASES)
def test_nothing_differs_from_itself_and_the_picture_is_whole(case: str) -> None:
    platform, after = definition(case, "after")
    alone = compare(platform, after, after)._replace(known=False)
    assert (alone.parts, alone.known, {node.change for node in alone.graph.nodes} <= {"same"}) == ((), False, True)
    assert lines(alone, 9) == ()
    graph = compared(case).graph
    keys = [node.key for node in graph.nodes]
    assert len(keys) == len(set(keys))
    assert {edge.source for edge in graph.edges} | {edge.target for edge in graph.edges} | {node.inside for node in graph.nodes} <= {*keys, ""}


@pytest.mark.parametrize("case", [case for case in CASES if "secrets" in case])
def test_no_secret_is_in_it(case: str) -> None:
    shown = repr(compared(case))
    assert "***" in shown
    assert not [each for each in ("tr0ub4dor", "sk-proj", "f7Kq92") if each in shown]


def big(step: int) -> dict[str, Any]:
    nodes = [
        {"id": f"n{n}", "name": f"N{n}", "type": "LLM", "x": n, "y": step if n % 3 == 0 else 0, "llmParam": {"userPrompt": f"{n} {step * (n % 2)}"}}
        for n in range(10_000)
    ]
    edges = [
        {"id": f"e{n}", "sourceNodeID": f"n{n}", "targetNodeID": f"n{n + 1}", "sourceHandle": "o", "targetHandle": "i"} for n in range(len(nodes) - 1)
    ]
    return {"workflow": {"workflowNodes": nodes, "workflowEdges": edges}}


def test_ten_thousand_nodes_are_few_lines() -> None:
    difference = compare("gptbots", big(1), big(2), "what was there")
    said = lines(difference, 30)
    assert len(said) <= 33
    assert said[-2:] == ("  … and 4986 more changes", "  1667 nodes moved (layout only)")
    assert summary(difference) == "5000 changed, compared with what was there"


ODD: tuple[Any, ...] = (
    None, 1, "x", [], {}, [None, 1, []], {"workflowNodes": [1, {"id": 1}, {}, {"id": "a"}, {"id": "a"}],
    "workflowEdges": [{}, {"sourceNodeID": "a"}, 7]},
    [{"id": "a", "config": {"steps": 3}}, {"id": "a", "type": "condition", "config": None}, {"config": {"steps": [{}]}}, 4],
)  # fmt: skip


@pytest.mark.parametrize("key", ["workflow", "steps", "trigger", "variables"])
@pytest.mark.parametrize("platform", ["gptbots", "meingpt"])
def test_what_is_no_workflow_at_all_is_compared_all_the_same(platform: str, key: str) -> None:
    for one in ODD:
        for other in ODD:
            found = compare(platform, {key: one}, {key: other}, "x")
            assert all(lines(found, 50))
            assert compare(platform, {key: one}, {key: one}, "x").parts == ()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every value that is no mapping and no list, by its path."""
    listed = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield from (found for key, each in listed for found in places(each, (*path, key)))
    if path and not isinstance(value, dict | list):
        yield path


def altered(value: Any, path: tuple[Any, ...], how: str) -> Any:
    """A copy with that one value changed, or taken out."""
    copy = value.copy()
    if path[1:]:
        copy[path[0]] = altered(value[path[0]], path[1:], how)
    elif how == "out":
        del copy[path[0]]
    else:
        copy[path[0]] = f"{value[path[0]]} changed"
    return copy


@pytest.mark.parametrize("how", ["changed", "out"])
@pytest.mark.parametrize("name", ["flows/triage.flow", "workflows/onboarding.yaml", "workflows/weekly-digest.yaml"])
def test_no_change_goes_unsaid(name: str, how: str) -> None:
    """Whatever value is changed in the examples is told, but for the time of the export."""
    source, _ = files.parse(name, (DATA.parents[2] / "examples" / name).read_bytes())
    assert source
    definition: Any = source.definition
    every = [path for path in places(definition) if path != ("exportTime",)]
    assert len(every) > 20
    silent = [path for path in every if not compare(source.platform, definition, altered(definition, path, how), "x").parts]
    assert silent == []
