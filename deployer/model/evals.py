"""Evals: what was asked of a workflow, what came back, and whether that will do. Texts are redacted already."""

from typing import Any, Literal, NamedTuple

CaseStatus = Literal["passed", "failed", "skipped", "not_run"]
SubjectName = Literal["release", "live", "draft", "preview", "preflight"]
FailOn = Literal["any", "regression"]


class Answer(NamedTuple):
    """What came back of one run, to be judged. `seconds` as the platform tells, else as measured; None: not told.

    `version` is the one that answered, "" where the platform does not tell. `problem`: why there is no answer, "" where there is one.
    """

    output: Any = None
    status: str = ""
    succeeded: bool = True
    seconds: float | None = None
    tokens: float | None = None
    cost: float | None = None
    version: str = ""
    run: str = ""
    problem: str = ""


class Miss(NamedTuple):
    """One expectation that was not met. `what` names it as the suite does: `contains`, `within`; or `version`, `answer`."""

    matcher: str
    expected: str
    actual: str


class CaseRun(NamedTuple):
    """One run of a case. `output` is text: as it came, or its JSON; cut where it is long."""

    misses: tuple[Miss, ...] = ()
    status: str = ""
    output: str = ""
    version: str = ""
    seconds: float | None = None
    tokens: float | None = None
    cost: float | None = None
    run: str = ""

    @property
    def passed(self) -> bool:
        return not self.misses


class EvalCase(NamedTuple):
    """A case and its runs. `pass_rate` is the share that must pass; `why`: why it was skipped, or not run. `line` is in the suite's file.

    `low` and `high`: the 95 % interval (Wilson's) of the share that passes, for a case that is repeated.
    """

    name: str
    line: int
    status: CaseStatus
    runs: tuple[CaseRun, ...] = ()
    pass_rate: float = 1.0
    why: str = ""
    input: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def passes(self) -> int:
        return sum(run.passed for run in self.runs)

    @property
    def rate(self) -> float:
        return self.passes / len(self.runs) if self.runs else 0.0


class Figures(NamedTuple):
    """Of all runs of a suite. `seconds` is the median of a run; `tokens` and `cost` are sums; None: the platform does not tell."""

    runs: int = 0
    passes: int = 0
    seconds: float | None = None
    tokens: float | None = None
    cost: float | None = None

    @property
    def rate(self) -> float:
        return self.passes / self.runs if self.runs else 0.0


class ComparedCase(NamedTuple):
    """One case before and after. `p`: the one-sided probability that a share as low comes by chance, None for a case that is not repeated.

    `worse` is our judgement. The outputs are texts; equal ones did not change.
    """

    case: str
    before: str
    after: str
    regressed: bool
    p: float | None = None
    output_before: str = ""
    output_after: str = ""

    @property
    def changed(self) -> bool:
        return self.output_before != self.output_after


class Comparison(NamedTuple):
    """With what was live before. `version`: what that was, in the platform's words. `cases` are empty where only its figures are known."""

    version: str
    before: Figures
    after: Figures
    cases: tuple[ComparedCase, ...] = ()


class EvalHistoryPoint(NamedTuple):
    """How the evals of an earlier release went. `label`: its version, else its commit. `time`: epoch milliseconds."""

    label: str
    rate: float
    seconds: float | None = None
    passed: bool = True
    time: int = 0


class EvalSuite(NamedTuple):
    """A suite that ran (or should have). `subject`: what was checked: `release`, `live`, `preview`, `draft`, `preflight` (what is to be released, on
    the preview target). `version`: which one, "" unknown.

    `passed`: will it do, by `fail_on`. `gates`: does a failure count as one, or is it only told. `aftermath`: what was done about it.
    """

    workflow: str
    platform: str
    path: str
    evaluated: SubjectName
    version: str
    passed: bool
    cases: tuple[EvalCase, ...] = ()
    fail_on: FailOn = "any"
    blocking: bool = True
    seconds: float = 0.0
    figures: Figures = Figures()
    comparison: Comparison | None = None
    follow_up: str = ""
    notes: tuple[str, ...] = ()
    history: tuple[EvalHistoryPoint, ...] = ()

    def count(self, standing: CaseStatus) -> int:
        return sum(case.status == standing for case in self.cases)

    @property
    def failed(self) -> bool:
        """Does it make a run fail?"""
        return self.blocking and not self.passed
