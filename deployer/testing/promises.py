"""The promises: what must be so after a scenario, whatever happened to its requests."""

import contextlib
import functools
import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

from deployer.testing.github_stand_in import GitHub, running
from deployer.testing.proxy import Mishap, running_before
from deployer.testing.scenarios import SCENARIOS, Scenario
from deployer.testing.stage import Ran, Stage
from deployer.testing.subject import Held, Subject
from deployer.testing.truth import false_words, is_there

ENDS = (0, 1, 4)  # exit codes of a run whose requests went wrong
READS = ("GET", "HEAD", "OPTIONS")
ALL = "FLOWSHIP_CHAOS"  # set: a mishap at each request of a scenario, else at one


class Disturbance(NamedTuple):
    """A mishap at one request. `blind`: nothing can be read afterwards. `lasts`: it happens to every such request from
    then on. `own_process`: the run is one that can be killed. `writes_only`: it makes no sense for a request that reads."""

    mishap: Mishap
    blind: bool = False
    lasts: bool = False
    own_process: bool = False
    writes_only: bool = False


def _replies() -> Iterator[tuple[str, Disturbance]]:
    for reply in ("500", "502", "504", "torn", "reset"):
        yield f"answered {reply}, with the effect", Disturbance(Mishap(reply), writes_only=True)
        yield f"answered {reply}, without the effect", Disturbance(Mishap(reply, effect=False))


UNDISTURBED = "undisturbed"
KILL, TERM = int(signal.SIGKILL), int(signal.SIGTERM)
DISTURBANCES: dict[str, Disturbance | None] = {
    UNDISTURBED: None,
    **dict(_replies()),
    "answered an empty object, with the effect": Disturbance(Mishap("{}")),
    "answered 502 with the effect, and then blind": Disturbance(Mishap("502"), blind=True, writes_only=True),
    "each write answered 500, without the effect": Disturbance(Mishap("500", effect=False), lasts=True, writes_only=True),
    "answered 500 from then on": Disturbance(Mishap("500", effect=False), lasts=True),
    "killed before the effect": Disturbance(Mishap("reset", effect=False, signal=KILL), own_process=True),
    "killed after the effect": Disturbance(Mishap("reset", signal=KILL, after=True), own_process=True, writes_only=True),
    "stopped after the effect": Disturbance(Mishap(signal=TERM, after=True), own_process=True),
}
RACES = {"deploy without a release": "never", "next release": "always"}
RACED = "raced by a newer commit"


class Promise(NamedTuple):
    """One test: a scenario, and what happens to it."""

    scenario: str
    disturbance: str

    def __str__(self) -> str:
        return f"{self.scenario}, {self.disturbance}"


def every_promise() -> list[Promise]:
    promises = [Promise(scenario, disturbance) for scenario in SCENARIOS for disturbance in DISTURBANCES]
    return promises + [Promise(scenario, RACED) for scenario in RACES]


class NotApplicableError(Exception):
    """There is no such case. The message says why."""


class Trial:
    """Promises tried on one subject, each on a fresh server. `requests`: what each undisturbed scenario asks, as far as it was played."""

    def __init__(self, subject: Subject, folder: Path, requests: dict[str, list[str]]) -> None:
        self.subject, self.folder, self.requests = subject, folder, requests
        self._numbers = count(1)

    def on_stage(self, act: Callable[[Stage], None]) -> None:
        with self.subject.start() as server, running_before(server.url) as proxy, running(GitHub()) as hub:
            act(Stage(self.subject, server, proxy, hub, self.folder / str(next(self._numbers)) / "repository"))

    def check(self, promise: Promise) -> None:
        """Raises AssertionError where the promise is broken, NotApplicableError where the scenario makes no such request."""
        scenario = SCENARIOS[promise.scenario]
        if promise.disturbance == RACED:
            self.on_stage(lambda stage: check_race(stage, scenario, RACES[promise.scenario]))
            return
        disturbance = DISTURBANCES[promise.disturbance]
        if disturbance is None or promise.scenario not in self.requests:
            self.on_stage(lambda stage: self.requests.__setitem__(promise.scenario, check_undisturbed(stage, scenario)))
        if disturbance:
            self._check_places(scenario, disturbance, places(self.requests[promise.scenario], disturbance, _turn(promise)))

    def _check_places(self, scenario: Scenario, disturbance: Disturbance, numbers: list[int]) -> None:
        if not numbers:
            raise NotApplicableError("it writes nothing" if disturbance.writes_only else "it makes no request")
        for number in numbers:
            self.on_stage(functools.partial(check_disturbed, scenario=scenario, disturbance=disturbance, number=number))


def _turn(promise: Promise) -> int:
    return list(DISTURBANCES).index(promise.disturbance)


def places(requests: list[str], disturbance: Disturbance, turn: int) -> list[int]:
    """The numbers of the requests that it happens to: each that writes; one of the others in turn where none does, or where the mishap lasts. All
    with FLOWSHIP_CHAOS."""
    numbers = list(range(1, len(requests) + 1))
    writes = [number for number in numbers if is_write(requests[number - 1])]
    if os.environ.get(ALL) or disturbance.writes_only:
        return writes if disturbance.writes_only else numbers
    one = numbers[turn % len(numbers) :][:1] if numbers else []
    return one if disturbance.lasts else writes or one


def is_write(request: str) -> bool:
    return request.partition(" ")[0] not in READS


def check_undisturbed(stage: Stage, scenario: Scenario) -> list[str]:
    """Plays it, and once more; returns the requests of the first time."""
    scenario.prepare(stage)
    before = stage.held()
    request = scenario.act(stage)
    stage.proxy.arm()
    ran = stage.run(request)
    requests = list(stage.proxy.requests)
    assert ran.code == scenario.code, f"exit code {ran.code} instead of {scenario.code}:\n{ran.out}"
    judge(stage, scenario, ran, before)
    assert_wanted(stage, scenario, ran)
    scenario.checks(stage, ran)
    if scenario.repeats:
        assert_repeats(stage, scenario)
    return requests


def assert_repeats(stage: Stage, scenario: Scenario) -> None:
    """The same once more writes nothing."""
    held = stage.held()
    stage.proxy.arm()
    again = stage.run((scenario.again or scenario.act)(stage))
    runs = scenario.unfit.__name__ == "without_evals"
    writes = [request for request in stage.proxy.requests if is_write(request)]
    assert stage.held() == held, f"the second run changed what is there:\n{again.out}"
    assert runs or not writes, f"the second run wrote, {writes}:\n{again.out}"


def check_disturbed(stage: Stage, scenario: Scenario, disturbance: Disturbance, number: int) -> None:
    scenario.prepare(stage)
    before = stage.held()
    request = scenario.act(stage)
    stage.proxy.arm(_mishaps(disturbance, number))
    ran = stage.end(stage.start(request)) if disturbance.own_process else stage.run(request)
    where = f"request {number}, {stage.proxy.requests[number - 1] if number <= len(stage.proxy.requests) else 'which was not made'}"
    stage.proxy.arm()
    try:
        assert ran.code in (ENDS if disturbance.mishap.signal != KILL else (-KILL,)), f"exit code {ran.code}:\n{ran.out}"
        judge(stage, scenario, ran, before)
        settle(stage, scenario, ran)
    except AssertionError as error:
        raise AssertionError(f"{where}: {error}\n--- the disturbed run:\n{ran.out}") from None


def _mishaps(disturbance: Disturbance, number: int) -> Callable[[int, str], Mishap | None]:
    def mishap(asked: int, method: str) -> Mishap | None:
        if asked == number or (asked > number and disturbance.lasts and not (disturbance.writes_only and method in READS)):
            return disturbance.mishap
        return Mishap("503", effect=False) if disturbance.blind and asked > number and method in READS else None

    return mishap


def settle(stage: Stage, scenario: Scenario, ran: Ran) -> None:
    """The next runs, with everything well, end with what is wanted."""
    if not ran.is_done:
        runs, codes = scenario.settles
        for _ in range(runs):
            before, ran = stage.held(), stage.run((scenario.again or scenario.act)(stage))
            judge(stage, scenario, ran, before)
        assert ran.code in codes, f"the next run ended with exit code {ran.code}:\n{ran.out}"
    assert_wanted(stage, scenario, ran)
    scenario.checks(stage, ran)


def judge(stage: Stage, scenario: Scenario, ran: Ran, before: list[Held]) -> None:
    """What holds after every run: nothing is live that was not asked for, nothing is there twice, nothing is lost, and no word is false."""
    held, wanted = stage.held(), scenario.wanted(stage.platform)
    assert not re.search(r"Traceback|bug in ", ran.out), ran.out
    live = {text for text, is_live in held if is_live}
    allowed = {text for text, is_live in before if is_live} | {*wanted.live, *scenario.ships}
    assert live <= allowed, f"live, and was not asked for: {sorted(live - allowed)}\n{ran.out}"
    twice = [text for text, number in Counter(text for text, _ in held).items() if number > 1]
    assert not twice, f"there twice: {twice}\n{ran.out}"
    lost = {text for text, _ in before} - {text for text, _ in held} if stage.platform.capabilities.versions else set()
    assert not lost, f"lost: {sorted(lost)}\n{ran.out}"
    for false in false_words(stage, scenario, ran, before):
        raise AssertionError(f"{false}\n{ran.out}")


def assert_wanted(stage: Stage, scenario: Scenario, ran: Ran) -> None:
    held, wanted = stage.held(), scenario.wanted(stage.platform)
    assert is_there(held, wanted), f"there is {held} instead of {wanted}\n{ran.out}"


def check_race(stage: Stage, scenario: Scenario, release: str) -> None:
    """An older commit's run is at its first write when a newer commit's run begins: the newer text stays, once."""
    scenario.prepare(stage)
    if not scenario.wanted(stage.platform).drafts and release == "never":
        raise NotApplicableError("it writes nothing")
    stage.proxy.arm(_hold_first_write())
    older = stage.start(stage.deploy(release))
    assert stage.proxy.is_held.wait(30), f"the run wrote nothing:\n{stage.end(older).out}"
    stage.commit("gamma")
    newer = stage.start(stage.deploy(release))
    with contextlib.suppress(subprocess.TimeoutExpired):  # it waits for the older one, as it should
        newer.wait(timeout=2)
    stage.proxy.go_on.set()
    ended = [stage.end(newer), stage.end(older)]
    out = "\n".join(ran.out for ran in ended)
    assert ended[0].code == 0, out
    held = stage.held()
    texts = Counter(text for text, _ in held)
    assert max(texts.values()) == 1, f"there twice: {held}\n{out}"
    assert Held("gamma-1", live=release == "always") in held, f"the newer text is lost: {held}\n{out}"


def _hold_first_write() -> Callable[[int, str], Mishap | None]:
    numbers = count()
    return lambda _number, method: Mishap(hold=True) if method not in READS and next(numbers) == 0 else None
