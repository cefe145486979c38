"""Every request of a deploy, a release, a rollback, a preview and a clean-up, answered by anything: its effect happens or does not, and the reply
is an error, a reset, half a body, or a success that lacks its fields. Once, once with nothing readable afterwards, at each such call, or at
every call from then on.

The run ends with what it can know, and says nothing about live and draft that is not so (`live_claims`). The next run, of healthy platforms,
ends with what was wanted, and nothing is there twice. FLOWSHIP_CHAOS=1 (`make chaos`) takes every case; else a sample.
"""

import os
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import pytest
from github_stand_in import GitHub, running
from live_claims import Held, false_claims, false_fields
from quick_clock import QuickClock, quick
from shipping import Stage
from shipping_scenarios import DELETE, LIST, PUT_BACK, SCENARIOS, TARGETS, UPDATE, Scenario

from deployer.config.inputs import OUTPUTS

CHAOS = bool(os.environ.get("FLOWSHIP_CHAOS"))
STEP = 1 if CHAOS else 29  # every how many cases one is tried
ENDS = (0, 1, 4)
BODY = {"code": 0, "msg": "OK", "data": {"version": "1.0.0", "botId": "x"}, "id": "wf_x"}

# What the client gets. Each with the effect, and without.
REPLIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "500": ({"status": 500, "effect": True}, {"status": 500}),
    "502": ({"status": 502, "effect": True}, {"status": 502}),
    "504": ({"status": 504, "effect": True}, {"status": 504}),
    "reset": ({"reset": "after"}, {"reset": "before"}),
    "torn": ({"truncate": True}, {"status": 200, "body": BODY, "truncate": 20}),
    "fieldless": ({"status": 200, "body": {}, "effect": True}, {"status": 200, "body": {}}),
    "late": ({"late": quick(5)}, {"late": quick(5), "status": 504}),  # a reset or a 504 now, the effect 5 seconds later
}
EXTENTS = ("once", "once and then blind", "every try", "from then on")
MANY = 500  # requests: more than a run makes


class Case(NamedTuple):
    """The `nth` request of the scenario is answered like that; `effect`: it takes effect first."""

    scenario: str
    nth: int
    reply: str
    effect: bool
    extent: str

    @property
    def request(self) -> str:
        return SCENARIOS[self.scenario].requests[self.nth - 1]

    @property
    def reads(self) -> bool:
        return self.request.startswith("GET")

    @property
    def repeatable(self) -> bool:
        """Whether the call is sent again after any such reply."""
        return not self.request.startswith("POST") or self.request.endswith("/release")

    def rules(self) -> list[dict[str, Any]]:
        """For the sandbox."""
        method, _, path = self.request.partition(" ")
        earlier = sum(_is_alike(request, self.request) for request in SCENARIOS[self.scenario].requests[: self.nth])
        matches = {
            "once": {"path": "/v1/*", "nth": self.nth},
            "once and then blind": {"path": "/v1/*", "nth": self.nth},
            "every try": {"method": method, "path": path, "nth": list(range(earlier, MANY))},
            "from then on": {"path": "/v1/*", "nth": list(range(self.nth, MANY))},
        }
        reads = sum(request.startswith("GET") for request in SCENARIOS[self.scenario].requests[: self.nth])
        blind = {"match": {"method": "GET", "path": "/v1/*", "nth": list(range(reads + 1, MANY))}, "do": {"status": 503}}
        reply = REPLIES[self.reply][0 if self.effect else 1]
        if self.reply == "fieldless" and self.request == LIST:  # without `data` it may be a list of no versions
            reply = {"body": {"code": 0, "data": [{}]}}
        disturbed = {"match": matches[self.extent], "do": reply}
        return [disturbed, *([blind] if self.extent == "once and then blind" else [])]

    def __str__(self) -> str:
        effect = "" if self.reads else " with effect" if self.effect else " without effect"
        return f"{self.scenario}, request {self.nth}: {self.request.rpartition('/')[2]} {self.reply}{effect}, {self.extent}"


def _is_alike(request: str, other: str) -> bool:
    return fnmatchcase(request, other) or fnmatchcase(other, request)


def every_case() -> Iterator[Case]:
    for name, scenario in SCENARIOS.items():
        for nth, request in enumerate(scenario.requests, 1):
            for reply in REPLIES:
                for effect in (True, False):
                    for extent in EXTENTS:
                        case = Case(name, nth, reply, effect, extent)
                        if _makes_sense(case, request):
                            yield case


def _makes_sense(case: Case, request: str) -> bool:
    if case.nth == 1 and SCENARIOS[case.scenario].rules:
        return False  # it has a reply of its own
    if case.reads and (case.reply == "late" or not case.effect or case.extent == "once and then blind"):
        return False
    if case.reply == "late" and "gated" in case.scenario:
        return False  # after the rollback of what it releases, while nobody looks
    # The platform took it, and its page shows no more of that reply: only a look shows that this is a lie.
    lie = case.reply == "fieldless" and not case.effect
    return not (lie and request.startswith(("PUT", "DELETE")) and case.extent in ("once and then blind", "from then on"))


CASES = list(every_case())


@pytest.fixture
def stage(repository: Any, start_sandbox: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Stage]]:
    monkeypatch.setattr("deployer.cli.dispatch.Clock", QuickClock)
    with running(GitHub()) as hub:
        yield lambda scenario, store="file": Stage(repository, start_sandbox(targets=TARGETS), hub, store, scenario.entries)


def right_code(case: Case) -> int | None:
    """How the run must end, by the table in docs/troubleshooting.md, "What is tried again"; None where more than one end is right."""
    if case.extent != "once" or SCENARIOS[case.scenario].code or case.request == PUT_BACK:
        return None
    if case.reply == "fieldless" and case.request in (UPDATE, DELETE) and not case.effect:
        return None  # taken for the reply, whose shape the page does not show; a look finds that it is not so
    return 0 if case.repeatable or case.effect or case.reply in ("500", "late") else 4


@pytest.mark.parametrize("name", SCENARIOS)
def test_requests_of_an_undisturbed_run(stage: Callable[..., Stage], name: str) -> None:
    """The cases below are made of these: without the right ones they would pass by not happening."""
    scenario = SCENARIOS[name]
    there = stage(scenario)
    scenario.prepare(there)
    environment = scenario.act(there)
    there.sandbox.faults(list(scenario.rules))
    ran = there.run(environment)
    asked = there.asked()
    assert len(asked) == len(scenario.requests), asked
    assert all(map(fnmatchcase, asked, scenario.requests)), asked
    assert (ran.code, there.has(scenario)) == (scenario.code, True), f"{there.picture()}\n{ran.out}"
    if scenario.repeats:
        there.settle(scenario)
        assert there.has(scenario), there.picture()


@pytest.mark.parametrize("case", CASES[::STEP], ids=str)
def test_what_the_run_says_and_what_the_next_one_makes_of_it(stage: Callable[..., Stage], case: Case) -> None:
    scenario = SCENARIOS[case.scenario]
    there = stage(scenario, "github" if CASES.index(case) % 2 else "file")
    scenario.prepare(there)
    before = there.sandbox.state()
    environment = scenario.act(there)
    there.sandbox.faults([*scenario.rules, *case.rules()])
    ran = there.run(environment)
    assert len(there.asked()) >= case.nth, "the request was not made"
    judge(there, scenario, case, ran, before)
    there.sandbox.faults([])
    before = there.sandbox.state()
    if not is_done(ran):
        assert_truthful(there, scenario, there.settle(scenario), before)
    assert there.has(scenario), f"{there.picture()}\n{ran.out}"


def judge(there: Stage, scenario: Scenario, case: Case, ran: Any, before: Any) -> None:
    assert ran.code in ENDS, ran.out + ran.err
    assert right_code(case) in (None, ran.code), ran.out
    assert there.outputs() == set(OUTPUTS), ran.out
    outcomes = {change["outcome"] for change in ran.report["changes"]}
    assert (ran.code == 4) == ("unknown" in outcomes), ran.out
    assert_truthful(there, scenario, ran, before)
    if is_done(ran):
        assert there.has(scenario), ran.out


def assert_truthful(there: Stage, scenario: Scenario, ran: Any, before: Any) -> None:
    held = Held(
        before, there.sandbox.state(), there.is_live(scenario.live_content), there.is_live(scenario.wanted), frozenset(there.asked()), scenario.aside
    )
    false = [*false_claims(ran.out + there.summary(), held), *false_fields(ran.report, held)]
    assert not false, "\n".join([*false, ran.out])


def is_done(ran: Any) -> bool:
    """Whether the run says that all is as asked, and that nothing waits for a later run."""
    return ran.code == 0 and all(change["outcome"] != "held" for change in ran.report["changes"])
