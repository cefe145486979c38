"""A workflow under a new name: which old name's records are its own, and when none are."""

from typing import Any

import pytest

from deployer.model.workflow import Source, Workflow
from deployer.planning.renames import find_renames, take_over_records
from deployer.state.base import DeployRecord, EnvironmentState, WorkflowRecord

HOST = "https://h"


def known(**workflows: DeployRecord) -> EnvironmentState:
    return EnvironmentState({name: WorkflowRecord(None, record, (), (record,)) for name, record in workflows.items()})


def workflow(name: str, content: str = "", id_: str = "") -> Workflow:
    return Workflow(name, Source("w.yaml", "meingpt", "workflow", b"", {"name": content or name}), "KEY", id=id_)


def deployed(content: str, target: str, **other: Any) -> DeployRecord:
    return DeployRecord(**{"fingerprint": workflow("x", content).fingerprint, "target": target, "host": HOST, **other})


@pytest.mark.parametrize(
    ("state", "workflows", "expected"),
    [
        (known(old=deployed("A", "wf_1")), [workflow("new", "A")], {"new": "old"}),
        (known(old=deployed("A", "wf_1")), [workflow("new", "B")], {}),
        (known(old=deployed("A", "wf_1")), [workflow("new", "B", "wf_1")], {"new": "old"}),
        (known(old=deployed("A", "wf_1")), [workflow("new", "A", "wf_2")], {}),
        (known(old=deployed("A", "wf_1")), [workflow("old", "A"), workflow("new", "A")], {}),
        (known(old=deployed("A", "wf_1"), older=deployed("A", "wf_2")), [workflow("new", "A")], {}),
        (known(old=deployed("A", "wf_1")), [workflow("new", "A"), workflow("newer", "A")], {}),
        (known(old=deployed("A", "wf_1"), new=deployed("Z", "wf_2")), [workflow("new", "A")], {}),
        (known(old=deployed("A", "wf_1", host="https://elsewhere")), [workflow("new", "A")], {}),
    ],
)
def test_renames(state: EnvironmentState, workflows: list[Workflow], expected: dict[str, str]) -> None:
    names = {workflow.name for workflow in workflows}
    assert find_renames(state, workflows, names, dict.fromkeys(names, HOST)) == expected


def test_a_name_that_the_manifest_has_elsewhere_is_not_taken() -> None:
    assert find_renames(known(old=deployed("A", "wf_1")), [workflow("new", "A")], {"new", "old"}, {"new": HOST}) == {}


def test_taken_over_is_the_whole_record() -> None:
    before = known(old=deployed("A", "wf_1"), other=deployed("B", "wf_2"))
    after = take_over_records(before, {"new": "old"})
    assert (set(after.workflows), after.of("new")) == ({"new", "other"}, before.of("old"))


def test_key_that_is_a_target_never_takes_over_records() -> None:
    flow = Workflow("new", Source("a.flow", "gptbots", "workflow", b"", {"name": "A"}), "KEY")
    state = known(old=DeployRecord(fingerprint=flow.fingerprint, target="bot", host=HOST))
    assert find_renames(state, [flow], {"new"}, {"new": HOST}) == {}
