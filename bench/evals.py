"""500 cases at 16 in flight against answers of 100 ms: wall time against what the requests alone must take. And the pace of 100 runs a minute,
which is never exceeded. Exits 1 over a limit.

The pace is shown with a window that is shorter in the same measure as the runs are fewer: a real minute would show the same, slowly.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployer.http.clock import Clock  # noqa: E402 - after the path to it
from deployer.http.executor import BoundedExecutor  # noqa: E402
from deployer.http.rate_limit import RateLimiter  # noqa: E402

CASES, IN_FLIGHT = 500, 16
LATENCY = 0.1  # seconds a request
MOST_TIME = 1.5  # times all requests made x latency / in flight
PER_MINUTE = 100
PACED_WINDOW = 3.0  # seconds that stand for a minute
FLOW = ROOT / "examples" / "flows" / "triage.flow"


def repository(root: Path) -> None:
    """One workflow of each platform, with half of the cases each."""
    (root / "flows").mkdir()
    (root / "flows/triage.flow").write_bytes(FLOW.read_bytes())
    (root / "onboarding.yaml").write_text("name: Onboarding\ntrigger: {type: webhook}\nsteps: [{id: a, type: email, config: {to: a@example.com}}]\n")
    cases = "\n".join(f"  - {{name: case {number}, input: {{n: {number}}}, expect: {{equals: {{n: {number}}}}}}}" for number in range(CASES // 2))
    (root / "suite.yml").write_text(f"per_minute: 100000\ncases:\n{cases}\n")
    (root / "flowship.yml").write_text(
        "version: 1\nworkflows:\n"
        "  triage: {source: flows/triage.flow, key: TRIAGE, evals: suite.yml}\n"
        "  onboarding: {source: onboarding.yaml, key: MEINGPT, evals: suite.yml}\n"
    )
    (root / "targets.yml").write_text("meingpt: {defaults: {rate_limits: {executions: 100000, calls: 100000}}}\n")


@contextmanager
def sandbox(root: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "deployer", "sandbox", "--port", "0", "--latency", str(LATENCY), "--targets", "targets.yml"]
    with subprocess.Popen(command, cwd=root, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout  # noqa: S101 - it was asked for
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT), **(more or {})}


def flowship(root: Path, url: str, *arguments: str) -> float:
    """Wall seconds."""
    keys = "TRIAGE=sandbox-workflow-triage\nMEINGPT=sandbox-acme"
    environ = environment({"FLOWSHIP_KEYS": keys, "FLOWSHIP_GPTBOTS_BASE_URL": url, "FLOWSHIP_MEINGPT_BASE_URL": url})
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "deployer", *arguments], cwd=root, env=environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def requests(url: str) -> int:
    with urlopen(f"{url}/_sandbox/requests") as reply:  # noqa: S310 - our own sandbox
        return len(json.load(reply))


def paced() -> int:
    """The most requests that a server counted in any window, of three windows' worth sent as fast as the pace allows."""
    pace = RateLimiter(PER_MINUTE, PACED_WINDOW)
    clock = Clock(60)
    counted: list[float] = []

    def one(_: int) -> bool:
        with pace.place(clock) as free:
            time.sleep(0.01)
            counted.append(time.monotonic())
            time.sleep(0.01)
            return free

    assert all(result is True for _, result in BoundedExecutor(one, clock, IN_FLIGHT).run(range(PER_MINUTE * 2 + 50)))  # noqa: S101
    counted.sort()
    return max(sum(start <= moment < start + PACED_WINDOW for moment in counted) for start in counted)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="flowship-bench-") as folder:
        root = Path(folder)
        repository(root)
        with sandbox(root) as url:
            flowship(root, url, "deploy", "--release", "always", "--evals", "off")
            before = requests(url)
            seconds = flowship(root, url, "eval", "--concurrency", str(IN_FLIGHT))
            made = requests(url) - before
    floor = made * LATENCY / IN_FLIGHT
    print(f"{CASES} cases, {LATENCY * 1000:.0f} ms a request, {IN_FLIGHT} in flight; {made} requests cannot take less than {floor:.1f} s")
    most = paced()
    rows = [("wall time, times that", seconds / floor, MOST_TIME, "x"), ("runs begun in any window", most, PER_MINUTE, "")]
    for what, figure, limit, unit in rows:
        print(f"{'ok  ' if figure <= limit else 'OVER'} flowship eval, {what:<25} {figure:7.2f} {unit:<2} (limit {limit:g})")
    return int(any(figure > limit for _, figure, limit, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
