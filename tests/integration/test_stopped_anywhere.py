"""SIGTERM, SIGINT or SIGKILL at every request of a deploy, a release, a rollback, a preview and a clean-up, and at instants in between, from the
first line of the process on; with the state in a file and on GitHub.

A run that may still say something sets its outputs, says nothing about live and draft that is not so, and does not succeed while something
that was wanted is not done. The next run ends with what was wanted, and nothing is there twice. FLOWSHIP_CHAOS=1 (`make chaos`) takes every
case; else a sample.
"""

import json
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from github_stand_in import GitHub, running
from live_claims import Held, false_claims, false_fields
from shipping import ROOT, Environment, Stage
from shipping_scenarios import SCENARIOS, TARGETS, Scenario

from deployer.config.inputs import OUTPUTS

CHAOS = bool(os.environ.get("FLOWSHIP_CHAOS"))
SIGNALS = ("TERM", "INT", "KILL")
STORES = ("file", "github")
ENDS = (0, 1, 4)

# What becomes of the request at which the signal comes.
MOMENTS: dict[str, dict[str, Any]] = {
    "before the effect": {"when": "before"},
    "after the effect": {"when": "after"},
    "no effect and no reply": {"when": "before", "hang": True},
    "an effect and no reply": {"when": "after", "hang": True, "effect": True},
}


class Ran(NamedTuple):
    """What a process came to: exit code, negative by a signal; log; JSON report, {} without one."""

    code: int
    out: str
    report: dict[str, Any]


class Case(NamedTuple):
    scenario: str
    nth: int
    moment: str
    signal: str
    store: str

    def rule(self, pid_file: str) -> dict[str, Any]:
        """For the sandbox."""
        moment = dict(MOMENTS[self.moment])
        send = {"name": self.signal, "pid_file": pid_file, "when": moment.pop("when")}
        return {"match": {"path": "/v1/*", "nth": self.nth}, "do": {"signal": send, **moment}}

    def __str__(self) -> str:
        request = SCENARIOS[self.scenario].requests[self.nth - 1].rpartition("/")[2]
        return f"{self.scenario}, request {self.nth}: {request}, {self.signal} {self.moment}, state {self.store}"


def every_case() -> Iterator[Case]:
    """Both stores in turn."""
    number = 0
    for name, scenario in SCENARIOS.items():
        for nth, request in enumerate(scenario.requests, 1):
            for moment in MOMENTS:
                for sent in SIGNALS:
                    if (request.startswith("GET") and moment != "after the effect") or (nth == 1 and scenario.rules):
                        continue
                    number += 1
                    yield Case(name, nth, moment, sent, STORES[number % 2])


CASES = list(every_case())
STEP = 1 if CHAOS else 23


@pytest.fixture
def stage(repository: Any, start_sandbox: Callable[..., Any]) -> Iterator[Callable[[Scenario, str], Stage]]:
    with running(GitHub()) as hub:
        yield lambda scenario, store: Stage(repository, start_sandbox(targets=TARGETS), hub, store, scenario.entries)


@pytest.mark.parametrize("case", CASES[::STEP], ids=str)
def test_signal_at_a_request(stage: Callable[[Scenario, str], Stage], case: Case) -> None:
    scenario = SCENARIOS[case.scenario]
    there = stage(scenario, case.store)
    scenario.prepare(there)
    before = there.sandbox.state()
    environment = scenario.act(there)
    there.sandbox.faults([*scenario.rules, case.rule(str(there.pid))])
    ran = finished(there, environment, there.start(environment))
    assert len(there.asked()) >= case.nth, "the request was not made"
    there.sandbox.faults([])
    judge(there, scenario, ran, before, killed=case.signal == "KILL")
    converge(there, scenario, ran)


def finished(there: Stage, environment: Environment, process: Any) -> Ran:
    """Whoever waits for a reply that never comes takes longer than this."""
    out, _ = process.communicate(timeout=40)
    there.end_of(environment)
    report = there.repository.root / "report.json"
    return Ran(process.returncode, out, json.loads(report.read_text()) if report.exists() else {})


def judge(there: Stage, scenario: Scenario, ran: Ran, before: dict[str, Any], *, killed: bool) -> None:
    if killed:
        assert ran.code == -signal.SIGKILL, ran.out
        return
    assert ran.code in ENDS, ran.out
    assert "Traceback" not in ran.out
    assert there.outputs() == set(OUTPUTS), ran.out
    held = Held(
        before, there.sandbox.state(), there.is_live(scenario.live_content), there.is_live(scenario.wanted), frozenset(there.asked()), scenario.aside
    )
    false = [*false_claims(ran.out + there.summary(), held), *false_fields(ran.report, held)]
    assert not false, "\n".join([*false, ran.out])
    if ran.code == 0:
        assert there.has(scenario), ran.out


def converge(there: Stage, scenario: Scenario, ran: Ran) -> None:
    if ran.code:
        there.settle(scenario)
    assert there.has(scenario), f"{there.picture()}\n{ran.out}"


# Instants in between: the process signals itself at an import, or when it is about to do something with a file, a socket or a lock. So each is
# met exactly.
INTERRUPTED = """\
import os, sys
kind, place, number, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
with open(path) as file:
    code = compile(file.read(), path, "exec")
sys.argv = [path]
passed = 0
def kind_of(event, arguments):
    if event == "open":
        return "" if str(arguments[0]).endswith((".py", ".pyc")) else "act"
    return event if event == "import" else "act" if event.startswith(("socket.", "fcntl.", "os.rename", "os.remove", "os.mkdir")) else ""
def hook(event, arguments):
    global passed
    if kind_of(event, arguments) == kind:
        passed += 1
        if passed == place:
            os.kill(os.getpid(), number)
def told(code):
    os.write(2, f"passed: {passed}\\n".encode())
    exit(code)
exit, os._exit = os._exit, told
sys.addaudithook(hook)
exec(code, {"__name__": "__main__", "__file__": path})
"""

# A run imports some 500 modules, most of them before its first request, and then does about 30 things or more.
IMPORTS = (1, 2, 3, 5, *range(8, 460, 12)) if CHAOS else (1, 3, 30, 300)
ACTS = range(1, 29, 2) if CHAOS else (2, 9, 16, 23)


class Instant(NamedTuple):
    scenario: str
    kind: str
    place: int
    signal: str
    store: str

    def __str__(self) -> str:
        return f"{self.scenario}, {self.signal} at {self.kind} {self.place}, state {self.store}"


def every_instant() -> Iterator[Instant]:
    number = 0
    for scenario in SCENARIOS if CHAOS else ("update",):
        imports = [("import", place) for place in IMPORTS] if scenario in ("update", "cleanup of a slot") else []
        for kind, place in [*imports, *(("act", place) for place in ACTS)]:
            number += 1
            yield Instant(scenario, kind, place, SIGNALS[number % (3 if CHAOS else 2)], STORES[number // 2 % 2])


@pytest.mark.parametrize("instant", list(every_instant()), ids=str)
def test_signal_at_an_instant(stage: Callable[[Scenario, str], Stage], instant: Instant) -> None:
    scenario = SCENARIOS[instant.scenario]
    there = stage(scenario, instant.store)
    scenario.prepare(there)
    before = there.sandbox.state()
    environment = scenario.act(there)
    number = int(signal.Signals[f"SIG{instant.signal}"])
    program = ("-c", INTERRUPTED, instant.kind, str(instant.place), str(number), str(ROOT / "entrypoint.py"))
    ran = finished(there, environment, there.start(environment, program))
    killed = instant.signal == "KILL"
    judge(there, scenario, ran, before, killed=killed)
    assert killed or int(ran.out.rpartition("passed: ")[2]) >= instant.place, "the signal was not sent"
    converge(there, scenario, ran)
