"""The state in GitHub Deployments of an environment `flowship/<project>/<environment>`: docs/state.md, "On GitHub".

A Deployment cannot be changed, so events are posted in batches and readers replay them: an *intent* before the first write, *records* at
every 100 outcomes, every 60 seconds and at the end. Now and then a run adds a snapshot of the state at its start. Readers go
back no further than that, so that reading takes one request or two, however old the log is.

What is trusted: batches made by this token's own login or by a job's default token. Every job of this repository that has
`deployments: write` can therefore write anything into the state; without that permission, nothing.

A missing permission or an outage never fails a run: it relies on the platforms alone, with a notice.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from deployer.github.deployments import StateDeployments
from deployer.model.errors import FlowshipError, PlatformError
from deployer.model.text import count
from deployer.state import events, github_payload, github_snapshot, run_names
from deployer.state.base import (
    ConcurrentRuns,
    DeployRecord,
    EnvironmentState,
    EvalRecord,
    Intent,
    ProjectState,
    RepositoryState,
    StateOwner,
    WorkflowRecord,
)
from deployer.state.concurrency import find_concurrent_runs, unfinished_runs, without_ended_runs
from deployer.state.github_log import EventLog, log_notices
from deployer.state.github_logs import DeploymentLogs, environment_on_github
from deployer.state.replay import replay_all

MAX_PAGES = 200  # of 100 deployments: as many as somebody may put on top of the state
MAX_PAGES_SINCE = 2  # to read what was posted since the last read
MAX_OUTCOMES, MAX_DELAY_S = 100, 60.0  # records are posted after so many, or so long
SNAPSHOT_AFTER = 50  # deployments since the last one
MAX_RELEASES, MAX_DEPTH = 3000, 10  # that a snapshot keeps: of all workflows, and of one
MAX_ASKED = 20  # unfinished runs of which GitHub is asked whether they have ended
_NOT_COMPARED = "The states of {} of this repository were not read{}: their targets are not compared."
REFUSED = (401, 403, 404)


class PendingPost(NamedTuple):
    """A payload to be posted. `environment`: its name on GitHub; `workflows`: those that it is about."""

    environment: str
    payload: Mapping[str, Any]
    description: str
    workflows: tuple[str, ...]


class FirstRead(NamedTuple):
    """When this run first read: the newest deployment, the state, and which unfinished runs had ended."""

    newest: int = 0
    state: EnvironmentState = EnvironmentState()
    ended_runs: frozenset[str] = frozenset()


class GithubStateStore:
    """See `deployer.state.base.StateStore`. `commit`: what deployments are attached to. `reached(commit)`: a branch or tag reaches it, None
    when unknown; `in_time()`: there is time for a snapshot; `is_over(run)`: that run has ended, None when unknown; `redact` takes keys out of
    what is written."""

    def __init__(
        self,
        deployments: StateDeployments,
        commit: str,
        owner: StateOwner = StateOwner(),  # noqa: B008 - it is frozen
        *,
        reached: Callable[[str], bool | None] = lambda _: None,
        in_time: Callable[[], bool] = lambda: True,
        is_over: Callable[[str], bool | None] = lambda _: None,
        redact: events.Redact = str,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deployments = deployments
        self._logs = DeploymentLogs(deployments, in_time, now)
        self._commit = commit
        self._owner = owner
        self._reached = reached
        self._in_time = in_time
        self._is_over = is_over
        self._redact = redact
        self._now = now
        self._last_post = now()
        self._events: list[events.Event] = []
        self._events_lock = threading.Lock()
        self._outbox: list[PendingPost] = []
        self._posting = threading.Lock()  # its holder may change the outbox
        self._post_error = ""  # why the last post failed
        self._disabled = False  # GitHub refuses: nothing is tried any more in this run
        self._reported = False  # a notice has said so
        self._posted = False
        self._reads: dict[str, tuple[EventLog, EnvironmentState]] = {}
        self._environments: set[str] = set()  # on GitHub, that hold states, as far as they were read
        self._first_reads: dict[str, FirstRead] = {}
        self._asked: set[str] = set()  # runs of which GitHub is asked whether they have ended
        self._unfinished: set[tuple[str, str]] = set()  # environment and workflow of this run's intents

    @property
    def is_durable(self) -> bool:
        return not self._disabled

    def read(self, environment: str) -> EnvironmentState:
        """Raises UsageError for a batch of a newer format: then nothing may be written."""
        try:
            log = self._logs.read(self._name(environment), MAX_PAGES)
        except PlatformError as error:
            self._disabled = self._reported = error.status in REFUSED
            notice = f"The state on GitHub cannot be read: {_reason(error)} This run relies on the platforms alone."
            return EnvironmentState(notices=(notice,))
        state, unreachable = github_snapshot.without_unreachable_commits(self._own(log), environment, self._reached)
        self._reads[environment] = log, state
        if not self._unfinished:
            unfinished = sorted(unfinished_runs(state, _now()))[:MAX_ASKED]
            ended = frozenset(run for run in unfinished if self._has_ended(run))
            self._first_reads[environment] = FirstRead(log.newest, state, ended)
        return replace(state, notices=(*log_notices(log, self._name(environment)), *unreachable))

    def read_all(self) -> RepositoryState:
        """Takes one request; where that does not show all there is, one more for each environment that holds a state. Raises as `read` does."""
        if self._disabled:
            return RepositoryState()
        try:
            logs, left_out, incomplete = self._logs.read_all({self._name(name): log for name, (log, _) in self._reads.items()})
        except PlatformError as error:
            notice = f"Which targets this repository's other projects have cannot be read: {_reason(error)} They are not compared."
            return RepositoryState(notices=(notice,))
        self._environments = {name for name, log in logs.items() if log.newest}
        notices = [_NOT_COMPARED.format(count(left_out, "environment"), "")] if left_out else []
        if incomplete:
            notices.append(_NOT_COMPARED.format(count(len(incomplete), "environment"), f" as far as they go back ({', '.join(incomplete[:5])})"))
        return RepositoryState(tuple(state for log in logs.values() for state in replay_all(log.events)), tuple(notices))

    def intend(self, environment: str, run: str, commit: str, plan_hash: str, intents: Mapping[str, Intent], gives_up_at: int = 0) -> None:
        self._commit = commit or self._commit
        self._first_reads.setdefault(environment, FirstRead())
        self._unfinished |= {(environment, name) for name in intents}
        batch = [events.intent_event(environment, run, commit, plan_hash, intents, gives_up_at)]
        if self._environments - {self._name(environment)}:
            batch.append(events.environments_event(environment, run, {*self._environments, self._name(environment)}))
        with self._posting:
            self._enqueue(
                self._name(environment),
                [events.owned(event, self._owner) for event in batch],
                f"{count(len(intents), 'workflow')} to write, {run_names.shown(run)}",
                tuple(intents),
            )
            self._post_outbox()
        self._last_post = self._now()

    def record(self, environment: str, run: str, workflow: str, *, draft: DeployRecord | None = None, live: DeployRecord | None = None) -> None:
        self._append(events.record_event(environment, run, workflow, draft, live))

    def put(self, environment: str, run: str, workflow: str, record: WorkflowRecord) -> None:
        self._append(events.put_event(environment, run, workflow, record))

    def remove(self, environment: str, run: str, workflow: str, *, owner: StateOwner | None = None) -> None:
        self._append(events.removed_event(environment, run, workflow), owner)

    def finish(self, environment: str, run: str, workflow: str, outcome: str) -> None:
        self._unfinished.discard((environment, workflow))
        self._append(events.outcome_event(environment, run, workflow, outcome))

    def record_evals(self, environment: str, run: str, workflow: str, evals: EvalRecord) -> None:
        self._append(events.evals_event(environment, run, workflow, evals))

    def concurrent_runs(self, environment: str, run: str, workflows: Collection[str]) -> ConcurrentRuns:
        """Takes one request as a rule, and one more for each run that may still write. Empty when GitHub cannot be asked."""
        self._post_if_needed()
        if self._disabled:
            return ConcurrentRuns()
        first = self._first_reads.get(environment, FirstRead())
        try:
            log = self._own(self._logs.read(self._name(environment), MAX_PAGES_SINCE, since=first.newest))
        except FlowshipError:
            return ConcurrentRuns()
        concurrent = find_concurrent_runs(first.state, log.events, environment, run, workflows, _now())
        return without_ended_runs(concurrent, first.ended_runs, self._has_ended)

    def flush(self) -> tuple[str, ...]:
        """Post what is pending. Calling it again does nothing."""
        with self._posting:
            self._enqueue_events()
            self._post_outbox()
            lost = sorted({name for post in self._outbox for name in post.workflows})
            self._outbox.clear()
            if not lost:
                self._add_snapshots()
        if not lost or self._reported:
            return ()
        self._reported = self._disabled
        names = ", ".join(lost[:5]) + (f" and {count(len(lost) - 5, 'more workflow')}" if len(lost) > 5 else "")
        return (f"The outcome of {names} could not be recorded on GitHub: {self._post_error} The next run relies on the platforms alone.",)

    def _name(self, environment: str) -> str:
        return environment_on_github(self._owner.project, environment)

    def _has_ended(self, run: str) -> bool:
        """Of so many runs GitHub is asked, whatever the state names; of those, as often as it takes."""
        if len(self._asked) < MAX_ASKED:
            self._asked.add(run)
        return run in self._asked and self._is_over(run) is True

    def _own(self, log: EventLog) -> EventLog:
        return log._replace(events=tuple(events.of_project(log.events, self._owner.project)))

    def _append(self, event: events.Event, owner: StateOwner | None = None) -> None:
        with self._events_lock:
            self._events.append(events.owned(event, owner or self._owner))
        self._post_if_needed()

    def _post_if_needed(self) -> None:
        """Post pending events after `MAX_OUTCOMES` or `MAX_DELAY_S`. A thread that finds another one posting continues its work."""
        with self._events_lock:
            outcomes = sum(event["kind"] == "outcome" for event in self._events)
            needed = bool(self._events) and (outcomes >= MAX_OUTCOMES or self._now() - self._last_post >= MAX_DELAY_S)
        if needed and self._posting.acquire(blocking=False):
            try:
                self._enqueue_events()
                self._post_outbox()
            finally:
                self._posting.release()

    def _enqueue_events(self) -> None:
        with self._events_lock:
            pending, self._events = self._events, []
            self._last_post = self._now()
        batches: dict[str, list[events.Event]] = {}
        for event in pending:
            batches.setdefault(environment_on_github(events.project_of(event), event["environment"]), []).append(event)
        for environment, batch in batches.items():
            names = tuple(dict.fromkeys(str(event["workflow"]) for event in batch))
            self._enqueue(environment, batch, f"outcome of {count(len(names), 'workflow')}, {run_names.shown(batch[0]['run'])}", names)

    def _enqueue(self, environment: str, batch: Sequence[events.Event], what: str, workflows: tuple[str, ...]) -> None:
        for payload in github_payload.pack([events.redacted(event, self._redact) for event in batch]):
            number = f" ({payload['part']}/{payload['of']})" if payload["of"] > 1 else ""
            self._outbox.append(PendingPost(environment, payload, f"Flowship: {what}{number}", workflows))

    def _post_outbox(self) -> None:
        """Post in order until one fails; the rest waits for the next time."""
        while self._outbox and not self._disabled:
            post = self._outbox[0]
            try:
                self._deployments.post(post.environment, self._commit, post.payload, post.description)
            except PlatformError as error:
                self._post_error, self._disabled = _reason(error), error.status in REFUSED
                return
            self._posted = True
            self._outbox.pop(0)

    def _add_snapshots(self) -> None:
        """Add one where the log has grown long, or holds what does not count, unless another run has just added one. From then on that is not
        read any more."""
        for environment, (log, state) in self._reads.items():
            is_needed = log.later >= SNAPSHOT_AFTER or log.ignored or log.truncated
            if not self._posted or not is_needed or not self._in_time():
                continue
            try:
                if self._logs.read(self._name(environment), 1).base > log.base:
                    continue
            except FlowshipError:
                return
            depth = max(1, min(MAX_DEPTH, MAX_RELEASES // max(1, len(state.workflows))))
            others = (other for other in replay_all(log.events) if other.project != self._owner.project)
            others = (other for other in others if other.environment == environment)
            states = [ProjectState(self._owner.project, environment, state), *others]
            batch = github_snapshot.snapshot_events(log, states, environment, depth)
            if not github_payload.fits(batch):
                continue
            self._enqueue(self._name(environment), batch, f"snapshot of {environment}", ())
            if len(self._outbox) <= github_payload.MAX_PARTS:
                self._post_outbox()
            self._outbox.clear()  # an incomplete snapshot does not count


def _now() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


def _reason(error: PlatformError) -> str:
    match error.status:
        case 401:
            return "GitHub does not accept the token."
        case 403 | 404:
            return f"the job's token lacks `permissions: deployments: write` ({error.message})."
        case _:
            return f"{error.message}. {error.fix}".rstrip()
