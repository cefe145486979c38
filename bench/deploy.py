"""A thousand GPTBots workflows deployed over 50 ms of latency, 16 in flight: wall time against the least that the requests can take, and memory.

For comparison, imports alone with curl: one after the other (a tenth of them, scaled), and `xargs -P16 curl`. Exits 1 over a limit.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.request import urlopen

from sandboxed import environment, sandbox

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = 1000
LATENCY_S = 0.05  # of each request
IN_FLIGHT = 16
MAX_TIME_RATIO = 1.5  # times all requests made x latency / in flight
MAX_MEMORY_MB = 150
LOOPED = WORKFLOWS // 10
CURL = 'curl -sf -o /dev/null -H "Authorization: Bearer sandbox-workflow-{kind}$N" -F file=@"flows/w$N.flow" {url}/v1/workflow/version/import'


def flow(number: int) -> str:
    """A valid `.flow` of about 5 KB."""
    nodes = [
        {"id": "s", "name": "Start", "type": "START", "x": 0, "y": 0, "outputs": []},
        {"id": "e", "name": "End", "type": "END", "x": 1, "y": 1, "endParam": {"outputType": "TEXT", "outputText": f"{number} " + "x" * 4500}},
    ]
    edges = [{"id": "1", "sourceNodeID": "s", "targetNodeID": "e", "sourceHandle": "a", "targetHandle": "b"}]
    top = {"formatVersion": "1.0", "exportType": "WORKFLOW", "exportTime": 1, "name": f"W{number}", "botType": "Workflow"}
    return json.dumps({**top, "workflow": {"workflowNodes": nodes, "workflowEdges": edges}})


def repository(root: Path) -> None:
    (root / "flows").mkdir()
    entries = []
    for number in range(WORKFLOWS):
        (root / f"flows/w{number}.flow").write_text(flow(number))
        entries.append(f"  w{number}: {{source: flows/w{number}.flow, key: W{number}}}\n")
    (root / "flowship.yml").write_text("version: 1\nworkflows:\n" + "".join(entries))


def timed(command: list[str], root: Path, environ: Mapping[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=root, env=environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def deploy(root: Path, url: str) -> tuple[float, int, float]:
    """Wall seconds, requests made, and peak memory in MB."""
    keys = "\n".join(f"W{number}=sandbox-workflow-w{number}" for number in range(WORKFLOWS))
    environ = environment({"FLOWSHIP_KEYS": keys, "FLOWSHIP_GPTBOTS_BASE_URL": url})
    seconds = timed([sys.executable, "-m", "deployer", "deploy", "--concurrency", str(IN_FLIGHT)], root, environ)
    with urlopen(f"{url}/_sandbox/requests") as reply:  # noqa: S310 - our own sandbox
        requests = len(json.load(reply))
    return seconds, requests, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000


def curls(root: Path, url: str) -> tuple[float, float]:
    """Seconds for all imports: a loop (scaled), and 16 at a time."""
    one = CURL.format(kind="l", url=url)
    loop = timed(["bash", "-c", f"for N in $(seq 0 {LOOPED - 1}); do {one}; done"], root, environment()) * WORKFLOWS / LOOPED
    many = f"seq 0 {WORKFLOWS - 1} | xargs -P{IN_FLIGHT} -I{{}} bash -c 'N={{}}; {CURL.format(kind='x', url=url)}'"
    return loop, timed(["bash", "-c", many], root, environment())


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="flowship-bench-") as folder:
        root = Path(folder)
        repository(root)
        with sandbox(root, LATENCY_S) as url:
            seconds, requests, memory = deploy(root, url)
            loop, many = curls(root, url)
    floor = requests * LATENCY_S / IN_FLIGHT
    print(
        f"{WORKFLOWS} workflows, {LATENCY_S * 1000:.0f} ms a request, {IN_FLIGHT} in flight; {requests} requests cannot take less than {floor:.1f} s"
    )
    rows = [("wall time, times that", seconds / floor, MAX_TIME_RATIO, "x"), ("peak memory", memory, MAX_MEMORY_MB, "MB")]
    for name, figure, limit, unit in rows:
        print(f"{'ok  ' if figure <= limit else 'OVER'} flowship deploy, {name:<22} {figure:7.2f} {unit}  (limit {limit:g})")
    print(f"     flowship deploy                          {seconds:7.1f} s  (list, verify, import)")
    print(f"     for … curl                               {loop:7.1f} s  (imports alone)")
    print(f"     xargs -P{IN_FLIGHT} curl                           {many:7.1f} s  (imports alone)")
    return int(any(figure > limit for _, figure, limit, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
