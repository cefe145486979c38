"""Reads that begin before the files are read: what they wait for, what they leave alone, and where their failures show."""

from pathlib import Path
from typing import Any

import pytest
from fake_targets import FakeConnections, flow, run_context, yaml
from observations import listed

from deployer.config.reader import read
from deployer.model.errors import FlowshipError, UsageError
from deployer.model.workflow import Workflow
from deployer.pipeline import early_reads
from deployer.pipeline.early_reads import EarlyReads
from deployer.pipeline.project import Project, read_project
from deployer.state.memory import MemoryStateStore

SHOWN = listed((), "bot")
KEYS = {"FLOWSHIP_KEYS": "A=value-of-a\nB=value-of-b\nMEINGPT=value-of-c"}


class NotingStore(MemoryStateStore):
    """Notes what is observed after it was read; or cannot be read."""

    def __init__(self, events: list[str], error: Exception | None = None) -> None:
        super().__init__()
        self.order, self.error = events, error

    def read(self, environment: str) -> Any:
        self.order.append("state")
        if self.error:
            raise self.error
        return super().read(environment)


class NotingConnections(FakeConnections):
    events: list[str]

    def target(self, workflow: Workflow, before_send: Any = None) -> Any:
        self.events.append(workflow.name)
        return super().target(workflow, before_send)


def begun(
    root: Path, monkeypatch: pytest.MonkeyPatch, *workflows: Workflow, error: Exception | None = None, stopped: bool = False, keys: Any = KEYS
) -> tuple[EarlyReads, list[str]]:
    """The early reads of these workflows, and in which order state and targets were asked for."""
    connections, events = NotingConnections(a=SHOWN, b=SHOWN), list[str]()
    connections.events = events
    monkeypatch.setattr(early_reads, "connect", lambda *_: connections)
    early = EarlyReads(run_context(root, NotingStore(events, error), environ=keys, options={"concurrency": "1"}))
    if stopped:
        early.stop()
    early.begin(Project("production", ("production",), workflows, ()))
    return early, events


def test_state_is_read_before_any_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    early, events = begun(tmp_path, monkeypatch, flow("a"), flow("b"))
    assert early.observed() == {"a": SHOWN, "b": SHOWN}
    assert (set(early.state().workflows), set(early.names), events) == (set(), {"a", "b"}, ["state", "a", "b"])


def test_each_is_told_as_it_is_read_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    early, _ = begun(tmp_path, monkeypatch, flow("a"), flow("b"))
    told: list[Any] = []
    for _ in range(2):
        early.observed((flow("b"), yaml("c")), lambda workflow, shown: told.append((workflow.name, shown)))
    assert told == [("b", SHOWN)]


def test_workflow_that_is_found_by_its_definition_is_left_to_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    early, _ = begun(tmp_path, monkeypatch, flow("a"), yaml("c"))
    assert (set(early.names), set(early.observed())) == ({"a"}, {"a"})
    early, events = begun(tmp_path, monkeypatch, yaml("c"))
    assert (early.connections, events) == (None, [])


def test_without_every_key_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    early, events = begun(tmp_path, monkeypatch, flow("a"), flow("b"), keys={"FLOWSHIP_KEYS": "A=value-of-a"})
    assert (early.connections, early.names, events) == (None, frozenset(), [])


def test_where_two_entries_are_one_target_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise UsageError("one target")

    early, events = begun(tmp_path, monkeypatch)
    monkeypatch.setattr(early_reads, "connect", refuse)
    early.begin(Project("production", ("production",), (flow("a"),), ()))
    assert (early.connections, events) == (None, [])


def test_after_stop_no_read_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    early, events = begun(tmp_path, monkeypatch, flow("a"), stopped=True)
    early.observed()
    assert events == ["state"]


def test_state_that_cannot_be_read_is_raised_where_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    early, events = begun(tmp_path, monkeypatch, flow("a"), error=FlowshipError("damaged"))
    for ask in (early.state, early.observed):
        with pytest.raises(FlowshipError, match="damaged"):
            ask()
    assert events == ["state"]


def test_project_is_known_before_its_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "flowship.yml").write_text(
        "version: 1\nenvironments: [production, staging]\nworkflows:\n"
        "  b: {source: b.flow, key: B}\n  a: {source: a.flow, key: A}\n"
        "  c: {source: c.flow, key: C, environments: {staging: {key: C_STAGING}}}\n"
    )
    projects: list[Project] = []
    for inputs in ({}, {"only": "b"}, {"shard": "2/2"}, {"environment": "staging"}):
        read_project(str(tmp_path), read(inputs, {}), projects.append)
    assert [[workflow.name for workflow in project.workflows] for project in projects] == [["a", "b", "c"], ["b"], ["b"], ["c"]]
    assert all(workflow.source.definition is None for project in projects for workflow in project.workflows)
    (tmp_path / "flowship.yml").write_text("version: 1\nworkflows: []\n")
    read_project(str(tmp_path), read({}, {}), projects.append)
    assert len(projects) == 4
