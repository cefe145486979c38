"""Running suites: so many runs at once, each polled with back-off, at the pace that a platform allows; then judged, case by case."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from deployer.evals.assertions import verdict
from deployer.evals.redaction import OutputRedactor
from deployer.evals.statistics import wilson
from deployer.evals.suite import Case, Suite
from deployer.http.clock import Clock
from deployer.http.executor import BoundedExecutor, Unfinished
from deployer.http.rate_limit import UNLIMITED, RateLimiter
from deployer.model.errors import FlowshipError
from deployer.model.evals import Answer, CaseRun, EvalCase, EvalSuite, Figures, Miss, SubjectName
from deployer.platforms.base import Caller, Run

FIRST_LOOK, LONGEST_PAUSE = 0.2, 5.0  # seconds
GROWTH = 1.6  # of the pause between two looks
NO_TIME = ("TIME_LIMIT", "STOPPED", "RATE_LIMIT_EXCEEDED")  # codes of calls that were not sent for want of time
OUT_OF_TIME = "the time limit was reached, or the run was stopped, before its turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalSubject:
    """A workflow and its suite. `version`: what is under test, "" where the platform does not tell. `share`: how many shards run at once.

    `identity` reads what is there (meinGPT has no versions): where it differs after the runs, another definition may have answered.
    `account`: whose limits count its runs.
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


class RateLimiters:
    """The pace of each account, for as long as this process lasts: what a comparison ran before counts too."""

    def __init__(self) -> None:
        self._known: dict[str, RateLimiter] = {}

    def of(self, subjects: Sequence[EvalSubject]) -> list[RateLimiter]:
        """One for each subject; subjects of one account share theirs, the slowest that one of them asks for."""
        most: dict[str, int] = {}
        for subject in subjects:
            wanted = subject.suite.per_minute or subject.caller.per_minute
            each = max(1, wanted // subject.share) if wanted else UNLIMITED
            known = most.get(subject.account, UNLIMITED)
            most[subject.account] = min(each, known) if each and known else each or known
        return [self._known.setdefault(subject.account, RateLimiter(most[subject.account])) for subject in subjects]


class SuiteResult(NamedTuple):
    """A suite that ran, and what came back as it was: by case, the outputs of its runs (for comparing, never for showing)."""

    suite: EvalSuite
    outputs: dict[str, tuple[object, ...]]


class _Task(NamedTuple):
    subject: int
    case: int


class RunResult(NamedTuple):
    """`run` None: it was not run, and `why`."""

    run: CaseRun | None
    output: object = None
    why: str = ""


class ReservedClock(Clock):
    """A clock that ends some time before another: what is left is for taking a release back."""

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
    shown: OutputRedactor,
    paces: RateLimiters,
    advance: Callable[[str], None] = lambda _: None,
) -> tuple[SuiteResult, ...]:
    """All cases of all subjects, `concurrency` runs at once. `advance` is called with a line for each run that ended."""
    runner = _Runner(subjects, clock, shown, paces)
    tasks = list(runner.tasks())
    results: list[RunResult] = [RunResult(None, why=OUT_OF_TIME)] * len(tasks)
    before = [_identity(subject) for subject in subjects]
    for index, result in BoundedExecutor(runner.work, clock, concurrency).run(tasks):
        if not isinstance(result, Unfinished):
            results[index] = result
            advance(runner.line(tasks[index], result))
    by_case: dict[_Task, list[RunResult]] = {}
    for task, result in zip(tasks, results):
        by_case.setdefault(task, []).append(result)
    return tuple(runner.judged(place, before[place], by_case) for place in range(len(subjects)))


class _Runner:
    def __init__(self, subjects: Sequence[EvalSubject], clock: Clock, shown: OutputRedactor, paces: RateLimiters) -> None:
        self._subjects = subjects
        self._clock = clock
        self._shown = shown
        self._paces = paces.of(subjects)
        self._durations: list[list[float]] = [[] for _ in subjects]
        self._started = time.monotonic()

    def tasks(self) -> Iterator[_Task]:
        for place, subject in enumerate(self._subjects):
            for number, case in enumerate(subject.suite.cases):
                yield from [_Task(place, number)] * (0 if case.skip else case.repeat)

    def work(self, task: _Task) -> RunResult:
        subject = self._subjects[task.subject]
        case = subject.suite.cases[task.case]
        try:
            with self._paces[task.subject].slot(self._clock) as free:
                if not free:
                    return RunResult(None, why=OUT_OF_TIME)
                begun = time.monotonic()
                first = subject.caller.start(case.input)
            answer = self._answer(subject, first, begun, self._durations[task.subject])
        except FlowshipError as error:
            if error.code in NO_TIME:
                return RunResult(None, why=error.message)
            answer = Answer(problem=f"{error.code}: {error.message}" if error.code else error.message)
        return RunResult(self._judge(subject, case, answer), answer.output) if answer is not None else RunResult(None, why=OUT_OF_TIME)

    def _answer(self, subject: EvalSubject, told: Run, begun: float, durations: list[float]) -> Answer | None:
        """Polls until the run is over, first when the shortest of the last runs would be. None when the clock ends it. Raises FlowshipError."""
        pause = min([*durations[-20:], LONGEST_PAUSE]) * 0.9 if durations else FIRST_LOOK
        running = 0.0  # seconds that it is known to have taken
        while not told.finished:
            elapsed = time.monotonic() - begun
            if elapsed >= subject.suite.timeout:
                return Answer(problem=f"no result after {elapsed:.0f} s: the run {told.id} is {told.status or 'silent'}", run=told.id)
            if pause and not self._clock.wait(pause):
                return None
            looked = time.monotonic() - begun
            told = subject.caller.result(told)
            running = running if told.finished else looked
            pause = min(LONGEST_PAUSE, max(FIRST_LOOK, pause) * GROWTH)
        took = time.monotonic() - begun
        durations.append(running if told.seconds is None else told.seconds)
        seconds = took if told.seconds is None else told.seconds
        if min(took, seconds) > subject.suite.timeout:  # of a call that answers when the run is over: nobody could look meanwhile
            return Answer(problem=f"the answer took {min(took, seconds):.3g} s, and a run is given up after {subject.suite.timeout:g}", run=told.id)
        return Answer(told.output, told.status, told.succeeded, round(seconds, 3), told.tokens, told.cost, told.version, told.id)

    def _judge(self, subject: EvalSubject, case: Case, answer: Answer) -> CaseRun:
        try:
            misses = verdict(case, answer)
        except Exception as error:  # noqa: BLE001 - a mistake of ours in judging must not leave a bad release live
            misses = (Miss("verdict", "a verdict", f"a bug in Flowship, {type(error).__name__}: please report it"),)
        if subject.version and answer.version and answer.version != subject.version:
            misses = (Miss("version", f"an answer of version {subject.version}", f"version {answer.version} answered"), *misses)
        about = self._shown.beside(case.input, answer.output)
        shown = tuple(Miss(miss.matcher, about.text(miss.expected), about.text(miss.actual)) for miss in misses)
        output = "" if answer.problem else about.value(answer.output)
        return CaseRun(shown, answer.status, output, answer.version, answer.seconds, answer.tokens, answer.cost, answer.run)

    def line(self, task: _Task, result: RunResult) -> str:
        subject = self._subjects[task.subject]
        said = "not run" if result.run is None else "passed" if result.run.passed else f"failed: {result.run.misses[0].matcher}"
        return f"{subject.workflow}, {subject.suite.cases[task.case].name}: {said}"

    def judged(self, place: int, before: str, by_case: dict[_Task, list[RunResult]]) -> SuiteResult:
        subject = self._subjects[place]
        changed = _changed(subject, before)
        cases: list[EvalCase] = []
        outputs: dict[str, tuple[object, ...]] = {}
        for number, case in enumerate(subject.suite.cases):
            results = by_case.get(_Task(place, number), [])
            runs = [result.run if not changed else result.run._replace(misses=(changed, *result.run.misses)) for result in results if result.run]
            why = next((result.why for result in results if result.run is None), "")
            cases.append(self._case(case, runs, why))
            outputs[case.name] = tuple(result.output for result in results if result.run)
        checked = EvalSuite(
            subject.workflow, subject.platform, subject.suite.path, subject.evaluated, subject.version,
            passed=all(case.status in ("passed", "skipped") for case in cases),
            cases=tuple(cases), fail_on=subject.suite.fail_on, blocking=subject.blocking, seconds=round(time.monotonic() - self._started, 3),
            figures=figures(cases), notes=tuple(_notes(subject, cases)),
        )  # fmt: skip
        return SuiteResult(checked, outputs)

    def _case(self, case: Case, runs: Sequence[CaseRun], why: str) -> EvalCase:
        input_ = self._shown.value(case.input)
        if case.skip:
            return EvalCase(case.name, case.line, "skipped", (), case.pass_rate, self._shown.text(case.skip), input_)
        checked = EvalCase(case.name, case.line, "not_run", tuple(runs), case.pass_rate, self._shown.text(why), input_)
        if len(runs) > 1:
            low, high = wilson(checked.passes, len(runs))
            checked = checked._replace(low=round(low, 4), high=round(high, 4))
        if len(runs) < case.repeat:
            return checked
        return checked._replace(status="passed" if checked.rate >= case.pass_rate - 1e-9 else "failed")


def figures(cases: Sequence[EvalCase]) -> Figures:
    runs = [run for case in cases for run in case.runs]
    seconds = [run.seconds for run in runs if run.seconds is not None]
    tokens = [run.tokens for run in runs if run.tokens is not None]
    costs = [run.cost for run in runs if run.cost is not None]
    return Figures(
        len(runs), sum(run.passed for run in runs), round(statistics.median(seconds), 3) if seconds else None,
        sum(tokens) if tokens else None, round(sum(costs), 6) if costs else None,
    )  # fmt: skip


def _identity(subject: EvalSubject) -> str:
    """Raises nothing: what cannot be read is not known."""
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
    if subject.version and subject.platform == "gptbots" and any(run.status and not run.version for case in cases for run in case.runs):
        yield "The platform did not tell which version answered."
