"""A target for each workflow: its key, its address, its connections."""

from collections.abc import Callable

from deployer.config.settings import Settings
from deployer.http.client import Http
from deployer.http.clock import Clock
from deployer.http.quota import QuotaStatus
from deployer.model.report import Requests
from deployer.model.secret import Secret
from deployer.model.workflow import Workflow
from deployer.platforms.base import NOT_OFFERED, Target
from deployer.platforms.precheck import PrecheckAccount, Verdict
from deployer.platforms.registry import platform_named


class Connections:
    """Makes targets and keeps one pool of connections per host. Safe to use from threads once made.

    `key_of` tells a workflow's key, None when it was not given.
    """

    def __init__(self, settings: Settings, key_of: Callable[[Workflow], Secret | None], clock: Clock, redact: Callable[[str], str]) -> None:
        self._settings = settings
        self.clock = clock
        self._redact = redact
        self._https: dict[tuple[str, str], Http] = {}
        self.key_of = key_of

    def host(self, workflow: Workflow) -> str:
        """The base URL a workflow is deployed to. Raises UsageError for an address that keys must not be sent to."""
        return platform_named(workflow.platform).base_url(self._settings, workflow)

    def target(self, workflow: Workflow, before_send: Callable[[], None] | None = None) -> Target:
        """The workflow's target, connected. `before_send`: see `Request`; for the calls that write."""
        http, key = self._https.get((workflow.platform, self.host(workflow))), self.key_of(workflow)
        return platform_named(workflow.platform).target(workflow, http, key, before_send)

    def outlook(self, workflow: Workflow) -> QuotaStatus | None:
        """How many requests its target still allows; None where it has no key. See `Http.quota_status`."""
        key = self.key_of(workflow)
        return self._https[workflow.platform, self.host(workflow)].quota_status(key) if key else None

    def payer(self, workflow: Workflow) -> tuple[str, str]:
        """Whose budget a workflow's requests come from, and whose list it is in: base URL and key ("" without one)."""
        key = self.key_of(workflow)
        return self.host(workflow), key.reveal() if key else ""

    def precheck(self, workflow: Workflow, account: PrecheckAccount) -> Verdict:
        """What the platform's own check finds of the workflow's file. Raises FlowshipError."""
        precheck = platform_named(workflow.platform).precheck
        if precheck is None:
            raise AssertionError(NOT_OFFERED)
        return precheck.ask(self._https[workflow.platform, self.host(workflow)], account, workflow)

    def requests(self) -> dict[str, Requests]:
        """Spent so far, by platform."""
        spent: dict[str, Requests] = {}
        for (platform, _), http in sorted(self._https.items()):
            counted, more = spent.get(platform, Requests()), http.spent
            left = [budget for budget in (counted.remaining, more.remaining) if budget is not None]
            spent[platform] = Requests(counted.count + more.count, min(left) if left else None)
        return spent

    def connect(self, workflows: tuple[Workflow, ...]) -> None:
        """Make the connections that these workflows need, so that a wrong address is found before anything is done."""
        for workflow in workflows:
            address = (workflow.platform, self.host(workflow))
            if address not in self._https:
                settings, service = self._settings, platform_named(workflow.platform).service
                self._https[address] = Http(
                    service,
                    address[1],
                    clock=self.clock,
                    redact=self._redact,
                    connections=settings.limits.concurrency,
                    share=settings.selection.shard[1],
                )
