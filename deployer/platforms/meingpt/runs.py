"""Running a meinGPT workflow for an eval suite: over the API, or by a signed call to its webhook."""

from collections.abc import Mapping
from typing import Any

from deployer.model.errors import FlowshipError
from deployer.model.secret import Secret
from deployer.platforms.base import Run
from deployer.platforms.meingpt.client import MeinGPT, run_of

EXECUTIONS_PER_MINUTE, WEBHOOKS_PER_MINUTE = 100, 500  # docs/contracts/meingpt.md, "Rate limits"
NO_WEBHOOK = "Take `through: webhook` out of the suite."


class Execute:
    """Execute, then ask for the execution."""

    per_minute = EXECUTIONS_PER_MINUTE

    def __init__(self, client: MeinGPT, id_: str) -> None:
        self._client = client
        self._id = id_

    def start(self, given: Any) -> Run:
        if not isinstance(given, Mapping):
            raise FlowshipError("meinGPT takes a mapping for input.", fix="Write `input: {name: value}`.", code="INVALID_INPUT")
        return self._client.execute(self._id, given)

    def result(self, run: Run) -> Run:
        return self._client.execution(self._id, run.id)


class Webhook:
    """A signed call to the address of the webhook trigger, then ask for the execution. The address is read when it is first needed."""

    per_minute = WEBHOOKS_PER_MINUTE

    def __init__(self, client: MeinGPT, id_: str, secret: Secret) -> None:
        self._client = client
        self._id = id_
        self._secret = secret
        self._address = ""

    def start(self, given: Any) -> Run:
        self._address = self._address or self._read_address()
        reply = self._client.call_webhook(self._address, given, self._secret.reveal())
        run = run_of(reply.body) if isinstance(reply.body, Mapping) else None
        if run is None or not run.id:
            raise FlowshipError("meinGPT took the call and did not name the run that it started.", fix=NO_WEBHOOK, code="NO_RUN")
        return run

    def result(self, run: Run) -> Run:
        return self._client.execution(self._id, run.id)

    def _read_address(self) -> str:
        trigger = self._client.workflow(self._id).get("trigger")
        config = trigger.get("config") if isinstance(trigger, Mapping) else None
        address = config.get("url") if isinstance(config, Mapping) else None
        if not isinstance(address, str) or not address:
            raise FlowshipError("The workflow has no webhook trigger with an address.", fix=NO_WEBHOOK, code="NO_WEBHOOK")
        return address
