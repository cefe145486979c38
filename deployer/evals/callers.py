"""How a workflow is run for a check: start a run, and ask what became of it. One class for each way."""

from collections.abc import Mapping
from typing import Any, Protocol

from deployer.model.errors import FlowshipError
from deployer.model.secret import Secret
from deployer.platforms.base import Run
from deployer.platforms.gptbots.client import GPTBots
from deployer.platforms.meingpt.client import MeinGPT, run_of

EXECUTIONS, WEBHOOKS = 100, 500  # a minute (docs/contracts/meingpt.md, "Rate limits")


class Caller(Protocol):
    """One workflow. `per_minute`: how many runs its platform lets start, 0 when nothing is known. Both calls raise FlowshipError."""

    @property
    def per_minute(self) -> int: ...

    def start(self, given: Any) -> Run: ...

    def result(self, run: Run) -> Run: ...


class Invoke:
    """GPTBots. `waits`: the reply comes when the run is over; else it is asked for."""

    per_minute = 0

    def __init__(self, client: GPTBots, *, waits: bool) -> None:
        self._client = client
        self._waits = waits

    def start(self, given: Any) -> Run:
        return self._client.run(given, is_async=not self._waits)

    def result(self, run: Run) -> Run:
        return self._client.run_result(run.id)


class Execute:
    """meinGPT: execute, then ask for the execution."""

    per_minute = EXECUTIONS

    def __init__(self, client: MeinGPT, target: str) -> None:
        self._client = client
        self._target = target

    def start(self, given: Any) -> Run:
        return self._client.execute(self._target, _mapping(given))

    def result(self, run: Run) -> Run:
        return self._client.execution(self._target, run.id)


class Webhook:
    """meinGPT: a signed call to the address of the webhook trigger, then ask for the execution. `address` is read when it is first needed."""

    per_minute = WEBHOOKS

    def __init__(self, client: MeinGPT, target: str, secret: Secret) -> None:
        self._client = client
        self._target = target
        self._secret = secret
        self._address = ""

    def start(self, given: Any) -> Run:
        self._address = self._address or self._read_address()
        reply = self._client.call_webhook(self._address, given, self._secret.reveal())
        run = run_of(reply.body) if isinstance(reply.body, Mapping) else None
        if run is None or not run.id:
            raise FlowshipError(
                "meinGPT took the call and did not tell which run it started.", fix="Take `through: webhook` out of the suite.", code="NO_RUN"
            )
        return run

    def result(self, run: Run) -> Run:
        return self._client.execution(self._target, run.id)

    def _read_address(self) -> str:
        trigger = self._client.workflow(self._target).get("trigger")
        config = trigger.get("config") if isinstance(trigger, Mapping) else None
        address = config.get("url") if isinstance(config, Mapping) else None
        if not isinstance(address, str) or not address:
            raise FlowshipError(
                "The workflow has no webhook trigger with an address.", fix="Take `through: webhook` out of the suite.", code="NO_WEBHOOK"
            )
        return address


def _mapping(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise FlowshipError("meinGPT takes a mapping for input.", fix="Write `input: {name: value}`.", code="INVALID_INPUT")
    return given
