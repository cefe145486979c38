"""Ten thousand workflows, half of them GPTBots' and half meinGPT's, all live and recorded: a no-op, a pull request's plan, a sharded deploy.

The platforms and the state are filled as deploys leave them, two for each workflow, without running these; then everything runs as users run it.
Of them, 700 change: that is what meinGPT's 1,000 calls an hour allow. The cost for a workflow is CPU time less that of the same
run of two workflows, and is held against the same for a tenth as many. What GitHub is given (comment, summary, outputs) is the larger of two:
for the 700, and for a plan without keys or state, in which all workflows are new.
"""

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.request import urlopen

import floor
from inputs import ROOT, Repository, flow, workflow
from judge import NotMeasured, is_short, judge
from processes import Measured, flowship, measure
from sandboxed import environment, sandbox

sys.path.insert(0, str(ROOT))

from github_stand_in import GitHub, running

from deployer.formats import files
from deployer.model import fingerprint, marker
from deployer.platforms import source_formats
from deployer.sandbox.targets_file import target_id

WORKFLOWS = 800 if is_short() else 10_000
EACH_FLOW, EACH_YAML = 10, 25  # of which one changes
SHARDS = 5
ROUNDS = 3
T = TypeVar("T")
RUN = "local-0123456789ab"
HEAD = "c0ffee" + "0" * 34
IMPORT, RELEASE = "/v1/workflow/version/import", "/v1/workflow/version/release"


class Written(NamedTuple):
    """What a deploy has left of one workflow."""

    name: str
    fingerprint: str
    target: str
    version: str
    updated_at: str


class Figures(NamedTuple):
    """What runs of one number of workflows took."""

    no_op: Measured
    no_op_calls: int
    plan: Measured
    plan_calls: int
    shown: Mapping[str, float]


class Fleet:
    """A repository, a sandbox that holds all of its workflows live, and a state with two deploys of each."""

    def __init__(self, root: Path, url: str, number: int) -> None:
        self.root, self.url, self.number = root, url, number
        self.repository = Repository(root, number // 2, number // 2)
        self.series = f"t{number}-"
        state = root / ".flowship/state.jsonl"
        state.parent.mkdir()
        with state.open("w", encoding="utf-8") as file:
            file.write('{"flowship-state":1}\n')
            file.writelines(json.dumps(event, separators=(",", ":")) + "\n" for event in self.events([*self.flows(), *self.yamls()]))

    def flows(self) -> Iterator[Written]:
        """Imports and releases every flow."""
        contents = [flow(number) for number in range(self.number // 2)]
        prints = [fingerprint.of_definition(definition_of("a.flow", content)) for content in contents]
        requests = []
        for number, content in enumerate(contents):
            key, description = f"sandbox-workflow-{self.series}{number}", f"Revision 0 {self.repository.head[:7]} {marker.new(prints[number])}"
            upload = floor.upload(IMPORT, key, description, f"w{number}.flow", content.encode())
            requests.append([upload, floor.send_json(RELEASE, key, {"version": "1.0.0"})])
        floor.exchange(self.url, 8, requests)
        for number, print_ in enumerate(prints):
            yield Written(f"w{number}", print_, target_id("workflow", f"{self.series}{number}"), "1.0.0", "")

    def yamls(self) -> Iterator[Written]:
        """Creates every YAML; the sandbox makes them active."""
        definitions = [definition_of("a.yaml", workflow(number)) for number in range(self.number // 2)]
        requests = [[floor.send_json("/v1/workflows", f"sandbox-{self.series}", definition)] for definition in definitions]
        for number, reply in enumerate(floor.exchange(self.url, 8, requests)):
            made = json.loads(reply)
            yield Written(f"y{number}", fingerprint.of_definition(definitions[number]), made["id"], "", made["updated_at"])

    def events(self, written: list[Written]) -> Iterator[Mapping[str, Any]]:
        """Of two runs: one that released something else, and the one that left what is there. Newer ones last."""
        for age in (1, 0):
            about = {"environment": "production", "run": f"{RUN[:-1]}{age}", "manifest": "flowship.yml"}
            for each in written:
                record: dict[str, Any] = {
                    "fingerprint": each.fingerprint if not age else each.fingerprint[::-1],
                    "target": each.target,
                    "host": self.url,
                    "commit": self.repository.head,
                    "run": about["run"],
                    "time": int(time.time() * 1000) - age * 86_400_000 - 60_000,
                }
                record |= {"version": each.version} if each.version else {"created_with_key": "MEINGPT"}
                live = record | ({"updated_at": each.updated_at, "readback_fingerprint": each.fingerprint} if each.updated_at else {})
                yield {"kind": "record", "workflow": each.name, "draft": record, **about}
                yield {"kind": "record", "workflow": each.name, "live": live, **about}
                yield {"kind": "outcome", "workflow": each.name, "outcome": "done", **about}

    @property
    def environ(self) -> dict[str, str]:
        """Each key in a variable of its own: together they are longer than a variable may be."""
        keys = dict(line.split("=", 1) for line in self.repository.keys(self.series).splitlines())
        base = {"FLOWSHIP_GPTBOTS_BASE_URL": self.url, "FLOWSHIP_MEINGPT_BASE_URL": self.url}
        return environment({**base, **{f"FLOWSHIP_KEY_{name}": value for name, value in keys.items()}})

    def run(self, *arguments: str) -> Measured:
        return measure(flowship(*arguments), self.root, self.environ)

    def calls(self) -> int:
        """Requests to meinGPT so far."""
        with urlopen(f"{self.url}/_sandbox/requests") as reply:  # noqa: S310 - our own sandbox
            return sum(request["path"].startswith("/v1/workflows") for request in json.load(reply))


def definition_of(path: str, content: str) -> Mapping[str, Any]:
    """What Flowship reads from such a file."""
    source, findings = files.parse(path, content.encode())
    if source is None or source.definition is None:
        sys.exit(f"{path} cannot be read: {findings}")
    return source.definition


@contextmanager
def github(root: Path) -> Iterator[tuple[GitHub, dict[str, str]]]:
    """A stand-in for GitHub, and a runner's variables for a step in the job of a pull request."""
    with running(GitHub()) as hub:
        hub.pull(12, HEAD)
        hub.token("stand-in-token", contents="read", deployments="write", checks="write", **{"pull-requests": "write"})
        pull = {"number": 12, "title": "Answer faster", "head": {"sha": HEAD, "repo": {"full_name": "acme/flows"}}, "user": {"login": "ada"}}
        event = {"action": "synchronize", "repository": {"default_branch": "main"}, "pull_request": pull}
        (root / ".flowship/event.json").write_text(json.dumps(event))
        yield hub, {
            "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(root / ".flowship/event.json"),
            "GITHUB_REF": "refs/pull/12/merge", "GITHUB_REPOSITORY": "acme/flows", "GITHUB_RUN_ID": "7", "GITHUB_SHA": HEAD,
            "GITHUB_WORKSPACE": str(root), "GITHUB_SERVER_URL": "https://github.example", "GITHUB_OUTPUT": str(root / ".flowship/output"),
            "GITHUB_STEP_SUMMARY": str(root / ".flowship/summary"), "INPUT_GITHUB-TOKEN": "stand-in-token", "INPUT_GITHUB-API-URL": hub.url,
        }  # fmt: skip


def pull_request(fleet: Fleet, environ: Mapping[str, str], **inputs: str) -> tuple[Measured, dict[str, float]]:
    """The mode `plan` as a step: what it took, and the sizes of what it gives GitHub."""
    for name in ("output", "summary"):
        (fleet.root / ".flowship" / name).write_text("")
    with github(fleet.root) as (hub, variables):
        given = {f"INPUT_{name.upper().replace('_', '-')}": value for name, value in {"mode": "plan", "release": "always", **inputs}.items()}
        took = measure([sys.executable, str(ROOT / "entrypoint.py")], fleet.root, {**environ, **variables, **given})
        (comment,) = hub.comments[12]
    output = fleet.root / ".flowship/output"
    sizes = {
        "comment: characters": len(comment["body"]),
        "summary of a step: KiB": (fleet.root / ".flowship/summary").stat().st_size / 1024,
        "outputs of a step: KB": output.stat().st_size / 1000,
    }
    return took, sizes


def figures_of(fleets: Mapping[int, Fleet]) -> dict[int, Figures]:
    """A deploy that changes nothing; then the plan of a pull request that changes some: the best of the rounds. The plan's report is plan.json."""
    before = {number: fleet.calls() for number, fleet in fleets.items()}
    no_ops = in_turns(fleets, lambda fleet: fleet.run("deploy", "--release", "always", "--report", ".flowship/no-op.json"))
    between = {number: fleet.calls() for number, fleet in fleets.items()}
    for fleet in fleets.values():
        require_actions(fleet, "no-op.json", {"unchanged": fleet.number})
        fleet.repository.commit(1, EACH_FLOW, EACH_YAML)
    plans = in_turns(fleets, lambda fleet: pull_request(fleet, fleet.environ, state="file", shards=str(SHARDS), report=".flowship/plan.json"))
    made = {}
    for number, fleet in fleets.items():
        flows, yamls = (-(-number // 2 // each) for each in (EACH_FLOW, EACH_YAML))
        require_actions(fleet, "plan.json", {"unchanged": number - flows - yamls, "import": flows, "update": yamls})
        no_op, plan = best(no_ops[number]), best(took for took, _ in plans[number])
        for kind, took in (("no-op", no_op), ("plan", plan)):
            print(f"     {number} workflows, {kind}: {took.seconds:.1f} s, {took.cpu:.1f} s of CPU", flush=True)
        calls = (between[number] - before[number]) // ROUNDS, (fleet.calls() - between[number]) // ROUNDS
        made[number] = Figures(no_op, calls[0], plan, calls[1], plans[number][-1][1])
    return made


def in_turns(fleets: Mapping[int, Fleet], run: Callable[[Fleet], T]) -> dict[int, list[T]]:
    """What the runs of each fleet give. The fleets take turns, so that whatever else the machine does slows all alike."""
    rounds = [{number: run(fleet) for number, fleet in fleets.items()} for _ in range(ROUNDS)]
    return {number: [each[number] for each in rounds] for number in fleets}


def best(measured: Iterable[Measured]) -> Measured:
    return min(measured, key=lambda each: each.cpu)


def require_actions(fleet: Fleet, report: str, wanted: Mapping[str, int]) -> None:
    """Exits when a run planned something else: its cost is not to be measured."""
    planned = Counter(change["action"] for change in json.loads((fleet.root / ".flowship" / report).read_text("utf-8"))["changes"])
    if planned != Counter(wanted):
        sys.exit(f"{report} of {fleet.number} workflows: {dict(planned)}, not {dict(wanted)}")


def sharded(fleet: Fleet) -> dict[str, float]:
    """What the jobs of `init --sharded` do after the plan: deploy every shard, put the reports together."""
    before = fleet.calls()
    plan = json.loads((fleet.root / ".flowship/plan.json").read_text("utf-8"))
    reports = []
    for entry in plan["shards"]:
        report = f".flowship/shard-{entry['shard'].partition('/')[0]}.json"
        fleet.run("deploy", "--release", "always", "--shard", entry["shard"], "--plan-hash", entry["plan_hash"], "--report", report)
        reports.append(report)
    fleet.run("report", *reports, "--report", ".flowship/all.json")
    changes = json.loads((fleet.root / ".flowship/all.json").read_text("utf-8"))["changes"]
    finished = {change["workflow"] for change in changes if change["outcome"] == "done" or change["action"] == "unchanged"}
    return {
        "sharded deploy: workflows without an outcome": fleet.number - len(finished),
        "sharded deploy: requests to meinGPT": fleet.calls() - before,
        "matrix: jobs": len(plan["shards"]),
    }


def all_new(fleet: Fleet) -> dict[str, float]:
    """Sizes of what GitHub is given for a plan without keys and without a state."""
    return pull_request(fleet, environment(), state="none")[1]


def cost(many: Measured, two: Measured, number: int) -> float:
    """Milliseconds of CPU for one more workflow."""
    return (many.cpu - two.cpu) / (number - 2) * 1000


def main() -> int:
    source_formats.register()
    with tempfile.TemporaryDirectory(prefix="flowship-bench-") as folder:
        root = Path(folder)
        (root / "targets.yml").write_text("meingpt: {defaults: {rate_limits: {calls: 1000000}}}\n")  # to fill it; our calls are counted here
        with ExitStack() as sandboxes:
            fleets = {}
            for number in (2, WORKFLOWS // 10, WORKFLOWS):
                url = sandboxes.enter_context(sandbox(root, 0, "--targets", "targets.yml"))
                fleets[number] = Fleet(root / str(number), url, number)
            measured = figures_of(fleets)
            parts = {} if is_short() else sharded(fleets[WORKFLOWS])
            largest = all_new(fleets[WORKFLOWS])
        print(f"{fleets[WORKFLOWS].repository.describe()}; state of {(root / f'{WORKFLOWS}/.flowship/state.jsonl').stat().st_size / 1e6:.0f} MB")
    return judge("ten_thousand", figures(measured, parts, largest))


def figures(measured: Mapping[int, Figures], parts: Mapping[str, float], largest: Mapping[str, float]) -> dict[str, float | NotMeasured]:
    two, tenth, all_ = measured[2], measured[WORKFLOWS // 10], measured[WORKFLOWS]
    made: dict[str, float | NotMeasured] = {**parts, "plan: requests to meinGPT": all_.plan_calls, "no-op: requests to meinGPT": all_.no_op_calls}
    for kind in ("plan", "no_op"):
        name, many = kind.replace("_", "-"), getattr(all_, kind)
        each, before = cost(many, getattr(two, kind), WORKFLOWS), cost(getattr(tenth, kind), getattr(two, kind), WORKFLOWS // 10)
        print(f"     {name}: {each:.2f} ms of CPU for a workflow, {before:.2f} ms at a tenth of them; {many.seconds:.0f} s in all")
        made |= {f"{name}: peak memory": many.memory, f"{name}: CPU for a workflow, of that at a tenth of them": each / before}
    return made | {name: max(size, largest[name]) for name, size in all_.shown.items()}


if __name__ == "__main__":
    sys.exit(main())
