"""Reading the logs of the state from GitHub Deployments: the log of one environment, and those of all projects of the repository."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from deployer.github.deployments import PAGE_SIZE, UNREADABLE_PAGE, Deployment, StateDeployments
from deployer.model.errors import PlatformError
from deployer.state.github_log import EventLog, LogBuilder

PREFIX = "flowship/"
MAX_SURE_PAGES = 10  # of 100 deployments: after those, reading goes on only while there is time
MAX_READ_SECONDS = 60.0
MAX_PAGES_OTHERS = 3  # of 100 deployments, of each environment of all projects
MAX_SMALL_PAGES = 10  # of all environments, where none of 100 can be read
MAX_ENVIRONMENTS = 40  # of all projects
MAX_PROJECT_CHARS = 120  # an environment's name may have 255
MAX_UNREADABLE = 30  # deployments, of one log
_PAGE_SIZES = (PAGE_SIZE, 10, 1)
_OTHER_CHARS = re.compile(r"[^A-Za-z0-9._-]")


def environment_on_github(project: str, environment: str) -> str:
    """`flowship/apps.billing/production`; `flowship/production` for the project "". Where two projects have one name there, their events still
    say whose they are."""
    words = _OTHER_CHARS.sub("-", project.replace("/", "."))[:MAX_PROJECT_CHARS]
    return PREFIX + "/".join(filter(None, (words, environment)))


class AllLogs(NamedTuple):
    """The logs by environment. `left_out`: how many environments were not read; `incomplete`: those whose older records were not."""

    logs: Mapping[str, EventLog]
    left_out: int = 0
    incomplete: tuple[str, ...] = ()


class DeploymentLogs:
    """Environments are named as on GitHub. `in_time()`: there is time for more than a few pages; `now`: monotonic seconds."""

    def __init__(self, deployments: StateDeployments, in_time: Callable[[], bool], now: Callable[[], float]) -> None:
        self._deployments = deployments
        self._in_time = in_time
        self._now = now

    def read(self, environment: str, pages: int, since: int | None = None) -> EventLog:
        """Back to the last complete snapshot; or only what was posted after the deployment `since`. Raises PlatformError, UsageError."""
        log = LogBuilder(_epoch_ms(), since)
        until = self._now() + MAX_READ_SECONDS
        spare_page = True  # one more, for the other parts of a torn batch
        for more in self._pages(environment, log.add, log.add_unreadable):
            if not more:
                return log.log()
            if log.is_complete:
                if not (log.is_torn and spare_page):
                    return log.log()
                spare_page = False
            is_late = log.rows >= MAX_SURE_PAGES * PAGE_SIZE and not (self._in_time() and self._now() < until)
            if is_late or log.rows >= pages * PAGE_SIZE:
                break
        return log.log(truncated=True)

    def read_all(self, known: Mapping[str, EventLog]) -> AllLogs:
        """One request, and where that does not show all there is, one for each environment that is not `known`. A project that has not been
        deployed for long is found by what later runs announced. Raises as `read` does."""
        logs: dict[str, LogBuilder] = {}
        ids: set[int] = set()

        def add(row: Deployment) -> None:
            ids.add(row.id)
            if row.ours and row.environment.startswith(PREFIX):
                logs.setdefault(row.environment, LogBuilder(_epoch_ms())).add(row)

        for number, more in enumerate(self._pages("", add, lambda: None), 1):
            if not more:
                return AllLogs({name: log.log() for name, log in sorted(logs.items())})
            if len(ids) >= PAGE_SIZE or number == MAX_SMALL_PAGES:
                break
        names = _environments([*known.values(), *(log.log() for log in logs.values())], [*known, *sorted(logs)])
        read = {name: known[name] if name in known else self.read(name, MAX_PAGES_OTHERS) for name in names[:MAX_ENVIRONMENTS]}
        incomplete = tuple(name for name, log in read.items() if log.truncated and name not in known)
        return AllLogs(dict(sorted(read.items())), len(names[MAX_ENVIRONMENTS:]), incomplete)

    def _pages(self, environment: str, add: Callable[[Deployment], None], add_unreadable: Callable[[], None]) -> Iterator[bool]:
        """Adds the deployments, newest first, and yields after each page whether there are more. A page that cannot be read, because of something
        that one deployment holds, is read in smaller ones, down to that one. Ends early where too many cannot be read. Raises PlatformError."""
        start, size, unreadable, is_empty = 0, PAGE_SIZE, 0, True
        while unreadable <= MAX_UNREADABLE:
            try:
                yield self._add_page(environment, start // size + 1, size, add)
                is_empty = False
            except PlatformError as error:
                if error.code not in UNREADABLE_PAGE or (is_empty and unreadable == MAX_UNREADABLE):
                    raise
                if size > 1:
                    size = _PAGE_SIZES[_PAGE_SIZES.index(size) + 1]
                    continue
                unreadable += 1
                add_unreadable()
                yield True
            start += size
            size = next(larger for larger in _PAGE_SIZES if start % larger == 0)

    def _add_page(self, environment: str, number: int, size: int, add: Callable[[Deployment], None]) -> bool:
        """No more than one page is in memory: it may be a large one."""
        page = self._deployments.newest(environment, number, size)
        for row in page.rows:
            add(row)
        return page.more


def _environments(logs: list[EventLog], first: list[str]) -> list[str]:
    """Environments that hold states: `first`, and then those that were announced, the newest announcement first."""
    announced = [event["names"] for log in logs for event in reversed(log.events) if event.get("kind") == "environments"]
    return list(dict.fromkeys([*first, *(name for names in announced for name in names if name.startswith(PREFIX))]))


def _epoch_ms() -> int:
    return time.time_ns() // 1_000_000
