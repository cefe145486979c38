"""The plug-in: `pytest_plugins = ["deployer.testing.plugin"]` in a conftest.py, a fixture `subject`, and a test that calls `promise()`.

Each promise is a case of that test. One that a platform cannot keep is skipped with the reason, and the end of the output lists them.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployer.platforms import source_formats
from deployer.platforms.registry import platform_named
from deployer.testing.promises import ALL, UNDISTURBED, NotApplicableError, Promise, Trial, every_promise
from deployer.testing.scenarios import SCENARIOS
from deployer.testing.subject import Subject

_REQUESTS: dict[str, dict[str, list[str]]] = {}  # of each platform's undisturbed scenarios: played once a session
NOT_APPLICABLE = "not applicable: "
EVERY = "flowship_promises_every"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(EVERY, "Try every n-th case in which something goes wrong; FLOWSHIP_CHAOS=1 tries all.", default="1")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The cases of each test that takes a `promise`."""
    if "promise" in metafunc.fixturenames:
        metafunc.parametrize("promise", _chosen(_every(metafunc.config)), ids=str, indirect=True)


def _every(config: pytest.Config) -> int:
    return 1 if os.environ.get(ALL) else int(config.getini(EVERY))


def _chosen(every: int) -> list[Promise]:
    """Every scenario undisturbed, and of the other cases every n-th."""
    promises = every_promise()
    disturbed = [promise for promise in promises if promise.disturbance != UNDISTURBED]
    return [promise for promise in promises if promise.disturbance == UNDISTURBED] + disturbed[::every]


@pytest.fixture
def promise(request: pytest.FixtureRequest, subject: Subject, tmp_path: Path) -> Callable[[], None]:
    """A call that fails where the promise is broken."""
    source_formats.register()
    case: Promise = request.param
    title = platform_named(subject.platform).title
    trial = Trial(subject, tmp_path, _REQUESTS.setdefault(subject.platform, {}))

    def check() -> None:
        reason = _why_not(case, subject)
        if reason:
            pytest.skip(f"{NOT_APPLICABLE}{title}, {case.scenario}: {reason}")
        try:
            trial.check(case)
        except NotApplicableError as error:
            pytest.skip(f"{NOT_APPLICABLE}{title}, {case.scenario}: {error}")

    return check


def _why_not(case: Promise, subject: Subject) -> str:
    """Why the platform has no such thing; "" where it has."""
    return (
        subject.unfit.get(case.scenario, "")
        or subject.unfit.get(str(case), "")
        or SCENARIOS[case.scenario].unfit(subject, platform_named(subject.platform))
    )


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The cases that a platform does not have, each with the reason, and how many were left out."""
    reports = [report.longrepr[2] for report in terminalreporter.getreports("skipped") if isinstance(report.longrepr, tuple)]
    reasons = [reason.partition(NOT_APPLICABLE)[2] for reason in reports if NOT_APPLICABLE in reason]
    if not reasons:
        return
    terminalreporter.section("Promises that are not applicable")
    for reason, number in sorted(Counter(reasons).items()):
        terminalreporter.write_line(f"{reason}{f' ({number} cases)' if number > 1 else ''}")
    if _every(config) > 1:
        terminalreporter.write_line(f"Of the cases in which something goes wrong, one of {_every(config)} was tried ({EVERY}).")
