"""400 GPTBots workflows deployed over 50 ms of latency: first, then with every file changed in a commit, then with nothing to do.

Each as a multiple of its floor: what the requests must take that it cannot do without (list, verify, import; list and import; list), computed
(requests x latency / in flight), or as the least client of bench/floor.py needs for them here, whichever is more: up to MAX_FLOOR. What is made
beyond these requests counts against us. The second deploy is also held against `xargs -P16 curl`, one process for both requests of a workflow.

The best of the rounds counts, on both sides; rounds go on until all is within its limits, or for five of them (one in the
short form).
"""

import json
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import floor
from inputs import Repository, flow
from judge import NotMeasured, is_short, judge, limits_of, verdict
from processes import Measured, flowship, measure
from sandboxed import environment, sandbox

WORKFLOWS = 400
FLIGHTS = (16,) if is_short() else (16, 8)
LATENCY_S = 0.05  # of each request
MAX_FLOOR = 1.25  # times the computed one: what is more is no server, but a machine too busy to be measured on
MAX_ROUNDS = 1 if is_short() else 5
REQUESTS = {"first deploy": 3, "second deploy": 2, "no-op": 1}  # that each workflow must make
LIST, VERIFY, IMPORT = "/v1/workflow/version/list", "/v1/api-key/verify", "/v1/workflow/version/import"
DESCRIPTION = "Revision 1 (0123456) fs:0123456789abcdef0123456789abcdef.01234567"
CURL = (
    "seq 0 {last} | xargs -P16 -I% curl -sf -o /dev/null -H 'Authorization: Bearer {key}%' {url}{list} "
    "--next -sf -o /dev/null -H 'Authorization: Bearer {key}%' -F 'versionDesc={description}' -F file=@flows/w%.flow {url}{import_}"
)


class Rounds(NamedTuple):
    """Every measurement of one number in flight, by kind of deploy; `floors` and `curls` in seconds; requests made, by kind."""

    ours: dict[str, list[Measured]]
    floors: dict[str, list[float]]
    curls: list[float]
    made: dict[str, int]


class Bench:
    """One repository and one sandbox; every round has keys of its own, so that its first deploy is one."""

    def __init__(self, repository: Repository, url: str, in_flight: int) -> None:
        self.repository, self.url, self.in_flight = repository, url, in_flight
        self.revision = 0
        self.seen = requests_made(url)
        self.rounds = Rounds(defaultdict(list), defaultdict(list), [], {})

    def round(self) -> None:
        """A first deploy, two with every file changed (the second has a history), and a no-op; each beside its floor."""
        series = f"s{self.in_flight}-{self.revision}-"
        shutil.rmtree(self.repository.root / ".flowship", ignore_errors=True)
        self.deploy("first deploy", series)
        for _ in range(1 if is_short() else 2):
            self.revision += 1
            self.repository.commit(self.revision)
            self.deploy("second deploy", series)
            if self.in_flight == 16:
                self.rounds.curls.append(self.curl(f"sandbox-workflow-floor{series}"))
        self.deploy("no-op", series)
        self.seen = requests_made(self.url)

    def deploy(self, kind: str, series: str) -> None:
        environ = environment({"FLOWSHIP_KEYS": self.repository.keys(series), "FLOWSHIP_GPTBOTS_BASE_URL": self.url})
        before = requests_made(self.url)
        command = flowship("deploy", "--concurrency", str(self.in_flight))
        self.rounds.ours[kind].append(measure(command, self.repository.root, environ))
        self.rounds.made[kind] = requests_made(self.url) - before
        self.rounds.floors[kind].append(floor.seconds(self.url, self.in_flight, self.requests(kind, f"sandbox-workflow-floor{series}")))

    def requests(self, kind: str, key: str) -> list[list[bytes]]:
        """Those of the floor."""
        made = []
        for number in range(self.repository.flows):
            requests = [floor.get(LIST, f"{key}{number}")]
            if kind == "first deploy":
                requests.insert(0, floor.get(VERIFY, f"{key}{number}"))
            if kind != "no-op":
                content = flow(number, self.revision).encode()
                requests.append(floor.upload(IMPORT, f"{key}{number}", DESCRIPTION, f"w{number}.flow", content))
            made.append(requests)
        return made

    def curl(self, key: str) -> float:
        script = CURL.format(last=WORKFLOWS - 1, key=key, url=self.url, list=LIST, import_=IMPORT, description=DESCRIPTION)
        return measure(["bash", "-c", script], self.repository.root, environment()).seconds


def requests_made(url: str) -> int:
    with urlopen(f"{url}/_sandbox/requests") as reply:  # noqa: S310 - our own sandbox
        return len(json.load(reply))


def computed(kind: str, in_flight: int) -> float:
    return WORKFLOWS * REQUESTS[kind] * LATENCY_S / in_flight


def floor_of(kind: str, in_flight: int, least: float) -> float:
    """Seconds. `least`: of the least client, which counts where it is more than computed, up to MAX_FLOOR times that."""
    return min(max(least, computed(kind, in_flight)), MAX_FLOOR * computed(kind, in_flight))


def ratios(rounds: Rounds, in_flight: int) -> dict[str, float]:
    """Each kind's best time, as a multiple of its floor."""
    return {
        f"{kind}, {in_flight} in flight: times the floor of its requests": min(each.seconds for each in measured)
        / floor_of(kind, in_flight, min(rounds.floors[kind]))
        for kind, measured in rounds.ours.items()
    }


def costs(rounds: Rounds, alone: Mapping[str, Measured]) -> dict[str, float]:
    """CPU for a workflow, less what a deploy of one costs; memory; and the time beside curl's."""
    figures = {
        f"{kind}: CPU for a workflow": (min(each.cpu for each in measured) - alone[kind].cpu) / (WORKFLOWS - 1) * 1000
        for kind, measured in rounds.ours.items()
    }
    figures["deploy: peak memory"] = max(each.memory for measured in rounds.ours.values() for each in measured)
    figures["second deploy: time, of that of `xargs -P16 curl`"] = min(each.seconds for each in rounds.ours["second deploy"]) / min(rounds.curls)
    return figures


def start(url: str, root: Path) -> dict[str, Measured]:
    """The same deploys of one workflow: the best of three."""
    repository = Repository(root, 1)
    bench = Bench(repository, url, 1)
    for _ in range(3):
        bench.round()
    return {kind: min(measured, key=lambda each: each.cpu) for kind, measured in bench.rounds.ours.items()}


def show(rounds: Rounds, in_flight: int) -> None:
    for kind, measured in rounds.ours.items():
        ours, least = min(each.seconds for each in measured), min(rounds.floors[kind])
        print(
            f"     {kind + ',':<15}{in_flight:3} in flight: {ours:5.2f} s, {min(each.cpu for each in measured):.2f} s of CPU, "
            f"{rounds.made[kind]} requests for {WORKFLOWS * REQUESTS[kind]} that are needed; "
            f"their floor: {computed(kind, in_flight):.2f} s computed, {least:.2f} s with the least client; "
            f"{floor_of(kind, in_flight, least):.2f} s counts"
        )
    if rounds.curls:
        print(f"     xargs -P16 curl, second deploy's requests: {min(rounds.curls):.2f} s", flush=True)


def measured_until_good(repository: Repository, url: str, in_flight: int, alone: Mapping[str, Measured]) -> dict[str, float]:
    """The figures after as many rounds as it takes."""
    bench = Bench(repository, url, in_flight)
    figures: dict[str, float] = {}
    limits = {limit.name: limit for limit in limits_of("deploy")}
    for _ in range(MAX_ROUNDS):
        bench.round()
        figures = ratios(bench.rounds, in_flight) | (costs(bench.rounds, alone) if in_flight == 16 else {})
        if not any(verdict("deploy", limits[name], figure).fails for name, figure in figures.items()):
            break
    show(bench.rounds, in_flight)
    return figures


def main() -> int:
    figures: dict[str, float | NotMeasured] = {}
    with tempfile.TemporaryDirectory(prefix="flowship-bench-") as folder:
        root = Path(folder)
        repository = Repository(root / "many", WORKFLOWS)
        print(f"{repository.describe()}; {LATENCY_S * 1000:.0f} ms a request")
        with sandbox(root, 0) as url:
            alone = start(url, root / "one")
        with sandbox(root, LATENCY_S) as url:
            for in_flight in FLIGHTS:
                figures |= measured_until_good(repository, url, in_flight, alone)
    return judge("deploy", figures)


if __name__ == "__main__":
    sys.exit(main())
