"""Reading the platforms: a workflow that cannot be read keeps no other from being read."""

from typing import Any, cast

from fake_targets import POLICY, FakeConnections, flow
from observations import listed

from deployer.http.clock import Clock
from deployer.model.errors import PlatformError
from deployer.model.failure import Failure
from deployer.model.observation import Observed
from deployer.pipeline.observe import OUT_OF_TIME, Observer
from deployer.state.base import EnvironmentState

SHOWN = listed((), "bot")


def observe(connections: FakeConnections, *names: str, clock: Clock | None = None) -> dict[str, Observed]:
    observer = Observer(cast("Any", connections), EnvironmentState(), POLICY)
    return observer.all([flow(name) for name in names], 2, clock or Clock(60))


def test_failure_of_one_workflow_is_its_own() -> None:
    error = PlatformError("gptbots", "no", code="HTTP 500", fix="wait")
    observed = observe(FakeConnections(a=error, b=SHOWN), "a", "b")
    assert (observed["a"].failure, observed["a"].readable) == (Failure("HTTP 500", "no", "wait"), False)
    assert observed["b"] == SHOWN


def test_workflow_without_a_key_is_not_asked_for() -> None:
    connections = FakeConnections(b=SHOWN)
    connections.keyless = {"a"}
    observed = observe(connections, "a", "b")
    assert (observed["a"].readable, observed["a"].failure, observed["a"].why) == (False, None, "no key was given")
    assert observed["b"] == SHOWN


def test_what_there_is_no_time_for_fails_with_the_time_limit() -> None:
    clock = Clock(60)
    clock.stop()
    assert observe(FakeConnections(a=SHOWN), "a", clock=clock) == {"a": OUT_OF_TIME}
