"""The action over a state on GitHub that somebody posted into: it deploys as ever, within its memory, says what it ignores, and leaves it behind."""

import base64
import json
import secrets
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from github_stand_in import BOT, GitHub, running

MANIFEST = """\
version: 1
workflows:
  triage: {source: flows/a.flow, key: TRIAGE}
  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT}
"""
KEYS = "TRIAGE=sandbox-workflow-triage\nMEINGPT=sandbox-acme"
HOME = {"environment": "flowship/production", "task": "flowship", "required_contexts": []}
MAX_KIB = 300 * 1024
# The program, and the most memory that it had.
MEASURED = """
import sys
from deployer.cli.main import main
code = main(sys.argv[1:])
print("PEAK", next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
sys.exit(code)
"""
NEVER = 253_402_300_799_000


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with running(GitHub()) as hub:
        hub.remaining = 10**6
        yield hub


@pytest.fixture
def prepare(repository: Any, sandbox: Any, hub: GitHub) -> Callable[[int], dict[str, str]]:
    """Makes the workspace of a release of both workflows, on a runner that knows nothing, and returns its variables. The number is its commit's
    and its text's."""

    def prepare(number: int) -> dict[str, str]:
        sha = f"{number:04x}beef" + "0" * 32
        hub.commit(sha)
        for entry in repository.root.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        repository.flow(text=f"Hello {number}")
        repository.workflow()
        path = "workflows/onboarding.yaml"
        repository.write(path, (repository.root / path).read_text().replace("Hello", f"Hello {number}"))
        repository.write("flowship.yml", MANIFEST)
        repository.use(sandbox.url)
        repository.write(".runner/event.json", {"repository": {"default_branch": "main"}, "head_commit": {"message": "A commit"}})
        given = {"mode": "deploy", "release": "always", "keys": KEYS, "github-token": "stand-in-token", "github-api-url": hub.url}
        hub.runs[f"{number}.1"] = "completed"
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(repository.root / ".runner/event.json"),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": "acme/flows",
            "GITHUB_RUN_ID": str(number),
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_SHA": sha,
            "GITHUB_WORKSPACE": str(repository.root),
            "GITHUB_OUTPUT": str(repository.root / ".runner/output"),
            "GITHUB_STEP_SUMMARY": str(repository.root / ".runner/summary"),
            **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in given.items()},
        }

    return prepare


@pytest.fixture
def release(repository: Any, prepare: Callable[[int], dict[str, str]]) -> Any:
    return lambda number: repository.run(**prepare(number))


def batch(**fields: Any) -> dict[str, Any]:
    return {"flowship": 1, "batch": secrets.token_hex(8), "part": 1, "of": 1, **fields}


def events(*content: Any) -> list[dict[str, Any]]:
    return [batch(events=[{"environment": "production", "run": "666.1", **event} for event in content])]


def packed(text: bytes) -> list[dict[str, Any]]:
    """As many payloads as it takes."""
    text_64 = base64.b64encode(zlib.compress(text, 9)).decode()
    pieces = [text_64[start : start + 30_000] for start in range(0, len(text_64), 30_000)]
    name = secrets.token_hex(8)
    return [batch(batch=name, part=number, of=len(pieces), packed=piece) for number, piece in enumerate(pieces, 1)]


def record(**fields: Any) -> dict[str, Any]:
    live = {"fingerprint": "0" * 64, "target": "wf_evil", "commit": "", "time": 1, **fields}
    return {"kind": "record", "workflow": "onboarding", "live": live}


def intent(**fields: Any) -> dict[str, Any]:
    workflows = {name: {"action": "update", "fingerprint": "f", "attempt": ""} for name in ("onboarding", "triage")}
    return {"kind": "intent", "commit": "c0ffee", "plan_hash": "x", "workflows": workflows, "gives_up_at": NEVER, **fields}


def deep(levels: int) -> Any:
    return json.loads("[" * levels + "]" * levels)


POISONS: dict[str, Callable[[], list[Any]]] = {
    "bombs of one text": lambda: packed(b'["' + b"o" * (60 << 20) + b'"]') * 20,
    "bombs of small events": lambda: packed(b"[" + b'{"kind":"x","environment":"production","a":[{},{},{},{}]},' * 900_000 + b"0]") * 2,
    "a billion parts": lambda: [batch(part=1, of=10**9, packed="x")],
    "a snapshot from the future": lambda: events({"kind": "snapshot", "up_to": 10**15}),
    "a record of the year 9999": lambda: events(record(time=NEVER)),
    "an intent that never gives up": lambda: events(intent()),
    "an intent of a run with a path for a name": lambda: events(intent(run="../../../deployments?x=1")),
    "an id that is a path": lambda: events(record(target="wf_../../x?y#z")),
    "a commit that is a path": lambda: events(record(commit="../../../user")),
    "a name of 1 MB": lambda: events({**record(), "workflow": "w" * 10**6}),
    "deep JSON": lambda: [batch(events=deep(500))],
    "deep JSON of others": lambda: [{"deep": deep(500)}],
    "NaN": lambda: [batch(events=[], part=float("nan"))],
    "infinity": lambda: [batch(events=[{"kind": "snapshot", "environment": "production", "up_to": float("inf")}])],
    "an integer of 4,000 digits": lambda: [batch(events=[], of=10**4000)],
    "half a character": lambda: events(record(version="\ud800")),
    "a million environments": lambda: packed(
        json.dumps([{"kind": "environments", "environment": "production", "names": [f"flowship/{n:x}" for n in range(10**6)]}]).encode()
    ),
    "a newer format of no shape": lambda: [{"flowship": 2}],
    "text": lambda: ["{" * 100_000],
    "wrong types": lambda: [None, 7, [], {}, batch(events=7), batch(events=[None, 7, {"kind": []}]), batch(batch=[], events=[])],
}
OF_OTHERS = ("deep JSON of others",)


@pytest.mark.parametrize("poison", POISONS)
def test_release_over_a_poisoned_state_goes_on_and_the_next_one_does_not_meet_it(release: Any, sandbox: Any, hub: GitHub, poison: str) -> None:
    assert release(1).code == 0
    for payload in POISONS[poison]():
        hub.deployment(hub.branches["main"], {**HOME, "payload": payload}, "mallory" if poison in OF_OTHERS else BOT)
    second = release(2)
    assert second.code == 0, second.out
    assert {change["workflow"]: change["outcome"] for change in second.report["changes"]} == {"onboarding": "done", "triage": "done"}
    assert "among the deployments of `flowship/production` did not count: " in second.out
    assert ", made 20" in second.out or "cut off, or not readable." in second.out
    third, fourth = release(3), release(4)
    assert (third.code, fourth.code) == (0, 0), third.out + fourth.out
    assert "did not count" not in fourth.out
    asked = {request["path"] for request in sandbox.requests()} | {request.path for request in hub.requests}
    assert not any(".." in path.replace("...", "") or "wf_evil" in path for path in asked if "compare" not in path)


@pytest.mark.parametrize("login", ["mallory", BOT])
def test_thousands_of_records_on_top_of_the_state_hide_nothing(release: Any, hub: GitHub, login: str) -> None:
    assert release(1).code == 0
    for number in range(3000):
        event = {"kind": "outcome", "environment": "production", "run": f"x{number}.1", "workflow": "other", "outcome": "done"}
        hub.deployment(hub.branches["main"], {**HOME, "payload": batch(events=[event])}, login)
    second = release(2)
    assert second.code == 0, second.out
    before = len(hub.requests)
    third = release(3)
    assert (third.code, "did not count" in third.out) == (0, False)
    assert len(hub.requests) - before < 15


def test_newer_format_stops_the_run_and_names_the_deployment(release: Any, hub: GitHub) -> None:
    assert release(1).code == 0
    made = hub.deployment(hub.branches["main"], {**HOME, "payload": batch(flowship=2, events=[])})
    second = release(2)
    assert second.code == 2, second.out
    assert f"deployment {made['id']}" in second.out


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process its peak")
def test_poisons_of_all_kinds_at_once_take_bounded_memory(repository: Any, release: Any, prepare: Any, hub: GitHub) -> None:
    assert release(1).code == 0
    many = {secrets.token_hex(6): {"action": "a", "fingerprint": "f"} for _ in range(60_000)}
    payloads = [payload for poison in POISONS.values() for payload in poison()]
    payloads += packed(json.dumps([{"kind": "intent", "environment": "production", "run": "6.1", "commit": "c", "workflows": many}]).encode())
    payloads += [batch(of=2, packed="A" * 30_000) for _ in range(1200)]
    for payload in payloads:
        hub.deployment(hub.branches["main"], {**HOME, "payload": payload})
    variables = repository.environment | prepare(2)
    command = [sys.executable, "-c", MEASURED]
    ran = subprocess.run(command, cwd=repository.root, env=variables, capture_output=True, text=True, timeout=110, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert int(ran.stdout.rpartition("PEAK ")[2]) < MAX_KIB
