"""Results of evals: cases, their runs, and the verdict. All texts are redacted."""

from typing import Any, Literal, NamedTuple

CaseStatus = Literal["passed", "failed", "skipped", "not_run"]
SubjectName = Literal["release", "live", "draft", "preview", "preflight"]
FailOn = Literal["any", "regression"]


class Answer(NamedTuple):
    """The answer of one run of a workflow. `seconds` as reported by the platform, else as measured; None when unknown.

    `version`: the one that answered, "" where the platform does not report it. `problem`: why there is no answer, else "".
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
    """One expectation that was not met. `matcher`: its name in the suite (`contains`, `within`), or `version` or `answer`."""

    matcher: str
    expected: str
    actual: str


class CaseRun(NamedTuple):
    """One run of a case. `output` is the answer as text or JSON, shortened when long."""

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
    """A case and its runs. `pass_rate`: the share of runs that must pass. `why`: why it was skipped or not run. `line`: in the suite's file.

    `low` and `high`: the 95 % interval (Wilson's) of the share that passes, for a repeated case.
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
    """Totals over all runs of a suite. `seconds`: median of a run; `tokens` and `cost`: sums; None where the platform reports none."""

    runs: int = 0
    passes: int = 0
    seconds: float | None = None
    tokens: float | None = None
    cost: float | None = None

    @property
    def rate(self) -> float:
        return self.passes / self.runs if self.runs else 0.0


class ComparedCase(NamedTuple):
    """One case, in the version that was live before and in the new one. `before` and `after` are texts for people.

    `p`: the one-sided probability that a share as low comes by chance, None for a case that is not repeated.
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
    """A suite's results compared with those of `version`, which was live before. `cases` is empty where only its figures are known."""

    version: str
    before: Figures
    after: Figures
    cases: tuple[ComparedCase, ...] = ()


class EvalHistoryPoint(NamedTuple):
    """The eval result of an earlier release. `label`: its version, else its commit. `time`: epoch milliseconds."""

    label: str
    rate: float
    seconds: float | None = None
    passed: bool = True
    time: int = 0


class EvalSuite(NamedTuple):
    """The result of a suite. `evaluated`: what it ran against; `preflight` is the coming release on its preview target. `version`: "" unknown.

    `passed`: the verdict by `fail_on`. `blocking`: a failure makes the run fail; else it is only reported. `follow_up`: what was done after it.
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

    def count(self, status: CaseStatus) -> int:
        return sum(case.status == status for case in self.cases)

    @property
    def failed(self) -> bool:
        """True when this suite makes the run fail."""
        return self.blocking and not self.passed
