"""docs/sandbox.md: every YAML example is read and run, and everything that the files may hold is shown there."""

import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from deployer.sandbox.config_files import parse
from deployer.sandbox.fault_rules import ACTION_KEYS, MATCH_KEYS
from deployer.sandbox.json_bodies import GPTBOTS
from deployer.sandbox.targets_file import ORGANISATION_KEYS, TARGET_KEYS

if TYPE_CHECKING:
    from tests.conftest import Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
SECTIONS = dict(section.split("\n", 1) for section in re.split(r"^##+ ", PAGE, flags=re.MULTILINE)[1:])
BLOCKS = {title: text for title, section in SECTIONS.items() for text in re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)}
RULES = {title: text for title, text in BLOCKS.items() if text.startswith("- ")}
TARGETS = BLOCKS["The targets file"]
A = "sandbox-workflow-a"


def upload(box: "Sandbox") -> Any:
    """The HTTP status, or the name of the exception, and the reply's text."""
    try:
        reply = box.call("POST", "/v1/workflow/version/import", A, files={"file": ("a.flow", b"\x00")})
    except requests.exceptions.RequestException as error:
        return type(error).__name__, ""
    return reply.status_code, reply.text


OUTCOMES: dict[str, tuple[list[Any], int]] = {
    "A status, with its effect or without": ([503, 504, 418], 1),
    "A documented error": ([200], 0),
    "Too many requests": ([429, 200], 1),
    "A delay": ([200], 1),
    "A reply that is not JSON": ([200], 1),
    "Another body": ([200], 1),
    "Added headers": ([200], 1),
    "A body cut short": (["ChunkedEncodingError"], 1),
    "A reset connection": (["ConnectionError", "ConnectionError"], 1),
    "A signal to another process": ([200], 1),
}


@pytest.mark.parametrize("title", OUTCOMES)
def test_fault_example_does_what_its_title_promises(start_sandbox: Callable[..., "Sandbox"], title: str) -> None:
    statuses, made = OUTCOMES[title]
    box = start_sandbox(faults=parse(RULES[title], title))
    assert [upload(box)[0] for _ in statuses] == statuses
    assert sum(len(target["versions"]) for target in box.state()["gptbots"]) == made
    assert box.requests()[0]["fault"] == 1


def test_the_late_example(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(faults=parse(RULES["An effect that lands late"], "late"))
    assert [upload(box)[0] for _ in range(2)] == ["ConnectionError", 504]
    assert [row["fault"] for row in box.requests()] == [1, 2]


def test_the_barrier_example(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(faults=parse(RULES["A barrier"], "barrier"))
    with ThreadPoolExecutor(3) as threads:
        held = threads.submit(requests.post, f"{box.url}/v1/workflow/version/import", headers={"Authorization": f"Bearer {A}"}, timeout=10)
        box.waiting(1)
        assert not held.done()
        box.open()
        assert held.result().json()["code"] == 40000  # it goes on, and brings no file
        lists = [threads.submit(requests.get, f"{box.url}/v1/workflow/version/list", timeout=10) for _ in range(2)]
        assert [listing.result().status_code for listing in lists] == [401, 401]


def test_the_hang_example(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(faults=parse(RULES["No reply at all"], "hang"))
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{box.url}/v1/workflows", timeout=0.1)


def test_the_chance_example(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(faults=parse(RULES["By chance"], "chance"))
    statuses = [box.call("GET", "/v1/workflow/version/list", A).status_code for _ in range(60)]
    assert set(statuses) == {200, 502}


def test_the_exit_example(tmp_path: Path) -> None:
    (tmp_path / "faults.yml").write_text(RULES["The sandbox dies"])
    command = [sys.executable, "-m", "deployer.sandbox", "--port", "0", "--faults", str(tmp_path / "faults.yml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(f"{url}/v1/workflows", timeout=10)
        assert process.wait(20) == 70


def test_every_example_is_run() -> None:
    others = {"A barrier", "An effect that lands late", "No reply at all", "By chance", "The sandbox dies"}
    assert set(RULES) == {*OUTCOMES, *others}


def test_every_key_of_the_files_is_shown() -> None:
    shown = "\n".join(RULES.values())
    for key in (*MATCH_KEYS, *ACTION_KEYS):
        assert re.search(rf"\b{key}:", shown), key
    for key in (*TARGET_KEYS, *ORGANISATION_KEYS):
        assert re.search(rf"\b{key}:", TARGETS), key


def test_the_targets_example_works(start_sandbox: Callable[..., "Sandbox"]) -> None:
    box = start_sandbox(targets=parse(TARGETS, "docs"))
    version = box.call("POST", "/v1/workflow/version/import", "any-text-you-like", files={"file": ("a.flow", b"\x00")}).json()
    assert version["data"] == {"botId": "66f0a1b2c3d4e5f6a7b8c9d0", "botType": "Workflow", "version": "1.0.3"}
    assert box.call("POST", "/v1/workflow/invoke", "any-text-you-like", json={"input": {}}).json()["output"] == {"answer": "42"}
    shown = box.call("GET", "/v1/workflows/wf_123456", "any-other-text").json()
    assert (shown["revision"], shown["trigger"]["config"]["retries"]) == (1, 3)
    assert shown["trigger"]["config"]["url"].endswith("/v1/webhooks/wh_789012")


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    code = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    exec(compile(code, "docs/sandbox.md", "exec"), {})
    assert capsys.readouterr().out.startswith("http://127.0.0.1:")


def test_options_are_those_of_the_program() -> None:
    done = subprocess.run([sys.executable, "-m", "deployer.sandbox", "--help"], capture_output=True, text=True, timeout=30, check=True)
    assert set(re.findall(r"^\| `(--\w+)", PAGE, re.MULTILINE)) == set(re.findall(r"--\w+", done.stdout)) - {"--help"}


def test_documented_statuses_are_those_of_the_sandbox() -> None:
    for code, status in {40127: 401, 40348: 200, 40353: 200, 40000: 200, 40008: 429, 50000: 500, **dict.fromkeys(range(403200, 403205), 200)}.items():
        assert GPTBOTS[code][0] == status
