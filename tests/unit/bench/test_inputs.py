"""What the benches run on is what it says, and what measures it does not count a failure."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployer.lint.linter import lint_paths
from deployer.model.finding import SEVERITIES


def test_graphs_have_5_to_60_nodes_and_files_4700_bytes_in_the_mean() -> None:
    import inputs

    nodes = [inputs.flow_nodes(number) for number in range(200)]
    assert (min(nodes), max(nodes) > 40, max(nodes) <= 60) == (5, True, True)
    assert sum(len(inputs.flow(number).encode()) for number in range(200)) / 200 == pytest.approx(4700, rel=0.05)


def test_every_file_is_the_same_for_its_number_and_another_for_its_revision() -> None:
    import inputs

    for make in (inputs.flow, inputs.workflow):
        first = [make(number) for number in range(20)]
        assert first == [make(number) for number in range(20)]
        assert len(set(first)) == 20
        assert not set(first).intersection(make(number, 1) for number in range(20))
        assert make(3, 1) != make(3, 2)
    assert inputs.flow(inputs.GRAPHS + 3) != inputs.flow(3)


def test_the_yaml_have_every_trigger_and_every_step() -> None:
    import inputs

    documents: list[dict[str, Any]] = [yaml.safe_load(inputs.workflow(number)) for number in range(3)]
    assert {document["trigger"]["type"] for document in documents} == {"webhook", "schedule", "email"}
    for document in documents:
        assert {step["type"] for step in document["steps"]} == {"ai_completion", "http", "condition", "loop", "email"}


def test_all_of_them_lint_without_a_warning(tmp_path: Path) -> None:
    import inputs

    for number in range(40):
        (tmp_path / f"{number}.flow").write_text(inputs.flow(number, number % 3))
        (tmp_path / f"{number}.yaml").write_text(inputs.workflow(number, number % 3))
    findings = lint_paths(str(tmp_path), (".",), "flowship.yml")
    assert [finding for finding in findings if finding.severity in SEVERITIES[:2]] == []


def test_a_second_commit_changes_every_file_or_each_so_many_th(tmp_path: Path) -> None:
    import inputs

    repository = inputs.Repository(tmp_path / "r", 20, 20)

    def changed() -> int:
        diff = subprocess.run(["git", "diff", "--name-only", "HEAD~1", "HEAD"], cwd=repository.root, check=True, capture_output=True, text=True)
        return len(diff.stdout.splitlines())

    repository.commit(1)
    assert changed() == 40
    repository.commit(2, 10, 5)
    assert changed() == 2 + 4
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository.root, check=True, capture_output=True, text=True).stdout.strip()
    assert repository.head == head


def test_a_command_that_fails_is_not_measured(tmp_path: Path) -> None:
    import processes

    good = processes.measure([sys.executable, "-c", "sum(range(10**6))"], tmp_path, {})
    assert good.seconds > 0
    assert good.cpu > 0
    assert good.memory > 1
    with pytest.raises(SystemExit, match="exits 7"):
        processes.measure([sys.executable, "-c", "raise SystemExit(7)"], tmp_path, {})


def test_the_least_client_gets_every_reply_in_order_and_takes_no_refusal(sandbox: Any) -> None:
    import floor

    requests = [
        [floor.send_json("/v1/workflows", "sandbox-acme", {"name": f"W{number}", "trigger": {"type": "webhook"}, "steps": []})]
        for number in range(10)
    ]
    assert [json.loads(reply)["name"] for reply in floor.exchange(sandbox.url, 4, requests)] == [f"W{number}" for number in range(10)]
    with pytest.raises(ValueError, match="401"):
        floor.seconds(sandbox.url, 1, [[floor.get("/v1/workflow/version/list", "nonsense")]])
