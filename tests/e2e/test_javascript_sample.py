"""The JavaScript sample of meinGPT's page, run by Node against the sandbox: its own text, with the import changed to a client made of `fetch`."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "data/published/meingpt-published.txt"
CLIENT = Path(__file__).parent / "javascript/workflow_client.mjs"
BEFORE = "from '@meingpt/workflows'"


def run_sample(url: str, folder: Path, key: str) -> "subprocess.CompletedProcess[str]":
    (sample,) = re.findall(r"\nJavaScript SDK\n\n(.*?)\nBest Practices\n", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert sample.count(BEFORE) == 1
    (folder / "sample.mjs").write_text(sample.replace(BEFORE, f"from '{CLIENT.as_uri()}'"), encoding="utf-8")
    environ = {**os.environ, "MEINGPT_API_KEY": key, "MEINGPT_BASE_URL": f"{url}/v1"}
    return subprocess.run(["node", "sample.mjs"], cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_the_pages_sample_creates_executes_and_reads_the_status(node_packages: Path, start_sandbox: Any, tmp_path: Path) -> None:
    running = start_sandbox()
    ran = run_sample(running.url, tmp_path, "sandbox-org")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout in ("Status: running\n", "Status: completed\n")
    (workflow,) = running.state()["meingpt"][0]["workflows"]
    assert (workflow["name"], workflow["trigger"]["type"], workflow["execution_count"]) == ("My Workflow", "webhook", 1)
    assert workflow["steps"] == [{"id": "step1", "type": "ai_completion", "config": {"model": "gpt-4", "prompt": "Process: {{input.data}}"}}]
    calls = [(request["method"], request["path"], request["status"]) for request in running.requests()]
    execution = calls[-1][1].rsplit("/", 1)[1]
    assert calls == [
        ("POST", "/v1/workflows", 201),
        ("POST", f"/v1/workflows/{workflow['id']}/execute", 200),
        ("GET", f"/v1/workflows/{workflow['id']}/executions/{execution}", 200),
    ]


def test_a_wrong_key_ends_the_sample_with_the_documented_error(node_packages: Path, start_sandbox: Any, tmp_path: Path) -> None:
    ran = run_sample(start_sandbox().url, tmp_path, "nobody")
    assert ran.returncode == 1
    assert "Error: UNAUTHORIZED: Invalid or missing API token" in ran.stderr
