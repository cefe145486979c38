"""The SDK that meinGPT's page shows: its own snippet, and the rest of its surface."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

from deployer.model.errors import PlatformError, UsageError
from deployer.platforms.meingpt.workflow_client import Record, WorkflowClient

PAGE = Path(__file__).parents[1] / "data" / "published" / "meingpt-published.txt"


def test_the_pages_snippet_runs_with_one_import_changed(start_sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    organisation = {"token": "YOUR_API_KEY"}
    running = start_sandbox(targets={"meingpt": {"organisations": {"org": organisation}}})
    snippet = re.search(r"\nPython SDK\n\n(.*?)\nJavaScript SDK\n", PAGE.read_text(), re.DOTALL)
    assert snippet
    before, after = "from meingpt import WorkflowClient", "from deployer.platforms.meingpt.workflow_client import WorkflowClient"
    assert snippet[1].count(before) == 1
    monkeypatch.setenv("MEINGPT_BASE_URL", running.url)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        names: dict[str, Any] = {}
        exec(snippet[1].replace(before, after), names)
    names["client"].close()
    assert printed.getvalue() in ("Status: running\n", "Status: completed\n")
    (shown,) = running.state()["meingpt"][0]["workflows"]
    assert (shown["name"], shown["steps"][0]["config"]["prompt"]) == ("My Workflow", "Process: {{input.data}}")
    assert [request["method"] for request in running.requests()] == ["POST", "POST", "GET"]


def test_the_whole_surface(sandbox: Any) -> None:
    with WorkflowClient(api_key="sandbox-org", base_url=f"{sandbox.url}/v1") as client:
        made = client.workflows.create(name="A", trigger={"type": "webhook"}, steps=[{"id": "a", "type": "http", "config": {}}])
        there = client.workflows.get(made.id)
        assert (there.name, there["name"], there.trigger.type, there.steps[0].id, len(there) > 5) == ("A", "A", "webhook", "a", True)
        assert client.workflows.update(made.id, name="B").name == "B"
        after = client.workflows.get(workflow_id=made.id)
        assert (after.name, after.steps[0].type) == ("B", "http")
        assert [(row.id, row.name, row.status) for row in client.workflows.list()] == [(made.id, "B", "active")]
        run = client.workflows.execute(made.id, input={"x": 1})
        assert (run.id, run.status, run.workflow_id) == (run.execution_id, "running", made.id)
        assert client.executions.get(run.id).id == run.id
    with WorkflowClient("sandbox-org", sandbox.url) as another:
        with pytest.raises(UsageError, match="workflow_id="):
            another.executions.get(run.id)
        assert another.executions.get(run.id, workflow_id=made.id).workflow_id == made.id
        assert another.workflows.delete(made.id) is True
        assert another.workflows.delete(made.id) is False
        with pytest.raises(PlatformError) as info:
            another.workflows.get(made.id)
        assert info.value.code == "WORKFLOW_NOT_FOUND"


def test_bad_keys_and_addresses() -> None:
    with pytest.raises(UsageError, match="api_key"):
        WorkflowClient("")
    with pytest.raises(UsageError, match="plain http"):
        WorkflowClient("k", base_url="http://api.meingpt.com/v1")


def test_a_wait_longer_than_the_time_out_is_an_error(sandbox: Any) -> None:
    sandbox.faults([{"match": {"path": "/v1/workflows"}, "do": {"429": {"retry_after": 3600}}}])
    with WorkflowClient("sandbox-org", sandbox.url, timeout=5) as client, pytest.raises(PlatformError, match="no room to wait"):
        list(client.workflows.list())


def test_records() -> None:
    record = Record({"a": {"b": [1, {"c": 2}]}, "items": 3})
    assert record.a.b[1].c == 2
    assert record["items"] == 3
    assert dict(record) == {"a": {"b": [1, {"c": 2}]}, "items": 3}
    assert repr(record) == "Record({'a': {'b': [1, {'c': 2}]}, 'items': 3})"
    with pytest.raises(AttributeError, match="it has a, items"):
        _ = record.missing
