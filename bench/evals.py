"""500 cases at 16 in flight against answers of 100 ms: wall time against the least that the requests can take; and the
rate limit of 100 runs a minute, which may not be exceeded.

The rate limit is tried in a window of three seconds: a minute would show the same, slowly. The time is the best of three evals, or the first that
is within its limit.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from judge import LIMITS, is_short, judge
from sandboxed import environment, sandbox

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployer.http.clock import Clock  # noqa: E402 - after the path to it
from deployer.http.executor import BoundedExecutor  # noqa: E402
from deployer.http.rate_limit import RateLimiter  # noqa: E402

CASES, IN_FLIGHT = 500, 16
NEEDED = CASES // 2 * 3  # requests: one of a GPTBots run, two of a meinGPT run
ROUNDS = 3
LATENCY_S = 0.1  # of each request
PER_MINUTE = 100
WINDOW_S = 1.5 if is_short() else 3.0  # stands for a minute
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
    """The most requests that a server counted in any window, of more than two windows' worth sent as fast as the limiter allows."""
    limiter = RateLimiter(PER_MINUTE, WINDOW_S)
    clock = Clock(60)
    counted: list[float] = []

    def one(_: int) -> bool:
        with limiter.slot(clock) as free:
            time.sleep(0.01)
            counted.append(time.monotonic())
            time.sleep(0.01)
            return free

    assert all(result is True for _, result in BoundedExecutor(one, clock, IN_FLIGHT).run(range(PER_MINUTE * 2 + 50)))  # noqa: S101
    counted.sort()
    return max(sum(start <= moment < start + WINDOW_S for moment in counted) for start in counted)


def main() -> int:
    floor = NEEDED * LATENCY_S / IN_FLIGHT
    with tempfile.TemporaryDirectory(prefix="flowship-bench-") as folder:
        root = Path(folder)
        repository(root)
        with sandbox(root, LATENCY_S, "--targets", "targets.yml") as url:
            flowship(root, url, "deploy", "--release", "always", "--evals", "off")
            earlier = requests(url)
            seconds = flowship(root, url, "eval", "--concurrency", str(IN_FLIGHT))
            made = requests(url) - earlier
            for _ in range(ROUNDS - 1):
                if seconds > floor * LIMITS["evals"][0].limit:
                    seconds = min(seconds, flowship(root, url, "eval", "--concurrency", str(IN_FLIGHT)))
    print(
        f"{CASES} cases, {LATENCY_S * 1000:.0f} ms a request, {IN_FLIGHT} in flight: {seconds:.1f} s; "
        f"the {NEEDED} requests that they need cannot take less than {floor:.1f} s; {made} are made"
    )
    return judge("evals", {"evals: times the floor of their requests": seconds / floor, "evals: runs begun in any window of the rate limit": paced()})


if __name__ == "__main__":
    sys.exit(main())
