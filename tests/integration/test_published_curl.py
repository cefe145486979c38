"""Every curl example of the two published pages, run with curl as printed but for host and key, against a seeded sandbox.

Each reply must have the shape (keys and types, all the way down) of the response example that the page prints after it.
Listed exceptions: the PUT example's body holds a comment, which no JSON reader takes; create, update and delete show no reply.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from tests.conftest import Sandbox

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: the published examples are curl commands")

PAGES = Path(__file__).parents[1] / "data" / "published"
# Beside what a response example shows: what the contracts add to it, from the vendors' newer pages or the page's own list row.
ADDED = {
    "GET /v1/workflows/wf_123456": {"created_at", "updated_at", "execution_count"},
}


class Example(NamedTuple):
    """A command of a page, and the response example printed after it, before the next heading (None: the page shows none)."""

    command: str
    response: Any

    @property
    def call(self) -> str:
        """`METHOD /path`."""
        method = re.search(r"-X (\w+)", self.command)
        path = re.search(r"https://[^/\s']+(/[^\s']*)", self.command)
        assert path
        return f"{method[1] if method else 'GET'} {path[1]}"


def examples() -> list[Example]:
    """In the order of the pages. Each must be found: the count is held by a test."""
    found = []
    for page in ("gptbots-published.txt", "meingpt-published.txt"):
        text = (PAGES / page).read_text(encoding="utf-8")
        starts = [match.start() for match in re.finditer(r"^curl ", text, re.MULTILINE)]
        for start, following in zip(starts, [*starts[1:], len(text)], strict=True):
            command = _command(text[start:])
            found.append(Example(command, _response(text[start + len(command) : following])))
    return found


def _command(text: str) -> str:
    """Lines until one that neither continues nor stands inside quotes."""
    lines: list[str] = []
    for line in text.splitlines():
        lines.append(line)
        if "\n".join(lines).count("'") % 2 == 0 and not line.endswith("\\"):
            break
    return "\n".join(lines)


def _response(text: str) -> Any:
    """The JSON after `Response:` or `Response Example`, when it comes before anything else of the page's structure."""
    marked = re.search(r"^(Response:|Response Example)\s*(?=\{)", text, re.MULTILINE)
    return json.JSONDecoder().raw_decode(text, marked.end())[0] if marked else None


SEED: dict[str, Any] = {
    "gptbots": {"targets": {"published": {"key": "the-workflow-key", "versions": [{"version": "1.0.1"}, {"version": "1.0.2", "published": True}]}}},
    "meingpt": {
        "organisations": {
            "published": {
                "token": "the-token",
                "workflows": [
                    {
                        "id": "wf_123456",
                        "name": "Customer Support Automation",
                        "description": "Handles customer inquiries",
                        "created_at": "2024-01-15T10:00:00Z",
                        "updated_at": "2024-01-20T15:30:00Z",
                        "execution_count": 245,
                        "webhook_id": "wh_789012",
                        "trigger": {"type": "webhook"},
                        "steps": [
                            {
                                "id": "step_1",
                                "type": "ai_completion",
                                "name": "Analyze Inquiry",
                                "config": {"model": "gpt-4", "prompt": "{{input.message}}"},
                            },
                            {
                                "id": "step_2",
                                "type": "condition",
                                "name": "Route",
                                "config": {"condition": "{{step_1.output.urgency}} == 'high'", "true_branch": "step_3", "false_branch": "step_4"},
                            },
                        ],
                        "variables": {"support_email": "support@company.com", "max_response_time": 300},
                    }
                ],
                "executions": [
                    {
                        "execution_id": "exec_456789",
                        "workflow_id": "wf_123456",
                        "started_at": "2024-01-20T16:00:00Z",
                        "duration_ms": 45000,
                        "steps": [
                            {
                                "step_id": "step_1",
                                "status": "completed",
                                "started_at": "2024-01-20T16:00:00Z",
                                "completed_at": "2024-01-20T16:00:10Z",
                                "output": {"urgency": "high", "category": "order_issue"},
                            }
                        ],
                        "output": {"ticket_id": "TICKET-12345", "response_sent": True},
                    }
                ],
            }
        }
    },
}


@pytest.fixture
def box(start_sandbox: Callable[..., "Sandbox"]) -> "Sandbox":
    return start_sandbox(targets=SEED)


def run(example: Example, box: "Sandbox", folder: Path) -> tuple[int, Any]:
    """(HTTP status, parsed body) of the command, run by a shell in that folder."""
    command = re.sub(r"https://api[^/\s']*(?=/)", box.url, example.command)
    command = command.replace("{WORKFLOW_API_KEY}", "the-workflow-key").replace("YOUR_API_TOKEN", "the-token")
    command = command.replace("curl ", "curl --disable --silent --show-error --noproxy '*' --write-out '\\n%{http_code}' ", 1)
    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=30, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body) if body else None


def shape(value: Any) -> Any:
    """Keys and types, all the way down; of a list every item."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value).__name__


def prepare(call: str, box: "Sandbox", folder: Path) -> None:
    (folder / "my-workflow.flow").write_bytes(b"\x00 an encrypted export")
    if "release" in call:
        reply = box.call("POST", "/v1/workflow/version/import", "the-workflow-key", files={"file": ("a.flow", b"\x00")})
        assert reply.json()["data"]["version"] == "1.0.3"


EXAMPLES = examples()


def test_every_example_is_found() -> None:
    assert [example.call for example in EXAMPLES] == [
        "POST /v1/workflow/version/import",
        "POST /v1/workflow/version/release",
        "GET /v1/workflows",
        "GET /v1/workflows",
        "GET /v1/workflows/wf_123456",
        "POST /v1/workflows",
        "PUT /v1/workflows/wf_123456",
        "DELETE /v1/workflows/wf_123456",
        "POST /v1/workflows/wf_123456/execute",
        "GET /v1/workflows/wf_123456/executions/exec_456789",
    ]
    printed = sum((PAGES / page).read_text(encoding="utf-8").count("curl -") for page in ("gptbots-published.txt", "meingpt-published.txt"))
    assert len(EXAMPLES) == printed


SHOWN = [example for example in EXAMPLES if example.response is not None]


def test_every_response_example_is_found() -> None:
    assert [example.call for example in EXAMPLES if example.response is None] == [
        "GET /v1/workflows",  # the one that only shows authentication
        "POST /v1/workflows",
        "PUT /v1/workflows/wf_123456",
        "DELETE /v1/workflows/wf_123456",
    ]


@pytest.mark.parametrize("example", SHOWN, ids=[example.call for example in SHOWN])
def test_a_reply_has_the_published_shape(box: "Sandbox", tmp_path: Path, example: Example) -> None:
    prepare(example.call, box, tmp_path)
    status, body = run(example, box, tmp_path)
    assert status == 200
    told = {key: value for key, value in body.items() if key not in ADDED.get(example.call, set())}
    assert shape(told) == shape(example.response)
    assert set(body) - set(told) == ADDED.get(example.call, set())


def by_call(call: str, place: int = 0) -> Example:
    return [example for example in EXAMPLES if example.call == call][place]


def test_the_import_gives_the_published_version(box: "Sandbox", tmp_path: Path) -> None:
    example = by_call("POST /v1/workflow/version/import")
    prepare(example.call, box, tmp_path)
    _, body = run(example, box, tmp_path)
    assert body["data"]["version"] == example.response["data"]["version"] == "1.0.3"
    assert box.state()["gptbots"][0]["versions"][0]["version_desc"] == "Imported by AI tool"


def test_the_authentication_example_lists(box: "Sandbox", tmp_path: Path) -> None:
    assert run(by_call("GET /v1/workflows"), box, tmp_path) == run(by_call("GET /v1/workflows", 1), box, tmp_path)


def test_the_create_example_creates(box: "Sandbox", tmp_path: Path) -> None:
    status, body = run(by_call("POST /v1/workflows"), box, tmp_path)
    assert (status, body["name"], len(body["steps"])) == (201, "New Customer Onboarding", 2)


def test_the_update_example_is_refused_for_its_comment_and_taken_without(box: "Sandbox", tmp_path: Path) -> None:
    example = by_call("PUT /v1/workflows/wf_123456")
    status, body = run(example, box, tmp_path)
    assert (status, body["error"]["code"]) == (400, "INVALID_INPUT")
    status, body = run(
        example._replace(command=re.sub(r"//.*", "", example.command.replace("https://", "https:||")).replace("https:||", "https://")), box, tmp_path
    )
    assert (status, body["name"], body["steps"]) == (200, "Updated Workflow Name", [])


def test_the_delete_example_deletes(box: "Sandbox", tmp_path: Path) -> None:
    example = by_call("DELETE /v1/workflows/wf_123456")
    assert run(example, box, tmp_path) == (204, None)
    status, body = run(example, box, tmp_path)
    assert (status, body["error"]["code"]) == (404, "WORKFLOW_NOT_FOUND")


def test_the_page_s_error_example_has_our_shape(box: "Sandbox") -> None:
    text = (PAGES / "meingpt-published.txt").read_text(encoding="utf-8")
    shown = json.JSONDecoder().raw_decode(text, text.index("{", text.index("Error Response Format")))[0]
    reply = box.call("GET", "/v1/workflows/wf_invalid", "the-token").json()
    assert shape(reply) == shape(shown)
    assert reply == shown
