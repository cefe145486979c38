"""Running eval suites: several runs at once, polled with back-off, within the rate limit of the platform; then a result for each case."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from deployer.evals.answers import MAX_NAME_CHARS, figure, read_answer
from deployer.evals.assertions import find_misses
from deployer.evals.redaction import OutputRedactor
from deployer.evals.statistics import wilson
from deployer.evals.suite import Case, Suite
from deployer.http.clock import Clock
from deployer.http.executor import BoundedExecutor, Unfinished
from deployer.http.rate_limit import UNLIMITED, RateLimiter
from deployer.model.errors import FlowshipError
from deployer.model.evals import Answer, CaseRun, EvalCase, EvalSuite, Figures, Miss, SubjectName
from deployer.model.text import cut
from deployer.platforms.base import Caller, Run

MIN_POLL_S, MAX_POLL_S = 0.2, 5.0
BACKOFF = 1.6  # growth of the pause between two polls
NOT_SENT = ("TIME_LIMIT", "STOPPED", "RATE_LIMIT_EXCEEDED")  # codes of calls that were not sent for want of time
OUT_OF_TIME = "the time limit was reached, or the run was stopped, before its turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalSubject:
    """A workflow and its suite. `version`: what is under test, "" where the platform does not report it. `share`: how many shards run at once.

    `identity` reads the revision of a definition (where there are no versions): where it differs after the runs, another one may have answered.
    `account`: the account whose rate limit counts its runs. `keeps_outputs`: they are compared or recorded later.
    """

    workflow: str
    platform: str
    suite: Suite
    caller: Caller
    account: str
    version: str = ""
    evaluated: SubjectName = "live"
    blocking: bool = True
    share: int = 1
    identity: Callable[[], str] | None = None
    keeps_outputs: bool = True


class RateLimiters:
    """The rate limiter of each account, for the whole run: the runs of an earlier comparison count too."""

    def __init__(self) -> None:
        self._known: dict[str, RateLimiter] = {}

    def of(self, subjects: Sequence[EvalSubject]) -> list[RateLimiter]:
        """One for each subject; subjects of one account share one, at the lowest rate that any of them asks for."""
        rates: dict[str, int] = {}
        for subject in subjects:
            total = subject.suite.per_minute or subject.caller.per_minute
            rate = max(1, total // subject.share) if total else UNLIMITED
            known = rates.get(subject.account, UNLIMITED)
            rates[subject.account] = min(rate, known) if rate and known else rate or known
        return [self._known.setdefault(subject.account, RateLimiter(rates[subject.account])) for subject in subjects]


class SuiteResult(NamedTuple):
    """A suite that ran, and the raw outputs of its runs by case, where they are kept: for comparing, never for showing."""

    suite: EvalSuite
    outputs: dict[str, tuple[object, ...]]


class _Task(NamedTuple):
    subject: int
    case: int


class RunResult(NamedTuple):
    """One run of a case; `run` is None where it was not run, and `why` is the reason."""

    run: CaseRun | None
    output: object = None
    why: str = ""


class ReservedClock(Clock):
    """A clock that ends some time before another: the rest is for rolling back."""

    def __init__(self, clock: Clock, reserve: float) -> None:
        super().__init__(max(0.0, clock.remaining - reserve))
        self._outer = clock

    @property
    def stopped(self) -> bool:
        return self._outer.stopped

    def stop(self) -> None:
        self._outer.stop()

    def wait(self, seconds: float) -> bool:
        return seconds <= self.remaining and self._outer.wait(seconds)


def run(
    subjects: Sequence[EvalSubject],
    clock: Clock,
    *,
    concurrency: int,
    redactor: OutputRedactor,
    rate_limiters: RateLimiters,
    advance: Callable[[str], None] = lambda _: None,
) -> tuple[SuiteResult, ...]:
    """All cases of all subjects, `concurrency` runs at once. `advance` is called with a line for each run that ended."""
    runner = _Runner(subjects, clock, redactor, rate_limiters)
    tasks = list(runner.tasks())
    results: list[RunResult] = [RunResult(None, why=OUT_OF_TIME)] * len(tasks)
    identities = [_identity(subject) for subject in subjects]
    for index, result in BoundedExecutor(runner.work, clock, concurrency).run(tasks):
        if not isinstance(result, Unfinished):
            results[index] = result
            advance(runner.line(tasks[index], result))
    by_case: dict[_Task, list[RunResult]] = {}
    for task, result in zip(tasks, results):
        by_case.setdefault(task, []).append(result)
    return tuple(runner.suite_result(index, identities[index], by_case) for index in range(len(subjects)))


class _Runner:
    def __init__(self, subjects: Sequence[EvalSubject], clock: Clock, redactor: OutputRedactor, rate_limiters: RateLimiters) -> None:
        self._subjects = subjects
        self._clock = clock
        self._redactor = redactor
        self._rate_limiters = rate_limiters.of(subjects)
        self._durations: list[list[float]] = [[] for _ in subjects]
        self._started = time.monotonic()

    def tasks(self) -> Iterator[_Task]:
        for index, subject in enumerate(self._subjects):
            for number, case in enumerate(subject.suite.cases):
                yield from [_Task(index, number)] * (0 if case.skip else case.repeat)

    def work(self, task: _Task) -> RunResult:
        subject = self._subjects[task.subject]
        case = subject.suite.cases[task.case]
        try:
            with self._rate_limiters[task.subject].slot(self._clock) as free:
                if not free:
                    return RunResult(None, why=OUT_OF_TIME)
                started = time.monotonic()
                first = subject.caller.start(case.input)
            answer = self._answer(subject, first, started, self._durations[task.subject])
            if answer is None:
                return RunResult(None, why=OUT_OF_TIME)
            return RunResult(self._case_run(subject, case, answer), answer.output if subject.keeps_outputs else None)
        except FlowshipError as error:
            if error.code in NOT_SENT:
                return RunResult(None, why=error.message)
            return RunResult(self._case_run(subject, case, Answer(problem=f"{error.code}: {error.message}" if error.code else error.message)))
        except Exception as error:  # noqa: BLE001 - a bug in here must not leave a bad release live
            return RunResult(CaseRun((Miss("verdict", "a verdict", f"a bug in Flowship, {type(error).__name__}: please report it"),)))

    def _answer(self, subject: EvalSubject, run: Run, started: float, durations: list[float]) -> Answer | None:
        """The answer of a run, polled first when the shortest of the last runs would be over. None when the clock ends. Raises FlowshipError."""
        pause = min([*durations[-20:], MAX_POLL_S]) * 0.9 if durations else MIN_POLL_S
        running_s = 0.0  # it is known to have taken that long
        while not run.finished:
            elapsed = time.monotonic() - started
            if elapsed >= subject.suite.timeout:
                id_, status = cut(run.id, MAX_NAME_CHARS), cut(run.status, MAX_NAME_CHARS)
                return Answer(problem=f"no result after {elapsed:.0f} s: the run {id_} is {status or 'silent'}", run=id_)
            if pause and not self._clock.wait(pause):
                return None
            polled = time.monotonic() - started
            run = subject.caller.result(run)
            running_s = running_s if run.finished else polled
            pause = min(MAX_POLL_S, max(MIN_POLL_S, pause) * BACKOFF)
        took = time.monotonic() - started
        answer = read_answer(run, took)
        if answer.seconds is None:
            return answer
        durations.append(answer.seconds if figure(run.seconds) is not None else running_s)
        if min(took, answer.seconds) > subject.suite.timeout:  # a call that returns when the run is over cannot be given up earlier
            late = f"the answer took {min(took, answer.seconds):.3g} s, and a run is given up after {subject.suite.timeout:g}"
            return Answer(problem=late, run=answer.run)
        return answer

    def _case_run(self, subject: EvalSubject, case: Case, answer: Answer) -> CaseRun:
        misses = find_misses(case, answer, self._clock.remaining)
        if subject.version and answer.version and answer.version != subject.version:
            misses = (Miss("version", f"an answer of version {subject.version}", f"version {answer.version} answered"), *misses)
        redactor = self._redactor.beside(case.input, answer.output)
        misses = tuple(Miss(miss.matcher, redactor.text(miss.expected), redactor.text(miss.actual)) for miss in misses)
        output = "" if answer.problem else redactor.value(answer.output)
        return CaseRun(misses, answer.status, output, answer.version, answer.seconds, answer.tokens, answer.cost, answer.run)

    def line(self, task: _Task, result: RunResult) -> str:
        subject = self._subjects[task.subject]
        status = "not run" if result.run is None else "passed" if result.run.passed else f"failed: {result.run.misses[0].matcher}"
        return f"{subject.workflow}, {subject.suite.cases[task.case].name}: {status}"

    def suite_result(self, index: int, identity: str, by_case: dict[_Task, list[RunResult]]) -> SuiteResult:
        subject = self._subjects[index]
        changed = _changed(subject, identity)
        cases: list[EvalCase] = []
        outputs: dict[str, tuple[object, ...]] = {}
        for number, case in enumerate(subject.suite.cases):
            results = by_case.get(_Task(index, number), [])
            runs = [result.run if not changed else result.run._replace(misses=(changed, *result.run.misses)) for result in results if result.run]
            why = next((result.why for result in results if result.run is None), "")
            cases.append(self._case(case, runs, why))
            outputs[case.name] = tuple(result.output for result in results if result.run)
        suite = EvalSuite(
            subject.workflow, subject.platform, subject.suite.path, subject.evaluated, subject.version,
            passed=all(case.status in ("passed", "skipped") for case in cases),
            cases=tuple(cases), fail_on=subject.suite.fail_on, blocking=subject.blocking, seconds=round(time.monotonic() - self._started, 3),
            figures=figures(cases), notes=tuple(_notes(subject, cases)),
        )  # fmt: skip
        return SuiteResult(suite, outputs)

    def _case(self, case: Case, runs: Sequence[CaseRun], why: str) -> EvalCase:
        input_ = self._redactor.value(case.input)
        if case.skip:
            return EvalCase(case.name, case.line, "skipped", (), case.pass_rate, self._redactor.text(case.skip), input_)
        result = EvalCase(case.name, case.line, "not_run", tuple(runs), case.pass_rate, self._redactor.text(why), input_)
        if len(runs) > 1:
            low, high = wilson(result.passes, len(runs))
            result = result._replace(low=round(low, 4), high=round(high, 4))
        if len(runs) < case.repeat:
            return result
        return result._replace(status="passed" if result.rate >= case.pass_rate - 1e-9 else "failed")


def figures(cases: Sequence[EvalCase]) -> Figures:
    from statistics import median  # here: it imports fractions and decimal, which most deploys do not need

    runs = [run for case in cases for run in case.runs]
    seconds = [run.seconds for run in runs if run.seconds is not None]
    tokens = [run.tokens for run in runs if run.tokens is not None]
    costs = [run.cost for run in runs if run.cost is not None]
    return Figures(
        len(runs), sum(run.passed for run in runs), round(median(seconds), 3) if seconds else None,
        sum(tokens) if tokens else None, round(sum(costs), 6) if costs else None,
    )  # fmt: skip


def _identity(subject: EvalSubject) -> str:
    """The revision of the definition; "" where it cannot be read."""
    try:
        return subject.identity() if subject.identity else ""
    except FlowshipError:
        return ""


def _changed(subject: EvalSubject, before: str) -> Miss | None:
    after = _identity(subject)
    return (
        Miss("version", f"answers of the definition of {before}", f"it was changed meanwhile ({after})")
        if before and after and before != after
        else None
    )


def _notes(subject: EvalSubject, cases: Sequence[EvalCase]) -> Iterator[str]:
    if subject.version and any(run.status and not run.version for case in cases for run in case.runs):
        yield "The platform did not report which version answered."
