"""The runtime: whose key a request carries, and what a reset brings back."""

from collections.abc import Callable, Iterator

import pytest

from deployer.sandbox.config_files import SandboxConfigError
from deployer.sandbox.fault_rules import FaultRules
from deployer.sandbox.runtime import SandboxRuntime, build_runtime

TARGETS = {
    "gptbots": {"targets": {"a": {"key": "shared", "versions": [{"version": "1.0.0"}]}, "account": {"kind": "account", "key": "dev:secret"}}},
    "meingpt": {"organisations": {"acme": {"token": "shared", "workflows": [{"id": "wf_1", "name": "W"}]}}},
}


@pytest.fixture
def runtime() -> Iterator[SandboxRuntime]:
    built = build_runtime(targets=TARGETS, faults=[{"do": {"status": 500}}])
    yield built
    built.store.close()


@pytest.mark.parametrize(
    ("path", "authorization", "name"),
    [
        ("/v1/workflow/version/list", "Bearer shared", "a"),
        ("/v1/workflows", "bearer  shared ", "acme"),
        ("/v1/workflows/wf_1", "Bearer shared", "acme"),
        ("/v1/workflows", "Basic shared", None),
        ("/v1/workflows", "shared", None),
        ("/v1/org/workflow/import/precheck", "Bearer shared", None),
        ("/v1/org/workflow/import/precheck", "Basic shared", None),
        ("/v1/org/workflow/import/precheck", "Basic ZGV2OnNlY3JldA==", "account"),  # dev:secret
        ("/v1/workflow/version/list", "Basic ZGV2OnNlY3JldA==", None),
        ("/v1/workflows", "Bearer other", None),
        ("/v1/workflow/version/list", "", None),
    ],
)
def test_key_is_looked_up_on_the_platform_of_the_path(runtime: SandboxRuntime, path: str, authorization: str, name: str | None) -> None:
    caller = runtime.find_caller(path, authorization)
    assert (caller.name if caller else None) == name


def test_reset_brings_back_declared_data_and_initial_faults(runtime: SandboxRuntime) -> None:
    initial = runtime.faults
    target = runtime.callers.by_key["shared"]
    runtime.gptbots.add_next(target.id, "", "f", "", b"")
    runtime.meingpt.delete("wf_1")
    runtime.store.log_request("GET", "/", "", None, 1)
    runtime.faults = FaultRules()
    runtime.reset()
    assert [row.version for row in runtime.gptbots.versions(target.id)] == ["1.0.0"]
    assert [row.id for row in runtime.meingpt.workflows("acme")] == ["wf_1"]
    assert (runtime.store.requests(), runtime.faults) == ([], initial)


@pytest.mark.parametrize("build", [lambda: build_runtime(latency=-1), lambda: build_runtime(latency=float("nan"))])
def test_latency_is_finite_and_not_negative(build: Callable[[], SandboxRuntime]) -> None:
    with pytest.raises(SandboxConfigError, match="latency: expected seconds, 0 or more"):
        build()
