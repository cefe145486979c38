"""The state in GitHub Deployments of an environment `flowship/<environment>`: docs/state.md, "What is in it".

A Deployment cannot be changed, so facts are posted in parcels, and readers merge them: an *intent* before the first write, *records* at
every 100 outcomes, every 60 seconds and at the end. Now and then a run adds a snapshot of all that was there when it began. Readers go
back no further than that, so that reading takes one request or two, whatever has piled up before.

What is trusted: parcels made by this token's own login or by a job's default token. Every job of this repository that has
`deployments: write` can therefore say what it likes here; nobody without that permission can.

A missing permission or an outage never fails a run: the platforms are believed alone, and a notice says so.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from deployer.model.errors import FlowshipError, PlatformError
from deployer.model.text import count
from deployer.state import concurrency, events, github_payload, github_snapshot
from deployer.state.base import ConcurrentRuns, DeployRecord, EnvironmentState, EvalRecord, Intent
from deployer.state.github_snapshot import EventLog

PREFIX = "flowship/"
PAGES = 10  # of 100: no more is read, whatever is there
PAGES_SINCE = 2  # to look at what was said since the last read
OUTCOMES, SECONDS = 100, 60.0  # records wait no longer than this
SNAPSHOT_AFTER = 50  # deployments since the last one
RELEASES, DEPTH = 3000, 10  # that a snapshot carries on: over all workflows, and of one
REFUSED = (401, 403, 404)
KEPT_ALONE = "The platforms alone are believed."


class PostedDeployment(Protocol):
    """A row of the list: see `deployer.github.deployments.Deployment`."""

    @property
    def id(self) -> int: ...

    @property
    def ours(self) -> bool: ...

    @property
    def payload(self) -> Any: ...


class DeploymentRows(Protocol):
    """See `deployer.github.deployments.DeploymentPage`."""

    @property
    def rows(self) -> Sequence[PostedDeployment]: ...

    @property
    def more(self) -> bool: ...


class DeploymentLog(Protocol):
    """What this state needs of GitHub: see `deployer.github.deployments.StateDeployments`."""

    def newest(self, environment: str, page: int, /) -> DeploymentRows: ...

    def post(self, environment: str, ref: str, payload: Mapping[str, Any], description: str, /) -> None: ...


class PendingPost(NamedTuple):
    """A payload that waits to be posted. `about`: the workflows that it tells of."""

    environment: str
    payload: Mapping[str, Any]
    description: str
    about: tuple[str, ...]


class GithubStateStore:
    """See `deployer.state.base.State`. `commit`: what deployments are attached to. `reached` tells whether a branch or tag reaches a
    commit, `in_time` whether there is time for what could as well be done by the next run, `is_over` whether another run has ended."""

    def __init__(
        self,
        deployments: DeploymentLog,
        commit: str,
        *,
        reached: Callable[[str], bool | None] = lambda _: None,
        in_time: Callable[[], bool] = lambda: True,
        is_over: Callable[[str], bool | None] = lambda _: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deployments = deployments
        self._commit = commit
        self._reached = reached
        self._in_time = in_time
        self._is_over = is_over
        self._now = now
        self._since = now()
        self._facts: list[events.Event] = []
        self._facts_lock = threading.Lock()
        self._outbox: list[PendingPost] = []
        self._posting = threading.Lock()  # whoever holds it may change the outbox
        self._why = ""  # the last letter was not posted
        self._off = False  # GitHub refuses: nothing is tried again in this run
        self._told = False  # and people know
        self._wrote = False
        self._known: dict[str, tuple[EventLog, EnvironmentState]] = {}
        self._marks: dict[str, tuple[int, EnvironmentState]] = {}  # the newest deployment, and what was known, when this run first read
        self._open: set[tuple[str, str]] = set()  # what this run said it would do and has not ended

    @property
    def is_durable(self) -> bool:
        return not self._off

    def read(self, environment: str) -> EnvironmentState:
        """Raises UsageError for a parcel of a newer format: then nothing may be written."""
        try:
            read = self._read(environment, PAGES)
        except PlatformError as error:
            self._off = self._told = error.status in REFUSED
            return EnvironmentState(notices=(f"The state on GitHub cannot be read: {_why(error)} {KEPT_ALONE}",))
        state, ignored = github_snapshot.without_unreachable_commits(read, environment, self._reached)
        self._known[environment] = read, state
        if not self._open:
            self._marks[environment] = (read.upto, state)
        return replace(state, notices=(*_oddities(read, environment), *ignored))

    def intend(self, environment: str, run: str, commit: str, plan_hash: str, intended: Mapping[str, Intent], until: int = 0) -> None:
        self._commit = commit or self._commit
        self._marks.setdefault(environment, (0, EnvironmentState()))
        self._open |= {(environment, name) for name in intended}
        fact = events.intent_event(environment, run, commit, plan_hash, intended, until)
        with self._posting:
            self._write(environment, [fact], f"{count(len(intended), 'workflow')} to write, run {run}", tuple(intended))
            self._post()
        self._since = self._now()

    def record(self, environment: str, run: str, workflow: str, *, draft: DeployRecord | None = None, live: DeployRecord | None = None) -> None:
        self._say(events.recorded_event(environment, run, workflow, draft, live))

    def remove(self, environment: str, run: str, workflow: str) -> None:
        self._say(events.removed_event(environment, run, workflow))

    def finish(self, environment: str, run: str, workflow: str, outcome: str) -> None:
        self._open.discard((environment, workflow))
        self._say(events.finished_event(environment, run, workflow, outcome))

    def record_evals(self, environment: str, run: str, workflow: str, checked: EvalRecord) -> None:
        self._say(events.evals_event(environment, run, workflow, checked))

    def concurrent_runs(self, environment: str, run: str, workflows: Collection[str]) -> ConcurrentRuns:
        """One request, as a rule, and one more for each run that may still write. There are no others when GitHub cannot be asked."""
        self._flush_when_due()
        if self._off:
            return ConcurrentRuns()
        upto, before = self._marks.get(environment, (0, EnvironmentState()))
        try:
            said = self._read(environment, PAGES_SINCE, since=upto)
        except FlowshipError:
            return ConcurrentRuns()
        seen = concurrency.concurrent_runs(before, said.facts, environment, run, workflows, time.time_ns() // 1_000_000)
        return concurrency.without(seen, (), lambda other: self._is_over(other) is True)

    def flush(self) -> tuple[str, ...]:
        """Post what waits; once more than needed does nothing."""
        with self._posting:
            self._wrap()
            self._post()
            left = sorted({name for letter in self._outbox for name in letter.about})
            self._outbox.clear()
            if not left:
                self._add_snapshots()
        if not left or self._told:
            return ()
        self._told = self._off
        names = ", ".join(left[:5]) + (f" and {count(len(left) - 5, 'more workflow')}" if len(left) > 5 else "")
        return (f"What became of {names} could not be recorded on GitHub: {self._why} The next run believes the platforms alone.",)

    def _say(self, fact: events.Event) -> None:
        with self._facts_lock:
            self._facts.append(fact)
        self._flush_when_due()

    def _flush_when_due(self) -> None:
        """A thread that finds another one posting goes on with its work."""
        with self._facts_lock:
            outcomes = sum(fact["kind"] == "outcome" for fact in self._facts)
            due = bool(self._facts) and (outcomes >= OUTCOMES or self._now() - self._since >= SECONDS)
        if due and self._posting.acquire(blocking=False):
            try:
                self._wrap()
                self._post()
            finally:
                self._posting.release()

    def _wrap(self) -> None:
        """Turn the facts that wait into letters."""
        with self._facts_lock:
            facts, self._facts = self._facts, []
            self._since = self._now()
        for environment in dict.fromkeys(str(fact["environment"]) for fact in facts):
            own = [fact for fact in facts if fact["environment"] == environment]
            names = tuple(dict.fromkeys(str(fact["workflow"]) for fact in own))
            self._write(environment, own, f"what became of {count(len(names), 'workflow')}, run {own[0]['run']}", names)

    def _write(self, environment: str, facts: Sequence[events.Event], what: str, about: tuple[str, ...]) -> None:
        for payload in github_payload.pack(facts):
            number = f" ({payload['part']}/{payload['of']})" if payload["of"] > 1 else ""
            self._outbox.append(PendingPost(environment, payload, f"Flowship: {what}{number}", about))

    def _post(self) -> None:
        """Post the letters in order, as far as that goes; what is left waits for the next time."""
        while self._outbox and not self._off:
            letter = self._outbox[0]
            try:
                self._deployments.post(PREFIX + letter.environment, self._commit, letter.payload, letter.description)
            except PlatformError as error:
                self._why, self._off = _why(error), error.status in REFUSED
                return
            self._wrote = True
            self._outbox.pop(0)

    def _add_snapshots(self) -> None:
        """Where much has piled up since the last one, and nobody else has just added one."""
        for environment, (read, state) in self._known.items():
            if not self._wrote or read.later < SNAPSHOT_AFTER or read.cut or not self._in_time():
                continue
            try:
                if self._read(environment, 1).base > read.base:
                    continue
            except FlowshipError:
                return
            depth = max(1, min(DEPTH, RELEASES // max(1, len(state.workflows))))
            self._write(environment, github_snapshot.snapshot(read, state, environment, depth), f"all that is known of {environment}", ())
            self._post()
            self._outbox.clear()  # one that is cut off counts for nothing

    def _read(self, environment: str, pages: int, since: int | None = None) -> EventLog:
        """Back to the last whole snapshot; or only what was said after the deployment `since`. Raises PlatformError, UsageError."""
        seen: dict[int, github_payload.PayloadPart | None] = {}
        foreign: set[int] = set()
        spare = True  # a page more, for the other parts of what is torn
        for number in range(1, pages + 1):
            page = self._deployments.newest(PREFIX + environment, number)
            seen |= {row.id: github_payload.part(row.payload) for row in page.rows if row.ours}
            foreign |= {row.id for row in page.rows if not row.ours}
            read = github_snapshot.assemble(seen, since=since)._replace(foreign=len(foreign))
            if not page.more:
                return read
            if 0 < min(seen, default=0) <= (read.base if since is None else since):
                if not (read.torn and spare):
                    return read
                spare = False
        return read._replace(cut=True)


def _why(error: PlatformError) -> str:
    match error.status:
        case 401:
            return "GitHub does not accept the token."
        case 403 | 404:
            return f"the job's token may not; it takes `permissions: deployments: write` ({error.message})."
        case _:
            return f"{error.message}."


def _oddities(read: EventLog, environment: str) -> Iterator[str]:
    where = f"among the deployments of `{PREFIX}{environment}`"
    if read.cut:
        yield f"Only the newest {PAGES * 100} {where} were read: what was recorded before is not known."
    if read.foreign:
        yield f"{count(read.foreign, 'record')} {where} did not count: neither this token nor a job's default token made them."
    if read.torn:
        yield f"{count(read.torn, 'record')} {where} did not count: cut off, or not readable."
