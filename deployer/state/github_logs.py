"""Reading the logs of the state from GitHub Deployments: the log of one environment, and those of all projects of the repository."""

import re

from deployer.github.deployments import StateDeployments
from deployer.state import github_payload, github_snapshot
from deployer.state.github_snapshot import EventLog

PREFIX = "flowship/"
MAX_PAGES_OTHERS = 3  # of 100 deployments, of each environment of all projects
MAX_ENVIRONMENTS = 40  # of all projects
MAX_PROJECT_CHARS = 120  # an environment's name may have 255
_OTHER_CHARS = re.compile(r"[^A-Za-z0-9._-]")


def environment_on_github(project: str, environment: str) -> str:
    """`flowship/apps.billing/production`; `flowship/production` for the project "". Where two projects have one name there, their events still
    say whose they are."""
    words = _OTHER_CHARS.sub("-", project.replace("/", "."))[:MAX_PROJECT_CHARS]
    return PREFIX + "/".join(filter(None, (words, environment)))


class DeploymentLogs:
    """Environments are named as on GitHub."""

    def __init__(self, deployments: StateDeployments) -> None:
        self._deployments = deployments

    def read(self, environment: str, pages: int, since: int | None = None) -> EventLog:
        """Back to the last complete snapshot; or only what was posted after the deployment `since`. Raises PlatformError, UsageError."""
        parts: dict[int, github_payload.PayloadPart | None] = {}
        foreign: set[int] = set()
        spare_page = True  # one more, for the other parts of a torn batch
        for number in range(1, pages + 1):
            page = self._deployments.newest(environment, number)
            parts |= {row.id: github_payload.read_part(row.payload) for row in page.rows if row.ours}
            foreign |= {row.id for row in page.rows if not row.ours}
            log = github_snapshot.assemble(parts, since=since)._replace(foreign=len(foreign))
            if not page.more:
                return log
            if 0 < min(parts, default=0) <= (log.base if since is None else since):
                if not (log.torn and spare_page):
                    return log
                spare_page = False
        return log._replace(truncated=True)

    def read_all(self) -> tuple[dict[str, EventLog], int]:
        """The logs by environment, and how many were left out: one request, and where that does not show all there is, one for each environment.
        A project that has not been deployed for long is found by what later runs announced. Raises as `read` does."""
        page = self._deployments.newest("", 1)
        parts: dict[str, dict[int, github_payload.PayloadPart | None]] = {}
        for row in page.rows:
            if row.ours and row.environment.startswith(PREFIX):
                parts.setdefault(row.environment, {})[row.id] = github_payload.read_part(row.payload)
        logs = {name: github_snapshot.assemble(own) for name, own in sorted(parts.items())}
        if not page.more:
            return logs, 0
        announced = (event["names"] for log in logs.values() for event in log.events if event.get("kind") == "environments")
        names = sorted({*logs, *(name for names in announced for name in names if name.startswith(PREFIX))})
        return {name: self.read(name, MAX_PAGES_OTHERS) for name in names[:MAX_ENVIRONMENTS]}, len(names[MAX_ENVIRONMENTS:])
